// What the Viber actions need: the fake's seed has the sender and the campaign that the samples name.

import assert from 'node:assert/strict';

const last = state => state.viber.campaigns.at(-1);

export const viber = {
  name: 'viber',
  groups: ['Viber'],
  count: 9,
  prepared: {
    'viber_campaign.create': {
      after: state => {
        assert.deepEqual(last(state).recipients.map(({ phone }) => phone), [380501234567]);
        assert.deepEqual(last(state).additional.resend_sms, { status: true, sms_text: 'Spring is here', sms_sender_name: 'Shop' });
      },
    },
    'viber_blacklist.add': { after: state => assert.equal(state.viber.blacklist['380509999999'], 'Complained') },
    'viber_blacklist.remove': {
      before: world => void world.fake.control('POST', '/viber/blacklist', { phones: ['380509999999'] }),
      after: state => assert.equal(state.viber.blacklist['380509999999'], undefined),
    },
  },
  variants: {
    'viber_campaign.create': [{ audience: 'list', list_id: 88210, phones: undefined, send_at: '2090-12-24T09:00:00', image_url: 'https://example.com/a.png', stretch_time: 2 }, { text: undefined, button: undefined, image_url: 'https://example.com/a.png' }, { kind: 3, button: undefined }],
  },
  lookupInput: {},
  triggers: {
    'viber_campaign.created': {
      change: ({ fake }) => fake.control('POST', '/viber/campaigns', { name: 'Second' }),
      expect: ({ name }) => assert.equal(name, 'Second'),
    },
    'viber_campaign.status_changed': {
      before: async world => void (await world.fake.control('POST', '/viber/campaigns', { name: 'Waits', status: null })),
      change: ({ fake }) => fake.control('PATCH', '/viber/campaigns/6602', { status: 'Sent' }),
      expect: ({ name, status, previous_status: before }) => assert.deepEqual([name, status, before], ['Waits', 'Sent', null]),
    },
    'viber_campaign.statistics_changed': {
      before: async world => void (await world.fake.control('POST', '/viber/campaigns', { name: 'Runs' })),
      change: ({ fake }) => fake.control('PATCH', '/viber/campaigns/6602', { statistic: { read: 1 } }),
      expect: ({ name, statistic, previous, delta }) => assert.deepEqual([name, statistic.read, previous.read, delta.read], ['Runs', 1, 0, 1]),
    },
  },
};
