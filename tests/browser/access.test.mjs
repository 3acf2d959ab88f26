// Every screen for everybody: axe-core in light and dark, a phone's width, the keyboard alone, and no way in without the link.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../e2e/harness.mjs';
import { onScreen, PHONE } from './screen.mjs';

const FIRST = 501001;

// An account with everything in it, and the addresses of all screens.
async function furnished(screen) {
  const { world } = screen;
  const id = await screen.connectByKeys();
  const added = await world.addTrigger({ id }, 'subscriber.added', { list_id: FIRST }, '--start', 'last:2');
  await world.addTrigger({ id }, 'campaign.statistics_changed', { days: 30 });
  const { events } = await until(async () => {
    const found = await world.ok(['events', 'list']);
    return found.events.length >= 2 && found;
  }, 'events');
  return {
    connectors: '#/',
    connect: '#/connect/sendpulse',
    connection: `#/connections/${id}`,
    triggers: '#/triggers',
    'choose-trigger': `#/triggers/new?connection=${id}`,
    'new-trigger': `#/triggers/new?connection=${id}&trigger=subscriber.added`,
    trigger: `#/triggers/${added.id}`,
    events: '#/events',
    event: `#/events/${events[0].id}`,
    actions: `#/actions?connection=${id}`,
    action: `#/actions/${id}/campaign.create`,
    session: '#/session',
    'no-such-page': '#/nothing/here',
  };
}

test('axe-core finds nothing on any screen, in light and dark and on a phone', onScreen(async screen => {
  const screens = await furnished(screen);
  for (const [colorScheme, viewport] of [['light'], ['dark'], ['light', PHONE]]) {
    await screen.look({ colorScheme, ...(viewport && { viewport }) });
    for (const [name, hash] of Object.entries(screens)) {
      await screen.visit(hash);
      const what = `${name}-${colorScheme}${viewport ? '-phone' : ''}`;
      await screen.keep(what);
      await screen.assertAccessible(what);
      await screen.assertFits(what);
    }
  }
}));

test('the whole way is walked with the keyboard alone', onScreen(async screen => {
  const { page, world } = screen;
  const { client_id, client_secret } = world.fake.credentials;
  // Tab until the control with this name has the focus, as somebody without a mouse does.
  const reach = async (role, name) => {
    const wanted = page.getByRole(role, { name }).first();
    await wanted.waitFor();
    for (let i = 0; i < 80; i++) {
      if (await wanted.evaluate(node => node === document.activeElement)) return;
      await page.keyboard.press('Tab');
    }
    assert.fail(`${role} ${name} cannot be reached with Tab`);
  };
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the content');
  await reach('link', 'Connect SendPulse account');
  await page.keyboard.press('Enter');
  await screen.heading('Connect SendPulse');
  await reach('radio', /Sign in with SendPulse/);
  await page.keyboard.press('ArrowDown');
  assert.ok(await page.getByRole('radio', { name: /Client ID and secret/ }).isChecked());
  await reach('textbox', /^Client ID/);
  await page.keyboard.type(client_id);
  await reach('textbox', /^Client secret/);
  await page.keyboard.type(client_secret);
  await page.keyboard.press('Enter');
  await screen.heading('ivy@maple-thread.example');

  await reach('link', 'Add a trigger');
  await page.keyboard.press('Enter');
  await screen.heading('Add a trigger');
  await reach('searchbox', 'Search triggers');
  await page.keyboard.type('new subscriber');
  await reach('link', /^New subscriber/);
  await page.keyboard.press('Enter');
  await screen.heading('New subscriber');
  await reach('combobox', 'Mailing list');
  await page.keyboard.press('ArrowDown');
  await screen.choices().first().waitFor();
  await page.keyboard.press('Enter');
  await reach('button', 'Add trigger');
  await page.keyboard.press('Enter');
  await screen.says('Trigger added.');

  await page.evaluate(() => window.scrollTo(0, 0));
  await reach('link', 'Actions');
  await page.keyboard.press('Enter');
  await screen.heading('Actions');
  await reach('link', /^List mailing lists/);
  await page.keyboard.press('Enter');
  await screen.heading('List mailing lists');
  await reach('button', 'Run');
  await page.keyboard.press('Enter');
  await screen.says(/” completed\./);
}));

test('without the link there is no way in, and the page says where it is', onScreen(async screen => {
  const stranger = await screen.browser.newContext();
  const page = await stranger.newPage();
  await page.goto(screen.origin);
  await page.getByRole('heading', { name: 'Open the link from the terminal' }).waitFor();
  await page.screenshot();
  await page.goto('about:blank');
  await page.goto(screen.link);
  await page.getByText('This link is no longer valid.').waitFor();
  await page.getByText(/connector-host .*link --open/).waitFor();
  assert.ok(!page.url().includes('open'), 'the token does not stay in the address');

  // Another one, put into the address bar of the page that is open.
  await page.evaluate(link => window.location.assign(link), (await screen.world.ok(['link'])).url);
  await page.getByRole('heading', { name: 'Connectors', level: 1 }).waitFor();
  assert.ok(!page.url().includes('open'));
  const tab = await stranger.newPage();
  await tab.goto(`${screen.origin}/#/triggers`);
  await tab.getByRole('heading', { name: 'Triggers', level: 1 }).waitFor();
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByRole('heading', { name: 'Open the link from the terminal' }).waitFor();
  assert.equal(await page.evaluate(() => localStorage.length), 0, 'the key is gone');
  assert.deepEqual(await stranger.cookies(), [], 'and so is the cookie');
  await tab.getByRole('heading', { name: 'Open the link from the terminal' }).waitFor();
  await stranger.close();
}));

test('the file that `link --open` shows the browser leads in, once', onScreen(async screen => {
  const { dataDir } = screen.world;
  const answer = await fetch(`${screen.origin}/api/session/links`, {
    method: 'POST',
    headers: { authorization: `Bearer ${readFileSync(join(dataDir, 'serve-token'), 'utf8')}`, 'content-type': 'application/json' },
    body: JSON.stringify({ file: true }),
  });
  const { file } = await answer.json();
  const person = await screen.browser.newContext();
  const page = await person.newPage();
  await page.goto(`file://${join(dataDir, file)}`);
  await page.getByRole('heading', { name: 'Connectors', level: 1 }).waitFor();
  assert.equal(new URL(page.url()).origin, screen.origin);
  assert.ok(!existsSync(join(dataDir, file)), 'it is gone');
  await person.close();
}));
