// Tests 10 to 23 of the connector's list of OAuth faults, by number and name, against the fake SendPulse and, where it
// says so, against oauth2-mock-server. 22 is in clock.test.mjs; what takes long (an hour of outage, ten minutes of a
// state's life) is in tests/unit/auth.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { OAuth2Issuer, OAuth2Service } from 'oauth2-mock-server';
import { startFake } from '../fake_sendpulse/fake.mjs';
import { addressIn, Browser, isCallback, signIn } from './browser.mjs';
import { startFront } from './front.mjs';
import { inWorld, until, World } from './harness.mjs';

const TOKENS = '/oauth/access_token';
const CONNECT = ['connect', 'sendpulse', '--method', 'oauth', '--input', '-'];
const appOf = ({ fake }) => {
  const { client_id, client_secret } = fake.credentials;
  return JSON.stringify({ client_id, client_secret });
};

const browserOf = world => new Browser({ home: world.home, caFile: world.fake.caFile, ports: { 'api.sendpulse.com': world.fake.port } });

// Connects by the browser; gives the connection.
async function connected(world, browser = browserOf(world), args = CONNECT) {
  const { result, page } = await signIn(world, browser, args, { input: appOf(world) });
  assert.equal(result.code, 0, result.err);
  assert.equal(page.status, 200);
  return result.json;
}

const settings = (world, change) => world.fake.control('POST', '/settings', change);

const tokenRequests = async (world, grant) =>
  (await world.requests(`?path=${TOKENS}`)).filter(({ body }) => (body ?? '').includes(`"${grant}"`));

// Signs in with a token that has ended by now; those to come last an hour.
async function connectedAndEnded(world) {
  await settings(world, { expires_in: 1 });
  const connection = await connected(world);
  await settings(world, { expires_in: 3600 });
  await until(() => Date.parse(connection.token_expires_at) < Date.now(), 'the token to end');
  return connection;
}

async function addTriggers(world, connection, count) {
  const added = [];
  for (let i = 0; i < count; ++i) added.push(await world.addTrigger(connection, 'mailing_list.created'));
  return added;
}

test('a browser signs in: PKCE, state, and a page that says what happened', inWorld(async world => {
  const browser = browserOf(world);
  const { result, page, start } = await signIn(world, browser, CONNECT, { input: appOf(world) });
  assert.equal(result.code, 0, result.err);
  assert.equal(start.length, 1);
  assert.match(start[0], /^\/.*\/sign-in-[\w-]+\.html$/, 'nothing but the path of a file is in the list of processes');
  assert.ok(!existsSync(start[0]), 'the file is gone');
  const asked = new URL(page.hops[1]);
  assert.equal(asked.origin + asked.pathname, 'https://api.sendpulse.com/oauth/authorize');
  assert.equal(asked.searchParams.get('code_challenge_method'), 'S256');
  assert.ok(asked.searchParams.get('state').length >= 43);
  assert.equal(page.status, 200);
  assert.match(page.body, /ivy@maple-thread\.example/);
  assert.match(page.headers['content-security-policy'], /default-src 'none'/);
  assert.equal(page.headers['referrer-policy'], 'no-referrer');
  assert.equal(result.json.label, 'ivy@maple-thread.example');
  assert.equal(result.json.method, 'oauth');
  const tested = await world.ok(['connection', 'test', result.json.id]);
  assert.equal(tested.state, 'ok');
  assert.equal((await tokenRequests(world, 'authorization_code')).length, 1);
}));

