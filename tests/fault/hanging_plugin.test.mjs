// A plugin that does not come back: it is named, the accounts of other workers go on, the process ends when it is asked to,
// and what was recorded until then is there. The plugin is tests/unit/plugins/broken/hangs.c.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import { test } from 'node:test';
import { BUILD, inWorld, patience, until } from '../e2e/harness.mjs';
import { Served } from '../e2e/served.mjs';

const LIBRARY = join(BUILD, 'tests/unit/plugins/broken/hangs.so');
const skip = existsSync(LIBRARY) ? false : `SKIPPED: ${LIBRARY} is not built (target broken_hangs)`;
const timeout = patience(180_000); // an end that does not come is a failure
const HANGS = /the plugin tiny has not returned from `next` of poll thing\.created for \d+ s/;
const LEFT = /ended without waiting for a plugin: the plugin tiny has not returned from `(\w+)` of (.*?) for \d+ s/;

// The service of tiny.yaml: an account is whoever's key it is.
const withTiny = body => inWorld(async world => {
  const path = name => join(world.home, name);
  execFileSync('openssl', ['req', '-x509', '-sha256', '-days', '30', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
    '-keyout', path('key.pem'), '-out', path('ca.pem'), '-subj', '/CN=api.tiny.example', '-addext', 'subjectAltName=DNS:api.tiny.example'],
  { stdio: 'ignore' });
  const server = https.createServer({ key: readFileSync(path('key.pem')), cert: readFileSync(path('ca.pem')) }, (request, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ name: request.headers.authorization.slice(7), id: 1 })));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  world.plugins = path('plugins');
  mkdirSync(world.plugins);
  copyFileSync(LIBRARY, join(world.plugins, 'tiny.so'));
  const sources = new URL('../unit/plugins/broken/', import.meta.url).pathname;
  for (const name of ['tiny.yaml', 'tiny.svg']) copyFileSync(join(sources, name), join(world.plugins, name));
  writeFileSync(path('both.pem'), readFileSync(path('ca.pem'), 'utf8') + readFileSync(world.fake.caFile, 'utf8'));
  world.caFile = path('both.pem');
  const globals = [...world.globals, '--connect-to', `api.tiny.example:443:127.0.0.1:${server.address().port}`];
  Object.defineProperty(world, 'globals', { value: globals });
  world.join = name => world.ok(['connect', 'tiny', '--method', 'key', '--input', '-'], { input: JSON.stringify({ api_key: name }) });
  try {
    await body(world);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

// Which worker has an account: account_of in host_stub/store.
function workerOf(connection, workers) {
  const mask = 2n ** 64n - 1n;
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(connection)) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & mask;
  hash = ((hash ^ (hash >> 32n)) * 0x9e3779b97f4a7c15n) & mask;
  return Number((hash ^ (hash >> 29n)) % BigInt(workers));
}

// One account whose poll hangs, and so many on eight workers that some are not of the same.
async function accounts(world) {
  const hanging = await world.addTrigger(await world.join('hanging-account'), 'thing.created', { box_id: 13 });
  for (let i = 1; i <= 6; ++i) await world.addTrigger(await world.join(`account-number-${i}`), 'thing.created');
  return hanging;
}

test('a plugin that hangs in a poll is named, others go on, and SIGTERM ends the host with all that was recorded', { skip, timeout }, withTiny(async world => {
  const hanging = await accounts(world);
  const host = world.run('--interval', '0.5', '--workers', '8');
  await until(() => HANGS.test(host.err), 'the plugin to be named', 40_000);
  const then = host.events.length;
  await until(() => host.events.length >= then + 5, 'the others to go on');
  const { code, signal } = await host.stop();
  assert.deepEqual({ code, signal }, { code: 70, signal: null }, host.err);
  assert.deepEqual(LEFT.exec(host.err)?.slice(1), ['next', 'poll thing.created'], host.err);
  assert.match(host.err, /stopping on SIGTERM/);

  // Exactly what came out is on record as delivered; nothing came out that is not.
  const { events } = await world.ok(['events', 'list', '--limit', '10000']);
  const delivered = events.filter(({ state }) => state === 'delivered').map(({ id }) => id);
  assert.deepEqual(delivered.sort(), host.events.map(({ id }) => id).sort());
  await world.ok(['trigger', 'remove', hanging.id]);
  assert.equal((await world.poll('--workers', '8')).code, 0);
}));

