// A host that is killed at random points over 50 polls and started again loses nothing and invents nothing: the set
// of events is exactly what was added, each under one id, and the events of one trigger come in the order they happened.
// The random numbers come from a seed that is printed; CONNECTOR_SEED repeats a run.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inWorld, patience, until } from '../e2e/harness.mjs';

const POLLS = 50;
const LISTS = [501001, 501002];

// mulberry32: small, and the same everywhere.
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const intact = world => {
  const answer = execFileSync('sqlite3', [join(world.dataDir, 'connector.db'), 'PRAGMA integrity_check; PRAGMA foreign_key_check;'], { encoding: 'utf8' });
  assert.equal(answer.trim(), 'ok');
};
const hasSqlite = (() => {
  try {
    execFileSync('sqlite3', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

test('kill -9 at random points over 50 polls: nothing lost, nothing invented, one id each, order kept', inWorld(async (world, t) => {
  const seed = Number(process.env.CONNECTOR_SEED ?? randomInt(2 ** 31));
  t.diagnostic(`CONNECTOR_SEED=${seed}`);
  const random = generator(seed);
  const upTo = n => Math.floor(random() * n);
  try {
    await history(world, t, random, upTo);
  } catch (error) {
    error.message = `CONNECTOR_SEED=${seed}: ${error.message}`;
    throw error;
  }
}));

async function history(world, t, random, upTo) {
  const connection = await world.connect();
  const triggers = {};
  for (const [name, id, input] of [
    ['lists', 'mailing_list.created', {}],
    ['first', 'subscriber.added', { list_id: LISTS[0] }],
    ['all', 'subscriber.added', {}],
    ['campaigns', 'campaign.created', {}],
  ]) triggers[name] = await world.addTrigger(connection, id, input);
  assert.deepEqual(await world.pollOnce(), []);

  // The truth: what was added, in the order it was added.
  const truth = { lists: [], first: [], all: [], campaigns: [] };
  let count = 0;
  let at = Date.parse('2027-01-01T00:00:00Z');
  const add = async () => {
    count += 1;
    const kind = upTo(4);
    if (kind === 0) {
      const { id } = await world.fake.control('POST', '/lists', { name: `List ${count}` });
      truth.lists.push(String(id));
    } else if (kind === 1) {
      const { id } = await world.fake.control('POST', '/campaigns', { name: `Campaign ${count}`, status: 3 });
      truth.campaigns.push(String(id));
    } else {
      const list = LISTS[upTo(2)];
      at += 1000 * upTo(3); // some share a second
      const email = `person${count}@example.com`;
      await world.fake.control('POST', `/lists/${list}/subscribers`, { emails: [email], add_date: at });
      truth.all.push(`${list} ${email}`);
      if (list === LISTS[0]) truth.first.push(`${list} ${email}`);
    }
  };
  const keyOf = ({ data }) => (data.email ? `${data.list.id} ${data.email}` : String(data.id));

  const seen = []; // in the order they came, repeats included
  let lives = 0;
  let kills = 0;
  const polls = async () => (await world.requests('?path=/addressbooks')).length;
  const before = await polls();
  while ((await polls()) - before < POLLS || kills < 15) {
    lives += 1;
    const host = world.run('--interval', '0.05');
    for (let i = upTo(4); i > 0; --i) {
      await add();
      await sleep(upTo(30));
    }
    // A host needs some time before it polls; some are killed before that, some long after.
    await sleep(random() < 0.2 ? upTo(150) : 150 + upTo(500));
    if (random() < 0.85) {
      await host.kill();
      kills += 1;
    } else {
      await host.stop();
    }
    seen.push(...host.events);
    if (lives % 5 === 0 && hasSqlite) intact(world);
    assert.ok(lives < 400, 'the host does not get to poll');
  }

  // One quiet life to tell what is still to be told.
  const host = world.run('--interval', '0.1');
  const total = Object.values(truth).reduce((sum, { length }) => sum + length, 0);
  const keys = () => new Set([...seen, ...host.events].map(({ id }) => id));
  await until(() => keys().size >= total, `all ${total} events; there are ${keys().size}`, 30_000);
  await sleep(patience(500));
  await host.stop();
  seen.push(...host.events);

  t.diagnostic(`${lives} lives, ${kills} kills, ${(await polls()) - before} polls, ${total} events, ${seen.length - keys().size} repeats`);
  const ids = new Map();
  for (const [name, trigger] of Object.entries(triggers)) {
    const mine = seen.filter(({ source }) => source.endsWith(`/${trigger.id}`));
    const order = [];
    for (const event of mine) {
      const key = keyOf(event);
      const known = ids.get(`${name} ${key}`);
      if (known === undefined) {
        ids.set(`${name} ${key}`, event.id);
        order.push(key);
      } else {
        assert.equal(event.id, known, `${key} came under two ids`);
      }
    }
    assert.deepEqual([...order].sort(), [...truth[name]].sort(), `${name}: exactly what was added`);
    // Lists and campaigns have one order; the subscribers of several lists have it list by list, and within one second
    // any order is as good as another.
    if (name === 'lists' || name === 'campaigns') assert.deepEqual(order, truth[name], `${name} in order`);
  }
  assert.equal(new Set(ids.values()).size, total, 'no two events share an id');
  const { events } = await world.ok(['events', 'list', '--limit', '10000']);
  assert.deepEqual(events.map(({ id }) => id).sort(), [...ids.values()].sort());
  assert.ok(events.every(({ state }) => state === 'delivered'));
  if (hasSqlite) intact(world);
  else t.diagnostic('SKIPPED the integrity check: there is no sqlite3 program');
}

test('killed during the first poll: the baseline starts over, and nothing old is told', inWorld(async world => {
  await world.fake.control('POST', '/lists/501001/subscribers', { count: 700, step_s: 1 });
  const connection = await world.connect({ method: 'key' });
  const trigger = await world.addTrigger(connection, 'subscriber.added', { list_id: 501001 });
  for (let i = 0; i < 3; ++i) {
    const already = (await world.requests()).length;
    const host = world.run('--interval', '0.1');
    await until(async () => (await world.requests()).length > already + 1 + i, 'the first pages');
    await host.kill();
    assert.deepEqual(host.events, []);
    if ((await world.trigger(trigger)).state === 'active') break;
  }
  assert.deepEqual(await world.pollOnce(), []);
  await world.fake.control('POST', '/lists/501001/subscribers', { emails: ['new@example.com'] });
  assert.deepEqual((await world.pollOnce()).map(({ data }) => data.email), ['new@example.com']);
}, { settings: { order_ignored: true } }));

test('killed while a webhook is called: the event comes again under the same id', inWorld(async world => {
  const http = await import('node:http');
  const { writeFileSync } = await import('node:fs');
  const ids = [];
  const server = http.createServer((request, response) => {
    ids.push(request.headers['webhook-id']);
    if (ids.length > 1) response.writeHead(204).end();
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  const secret = join(world.home, 'secret');
  writeFileSync(secret, `whsec_${Buffer.alloc(32, 1).toString('base64')}`, { mode: 0o600 });
  const sink = ['--sink', `webhook:http://127.0.0.1:${server.address().port}/`, '--webhook-secret-file', secret];
  try {
    const connection = await world.connect({ method: 'key' });
    await world.addTrigger(connection, 'mailing_list.created');
    assert.deepEqual(await world.pollOnce(), []);
    await world.fake.control('POST', '/lists', { name: 'Delivered' });
    const first = world.run('--interval', '0.1', ...sink);
    await until(() => ids.length === 1, 'the call');
    await first.kill();
    const second = world.run('--interval', '0.1', ...sink);
    await until(() => ids.length === 2, 'the call again');
    await sleep(300);
    assert.equal((await second.stop()).code, 0);
    assert.equal(ids[0], ids[1]);
    const third = world.run('--interval', '0.1', ...sink);
    await sleep(700);
    await third.stop();
    assert.equal(ids.length, 2);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}));