test('without a browser the address is printed, and the address it ends at is pasted', inWorld(async world => {
  const browser = browserOf(world);
  const attempt = async alter => {
    const input = join(world.home, 'input.json');
    writeFileSync(input, appOf(world), { mode: 0o600 });
    const child = world.spawn(['--json', 'connect', 'sendpulse', '--method', 'oauth', '--no-browser', '--input', `@${input}`]);
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', chunk => (out += chunk));
    child.stderr.setEncoding('utf8').on('data', chunk => (err += chunk));
    const ended = new Promise(resolve => child.on('close', resolve));
    const url = await until(() => /https:\/\/api\.sendpulse\.com\/oauth\/authorize\S+/.exec(err)?.[0], 'the address');
    const { hops } = await browser.visit(url);
    child.stdin.end(`${alter(hops.at(-1))}\n`);
    const code = await ended;
    world.output += out + err;
    return { code, out, err };
  };
  const good = await attempt(address => address);
  assert.equal(good.code, 0, good.err);
  assert.equal(JSON.parse(good.out).label, 'ivy@maple-thread.example');
  const asked = (await tokenRequests(world, 'authorization_code')).length;
  const wrong = await attempt(address => address.replace(/state=[^&]+/, 'state=AAAA'));
  assert.equal(wrong.code, 77, wrong.err);
  assert.match(wrong.err, /another sign-in/);
  const foreign = await attempt(address => address.replace('127.0.0.1', 'evil.example'));
  assert.equal(foreign.code, 77, foreign.err);
  assert.equal((await tokenRequests(world, 'authorization_code')).length, asked);
}));

test('state wrong, reused or missing: a page with the reason, and no token request', inWorld(async world => {
  const browser = browserOf(world);
  let former = '';
  const good = await signIn(world, browser, CONNECT, {
    input: appOf(world),
    alter: url => {
      if (isCallback(url)) former = new URL(url).search;
      return url;
    },
  });
  assert.equal(good.result.code, 0, good.result.err);
  const spoilt = {
    wrong: url => url.replace(/state=[^&]+/, `state=${'A'.repeat(43)}`),
    reused: url => new URL(former, url).href,
    missing: url => url.replace(/&?state=[^&]+/, ''),
    issuer: url => `${url}&iss=https%3A%2F%2Fevil.example`,
    twice: url => `${url}&code=other`,
  };
  let signedIn = 1;
  for (const [name, spoil] of Object.entries(spoilt)) {
    const ending = world.host(['--json', ...CONNECT], { input: appOf(world), env: browser.env });
    const [file] = await browser.opened();
    let genuine = '';
    const page = await browser.visit(addressIn(file), url => {
      if (!isCallback(url)) return url;
      genuine = url;
      return spoil(url);
    });
    // Everybody on the machine can send what does not carry the state: it ends nothing.
    const strangers = ['wrong', 'reused', 'missing'].includes(name);
    if (strangers) {
      assert.equal((await browser.visit(genuine)).status, 200, name);
      signedIn += 1;
    }
    const result = await ending;
    assert.equal(result.code, strangers ? 0 : 77, `${name}: ${result.err}`);
    assert.equal(page.status, 400, name);
    assert.match(page.body, /state|iss|twice|another/, name);
    assert.ok(!page.body.includes('fake-code-'), `${name}: no code on the page`);
  }
  assert.equal((await tokenRequests(world, 'authorization_code')).length, signedIn);
  assert.equal((await world.ok(['connections'])).connections.length, signedIn);
}));

test('who sees the list of processes or the port gets neither the start page nor the sign-in', inWorld(async world => {
  const browser = browserOf(world);
  const ending = world.host(['--json', ...CONNECT], { input: appOf(world), env: browser.env });
  const [file] = await browser.opened();
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const { origin } = new URL(addressIn(file));
  for (const guess of ['/', '/start', `/${'A'.repeat(43)}`]) assert.equal((await browser.visit(origin + guess)).status, 404, guess);
  for (const foreign of ['/callback', '/callback?error=access_denied', `/callback?code=his&state=${'A'.repeat(43)}`])
    assert.equal((await browser.visit(origin + foreign)).status, 400, foreign);
  assert.equal((await browser.visit(addressIn(file))).status, 200);
  const result = await ending;
  assert.equal(result.code, 0, result.err);
  assert.equal(result.json.label, 'ivy@maple-thread.example');
}));

test('an issuer that fits is accepted (RFC 9207)', inWorld(async world => {
  await settings(world, { authorize_iss: true });
  await connected(world);
}));

