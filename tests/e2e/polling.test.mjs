// What polling promises, each promise with a scripted account: what was there at first is never told, what comes later
// is told once, and nothing that goes wrong on the way loses or invents anything.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inWorld, until } from './harness.mjs';

const FIRST = 501001;
const SECOND = 501002;
const MEMBERS = `/addressbooks/${FIRST}/emails`;

const addSubscribers = (world, emails, more = {}, list = FIRST) =>
  world.fake.control('POST', `/lists/${list}/subscribers`, { emails, ...more });
const addList = (world, name, more = {}) => world.fake.control('POST', '/lists', { name, ...more });
const emailsOf = events => events.map(({ data }) => data.email);
const namesOf = events => events.map(({ data }) => data.name);

// A connection with one trigger, and the first poll done.
async function watching(world, trigger, input = {}, ...more) {
  const connection = await world.connect({ method: 'key' });
  const added = await world.addTrigger(connection, trigger, input, ...more);
  assert.equal(added.state, 'initialising');
  assert.deepEqual(await world.pollOnce(), []);
  assert.equal((await world.trigger(added)).state, 'active');
  return { connection, trigger: added };
}

const failsThenHeals = async (world, expected) => {
  const failed = await world.poll();
  assert.equal(failed.code, 75, failed.err);
  assert.deepEqual(failed.events, []);
  await world.healed();
  const healed = await world.pollOnce();
  if (expected) assert.deepEqual(namesOf(healed).sort(), expected.sort());
  return failed;
};

// ---- the first poll

test('first poll with 0 items emits nothing, and the next one emits the one new item', inWorld(async world => {
  await watching(world, 'mailing_list.created');
  await addList(world, 'The first ever');
  assert.deepEqual(namesOf(await world.pollOnce()), ['The first ever']);
  assert.deepEqual(await world.pollOnce(), []);
}, { seed: 'empty' }));

test('first poll with 1 item emits nothing, and the next one emits the one new item', inWorld(async world => {
  await addList(world, 'Alone');
  await watching(world, 'mailing_list.created');
  await addList(world, 'Second');
  assert.deepEqual(namesOf(await world.pollOnce()), ['Second']);
  assert.deepEqual(await world.pollOnce(), []);
}, { seed: 'empty' }));

// The manifest leaves five requests a second to polls, so that 3,000 rows take six seconds.
for (const [count, how, settings] of [[10_000, 'ordered by date', {}], [3000, 'in no usable order', { order_ignored: true }]]) {
  test(`first poll with ${count} items ${how} emits nothing, and the next one emits the one new item`, inWorld(async world => {
    await world.fake.control('POST', `/lists/${FIRST}/subscribers`, { count: count - 3, add_date: '2020-01-01 00:00:00', step_s: 60 });
    await watching(world, 'subscriber.added', { list_id: FIRST });
    await addSubscribers(world, ['new@example.com']);
    assert.deepEqual(emailsOf(await world.pollOnce()), ['new@example.com']);
    assert.deepEqual(await world.pollOnce(), []);
  }, { settings }));
}

test('with --start last:N and all, what is there is told once, oldest first, and not held', inWorld(async world => {
  const connection = await world.connect({ method: 'key' });
  const last = await world.addTrigger(connection, 'subscriber.added', { list_id: FIRST }, '--start', 'last:2');
  const all = await world.addTrigger(connection, 'subscriber.added', { list_id: SECOND }, '--start', 'all');
  const events = await world.pollOnce();
  const of = trigger => emailsOf(events.filter(({ source }) => source.endsWith(trigger.id)));
  assert.deepEqual(of(last), ['bob@example.com', 'cid@example.com']);
  assert.deepEqual(of(all), ['ann@example.org', 'bob@example.org', 'cid@example.org']);
  assert.deepEqual(await world.pollOnce(), []);
}));

test('a baseline that fails half way emits nothing, neither then nor afterwards', inWorld(async world => {
  await world.fake.control('POST', `/lists/${FIRST}/subscribers`, { count: 600, step_s: 1 });
  const connection = await world.connect({ method: 'key' });
  const trigger = await world.addTrigger(connection, 'subscriber.added', { list_id: FIRST });
  await world.fault({ path: MEMBERS, nth: 3 }, { status: 400, body: { message: 'Not now' } }, 1);
  const failed = await world.poll();
  assert.equal(failed.code, 75, failed.err);
  assert.deepEqual(failed.events, []);
  assert.equal((await world.trigger(trigger)).state, 'initialising');
  assert.deepEqual(await world.pollOnce(), []);
  await addSubscribers(world, ['after@example.com']);
  assert.deepEqual(emailsOf(await world.pollOnce()), ['after@example.com']);
}, { settings: { order_ignored: true } }));

test('triggers that were added while no host ran get their baseline as soon as one does, not five minutes later', inWorld(async world => {
  const connection = await world.connect({ method: 'key' });
  const trigger = await world.addTrigger(connection, 'mailing_list.created');
  const host = world.run();
  await until(async () => (await world.trigger(trigger)).state === 'active', 'the baseline');
  await host.stop();
}));

