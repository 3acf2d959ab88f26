// `connector-host serve` from outside: each operation of openapi.yaml, with every answer held against it, and what an
// attacker could try (tests 10 and 52 of the list of faults: sign-in states; scripts in names, CSRF, DNS rebinding, sizes).

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Browser } from './browser.mjs';
import { inWorld, patience, PLACE, until } from './harness.mjs';
import { checkData, checkExample, examples, neverCalled } from './openapi_answers.mjs';
import { Served, tokenOf } from './served.mjs';

const SCRIPT = '<script>alert(1)</script>';

// A test with a server that somebody has opened.
const served = (body, options = {}) =>
  inWorld(async world => {
    const server = await Served.start(world, options);
    await body(server, world);
    const { code } = await server.stop();
    assert.equal(code, 0, server.err);
    await noSecretIn(world);
  }, options.world);

// Nothing that the fake ever gave out, and no client secret, is in any output or answer.
async function noSecretIn(world) {
  const issued = (await world.fake.control('GET', '/tokens')).map(({ value }) => value);
  const secrets = [...issued, world.fake.credentials.client_secret, world.fake.credentials.api_key];
  for (const secret of secrets) if (secret) assert.ok(!world.output.includes(secret), 'a secret came out');
}

async function connect(server, world, { method = 'app' } = {}) {
  const { client_id, client_secret, api_key } = world.fake.credentials;
  const input = method === 'key' ? { api_key } : { client_id, client_secret };
  return (await server.ok('POST', '/api/connections', { plugin: 'sendpulse', method, input })).connection;
}

const addTrigger = async (server, connection, trigger, input = {}, more = {}) =>
  (await server.ok('POST', '/api/triggers', { connection: connection.id, trigger, input, ...more })).trigger;

const said = (stream, event, fits = () => true) => stream.messages.find(one => one.event === event && fits(one.data))?.data;
const hears = (stream, event, fits, what = event) => until(() => said(stream, event, fits), `the stream to say: ${what}`);

const unquick = { args: ['--interval', '1'] };

test('the examples of openapi.yaml fit its schemas', () => {
  const all = examples();
  assert.ok(all.length > 10);
  all.forEach(checkExample);
});

test('the link opens one session, once; a session can end, and make links for others', served(async (server, world) => {
  assert.equal((await server.api('GET', '/api/server')).status, 401);
  const link = await server.link();
  assert.ok(link.startsWith(`${server.origin}/#/open/`), 'no server and no proxy sees the token');
  const opened = await server.open(link);
  assert.match(opened.headers['set-cookie'][0], /^connector_session=\S+; Path=\/; HttpOnly; SameSite=Strict$/);
  assert.ok(Date.parse(opened.body.expires_at) > Date.now());
  const again = await server.fails(403, 'POST', '/api/session', { link: tokenOf(link) });
  assert.equal(again.class, 'no_session');
  assert.match(again.message, /no longer valid/);
  assert.match(again.advice, /connector-host .*link --open/);

  const session = await server.ok('GET', '/api/session');
  assert.ok(Date.parse(session.expires_at) > Date.now());
  const { url } = await server.ok('POST', '/api/session/links');
  const first = { ...server.session };
  await server.open(url);
  assert.notEqual(server.cookie, first.cookie);
  assert.notEqual(server.key, first['x-session-key']);
  const stream = await server.listen();
  await server.ok('DELETE', '/api/session');
  assert.equal((await server.api('GET', '/api/server')).body.error.class, 'no_session');
  await until(() => stream.closed, 'the stream to end with its session');
  assert.equal((await server.raw('GET', '/api/server', { headers: first })).status, 200, 'the other session goes on');
  await server.open();
  await server.ok('GET', '/api/server');
  await server.ok('PUT', '/api/password', { password: 'plain wooden table 7' });
  await server.ok('PUT', '/api/password', { password: '', current: 'plain wooden table 7' });
}, { session: false }));

test('a session is both its cookie and its key: neither opens anything alone', served(async server => {
  const other = { ...server.session };
  await server.open();
  const halves = [
    ['the cookie', { cookie: server.cookie }],
    ['the key', { 'x-session-key': server.key }],
    ['the key of another session', { ...server.session, 'x-session-key': other['x-session-key'] }],
    ['a key that is nearly right', { ...server.session, 'x-session-key': `${server.key.slice(0, -1)}${server.key.endsWith('A') ? 'B' : 'A'}` }],
    ['an empty key', { ...server.session, 'x-session-key': '' }],
  ];
  const { plugins } = await server.ok('GET', '/api/plugins');
  const { icon } = plugins.find(({ id }) => id === 'sendpulse');
  for (const [what, headers] of halves) {
    for (const path of ['/api/session', '/api/server', '/api/connections', '/api/events', '/api/changes', '/metrics', icon.light, '/api/nothing']) {
      const answer = await server.raw('GET', path, { headers });
      assert.equal(answer.status, 401, `${what} got GET ${path}`);
      assert.equal(answer.body.error.class, 'no_session');
    }
    for (const [method, path] of [['POST', '/api/session/links'], ['DELETE', '/api/session'], ['POST', '/api/connections']])
      assert.equal((await server.raw(method, path, { headers })).status, 401, `${what} got ${method} ${path}`);
  }
  await server.ok('GET', '/api/session');
}));

test('programs use the token of the data folder, which only its owner can read', served(async (server, world) => {
  const file = join(world.dataDir, 'serve-token');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const headers = { authorization: `Bearer ${readFileSync(file, 'utf8')}` };
  const answer = await server.api('POST', '/api/session/links', undefined, { headers });
  assert.equal(answer.status, 201);
  const wrong = await server.api('GET', '/api/server', undefined, { headers: { authorization: 'Bearer nothing' } });
  assert.equal(wrong.status, 401);
  await server.stop();
  assert.ok(!existsSync(file));
  const gone = await world.fails(69, ['link']);
  assert.match(gone.message, /No server is running/);
}, { session: false }));

test('a page of another name or origin gets nothing (DNS rebinding, CSRF)', served(async server => {
  const { port } = new URL(server.origin);
  const get = headers => server.raw('GET', '/api/server', { headers: { ...server.session, ...headers } });
  for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1', '127.0.0.1:1', `localhost:${port}`, `127.0.0.1:${port}.evil.example`]) {
    const answer = await get({ host });
    assert.ok([400, 403].includes(answer.status), `${host} got ${answer.status}`);
  }
  assert.equal((await server.raw('GET', '/', { headers: { host: 'evil.example' } })).status, 403);
  for (const head of ['', 'Host:\r\n', `Host: evil.example\r\nHost: ${server.host}\r\n`])
    assert.match(await sent(server, `GET /api/server HTTP/1.1\r\n${head}Cookie: ${server.cookie}\r\nX-Session-Key: ${server.key}\r\nConnection: close\r\n\r\n`), /^HTTP\/1\.1 40[03]/, head);
  const moved = await server.raw('GET', '/?x=1', { headers: { host: `localhost:${port}` } });
  assert.equal(moved.status, 303);
  assert.equal(moved.headers.location, `${server.origin}/?x=1`);
  for (const origin of ['http://evil.example', 'null', `http://localhost:${port}`, `https://127.0.0.1:${port}`])
    assert.equal((await get({ origin })).status, 403, origin);
  for (const site of ['cross-site', 'same-site']) assert.equal((await get({ 'sec-fetch-site': site })).status, 403, site);
  assert.equal((await get({ origin: server.origin, 'sec-fetch-site': 'same-origin' })).status, 200);

  const write = headers => server.raw('POST', '/api/session/links', { headers: { ...server.session, ...headers } });
  assert.equal((await write({ origin: 'http://evil.example' })).status, 403);
  assert.equal((await write({ 'x-session-key': server.key.toLowerCase() })).status, 401);
  assert.equal((await write({})).status, 201);
  const link = JSON.stringify({ link: tokenOf(await server.link()) });
  const enter = headers => server.raw('POST', '/api/session', { headers: { 'content-type': 'application/json', ...headers }, body: link });
  for (const headers of [{ origin: 'http://evil.example' }, { 'sec-fetch-site': 'same-site' }, { host: `localhost:${port}` }])
    assert.equal((await enter(headers)).status, 403, 'no other site opens a session');
  assert.equal((await enter({ 'content-type': 'text/plain' })).status, 415);
  assert.equal((await enter({ origin: server.origin })).status, 201);
  // What a form of another site can send.
  for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x']) {
    const headers = { ...server.session, 'content-type': type };
    assert.equal((await server.raw('POST', '/api/triggers', { headers, body: '{"a":1}' })).status, 415, type);
  }
  const preflight = await server.raw('OPTIONS', '/api/triggers', { headers: { origin: 'http://evil.example', 'access-control-request-method': 'POST' } });
  assert.ok(preflight.status >= 400);
  for (const name of Object.keys(preflight.headers)) assert.ok(!name.startsWith('access-control-'), name);
}));

