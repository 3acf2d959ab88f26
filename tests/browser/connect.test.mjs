// Connecting an account, by keys and by signing in on SendPulse's own page; and signing in again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../e2e/harness.mjs';
import { onScreen } from './screen.mjs';

const settings = (screen, change) => screen.world.fake.control('POST', '/settings', change);

async function fillOAuth(screen) {
  const { client_id, client_secret } = screen.world.fake.credentials;
  await screen.visit('#/connect/sendpulse');
  await screen.page.getByRole('radio', { name: /Sign in with SendPulse/ }).check();
  await screen.field('Client ID').fill(client_id);
  await screen.field('Client secret').fill(client_secret);
  await screen.button('Continue at SendPulse').click();
}

test('an account is connected with its keys, tested before it is saved', onScreen(async screen => {
  await screen.heading('Connectors');
  await screen.keep('connectors-first');
  await screen.page.getByRole('link', { name: 'Connect SendPulse account' }).click();
  await screen.heading('Connect SendPulse');
  await screen.page.getByRole('radio', { name: /Client ID and secret/ }).check();
  const help = screen.page.getByRole('link', { name: /Where to find this/ });
  assert.match(await help.getAttribute('href'), /^https:\/\/login\.sendpulse\.com\//);
  assert.match(await help.getAttribute('rel'), /noreferrer/);
  await screen.keep('connect');

  // Wrong input: first nothing, then keys that SendPulse does not know.
  await screen.button('Test and connect').click();
  await screen.says('Client ID is required.');
  assert.equal(await screen.field('Client ID').getAttribute('aria-invalid'), 'true');
  await screen.field('Client ID').fill('nobody');
  await screen.field('Client secret').fill('nothing at all');
  await screen.button('Test and connect').click();
  await screen.page.getByRole('alert').waitFor();
  await screen.keep('connect-refused');
  assert.deepEqual((await screen.world.ok(['connections'])).connections, []);

  const { client_id, client_secret } = screen.world.fake.credentials;
  await screen.field('Client ID').fill(client_id);
  await screen.field('Client secret').fill(client_secret);
  await screen.button('Test and connect').click();
  await screen.heading('ivy@maple-thread.example');
  await screen.says('Account connected and tested.');
  await screen.keep('connected');
  assert.ok(!(await screen.page.content()).includes(client_secret), 'the secret is not on the page');
  await screen.button('Test').click();
  await screen.says('The account works. The service reports:');
}));

test('an account is connected on the page of SendPulse', onScreen(async screen => {
  await settings(screen, { authorize: 'page' });
  await fillOAuth(screen);
  await screen.page.getByRole('heading', { name: 'Fake SendPulse' }).waitFor();
  assert.equal(new URL(screen.page.url()).hostname, 'api.sendpulse.com');
  await screen.page.getByRole('button', { name: 'Allow' }).click();
  await screen.heading('ivy@maple-thread.example');
  await screen.says('Account connected and tested.');
  await screen.keep('connected-by-browser');
  const { connections } = await screen.world.ok(['connections']);
  assert.deepEqual(connections.map(({ method, state }) => [method, state]), [['oauth', 'ok']]);
  assert.ok(!screen.page.url().includes('code='), 'nothing of the sign-in stays in the address');
}));

test('who says no on the page of SendPulse comes back and can try again', onScreen(async screen => {
  await settings(screen, { authorize: 'page' });
  await fillOAuth(screen);
  await screen.page.getByRole('button', { name: 'Deny' }).click();
  await screen.heading('Connect SendPulse');
  await screen.page.getByRole('alert').waitFor();
  await screen.keep('connect-denied');
  assert.deepEqual((await screen.world.ok(['connections'])).connections, []);
  await fillOAuth(screen);
  await screen.page.getByRole('button', { name: 'Allow' }).click();
  await screen.heading('ivy@maple-thread.example');
}));

test('a connection that has ended says so by itself, and one button signs in again', onScreen(async screen => {
  const { world, page } = screen;
  await fillOAuth(screen);
  await screen.heading('ivy@maple-thread.example');
  const id = page.url().match(/connections\/(con_[^?]+)/)[1];
  await world.addTrigger({ id }, 'mailing_list.created');
  await world.fake.control('POST', '/tokens/revoke', {});
  await page.getByRole('alert').waitFor();
  await screen.says('Needs sign-in');
  await screen.keep('needs-sign-in');
  await screen.assertAccessible('a connection that needs sign-in');
  await screen.visit('#/');
  await screen.says('Needs sign-in');
  await page.getByRole('link', { name: /ivy@maple-thread/ }).click();
  await screen.button('Sign in again').click();
  await screen.says('Signed in again. Triggers continue where they stopped.');
  await until(async () => (await world.connection({ id })).state === 'ok', 'the connection to work');
  assert.equal((await world.ok(['connections'])).connections.length, 1, 'it is the same connection');
}));

test('another address of a connection is taken only with its keys', onScreen(async screen => {
  const { world, page } = screen;
  const other = 'https://api.sendpulse.com/oauth/access_token?other=1';
  const { client_id, client_secret } = world.fake.credentials;
  await fillOAuth(screen);
  await screen.heading('ivy@maple-thread.example');
  const id = page.url().match(/connections\/(con_[^?]+)/)[1];
  await screen.button('Change credentials or addresses').click();
  await screen.says('Stored credentials are only sent to the addresses they were entered for.');
  await page.getByText('More options').click();
  await screen.field('Token address').fill(other);
  const before = (await world.requests()).length;
  await screen.button('Continue at SendPulse').click();
  await screen.says('Client secret is required.');
  assert.equal((await world.requests()).length, before, 'nobody was sent anywhere');
  await screen.keep('other-address');
  await screen.assertAccessible('other addresses for a connection');
  await screen.field('Client ID').fill(client_id);
  await screen.field('Client secret').fill(client_secret);
  await screen.button('Continue at SendPulse').click();
  await until(async () => (await world.connection({ id })).settings?.token_url === other, 'the new address');
  assert.equal((await world.ok(['connections'])).connections.length, 1, 'it is the same connection');
}));

test('keys that have ended are replaced', onScreen(async screen => {
  const { world, page } = screen;
  const id = await screen.connectByKeys();
  await world.addTrigger({ id }, 'mailing_list.created');
  const { client_id } = world.fake.credentials;
  await world.fake.control('PATCH', `/accounts/${client_id}`, { client_secret: 'a-new-secret-of-the-app' });
  await world.fake.control('POST', '/tokens/revoke', {});
  await page.getByRole('alert').waitFor();
  await screen.button('Sign in again').click();
  await screen.field('Client ID').fill(client_id);
  await screen.field('Client secret').fill('a-new-secret-of-the-app');
  await screen.keep('new-keys');
  await screen.button('Test and sign in').click();
  await screen.says('Signed in again. Triggers continue where they stopped.');
  await until(async () => (await world.connection({ id })).state === 'ok', 'the connection to work');
}));

test('an account is forgotten only after it was asked for', onScreen(async screen => {
  await screen.connectByKeys();
  await screen.button('Remove').click();
  await screen.page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  assert.equal((await screen.world.ok(['connections'])).connections.length, 1);
  await screen.button('Remove').click();
  await screen.page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await screen.heading('Connectors');
  assert.deepEqual((await screen.world.ok(['connections'])).connections, []);
}));
