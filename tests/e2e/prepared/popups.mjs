// What the pop-up actions need. The small account has the project, pop-up and lead of the samples.

import assert from 'node:assert/strict';

const POPUP = '7b1d4e60-2c3a-4f5b-8d6e-9f0a1b2c3d01';
const popup = ({ popups }) => popups.popups.find(({ id }) => id === POPUP);
const one = (_, { items }) => assert.equal(items.length, 1);

export const popups = {
  name: 'pop-ups',
  groups: ['Pop-ups'],
  count: 15,
  lookupInput: { popups: { project_id: '3f0c1a52-8f6b-4c7e-9a41-5d2e7b90c101' } },
  prepared: {
    'popup.project.create': { after: ({ popups: { projects } }) => assert.ok(projects.some(({ url }) => url === 'https://blog.example.com')) },
    'popup.list': { after: one },
    'popup.list_quizzes': { after: (_, { items }) => assert.deepEqual(items.map(({ name }) => name), ['Which yarn are you?']) },
    'popup.set_state': { after: state => assert.equal(popup(state).isEnabled, false) },
    'popup.delete': { after: state => assert.equal(popup(state), undefined) },
    'popup.project.statistics': { after: (_, { subscriptions }) => assert.equal(subscriptions, 1) },
    'popup.statistics': { after: (_, { subscriptions }) => assert.equal(subscriptions, 1) },
    'popup.nps': { after: (_, { average, total }) => assert.deepEqual([average, total], [60, 5]) },
    'popup.nps_votes': { after: (_, { items }) => assert.equal(items.length, 2) },
    'popup.lead.list': { after: one },
    'popup.lead.list_by_popup': { after: one },
    'popup.lead.get': { after: (_, { email }) => assert.equal(email, 'jane@example.org') },
  },
};
