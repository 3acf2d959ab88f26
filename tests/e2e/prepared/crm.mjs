// What the CRM actions need. The small account has one of each thing, with the ids that the samples name.

import assert from 'node:assert/strict';
import { FIELD_TYPES } from '../../fake_sendpulse/crm.mjs';

const one = (list, id) => list.find(item => item.id === id);
const named = (list, name) => {
  const found = list.find(item => item.name === name);
  assert.ok(found, name);
  return found;
};
const everyType = Object.entries(FIELD_TYPES).map(([name, type]) => ({ type, ...(name.endsWith('select') ? { options: ['Red', 'Blue'] } : {}) }));
const contact = ({ crm }) => one(crm.contacts, 9101);
const deal = ({ crm }) => one(crm.deals, 9201);
const task = ({ crm }) => one(crm.tasks, 6501);
const board = ({ crm }) => one(crm.boards, 6001);
const pipeline = ({ crm }) => one(crm.pipelines, 7101);
const product = ({ crm }) => one(crm.products, 8001);

const filled = id => async (world, connection) => {
  const owner = id === 5401 ? ['crm.contact.set_field', { contact_id: 9101 }] : ['crm.deal.set_field', { deal_id: 9201 }];
  await world.act(connection, owner[0], { ...owner[1], field_id: id, value: 'Before' });
};

const pipelines = {
  'crm.pipeline.list': { after: (_, { items }) => assert.equal(items[0].steps.length, 2) },
  'crm.pipeline.create': { after: ({ crm }) => named(crm.pipelines, 'Partners') },
  'crm.pipeline.update': { after: state => assert.equal(pipeline(state).name, 'New sales') },
  'crm.stage.create': { after: state => assert.equal(one(pipeline(state).stages, 5103).notifyIn, '1h') },
  'crm.stage.update': { after: state => assert.equal(one(pipeline(state).stages, 5101).name, 'First contact') },
  'crm.stage.delete': { after: state => assert.equal(pipeline(state).stages.length, 1) },
  'crm.deal_field.create': { after: state => assert.equal(named(pipeline(state).fields, 'Budget').type, FIELD_TYPES.number) },
  'crm.deal_field.update': { after: state => named(pipeline(state).fields, 'Origin') },
  'crm.deal_field.delete': { after: state => assert.deepEqual(pipeline(state).fields, []) },
};

const tasks = {
  'crm.board.create': { after: ({ crm }) => named(crm.boards, 'Marketing') },
  'crm.board.update': { after: state => assert.equal(board(state).name, 'The team') },
  'crm.board_column.create': { after: state => named(board(state).columns, 'Waiting') },
  'crm.board_column.update': { after: state => named(board(state).columns, 'Next') },
  'crm.task_field.create': { after: state => assert.equal(named(board(state).fields, 'Room').type, FIELD_TYPES.text) },
  'crm.task_field.update': { after: state => named(board(state).fields, 'Hours') },
  'crm.task.list': { after: (_, { items }) => assert.deepEqual(items.map(({ id }) => id), [6501, 6500]) },
  'crm.task.create': {
    after: ({ crm }, { id }) => {
      const made = one(crm.tasks, id);
      assert.equal(made.startAt, '2026-03-01 09:00');
      assert.equal(made.finishAt, '2026-03-02 18:00');
      assert.deepEqual(made.attachments, ['/personal/task/offer.pdf']);
      assert.deepEqual(made.connections, { dealIds: [9201] });
      assert.equal(made.checklists[0].items[0].name, 'Write');
    },
  },
  'crm.task.update': { after: state => assert.equal(task(state).finishAt, '2026-03-03 10:00') },
  'crm.task.delete': { after: state => assert.equal(task(state), undefined) },
  'crm.task.move': { after: state => assert.equal(task(state).stepId, 6102) },
  'crm.task.clear_parent': {
    before: async (world, connection) => void (await world.act(connection, 'crm.task.set_parent', { task_id: 6501, parent_task_id: 6500 })),
    after: state => assert.equal(task(state).parentId, null),
  },
  'crm.task.set_parent': { after: state => assert.equal(task(state).parentId, 6500) },
  'crm.task.attach': { after: (state, output) => assert.deepEqual([task(state).connections, output], [{ dealIds: [9201] }, { tasks: [] }]) },
  'crm.task.comment': { after: state => assert.equal(task(state).comments.at(-1).body, 'Done by phone') },
  'crm.task.update_comment': { after: state => assert.equal(task(state).comments[0].body, 'Done by email') },
  'crm.task.set_field': { after: state => assert.equal(task(state).attributes[0].value[0].value, '3') },
  'crm.task.history': { after: (_, { items }) => assert.equal(items[0].eventType, 'created') },
  'crm.checklist.create': { after: state => named(task(state).checklists, 'After the call') },
  'crm.checklist.update': { after: state => assert.equal(task(state).checklists[0].items[0].isDone, true) },
  'crm.checklist.delete': { after: state => assert.deepEqual(task(state).checklists, []) },
};