// ---- rows that come and go while pages are read

for (const [how, settings] of [['ordered by date', {}], ['in no usable order', { order_ignored: true }]]) {
  test(`rows that land or go while page 2 is read, lists ${how}: no duplicate, no loss, nothing invented`, inWorld(async world => {
    await world.fake.control('POST', `/lists/${FIRST}/subscribers`, { count: 350, add_date: '2024-01-01 00:00:00', step_s: 60 });
    await watching(world, 'subscriber.added', { list_id: FIRST });
    const expected = ['one@example.com', 'meanwhile@example.com', 'later@example.com'];
    await addSubscribers(world, ['one@example.com']);
    await world.fault({ path: MEMBERS, nth: 2 }, {
      before: [
        { method: 'POST', path: `/lists/${FIRST}/subscribers`, body: { emails: ['meanwhile@example.com'] } },
        { method: 'DELETE', path: `/lists/${FIRST}/subscribers`, body: { count: 7, from: 'oldest' } },
      ],
    });
    const seen = emailsOf(await world.pollOnce());
    seen.push(...emailsOf(await world.pollOnce()));
    await addSubscribers(world, ['later@example.com']);
    await world.fault({ path: MEMBERS, nth: 1 }, {
      after: [{ method: 'DELETE', path: `/lists/${FIRST}/subscribers`, body: { count: 20, from: 'oldest' } }],
    });
    seen.push(...emailsOf(await world.pollOnce()));
    for (let i = 0; i < 2; ++i) seen.push(...emailsOf(await world.pollOnce()));
    // Rows that changed place during a reading may have hidden the one added then, until the list changes again.
    await addSubscribers(world, ['last@example.com']);
    seen.push(...emailsOf(await world.pollOnce()));
    assert.deepEqual(seen.sort(), [...expected, 'last@example.com'].sort());
  }, { settings }));
}

test('a new list that lands on a page already read is told by the next poll', inWorld(async world => {
  for (let i = 0; i < 230; ++i) await addList(world, `Old ${i}`);
  await watching(world, 'mailing_list.created');
  await world.fault({ path: '/addressbooks', nth: 2 }, {
    before: [{ method: 'DELETE', path: `/lists/${FIRST}` }, { method: 'POST', path: '/lists', body: { name: 'Meanwhile' } }],
  });
  const seen = [...await world.pollOnce(), ...await world.pollOnce()];
  assert.deepEqual(namesOf(seen), ['Meanwhile']);
}));

test('two items of one second, the second visible after the poll: both arrive', inWorld(async world => {
  await watching(world, 'subscriber.added', { list_id: FIRST });
  await addSubscribers(world, [{ email: 'a@example.com', add_date: '2026-12-01 10:00:00' }]);
  assert.deepEqual(emailsOf(await world.pollOnce()), ['a@example.com']);
  await addSubscribers(world, [{ email: 'b@example.com', add_date: '2026-12-01 10:00:00' }]);
  assert.deepEqual(emailsOf(await world.pollOnce()), ['b@example.com']);
}));

test('an item that shows up 4 minutes late with an older time arrives, however many are newer', inWorld(async world => {
  await world.fake.control('POST', `/lists/${FIRST}/subscribers`, { count: 300, add_date: '2024-01-01 00:00:00', step_s: 60 });
  await watching(world, 'subscriber.added', { list_id: FIRST });
  await addSubscribers(world, Array.from({ length: 5 }, (_, i) => ({ email: `n${i}@example.com`, add_date: `2026-12-01 10:0${i}:00` })));
  assert.equal((await world.pollOnce()).length, 5);
  await addSubscribers(world, [{ email: 'late@example.com', add_date: '2026-12-01 09:56:00' }]);
  assert.deepEqual(emailsOf(await world.pollOnce()), ['late@example.com']);
}));

test('five hundred rows of one second with pages of 100: it ends, and all are told', inWorld(async world => {
  const { trigger } = await watching(world, 'subscriber.added', { list_id: FIRST });
  await world.fake.control('POST', `/lists/${FIRST}/subscribers`, { count: 500, add_date: '2026-12-01 10:00:00' });
  assert.deepEqual(await world.pollOnce(), [], 'so many at once are held');
  assert.deepEqual(await world.ok(['events', 'release', trigger.id]), { trigger: trigger.id, released: 500 });
  const events = await world.pollOnce();
  assert.equal(new Set(events.map(({ id }) => id)).size, 500);
  assert.equal(events.length, 500);
}));

test('the newest known item deleted upstream: no events', inWorld(async world => {
  const connection = await world.connect({ method: 'key' });
  await world.addTrigger(connection, 'subscriber.added', { list_id: FIRST });
  await world.addTrigger(connection, 'mailing_list.created');
  await world.addTrigger(connection, 'campaign.created');
  assert.deepEqual(await world.pollOnce(), []);
  await world.fake.control('DELETE', `/lists/${FIRST}/subscribers`, { count: 1, from: 'newest' });
  await world.fake.control('DELETE', `/lists/${SECOND}`);
  await world.fake.control('DELETE', '/campaigns/8100001');
  for (let i = 0; i < 3; ++i) assert.deepEqual(await world.pollOnce(), []);
  await world.fake.control('POST', '/campaigns', { name: 'After all' });
  assert.deepEqual(namesOf(await world.pollOnce()), ['After all']);
}));