test('every answer forbids what a page may not do', served(async server => {
  for (const path of ['/', '/nothing', '/api/server', '/api/nothing', '/callback', '/metrics']) {
    const { headers } = await server.raw('GET', path, { headers: server.session });
    assert.match(headers['content-security-policy'], /default-src 'none'/, path);
    assert.match(headers['content-security-policy'], /frame-ancestors 'none'/, path);
    assert.ok(!/unsafe|\*/.test(headers['content-security-policy']), path);
    assert.equal(headers['x-content-type-options'], 'nosniff', path);
    assert.equal(headers['x-frame-options'], 'DENY', path);
    assert.equal(headers['referrer-policy'], 'no-referrer', path);
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin', path);
    if (path.startsWith('/api')) assert.equal(headers['cache-control'], 'no-store', path);
  }
}));

test('the UI\'s files, and nothing else of the disk', inWorld(async world => {
  const web = join(world.home, 'web');
  mkdirSync(join(web, 'assets'), { recursive: true });
  writeFileSync(join(web, 'index.html'), '<!doctype html><title>UI</title>');
  writeFileSync(join(web, 'assets', 'app-0a1b2c.js'), 'export {};');
  writeFileSync(join(world.home, 'secret.txt'), 'the secret of the disk');
  const server = await Served.start(world, { args: ['--web-dir', web], session: false });
  const page = await server.raw('GET', '/');
  assert.equal(page.status, 200);
  assert.equal(page.headers['content-type'], 'text/html; charset=utf-8');
  assert.equal(page.headers['cache-control'], 'no-cache');
  assert.match(page.text, /<title>UI</);
  const script = await server.raw('GET', '/assets/app-0a1b2c.js');
  assert.match(script.headers['content-type'], /^text\/javascript/);
  assert.match(script.headers['cache-control'], /immutable/);
  assert.equal((await server.raw('GET', '/', { headers: { 'if-none-match': page.headers.etag } })).status, 304);
  assert.equal((await server.raw('HEAD', '/')).text, '');
  for (const path of ['/../secret.txt', '/..%2fsecret.txt', '/%2e%2e/secret.txt', '/assets/../../secret.txt', '/assets/..%2f..%2fsecret.txt',
    '//etc/passwd', '/etc/passwd', '/..\\secret.txt', '/assets/%00', '/index.html%00.js', '/assets/']) {
    const answer = await server.raw('GET', path);
    assert.ok(answer.status >= 400, `${path} got ${answer.status}`);
    assert.ok(!answer.text.includes('the secret'), path);
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) assert.ok((await server.raw(method, '/')).status >= 400, method);
  assert.equal((await server.stop()).code, 0);
}));

test('without the UI the page says so, and the API works', served(async server => {
  const page = await server.raw('GET', '/');
  assert.equal(page.status, 200);
  // A build with the UI beside the program shows that instead.
  assert.match(page.text, /The UI is not installed|<div id=/);
  const { version, origin, sinks, counts } = await server.ok('GET', '/api/server');
  assert.match(version, /^\d+\.\d+\.\d+/);
  assert.equal(origin, server.origin);
  assert.deepEqual(sinks.map(({ sink }) => sink), ['stdout']);
  assert.equal(counts.connections, 0);
}));

test('plugins, their pictures, and a form for each operation', served(async server => {
  const { plugins, problems } = await server.ok('GET', '/api/plugins');
  const sendpulse = plugins.find(({ id }) => id === 'sendpulse');
  assert.ok(sendpulse);
  assert.deepEqual(problems, []);
  for (const picture of Object.values(sendpulse.icon)) {
    const icon = await server.api('GET', picture);
    assert.match(icon.text, /<svg/);
    assert.match(icon.headers['content-security-policy'], /sandbox/);
    assert.equal(icon.headers['x-content-type-options'], 'nosniff');
  }
  const detail = await server.ok('GET', '/api/plugins/sendpulse');
  assert.equal(detail.triggers.length, sendpulse.counts.triggers);
  assert.equal(detail.actions.length, sendpulse.counts.actions);
  assert.deepEqual(detail.methods.map(({ id }) => id), ['oauth', 'app', 'key']);
  for (const { id } of detail.triggers) {
    const form = await server.ok('GET', `/api/plugins/sendpulse/operations/${id}/form?kind=trigger`);
    assert.equal(form.kind, 'trigger');
    assert.ok(form.cost.polls_per_day > 0);
  }
  for (const { id } of detail.actions) {
    const form = await server.ok('GET', `/api/plugins/sendpulse/operations/${id}/form?kind=action`);
    const text = JSON.stringify(form.schema);
    assert.ok(!/"\$ref"|"\$defs"|"x-[a-z]+":/.test(text), `${id}: ${text}`);
    for (const lookup of JSON.stringify(form.ui_schema).matchAll(/"lookup":"([^"]+)"/g))
      assert.ok(form.lookups.some(one => one.id === lookup[1]), `${id} uses ${lookup[1]}`);
  }
  const added = await server.ok('GET', '/api/plugins/sendpulse/operations/subscriber.added/form');
  assert.equal(added.ui_schema.list_id['ui:options'].lookup, 'mailing_lists');
  const oauth = await server.ok('GET', '/api/plugins/sendpulse/methods/oauth/form');
  assert.equal(oauth.redirect_uri, `${server.origin}/callback`);
  assert.equal(oauth.ui_schema.client_secret['ui:widget'], 'password');
  assert.ok(oauth.settings_schema.properties.authorize_url);

  assert.match((await server.fails(404, 'GET', '/api/plugins/sendpuls')).advice, /sendpulse/);
  assert.match((await server.fails(404, 'GET', '/api/plugins/sendpulse/operations/subscriber.ad/form')).advice, /subscriber\.add/);
  await server.fails(404, 'GET', '/api/plugins/sendpulse/operations/subscriber.add/form?kind=trigger');
  await server.fails(404, 'GET', '/api/plugins/sendpulse/methods/nothing/form');
  await server.fails(422, 'GET', '/api/plugins/sendpulse/operations/subscriber.add/form?kind=x');
}));

test('describe --forms prints what the server answers', served(async (server, world) => {
  const { forms } = await world.ok(['describe', 'sendpulse', '--forms']);
  const one = forms.find(({ kind, id }) => kind === 'action' && id === 'subscriber.add');
  assert.deepEqual(one, await server.ok('GET', '/api/plugins/sendpulse/operations/subscriber.add/form'));
  const { triggers, actions, methods } = await server.ok('GET', '/api/plugins/sendpulse');
  assert.equal(forms.length, triggers.length + actions.length + methods.length);
}));

