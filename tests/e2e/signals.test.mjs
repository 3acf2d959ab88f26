// Signals in the middle of a token's renewal: the service has used up the old refresh token, and the new one must be
// stored whichever way the process is asked to end.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inWorld, until } from './harness.mjs';
import { Served } from './served.mjs';
import { CONNECT, appOf, browserOf, connected, ended, slowTokens } from './signed_in.mjs';

const LIST = connection => ['--json', 'action', 'run', connection.id, 'mailing_list.list'];

// The next use needs the token that was on its way.
async function stillSignedIn(world, connection) {
  await world.healed();
  assert.equal((await world.connection(connection)).state, 'ok');
  await ended(world);
  const acted = await world.host(LIST(connection));
  assert.equal(acted.code, 0, acted.err);
}

// Sends `signal` to `child` in mid-renewal; how it ended.
async function interrupted(child, underWay, signals) {
  const closed = once(child, 'close');
  let err = '';
  child.stderr.setEncoding('utf8').on('data', chunk => (err += chunk));
  child.stdout.resume();
  await underWay();
  for (const signal of signals) {
    child.kill(signal);
    await sleep(50);
  }
  const [code, by] = await closed;
  return { code, by, err };
}

for (const signals of [['SIGHUP'], ['SIGQUIT'], ['SIGTERM', 'SIGHUP'], ['SIGHUP', 'SIGHUP', 'SIGTERM']]) {
  test(`run: ${signals.join(', ')} in mid-renewal stores the new refresh token, and ends with 0`, inWorld(async world => {
    const connection = await connected(world);
    await world.addTrigger(connection, 'mailing_list.created');
    await world.pollOnce();
    await ended(world);
    const underWay = await slowTokens(world, 2000);
    const { code, by, err } = await interrupted(world.spawn(['run', '--interval', '0.2']), underWay, signals);
    assert.deepEqual([code, by], [0, null], err);
    assert.match(err, new RegExp(`stopping on ${signals[0]}`));
    await stillSignedIn(world, connection);
  }));
}

test('run: SIGUSR1 and SIGUSR2 do no harm', inWorld(async world => {
  const connection = await connected(world);
  await world.addTrigger(connection, 'mailing_list.created');
  const host = world.run('--interval', '0.2');
  await until(() => host.err.includes('info running'), 'the host');
  for (const signal of ['SIGUSR1', 'SIGUSR2', 'SIGPIPE']) host.child.kill(signal);
  const before = (await world.requests()).length;
  await until(async () => (await world.requests()).length > before + 2, 'polls to go on');
  assert.deepEqual(await host.stop(), { code: 0, signal: null });
}));

test('serve: SIGHUP in mid-renewal stores the new refresh token, and ends with 0', inWorld(async world => {
  const connection = await connected(world);
  await world.addTrigger(connection, 'mailing_list.created');
  await world.pollOnce();
  await ended(world);
  const underWay = await slowTokens(world, 2000);
  const server = await Served.start(world, { args: ['--interval', '0.2'] });
  await underWay();
  server.child.kill('SIGHUP');
  assert.deepEqual(await server.ended, [0, null], server.err);
  await stillSignedIn(world, connection);
}));

for (const signal of ['SIGHUP', 'SIGTERM', 'SIGINT', 'SIGQUIT']) {
  test(`action run: ${signal} in mid-renewal stores the new refresh token`, inWorld(async world => {
    const connection = await connected(world);
    await ended(world);
    const underWay = await slowTokens(world, 2000);
    const { code, by, err } = await interrupted(world.spawn(LIST(connection)), underWay, [signal]);
    assert.equal(by, null, err);
    assert.notEqual(code, 0);
    await stillSignedIn(world, connection);
  }));
}

test('a reader of standard output that goes away in mid-renewal: the new refresh token is stored', inWorld(async world => {
  const connection = await connected(world);
  await world.addTrigger(connection, 'mailing_list.created');
  await world.pollOnce();
  await ended(world);
  const underWay = await slowTokens(world, 2000);
  const child = world.spawn(['run', '--interval', '0.2']);
  const closed = once(child, 'close');
  child.stderr.resume();
  await underWay();
  child.stdout.destroy();
  assert.deepEqual(await closed, [0, null]);
  await stillSignedIn(world, connection);
}));

test('connect --method oauth that waits for the browser ends with 128 and the signal', inWorld(async world => {
  for (const [signal, number] of [['SIGHUP', 1], ['SIGQUIT', 3], ['SIGTERM', 15]]) {
    const browser = browserOf(world);
    const child = world.spawn(CONNECT, { env: browser.env });
    child.stdin.end(appOf(world));
    child.stdout.resume();
    child.stderr.resume();
    const closed = once(child, 'close');
    await browser.opened();
    child.kill('SIGUSR1');
    child.kill(signal);
    assert.deepEqual(await closed, [128 + number, null]);
  }
  assert.deepEqual((await world.ok(['connections'])).connections, []);
}));