const linked = input => async (world, connection) => void (await world.act(connection, 'crm.task.attach', { task_id: 6501, ...input }));
const taskFilled = async (world, connection) =>
  void (await world.act(connection, 'crm.task.set_field', { task_id: 6501, board_id: 6001, field_id: 6301, value: '3' }));
const items = state => task(state).checklists[0].items;

const taskParts = {
  'crm.task_tag.list': { after: (_, { items: [tag] }) => assert.equal(tag.name, 'Urgent') },
  'crm.task_tag.create': { after: ({ crm }) => named(crm.taskTags, 'Waiting') },
  'crm.task_tag.update': { after: ({ crm }) => named(crm.taskTags, 'Very urgent') },
  'crm.task_tag.delete': { after: ({ crm }) => assert.deepEqual(crm.taskTags, []) },
  'crm.task.detach_contact': { before: linked({ contact_ids: [9101] }), after: state => assert.deepEqual(task(state).connections.contactIds, []) },
  'crm.task.detach_deal': { before: linked({ deal_ids: [9201] }), after: state => assert.deepEqual(task(state).connections.dealIds, []) },
  'crm.task.detach_task': { before: linked({ task_ids: [6500] }), after: state => assert.deepEqual(task(state).connections.taskIds, []) },
  'crm.checklist_item.create': { after: state => named(items(state), 'Send the offer') },
  'crm.checklist_item.update': { after: state => assert.equal(items(state)[0].isDone, true) },
  'crm.checklist_item.move': { after: state => assert.equal(items(state)[0].order, 3) },
  'crm.checklist_item.delete': { after: state => assert.deepEqual(items(state), []) },
  'crm.task.change_field': { before: taskFilled, after: state => assert.equal(task(state).attributes[0].value[0].value, '5') },
  'crm.task.clear_field': { before: taskFilled, after: state => assert.deepEqual(task(state).attributes, []) },
};

const company = ({ crm }) => one(crm.companies, 4101);
const tab = ({ crm }) => one(crm.tabs, 4801);
const withTabFields = async (world, connection) => void (await world.act(connection, 'crm.tab.add_fields', { tab_id: 4801, entity_type: 0, field_ids: [5401] }));
const withCompanyContact = async (world, connection) => void (await world.act(connection, 'crm.company.add_contact', { company_id: 4101, contact_id: 9101 }));