test('an account is connected, tested, signed in again with new keys, and forgotten', served(async (server, world) => {
  const { client_id, client_secret } = world.fake.credentials;
  const wrong = await server.fails(502, 'POST', '/api/connections', { plugin: 'sendpulse', method: 'app', input: { client_id, client_secret: 'not-the-secret-of-this-app' } });
  assert.match(wrong.message, /^Nothing was saved/);
  const incomplete = await server.fails(422, 'POST', '/api/connections', { plugin: 'sendpulse', method: 'app', input: { client_id } });
  assert.ok(incomplete.problems.length > 0);
  assert.deepEqual(incomplete.problems, [{ pointer: '/client_secret', message: 'Client secret is required.' }]);
  await server.fails(422, 'POST', '/api/connections', { plugin: 'sendpulse', method: 'oauth', input: { client_id, client_secret } });
  await server.fails(422, 'POST', '/api/connections', { plugin: 'sendpulse', method: 'app', input: { client_id, client_secret }, settings: { token_url: 'https://evil.example' } });
  await server.fails(422, 'POST', '/api/connections', { plugin: 'sendpulse', method: 'app', input: { client_id, client_secret }, surprise: 1 });
  assert.deepEqual((await server.ok('GET', '/api/connections')).connections, []);

  const connection = await connect(server, world);
  assert.equal(connection.label, 'ivy@maple-thread.example');
  assert.equal(connection.sign_in, 'input');
  const second = await server.ok('POST', '/api/connections', { plugin: 'sendpulse', method: 'app', input: { client_id, client_secret } });
  assert.match(second.notes.join(), new RegExp(connection.id));
  const tested = await server.ok('POST', `/api/connections/${connection.id}/test`);
  assert.equal(tested.account.email, 'ivy@maple-thread.example');
  assert.equal((await server.ok('GET', `/api/connections/${connection.id}`)).state, 'ok');

  const again = await server.ok('POST', `/api/connections/${connection.id}/reauthorize`, { input: { client_id, client_secret } });
  assert.equal(again.connection.id, connection.id);
  await world.fake.control('POST', '/accounts', { client_id: 'other-client', client_secret: 'other-secret-of-app', email: 'other@example.org' });
  const other = { input: { client_id: 'other-client', client_secret: 'other-secret-of-app' } };
  const conflict = await server.fails(409, 'POST', `/api/connections/${connection.id}/reauthorize`, other);
  assert.match(conflict.message, /other@example\.org/);
  const allowed = await server.ok('POST', `/api/connections/${connection.id}/reauthorize`, { ...other, allow_other_account: true });
  assert.equal(allowed.connection.label, 'other@example.org');

  await addTrigger(server, connection, 'mailing_list.created');
  assert.deepEqual(await server.ok('DELETE', `/api/connections/${connection.id}`), { id: connection.id, triggers: 1 });
  await server.fails(404, 'GET', `/api/connections/${connection.id}`);
}));

test('a connection that ended says so, and goes on when somebody signs in again', served(async (server, world) => {
  const connection = await connect(server, world);
  const trigger = await addTrigger(server, connection, 'mailing_list.created');
  const stream = await server.listen();
  const poll = await hears(stream, 'poll', ({ trigger: id, ok }) => id === trigger.id && ok);
  checkData('Poll', poll);
  await world.fake.control('PATCH', `/accounts/${world.fake.credentials.client_id}`, { client_secret: 'a-new-secret-of-this-app' });
  await world.fake.control('POST', '/tokens/revoke', {});
  const ended = await hears(stream, 'connection', ({ state }) => state !== 'ok', 'the connection ended');
  checkData('Connection', ended);
  assert.ok(['needs_sign_in', 'app_misconfigured'].includes(ended.state));
  assert.ok(ended.advice);
  await server.fails(502, 'POST', `/api/connections/${connection.id}/test`);
  const input = { client_id: world.fake.credentials.client_id, client_secret: 'a-new-secret-of-this-app' };
  const before = stream.messages.length;
  await server.ok('POST', `/api/connections/${connection.id}/reauthorize`, { input });
  await until(() => stream.messages.slice(before).some(({ event, data }) => event === 'poll' && data.ok), 'a poll that went well');
  assert.equal((await server.ok('GET', `/api/triggers/${trigger.id}`)).state, 'active');
}, unquick));

// ---- Signing in through the browser

const browserOf = (server, world) => {
  const browser = new Browser({ home: world.home, caFile: world.fake.caFile, ports: { 'api.sendpulse.com': world.fake.port } });
  return browser;
};

// What the page does: POST /api/oauth, keep its cookie, go to authorize_url; then what the service sends it back to.
async function startOAuth(server, world, body) {
  const { client_id, client_secret } = world.fake.credentials;
  const wanted = body ?? { plugin: 'sendpulse', method: 'oauth', input: { client_id, client_secret } };
  const answer = await server.api('POST', '/api/oauth', wanted);
  assert.equal(answer.status, 201, answer.text);
  const [cookie] = answer.headers['set-cookie'];
  assert.match(cookie, /^connector_sign_in=\S+; Path=\/callback; HttpOnly; SameSite=Lax; Max-Age=600$/);
  const { hops } = await browserOf(server, world).visit(answer.body.authorize_url, url => (url.startsWith(server.origin) ? null : url));
  return { ...answer.body, cookie: cookie.split(';')[0], hops };
}

// Where the service sends the browser to, without going there.
async function callbackOf(server, world, started) {
  let callback;
  await browserOf(server, world).visit(started.authorize_url, url => {
    if (!url.startsWith(server.origin)) return url;
    callback = url.slice(server.origin.length);
    return null;
  });
  return callback;
}

// The session's own cookie does not come along from another site: it is Strict.
const comeBack = (server, callback, cookie) =>
  server.raw('GET', callback, { headers: { 'sec-fetch-site': 'cross-site', ...(cookie ? { cookie } : {}) } });

test('a person signs in through the browser, and again', served(async (server, world) => {
  const started = await startOAuth(server, world);
  assert.equal(new URL(started.authorize_url).searchParams.get('redirect_uri'), `${server.origin}/callback`);
  assert.equal((await server.ok('GET', `/api/oauth/${started.flow}`)).state, 'waiting');
  const back = await comeBack(server, await callbackOf(server, world, started), started.cookie);
  assert.equal((await server.ok('GET', `/api/oauth/${started.flow}`)).state, 'done');
  const { connections } = await server.ok('GET', '/api/connections');
  assert.equal(connections.length, 1);
  const [connection] = connections;
  assert.equal(connection.label, 'ivy@maple-thread.example');
  assert.equal(connection.sign_in, 'browser');
  if (back.status === 303) assert.equal(back.headers.location, `/#/connections/${connection.id}?signed_in=1`);
  else assert.match(back.text, /You are signed in/);

  const again = await startOAuth(server, world, { connection: connection.id });
  await comeBack(server, await callbackOf(server, world, again), again.cookie);
  const flow = await server.ok('GET', `/api/oauth/${again.flow}`);
  assert.equal(flow.state, 'done');
  assert.equal(flow.connection, connection.id);
  assert.equal((await server.ok('GET', '/api/connections')).connections.length, 1);
  await server.ok('POST', `/api/connections/${connection.id}/test`);
}));

test('a state that is wrong, missing, used, given up, or of another browser makes no token', served(async (server, world) => {
  const asked = async () => (await world.requests('?path=/oauth/access_token')).length;
  const started = await startOAuth(server, world);
  const callback = await callbackOf(server, world, started);
  const wrong = [
    [callback.replace(/state=[^&]+/, `state=${'x'.repeat(43)}`), started.cookie],
    [callback.replace(/&?state=[^&]+/, ''), started.cookie],
    [callback, undefined],
    [callback, 'connector_sign_in=somebody-elses'],
    ['/callback', started.cookie],
    [`/callback?state=${encodeURIComponent(SCRIPT)}&code=1`, started.cookie],
  ];
  for (const [path, cookie] of wrong) {
    const page = await comeBack(server, path, cookie);
    assert.equal(page.status, 400, path);
    assert.match(page.text, /Unknown sign-in/);
    assert.ok(!page.text.includes('<script'), path);
  }
  assert.equal(await asked(), 0);
  assert.equal((await server.ok('GET', `/api/oauth/${started.flow}`)).state, 'waiting');
  await comeBack(server, callback, started.cookie);
  assert.equal(await asked(), 1);
  assert.equal((await comeBack(server, callback, started.cookie)).status, 400);
  assert.equal(await asked(), 1);

  const given = await startOAuth(server, world);
  await server.ok('DELETE', `/api/oauth/${given.flow}`);
  await server.fails(404, 'GET', `/api/oauth/${given.flow}`);
  assert.equal((await comeBack(server, await callbackOf(server, world, given), given.cookie)).status, 400);
  assert.equal(await asked(), 1);

  const denied = await startOAuth(server, world);
  const state = new URL(denied.authorize_url).searchParams.get('state');
  const page = await comeBack(server, `/callback?error=access_denied&error_description=${encodeURIComponent(SCRIPT)}&state=${state}`, denied.cookie);
  assert.ok([303, 400].includes(page.status));
  assert.ok(!page.text.includes('<script'));
  const flow = await server.ok('GET', `/api/oauth/${denied.flow}`);
  assert.equal(flow.state, 'failed');
  assert.equal(flow.error.class, 'needs_reauth');
  assert.equal(await asked(), 1);
}));

