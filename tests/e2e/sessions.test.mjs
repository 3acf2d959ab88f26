// Sessions of browsers as long as they last: over a restart, to their latest end, and not longer than the password they came from.

import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { inWorld, until } from './harness.mjs';
import { Served } from './served.mjs';

const proofOf = (key, start) => createHmac('sha256', createHash('sha256').update(key).digest()).update(start).digest('base64url');
const audit = async world => (await world.ok(['audit', '--limit', '1000'])).audit;
const PASSWORD = 'plain wooden table 7';
const signIn = (server, password) => server.api('POST', '/api/session', { password }, { headers: { cookie: '', 'x-session-key': '' } });

test('a session survives a restart of the host; what was sent to prove it before opens nothing', inWorld(async world => {
  const first = await Served.start(world);
  const { cookie, key } = first;
  const startOf = async server => (await server.raw('GET', '/api/session', { headers: { cookie } })).headers['x-session-start'];
  const proof = proofOf(key, await startOf(first));
  assert.equal((await first.raw('GET', '/api/server', { headers: { cookie, 'x-session-proof': proof } })).status, 200);
  assert.equal((await first.stop()).code, 0);

  const second = await Served.start(world, { session: false });
  const status = async headers => (await second.raw('GET', '/api/server', { headers })).status;
  assert.equal(await status({ cookie, 'x-session-key': key }), 200);
  assert.equal(await status({ cookie, 'x-session-proof': proof }), 401);
  assert.equal(await status({ cookie, 'x-session-proof': proofOf(key, await startOf(second)) }), 200);
  for (const secret of [cookie.split('=')[1], key]) assert.equal(world.database().indexOf(secret), -1);
  assert.equal((await second.stop()).code, 0);

  // One that was killed had no time to write anything.
  const third = await Served.start(world, { session: false });
  await third.open();
  third.child.kill('SIGKILL');
  await third.ended;
  const fourth = await Served.start(world, { session: false });
  assert.equal((await fourth.raw('GET', '/api/server', { headers: third.session })).status, 200);
  assert.equal((await fourth.raw('DELETE', '/api/session', { headers: third.session })).status, 204);
  assert.equal((await fourth.raw('GET', '/api/server', { headers: third.session })).status, 401, 'log-out is for ever');
  assert.equal((await fourth.stop()).code, 0);
}));

test('a session ends at its latest end although it is used, and its stream with it', inWorld(async world => {
  const server = await Served.start(world, { args: ['--session-days', '0.00005'] });
  const { expires_at } = await server.ok('GET', '/api/session');
  const stream = await server.listen();
  assert.equal(stream.status, 200);
  await until(async () => (await server.raw('GET', '/api/session', { headers: server.session })).status === 401, 'the session to end');
  assert.ok(Date.now() >= Date.parse(expires_at), 'not before');
  await until(() => stream.closed, 'the stream to end');
  await server.open();
  await server.ok('GET', '/api/session');
  assert.equal((await server.stop()).code, 0);
}));

test('a password opens a session, and guessing it has to wait', inWorld(async world => {
  const server = await Served.start(world, { session: false });
  const none = await signIn(server, PASSWORD);
  assert.deepEqual([none.status, none.body.error.message], [403, 'No password is set.']);
  assert.equal((await server.raw('GET', '/api/session')).body.error.has_password, undefined);
  assert.match((await world.fails(64, ['password', 'set'], { input: 'too short' })).message, /too short/);
  await world.ok(['password', 'set'], { input: `${PASSWORD}\n` });
  assert.equal((await server.raw('GET', '/api/session')).body.error.has_password, true);
  assert.equal(world.database().indexOf(PASSWORD), -1);

  const opened = await signIn(server, PASSWORD);
  assert.equal(opened.status, 201, opened.text);
  const session = { cookie: opened.headers['set-cookie'][0].split(';')[0], 'x-session-key': opened.body.key };
  assert.equal((await server.raw('GET', '/api/server', { headers: session })).status, 200);

  for (let i = 0; i < 2; i++) {
    const wrong = await signIn(server, 'not the password');
    assert.deepEqual([wrong.status, wrong.body.error.message, wrong.body.error.retry_after_ms], [403, 'The password is wrong.', undefined]);
  }
  let wait = 0;
  for (let i = 0; i < 4; ) {
    const answer = await signIn(server, 'not the password');
    if (answer.status === 403) {
      i++;
      assert.ok(answer.body.error.retry_after_ms > wait, 'each wait is longer');
      wait = answer.body.error.retry_after_ms;
    } else {
      assert.equal(answer.status, 429);
      assert.equal(answer.body.error.class, 'rate_limited');
      assert.match(answer.body.error.advice, /link --open/);
      assert.ok(Number(answer.headers['retry-after']) >= 1);
      await new Promise(resolve => setTimeout(resolve, answer.body.error.retry_after_ms));
    }
  }
  assert.equal((await signIn(server, PASSWORD)).status, 429, 'the right one is not looked at either');
  await server.open();
  await server.ok('GET', '/api/server');

  const lines = (await audit(world)).map(({ who, what, object, outcome }) => [who, what, object, outcome].join(' | '));
  assert.ok(lines.some(line => /^command \S+ \| password.change \| set \| ok$/.test(line)), lines.join('\n'));
  assert.ok(lines.some(line => /^password \| session.open \| session [0-9a-f]{8} \| ok$/.test(line)), lines.join('\n'));
  for (const kind of ['password', 'password, too early']) assert.ok(lines.includes(`nobody | request.refused |  | refused: ${kind}`), lines.join('\n'));
  assert.equal((await server.stop()).code, 0);
  for (const text of [PASSWORD, 'not the password', 'argon2id']) assert.ok(!world.output.includes(text), text);
}));