test('ids above 2^53 and ids as texts come through exactly; nearly equal ones stay apart; what is no number is no id', inWorld(async world => {
  const rows = list => list.map(id => `{"id":${id},"name":"List","all_email_qty":0,"active_email_qty":0,"inactive_email_qty":0}`);
  const answer = ids => world.fault({ path: '/addressbooks' }, { status: 200, body: `[${rows(ids).join(',')}]` }, -1);
  await answer(['1']);
  await watching(world, 'mailing_list.created');
  const numbers = ['9007199254740992', '9007199254740993', '18446744073709551615'];
  const texts = ['9007199254740994', '9007199254740995'];
  const strange = ['"abc"', '"ünï 📬"', `"${'k'.repeat(1024)}"`];
  await world.healed();
  await answer(['1', ...numbers, ...texts.map(id => `"${id}"`), ...strange]);
  const result = await world.host(['run', '--once', '--sink', 'stdout']);
  assert.equal(result.code, 0, result.err);
  const told = result.out.split('\n').filter(Boolean);
  assert.equal(told.length, numbers.length + texts.length, result.out + result.err);
  for (const id of [...numbers, ...texts]) assert.ok(told.some(line => line.includes(`"id":${id},`)), id);
  // The catalogue says that an ID is a number: an event with another one would not be what it promises.
  assert.match(result.err, /3 rows had no key/);
  assert.deepEqual(await world.pollOnce(), []);
}));

test('a row without an id is refused loudly: no event with a made-up key, no other row lost', inWorld(async world => {
  const list = id => `{${id}"name":"List","all_email_qty":0,"active_email_qty":0,"inactive_email_qty":0}`;
  await watching(world, 'mailing_list.created');
  for (const bad of ['', '"id":null,', '"id":{},', '"id":[1],']) {
    await world.fault({ path: '/addressbooks' }, { status: 200, body: `[${list('"id":501001,')},${list(bad)},${list('"id":7,')}]` }, -1);
    const result = await world.poll();
    for (const event of result.events) assert.equal(event.data.id, 7);
    assert.match(result.err, /1 rows? had no key/, bad);
    await world.healed();
  }
  await addList(world, 'Real');
  assert.ok(namesOf(await world.pollOnce()).includes('Real'));
}));

test('pages with fewer rows than were asked for are not the end of a list, neither for a trigger nor for an action', inWorld(async world => {
  const emails = (from, count) => Array.from({ length: count }, (_, i) => `person${from + i}@example.org`);
  await addSubscribers(world, emails(0, 120));
  const { connection } = await watching(world, 'subscriber.added', { list_id: FIRST });
  await addSubscribers(world, emails(200, 70));
  assert.deepEqual(emailsOf(await world.pollOnce()).sort(), emails(200, 70).sort());
  assert.deepEqual(await world.pollOnce(), []);
  const { output } = await world.act(connection, 'subscriber.list', { list_id: FIRST });
  assert.ok(output.items.length >= 190, `${output.items.length} subscribers`);
  assert.equal(output.complete, true);
}, { settings: { page_cap: 50 } }));

test('an error with status 200 instead of the list is no baseline: the old rows are never told', inWorld(async world => {
  const connection = await world.connect({ method: 'key' });
  for (const body of [{ message: 'Whoops, looks like something went wrong.' }, { error: 'invalid_token' }, { error: 1 }]) {
    const trigger = await world.addTrigger(connection, 'mailing_list.created');
    await world.fault({ path: '/addressbooks' }, { status: 200, body }, -1);
    const failed = await world.poll();
    assert.equal(failed.code, 75, failed.err);
    assert.deepEqual(failed.events, []);
    await world.healed();
    for (let i = 0; i < 2; ++i) assert.deepEqual(await world.pollOnce(), []);
    assert.equal((await world.trigger(trigger)).state, 'active');
    await addList(world, 'New');
    assert.ok(namesOf(await world.pollOnce()).every(name => name === 'New'));
  }
}));

// ---- failures

test('an error on page 3 of 5: the cursor stays, and the next poll tells everything once', inWorld(async world => {
  for (let i = 0; i < 430; ++i) await addList(world, `Old ${i}`);
  const { trigger } = await watching(world, 'mailing_list.created');
  for (const name of ['New 1', 'New 2', 'New 3']) await addList(world, name);
  await world.fault({ path: '/addressbooks', nth: 3 }, { status: 400, body: { message: 'Not now' } });
  await failsThenHeals(world, ['New 1', 'New 2', 'New 3']);
  assert.deepEqual(await world.pollOnce(), []);
  assert.equal((await world.trigger(trigger)).last_error, undefined);
}));

