// Watching: chosen, filled in, tested, turned on; its events as they come in.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../e2e/harness.mjs';
import { onScreen } from './screen.mjs';

const FIRST = 501001;

test('a trigger is chosen, tested and turned on, and its event is seen to arrive', onScreen(async screen => {
  const { world, page } = screen;
  const id = await screen.connectByKeys();
  await page.getByRole('link', { name: 'Add a trigger' }).first().click();
  await screen.heading('Add a trigger');
  await screen.settled();
  await screen.keep('choose-trigger');
  await page.getByRole('searchbox').fill('new subscriber');
  await page.getByRole('link', { name: /^New subscriber/ }).click();
  await screen.heading('New subscriber');
  await screen.says('288 checks a day, each when nothing changed: 1 request, and 1 more for every 95 mailing lists beyond the first 100');
  await screen.says(/In an account with 150 of each: 1,?780 requests a day while nothing changes\./);
  await screen.says('It cannot detect:');

  // Choices come from the account.
  await page.getByLabel('Mailing list').click();
  await screen.choices().first().waitFor();
  await screen.keep('configure-trigger');
  await screen.choices().filter({ hasText: 'First list' }).click();

  await screen.button('Test').click();
  await screen.says(/The test found \d real item/);
  await screen.keep('tested-trigger');
  assert.deepEqual((await world.ok(['events', 'list'])).events, [], 'a test records nothing');

  await screen.button('Add trigger').click();
  await screen.says('Trigger added.');
  await screen.says(/baseline recorded|no changes/);
  await screen.keep('trigger');
  assert.deepEqual((await world.ok(['trigger', 'list'])).triggers.map(({ input, connection }) => [input, connection]), [[{ list_id: FIRST }, id]]);

  // Seen on the trigger's own page, on the list of events, and one by one.
  await page.getByRole('navigation').getByRole('link', { name: 'Events' }).click();
  await screen.says('No events yet.');
  await world.fake.control('POST', `/lists/${FIRST}/subscribers`, { emails: [{ email: 'fresh@example.org', variables: { city: '<b>Kyiv</b>' } }] });
  await page.getByRole('link', { name: /fresh@example\.org/ }).waitFor();
  await page.getByRole('link', { name: /fresh@example\.org.*Delivered/ }).waitFor();
  await screen.keep('events');
  await page.getByRole('link', { name: /fresh@example\.org/ }).click();
  await screen.heading('New subscriber');
  await screen.says('<b>Kyiv</b>');
  await screen.says('1 attempt');
  await screen.keep('event');
  await screen.button('Deliver again').click();
  await screen.says('The event will be delivered again under the same ID.');
  await until(() => screen.host.out.split('fresh@example.org').length >= 3, 'the second delivery');
}));

test('a costly trigger is added only when its cost is accepted', onScreen(async screen => {
  const { world, page } = screen;
  const id = await screen.connectByKeys();
  await screen.visit(`#/triggers/new?connection=${id}&trigger=course.group_created`);
  await screen.button('Add trigger').click();
  await screen.says(/needs many requests: .* in an account with 150 of each: 43488 a day/);
  await screen.keep('costly-trigger');
  await screen.assertAccessible('a costly trigger');
  assert.ok(await screen.button('Add trigger').isDisabled());
  assert.deepEqual((await world.ok(['trigger', 'list'])).triggers, []);
  await page.getByLabel('I accept the cost').check();
  await screen.button('Add trigger').click();
  await screen.says('Trigger added.');
  assert.deepEqual((await world.ok(['trigger', 'list'])).triggers.map(({ trigger, input }) => [trigger, input]), [['course.group_created', {}]]);
}));

test('what must be filled in is said, and nothing is sent of what was not touched', onScreen(async screen => {
  const { world, page } = screen;
  const id = await screen.connectByKeys();
  await screen.visit(`#/triggers/new?connection=${id}&trigger=campaign.statistics_changed`);
  await screen.field('Days').fill('many');
  await screen.button('Add trigger').click();
  await screen.says('Days must be a whole number, not the text "many".');
  await screen.field('Days').fill('1000');
  await screen.says('Days must be 365 or less, not 1000.');
  await screen.keep('wrong-trigger-input');
  await screen.field('Days').fill('');
  await screen.button('Add trigger').click();
  await screen.says('Trigger added.');
  assert.deepEqual((await world.ok(['trigger', 'list'])).triggers[0].input, {});
  await page.getByRole('heading', { level: 1 }).waitFor();
}));

