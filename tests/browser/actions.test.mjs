// Doing something: the form, the request before it is sent, the result, and what nobody knows.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onScreen } from './screen.mjs';

const FIRST = 501001;
const posts = (screen, path) => screen.world.requests(`?method=POST&path=${path}`);

test('an action shows its request with masked secrets, is run, and shows its result', onScreen(async screen => {
  const { page, world } = screen;
  const id = await screen.connectByKeys();
  await world.fake.control('POST', `/lists/${FIRST}/subscribers`, { emails: [{ email: 'ann@example.org', variables: { City: 'Kyiv' } }] });
  await page.getByRole('navigation').getByRole('link', { name: 'Actions' }).click();
  await page.getByRole('searchbox').fill('add or update a subscriber');
  await screen.keep('choose-action');
  await page.getByRole('link', { name: /^Add or update a subscriber/ }).click();
  await screen.heading('Add or update a subscriber');

  await screen.button('Run').click();
  await screen.says('Mailing list is required.');
  await screen.says('Email address is required.');
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-invalid')), 'true', 'the first fault has the focus');
  await screen.keep('wrong-action-input');
  await page.getByLabel('Mailing list').click();
  await screen.choices().first().click();

  // The variables of the list are fields.
  await page.getByLabel(/^City/).fill('Lviv');
  await page.getByLabel('Email address').fill('jane@example.org');
  await screen.button('Preview request').click();
  await screen.says('Request preview');
  await screen.says(`https://api.sendpulse.com/addressbooks/${FIRST}/emails`);
  await screen.keep('action-request');
  assert.deepEqual(await posts(screen, `/addressbooks/${FIRST}/emails`), [], 'nothing was sent');
  const shown = await page.content();
  for (const { value } of await world.fake.control('GET', '/tokens')) assert.ok(!shown.includes(value), 'no token on the page');

  await screen.button('Run').click();
  await screen.says(/” completed\./);
  await screen.keep('action-result');
  const [sent] = await posts(screen, `/addressbooks/${FIRST}/emails`);
  const { emails } = JSON.parse(sent.body);
  assert.deepEqual(emails, [{ email: 'jane@example.org', variables: { City: 'Lviv' } }]);
  assert.equal(page.url().includes(id), true);
}));

test('a time to send names the zone of the account', onScreen(async screen => {
  const { page } = screen;
  const id = await screen.connectByKeys();
  await screen.visit(`#/actions/${id}/sms.send`);
  await screen.says("The account's time zone is Europe/Kyiv.");
  await screen.assertAccessible('the form of an action with a time');
  await screen.visit(`#/actions/${id}/mailing_list.list`);
  await screen.button('Run').waitFor();
  assert.equal(await page.getByText("The account's time zone").count(), 0, 'a form without a time does not ask');
}));

test('a list comes back as a table', onScreen(async screen => {
  const id = await screen.connectByKeys();
  await screen.visit(`#/actions/${id}/mailing_list.list`);
  await screen.button('Run').click();
  await screen.says(/” completed\./);
  await screen.says('First list');
  await screen.keep('action-list');
  await screen.assertAccessible('the result of an action');
}));

test('what cannot be taken back is asked for first', onScreen(async screen => {
  const { page, world } = screen;
  const id = await screen.connectByKeys();
  await screen.visit(`#/actions/${id}/mailing_list.delete`);
  await page.getByLabel('Mailing list').click();
  await screen.choices().last().click();
  await screen.button('Run').click();
  await page.getByRole('dialog').waitFor();
  await screen.keep('confirm');
  await screen.assertAccessible('a question before an action');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.deepEqual(await world.requests('?method=DELETE'), []);
  await screen.button('Run').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Run' }).click();
  await screen.says(/” completed\./);
  assert.equal((await world.requests('?method=DELETE')).length, 1);
}));

test('an outcome that nobody knows is explained, and asking again sends nothing', onScreen(async screen => {
  const { page, world } = screen;
  const id = await screen.connectByKeys();
  await world.fault({ method: 'POST', path: '/addressbooks' }, { drop: 'after_read' }, -1);
  await screen.visit(`#/actions/${id}/mailing_list.create`);
  await page.getByLabel(/name/i).first().fill('Once only');
  await screen.button('Run').click();
  await screen.says('The outcome is unknown.');
  await screen.keep('unknown-outcome');
  await screen.assertAccessible('an unknown outcome');
  await world.healed();
  await screen.button('Check again').click();
  await screen.says('The outcome is unknown.');
  assert.equal((await posts(screen, '/addressbooks')).length, 1, 'it was sent once');
}));

test('what the service refuses is said with what to do', onScreen(async screen => {
  const { page, world } = screen;
  const id = await screen.connectByKeys();
  await world.fault({ path: '/addressbooks' }, { status: 503 }, -1);
  await screen.visit(`#/actions/${id}/mailing_list.list`);
  await screen.button('Run').click();
  await page.getByRole('alert').waitFor();
  await screen.keep('action-refused');
}));
