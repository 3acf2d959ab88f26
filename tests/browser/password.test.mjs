// Signing in with a password, without a terminal; and an open page over a restart of its host.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { BUILD, PLACE, until } from '../e2e/harness.mjs';
import { onScreen, PHONE } from './screen.mjs';

const PASSWORD = 'plain wooden table 7';

test('a person sets a password, and signs in with it in another browser', onScreen(async screen => {
  const { page } = screen;
  await page.getByRole('link', { name: 'Session', exact: true }).click();
  await screen.heading('Session');
  await screen.field('New password').fill('too short');
  await screen.button('Set password').click();
  await screen.says('The password is too short.');
  await screen.field('New password').fill(PASSWORD);
  await screen.button('Set password').click();
  await screen.says('The password is set.');
  await screen.field('Current password').waitFor();
  await screen.assertAccessible('session');
  await screen.assertFits('session');
  await screen.keep('session');

  for (const viewport of [undefined, PHONE]) {
    const other = await screen.browser.newContext(viewport && { viewport });
    const stranger = await other.newPage();
    await stranger.goto(`${screen.origin}/#/triggers`);
    await stranger.getByRole('heading', { name: 'Sign in', level: 1 }).waitFor();
    await stranger.getByText(/connector-host .*link --open/).waitFor();
    const password = stranger.getByLabel('Password', { exact: true });
    await password.fill('not the password');
    await stranger.keyboard.press('Enter');
    await stranger.getByText('The password is wrong.').waitFor();
    await password.fill(PASSWORD);
    await stranger.keyboard.press('Enter');
    await stranger.getByRole('heading', { name: 'Triggers', level: 1 }).waitFor();
    const tab = await other.newPage();
    await tab.goto(`${screen.origin}/#/events`);
    await tab.getByRole('heading', { name: 'Events', level: 1 }).waitFor();
    await stranger.getByRole('button', { name: 'Log out' }).click();
    await stranger.getByRole('heading', { name: 'Sign in', level: 1 }).waitFor();
    await other.close();
  }

  await screen.field('Password to remove').fill('not the password');
  await screen.button('Remove password').click();
  await screen.says('The password is wrong.');
  await screen.field('Password to remove').fill(PASSWORD);
  await screen.button('Remove password').click();
  await screen.says('The password is removed.');
  const other = await screen.browser.newContext();
  const stranger = await other.newPage();
  await stranger.goto(screen.origin);
  await stranger.getByRole('heading', { name: 'Open the link from the terminal' }).waitFor();
  await other.close();
}));

test('guessing is slowed down, and the page says until when', onScreen(async screen => {
  await screen.world.ok(['password', 'set'], { input: PASSWORD });
  const other = await screen.browser.newContext();
  const page = await other.newPage();
  await page.goto(screen.origin);
  const password = page.getByLabel('Password', { exact: true });
  const slowed = page.getByText('Too many wrong passwords were sent.');
  for (let i = 0; i < 30 && !(await slowed.isVisible()); i++) {
    await password.fill(`guess number ${i}`);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
    await until(() => page.getByRole('button', { name: 'Sign in' }).isEnabled(), 'the answer');
  }
  await slowed.waitFor();
  await page.getByText(/Try again in \d+ s/).first().waitFor();
  await other.close();
}));

test('an open page goes on after a restart, and gives a program on the dead port nothing that the next host accepts', onScreen(async screen => {
  const { page, world } = screen;
  const { port } = new URL(screen.origin);
  screen.host.child.kill('SIGTERM');
  await until(() => screen.host.ended !== undefined, 'the host to end');

  // Somebody else takes the port. The page is still open, and connects again.
  const heard = [];
  const squatter = http.createServer((request, response) => {
    heard.push(request.headers);
    response.writeHead(401, { 'content-type': 'application/json', 'x-session-start': 'a start of its own' });
    response.end(JSON.stringify({ error: { class: 'unavailable', fault: 'host', message: 'Wait.', problems: [] } }));
  });
  squatter.listen(Number(port), '127.0.0.1');
  await once(squatter, 'listening');
  const proofs = () => heard.filter(headers => headers['x-session-proof'] && /connector_session=/.test(headers.cookie ?? ''));
  await until(() => proofs().length >= 2, 'the page to connect to it', 30_000);
  const key = await page.evaluate(() => localStorage.getItem('connector_session_key'));
  assert.ok(key, 'the page has its key');
  assert.ok(!JSON.stringify(heard).includes(key), 'and sends it to nobody');
  squatter.closeAllConnections();
  squatter.close();
  await once(squatter, 'close');

  const child = world.spawn(['serve', '--listen', `127.0.0.1:${port}`, '--web-dir', join(BUILD, 'web'), '--sink', 'stdout']);
  screen.host = { child, out: '', err: '' };
  child.stderr.setEncoding('utf8').on('data', text => (screen.host.err += text));
  await until(() => PLACE.test(screen.host.err), 'the host to be there again');
  for (const headers of proofs()) {
    const taken = { cookie: headers.cookie, 'x-session-proof': headers['x-session-proof'] };
    assert.equal((await fetch(`${screen.origin}/api/server`, { headers: taken })).status, 401, 'what it heard opens nothing');
  }
  await page.reload();
  await screen.heading('Connectors');
  await page.getByText('Live', { exact: true }).waitFor();
  screen.troubles.length = 0; // of the time without a host
}));