const office = {
  'crm.company.create': {
    after: ({ crm }, { id }) => {
      const made = one(crm.companies, id);
      assert.deepEqual([made.address, made.annualBusinessVolume, made.currency], ['12 Mill Lane, Leeds', 250000, 'USD']);
    },
  },
  'crm.company.update': { after: (state, output) => assert.deepEqual([company(state).companyName, output], ['Maple and Thread', { id: 4101 }]) },
  'crm.company.delete': { after: state => assert.equal(company(state), undefined) },
  'crm.company.add_contact': { after: state => assert.deepEqual(company(state).contacts, [9101]) },
  'crm.company.remove_contact': { before: withCompanyContact, after: state => assert.deepEqual(company(state).contacts, []) },
  'crm.company.add_emails': { after: state => assert.equal(company(state).emails.length, 2) },
  'crm.company.update_email': { after: state => assert.equal(company(state).emails[0].email, 'office@maple-thread.example') },
  'crm.company.delete_email': { after: state => assert.deepEqual(company(state).emails, []) },
  'crm.company.add_phones': { after: state => assert.equal(company(state).phones.length, 2) },
  'crm.company.update_phone': { after: state => assert.equal(company(state).phones[0].phone, '+441130000001') },
  'crm.company.delete_phone': { after: state => assert.deepEqual(company(state).phones, []) },
  'crm.company.add_messengers': { after: state => assert.equal(company(state).messengers.length, 2) },
  'crm.company.update_messenger': { after: state => assert.equal(company(state).messengers[0].login, '@maple') },
  'crm.company.delete_messenger': { after: state => assert.deepEqual(company(state).messengers, []) },
  'crm.company_field.create': { after: ({ crm }) => named(crm.companyFields, 'VAT number') },
  'crm.company_field.update': { after: ({ crm }) => named(crm.companyFields, 'Sector') },
  'crm.company_field.delete': { after: ({ crm }) => assert.deepEqual(crm.companyFields, []) },
  'crm.payment.create': { after: ({ crm }, { id }) => assert.equal(one(crm.payments, id).price, 120) },
  'crm.payment.approve': { after: ({ crm }) => assert.equal(crm.payments[0].state, 'approved') },
  'crm.payment.cancel': { after: ({ crm }) => assert.equal(crm.payments[0].state, 'canceled') },
  'crm.file.upload': { after: ({ crm }) => assert.deepEqual(crm.uploads, ['/crm/offer.pdf']) },
  'crm.attachment.create': { after: ({ crm }) => assert.equal(crm.attachments.length, 2) },
  'crm.attachment.update': { after: ({ crm }) => assert.equal(crm.attachments[0].link, '/crm/offer_2.pdf') },
  'crm.attachment.delete': { after: ({ crm }) => assert.deepEqual(crm.attachments, []) },
  'crm.tab.create': { after: ({ crm }, { id }) => assert.equal(one(crm.tabs, id).entityId, 7101) },
  'crm.tab.update': { after: state => assert.equal(tab(state).name, 'Shipping') },
  'crm.tab.delete': { after: state => assert.equal(tab(state), undefined) },
  'crm.tab.add_fields': { after: state => assert.deepEqual(tab(state).fields, [5401]) },
  'crm.tab.remove_fields': { before: withTabFields, after: state => assert.deepEqual(tab(state).fields, []) },
  'crm.manager.create': { after: ({ crm }) => assert.deepEqual(crm.managers.map(({ sectionId }) => sectionId), [1, 2]) },
  'crm.manager.update': { after: ({ crm }) => assert.deepEqual(crm.managers[0].responsibleIds, [700101]) },
  'crm.manager.delete': { after: ({ crm }) => assert.deepEqual(crm.managers[0].responsibleIds, []) },
};

const products = {
  'crm.product.add_sections': { after: state => assert.deepEqual(product(state).sections.map(({ name }) => name), ['Material', 'Care']) },
  'crm.product.update_sections': { after: state => assert.equal(product(state).sections[0].name, 'Made of') },
  'crm.product.delete_section': { after: state => assert.deepEqual(product(state).sections, []) },
  'crm.product.list': { after: (_, { items }) => assert.deepEqual(items.map(({ price }) => price.value), [19.5]) },
  'crm.product.create': {
    after: ({ crm }, { id }) => {
      const made = one(crm.products, id);
      assert.deepEqual([made.visible, made.prices[0].value, made.prices[0].isDefault], [1, 29.9, true]);
    },
  },
  'crm.product.update': { after: state => assert.equal(product(state).balance.value, 39) },
  'crm.product.set_prices': { after: state => assert.equal(product(state).prices[0].value, 17) },
  'crm.product.delete': { after: state => assert.equal(product(state), undefined) },
  'crm.category.create': { after: ({ crm }) => named(crm.categories, 'Needles') },
  'crm.category.update': { after: ({ crm }) => named(crm.categories, 'Yarns') },
  'crm.category.delete': { after: ({ crm }) => assert.deepEqual(crm.categories, []) },
};

