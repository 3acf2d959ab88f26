// A stored secret is sent to the addresses it was entered for, and to no other: not when the API or the command line is
// asked for another, and not when somebody writes another into the database.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Browser, signIn } from './browser.mjs';
import { FOREIGN, startForeign } from './foreign.mjs';
import { inWorld, until } from './harness.mjs';
import { Served } from './served.mjs';

const CONNECT = ['connect', 'sendpulse', '--method', 'oauth', '--input', '-'];
const DIFFERS = /^The token address \(token_url\) differs from the one this connection was made with\. Enter the client secret again/;
const CHANGED = /token_url of this connection was changed in the database, not by connector-host/;

const browserOf = world => new Browser({ home: world.home, caFile: world.fake.caFile, ports: { 'api.sendpulse.com': world.fake.port } });
const app = ({ fake }) => ({ client_id: fake.credentials.client_id, client_secret: fake.credentials.client_secret });
const sql = (world, statement) => execFileSync('sqlite3', [join(world.dataDir, 'connector.db'), statement], { encoding: 'utf8' }).trim();
const withoutSqlite = (() => {
  try {
    execFileSync('sqlite3', ['--version'], { stdio: 'ignore' });
    return false;
  } catch {
    return 'SKIPPED: there is no sqlite3 program';
  }
})();

// A world with the foreign endpoint and an account that is signed in through the browser.
const foreignly = body =>
  inWorld(async world => {
    const foreign = await startForeign(world);
    try {
      await world.fake.control('POST', '/settings', { expires_in: 1 });
      const { result } = await signIn(world, browserOf(world), CONNECT, { input: JSON.stringify(app(world)) });
      assert.equal(result.code, 0, result.err);
      await body(world, foreign, result.json);
    } finally {
      await foreign.close();
    }
  });

const tokensOf = async world => (await world.requests('?path=/oauth/access_token')).length;

const hasEnded = connection => until(() => Date.parse(connection.token_expires_at) < Date.now(), 'the token to end');

// The whole attack: the sign-in is started, the browser goes to the service and comes back with a code.
async function signInThrough(server, world, body) {
  const started = await server.api('POST', '/api/oauth', body);
  if (started.status !== 201) return started.body.error;
  const cookie = started.headers['set-cookie'][0].split(';')[0];
  await browserOf(world).visit(started.body.authorize_url, url => {
    if (!url.startsWith(server.origin)) return url;
    body.callback = url.slice(server.origin.length);
    return null;
  });
  await server.raw('GET', body.callback, { headers: { cookie } });
  return (await server.ok('GET', `/api/oauth/${started.body.flow}`)).error;
}

test('the API: another token address without the secret is refused, and with it used', foreignly(async (world, foreign, { id }) => {
  const server = await Served.start(world, { args: ['--interval', '3600'] });
  const settings = { token_url: FOREIGN };
  for (const attack of [settings, { ...settings, scopes: ['all'] }]) {
    const error = await signInThrough(server, world, { connection: id, settings: attack });
    assert.deepEqual(foreign.got, [], 'nothing was sent');
    assert.equal(error?.class, 'invalid_input');
    assert.match(error.message, DIFFERS);
    assert.deepEqual(error.problems.map(({ pointer }) => pointer), ['/settings/token_url']);
  }
  const page = await signInThrough(server, world, { connection: id, settings: { authorize_url: 'https://foreign.example/a' } });
  assert.match(page.message, /sign-in page \(authorize_url\) differs/);

  // Its own addresses, said or unsaid, and other scopes, go without.
  for (const same of [{}, { settings: { token_url: 'https://api.sendpulse.com/oauth/access_token', scopes: ['a'] } }, { settings: {} }])
    assert.equal(await signInThrough(server, world, { connection: id, ...same }), undefined);
  assert.deepEqual(foreign.got, []);

  assert.equal(await signInThrough(server, world, { connection: id, input: app(world), settings }), undefined);
  assert.equal(foreign.got.length, 1);
  assert.ok(foreign.got[0].includes(app(world).client_secret), 'it was entered for this address');
  await server.ok('POST', `/api/connections/${id}/test`);
  await server.stop();
}));

test('the command line: likewise', foreignly(async (world, foreign, { id }) => {
  const again = ['connection', 'reauthorize', id];
  const before = await tokensOf(world);
  for (const options of [[], ['--setting', 'scopes=all']]) {
    const error = await world.fails(65, [...again, '--no-browser', '--setting', `token_url=${FOREIGN}`, ...options]);
    assert.match(error.message, DIFFERS);
  }
  assert.deepEqual(foreign.got, []);
  assert.equal(await tokensOf(world), before);

  const input = JSON.stringify(app(world));
  const moved = await signIn(world, browserOf(world), [...again, '--setting', `token_url=${FOREIGN}`, '--input', '-'], { input });
  assert.equal(moved.result.code, 0, moved.result.err);
  assert.equal(foreign.got.length, 1);
  assert.equal(moved.result.json.settings.token_url, FOREIGN);
  // And without anything said it stays there.
  const stays = await signIn(world, browserOf(world), again);
  assert.equal(stays.result.code, 0, stays.result.err);
  assert.equal(foreign.got.length, 2);
  await hasEnded(stays.result.json);
  assert.equal((await world.ok(['connection', 'test', id])).state, 'ok');
  assert.equal(foreign.got.length, 3, 'renewed there');
}));

