// Every trigger that prepared/ knows how to set off: silent about what was there, one event with the right data for one
// change, and nothing again, although every poll here is a host of its own that starts from what is stored.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import Ajv from 'ajv';
import { inWorld } from './harness.mjs';
import { furnish, triggers as prepared } from './prepared/index.mjs';

const ajv = new Ajv({ strict: false, validateFormats: false });
const told = Object.entries(prepared).filter(([, { expect }]) => expect);

// The catalogue is the same for all.
let catalogue;
const described = world => (catalogue ??= world.ok(['describe', 'sendpulse']));

for (const [id, { before, change, expect }] of told) {
  test(`${id}: one change, one event`, inWorld(async world => {
    await furnish(world);
    const { triggers } = await described(world);
    const trigger = triggers.find(each => each.id === id);
    assert.ok(trigger, `${id} is no trigger`);
    const connection = await world.connect({ method: 'key' });
    const input = { ...trigger.sample_input, ...(await before?.(world, connection)) };
    await world.addTrigger(connection, id, input);
    for (let i = 0; i < 2; ++i) assert.deepEqual(await world.pollOnce(), [], 'what was there is not told');
    await world.fake.control('DELETE', '/requests');
    assert.deepEqual(await world.pollOnce(), []);
    const idle = (await world.requests()).length;
    // Here is less than where the cost begins to grow; what grows with every list may only be more.
    const { requests = trigger.cost.idle_requests, more = [] } = Object(trigger.cost.idle_requests);
    if (more.some(({ each }) => each)) assert.ok(idle >= requests, `an idle poll costs at least ${requests}: ${idle}`);
    else assert.equal(idle, requests, 'an idle poll costs what it says');

    await change(world);
    const events = await world.pollOnce();
    assert.equal(events.length, 1, JSON.stringify(events));
    const [event] = events;
    assert.equal(event.type, `com.sendpulse.${id}.v${trigger.dedupe.version}`);
    const valid = ajv.compile(trigger.output);
    assert.ok(valid(event.data), `${ajv.errorsText(valid.errors)}: ${JSON.stringify(event.data)}`);
    expect(event.data, JSON.stringify(event));
    for (let i = 0; i < 2; ++i) assert.deepEqual(await world.pollOnce(), [], 'nothing is told twice');
  }));
}

const COSTLY = ['course.group_created', 'popup.created', 'push_campaign.statistics_changed', 'sms.status_changed', 'student.progressed', 'viber_campaign.statistics_changed'];

test('a costly trigger is off until somebody accepts what it costs', inWorld(async world => {
  await furnish(world);
  const { triggers } = await described(world);
  const connection = await world.connect({ method: 'key' });
  const add = (id, input, ...more) => ['trigger', 'add', connection.id, id, '--input', JSON.stringify(input), ...more];
  for (const id of COSTLY) {
    const error = await world.fails(64, add(id, {}));
    assert.match(error.message, /many requests: .*\d+ polls a day.* in an account with 150 of each: \d{5} a day/, id);
    assert.match(error.message, /More than 10000 a day/);
    assert.match(error.advice, /--accept-cost/);
  }
  assert.deepEqual((await world.ok(['trigger', 'list'])).triggers, []);
  const added = await world.ok(add(COSTLY[0], {}, '--accept-cost'));
  assert.equal(added.trigger, COSTLY[0]);
  assert.equal(added.cost.needs_acceptance, true);

  // What reads one course, or polls seldom, costs little.
  assert.match((await world.fails(64, add('student.progressed', {}))).advice, /"course_id"/);
  const one = await world.ok(add('student.progressed', { course_id: 3101 }));
  assert.equal(one.cost.needs_acceptance, false);
  assert.ok(one.cost.large_account.requests_per_day < 1000, JSON.stringify(one.cost));
  const seldom = await world.ok(add('course.group_created', {}, '--interval', '3600'));
  assert.equal(seldom.cost.large_account.requests_per_day, 151 * 24);

  for (const { id, sample_input: input = {} } of triggers.filter(trigger => !COSTLY.includes(trigger.id))) await world.ok(add(id, input));

  // An edit that makes it costly needs the acceptance as well.
  const edit = ['trigger', 'edit', one.id, '--input', '{}', '--yes'];
  assert.match((await world.fails(64, edit)).message, /many requests/);
  assert.deepEqual((await world.ok(['trigger', 'show', one.id])).input, { course_id: 3101 });
  assert.deepEqual((await world.ok([...edit, '--accept-cost'])).input, {});
}));