const retryAfter = (value, expected) => [value ?? 'none', value, expected];
for (const [name, value, check] of [
  retryAfter('2', ms => ms >= 2_000 && ms <= 600_000),
  retryAfter('1800', ms => ms >= 1_790_000 && ms <= 1_810_000),
  retryAfter('date', ms => ms >= 1_790_000 && ms <= 1_810_000),
  retryAfter('99999', ms => ms >= 3_590_000 && ms <= 3_610_000),
  retryAfter('soon, perhaps', ms => ms >= 100_000 && ms <= 600_000),
  retryAfter(undefined, ms => ms >= 100_000 && ms <= 600_000),
]) {
  test(`HTTP 429 with Retry-After ${name}: waits as long as it should; another account is not affected; nothing is lost`, inWorld(async world => {
    const { trigger } = await watching(world, 'mailing_list.created');
    await world.fake.control('POST', '/accounts', { client_id: 'other', client_secret: 'other-secret', email: 'other@example.com' });
    const other = await world.connect({ credentials: { client_id: 'other', client_secret: 'other-secret' } });
    await world.addTrigger(other, 'mailing_list.created');
    assert.deepEqual(await world.pollOnce(), []);
    await addList(world, 'New');
    await world.fake.control('POST', '/lists?account=other', { name: 'Of the other' });
    const header = value === 'date' ? new Date(Date.now() + 1_800_000).toUTCString() : value;
    await world.fault({ account: world.fake.credentials.client_id }, {
      status: 429,
      body: { message: 'Too many', error_code: 2020202020 },
      ...(header ? { headers: { 'retry-after': header } } : {}),
    }, -1);
    const failed = await world.poll();
    assert.equal(failed.code, 75);
    assert.deepEqual(namesOf(failed.events), ['Of the other']);
    const shown = await world.trigger(trigger);
    assert.equal(shown.state, 'active');
    assert.equal(shown.last_error.class, 'rate_limited');
    const wait = Date.parse(shown.retry_at) - Date.now();
    assert.ok(check(wait), `waits ${wait} ms`);
    await world.healed();
    assert.deepEqual(namesOf(await world.pollOnce()), ['New']);
  }));
}

test('bad answers under 200: an error that says so, the cursor kept, and the next poll fine', inWorld(async world => {
  const { trigger } = await watching(world, 'mailing_list.created');
  const garbage = Buffer.from('[{"id":1,"name":"\xff\xfe broken"}]', 'latin1').toString('base64');
  const cases = {
    html: { html: true },
    'truncated JSON': { body: '[{"id":501001,"name":"Fir' },
    'a truncated gzip': { bad_gzip: true },
    'no gzip at all': { bad_gzip: 'plain' },
    'a gzip bomb': { gzip_bomb_mb: 200 },
    'trailing garbage': { trailing: true },
    '20 MB': { size_mb: 20 },
    'another charset': { body_base64: garbage },
    nothing: { body: '' },
    'deep nesting': { body: `${'['.repeat(100_000)}` },
  };
  for (const [name, action] of Object.entries(cases)) {
    await addList(world, name);
    await world.fault({ path: '/addressbooks' }, action, -1);
    const failed = await world.poll();
    assert.equal(failed.code, 75, `${name}: ${failed.err}`);
    assert.deepEqual(failed.events, [], name);
    const { last_error: error, state } = await world.trigger(trigger);
    assert.equal(state, 'active', name);
    assert.ok(['bad_response', 'too_large', 'unavailable'].includes(error.class), `${name}: ${JSON.stringify(error)}`);
    if (['20 MB', 'a gzip bomb'].includes(name)) assert.match(`${error.class} ${error.message}`, /large|big|8/i, name);
    await world.healed();
    assert.deepEqual(namesOf(await world.pollOnce()), [name]);
  }
}));

test('an object where a list is expected, again and again: it is said, and the lists known before are not told anew', inWorld(async world => {
  await watching(world, 'mailing_list.created');
  await world.fault({ path: '/addressbooks' }, { body: { message: 'all fine' } }, -1);
  for (let i = 0; i < 4; ++i) {
    const polled = await world.poll();
    assert.deepEqual(polled.events, []);
    assert.match(polled.err, /had no key|no list|warn/);
  }
  await world.healed();
  await addList(world, 'New');
  assert.deepEqual(namesOf(await world.pollOnce()), ['New']);
}));

test('a byte order mark before the JSON is harmless', inWorld(async world => {
  await watching(world, 'mailing_list.created');
  await addList(world, 'Marked');
  await world.fault({ path: '/addressbooks' }, { bom: true }, -1);
  assert.deepEqual(namesOf(await world.pollOnce()), ['Marked']);
}));

test('answers packed with gzip are read', inWorld(async world => {
  await watching(world, 'mailing_list.created');
  await addList(world, 'Packed');
  assert.deepEqual(namesOf(await world.pollOnce()), ['Packed']);
}, { settings: { gzip: true } }));