test('the redirect is taken under 127.0.0.1 only (DNS rebinding); Ctrl-C ends the wait', inWorld(async world => {
  const browser = browserOf(world);
  let refused = 0;
  const ending = signIn(world, browser, CONNECT, {
    input: appOf(world),
    alter: url => (isCallback(url) ? url.replace('127.0.0.1', 'localhost') : url),
  });
  await until(() => [...world.running].length === 1, 'the command');
  const [child] = world.running;
  const stopping = until(async () => refused, 'the refusal').then(() => child.kill('SIGINT'));
  const visit = browser.visit.bind(browser);
  browser.visit = async (...args) => {
    const page = await visit(...args);
    refused = page.status;
    return page;
  };
  const { page, result } = await ending;
  await stopping;
  assert.equal(page.status, 403);
  assert.equal(result.code, 130, 'it went on waiting until it was told to end');
  assert.equal((await tokenRequests(world, 'authorization_code')).length, 0);
}));

test('error=access_denied, then success', inWorld(async world => {
  const browser = browserOf(world);
  await settings(world, { authorize: 'deny' });
  const denied = await signIn(world, browser, CONNECT, { input: appOf(world) });
  assert.equal(denied.result.code, 77, denied.result.err);
  assert.match(denied.page.body, /access_denied/);
  assert.equal((await world.ok(['connections'])).connections.length, 0);
  await settings(world, { authorize: 'auto' });
  await connected(world, browser);
  assert.equal((await tokenRequests(world, 'authorization_code')).length, 1);
}));

test('the code exchange answers 500, HTML, nothing, too much', inWorld(async world => {
  const browser = browserOf(world);
  const answers = {
    500: { status: 500, body: { message: 'oops' } },
    html: { html: true },
    empty: { status: 200, body: '' },
    large: { size_mb: 5 },
    refused: { status: 400, body: { error: 'invalid_grant', error_description: '<script>alert(1)</script>' } },
    client: { status: 401, body: { error: 'invalid_client' } },
    reset: { drop: 'after_read' },
  };
  for (const [name, action] of Object.entries(answers)) {
    await world.fault({ path: TOKENS }, action);
    const { result, page } = await signIn(world, browser, CONNECT, { input: appOf(world) });
    assert.notEqual(result.code, 0, name);
    assert.equal(page.status, 400, name);
    assert.match(page.body, /Nothing was saved/, name);
    assert.doesNotMatch(page.body, /<script/, name);
    await world.healed();
  }
  assert.equal((await world.ok(['connections'])).connections.length, 0);
}));

// oauth2-mock-server in the place of SendPulse's own authorization server.
async function mockWorld() {
  const issuer = new OAuth2Issuer();
  issuer.url = 'https://api.sendpulse.com/mock';
  await issuer.keys.generate('RS256');
  const service = new OAuth2Service(issuer, { token: '/mock/token', authorize: '/mock/authorize' });
  const tokens = new Set();
  const world = await World.start();
  const inner = world.fake;
  await inner.close();
  const dir = join(world.home, 'fake');
  const fake = await startFake({ dir, plainPort: 0, settings: { rate_limit: false } });
  service.on('beforeResponse', ({ body }) => {
    for (const token of [body.access_token, body.refresh_token]) if (token) tokens.add(token);
  });
  const front = await startFront({
    dir,
    fake,
    owns: path => path.startsWith('/mock/'),
    serve: service.requestHandler,
    accepts: async token => tokens.has(token),
  });
  world.fake = {
    ...fake,
    port: front.port,
    close: async () => {
      await front.close();
      await fake.close();
    },
  };
  const endpoints = ['authorize', 'token'].flatMap(name => ['--setting', `${name}_url=https://api.sendpulse.com/mock/${name}`]);
  return { world, service, args: [...CONNECT, ...endpoints] };
}