// ---- What is watched

test('the choices of a dropdown, with a field it depends on, and what is wrong with them', served(async (server, world) => {
  const connection = await connect(server, world, { method: 'key' });
  await world.fake.control('POST', '/lists', { name: SCRIPT, id: 900001 });
  const lists = await server.api('POST', `/api/connections/${connection.id}/lookups/mailing_lists`, {});
  assert.equal(lists.headers['content-type'], 'application/json');
  assert.ok(lists.body.items.some(({ value, label }) => value === 900001 && label === SCRIPT));
  const [{ value: list_id }] = lists.body.items;
  const variables = await server.ok('POST', `/api/connections/${connection.id}/lookups/list_variables`, { input: { list_id } });
  assert.ok(Array.isArray(variables.items));
  const missing = await server.fails(422, 'POST', `/api/connections/${connection.id}/lookups/list_variables`, { input: {} });
  assert.deepEqual(missing.problems.map(({ pointer }) => pointer), ['/list_id']);
  await server.fails(404, 'POST', `/api/connections/${connection.id}/lookups/nothing`, {});
  await server.fails(404, 'POST', '/api/connections/con_nothing/lookups/mailing_lists', {});
}));

test('choices are kept, and asked for anew when an action has changed something or somebody wants that', served(async (server, world) => {
  const connection = await connect(server, world, { method: 'key' });
  const other = await connect(server, world, { method: 'app' });
  const path = ({ id }) => `/api/connections/${id}/lookups/mailing_lists`;
  // The names of the lists, how old the answer is, and whether the service was asked for it.
  const lists = async (body = {}, one = connection) => {
    const asked = async () => (await world.requests('?method=GET&path=/addressbooks')).length;
    const before = await asked();
    const { items, age_s } = await server.ok('POST', path(one), body);
    return { names: items.map(({ label }) => label), kept: age_s !== undefined, asked: (await asked()) > before };
  };
  const isKept = ({ kept, asked }) => assert.deepEqual({ kept, asked }, { kept: true, asked: false });
  const isNew = ({ kept, asked }) => assert.deepEqual({ kept, asked }, { kept: false, asked: true });

  // A failure is told, and not kept.
  await world.fault({ path: '/addressbooks' }, { status: 400, body: { error_code: 8, message: 'no' } }, -1);
  assert.ok((await server.api('POST', path(connection), {})).status >= 400);
  await world.healed();
  const first = await lists();
  isNew(first);
  const again = await lists();
  isKept(again);
  assert.deepEqual(again.names, first.names);
  isNew(await lists({}, other)); // has choices of its own

  // Made at the service itself: seen by whoever asks anew, and then by all. No answer of a moment ago is taken for it.
  await world.fake.control('POST', '/lists', { name: 'Made elsewhere', id: 900002 });
  const old = await lists();
  isKept(old);
  assert.ok(!old.names.includes('Made elsewhere'));
  const fresh = await lists({ fresh: true });
  isNew(fresh);
  assert.ok(fresh.names.includes('Made elsewhere'));
  const then = await lists();
  isKept(then);
  assert.deepEqual(then.names, fresh.names);

  await server.ok('POST', `/api/connections/${connection.id}/actions/mailing_list.create/run`, { input: { name: 'Just made' } });
  const made = await lists();
  isNew(made);
  assert.ok(made.names.includes('Just made'));
  isKept(await lists({}, other)); // it did nothing

  await server.ok('POST', `/api/connections/${connection.id}/reauthorize`, { input: { api_key: world.fake.credentials.api_key } });
  assert.equal((await lists()).kept, false);
  assert.equal((await server.fails(422, 'POST', path(connection), { fresh: 'yes' })).class, 'invalid_input');
}));

test('a trigger from its test to its removal, as the stream tells it', served(async (server, world) => {
  const connection = await connect(server, world);
  const stream = await server.listen();
  assert.equal(stream.headers['content-type'].split(';')[0], 'text/event-stream');
  const path = `/api/connections/${connection.id}/triggers/subscriber.added/test`;
  const { items } = await server.ok('POST', `/api/connections/${connection.id}/lookups/mailing_lists`, {});
  const list_id = items[0].value;
  const tested = await server.ok('POST', path, { input: { list_id }, interval_s: 600 });
  assert.ok(tested.items.length >= 1 && tested.items.length <= 5);
  assert.equal(tested.cost.polls_per_day, 144);
  assert.ok(tested.output.properties.email.title);
  const wrong = await server.fails(422, 'POST', path, { input: { list_id: 'x', foo: 1 } });
  assert.deepEqual(wrong.problems.map(({ pointer }) => pointer).sort(), ['/foo', '/list_id']);
  await server.fails(422, 'POST', path, { input: { list_id }, interval_s: 1 });

  await server.fails(422, 'POST', '/api/triggers', { connection: connection.id, trigger: 'subscriber.added', input: { list_id: [] } });
  await server.fails(422, 'POST', '/api/triggers', { connection: connection.id, trigger: 'subscriber.added', start: 'yesterday' });
  await server.fails(404, 'POST', '/api/triggers', { connection: connection.id, trigger: 'nothing' });
  const trigger = await addTrigger(server, connection, 'subscriber.added', { list_id });
  checkData('Trigger', await hears(stream, 'trigger', ({ id }) => id === trigger.id, 'the trigger was added'));
  const first = await hears(stream, 'poll', ({ trigger: id }) => id === trigger.id);
  assert.equal(first.baseline, true);
  assert.ok(Date.parse(first.next_poll_at) > 0);
  const twice = await server.ok('POST', '/api/triggers', { connection: connection.id, trigger: 'subscriber.added', input: { list_id } });
  assert.match(twice.notes.join(), /has the same settings/);
  await hears(stream, 'trigger', ({ id }) => id === twice.trigger.id);
  await server.ok('DELETE', `/api/triggers/${twice.trigger.id}`);
  await hears(stream, 'trigger_removed', ({ id }) => id === twice.trigger.id);

  await world.fake.control('POST', `/lists/${list_id}/subscribers`, { emails: [{ email: 'new@example.org', variables: { Name: SCRIPT } }] });
  const event = await hears(stream, 'event', ({ data }) => data.email === 'new@example.org', 'the event');
  checkData('EventRow', event);
  assert.equal(event.trigger_id, trigger.id);
  assert.equal(event.connection_label, connection.label);
  // It may have been delivered before anybody looked.
  if (event.state !== 'delivered')
    checkData('EventRow', await hears(stream, 'delivery', ({ id, state }) => id === event.id && state === 'delivered', 'its delivery'));
  await until(() => server.events.some(({ id }) => id === event.id), 'it on standard output');

  const detail = await server.ok('GET', `/api/events/${event.id}`);
  assert.equal(detail.cloud_event.id, event.id);
  assert.equal(detail.deliveries[0].sink, 'stdout');
  assert.ok(detail.output.properties.email);
  assert.equal((await server.ok('POST', `/api/events/${event.id}/replay`)).event.state, 'pending');
  await until(() => server.events.filter(({ id }) => id === event.id).length === 2, 'it on standard output again');
  assert.equal((await server.fails(404, 'GET', '/api/events/evt_nothing')).class, 'not_found');

  const shown = await server.ok('GET', `/api/triggers/${trigger.id}`);
  assert.equal(shown.state, 'active');
  assert.ok(Date.parse(shown.next_poll_at) > Date.parse(shown.created_at));
  assert.equal(shown.last_poll.ok, true);
  assert.equal((await server.ok('POST', `/api/triggers/${trigger.id}/pause`)).state, 'paused');
  await hears(stream, 'trigger', ({ id, state }) => id === trigger.id && state === 'paused');
  assert.equal((await server.ok('POST', `/api/triggers/${trigger.id}/resume`)).state, 'active');
  const slower = await server.ok('PATCH', `/api/triggers/${trigger.id}`, { interval_s: 600 });
  assert.equal(slower.interval_s, 600);
  assert.equal(slower.cost.polls_per_day, 144);
  const preview = await server.ok('POST', `/api/triggers/${trigger.id}/preview`, { input: {} });
  assert.equal(preview.effect, 'new_baseline');
  assert.match(preview.message, /since the last check at \d{4}-/);
  assert.equal((await server.ok('GET', `/api/triggers/${trigger.id}`)).state, 'active');
  const edited = await server.ok('PATCH', `/api/triggers/${trigger.id}`, { input: {} });
  assert.deepEqual(edited.input, {});
  assert.equal(edited.state, 'initialising');
  await server.fails(422, 'PATCH', `/api/triggers/${trigger.id}`, {});
  await server.fails(422, 'PATCH', `/api/triggers/${trigger.id}`, { interval_s: 1 });
  await server.ok('POST', `/api/triggers/${trigger.id}/test`);
  assert.equal((await server.ok('GET', `/api/triggers?connection=${connection.id}`)).triggers.length, 1);
  await server.ok('DELETE', `/api/triggers/${trigger.id}`);
  await server.fails(404, 'GET', `/api/triggers/${trigger.id}`);
  assert.deepEqual((await server.ok('GET', '/api/triggers')).triggers, []);
  stream.close();
}, { args: ['--interval', '1', '--sink', 'stdout'] }));

