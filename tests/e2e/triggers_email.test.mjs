// The email triggers that are not about new subscribers and campaigns: status, variables, removal; templates, senders,
// blacklist, tags; balance and plan; webhooks.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inWorld } from './harness.mjs';
import { happens, watching } from './watching.mjs';

const FIRST = 501001;
const address = ({ email }) => email;
const list = (world, path, body, method = 'POST') => world.fake.control(method, `/lists/${FIRST}${path}`, body);

test('a subscriber confirms, gets other variables, and is removed', inWorld(async world => {
  const watch = await watching(world, {
    status: ['subscriber.status_changed', { list_id: FIRST }],
    active: ['subscriber.status_changed', { statuses: [1] }],
    updated: ['subscriber.updated', { list_id: FIRST }],
    removed: ['subscriber.removed'],
  });
  await happens(watch, () => list(world, '/subscribers', { emails: ['New@example.com'], status: 2 }), {});
  await happens(watch, () => list(world, '/status', { email: 'new@example.com', status: 1 }), { status: [[1, 2]], active: [[1, 2]] }, data => [data.status, data.previous.status]);
  await happens(watch, () => list(world, '/status', { email: 'ann@example.com', status: 4 }), { status: ['ann@example.com'] }, address);
  await happens(watch, () => list(world, '/variables', { email: 'ann@example.com', variables: { Name: 'Anna' } }), { updated: ['Anna'] }, data => data.variables.Name);
  await happens(watch, () => list(world, '/variables', { email: 'ann@example.com', phone: '380507654321' }), { updated: ['380507654321'] }, data => data.phone);
  await list(world, '/subscribers', { emails: ['bob@example.com'] }, 'DELETE');
  assert.deepEqual(await watch.tells(), {}, 'one scan without a row is no proof');
  const { removed: [gone] } = await watch.tells();
  assert.deepEqual(gone, { list: { id: FIRST, name: 'First list' }, email: 'bob@example.com' });
  assert.deepEqual(await watch.tells(), {});
}));

test('variables written [] and {} are the same, whatever their order', inWorld(async world => {
  const watch = await watching(world, { updated: ['subscriber.updated', { list_id: FIRST }] });
  await world.fake.control('POST', '/settings', { empty_object_as_array: false });
  assert.deepEqual(await watch.tells(), {});
}));

test('templates, senders, blacklist, tags, webhooks', inWorld(async world => {
  const watch = await watching(world, {
    template: ['template.created'], sender: ['sender.changed'], blacklist: ['blacklist.added'], tag: ['tag.created'], webhook: ['webhook.changed'],
  });
  const { control } = world.fake;
  await happens(watch, () => control('POST', '/templates', { name: 'Spring' }), { template: ['Spring'] }, ({ name }) => name);
  await happens(watch, () => control('POST', '/senders', { email: 'news@example.com', name: 'News', active: false }), { sender: ['new'] }, ({ change }) => change);
  await happens(watch, () => control('PATCH', '/senders/news@example.com', { active: true, smtp: true }), { sender: [['changed', 'Active', 'Requested activation']] }, data => [data.change, data.status, data.previous.status]);
  await happens(watch, () => control('POST', '/blacklist', { emails: ['spam@example.com'] }), { blacklist: ['spam@example.com'] }, address);
  await happens(watch, () => control('DELETE', '/blacklist', { emails: ['spam@example.com'] }), {});
  await happens(watch, () => control('POST', '/tags', { name: 'VIP' }), { tag: ['VIP'] }, ({ name }) => name);
  const hook = { url: 'https://example.com/hook', actions: ['open'] };
  await happens(watch, () => world.act(watch.connection, 'webhook.create', hook), { webhook: ['new'] }, ({ change }) => change);
  const [{ id }] = (await control('GET', '/state')).accounts[0].webhooks;
  await happens(watch, () => world.act(watch.connection, 'webhook.update', { webhook_id: id, url: 'https://example.com/b' }), { webhook: [['changed', hook.url]] }, data => [data.change, data.previous.url]);
  await world.act(watch.connection, 'webhook.delete', { webhook_id: id });
  // The only webhook: that it is gone is believed after three polls.
  for (let poll = 0; poll < 2; ++poll) assert.deepEqual(await watch.tells(), {});
  const { webhook: [gone] } = await watch.tells();
  assert.deepEqual([gone.id, gone.change, gone.url], [id, 'removed', 'https://example.com/b']);
  assert.deepEqual(await watch.tells(), {});
}));

test('balance, emails left, days left and subscribers cross their thresholds, and again only after they came back', inWorld(async world => {
  const watch = await watching(world, {
    money: ['balance.low', { what: 'main', below: 5, rearm: 8 }],
    emails: ['balance.low', { what: 'emails_left', below: 100 }],
    days: ['plan.ends_soon', { what: 'email', days: 10 }],
    people: ['plan.subscribers_above', { above: 7 }],
  });
  const account = `/accounts/${world.fake.credentials.client_id}`;
  const set = body => () => world.fake.control('PATCH', account, body);
  const what = data => data.what;
  await happens(watch, set({ balance: { main: '4.99' } }), { money: ['main'] }, what);
  await happens(watch, set({ balance: { main: '7.00' } }), {});
  await happens(watch, set({ balance: { main: '4.00' } }), {});
  await happens(watch, set({ balance: { main: '9.00' } }), {});
  await happens(watch, set({ balance: { main: '1.00' } }), { money: ['main'] }, what);
  await happens(watch, set({ tariff: { emails_left: 99 } }), { emails: ['emails_left'] }, what);
  await happens(watch, set({ tariff: { finished_in_days: 5 } }), { days: ['email'] }, what);
  await happens(watch, () => list(world, '/subscribers', { count: 5 }), { people: [7] }, ({ threshold }) => threshold);
  await world.fake.control('DELETE', '/requests');
  assert.deepEqual(await watch.tells(), {});
  assert.equal((await world.requests()).length, 1, 'four triggers share one read');
}));

test('SMS and Viber campaigns are among the campaigns, and the trigger of email campaigns leaves them out', inWorld(async world => {
  const watch = await watching(world, { made: ['campaign.created'] });
  const add = body => () => world.fake.control('POST', '/campaigns', body);
  await happens(watch, add({ name: 'By SMS', is_sms: true }), {});
  await happens(watch, add({ name: 'By Viber', is_viber: true }), {});
  await happens(watch, add({ name: 'By email' }), { made: ['By email'] }, ({ name }) => name);
}));