test('odd token answers of oauth2-mock-server: token_type, expires_in', async () => {
  const { world, service, args } = await mockWorld();
  const browser = browserOf(world);
  try {
    const attempt = async spoil => {
      service.once('beforeResponse', spoil);
      return signIn(world, browser, args, { input: appOf(world) });
    };
    const hour = 3_600_000;
    const lifetimes = { '"3600"': '3600', '-1': -1, absent: undefined, 'a word': 'soon', 0: 0, null: null };
    for (const [name, expires] of Object.entries(lifetimes)) {
      const { result } = await attempt(({ body }) => (body.expires_in = expires));
      assert.equal(result.code, 0, `${name}: ${result.err}`);
      const left = Date.parse(result.json.token_expires_at) - Date.now();
      assert.ok(left > hour / 2 && left <= hour, `${name}: ${left}`);
    }
    const refused = {
      'token_type mac': ({ body }) => (body.token_type = 'mac'),
      'no access token': ({ body }) => delete body.access_token,
      'an access token that breaks a header': ({ body }) => (body.access_token = 'a\r\nb: c'),
      'an error with 200': response => (response.body = { error: 'invalid_grant' }),
      503: response => (response.statusCode = 503),
    };
    const before = (await world.ok(['connections'])).connections.length;
    for (const [name, spoil] of Object.entries(refused)) {
      const { result, page } = await attempt(spoil);
      assert.notEqual(result.code, 0, name);
      assert.equal(page.status, 400, name);
    }
    assert.equal((await world.ok(['connections'])).connections.length, before);
    const bearer = await attempt(({ body }) => (body.token_type = 'bEaReR'));
    assert.equal(bearer.result.code, 0, bearer.result.err);
  } finally {
    await world.close();
  }
});

test('sixty-four triggers at expiry: exactly one token request, all get the new token', inWorld(async world => {
  const connection = await connectedAndEnded(world);
  await addTriggers(world, connection, 64);
  await world.pollOnce();
  assert.equal((await tokenRequests(world, 'refresh_token')).length, 1);
  assert.equal((await world.requests()).filter(({ status }) => status === 401).length, 0);
}));

test('sixteen processes on one database at expiry: still one', inWorld(async world => {
  const connection = await connectedAndEnded(world);
  // A slow answer, so that they all come while it is under way.
  await world.fault({ path: TOKENS }, { delay_ms: 1500 });
  const acts = Array.from({ length: 16 }, () => world.act(connection, 'mailing_list.list'));
  for (const { output } of await Promise.all(acts)) assert.ok(output.items.length > 0);
  assert.equal((await tokenRequests(world, 'refresh_token')).length, 1);
  assert.equal((await world.connection(connection)).state, 'ok');
}));

test('likewise with client credentials', inWorld(async world => {
  await settings(world, { expires_in: 1 });
  const connection = await world.connect();
  await settings(world, { expires_in: 3600 });
  await until(() => Date.parse(connection.token_expires_at) < Date.now(), 'the token to end');
  const before = (await tokenRequests(world, 'client_credentials')).length;
  await world.fault({ path: TOKENS }, { delay_ms: 1500 });
  await Promise.all(Array.from({ length: 8 }, () => world.act(connection, 'mailing_list.list')));
  assert.equal((await tokenRequests(world, 'client_credentials')).length, before + 1);
}));

test('rotation on, answer lost on the wire: interrupted refresh, nothing deleted; signing in again goes on', inWorld(async world => {
  const browser = browserOf(world);
  await settings(world, { expires_in: 1 });
  const connection = await connected(world, browser);
  await settings(world, { expires_in: 3600 });
  const trigger = await world.addTrigger(connection, 'mailing_list.created');
  await world.pollOnce();
  await world.fake.control('POST', '/lists', { name: 'While it was broken' });
  await world.fake.control('POST', '/tokens/revoke', { kind: 'access' });
  await world.fault({ path: TOKENS }, { drop: 'after_read' });
  assert.equal((await world.poll()).code, 75);
  const broken = await world.connection(connection);
  assert.equal(broken.state, 'needs_sign_in');
  assert.match(broken.state_reason, /interrupted refresh/);
  assert.equal((await world.trigger(trigger)).state, 'needs_sign_in');
  const shown = await world.host(['connections']);
  assert.match(shown.out, /needs sign-in/);

  const again = await signIn(world, browser, ['connection', 'reauthorize', connection.id]);
  assert.equal(again.result.code, 0, again.result.err);
  assert.equal(again.result.json.id, connection.id);
  assert.equal(again.result.json.state, 'ok');
  const events = await world.pollOnce();
  assert.deepEqual(events.map(({ data }) => data.name), ['While it was broken'], 'the cursor was kept');
}));