test('a flood is held until somebody decides', served(async (server, world) => {
  const connection = await connect(server, world);
  await world.fake.control('POST', '/lists', { name: 'Flooded', id: 900002 });
  const [first, second] = [
    await addTrigger(server, connection, 'subscriber.added', { list_id: 900002 }),
    await addTrigger(server, connection, 'subscriber.added', { list_id: 900002 }),
  ];
  const stream = await server.listen();
  for (const { id } of [first, second]) await until(async () => (await server.ok('GET', `/api/triggers/${id}`)).state === 'active', 'the baseline');
  await world.fake.control('POST', '/lists/900002/subscribers', { count: 120, prefix: 'flood' });
  for (const { id } of [first, second]) await until(async () => (await server.ok('GET', `/api/triggers/${id}`)).held === 120, 'the flood to be held', 30_000);
  assert.equal((await server.ok('GET', '/api/server')).counts.held, 240);
  const { events: [held] } = await server.ok('GET', '/api/events?state=held&limit=1');
  await server.fails(422, 'POST', `/api/events/${held.id}/replay`);
  assert.deepEqual(await server.ok('POST', `/api/triggers/${first.id}/release`), { trigger: first.id, events: 120 });
  assert.deepEqual(await server.ok('POST', `/api/triggers/${second.id}/discard`), { trigger: second.id, events: 120 });
  await until(() => server.events.length === 120, 'what was released');
  assert.equal((await server.ok('GET', '/api/server')).counts.held, 0);
  stream.close();
}, { args: ['--interval', '1', '--sink', 'stdout'] }));

test('events are paged, filtered and searched', served(async (server, world) => {
  const connection = await connect(server, world);
  await world.fake.control('POST', '/lists', { name: 'Paged', id: 900003 });
  await world.fake.control('POST', '/lists/900003/subscribers', { count: 30, prefix: 'page' });
  const trigger = await addTrigger(server, connection, 'subscriber.added', { list_id: 900003 }, { start: 'all' });
  await until(async () => (await server.ok('GET', `/api/events?trigger=${trigger.id}`)).events.length === 30, 'the events', 30_000);
  const seen = [];
  for (let before = ''; ; ) {
    const { events, next } = await server.ok('GET', `/api/events?limit=7${before}`);
    seen.push(...events.map(({ seq }) => seq));
    if (!next) break;
    before = `&before=${next}`;
  }
  assert.equal(seen.length, 30);
  assert.deepEqual(seen, [...seen].sort((a, b) => b - a));
  const email = (await server.ok('GET', '/api/events?limit=1')).events[0].data.email;
  const found = await server.ok('GET', `/api/events?text=${encodeURIComponent(email.toUpperCase())}`);
  assert.deepEqual(found.events.map(({ data }) => data.email), [email]);
  assert.deepEqual((await server.ok('GET', '/api/events?text=%25')).events, []);
  assert.deepEqual((await server.ok('GET', '/api/events?text=_age')).events, []);
  assert.deepEqual((await server.ok('GET', '/api/events?state=dead')).events, []);
  assert.equal((await server.ok('GET', `/api/events?connection=${connection.id}`)).events.length, 30);
  assert.deepEqual((await server.ok('GET', '/api/events?connection=con_nothing')).events, []);
  for (const query of ['state=x', 'limit=0', 'limit=201', 'limit=x', 'before=-1', `text=${'x'.repeat(201)}`]) await server.fails(422, 'GET', `/api/events?${query}`);
}, unquick));

// ---- What is done

test('an action is shown, run once under its key, and refused for what is wrong', served(async (server, world) => {
  const connection = await connect(server, world);
  const action = `/api/connections/${connection.id}/actions/mailing_list.create`;
  const input = { name: `Made by a test ${SCRIPT}` };
  const { request } = await server.ok('POST', `${action}/preview`, { input });
  assert.equal(request.method, 'POST');
  assert.equal(request.headers.authorization, '***');
  assert.equal((await world.requests('?method=POST&path=/addressbooks')).length, 0);
  const done = await server.ok('POST', `${action}/run`, { input, idempotency_key: 'k1' });
  assert.equal(done.replayed, false);
  const again = await server.ok('POST', `${action}/run`, { input, idempotency_key: 'k1' });
  assert.equal(again.replayed, true);
  assert.deepEqual(again.output, done.output);
  assert.equal((await world.requests('?method=POST&path=/addressbooks')).length, 1);
  const other = await server.fails(422, 'POST', `${action}/run`, { input: { name: 'Another' }, idempotency_key: 'k1' });
  assert.match(other.message, /used for another call/);
  const keyless = await server.ok('POST', `${action}/run`, { input: { name: 'Without a key' } });
  assert.match(keyless.idempotency_key, /^key_/);
  const wrong = await server.fails(422, 'POST', `${action}/run`, { input: { name: 7 } });
  assert.equal(wrong.problems[0].pointer, '/name');
  const taken = await server.fails(502, 'POST', `${action}/run`, { input });
  assert.notEqual(taken.class, 'unknown_outcome');
  await server.fails(404, 'POST', `/api/connections/${connection.id}/actions/nothing/run`, { input: {} });
  const list = await server.ok('POST', `/api/connections/${connection.id}/actions/mailing_list.list/run`, { input: {} });
  assert.equal(list.idempotency_key, undefined);
}));

test('an action whose answer never came is explained, and not sent again', served(async (server, world) => {
  const connection = await connect(server, world);
  await world.fault({ method: 'POST', path: '/addressbooks' }, { drop: 'after_read' });
  const action = `/api/connections/${connection.id}/actions/mailing_list.create/run`;
  const body = { input: { name: 'Perhaps made' }, idempotency_key: 'perhaps' };
  const unknown = await server.fails(502, 'POST', action, body);
  assert.equal(unknown.class, 'unknown_outcome');
  assert.equal(unknown.idempotency_key, 'perhaps');
  assert.equal(unknown.duplicate_check.looked, true);
  assert.ok(unknown.duplicate_check.found.some(({ label }) => label === 'Perhaps made'));
  assert.match(unknown.advice, /probably took effect/);
  assert.equal((await server.fails(502, 'POST', action, body)).class, 'unknown_outcome');
  assert.equal((await world.requests('?method=POST&path=/addressbooks')).length, 1);
}));

