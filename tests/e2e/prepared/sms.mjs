// What the SMS actions need: a list with a phone number, and what the fake's seed has.

import assert from 'node:assert/strict';

const LIST = 88210;
const PHONE = '380501234567';

const phones = state => state.sms.phones[LIST] ?? {};
const last = state => state.sms.campaigns.at(-1);
const addPhone = world => void world.fake.control('POST', '/sms/phones', { list_id: LIST, phones: [PHONE], variables: { first_name: 'J.' } });
const dry = { dry_run: true, send_at: '2090-12-24T09:00:00', routes: [{ country: 'UA', route: 'international' }], track_links: true, keep_protocol: true };

export const sms = {
  name: 'sms',
  groups: ['SMS'],
  count: 17,
  prepared: {
    'sms_phone.add': { after: state => assert.deepEqual(Object.keys(phones(state)), [PHONE, '380501234568']) },
    'sms_phone.add_with_variables': { after: state => assert.deepEqual(phones(state)[PHONE].variables, { first_name: 'Jane' }) },
    'sms_phone.set_variables': { before: addPhone, after: state => assert.equal(phones(state)[PHONE].variables.first_name, 'Jane') },
    'sms_phone.set_variables_of_one': { before: addPhone, after: state => assert.equal(phones(state)[PHONE].variables.first_name, 'Jane') },
    'sms_phone.get': { before: addPhone },
    'sms_phone.delete': { before: addPhone, after: state => assert.deepEqual(phones(state), {}) },
    'sms_blacklist.add': { after: state => assert.equal(state.sms.blacklist['380509999999'].description, 'Complained') },
    'sms_blacklist.remove': {
      before: world => void world.fake.control('POST', '/sms/blacklist', { phones: ['380509999999'] }),
      after: state => assert.equal(state.sms.blacklist['380509999999'], undefined),
    },
    'sms.send': {
      after: (state, output) => {
        assert.deepEqual(output.counters, { exceptions: 0, sends: 1 });
        assert.deepEqual([last(state).text, last(state).phones[0].phone], ['Your order is on its way.', PHONE]);
      },
    },
    'sms_campaign.create': { before: addPhone, after: state => assert.deepEqual([last(state).listId, last(state).phones.length], [LIST, 1]) },
    'sms_campaign.cancel': {
      before: async world => ({ campaign_id: (await world.fake.control('POST', '/sms/campaigns', { send_at: '2090-01-01 00:00:00' })).id }),
      after: state => assert.equal(last(state).isCancelled, true),
    },
    'sms_campaign.delete': { after: state => assert.deepEqual(state.sms.campaigns, []) },
  },
  variants: {
    'sms.send': [dry],
    'sms_campaign.create': [{ ...dry, late_list: true }],
    'sms_campaign.cost': [{ routes: [{ country: 'UA', route: 'national' }] }],
  },
  lookupInput: {},
  triggers: {
    'sms_campaign.created': {
      change: ({ fake }) => fake.control('POST', '/sms/campaigns', { sender: 'Other' }),
      expect: ({ sender_mail_name: sender }) => assert.equal(sender, 'Other'),
    },
    'sms.status_changed': {
      before: async world => void (await world.fake.control('POST', '/sms/campaigns', { phones: [PHONE, '380501234568'] })),
      change: ({ fake }) => fake.control('PATCH', '/sms/campaigns/5602', { phone: PHONE, status: 12 }),
      expect: ({ campaign_id: id, phone, status, previous_status: before }) => assert.deepEqual([id, phone, status, before], [5602, PHONE, 12, 0]),
    },
    'sms_blacklist.added': {
      change: ({ fake }) => fake.control('POST', '/sms/blacklist', { phones: ['380509999999'], description: 'Complained' }),
      expect: ({ phone, description }) => assert.deepEqual([phone, description], ['380509999999', 'Complained']),
    },
    'sms_sender.status_changed': {
      before: ({ fake }) => void fake.control('POST', '/sms/senders', { id: 302, sender: 'New', status: 0 }),
      change: ({ fake }) => fake.control('PATCH', '/sms/senders/302', { status: 2 }),
      expect: ({ sender, status, previous_status: before }) => assert.deepEqual([sender, status, before], ['New', 2, 0]),
    },
  },
};