test('kill -9 at 100 random points of a refresh: never half a row', inWorld(async world => {
  const points = Number(process.env.CONNECTOR_KILLS ?? (process.env.CONNECTOR_SANITIZE ? 10 : 100));
  const seed = Number(process.env.CONNECTOR_SEED ?? Date.now() % 1_000_000);
  let state = seed;
  const random = () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
  const browser = browserOf(world);
  let connection = await connected(world, browser);
  const act = ['--json', 'action', 'run', connection.id, 'mailing_list.list'];
  const began = performance.now();
  await world.host(act);
  const usual = performance.now() - began;
  let interrupted = 0;
  for (let point = 0; point < points; ++point) {
    await world.fake.control('POST', '/tokens/revoke', { kind: 'access' });
    // At every other point the answer takes its time, so that many kills come while it is on its way.
    if (point % 2 === 1) await world.fault({ path: TOKENS }, { delay_ms: Math.round(usual) });
    const child = world.spawn(act);
    const closed = new Promise(resolve => child.on('close', resolve));
    await sleep(random() * usual * (point % 2 === 1 ? 2 : 1.3));
    child.kill('SIGKILL');
    await closed;
    await world.healed();
    const after = await world.host(act);
    if (after.code === 0) continue;
    const row = await world.connection(connection);
    assert.equal(row.state, 'needs_sign_in', `seed ${seed}, point ${point}: ${after.err}`);
    assert.match(row.state_reason, /interrupted refresh/, `seed ${seed}, point ${point}`);
    interrupted += 1;
    connection = (await signIn(world, browser, ['connection', 'reauthorize', connection.id])).result.json;
    assert.equal(connection.state, 'ok');
  }
  console.log(`seed ${seed}: ${points} kills, ${interrupted} interrupted refreshes`);
}));

test('invalid_grant while a sibling signed in: its token is used, the state stays ok', inWorld(async world => {
  const browser = browserOf(world);
  const connection = await connected(world, browser);
  await world.fake.control('POST', '/tokens/revoke', { kind: 'access' });
  await world.fault({ path: TOKENS }, { status: 400, body: { error: 'invalid_grant' }, delay_ms: 6000 });
  const acting = world.act(connection, 'mailing_list.list');
  await until(async () => (await tokenRequests(world, 'refresh_token')).length === 1, 'the refresh to begin');
  const again = await signIn(world, browser, ['connection', 'reauthorize', connection.id]);
  assert.equal(again.result.code, 0, again.result.err);
  assert.ok((await acting).output.items.length > 0);
  assert.equal((await tokenRequests(world, 'refresh_token')).length, 1);
  assert.equal((await world.connection(connection)).state, 'ok');
}));

test('the token endpoint is down: ok (refresh delayed), one try in thirty seconds, no sign-in needed', inWorld(async world => {
  const connection = await connectedAndEnded(world);
  const trigger = await world.addTrigger(connection, 'mailing_list.created');
  await world.fault({ path: TOKENS }, { status: 503, html: true }, -1);
  const host = world.run('--interval', '0.1');
  await until(async () => (await world.connection(connection)).state === 'refresh_delayed', 'the delay to be told');
  const before = (await tokenRequests(world, 'refresh_token')).length;
  await sleep(1500);
  assert.equal(before, 1);
  assert.equal((await tokenRequests(world, 'refresh_token')).length, 1);
  assert.notEqual((await world.trigger(trigger)).state, 'needs_sign_in');
  assert.match((await world.host(['connections'])).out, /ok \(refresh delayed\)/);
  await host.stop();
  await world.healed();
  await world.pollOnce();
  assert.equal((await world.connection(connection)).state, 'ok');
}));

test('HTTP 401 storm from 20 triggers with the old token: one refresh', inWorld(async world => {
  const connection = await connected(world);
  await addTriggers(world, connection, 20);
  await world.pollOnce();
  await world.fake.control('POST', '/tokens/revoke', { kind: 'access' });
  await world.pollOnce();
  assert.equal((await tokenRequests(world, 'refresh_token')).length, 1);
  assert.equal((await world.connection(connection)).state, 'ok');
}));