// ---- The host itself

test('metrics count, and name nobody', served(async (server, world) => {
  const connection = await connect(server, world);
  await addTrigger(server, connection, 'mailing_list.created');
  const text = await until(async () => {
    const answer = await server.api('GET', '/metrics');
    return /connector_poll_total\{result="ok"\} [1-9]/.test(answer.text) && answer.text;
  }, 'a poll to be counted');
  assert.match(text, /connector_outbox_depth\{sink="stdout"\} 0/);
  assert.match(text, /connector_connections\{state="ok"\} 1/);
  for (const line of text.trimEnd().split('\n'))
    assert.match(line, /^(# (HELP|TYPE) connector_\w+ .+|connector_\w+(\{[a-z]+="\w+"(,[a-z]+="\w+")*\})? -?[0-9.e+]+)$/);
  assert.ok(!/con_|trg_|evt_|@|sendpulse/.test(text));
  assert.equal((await server.raw('GET', '/metrics')).status, 401);
}, { args: ['--interval', '1', '--sink', 'stdout'] }));

for (const [what, action] of [
  ['400', { status: 400, body: { message: 'Not this day' } }], ['403', { status: 403, body: { message: 'Not this day' } }],
  ['422', { status: 422, body: { message: 'Not this day' } }], ['500', { status: 500, body: { message: 'Not this day' } }],
  ['HTML', { html: true }],
])
  test(`a trigger of which one day is refused (${what}) is partly failing: API, metrics, live changes`, served(async (server, world) => {
    const connection = await connect(server, world);
    const { id } = await addTrigger(server, connection, 'smtp.unsubscribed');
    await until(async () => (await server.ok('GET', `/api/triggers/${id}`)).state === 'active', 'the baseline');
    const stream = await server.listen();
    const dateOf = ({ query }) => new URLSearchParams(query).get('date');
    const date = dateOf((await world.requests('?method=GET&path=/smtp/unsubscribe'))[0]);
    assert.match(date, /^\d{4}-\d\d-\d\d$/);
    await world.fault({ path: '/smtp/unsubscribe', query: { date } }, action, -1);
    const row = await hears(stream, 'trigger', trigger => trigger.refused !== undefined, 'partly failing');
    assert.deepEqual([row.state, row.state_text], ['active', 'active, partly failing']);
    assert.deepEqual(row.refused.map(({ name }) => name), [date]);
    assert.ok(Date.parse(row.refused[0].since) <= Date.now() && row.refused[0].reason.length > 0);
    assert.deepEqual((await server.ok('GET', '/api/triggers')).triggers.map(({ refused }) => refused), [row.refused]);
    assert.match((await server.api('GET', '/metrics')).text, /connector_triggers_partly_failing 1\n/);
    assert.match((await server.api('GET', '/metrics')).text, /connector_triggers\{state="active"\} 1\n/);
    const polls = async () => Number(/connector_poll_total\{result="ok"\} (\d+)/.exec((await server.api('GET', '/metrics')).text)[1]);
    const before = await polls();
    await until(async () => (await polls()) >= before + 3, 'more polls');
    for (const once of [/a part of this trigger is refused/g, /could not be read/g])
      assert.equal((server.err.match(once) ?? []).length, 1, server.err);
    const tries = await world.requests(`?method=GET&path=/smtp/unsubscribe`);
    assert.ok(tries.filter(one => dateOf(one) !== date).length >= 6, 'the other days are read');
    assert.deepEqual((await server.ok('GET', `/api/triggers/${id}`)).refused, row.refused, 'since when it was first refused');
  }, { args: ['--interval', '1', '--sink', 'stdout'] }));

test('what cannot be a request is refused, in the one shape of errors', served(async server => {
  const headers = { ...server.session, 'content-type': 'application/json' };
  const post = body => server.raw('POST', '/api/triggers', { headers, body });
  for (const body of ['{', '[]', '"text"', 'null', '{"a":1}{', `{"a":${'['.repeat(5000)}`, '{"a":"\ud800"}', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])]) {
    const answer = await post(body);
    assert.equal(answer.status, 422, String(body).slice(0, 20));
    assert.equal(answer.body.error.class, 'invalid_input');
    assert.deepEqual(answer.body.error.problems, []);
  }
  assert.equal((await server.raw('GET', '/api/nothing', { headers })).status, 404);
  const method = await server.raw('PUT', '/api/triggers', { headers });
  assert.equal(method.status, 405);
  assert.equal(method.headers.allow, 'GET, POST');
  assert.equal((await server.raw('GET', `/api/plugins/${'x'.repeat(4000)}`, { headers })).status, 414);
  assert.equal((await server.raw('GET', '/api/plugins/%ff', { headers })).status, 400);
  const name = await server.raw('GET', `/api/plugins/${encodeURIComponent(SCRIPT)}`, { headers });
  assert.equal(name.status, 404);
  assert.equal(name.headers['content-type'], 'application/json');
}));

test('a field of 200 KB and a body of 200 MB are refused, and the server goes on', served(async (server, world) => {
  const connection = await connect(server, world);
  const long = await server.fails(422, 'POST', `/api/connections/${connection.id}/actions/mailing_list.create/run`, { input: { name: 'x'.repeat(200_000) } });
  assert.equal(long.problems[0].pointer, '/name');
  const headers = { ...server.session, 'content-type': 'application/json' };
  const declared = await server.raw('POST', '/api/triggers', { headers: { ...headers, 'content-length': String(200 << 20) }, body: '{' }).catch(error => ({ status: error.code }));
  assert.ok([413, 'ECONNRESET', 'EPIPE'].includes(declared.status), String(declared.status));
  const huge = await server.raw('POST', '/api/triggers', { headers, body: Buffer.alloc(5 << 20, 'x') }).catch(error => ({ status: error.code }));
  assert.ok([413, 'ECONNRESET', 'EPIPE'].includes(huge.status), String(huge.status));
  const endless = await server.raw('POST', '/api/triggers', { headers: { ...headers, 'transfer-encoding': 'chunked' }, body: Buffer.alloc(6 << 20, 'x') }).catch(error => ({ status: error.code }));
  assert.ok([411, 'ECONNRESET', 'EPIPE'].includes(endless.status), String(endless.status));
  await server.ok('GET', '/api/server');
}));

const connectTo = server =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(server.origin);
    const socket = net.connect(Number(port), hostname, () => resolve(socket));
    socket.on('error', reject);
  });

test('clients that drip a request are cut off, and hold up nobody', served(async server => {
  const slow = await Promise.all(Array.from({ length: 20 }, () => connectTo(server)));
  const closed = slow.map(socket => new Promise(resolve => socket.on('close', resolve)));
  for (const socket of slow) {
    socket.on('error', () => {});
    socket.resume();
    socket.write(`GET /api/server HTTP/1.1\r\nHost: ${server.host}\r\n`);
  }
  const dripping = setInterval(() => slow.forEach(socket => !socket.destroyed && socket.write('x')), 500);
  await server.ok('GET', '/api/server');
  const ended = await Promise.race([Promise.all(closed).then(() => true), new Promise(resolve => setTimeout(() => resolve(false), patience(60_000)).unref())]);
  clearInterval(dripping);
  assert.ok(ended, 'the connections were closed');
  await server.ok('GET', '/api/server');
}));

// What comes back for these very bytes, until the server closes the connection.
async function sent(server, bytes) {
  const socket = await connectTo(server);
  let text = '';
  socket.setEncoding('utf8').on('data', chunk => (text += chunk));
  const ended = new Promise(resolve => socket.on('close', resolve));
  socket.write(bytes);
  await ended;
  return text;
}