const contacts = {
  'crm.contact.create': { after: ({ crm }, { id }) => assert.deepEqual([one(crm.contacts, id).firstName, one(crm.contacts, id).lastName], ['Jane', 'Doe']) },
  'crm.contact.create_full': {
    after: ({ crm }, { id }) => {
      const made = one(crm.contacts, id);
      assert.deepEqual([made.phones[0].phone, made.emails[0].email, made.tags, made.values], ['+380501234567', 'jane@example.org', [5301], { 5401: 'Kyiv' }]);
    },
  },
  'crm.contact.update': { after: (state, output) => assert.deepEqual([contact(state).lastName, output], ['Miller', { id: 9101 }]) },
  'crm.contact.comment': { after: state => assert.equal(contact(state).notes.at(-1).text, 'Likes wool') },
  'crm.contact.update_comment': { after: state => assert.equal(contact(state).notes[0].text, 'Likes silk') },
  'crm.contact.delete_comment': { after: state => assert.deepEqual(contact(state).notes, []) },
  'crm.contact.add_phone': { after: state => assert.equal(contact(state).phones.at(-1).phone, '+380501234567') },
  'crm.contact.update_phone': { after: state => assert.equal(contact(state).phones[0].phone, '+380507654321') },
  'crm.contact.delete_phone': { after: state => assert.deepEqual(contact(state).phones, []) },
  'crm.contact.add_emails': { after: state => assert.equal(contact(state).emails.at(-1).isMain, true) },
  'crm.contact.update_email': { after: state => assert.equal(contact(state).emails[0].email, 'jane.doe@example.org') },
  'crm.contact.delete_email': { after: state => assert.deepEqual(contact(state).emails, []) },
  'crm.contact.add_messenger': { after: state => assert.equal(contact(state).messengers.length, 2) },
  'crm.contact.update_messenger': { after: state => assert.equal(contact(state).messengers[0].login, '@jane_doe') },
  'crm.contact.delete_messenger': { after: state => assert.deepEqual(contact(state).messengers, []) },
  'crm.contact.add_tag': { after: state => assert.deepEqual(contact(state).tags, [5301]) },
  'crm.contact.remove_tag': {
    before: async (world, connection) => void (await world.act(connection, 'crm.contact.add_tag', { contact_id: 9101, tag_id: 5301 })),
    after: state => assert.deepEqual(contact(state).tags, []),
  },
  'crm.contact.set_field': { after: state => assert.deepEqual(contact(state).values, { 5401: 'Kyiv' }) },
  'crm.contact.set_fields': { after: state => assert.deepEqual(contact(state).values, { 5401: 'Lviv' }) },
  'crm.contact.change_field': { before: filled(5401), after: state => assert.deepEqual(contact(state).values, { 5401: 'Odesa' }) },
  'crm.contact.clear_field': { before: filled(5401), after: state => assert.deepEqual(contact(state).values, {}) },
  'crm.contact_tag.list': { after: (_, { items }) => assert.equal(items[0].name, 'VIP') },
  'crm.contact_tag.create': { after: ({ crm }) => named(crm.tags, 'Wholesale') },
  'crm.contact_tag.update': { after: ({ crm }) => named(crm.tags, 'Very important') },
  'crm.contact_tag.delete': { after: ({ crm }) => assert.deepEqual(crm.tags, []) },
  'crm.contact_field.create': { after: ({ crm }) => assert.equal(named(crm.contactFields, 'Birthday').type, FIELD_TYPES.date) },
  'crm.contact_field.update': { after: ({ crm }) => named(crm.contactFields, 'Town') },
  'crm.contact_field.delete': { after: ({ crm }) => assert.deepEqual(crm.contactFields, []) },
};

const withProduct = async (world, connection) =>
  void (await world.act(connection, 'crm.deal.add_product', { deal_id: 9201, product_id: 8001, quantity: 2, price: 19.5, currency: 'USD' }));
const withContact = async (world, connection) => void (await world.act(connection, 'crm.deal.add_contact', { deal_id: 9201, contact_id: 9101 }));

const deals = {
  'crm.deal.create': {
    after: ({ crm }, { id }) => {
      const made = one(crm.deals, id);
      assert.deepEqual([made.name, made.contacts, made.values], ['Wedding', [9101], { 5901: 'Shop' }]);
    },
  },
  'crm.deal.update': {
    after: (state, output) => assert.deepEqual([deal(state).status, deal(state).stepId, deal(state).price, output], [3, 5102, 1500, { id: 9201 }]),
  },
  'crm.deal.move': { after: state => assert.equal(deal(state).stepId, 5102) },
  'crm.deal.comment': { after: state => assert.equal(deal(state).notes.at(-1).text, 'Wants a discount') },
  'crm.deal.update_comment': { after: state => assert.equal(deal(state).notes[0].text, 'Got a discount') },
  'crm.deal.delete_comment': { after: state => assert.deepEqual(deal(state).notes, []) },
  'crm.deal.add_contact': { after: state => assert.deepEqual(deal(state).contacts, [9101]) },
  'crm.deal.remove_contact': { before: withContact, after: state => assert.deepEqual(deal(state).contacts, []) },
  'crm.deal.set_field': { after: state => assert.deepEqual(deal(state).values, { 5901: 'Shop' }) },
  'crm.deal.change_field': { before: filled(5901), after: state => assert.deepEqual(deal(state).values, { 5901: 'Fair' }) },
  'crm.deal.clear_field': { before: filled(5901), after: state => assert.deepEqual(deal(state).values, {}) },
  'crm.deal.set_expiration': { after: state => assert.deepEqual([deal(state).expiration.date, deal(state).expiration.notifyIn], ['2026-04-01', '1h']) },
  'crm.deal.clear_expiration': {
    before: async (world, connection) => void (await world.act(connection, 'crm.deal.set_expiration', { deal_id: 9201, date: '2026-04-01' })),
    after: state => assert.equal(deal(state).expiration, null),
  },
  'crm.deal.add_product': { after: state => assert.equal(deal(state).products[0].quantity, 2) },
  'crm.deal.change_product': { before: withProduct, after: state => assert.equal(deal(state).products[0].quantity, 3) },
  'crm.deal.remove_product': { before: withProduct, after: state => assert.deepEqual(deal(state).products, []) },
  'crm.deal.delete': { after: state => assert.equal(deal(state), undefined) },
  'crm.contact.delete': { after: state => assert.equal(contact(state), undefined) },
};