test('an answer that drips in holds up no other trigger, and the host still ends in time', inWorld(async world => {
  await watching(world, 'mailing_list.created');
  await world.fake.control('POST', '/accounts', { client_id: 'other', client_secret: 'other-secret', email: 'other@example.com' });
  const other = await world.connect({ credentials: { client_id: 'other', client_secret: 'other-secret' } });
  await world.addTrigger(other, 'mailing_list.created');
  assert.deepEqual(await world.pollOnce(), []);
  await world.fault({ account: world.fake.credentials.client_id, path: '/addressbooks' }, { drip: { bytes: 1, every_ms: 1000 } }, -1);
  const host = world.run('--interval', '0.1', '--workers', '1');
  for (const name of ['One', 'Two', 'Three']) {
    await world.fake.control('POST', '/lists?account=other', { name });
    await until(() => namesOf(host.events).includes(name), name);
  }
  assert.equal((await host.stop()).code, 0);
}));

// ---- what a person does meanwhile

test('paused: nothing is asked; resumed: what was missed is told', inWorld(async world => {
  const { trigger } = await watching(world, 'mailing_list.created');
  await world.ok(['trigger', 'pause', trigger.id]);
  assert.equal((await world.trigger(trigger)).state, 'paused');
  await addList(world, 'While paused');
  await world.fake.control('DELETE', '/requests');
  assert.deepEqual(await world.pollOnce(), []);
  assert.deepEqual(await world.requests(), []);
  await world.ok(['trigger', 'resume', trigger.id]);
  assert.deepEqual(namesOf(await world.pollOnce()), ['While paused']);
}));

test('an edited filter keeps the place: what happened meanwhile is told, old rows are not', inWorld(async world => {
  const { trigger } = await watching(world, 'subscriber.added', { list_id: FIRST, statuses: [1] });
  await addSubscribers(world, ['waits@example.com'], { status: 0 });
  assert.deepEqual(await world.pollOnce(), []);
  await addSubscribers(world, ['meanwhile@example.com']);
  const edited = await world.ok(['trigger', 'edit', trigger.id, '--input', JSON.stringify({ list_id: FIRST })]);
  assert.equal(edited.state, 'active');
  assert.deepEqual(emailsOf(await world.pollOnce()), ['meanwhile@example.com']);
  await addSubscribers(world, ['any@example.com'], { status: 0 });
  assert.deepEqual(emailsOf(await world.pollOnce()), ['any@example.com']);
}));

test('an edit of what is read is refused with what it costs, and made with --yes', inWorld(async world => {
  const { trigger } = await watching(world, 'subscriber.added', { list_id: FIRST });
  await addSubscribers(world, ['first@example.com']);
  const edit = ['trigger', 'edit', trigger.id, '--input', JSON.stringify({ list_id: SECOND })];
  const refused = await world.fails(64, edit);
  assert.match(refused.message, /Nothing was changed.* restarts with a new baseline: .* since the last check/);
  assert.match(refused.advice, /--yes/);
  assert.deepEqual(emailsOf(await world.pollOnce()), ['first@example.com']);
  await addSubscribers(world, ['second@example.com'], {}, SECOND);
  assert.equal((await world.ok([...edit, '--yes'])).state, 'initialising');
  assert.deepEqual(await world.pollOnce(), []);
  await addSubscribers(world, ['third@example.com'], {}, SECOND);
  assert.deepEqual(emailsOf(await world.pollOnce()), ['third@example.com']);
}));

test('paused or removed while its poll is in flight: the stale result is discarded; resumed, it is told', inWorld(async world => {
  const { trigger, connection } = await watching(world, 'mailing_list.created');
  await addList(world, 'In flight');
  await world.fault({ path: '/addressbooks' }, { delay_ms: 2500 }, 1);
  const host = world.run('--interval', '0.2');
  await until(async () => (await world.fake.control('GET', '/faults'))[0].hits === 1, 'the poll');
  await world.ok(['trigger', 'pause', trigger.id]);
  await sleep(3000);
  assert.deepEqual(host.events, []);
  assert.equal((await world.trigger(trigger)).state, 'paused');
  await world.ok(['trigger', 'resume', trigger.id]);
  await until(() => host.events.length === 1, 'the event');
  await world.ok(['trigger', 'remove', trigger.id]);
  await addList(world, 'For nobody');
  const again = await world.addTrigger(connection, 'mailing_list.created');
  await until(async () => (await world.trigger(again)).state === 'active', 'the baseline of a trigger added meanwhile');
  await addList(world, 'For the second');
  await until(() => host.events.length === 2, 'its event');
  assert.deepEqual(namesOf(host.events), ['In flight', 'For the second']);
  assert.notEqual(host.events[0].source, host.events[1].source);
  await host.stop();
}));

