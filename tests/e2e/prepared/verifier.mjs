// What the verifier's actions need: the list of the samples verified, a person's address sent, a report made.

import assert from 'node:assert/strict';

const LIST = 88210;
const JANE = 'jane@example.org';
const sent = async (world, connection) => {
  await world.act(connection, 'verifier.send_address', { email: JANE });
  await world.fake.control('PATCH', '/verifier', { asks_until_done: 0 });
};
const verified = async (world, connection) => void (await world.act(connection, 'verifier.verify_list', { list_id: LIST }));
const reported = async (world, connection) => {
  await verified(world, connection);
  await world.act(connection, 'verifier.make_report', { list_id: LIST });
};

export const verifier = {
  name: 'verifier',
  groups: ['Verifier'],
  count: 11,
  prepared: {
    'verifier.verify_address': {
      requests: 3, // one to send it, one too early, one with the result
      after: (_, output) => assert.deepEqual([output.finished, output.status, output.deliverable], [true, 1, true]),
    },
    'verifier.send_address': { after: state => assert.ok(state.verifier.addresses.some(({ email }) => email === JANE)) },
    'verifier.get_address': { before: async (...all) => void (await sent(...all)), after: (_, { checks }) => assert.equal(checks.status, 1) },
    'verifier.verify_list': { after: state => assert.ok(state.verifier.lists.some(({ id }) => id === LIST)) },
    'verifier.list_progress': { before: verified, after: (_, output) => assert.deepEqual(output, { total: 1, processed: 1 }) },
    'verifier.list': { before: verified, after: (_, { items }) => assert.equal(items.length, 2) },
    'verifier.get_list': { before: verified, after: (_, { data }) => assert.deepEqual(data, { 1: 1 }) },
    'verifier.list_addresses': { before: verified, after: (_, { items }) => assert.deepEqual(items.map(({ email_address: email }) => email), [JANE]) },
    'verifier.make_report': { before: verified, after: state => assert.deepEqual(state.verifier.reports, [`${LIST}.2`]) },
    'verifier.get_report': { before: async (...all) => void (await reported(...all)) },
    'verifier.download_report': {
      before: async (...all) => void (await reported(...all)),
      after: (state, { content, size, filename }) => {
        const bytes = Buffer.from(content, 'base64');
        assert.equal(bytes.length, size);
        assert.equal(filename, `report-${LIST}.csv`);
        assert.equal(bytes.toString('latin1'), `email,status\n${JANE},1\n\u0000\u00ff`);
        assert.deepEqual(state.verifier.reports, []);
      },
    },
  },
};