test('a plugin that hangs while it is loaded keeps no other plugin waiting', { skip, timeout }, withTiny(async world => {
  cpSync(join(BUILD, 'plugins/sendpulse'), join(world.plugins, 'sendpulse'), { recursive: true, dereference: true });
  const other = await world.connect({ method: 'key' });
  await world.addTrigger(other, 'mailing_list.created');
  let mine;
  for (let i = 0; !mine || workerOf(mine.id, 8) === workerOf(other.id, 8); ++i) mine = await world.join(`account-number-${i}`);
  await world.addTrigger(mine, 'thing.created');
  copyFileSync(join(BUILD, 'tests/unit/plugins/broken/hangs_in_create.so'), join(world.plugins, 'tiny.so'));
  const host = world.run('--interval', '0.5', '--workers', '8');
  await until(() => /the plugin tiny has not returned from `load` for \d+ s/.test(host.err), 'the plugin to be named', 40_000);
  const then = (await world.requests('?path=/addressbooks')).length;
  await until(async () => (await world.requests('?path=/addressbooks')).length >= then + 3, 'the other to go on');
  assert.deepEqual(await host.stop(), { code: 70, signal: null }, host.err);
}));

test('`run --once` does not wait for ever: what others found is delivered, and the exit code tells', { skip, timeout }, withTiny(async world => {
  await accounts(world);
  const { code, err, events } = await world.poll('--workers', '8');
  assert.equal(code, 70, err);
  assert.match(err, HANGS);
  assert.match(err, LEFT);
  assert.ok(events.length > 0, err);
}));

test('`serve` tells of it in its API and its metrics, answers others meanwhile, and ends', { skip, timeout }, withTiny(async world => {
  await accounts(world);
  const served = await Served.start(world, { args: ['--workers', '8', '--interval', '0.5'] });
  const server = async () => (await served.api('GET', '/api/server')).body;
  assert.deepEqual((await server()).hanging, []);
  await until(async () => (await server()).hanging.length === 1, 'the API to name it', 40_000);
  const [{ plugin, operation, function: called }] = (await server()).hanging;
  assert.deepEqual([plugin, operation, called], ['tiny', 'poll thing.created', 'next']);
  assert.match((await served.api('GET', '/metrics')).body, /^connector_plugin_calls_hanging\{plugin="tiny"\} 1$/m);
  const { connections } = await world.ok(['connections']);
  const stuck = connections.find(({ label }) => label === 'hanging-account');
  const { status, body } = await served.api('POST', `/api/connections/${stuck.id}/actions/thing.get/run`, { input: { id: 1 } });
  assert.ok(status >= 500, `${status}`);
  assert.match(body.error.message, /the plugin tiny has not returned from `next`/);
  served.child.kill('SIGTERM');
  assert.deepEqual(await served.ended, [70, null], served.err);
  assert.match(served.err, LEFT);
}));

test('`serve` ends also when it is an answer to somebody that hangs', { skip, timeout }, withTiny(async world => {
  const { id } = await world.join('account-of-a-person');
  const served = await Served.start(world);
  const answer = served.api('POST', `/api/connections/${id}/actions/thing.get/preview`, { input: { id: 13 } }).catch(error => error);
  await new Promise(resolve => setTimeout(resolve, 2500));
  served.child.kill('SIGTERM');
  assert.deepEqual(await served.ended, [70, null], served.err);
  assert.deepEqual(LEFT.exec(served.err)?.slice(1), ['next', 'action thing.get'], served.err);
  assert.ok((await answer) instanceof Error);
}));

// Whether that signal no longer ends the process by itself: it is caught, or waited for (proc(5)).
const catches = (pid, signal) =>
  ['SigCgt', 'SigBlk'].some(field => {
    const mask = new RegExp(`^${field}:\\s*(\\w+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1];
    return ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
  });

for (const [called, number] of [['next', 13], ['begin', 14], ['end', 15]])
  test(`a command whose plugin hangs in \`${called}\` ends with one signal, and names it`, { skip, timeout }, withTiny(async world => {
    const connection = await world.join('account-of-the-command');
    const child = world.spawn(['action', 'run', connection.id, 'thing.get', '--input', `{"id":${number}}`]);
    let err = '';
    child.stderr.setEncoding('utf8').on('data', chunk => (err += chunk));
    const told = new RegExp(`has not returned from \`${called}\` of action thing\\.get for \\d+ s`);
    if (number === 13) await until(() => told.test(err), 'the plugin to be named', 40_000);
    else {
      // On a busy machine it takes a while until a signal is its own business, and another until it is in the plugin.
      await until(() => catches(child.pid, number === 14 ? 2 : 15), 'the command to be there', 40_000);
      await new Promise(resolve => setTimeout(resolve, 1500));
    }
    child.kill(number === 14 ? 'SIGINT' : 'SIGTERM');
    const [code, signal] = await once(child, 'close');
    assert.deepEqual([code, signal], [number === 14 ? 130 : 143, null], err);
    assert.match(err, LEFT);
    assert.match(err, told);
  }));
