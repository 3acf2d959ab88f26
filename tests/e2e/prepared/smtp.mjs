// What the SMTP actions need.

import assert from 'node:assert/strict';

const JANE = 'jane@example.org';
const unsubscribed = ({ smtp }) => smtp.unsubscribed.map(({ email }) => email);
const unsubscribe = ({ fake }) => fake.control('POST', '/smtp/unsubscribed', { email: JANE });
const lastOf = ({ smtp }) => smtp.emails.at(-1);

export const smtp = {
  name: 'SMTP',
  groups: ['SMTP'],
  count: 17,
  furnish: ({ fake }) => fake.control('POST', '/smtp/emails', { id: 'pzkic9-0afezp-fc', recipient: JANE, code: 250, open: 1 }),
  prepared: {
    'smtp.send': {
      after: (state, { id }) => {
        const { message, html, ...sent } = lastOf(state);
        assert.equal(sent.id, id);
        assert.equal(html, '<h1>Thank you</h1>');
        assert.deepEqual(message.to, [{ email: JANE, name: 'Jane' }]);
        assert.deepEqual(message.attachments_binary, { 'order.txt': 'SGVsbG8=' });
        assert.equal(message.auto_plain_text, true);
      },
    },
    'smtp.send_template': {
      before: async ({ fake }) => ({ template_id: (await fake.control('GET', '/state')).accounts[0].templates[0].id }),
      after: state => assert.deepEqual(lastOf(state).message.template.variables, { first_name: 'Jane' }),
    },
    'smtp.email.list': { after: (_, { items }) => assert.equal(items.length, 3) },
    'smtp.email.count': { after: (_, { total }) => assert.equal(total, 3) },
    'smtp.email.get_many': { after: (_, { items }) => assert.equal(items[0].recipient, JANE) },
    'smtp.bounce.list': {
      before: async ({ fake }) => {
        const at = '2026-03-01 09:00:00';
        for (let i = 0; i < 3; i += 1) await fake.control('POST', '/smtp/emails', { recipient: JANE, code: 550, send_date: at });
      },
      after: (_, { items }) => assert.equal(items.length, 3),
    },
    'smtp.unsubscribe.list': { before: world => void unsubscribe(world), after: (_, { items }) => assert.equal(items[0].unsubscribe_by_link, 1) },
    'smtp.unsubscribe.add': { after: state => assert.deepEqual(unsubscribed(state), [JANE]) },
    'smtp.unsubscribe.remove': { before: world => void unsubscribe(world), after: state => assert.deepEqual(unsubscribed(state), []) },
    'smtp.unsubscribe.check': { after: (_, output) => assert.deepEqual(output, { unsubscribed: false }) },
    'smtp.resubscribe': {
      before: world => void unsubscribe(world),
      after: state => assert.equal(lastOf(state).subject, 'Subscribe again'),
    },
    'smtp.domain.add': { after: ({ smtp: { domains } }) => assert.ok(domains.includes('shop.example')) },
  },
};