for (const count of [101, 650]) {
  test(`${count} new items at once are held; release delivers each once`, inWorld(async world => {
    const { trigger } = await watching(world, 'subscriber.added', { list_id: FIRST });
    await world.fake.control('POST', `/lists/${FIRST}/subscribers`, { count, step_s: 1 });
    const polled = await world.poll();
    assert.equal(polled.code, 0, polled.err);
    assert.deepEqual(polled.events, []);
    assert.match(polled.err, /on hold/);
    assert.equal((await world.trigger(trigger)).held, count);
    assert.deepEqual(await world.pollOnce(), []);
    const { events } = await world.ok(['events', 'list', '--state', 'held', '--limit', '1000']);
    assert.equal(events.length, count);
    await world.fails(64, ['events', 'replay', events[0].id]);
    assert.equal((await world.ok(['events', 'release', trigger.id])).released, count);
    const delivered = await world.pollOnce();
    assert.deepEqual(delivered.map(({ id }) => id).sort(), events.map(({ id }) => id).sort());
    assert.deepEqual(await world.pollOnce(), []);
  }));
}

test('discarded events are never delivered and never found again; 100 at once are not held', inWorld(async world => {
  const { trigger } = await watching(world, 'subscriber.added', { list_id: FIRST });
  await world.fake.control('POST', `/lists/${FIRST}/subscribers`, { count: 101, step_s: 1 });
  assert.deepEqual(await world.pollOnce(), []);
  assert.equal((await world.ok(['events', 'discard', trigger.id])).discarded, 101);
  assert.deepEqual(await world.pollOnce(), []);
  assert.equal((await world.ok(['events', 'release', trigger.id])).released, 0);
  assert.deepEqual(await world.pollOnce(), []);
  await world.fake.control('POST', `/lists/${FIRST}/subscribers`, { count: 100, prefix: 'fresh', step_s: 1 });
  assert.equal((await world.pollOnce()).length, 100);
}));

test('the test button shows samples and changes nothing: the database stays as it was, byte for byte', inWorld(async world => {
  const { trigger } = await watching(world, 'subscriber.added', { list_id: FIRST });
  await addSubscribers(world, ['unseen@example.com']);
  await world.ok(['trigger', 'list']);
  const bytes = () => ['connector.db', 'connector.db-wal'].map(name => {
    const path = join(world.dataDir, name);
    return existsSync(path) ? readFileSync(path).toString('base64') : '';
  });
  const before = bytes();
  const tested = await world.ok(['trigger', 'test', trigger.id]);
  assert.deepEqual(bytes(), before);
  const items = tested.items ?? tested.events ?? tested.samples;
  assert.ok(items.length >= 1 && items.length <= 5, JSON.stringify(tested));
  assert.match(JSON.stringify(items), /unseen@example\.com/);
  assert.deepEqual(emailsOf(await world.pollOnce()), ['unseen@example.com']);
  const shown = await world.host(['trigger', 'test', trigger.id]);
  assert.equal(shown.code, 0);
}));

test('every trigger that needs no input can be tested, also where the account has nothing to show', inWorld(async world => {
  const { triggers } = await world.ok(['describe', 'sendpulse']);
  const connection = await world.connect({ method: 'key' });
  for (const { id } of triggers.filter(({ input }) => !input.required?.length)) {
    const trigger = await world.addTrigger(connection, id, {});
    const tested = await world.ok(['trigger', 'test', trigger.id]);
    assert.ok(JSON.stringify(tested).length > 20, id);
  }
}, { seed: 'empty' }));

// ---- SendPulse's own traps

test('the order stops being honoured: no loss, no repetition', inWorld(async world => {
  await world.fake.control('POST', `/lists/${FIRST}/subscribers`, { count: 300, add_date: '2024-01-01 00:00:00', step_s: 60 });
  await watching(world, 'subscriber.added', { list_id: FIRST });
  await addSubscribers(world, ['a@example.com']);
  assert.deepEqual(emailsOf(await world.pollOnce()), ['a@example.com']);
  await world.fake.control('POST', '/settings', { order_ignored: true });
  await addSubscribers(world, ['b@example.com']);
  assert.deepEqual(emailsOf(await world.pollOnce()), ['b@example.com']);
  await world.fake.control('POST', '/settings', { order_ignored: false });
  await addSubscribers(world, ['c@example.com']);
  assert.deepEqual(emailsOf(await world.pollOnce()), ['c@example.com']);
  assert.deepEqual(await world.pollOnce(), []);
}));

test('the date of addition is hidden, or rows are ordered by address: no loss, no repetition', inWorld(async world => {
  await world.fake.control('POST', '/settings', { add_date: false });
  await world.fake.control('POST', `/lists/${FIRST}/subscribers`, { count: 250, step_s: 60 });
  await watching(world, 'subscriber.added', { list_id: FIRST });
  await addSubscribers(world, ['zz@example.com', 'aa@example.com']);
  assert.deepEqual(emailsOf(await world.pollOnce()).sort(), ['aa@example.com', 'zz@example.com']);
  await world.fake.control('POST', '/settings', { add_date: true, member_order: 'email' });
  await addSubscribers(world, ['mm@example.com']);
  assert.deepEqual(emailsOf(await world.pollOnce()), ['mm@example.com']);
  assert.deepEqual(await world.pollOnce(), []);
}));

