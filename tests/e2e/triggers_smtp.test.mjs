// The SMTP triggers: one account, all of them at once; each change is told by the right ones, once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inWorld } from './harness.mjs';
import { happens, watching } from './watching.mjs';

const all = {
  sent: ['smtp.email_sent'],
  sentByNews: ['smtp.email_sent', { sender: 'news@example.com' }],
  delivered: ['smtp.email_delivered'],
  failed: ['smtp.email_delivered', { outcome: 'failed' }],
  opened: ['smtp.email_opened'],
  bounced: ['smtp.bounced'],
  unsubscribed: ['smtp.unsubscribed'],
  complained: ['smtp.unsubscribed', { how: 'spam' }],
  byLink: ['smtp.unsubscribed', { how: 'link' }],
};

test('an email is sent, delivered, opened and clicked; another one bounces', inWorld(async world => {
  const watch = await watching(world, all);
  const email = (method, path, body) => world.fake.control(method, `/smtp/emails${path}`, body);
  await happens(watch, () => email('POST', '', { id: 'aaa-1', subject: 'One' }), { sent: ['aaa-1'] });
  await happens(watch, () => email('PATCH', '/aaa-1', { code: 250 }), { delivered: ['aaa-1'] });
  await happens(watch, () => email('PATCH', '/aaa-1', { open: 1 }), { opened: ['aaa-1'] });
  await happens(watch, () => email('PATCH', '/aaa-1', { open: 1, click: 2 }), { opened: [[{ open: 1, click: 2 }, { open: 1, click: 0 }]] }, ({ delta, previous }) => [delta.tracking, previous.tracking]);
  // A mail program that loads no pictures reports no opening.
  await happens(watch, () => email('POST', '', { id: 'aaa-2', subject: 'Two' }), { sent: ['aaa-2'] });
  await happens(watch, () => email('PATCH', '/aaa-2', { click: 1 }), { opened: ['aaa-2'] });
  await happens(watch, () => email('POST', '', { id: 'bbb-2', sender: 'news@example.com', recipient: 'gone@example.org', code: 550 }), {
    sent: ['bbb-2'], sentByNews: ['bbb-2'], delivered: ['bbb-2'], failed: ['bbb-2'], bounced: ['gone@example.org'],
  }, data => data.id ?? data.email_to);
  // The mail server answers at last, after a first refusal.
  await happens(watch, () => email('PATCH', '/bbb-2', { code: 250 }), { delivered: [['250', '550']] }, data => [data.smtp_answer_code, data.previous.smtp_answer_code]);
}));

test('somebody unsubscribes, somebody else complains, and an unsubscribe of yesterday shows up late', inWorld(async world => {
  const watch = await watching(world, all);
  const leave = (email, how, date) => world.fake.control('POST', '/smtp/unsubscribed', { email, how, date });
  await happens(watch, () => leave('jane@example.org', 'link'), { unsubscribed: ['jane@example.org'], byLink: ['jane@example.org'] }, ({ email }) => email);
  await happens(watch, () => leave('joe@example.org', 'spam'), { unsubscribed: ['joe@example.org'], complained: ['joe@example.org'] }, ({ email }) => email);
  await happens(watch, () => leave('late@example.org', 'user', Date.now() - 20 * 3_600_000), { unsubscribed: ['late@example.org'] }, ({ email }) => email);
}));

test('codes and counts as text change nothing; an idle poll of the gated triggers is one request each', inWorld(async world => {
  const watch = await watching(world, { sent: all.sent, delivered: all.delivered, bounced: all.bounced });
  await world.fake.control('POST', '/settings', { numbers_as_strings: true });
  assert.deepEqual(await watch.tells(), {});
  await world.fake.control('DELETE', '/requests');
  assert.deepEqual(await watch.tells(), {});
  const paths = (await world.requests()).map(({ path }) => path).sort();
  assert.deepEqual(paths, ['/smtp/bounces/day/total', '/smtp/emails', '/smtp/emails/total']);
  await world.fake.control('POST', '/smtp/emails', { id: 'ccc-3', code: 250 });
  const { delivered: [data] } = await watch.tells();
  assert.equal(data.smtp_answer_code, '250');
  assert.equal((await watch.samples('sent')).length, 3);
}));

test('more than a page of emails in one poll: all are told, oldest first, and those of a day that the clock passes', inWorld(async world => {
  const hour = 3_600_000;
  const now = Date.now();
  for (let i = 0; i < 60; i += 1) await world.fake.control('POST', '/smtp/emails', { id: `old-${i}`, send_date: now - 31 * hour + i * 1000 });
  const watch = await watching(world, { sent: all.sent });
  for (let i = 0; i < 90; i += 1) await world.fake.control('POST', '/smtp/emails', { id: `m-${i}`, send_date: now - 30 * hour + i * 1000 });
  const told = (await watch.tells()).sent.map(({ id }) => id);
  assert.deepEqual(told, Array.from({ length: 90 }, (_, i) => `m-${i}`));
  // Not a whole day: the host's own clock stays, and looks one day ahead.
  await world.fake.control('POST', '/clock', { advance_s: 20 * 3600 });
  await happens(watch, () => world.fake.control('POST', '/smtp/emails', { id: 'next-day' }), { sent: ['next-day'] });
}));

test('a plan without SMTP: the trigger fails with what to do, and goes on when it is there', inWorld(async world => {
  const watch = await watching(world, { sent: all.sent });
  await world.fake.control('PATCH', '/smtp', { on: false });
  const failed = await world.poll();
  assert.equal(failed.code, 75, failed.err);
  assert.match(failed.err, /SMTP is not switched on/);
  await world.fake.control('PATCH', '/smtp', { on: true });
  await happens(watch, () => world.fake.control('POST', '/smtp/emails', { id: 'back' }), { sent: ['back'] });
}));
