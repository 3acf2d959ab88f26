// Tokens for programs: made, listed and revoked by commands beside a running host, and what it lets them do.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inWorld, until } from './harness.mjs';
import { Served } from './served.mjs';

const served = body =>
  inWorld(async world => {
    const server = await Served.start(world, { session: false });
    await body(server, world);
    assert.equal((await server.stop()).code, 0, server.err);
  });

const bearer = token => ({ authorization: `Bearer ${token}` });
const create = (world, name, scope, ...more) => world.ok(['token', 'create', name, '--scope', scope, ...more]);
const listed = async world => (await world.ok(['token', 'list'])).tokens;

test('a token is shown once, and its scope is what a program with it may do', served(async (server, world) => {
  const connection = await world.connect();
  const tokens = {};
  for (const scope of ['read', 'run', 'admin']) {
    const made = await create(world, `a-${scope}`, scope);
    assert.match(made.token, /^connector_[\w-]{43}$/);
    assert.equal(made.expires_at, undefined);
    tokens[scope] = made.token;
  }
  const text = await world.host(['token', 'list']);
  for (const token of Object.values(tokens)) {
    assert.ok(!text.out.includes(token) && !JSON.stringify(await listed(world)).includes(token));
    assert.equal(world.database().indexOf(token), -1, 'the database has its hash only');
  }
  assert.deepEqual((await listed(world)).map(({ name, scope, expired }) => [name, scope, expired]), [
    ['a-admin', 'admin', false],
    ['a-read', 'read', false],
    ['a-run', 'run', false],
  ]);

  const action = `/api/connections/${connection.id}/actions/mailing_list.list/run`;
  const may = {
    read: [['GET', '/api/connections'], ['GET', '/api/events'], ['GET', '/api/plugins/sendpulse']],
    run: [['POST', `/api/connections/${connection.id}/test`], ['POST', action, { input: {} }]],
    admin: [['POST', '/api/triggers', { connection: connection.id, trigger: 'mailing_list.created' }], ['POST', '/api/session/links']],
  };
  const order = ['read', 'run', 'admin'];
  for (const needed of order)
    for (const [method, path, body] of may[needed])
      for (const held of order) {
        const answer = await server.api(method, path, body, { headers: bearer(tokens[held]) });
        const where = `${method} ${path} with the scope ${held}`;
        if (order.indexOf(held) >= order.indexOf(needed)) {
          assert.ok(answer.status < 300, `${where}: ${answer.text}`);
          continue;
        }
        assert.equal(answer.status, 403, where);
        assert.equal(answer.body.error.class, 'forbidden');
        assert.match(answer.body.error.advice, new RegExp(`--scope ${needed}`));
        assert.match(answer.headers['www-authenticate'], new RegExp(`insufficient_scope", scope="${needed}"`));
      }
  const metrics = await server.raw('GET', '/metrics', { headers: bearer(tokens.read) });
  assert.equal(metrics.status, 200);
  assert.match(metrics.text, /^connector_connections\{state="ok"\} 1$/m);
}));

test('a token needs no session, and a session beside it is ignored', served(async (server, world) => {
  const { token } = await create(world, 'reader', 'read');
  await server.open();
  const link = headers => server.raw('POST', '/api/session/links', { headers: { ...server.session, ...headers } });
  assert.equal((await link({})).status, 201);
  assert.equal((await link(bearer(token))).status, 403);
  assert.equal((await link(bearer('connector_unknown'))).status, 401);
  assert.equal((await link({ authorization: 'Basic bmluYTpuaW5h' })).status, 201, 'a password of the proxy is none of ours');
  assert.equal((await server.raw('DELETE', '/api/session', { headers: { ...server.session, ...bearer(token) } })).status, 204);
  assert.equal((await link({})).status, 201, 'the session goes on');
  for (const headers of [{ origin: 'http://evil.example' }, { host: 'evil.example' }, { 'sec-fetch-site': 'cross-site' }])
    assert.equal((await server.raw('GET', '/api/server', { headers: { ...bearer(token), ...headers } })).status, 403);
}));

test('a token that another process revokes is refused at once, and its stream ends', served(async (server, world) => {
  const { token } = await create(world, 'watcher', 'read');
  const get = () => server.raw('GET', '/api/server', { headers: bearer(token) });
  assert.equal((await get()).status, 200);
  const [{ last_used_at }] = await listed(world);
  assert.ok(Math.abs(Date.parse(last_used_at) - Date.now()) < 60_000, last_used_at);
  const stream = await server.listen(bearer(token));
  assert.equal(stream.status, 200);
  assert.equal((await world.host(['token', 'revoke', 'watcher'])).code, 0);
  const refused = await get();
  assert.equal(refused.status, 401);
  assert.match(refused.body.error.message, /revoked/);
  assert.match(refused.headers['www-authenticate'], /invalid_token/);
  await until(() => stream.closed, 'the stream to end');
  assert.deepEqual(await listed(world), []);
  assert.match((await world.fails(66, ['token', 'revoke', 'watcher'])).message, /no token "watcher"/);
  const again = await create(world, 'watcher', 'read');
  assert.notEqual(again.token, token);
  assert.equal((await get()).status, 401, 'the name alone opens nothing');
}));

test('a token expires', served(async (server, world) => {
  const made = await create(world, 'short', 'read', '--expires', '2s');
  assert.ok(Date.parse(made.expires_at) > Date.now());
  const get = () => server.raw('GET', '/api/server', { headers: bearer(made.token) });
  const refused = await until(async () => {
    const answer = await get();
    return answer.status === 401 && answer;
  }, 'the token to expire');
  assert.ok(Date.now() >= Date.parse(made.expires_at), 'not before its time');
  assert.match(refused.body.error.message, /"short" expired at \d{4}-/);
  assert.equal((await listed(world))[0].expired, true);
}));

test('what is no name, scope or duration is refused before anything is made', inWorld(async world => {
  for (const [args, says] of [
    [['a b', '--scope', 'read'], /name is 1 to 64 letters/],
    [['x'], /--scope/],
    [['x', '--scope', 'all'], /--scope/],
    [['x', '--scope', 'read', '--expires', 'soon'], /not a duration/],
    [['x', '--scope', 'read', '--expires', '0d'], /not a duration/],
  ])
    assert.match((await world.fails(64, ['token', 'create', ...args])).message, says);
  await create(world, 'x', 'read');
  assert.match((await world.fails(64, ['token', 'create', 'x', '--scope', 'admin'])).message, /exists/);
  assert.deepEqual((await listed(world)).map(({ scope }) => scope), ['read']);
  const { out } = await world.host(['token', 'create', 'plain', '--scope', 'read']);
  assert.match(out, /^connector_[\w-]{43}\n$/, 'alone on standard output, for a pipe');
}));