const sections = [{ name: 'Care', active: true, values: [{ key: 'Wash', value: 'by hand', active: false }] }];

// What the samples do not send.
const VARIANTS = {
  'crm.task.create': [
    { tags: [6401], fields: [{ field_id: 6301, value: '3' }], repeat: { every: 'week', weekdays: [1, 4], week: 3, start: '2026-03-02T09:00:00', ends: { times: 10 } } },
    { repeat: { every: 'day_of_month', day: 15, month: 1, ends: { last_day: '2026-12-31' } } },
    { repeat: { every: 'day', days: 2, start: '2026-03-02T09:00:00', ends: { times: 10 } } },
    { repeat: { every: 'year', day: 15, month_of_year: 3 } },
    { repeat: { every: 'weekday_of_month', weekday: 5, week: 3, month: 12 } },
  ],
  'crm.task.list': [
    { priority: 2, tag_ids: [6401], tag_match: 'all', observer_ids: [700100], parent_task_ids: [6500], fields: [{ field_id: 6301, type: FIELD_TYPES.number, value: '3' }] },
    { starts_from: '2026-01-01T00:00:00', starts_until: '2026-12-31T00:00:00', ended_from: '2026-01-01T00:00:00', ended_until: '2026-12-31T00:00:00' },
  ],
  'crm.task.attach': [{ subtask_ids: [6500] }],
  'crm.task.set_field': [{ value: undefined, values: ['3', '4'] }],
  'crm.contact.create_full': [{ fields: [{ field_id: 5401, value: 'Kyiv' }] }, { fields: [{ name: 'Shoe size', type: FIELD_TYPES.number, value: '38' }] }],
  'crm.contact.add_messenger': [{ is_main: true }],
  'crm.contact_field.update': [{ status: 2, type: FIELD_TYPES.select, shown: true, options: ['Kyiv', 'Lviv'] }],
  'crm.deal_field.update': [{ status: 0, type: FIELD_TYPES.number }],
  'crm.contact_tag.list': [{ name: 'VIP' }],
  'crm.product.list': [
    {
      form: 1, category_ids: [8901], description: 'Soft', purchases: { expression: '>=', value: 1 }, section_properties: [{ key: 'Wool', value: '100%' }],
      price: { expression: '<=', currency: 'USD', old_value: 30 },
    },
  ],
  'crm.product.create': [
    { form: 2, digital: { link: '/shop/pattern.pdf', link_external: false, preview: 'https://maple-thread.example/p.pdf', preview_external: true }, sections },
  ],
  'crm.product.add_sections': [{ sections }],
  'crm.category.create': [{ name: 'Buttons', sections }],
};

export const crm = {
  name: 'CRM',
  groups: ['CRM pipelines', 'CRM tasks', 'CRM products', 'CRM contacts', 'CRM deals', 'CRM companies', 'CRM payments', 'CRM files',
    'CRM tabs', 'CRM managers'],
  count: 149,
  prepared: { ...pipelines, ...tasks, ...taskParts, ...office, ...products, ...contacts, ...deals },
  variants: { ...VARIANTS, ...Object.fromEntries(['contact', 'deal', 'task', 'company'].map(owner => [`crm.${owner}_field.create`, everyType])) },
  lookupInput: {
    crm_stages: { pipeline_id: 7101 },
    crm_deal_fields: { pipeline_id: 7101 },
    crm_board_columns: { board_id: 6001 },
    crm_task_fields: { board_id: 6001 },
  },
};