test('an address written otherwise, or added again while it is there, is not new', inWorld(async world => {
  await watching(world, 'subscriber.added', { list_id: FIRST });
  await addSubscribers(world, ['ANN@example.com', 'bob@example.com']);
  assert.deepEqual(await world.pollOnce(), []);
}));

test('an address that was removed, and added again after two readings did not show it, is told again', inWorld(async world => {
  await watching(world, 'subscriber.added', { list_id: FIRST });
  await world.fake.control('DELETE', `/lists/${FIRST}/subscribers`, { emails: ['ann@example.com'] });
  // Gone is what two readings of the list did not show: a row may move between two pages of one reading.
  for (let i = 0; i < 3; ++i) assert.deepEqual(await world.pollOnce(), []);
  await addSubscribers(world, ['ann@example.com']);
  assert.deepEqual(emailsOf(await world.pollOnce()), ['ann@example.com']);
}, { settings: { order_ignored: true } }));

test('all lists: a subscriber of any list, and of a list that is itself new', inWorld(async world => {
  await watching(world, 'subscriber.added');
  await addSubscribers(world, ['x@example.com']);
  await addSubscribers(world, ['y@example.com'], {}, SECOND);
  assert.deepEqual(emailsOf(await world.pollOnce()).sort(), ['x@example.com', 'y@example.com']);
  const list = await addList(world, 'Brand new');
  await addSubscribers(world, ['z@example.com'], {}, list.id);
  const seen = [...await world.pollOnce(), ...await world.pollOnce()];
  assert.deepEqual(seen.map(({ data }) => [data.email, data.list.id]), [['z@example.com', list.id]]);
}));

test('unsubscribed, from one list and from all, is told once for each list', inWorld(async world => {
  await watching(world, 'subscriber.unsubscribed');
  await world.fake.control('POST', `/lists/${FIRST}/status`, { email: 'ann@example.com', status: 4 });
  assert.deepEqual(emailsOf(await world.pollOnce()), ['ann@example.com']);
  assert.deepEqual(await world.pollOnce(), []);
  await addSubscribers(world, ['ann@example.com'], {}, SECOND);
  await world.fake.control('POST', '/unsubscribe', { email: 'ann@example.com' });
  const second = await world.pollOnce();
  assert.ok(second.some(({ data }) => data.list.id === SECOND), JSON.stringify(second));
  // Rejected and bounced ones are inactive too, but did not unsubscribe.
  await world.fake.control('POST', `/lists/${FIRST}/status`, { email: 'bob@example.com', status: 5 });
  assert.deepEqual(await world.pollOnce(), []);
}));

test('a campaign is created, changes its status, and its figures grow', inWorld(async world => {
  const connection = await world.connect({ method: 'key' });
  for (const id of ['campaign.created', 'campaign.status_changed', 'campaign.statistics_changed'])
    await world.addTrigger(connection, id);
  assert.deepEqual(await world.pollOnce(), []);
  const { id } = await world.fake.control('POST', '/campaigns', { name: 'Fresh', status: 13 });
  const told = async () => (await world.pollOnce()).map(({ type, data }) => [type.split('.').slice(-2)[0], data.id]);
  assert.deepEqual(await told(), [['created', id]]);
  await world.fake.control('PATCH', `/campaigns/${id}`, { status: 3 });
  const afterStatus = await told();
  assert.ok(afterStatus.some(([type]) => type === 'status_changed'), JSON.stringify(afterStatus));
  await world.fake.control('PATCH', `/campaigns/${id}`, { statistics: { opening: 7 } });
  assert.deepEqual(await told(), [['statistics_changed', id]]);
  assert.deepEqual(await world.pollOnce(), []);
  await world.fake.control('PATCH', `/campaigns/${id}`, { statistics: { opening: 6 } });
  assert.deepEqual(await told(), [['statistics_changed', id]]);
}));

test('twenty triggers of one account cost 2 requests in an idle round, in one process and from round to round', inWorld(async world => {
  const connection = await world.connect({ method: 'key' });
  const wanted = [
    ...['campaign.created', 'campaign.status_changed', 'campaign.statistics_changed'].map(id => [id, {}]),
    ['mailing_list.created', {}],
    ...['subscriber.added', 'subscriber.unsubscribed'].flatMap(id => [{}, { list_id: FIRST }, { list_id: SECOND }].map(input => [id, input])),
  ];
  for (const [id, input] of [...wanted, ...wanted]) await world.addTrigger(connection, id, input);
  assert.equal((await world.ok(['trigger', 'list'])).triggers.length, 20);
  assert.deepEqual(await world.pollOnce(), []);
  assert.deepEqual(await world.pollOnce(), []);
  await world.fake.control('DELETE', '/requests');
  assert.deepEqual(await world.pollOnce(), []);
  const sent = (await world.requests()).map(({ path, query }) => `${path}?${query}`);
  assert.equal(sent.length, 2, sent.join('\n'));
  await world.fake.control('DELETE', '/requests');
  const host = world.run('--interval', '2');
  await until(async () => (await world.requests()).length >= 6, 'three rounds', 30_000);
  const first = (await world.requests()).slice(0, 6);
  for (let round = 0; round < 6; round += 2)
    assert.deepEqual(first.slice(round, round + 2).map(({ path }) => path).sort(), ['/addressbooks', '/campaigns']);
  await host.stop();
}));

