// What the web push actions need: the fake's seed has the website, the subscriber and the campaign that the samples name.

import assert from 'node:assert/strict';

const picture = { name: 'a.png', content: 'iVBORw0KGgo=' };

export const webPush = {
  name: 'web push',
  groups: ['Web push'],
  count: 11,
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
        send_at: '2090-12-24T09:00:00Z',
        icon: picture,
        image: picture,
        languages: ['en', 'uk'],
        browsers: ['Chrome'],
        pages: ['https://shop.example.com/a'],
        subscribed_from: '2026-01-01T00:00:00Z',
        subscribed_to: '2026-12-31T00:00:00Z',
        variables_filter: { variable_name: 'plan', operator: 'or', conditions: [{ condition: 'equal', value: 'pro' }] },
        stretch_time: 600,
      },
    ],
  },
  lookupInput: {},
  triggers: {},
};