test('HTTP 401 after a fresh token: one renewal, and polls go on; the connection is kept (the minutes pass in clock.test)', inWorld(async world => {
  const connection = await connected(world);
  const triggers = await addTriggers(world, connection, 5);
  await world.pollOnce();
  await world.fault({ path_regex: '^/(?!oauth/)' }, { status: 401, body: { error: 'invalid_token' } }, -1);
  const host = world.run('--interval', '0.1');
  for (const trigger of triggers)
    await until(async () => (await world.trigger(trigger)).failures > 0, 'the trigger to fail');
  await sleep(1000);
  assert.equal((await world.connection(connection)).state, 'ok');
  for (const trigger of triggers) assert.notEqual((await world.trigger(trigger)).state, 'needs_sign_in');
  assert.equal((await tokenRequests(world, 'refresh_token')).length, 1);
  assert.equal(host.err.split('\n').filter(line => line.includes('connection is needs')).length, 0, host.err);
  await host.stop();
  // It was taken late.
  await world.healed();
  await world.pollOnce();
  for (const trigger of triggers) assert.equal((await world.trigger(trigger)).state, 'active');
  assert.equal((await tokenRequests(world, 'refresh_token')).length, 1);
}));

test('HTTP 200 with {"error_code": 401}: refresh, and one retry', inWorld(async world => {
  const connection = await connected(world);
  await settings(world, { unauthorized_as_200: true });
  await world.fake.control('POST', '/tokens/revoke', { kind: 'access' });
  assert.ok((await world.act(connection, 'mailing_list.list')).output.items.length > 0);
  assert.equal((await tokenRequests(world, 'refresh_token')).length, 1);
}));

test('tokens, codes and verifiers are in no output, argument, file or page', inWorld(async world => {
  const browser = browserOf(world);
  const pages = [];
  const run = async (args, options) => {
    const { page, start, result } = await signIn(world, browser, ['--log-level', 'debug', ...args], options);
    pages.push(page.body, ...start);
    return result;
  };
  const connection = (await run(CONNECT, { input: appOf(world) })).json;
  await world.addTrigger(connection, 'mailing_list.created');
  const host = world.run('--log-level', 'debug', '--interval', '0.1');
  await settings(world, { expires_in: 1 });
  await world.fake.control('POST', '/tokens/revoke', { kind: 'access' });
  await until(async () => (await tokenRequests(world, 'refresh_token')).length >= 4, 'several refreshes', 30_000);
  const cmdline = [readFileSync(`/proc/${host.child.pid}/cmdline`, 'utf8')];
  await host.kill();
  assert.equal((await run(['connection', 'reauthorize', connection.id])).code, 0);
  await world.fault({ path: TOKENS }, { status: 400, body: { error: 'invalid_grant', error_description: world.fake.credentials.client_secret } });
  await run(CONNECT, { input: appOf(world) });
  await world.ok(['rekey']);

  const secrets = (await world.fake.control('GET', '/tokens')).map(({ value }) => value);
  assert.ok(secrets.filter(value => value.startsWith('fake-refresh-')).length >= 4);
  assert.ok(secrets.filter(value => value.startsWith('fake-code-')).length >= 3);
  const places = { output: world.output, pages: pages.join('\n'), cmdline: cmdline.join('\n') };
  for (const entry of readdirSync(world.dataDir, { withFileTypes: true }))
    if (entry.isFile()) places[entry.name] = readFileSync(join(world.dataDir, entry.name), 'latin1');
  for (const [place, content] of Object.entries(places))
    for (const secret of secrets)
      for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64').replace(/=+$/, '')])
        assert.ok(!content.includes(form), `${place} holds ${secret.slice(0, 14)}...`);
}));

