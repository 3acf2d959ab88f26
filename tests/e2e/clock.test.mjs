// The machine's clock jumps by an hour, or to summer time and back. The host sees another wall clock (wall_clock.c); the
// fake SendPulse, which decides what a token is worth, keeps its own.

import assert from 'node:assert/strict';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BUILD, inWorld, until } from './harness.mjs';
import { inNotebook } from './notebook.mjs';
import { Receiver, toWebhook } from './receiver.mjs';
import { Served } from './served.mjs';

const HOUR = 3600;
const DAY = 24 * HOUR;
const TOKENS = '/oauth/access_token';

class WallClock {
  constructor(world) {
    const path = join(world.home, 'wall_clock');
    this.file = openSync(path, 'w+', 0o600);
    this.now = 2 * DAY; // so that an hour earlier is no time before the test's certificates
    Object.assign(world.env, {
      LD_PRELOAD: join(BUILD, 'tests/e2e/wall_clock.so'),
      CONNECTOR_WALL_CLOCK: path,
      TZ: 'Europe/Berlin',
    });
  }

  // Seconds before (less than 0) or after the true time.
  set now(offset) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(Math.round(offset)));
    writeSync(this.file, bytes, 0, 8, 0);
    this.offset = offset;
  }

  jump(seconds) {
    this.now = this.offset + seconds;
  }

  jumpTo(unix) {
    this.now = unix - Date.now() / 1000;
  }
}

const withClock = body =>
  inWorld(async world => {
    const clock = new WallClock(world);
    try {
      await body(world, clock);
    } finally {
      closeSync(clock.file);
    }
  });

// When Berlin's clocks change within the year that the certificates are good for: at 01:00 UTC of a last Sunday.
function changesOfTime() {
  const lastSunday = (year, month) => {
    const end = new Date(Date.UTC(year, month + 1, 0, 1));
    return (end - end.getUTCDay() * DAY * 1000) / 1000;
  };
  const now = Date.now() / 1000;
  const year = new Date().getUTCFullYear();
  return [year, year + 1]
    .flatMap(each => [lastSunday(each, 2), lastSunday(each, 9)])
    .filter(change => change > now + 3 * DAY && change < now + 360 * DAY);
}

const tokenRequests = async world => (await world.requests(`?path=${TOKENS}`)).length;
const refused = async world => (await world.requests()).filter(({ status }) => status === 401).length;
const polls = async world => (await world.requests('?path=/addressbooks')).length;

const baseline = (world, trigger) => until(async () => (await world.trigger(trigger)).state === 'active', 'the baseline');

test('the clock jumps while the host runs: no poll comes early', withClock(async (world, clock) => {
  const connection = await world.connect();
  for (const trigger of ['mailing_list.created', 'campaign.created', 'sender.changed']) await world.addTrigger(connection, trigger);
  await world.pollOnce();
  const host = world.run('--interval', String(12 * HOUR));
  await until(() => host.err.includes('info running'), 'the host to run');
  const before = (await world.requests()).length;
  const jumps = [
    ...[HOUR, 13 * HOUR, -15 * HOUR].map(seconds => () => clock.jump(seconds)),
    ...changesOfTime().map(change => () => clock.jumpTo(change - 0.5)),
  ];
  for (const jump of jumps) {
    jump();
    await sleep(2200); // it looks at least once a second
    assert.equal((await world.requests()).length, before, String(jump));
  }
  assert.deepEqual(await host.stop(), { code: 0, signal: null });
}));

test('the clock jumps while the host runs: polls keep their pace, with the token that is still good', withClock(async (world, clock) => {
  const trigger = await world.addTrigger(await world.connect(), 'mailing_list.created');
  const host = world.run('--interval', '0.2');
  await baseline(world, trigger);
  const asked = await tokenRequests(world);
  for (const seconds of [HOUR, -HOUR, -HOUR]) {
    const before = await polls(world);
    clock.jump(seconds);
    await until(async () => (await polls(world)) > before + 3, 'polls to go on');
  }
  for (const change of changesOfTime()) {
    const before = await polls(world);
    clock.jumpTo(change - 0.5);
    await until(async () => (await polls(world)) > before + 5, 'polls to go on');
  }
  assert.equal(await tokenRequests(world), asked);
  assert.equal(await refused(world), 0);
  await host.stop();
}));