test('whoever sits at an open session changes the password only with the old one, and all other sessions end', inWorld(async world => {
  const server = await Served.start(world);
  const other = { ...server.session };
  await server.open();
  assert.equal((await server.ok('GET', '/api/session')).has_password, false);
  await server.fails(422, 'PUT', '/api/password', { password: 'short' });
  await server.fails(422, 'PUT', '/api/password', {});
  assert.equal((await server.api('PUT', '/api/password', { password: PASSWORD })).status, 204);
  assert.equal((await server.raw('GET', '/api/server', { headers: other })).status, 200, 'nobody knew an old one');
  assert.equal((await server.ok('GET', '/api/session')).has_password, true);
  await server.fails(403, 'PUT', '/api/password', { password: 'another long password' });
  await server.fails(403, 'PUT', '/api/password', { password: '', current: 'wrong' });
  const stream = await server.listen(other);
  assert.equal((await server.api('PUT', '/api/password', { password: 'another long password', current: PASSWORD })).status, 204);
  await until(() => stream.closed, 'the stream of the other session to end');
  assert.equal((await server.raw('GET', '/api/server', { headers: other })).status, 401);
  await server.ok('GET', '/api/server');
  assert.equal((await signIn(server, PASSWORD)).status, 403);
  assert.equal((await signIn(server, 'another long password')).status, 201);

  await world.ok(['password', 'remove']);
  assert.equal((await server.api('GET', '/api/server')).status, 401, 'all have to sign in again');
  assert.equal((await signIn(server, 'another long password')).body.error.message, 'No password is set.');
  assert.equal((await server.stop()).code, 0);
}));

test('behind a TLS proxy the cookies are of this host alone, and browsers are told to stay with TLS', inWorld(async world => {
  const server = await Served.start(world, { args: ['--origin', 'https://Connector.example'], session: false });
  const { url } = await world.ok(['link']);
  assert.ok(url.startsWith('https://connector.example/#/open/'));
  const place = (await import('node:fs')).readFileSync(`${world.dataDir}/serve-place`, 'utf8').split('\n');
  server.origin = place[0];
  const headers = { host: 'connector.example', 'content-type': 'application/json' };
  const ask = (method, path, more = {}, body) => server.raw(method, path, { headers: { ...headers, ...more }, body: body && JSON.stringify(body) });
  const opened = await ask('POST', '/api/session', {}, { link: url.split('/open/')[1] });
  assert.equal(opened.status, 201, opened.text);
  const [set] = opened.headers['set-cookie'];
  assert.match(set, /^__Host-connector_session=\S+; Path=\/; HttpOnly; SameSite=Strict; Secure$/);
  const cookie = set.split(';')[0];
  const session = { cookie, 'x-session-key': opened.body.key };
  assert.equal((await ask('GET', '/api/server', session)).status, 200);
  assert.equal((await ask('GET', '/api/server', { ...session, cookie: cookie.replace('__Host-', '') })).status, 401, 'another host of the domain could set that one');
  for (const path of ['/', '/api/server', '/api/nothing', '/callback'])
    assert.equal((await ask('GET', path, session)).headers['strict-transport-security'], 'max-age=31536000', path);
  const { client_id, client_secret } = world.fake.credentials;
  const started = await ask('POST', '/api/oauth', session, { plugin: 'sendpulse', method: 'oauth', input: { client_id, client_secret } });
  assert.match(started.headers['set-cookie'][0], /^__Host-connector_sign_in=\S+; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=600$/);
  const state = new URL(started.body.authorize_url).searchParams.get('state');
  const back = await ask('GET', `/callback?state=${state}&error=access_denied`, { cookie: started.headers['set-cookie'][0].split(';')[0] });
  assert.ok(!/Unknown sign-in/.test(back.text), 'the cookie of the sign-in is known');
  assert.match((await ask('DELETE', '/api/session', session)).headers['set-cookie'][0], /^__Host-connector_session=; Path=\/; .*Max-Age=0; Secure$/);
  assert.equal((await server.stop()).code, 0);
}));

test('without TLS nothing is said about TLS', inWorld(async world => {
  const server = await Served.start(world);
  assert.equal((await server.raw('GET', '/')).headers['strict-transport-security'], undefined);
  assert.equal((await server.stop()).code, 0);
}));