test('signing in again: every method keeps the connection; another account is refused unless it is allowed', inWorld(async world => {
  const other = { client_id: 'b'.repeat(32), client_secret: 'c'.repeat(32), api_key: 'sp_apikey_other_account' };
  await world.fake.control('POST', '/accounts', { ...other, email: 'other@maple-thread.example', plan: 'paid' });
  const { client_id, client_secret, api_key } = world.fake.credentials;
  const inputs = { app: { client_id, client_secret }, key: { api_key } };
  const others = { app: { client_id: other.client_id, client_secret: other.client_secret }, key: { api_key: other.api_key } };
  for (const method of ['app', 'key']) {
    const connection = await world.connect({ method });
    const trigger = await world.addTrigger(connection, 'mailing_list.created');
    await world.pollOnce();
    const again = ['connection', 'reauthorize', connection.id, '--input', '-'];
    await world.fails(73, again, { input: JSON.stringify(others[method]) });
    assert.equal((await world.connection(connection)).label, 'ivy@maple-thread.example');
    assert.equal((await world.ok(again, { input: JSON.stringify(inputs[method]) })).id, connection.id);
    await world.fake.control('POST', '/lists', { name: `after ${method}` });
    const found = (await world.pollOnce()).filter(({ source }) => source.includes(trigger.id) || source.includes(connection.id));
    assert.deepEqual(found.map(({ data }) => data.name), [`after ${method}`]);
    const moved = await world.ok([...again, '--allow-other-account'], { input: JSON.stringify(others[method]) });
    assert.equal(moved.label, 'other@maple-thread.example');
    await world.ok(['connection', 'remove', connection.id]);
  }
}));

test('a wrong client secret is the app\'s matter: app misconfigured, mended by signing in again', inWorld(async world => {
  const connection = await world.connect();
  const trigger = await world.addTrigger(connection, 'mailing_list.created');
  await world.pollOnce();
  const client_secret = 'd'.repeat(32);
  await world.fake.control('PATCH', `/accounts/${world.fake.credentials.client_id}`, { client_secret });
  await world.fake.control('POST', '/tokens/revoke', { kind: 'access' });
  await world.poll();
  const broken = await world.connection(connection);
  assert.equal(broken.state, 'app_misconfigured', broken.state_reason);
  assert.match(broken.state_reason, /client secret/);
  assert.match((await world.host(['connections'])).out, /app misconfigured/);
  const input = JSON.stringify({ client_id: world.fake.credentials.client_id, client_secret });
  await world.ok(['connection', 'reauthorize', connection.id, '--input', '-'], { input });
  assert.equal((await world.trigger(trigger)).state, 'active');
  await world.pollOnce();
}));

test('rekey: a new key for everything, not while a host runs, and unusable without the right key', inWorld(async world => {
  const connection = await connected(world);
  const key = await world.connect({ method: 'key' });
  const file = join(world.dataDir, 'seal.key');
  const before = readFileSync(file, 'utf8');
  const host = world.run('--interval', '0.2');
  await until(() => host.err.includes('running'), 'the host');
  const refused = await world.fails(75, ['rekey']);
  assert.match(refused.message, new RegExp(`process ${host.child.pid}`));
  await host.stop();
  const done = await world.ok(['rekey']);
  assert.equal(done.connections, 2);
  assert.notEqual(readFileSync(file, 'utf8'), before);
  assert.deepEqual(readdirSync(world.dataDir).filter(name => name.startsWith('seal.key')), ['seal.key']);
  for (const { id } of [connection, key]) assert.equal((await world.ok(['connection', 'test', id])).state, 'ok');

  const right = readFileSync(file);
  writeFileSync(file, before);
  const bytes = world.database();
  const wrong = await world.fails(78, ['connection', 'test', key.id]);
  assert.match(wrong.message, /sealing key/);
  assert.ok(bytes.equals(world.database()), 'no row was changed');
  writeFileSync(file, right);
  await world.ok(['connection', 'test', key.id]);
}));

test('a second host on one data directory says who owns it, and exits 75', inWorld(async world => {
  const connection = await world.connect();
  await world.addTrigger(connection, 'mailing_list.created');
  const host = world.run();
  await until(() => host.err.includes('running'), 'the host');
  const second = await world.host(['run']);
  assert.equal(second.code, 75);
  assert.match(second.err, new RegExp(`process ${host.child.pid}`));
  await host.stop();
}));