test('the clock jumps while the host runs: a token is renewed when its time is over, whatever the clock says', withClock(async (world, clock) => {
  await world.fake.control('POST', '/settings', { expires_in: 3 });
  const trigger = await world.addTrigger(await world.connect(), 'mailing_list.created');
  const host = world.run('--interval', '0.2');
  await baseline(world, trigger);
  for (const seconds of [-HOUR, HOUR]) {
    const asked = await tokenRequests(world);
    clock.jump(seconds);
    await until(async () => (await tokenRequests(world)) > asked + 2, 'three more tokens');
  }
  assert.equal(await refused(world), 0);
  await host.stop();
}));

test('the clock was set while no host ran: a token whose time may be over is not used', withClock(async (world, clock) => {
  const connection = await world.connect();
  const list = () => world.act(connection, 'mailing_list.list');
  await list();
  const asked = await tokenRequests(world);
  // An hour went by, and then somebody set the clock back by one: the token looks as good as new.
  await world.fake.control('POST', '/clock', { advance_s: HOUR + 60 });
  clock.jump(-60);
  await list();
  assert.equal(await tokenRequests(world), asked + 1);
  clock.jump(-HOUR);
  await list();
  assert.equal(await tokenRequests(world), asked + 2);
  clock.jump(HOUR);
  await list();
  assert.equal(await tokenRequests(world), asked + 3);
  assert.equal(await refused(world), 0);
}));

test('the clock was set back by a day while no host ran: a failed poll is tried again within the hour', withClock(async (world, clock) => {
  const trigger = await world.addTrigger(await world.connect(), 'mailing_list.created');
  await world.pollOnce();
  await world.fault({ path: '/addressbooks' }, { status: 500, body: {} }, -1);
  assert.equal((await world.poll()).code, 75);
  clock.jump(-DAY);
  const server = await Served.start(world);
  const shown = () => server.ok('GET', `/api/triggers/${trigger.id}`);
  const next = await until(async () => (await shown()).next_poll_at, 'the next poll to be planned');
  const hostNow = Date.now() / 1000 + clock.offset;
  assert.ok(Date.parse(next) / 1000 < hostNow + HOUR + 60, `${next} is too late`);
  await server.stop();
}));

test('summer time begins and ends: a token is neither renewed early nor used for an hour too long', withClock(async (world, clock) => {
  const changes = changesOfTime();
  assert.ok(changes.length >= 1);
  for (const change of changes) {
    clock.jumpTo(change - 120);
    const connection = await world.connect();
    const list = () => world.act(connection, 'mailing_list.list');
    await list();
    const asked = await tokenRequests(world);
    clock.jumpTo(change + 60);
    await list();
    assert.equal(await tokenRequests(world), asked, 'three minutes later by the sun');
    await world.fake.control('POST', '/clock', { advance_s: HOUR });
    clock.jumpTo(change + HOUR);
    await list();
    assert.equal(await tokenRequests(world), asked + 1, 'an hour later by the sun');
    await world.ok(['connection', 'remove', connection.id]);
  }
  assert.equal(await refused(world), 0);
}));

for (const restart of [false, true]) {
  test(`the clock was ten days ahead when a webhook refused an event: it is tried again in time, ${restart ? 'also by the next host' : 'by the same host'}`, withClock(async (world, clock) => {
    const receiver = await Receiver.start((_, response, n) => response.writeHead(n === 1 ? 503 : 204).end());
    try {
      await world.addTrigger(await world.connect({ method: 'key' }), 'mailing_list.created');
      await world.pollOnce();
      await world.fake.control('POST', '/lists', { name: 'Delivered late' });
      clock.jump(10 * DAY);
      const start = () => world.run('--interval', '1', ...toWebhook(world, receiver));
      let host = start();
      await until(() => host.err.includes('503'), 'the refusal');
      if (restart) await host.stop();
      clock.jump(-10 * DAY);
      if (restart) host = start();
      await until(() => receiver.calls.length === 2, 'the second try', 60_000);
      assert.equal(receiver.ids[0], receiver.ids[1]);
      await host.stop();
    } finally {
      await receiver.close();
    }
  }));
}

