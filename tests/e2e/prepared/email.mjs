// What the actions of the email product need before their samples can be run: mailing lists, subscribers, campaigns,
// templates, senders, tags, blacklist, webhooks and the account itself.

import assert from 'node:assert/strict';

const LIST = 88210;
const CAMPAIGN = 5001;
const TAG = 31;
const EMAIL = 'jane@example.org';

export const account = async world => (await world.fake.control('GET', '/state?members=1')).accounts[0];
export const listIn = (state, id) => state.lists.find(list => list.id === id);
const addSender = world => world.fake.control('POST', '/senders', { email: 'news@example.com', name: 'News', active: false });
export const addWebhook = async (world, connection) => {
  const { output } = await world.act(connection, 'webhook.create', { url: 'https://example.com/old', actions: ['open'] });
  return (output.items ?? output.data ?? output)[0].id;
};

const PREPARED = {
  'mailing_list.create': { after: state => assert.ok(state.lists.some(({ name }) => name === 'Newsletter')) },
  'mailing_list.rename': { after: state => assert.equal(listIn(state, LIST).name, 'Customers') },
  'mailing_list.delete': {
    before: world => void world.fake.control('DELETE', `/campaigns/${CAMPAIGN}`),
    after: state => assert.equal(listIn(state, LIST), undefined),
  },
  'subscriber.add': {
    before: world => void world.fake.control('DELETE', `/lists/${LIST}/subscribers`, { emails: [EMAIL] }),
    after: state => assert.deepEqual(listIn(state, LIST).members[0].variables, { first_name: 'Jane' }),
  },
  'subscriber.add_many': { after: state => assert.equal(listIn(state, LIST).members.length, 2) },
  'subscriber.update_variables': {
    before: world =>
      void world.fake.control('POST', `/lists/${LIST}/variables`, { email: EMAIL, variables: { first_name: 'J.' } }),
    after: state => assert.equal(listIn(state, LIST).members[0].variables.first_name, 'Jane'),
  },
  'subscriber.unsubscribe': { after: state => assert.equal(listIn(state, LIST).members[0].status, 4) },
  'subscriber.delete': { after: state => assert.deepEqual(listIn(state, LIST).members, []) },
  'address.delete': { after: state => assert.deepEqual(listIn(state, LIST).members, []) },
  'campaign.create': {
    after: state => assert.ok(state.campaigns.some(({ name, status }) => name === 'Spring sale' && status === 26)),
  },
  'campaign.cancel': { after: state => assert.equal(state.campaigns.find(({ id }) => id === CAMPAIGN).status, 16) },
  'template.get': { before: async world => ({ template_id: (await account(world)).templates[0].id }) },
  'template.get_by_slug': { before: () => ({ slug: 'plain-letter' }) },
  'template.create': { after: state => assert.ok(state.templates.some(({ name }) => name === 'Welcome')) },
  'template.update': { before: async world => ({ real_id: (await account(world)).templates[0].real_id }) },
  'sender.create': { after: state => assert.ok(state.senders.some(({ email }) => email === 'news@example.com')) },
  'sender.delete': {
    before: world => void addSender(world),
    after: state => assert.ok(!state.senders.some(({ email }) => email === 'news@example.com')),
  },
  'sender.send_code': {
    before: world => void addSender(world),
    after: state => assert.notEqual(state.senders.find(({ email }) => email === 'news@example.com').code, ''),
  },
  'sender.activate': {
    before: async world => {
      await addSender(world);
      // By another connection: one sends a code once in 15 minutes.
      await world.act(await world.connect(), 'sender.send_code', { email: 'news@example.com' });
      return { code: (await account(world)).senders.find(({ email }) => email === 'news@example.com').code };
    },
    after: state => assert.equal(state.senders.find(({ email }) => email === 'news@example.com').active, true),
  },
  'tag.create': { after: state => assert.ok(state.tags.some(({ name }) => name === 'VIP')) },
  'tag.update': { after: state => assert.equal(state.tags.find(({ id }) => id === TAG).color, '#00ff00') },
  'tag.delete': { after: state => assert.ok(!state.tags.some(({ id }) => id === TAG)) },
  'tag.pin_email': { after: state => assert.deepEqual(listIn(state, LIST).members[0].tags, [TAG]) },
  'blacklist.add': { after: state => assert.equal(state.blacklist['spam@example.com'], 'Complained') },
  'blacklist.remove': {
    before: world => void world.fake.control('POST', '/blacklist', { emails: ['spam@example.com'] }),
    after: state => assert.equal(state.blacklist['spam@example.com'], undefined),
  },
  'webhook.create': {
    after: state => assert.deepEqual(state.webhooks.map(({ url, action }) => [url, action]), [['https://example.com/hook', 'unsubscribe']]),
  },
  'webhook.get': { before: async (world, connection) => ({ webhook_id: await addWebhook(world, connection) }) },
  'webhook.update': {
    before: async (world, connection) => ({ webhook_id: await addWebhook(world, connection) }),
    after: state => assert.equal(state.webhooks[0].url, 'https://example.com/other'),
  },
  'webhook.delete': {
    before: async (world, connection) => ({ webhook_id: await addWebhook(world, connection) }),
    after: state => assert.deepEqual(state.webhooks, []),
  },
};