test('a row that was changed in the database is refused; signing in again goes on', { skip: withoutSqlite }, foreignly(async (world, foreign, connection) => {
  const { id } = connection;
  const trigger = await world.addTrigger(connection, 'mailing_list.created');
  await world.pollOnce();
  const change = () => sql(world, `UPDATE connections SET settings = '{"token_url":"${FOREIGN}"}' WHERE id = '${id}'`);
  await hasEnded(await world.connection(connection));
  const before = (await world.requests()).length;
  change();

  const refused = await world.fails(77, ['connection', 'test', id]);
  assert.match(refused.message, CHANGED);
  const row = await world.connection(connection);
  assert.equal(row.state, 'needs_sign_in');
  assert.match(row.state_reason, CHANGED);
  assert.equal((await world.poll()).code, 75);
  assert.equal((await world.trigger(trigger)).state, 'needs_sign_in');
  assert.deepEqual(foreign.got, []);
  assert.equal((await world.requests()).length, before, 'nothing was sent to anybody');

  // With the stored secrets it goes on where they were meant to go; the row says so again.
  const again = await signIn(world, browserOf(world), ['connection', 'reauthorize', id]);
  assert.equal(again.result.code, 0, again.result.err);
  assert.equal(again.result.json.settings, undefined);
  assert.equal((await world.trigger(trigger)).state, 'active');
  await world.pollOnce();

  // Secrets that are entered again go there too, unless somebody says otherwise.
  change();
  const input = JSON.stringify(app(world));
  const entered = await signIn(world, browserOf(world), ['connection', 'reauthorize', id, '--input', '-'], { input });
  assert.equal(entered.result.code, 0, entered.result.err);
  assert.equal(entered.result.json.settings, undefined);
  assert.deepEqual(foreign.got, []);
  const said = await signIn(world, browserOf(world), ['connection', 'reauthorize', id, '--setting', `token_url=${FOREIGN}`, '--input', '-'], { input });
  assert.equal(said.result.code, 0, said.result.err);
  assert.equal(foreign.got.length, 1);
  assert.equal((await world.ok(['connection', 'test', id])).state, 'ok');
}));

test('a key that another method or plugin is written beside is not sent', { skip: withoutSqlite }, inWorld(async world => {
  const connection = await world.connect({ method: 'key' });
  const before = (await world.requests()).length;
  for (const column of ['method', 'plugin']) {
    const other = column === 'method' ? 'app' : 'c_connector';
    const own = sql(world, `SELECT ${column} FROM connections`);
    sql(world, `UPDATE connections SET ${column} = '${other}'`);
    const refused = await world.host(['--json', 'connection', 'test', connection.id]);
    assert.notEqual(refused.code, 0);
    assert.equal((await world.requests()).length, before, `${column}: nothing was sent`);
    sql(world, `UPDATE connections SET ${column} = '${own}', state = 'ok', state_reason = ''`);
  }
  assert.equal((await world.ok(['connection', 'test', connection.id])).state, 'ok');
}));

// The plugin with another manifest. The library knows the hash of its own, so that is another too.
function release(world, change) {
  const plugins = join(world.home, 'plugins');
  cpSync(join(world.plugins, 'sendpulse'), join(plugins, 'sendpulse'), { recursive: true, dereference: true });
  const file = suffix => join(plugins, 'sendpulse', `sendpulse.${suffix}`);
  const hash = text => createHash('sha256').update(text).digest();
  const manifest = readFileSync(file('yaml'), 'utf8');
  const library = readFileSync(file('so'));
  const at = library.indexOf(hash(manifest));
  assert.ok(at > 0, 'the library knows its manifest');
  hash(change(manifest)).copy(library, at);
  writeFileSync(file('so'), library);
  writeFileSync(file('yaml'), change(manifest));
  return plugins;
}

test('a release that moves the token address: connections keep theirs until their secrets are entered again', foreignly(async (world, foreign) => {
  await world.fake.control('POST', '/settings', { expires_in: 1 });
  const connection = await world.connect();
  const plugins = release(world, text => text.replaceAll('https://api.sendpulse.com/oauth/access_token', FOREIGN).replace(/allowed_hosts:(\s+- )/, 'allowed_hosts:$1foreign.example$1'));
  world.plugins = plugins;

  await hasEnded(connection);
  assert.equal((await world.ok(['connection', 'test', connection.id])).state, 'ok');
  const note = new RegExp(`warn +connection ${connection.id}: .*still uses the token address https://api\\.sendpulse\\.com/oauth/access_token`);
  assert.match((await world.host(['doctor'])).out, note);
  assert.deepEqual(foreign.got, []);

  await world.ok(['connection', 'reauthorize', connection.id, '--input', '-'], { input: JSON.stringify(app(world)) });
  assert.equal(foreign.got.length, 1);
  assert.doesNotMatch((await world.host(['doctor'])).out, note);
}));