// A host that is started for one poll after the other, as from cron, knows nothing of the one before but what is stored.
test('HTTP 401 after a fresh token: tried for minutes, over restarts; then needs sign-in', withClock(async (world, clock) => {
  const connection = await world.connect();
  const trigger = await world.addTrigger(connection, 'mailing_list.created');
  await world.pollOnce();
  await world.fault({ path_regex: '^/(?!oauth/)' }, { status: 401, body: { message: 'Unauthorized!', error_code: 401 } }, -1);
  await world.fake.control('DELETE', '/requests');
  for (const minutes of [0, 2, 2]) {
    clock.jump(minutes * 60);
    assert.equal((await world.poll()).code, 75);
    assert.equal((await world.connection(connection)).state, 'ok');
    assert.notEqual((await world.trigger(trigger)).state, 'needs_sign_in');
  }
  assert.equal(await tokenRequests(world), 1, 'no other token for the one that is not taken');
  clock.jump(2 * 60);
  await world.poll();
  assert.equal((await world.connection(connection)).state, 'needs_sign_in');
  assert.equal((await world.trigger(trigger)).state, 'needs_sign_in');
  assert.equal(await tokenRequests(world), 1);
}));

test('an API key revoked: after some minutes the connection needs a sign-in, polls stop, one log line; signed in again, they go on', withClock(async (world, clock) => {
  const connection = await world.connect({ method: 'key' });
  const trigger = await world.addTrigger(connection, 'mailing_list.created');
  await world.addTrigger(connection, 'campaign.created');
  assert.deepEqual(await world.pollOnce(), []);
  const host = world.run('--interval', '0.1');
  await until(async () => (await world.requests()).length > 8, 'some polls');
  await world.fake.control('PATCH', `/accounts/${world.fake.credentials.client_id}`, { api_keys: [] });
  await until(async () => (await world.trigger(trigger)).failures > 0, 'a failure');
  assert.equal((await world.connection(connection)).state, 'ok', 'it may pass');
  clock.jump(6 * 60);
  await until(async () => (await world.connection(connection)).state === 'needs_sign_in', 'the state', 60_000);
  await sleep(300);
  await world.fake.control('DELETE', '/requests');
  await sleep(1500);
  assert.deepEqual(await world.requests(), [], 'polls stopped');
  const told = host.err.split('\n').filter(line => line.includes('connection is needs_sign_in'));
  assert.equal(told.length, 1, host.err);
  await world.fake.control('POST', '/lists', { name: 'Missed' });
  await world.fake.control('PATCH', `/accounts/${world.fake.credentials.client_id}`, { api_keys: ['sp_apikey_another_one'] });
  await world.ok(['connection', 'reauthorize', connection.id, '--input', '-'], { input: JSON.stringify({ api_key: 'sp_apikey_another_one' }) });
  await until(() => host.events.some(({ data }) => data.name === 'Missed'), 'the event after signing in again', 60_000);
  assert.equal((await world.trigger(trigger)).state, 'active');
  await host.stop();
}));

for (const { method, input, other, accepts, reason } of [
  {
    method: 'query',
    input: { api_key: 'query-key-0123' },
    other: { api_key: 'another-key-4567' },
    accepts: ({ api_key }) => (_, { searchParams }) => searchParams.get('notebook_key') === api_key,
    reason: 'the service refuses this key',
  },
  {
    method: 'password',
    input: { user: 'nina', password: 'password-0123' },
    other: { user: 'nina', password: 'password-4567' },
    accepts: ({ user, password }) => ({ headers }) => headers.authorization === `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
    reason: 'the service refuses this user name or password',
  },
])
  test(`a credential of type ${method} revoked: tried for minutes, then needs sign-in; entered anew, its trigger goes on`, inNotebook(async (world, service, clock) => {
    service.accepts = accepts(input);
    const connection = await world.ok(['connect', 'c-connector', '--method', method, '--input', '-'], { input: JSON.stringify(input) });
    const trigger = await world.addTrigger(connection, 'note.created');
    assert.deepEqual(await world.pollOnce(), []);
    service.accepts = () => false;
    assert.notEqual((await world.poll()).code, 0);
    assert.equal((await world.connection(connection)).state, 'ok', 'it may pass');
    clock.jump(6 * 60);
    await world.poll();
    const stopped = await world.connection(connection);
    assert.equal(stopped.state, 'needs_sign_in');
    assert.equal(stopped.state_reason, reason);
    assert.equal((await world.trigger(trigger)).state, 'needs_sign_in');
    service.accepts = accepts(other);
    service.notes.push({ id: 2, text: 'Missed', notebook_id: 7 });
    await world.ok(['connection', 'reauthorize', connection.id, '--input', '-'], { input: JSON.stringify(other) });
    assert.deepEqual((await world.pollOnce()).map(({ data }) => data.text), ['Missed']);
  }, withClock));