test('without real items the test shows a marked example', onScreen(async screen => {
  const id = await screen.connectByKeys();
  await screen.world.fake.control('POST', '/accounts', { client_id: 'other', client_secret: 'other-secret', email: 'other@example.com' });
  const other = await screen.world.connect({ credentials: { client_id: 'other', client_secret: 'other-secret' } });
  assert.notEqual(other.id, id);
  await screen.visit(`#/triggers/new?connection=${other.id}&trigger=campaign.created`);
  await screen.button('Test').click();
  await screen.says('No items found yet. An event will look like this:');
  await screen.page.getByText('Example', { exact: true }).waitFor();
  await screen.keep('marked-example');
}));

test('a trigger is paused, resumed, edited and removed', onScreen(async screen => {
  const { world, page } = screen;
  const id = await screen.connectByKeys();
  const added = await world.addTrigger({ id }, 'subscriber.added', { list_id: FIRST });
  await screen.visit(`#/triggers/${added.id}`);
  await screen.says(/next check in|checking now/);
  await screen.says(/baseline recorded|no changes/);
  await screen.button('Pause').click();
  await screen.says('Paused');
  assert.equal((await world.trigger(added)).state, 'paused');
  await screen.button('Resume').click();
  await screen.button('Pause').waitFor();
  await screen.button('Edit').click();
  await page.getByRole('button', { name: 'Clear' }).click();
  await screen.keep('edit-trigger');
  await screen.button('Save').click();
  const question = page.getByRole('dialog');
  await question.getByText(/restarts with a new baseline: .* since the last check at \d{4}-/).waitFor();
  assert.equal((await world.trigger(added)).input.list_id, FIRST);
  await question.getByRole('button', { name: 'Save and restart' }).click();
  await until(async () => JSON.stringify((await world.trigger(added)).input) === '{}', 'the new input');
  await screen.button('Edit').click();
  await screen.button('Save').click();
  await page.getByLabel('Edit').waitFor({ state: 'detached' });
  assert.equal(await page.getByRole('dialog').count(), 0);
  await screen.button('Remove').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await screen.says('No triggers yet.');
  assert.deepEqual((await world.ok(['trigger', 'list'])).triggers, []);
}));

test('what is paused while it is looked at stays paused', onScreen(async screen => {
  const { world } = screen;
  const id = await screen.connectByKeys();
  const added = await world.addTrigger({ id }, 'subscriber.added', { list_id: FIRST });
  await screen.visit(`#/triggers/${added.id}`);
  await screen.says(/baseline recorded|no changes/);
  await world.fault({ path: '/addressbooks' }, { delay_ms: 1500 });
  await until(async () => (await world.fake.control('GET', '/faults'))[0].hits === 1, 'a slow look');
  await screen.button('Pause').click();
  await screen.button('Resume').waitFor();
  await sleep(2500);
  assert.equal(await screen.button('Resume').count(), 1);
}));

test('a flood is held until somebody releases it', onScreen(async screen => {
  const { world, page } = screen;
  const id = await screen.connectByKeys();
  const added = await world.addTrigger({ id }, 'subscriber.added', { list_id: FIRST });
  await screen.visit(`#/triggers/${added.id}`);
  await screen.says(/baseline recorded|no changes/);
  await world.fake.control('POST', `/lists/${FIRST}/subscribers`, { count: 101, step_s: 1 });
  await screen.says('101 events on hold.');
  await screen.keep('held');
  await screen.assertAccessible('a trigger with held events');
  await screen.button('Release').click();
  await screen.says('101 events released for delivery.');
  await until(() => screen.host.out.trim().split('\n').length >= 101, 'their delivery');
  await page.getByText('101 events on hold.').waitFor({ state: 'detached' });
}));

test('events are found by text, trigger and delivery', onScreen(async screen => {
  const { world, page } = screen;
  const id = await screen.connectByKeys();
  await world.addTrigger({ id }, 'subscriber.added', { list_id: FIRST }, '--start', 'last:3');
  await world.addTrigger({ id }, 'mailing_list.created', {}, '--start', 'last:1');
  await screen.visit('#/events');
  const rows = page.getByRole('main').getByRole('listitem');
  await until(async () => (await rows.count()) === 4, 'four events');
  await page.getByLabel('Trigger').selectOption({ index: 1 });
  await until(async () => [1, 3].includes(await rows.count()), 'fewer events');
  await screen.button('Clear filters').click();
  await until(async () => (await rows.count()) === 4, 'all events');
  await page.getByRole('searchbox').fill('no such text anywhere');
  await screen.says('No event matches.');
  await page.reload();
  await screen.says('No event matches.');
}));