// The most memory that the process ever had, in MiB.
const peakOf = ({ child }) => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]) / 1024;

test('a head is read up to 64 KiB and 100 fields, an address up to 2 KiB, a body up to its bound: strangers take no memory', served(async server => {
  const SIZE = 4 << 20;
  const start = `GET / HTTP/1.1\r\nHost: ${server.host}\r\n`;
  const post = (path, head) => `POST ${path} HTTP/1.1\r\nHost: ${server.host}\r\n${head}\r\n\r\n`;
  const body = 'x'.repeat(SIZE);
  const json = 'Content-Type: application/json';
  const poured = [
    ['fields without an end', 431, start + 'a: b\r\n'.repeat(SIZE / 6)],
    ['long fields', 431, start + `a: ${'b'.repeat(8000)}\r\n`.repeat(SIZE / 8000)],
    ['a field without an end', 431, `${start}a: ${body}`],
    ['101 fields', 431, `${start}${'a: b\r\n'.repeat(100)}\r\n`],
    ['an address without an end', 414, `GET /${body}`],
    ['an address of 3 KiB', 414, `GET /${'x'.repeat(3072)} HTTP/1.1\r\nHost: ${server.host}\r\n\r\n`],
    ['lines that end in another way', 400, `${start}a: b\n\n`],
    ['a link of 4 MiB', 413, post('/api/session', `${json}\r\nContent-Length: ${SIZE}`) + body],
    ['a link of 200 MiB', 413, post('/api/session', `${json}\r\nContent-Length: ${200 << 20}`) + body],
    ['a link in chunks', 411, `${post('/api/session', `${json}\r\nTransfer-Encoding: chunked`)}${SIZE.toString(16)}\r\n${body}`],
    ['a form with files', 413, post('/api/session', `Content-Type: multipart/form-data; boundary=x\r\nContent-Length: ${SIZE}`) + body],
    ['a body without a session', 401, post('/api/triggers', `${json}\r\nContent-Length: ${SIZE}`) + body],
    ['a body for a page', 405, post('/', `${json}\r\nContent-Length: ${SIZE}`) + body],
  ];
  const before = peakOf(server);
  for (const [what, status, bytes] of poured)
    for (const answer of await Promise.all(Array.from({ length: 8 }, () => sent(server, bytes)))) {
      assert.equal(answer.match(/^HTTP\/1\.1 /gm)?.length, 1, `${what}: one answer`);
      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `), what);
    }
  // A sanitizer's own memory grows with what is touched: the bound is the plain build's.
  const measured = !process.env.CONNECTOR_SANITIZE;
  const grown = peakOf(server) - before;
  assert.ok(grown < 20 || !measured, `the host took ${grown.toFixed(1)} MiB more`);
  // Nor does a body of a session that is all values, each of which takes more memory than text.
  const values = `{"trigger":[${'0,'.repeat(SIZE / 2 - 100)}0]}`;
  const refused = await server.raw('POST', '/api/triggers', { headers: { ...server.session, 'content-type': 'application/json' }, body: values });
  assert.equal(refused.status, 422);
  assert.match(refused.body.error.message, /200,000 values/);
  assert.ok(peakOf(server) - before < 40 || !measured, 'and that is read whole');
  // What is just within the bounds is answered.
  const fits = `${start}Connection: close\r\n${`a: ${'b'.repeat(600)}\r\n`.repeat(98)}\r\n`;
  assert.match(await sent(server, fits), /^HTTP\/1\.1 200 /);
  await server.ok('GET', '/api/server');
}));

// Strangers who never give up: each that the server closes comes again after a second.
async function besiege(server, count, begin) {
  const sockets = new Set();
  let over = false;
  const come = async () => {
    if (over) return;
    const socket = await connectTo(server).catch(() => undefined);
    if (!socket) return;
    socket.on('error', () => {});
    socket.resume();
    if (over) return void socket.destroy();
    sockets.add(socket);
    begin(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      if (!over) setTimeout(come, 1000).unref();
    });
  };
  await Promise.all(Array.from({ length: count }, come));
  return {
    connected: () => sockets.size,
    end: () => {
      over = true;
      sockets.forEach(socket => socket.destroy());
    },
  };
}

test('five hundred strangers, idle or dripping or taking no answer, hold up no session', served(async (server, world) => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const ask = () => server.raw('GET', '/api/server', { headers: server.session, agent });
  assert.equal((await ask()).status, 200);
  const stream = await server.listen();
  const large = `GET /api/server HTTP/1.1\r\nHost: ${server.host}\r\n\r\n`.repeat(50);
  const kinds = [
    ['idle', () => {}],
    ['dripping', socket => socket.write(`GET / HTTP/1.1\r\nHost: ${server.host}\r\n`)],
    ['taking no answer', socket => (socket.pause(), socket.write(large))],
  ];
  for (const [what, begin] of kinds) {
    const siege = await besiege(server, 500, begin);
    assert.equal((await ask()).status, 200, `${what}: the session's connection`);
    assert.ok(siege.connected() > 0, `${what}: they are still there`);
    assert.equal((await server.raw('GET', '/api/server', { headers: server.session })).status, 200, `${what}: a new connection of the session`);
    assert.ok(siege.connected() > 0, `${what}: they are still there`);
    const connection = await connect(server, world);
    await hears(stream, 'connection', ({ id }) => id === connection.id);
    assert.ok(siege.connected() > 0, `${what}: they are still there`);
    siege.end();
  }
  assert.ok(!stream.closed);
  agent.destroy();
}));

test('a request that two readers could end at different places is refused, and ends its connection', served(async server => {
  const secrets = `Cookie: ${server.cookie}\r\nX-Session-Key: ${server.key}\r\n`;
  const start = `POST /api/session/links HTTP/1.1\r\nHost: ${server.host}\r\n${secrets}Content-Type: application/json\r\n`;
  const next = `GET /api/server HTTP/1.1\r\nHost: ${server.host}\r\n${secrets}\r\n`;
  const attacks = [
    ['a length and chunks', 400, `${start}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`],
    ['two lengths', 400, `${start}Content-Length: 2\r\nContent-Length: 4\r\n\r\n{}  `],
    ['two equal lengths', 400, `${start}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}`],
    ['a length that is a list', 400, `${start}Content-Length: 2, 2\r\n\r\n{}`],
    ['a length with a sign', 400, `${start}Content-Length: +2\r\n\r\n{}`],
    ['a coding with a space before its colon', 400, `${start}Transfer-Encoding : chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`],
    ['chunks', 411, `${start}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`],
    ['a bad chunk', 411, `${start}Transfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n0\r\n\r\n`],
    ['a coding that nobody knows', 501, `${start}Transfer-Encoding: odd, chunked\r\n\r\n`],
    ['a continued field', 400, `${start}X: a\r\n b\r\n\r\n`],
    ['a bare LF', 400, `${start}X: a\nY: b\r\n\r\n`],
    ['a bare CR', 400, `${start}X: a\rY: b\r\n\r\n`],
    ['a NUL', 400, `${start}X: a\0b\r\n\r\n`],
    ['the absolute form', 400, `GET ${server.origin}/api/server HTTP/1.1\r\nHost: ${server.host}\r\n${secrets}\r\n`],
    ['another version', 400, `GET /api/server HTTP/2.0\r\nHost: ${server.host}\r\n${secrets}\r\n`],
  ];
  for (const [what, status, bytes] of attacks) {
    const text = await sent(server, bytes + next);
    assert.equal(text.match(/^HTTP\/1\.1 /gm)?.length, 1, what);
    assert.match(text, new RegExp(`^HTTP/1\\.1 ${status} `), what);
    assert.match(text, /\r\nConnection: close\r\n/, what);
    assert.match(text, /\{"error":\{"class":"\w+","fault":"user","message":"[^"]+","advice":"[^"]+","problems":\[\]\}\}$/, what);
  }
  // A body that is not there has length zero, and a part that is asked for is the whole.
  assert.equal((await server.raw('POST', '/api/session/links', { headers: server.session })).status, 201);
  const ranged = await server.raw('GET', '/api/server', { headers: { ...server.session, range: `bytes=${'0-0,'.repeat(500)}0-0` } });
  assert.equal(ranged.status, 200);
  assert.ok(ranged.body.version);
}));

