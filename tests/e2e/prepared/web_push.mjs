// What the web push actions need: the fake's seed has the website, the subscriber and the campaign that the samples name.

import assert from 'node:assert/strict';

const picture = { name: 'a.png', content: 'iVBORw0KGgo=' };

export const webPush = {
  name: 'web push',
  groups: ['Web push'],
  count: 11,
  // One campaign in 15 minutes for a website.
  furnish: async world => {
    for (const name of ['second', 'third', 'fourth']) await world.fake.control('POST', '/push/websites', { url: `https://${name}.example.com` });
  },
  prepared: {
    'push_subscriber.set_state': {
      after: state => assert.equal(state.webPush.websites[0].subscribers.find(({ id }) => id === 700101).status, 0),
    },
    'push_campaign.create': {
      after: state => {
        const { title, filters } = state.webPush.campaigns.at(-1);
        assert.equal(title, 'Spring sale');
        assert.deepEqual(JSON.parse(filters.buttons), [{ text: 'Look', link: 'https://shop.example.com/spring' }]);
        assert.deepEqual(JSON.parse(filters.filter_region), ['UA']);
      },
    },
  },
  variants: {
    'push_campaign.create': [
      {
        website_id: 8802,
        send_at: '2090-12-24T09:00:00',
        icon: picture,
        image: picture,
        languages: ['en', 'uk'],
        browsers: ['Chrome'],
        pages: ['https://shop.example.com/a'],
        subscribed_from: '2026-01-01T00:00:00',
        subscribed_to: '2026-12-31T00:00:00',
        variables_filter: { variable_name: 'plan', operator: 'or', conditions: [{ condition: 'equal', value: 'pro' }] },
        stretch_time: 600,
      },
      { website_id: 8803, pages_with: '/blog/' },
      { website_id: 8804, pages_without: '/test/' },
    ],
  },
  lookupInput: {},
  triggers: {
    'push_website.added': {
      change: ({ fake }) => fake.control('POST', '/push/websites', { url: 'https://blog.example.com' }),
      expect: ({ url }) => assert.equal(url, 'https://blog.example.com'),
    },
    'push_campaign.created': {
      change: ({ fake }) => fake.control('POST', '/push/websites/8801/campaigns', { title: 'Second' }),
      expect: ({ title }) => assert.equal(title, 'Second'),
    },
    'push_campaign.statistics_changed': {
      before: async world => void (await world.fake.control('POST', '/push/websites/8801/campaigns', { title: 'Runs' })),
      change: ({ fake }) => fake.control('PATCH', '/push/campaigns/4402', { status: 3, statistics: { delivered: 2 } }),
      expect: ({ id, send, delivered, status, delta }) =>
        assert.deepEqual([id, send, delivered, status, delta.delivered], [4402, 3, 2, 3, 2]),
    },
    'push_subscriber.added': {
      change: ({ fake }) => fake.control('POST', '/push/websites/8801/subscribers', { browser: 'Firefox' }),
      expect: ({ browser, variables }) => assert.deepEqual([browser, variables], ['Firefox', {}]),
    },
    'push_subscriber.unsubscribed': {
      change: ({ fake }) => fake.control('PATCH', '/push/subscribers/700102', { status: 6 }),
      expect: ({ id, status }) => assert.deepEqual([id, status], [700102, 6]),
    },
    'push_website.counts_changed': {
      change: ({ fake }) => fake.control('PATCH', '/push/subscribers/700102', { status: 6 }),
      expect: ({ unsubscribed, delta }) =>
        assert.deepEqual([unsubscribed, delta], [1, { total_subscribers: 0, active_subscribers: -1, unsubscribed: 1 }]),
    },
  },
};