async function crowded({ fake }, status) {
  await fake.control('POST', '/settings', { order_ignored: true });
  await fake.control('POST', `/lists/${LIST}/subscribers`, {
    emails: Array.from({ length: 150 }, (_, i) => ({ email: `crowd${i}@example.org`, variables: i > 0 ? { first_name: `C${i}` } : {}, status })),
  });
}

const TRIGGERS = {
  'mailing_list.created': { change: ({ fake }) => fake.control('POST', '/lists', { name: 'New' }) },
  // A list of several pages in no usable order, of which somebody goes: it is asked about once more when it has been read.
  'subscriber.added': {
    before: world => crowded(world, 1),
    change: ({ fake }) => fake.control('DELETE', `/lists/${LIST}/subscribers`, { emails: ['crowd7@example.org'] }),
  },
  'subscriber.unsubscribed': {
    before: world => crowded(world, 4),
    change: ({ fake }) => fake.control('DELETE', `/lists/${LIST}/subscribers`, { emails: ['crowd7@example.org'] }),
  },
  'subscriber.status_changed': {
    before: world => crowded(world, 1),
    change: ({ fake }) => fake.control('DELETE', `/lists/${LIST}/subscribers`, { emails: ['crowd7@example.org'] }),
  },
  'subscriber.removed': {
    before: world => crowded(world, 1),
    change: ({ fake }) => fake.control('DELETE', `/lists/${LIST}/subscribers`, { emails: ['crowd7@example.org'] }),
  },
  'campaign.created': { change: ({ fake }) => fake.control('POST', '/campaigns', { name: 'New', list_id: LIST }) },
  // A campaign that waits while 120 others come is looked at by itself.
  'campaign.status_changed': {
    before: ({ fake }) =>
      void fake.control('POST', '/campaigns', { name: 'Waits', list_id: LIST, send_date: '2090-01-01 00:00:00' }),
    change: async ({ fake }) => {
      for (let i = 0; i < 120; ++i)
        await fake.control('POST', '/campaigns', { name: `Crowd ${i}`, list_id: LIST, draft: true });
    },
  },
  'campaign.statistics_changed': {
    change: ({ fake }) => fake.control('PATCH', `/campaigns/${CAMPAIGN}`, { statistics: { opening: 7 } }),
  },
};

export const email = {
  name: 'email',
  groups: ['Account', 'Addresses', 'Advanced', 'Blacklist', 'Campaigns', 'Mailing lists', 'Senders', 'Subscribers', 'Tags', 'Templates', 'Webhooks'],
  count: 63,
  lookupInput: { list_variables: { list_id: LIST } },
  prepared: PREPARED,
  variants: {
    'address.find_many': [{ emails: ['nobody@example.org'] }],
    'campaign.create': [{ use_dynamic_list: true, text_attachments: [{ name: 'prices.csv', text: 'a;1' }] }],
    'campaign.update': [{ send_at: '2090-12-24T09:05:00', sender_name: 'Shop', sender_email: 'shop@example.com' }],
    'campaign.list': [{ statuses: [3, 26] }, { planned: true }, { planned: false }],
    'subscriber.add': [{ phone: '+380501234567' }, { phone: '+380501234567', dont_update: true, disable_webhook: true }],
    'subscriber.add_many': [{ subscribers: [{ email: 'jane@example.org', phone: '+380501234567' }], dont_update: true, disable_webhook: true }],
    'subscriber.count': [{ active: true }, { active: false }],
    'template.list': [{ only_active: true }],
    'address.statistics_many': [{ emails: ['nobody@example.org'] }],
  },
  triggers: TRIGGERS,

  // The samples of the manifest name a list, a campaign, a tag and a person: all of them live in the fake account now.
  async furnish({ fake }) {
    await fake.control('POST', '/lists', { id: LIST, name: 'Newsletter list' });
    await fake.control('POST', `/lists/${LIST}/subscribers`, {
      emails: [{ email: EMAIL, variables: { first_name: 'Jane' }, phone: '380501234567' }],
    });
    await fake.control('POST', '/campaigns', { id: CAMPAIGN, name: 'A letter', list_id: LIST, draft: true });
    await fake.control('POST', '/tags', { id: TAG, name: 'regulars' });
  },
};