test('two requests in one body are one refused request', served(async server => {
  const inner = `GET /api/server HTTP/1.1\r\nHost: ${server.host}\r\nCookie: ${server.cookie}\r\nX-Session-Key: ${server.key}\r\n\r\n`;
  // Refused before its body was read: what follows must not be taken for a request.
  const text = await sent(server, `POST /api/triggers HTTP/1.1\r\nHost: evil.example\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`);
  assert.equal(text.match(/HTTP\/1\.1 /g).length, 1);
  assert.match(text, /^HTTP\/1\.1 403/);
}));

test('of a hundred listeners some are refused; the others hear, and the API answers', served(async (server, world) => {
  const streams = await Promise.all(Array.from({ length: 100 }, () => server.listen()));
  const open = streams.filter(({ status }) => status === 200);
  assert.equal(open.length, 32);
  assert.ok(streams.filter(({ status }) => status !== 200).every(({ status }) => status === 503));
  const connection = await connect(server, world);
  for (const stream of open) await hears(stream, 'connection', ({ id }) => id === connection.id);
  open.forEach(stream => stream.close());
  const later = await until(async () => {
    const stream = await server.listen();
    return stream.status === 200 && stream;
  }, 'room for another listener', 30_000);
  later.close();
}));

test('who comes back hears what was missed, or that it was too much', served(async (server, world) => {
  const stream = await server.listen();
  const connection = await connect(server, world);
  await hears(stream, 'connection', ({ id }) => id === connection.id);
  const { id: last } = stream.messages.at(-1);
  const second = await connect(server, world, { method: 'key' });
  await hears(stream, 'connection', ({ id }) => id === second.id);
  stream.close();
  const back = await server.listen({ 'last-event-id': last });
  await hears(back, 'connection', ({ id }) => id === second.id, 'what was missed');
  assert.ok(!said(back, 'connection', ({ id }) => id === connection.id));
  back.close();
  for (const id of ['nothing', `${last}0000`, 'other.1']) {
    const lost = await server.listen({ 'last-event-id': id });
    await hears(lost, 'reset');
    lost.close();
  }
}));

test('it ends when asked, whoever listens and waits', served(async (server, world) => {
  const connection = await connect(server, world);
  const stream = await server.listen();
  await world.fault({ path: '/addressbooks' }, { delay_ms: 60_000 }, -1);
  const waiting = server.raw('POST', `/api/connections/${connection.id}/lookups/mailing_lists`, {
    headers: { ...server.session, 'content-type': 'application/json' },
    body: '{}',
  });
  await sleep(500); // most likely it is on its way by now; either way it must end
  const ending = server.stop();
  const answer = await waiting.catch(error => ({ status: error.code }));
  assert.ok([503, 'ECONNRESET'].includes(answer.status), String(answer.status));
  await until(() => stream.closed, 'the stream to end');
  assert.equal((await ending).code, 0);
}));

test('it listens where it is told, and nowhere that others could read', inWorld(async world => {
  const open = await world.fails(64, ['serve', '--listen', '0.0.0.0:0']);
  assert.match(open.message, /--origin/);
  for (const [listen, origin] of [['127.0.0.1:0', 'http://hooks.example'], ['0.0.0.0:0', 'http://192.0.2.7:7117'], ['0.0.0.0:0', 'http://127.0.0.1.evil.example']]) {
    const refused = await world.fails(64, ['serve', '--listen', listen, '--origin', origin]);
    assert.match(refused.message, /is not encrypted.*--origin https:\/\/HOST/, origin);
  }
  await world.fails(64, ['serve', '--listen', 'nonsense']);
  await world.fails(64, ['serve', '--listen', '127.0.0.1:0', '--web-dir', '/nowhere']);
  const server = await Served.start(world);
  const taken = await world.fails(69, ['--data-dir', join(world.home, 'other'), 'serve', '--listen', server.host]);
  assert.match(taken.message, /Cannot listen on/);
  const second = await world.fails(75, ['serve', '--listen', '127.0.0.1:0']);
  assert.match(second.message, /^Another/);
  await server.stop();

  const behind = world.spawn(['serve', '--listen', '127.0.0.1:0', '--origin', 'https://hooks.example']);
  let err = '';
  behind.stderr.setEncoding('utf8').on('data', chunk => (err += chunk));
  await until(() => PLACE.exec(err)?.[1] === 'https://hooks.example', 'the name of the proxy');
  assert.match((await world.ok(['link'])).url, /^https:\/\/hooks\.example\/#\/open\//);
  behind.kill('SIGTERM');
}));

test('every operation of openapi.yaml was called with success', () => {
  assert.deepEqual(neverCalled(), []);
});

test('a trigger says how many requests its polls make, and when they are many more than stated', served(async (server, world) => {
  const connection = await connect(server, world);
  const list_id = 501001;
  await world.fake.control('POST', `/lists/${list_id}/subscribers`, { count: 1300, add_date: '2024-01-01 00:00:00', step_s: 60 });
  const cheap = await addTrigger(server, connection, 'sms_sender.status_changed');
  const { id, cost } = await addTrigger(server, connection, 'subscriber.updated', { list_id });
  assert.equal(cost.needs_acceptance, false);
  const shown = async trigger => server.ok('GET', `/api/triggers/${trigger}`);
  await until(async () => (await shown(id)).last_poll?.usual_requests?.polls >= 2, 'two polls after the baseline', 60_000);
  const early = await shown(id);
  if (early.last_poll.usual_requests.polls < 5) assert.equal(early.last_poll.excess, undefined, 'not after a few polls');
  await until(async () => (await shown(id)).last_poll.excess, 'five polls', 60_000);
  const { last_poll, state_text } = await shown(id);
  assert.match(last_poll.excess, /^Each of the last 5 polls made 14 requests or more; stated are at most 2 in an account with 150 of each\./);
  assert.match(state_text, /, many requests$/);
  assert.equal(last_poll.requests, 14);
  assert.equal(last_poll.usual_requests.average, 14);

  const quiet = await shown(cheap.id);
  assert.equal(quiet.last_poll.usual_requests.average, 1);
  assert.equal(quiet.last_poll.excess, undefined);
  assert.doesNotMatch(quiet.state_text, /requests/);

  // The command line is another process.
  assert.deepEqual({ ...(await shown(id)).requests, polls: 0 }, { last: 14, average: 14, polls: 0 });
  const told = async trigger => {
    const { requests, cost: stated } = await world.ok(['trigger', 'show', trigger]);
    assert.equal(stated.polls_per_day, 288);
    return requests;
  };
  await until(async () => (await told(id))?.polls > 0, 'the database to have it');
  const seen = async () => {
    const { triggers } = await world.ok(['trigger', 'list']);
    for (const [trigger, requests] of [[id, 14], [cheap.id, 1]]) {
      const { polls, ...counted } = await told(trigger);
      assert.deepEqual(counted, { last: requests, average: requests });
      assert.ok(polls >= 1 && polls <= (await world.requests()).length);
      assert.equal(triggers.find(each => each.id === trigger).requests.average, requests);
    }
    const { out } = await world.host(['trigger', 'show', id]);
    assert.match(out, /^Cost: +1 request a poll when nothing changed, and 1 more/m);
    assert.match(out, /^Requests made: +14 a poll on average, 14 in the last poll$/m);
    const table = await world.host(['trigger', 'list']);
    assert.match(table.out, new RegExp(`^${cheap.id} .* 1, last 1 `, 'm'));
  };
  await seen();
  await server.stop();
  await seen();
  const once = await world.poll();
  assert.equal(once.code, 0, once.err);
  await seen();
}, { args: ['--interval', '1'] }));