// ---- access

test('a token that ended is renewed once for all triggers of the account', inWorld(async world => {
  const connection = await world.connect();
  for (const id of ['mailing_list.created', 'campaign.created', 'subscriber.added']) await world.addTrigger(connection, id);
  assert.deepEqual(await world.pollOnce(), []);
  await world.fake.control('POST', '/tokens/revoke', { kind: 'access' });
  await world.fake.control('DELETE', '/requests');
  await addList(world, 'Behind a new token');
  assert.deepEqual(namesOf(await world.pollOnce()), ['Behind a new token']);
  assert.equal((await world.requests('?path=/oauth/access_token')).length, 1);
  assert.equal((await world.connection(connection)).state, 'ok');
}));

test('the token endpoint is down: the connection is "refresh delayed", never "sign in"; it is asked seldom; then all is well', inWorld(async world => {
  const connection = await world.connect();
  const trigger = await world.addTrigger(connection, 'mailing_list.created');
  assert.deepEqual(await world.pollOnce(), []);
  await world.fake.control('POST', '/tokens/revoke', { kind: 'access' });
  await world.fault({ path: '/oauth/access_token' }, { status: 503 }, -1);
  await world.fake.control('DELETE', '/requests');
  const host = world.run('--interval', '0.1');
  await until(async () => (await world.connection(connection)).state === 'refresh_delayed', 'the state');
  await sleep(2000);
  assert.equal((await world.requests('?path=/oauth/access_token')).length, 1, 'asked once in that time');
  assert.equal((await world.connection(connection)).state, 'refresh_delayed');
  assert.ok(['active', 'failing'].includes((await world.trigger(trigger)).state));
  assert.equal((await host.stop()).code, 0);
  await addList(world, 'Meanwhile');
  await world.healed();
  assert.deepEqual(namesOf(await world.pollOnce()), ['Meanwhile']);
  assert.equal((await world.connection(connection)).state, 'ok');
}));

test('odd token answers: lifetimes as text, absent or short, and long tokens are understood', inWorld(async world => {
  for (const settings of [{ expires_in_as: 'string' }, { expires_in_as: 'absent' }, { token_style: 'short' }, { token_style: 'jwt', expires_in: 120, expires_in_as: 'number' }]) {
    await world.fake.control('POST', '/settings', settings);
    const connection = await world.connect();
    assert.equal((await world.ok(['connection', 'test', connection.id])).state, 'ok');
  }
}));

test('HTTP 5xx never signs anybody out', inWorld(async world => {
  const connection = await world.connect();
  const trigger = await world.addTrigger(connection, 'mailing_list.created');
  assert.deepEqual(await world.pollOnce(), []);
  await addList(world, 'After the storm');
  for (const action of [{ status: 500 }, { status: 503 }, { status: 502, html: true }, { drop: 'after_read' }]) {
    await world.fault({ path_regex: '^/addressbooks' }, action, -1);
    const failed = await world.poll();
    assert.equal(failed.code, 75);
    assert.equal((await world.connection(connection)).state, 'ok');
    assert.equal((await world.trigger(trigger)).state, 'active');
    await world.healed();
  }
  assert.deepEqual(namesOf(await world.pollOnce()), ['After the storm']);
}));

test('down for a while: one poll each afterwards, and what was missed is told', inWorld(async world => {
  await watching(world, 'mailing_list.created');
  for (const name of ['One', 'Two', 'Three']) await addList(world, name);
  await world.fake.control('DELETE', '/requests');
  const host = world.run('--interval', '10');
  await until(() => host.events.length === 3, 'what was missed', 45_000);
  assert.deepEqual(namesOf(host.events), ['One', 'Two', 'Three']);
  // The list changed, so its poll asks once more whether it ends there.
  const begun = (await world.requests()).filter(({ query }) => /offset=0/.test(query));
  assert.equal(begun.length, 1);
  assert.equal((await host.stop()).code, 0);
  assert.equal(host.child.exitCode, 0);
}));

test('the events of one trigger keep their order, and the same event has the same id in every life', inWorld(async world => {
  const { trigger } = await watching(world, 'subscriber.added', { list_id: FIRST });
  await world.fake.control('POST', `/lists/${FIRST}/subscribers`, { count: 90, step_s: 1 });
  const events = await world.pollOnce();
  const dates = events.map(({ data }) => data.add_date);
  assert.deepEqual(dates, [...dates].sort());
  const { events: stored } = await world.ok(['events', 'list', '--trigger', trigger.id, '--oldest-first', '--limit', '100']);
  assert.deepEqual(stored.map(({ id }) => id), events.map(({ id }) => id));
}));
