// What the Automation360 actions need: the fake's seed has the flow, the elements and the conversion that the samples name.

import assert from 'node:assert/strict';

const KINDS = { 'main-trigger': 7101, goal: 7103 };

export const automation = {
  name: 'automation',
  groups: ['Automation'],
  count: 7,
  prepared: {
    'automation.element': { before: () => ({ element_id: 7102 }) },
    'automation.send_event': {
      after: state =>
        assert.deepEqual(state.automation.events, [{ name: 'order_paid', email: 'jane@example.org', order_number: '1001', total: 25.5 }]),
    },
  },
  variants: {
    'automation.elements': [{ kind: 'email' }],
    'automation.element': Object.entries(KINDS).map(([kind, id]) => ({ kind, element_id: id })),
    'automation.send_event': [{ phone: '380501234567', automation_id: 6101 }, { channel: 'telegram', contact_id: '6a2000000000000000000001' }],
  },
  lookupInput: {},
  triggers: {
    'automation.created': {
      change: ({ fake }) => fake.control('POST', '/automations', { name: 'Second' }),
      expect: ({ main_data: { automation_name: name } }) => assert.equal(name, 'Second'),
    },
    'automation.status_changed': {
      change: ({ fake }) => fake.control('PATCH', '/automations/6101', { status: 3 }),
      expect: ({ id, status, previous_status: before }) => assert.deepEqual([id, status, before], [6101, 3, 1]),
    },
    'automation.converted': {
      change: ({ fake }) => fake.control('POST', '/automations/6101/conversions', { email: 'joe@example.org' }),
      expect: ({ email }) => assert.equal(email, 'joe@example.org'),
    },
    'automation.counts_changed': {
      change: ({ fake }) => fake.control('PATCH', '/automations/6101', { count: { starts: 2, in_queue: 2 } }),
      expect: ({ starts, delta }) => assert.deepEqual([starts, delta], [122, { starts: 2, in_queue: 2, end_count: 0, send_messages: 0, conversions: 0 }]),
    },
  },
};
