// What the CRM of an account holds. Contacts and deals are in it as well, since they can be written; no route reads them
// that the connector may use.

import { required, when } from './control_arguments.mjs';

const DAY = 86_400_000;
const MINUTE = 60_000;

// What SendPulse numbers the kinds of fields, of contacts, deals and tasks alike [OA:crm].
export const FIELD_TYPES = { text: 0, number: 1, date: 2, link: 3, select: 4, multiselect: 5 };

// Every kind of thing has ids of its own; a small account starts with the ones that the manifest's samples name.
const FIRST_IDS = {
  stage: 5101, tag: 5301, contactField: 5401, dealField: 5901, board: 6001, column: 6101, taskField: 6301, task: 6500,
  taskComment: 6701, checklist: 6801, checkItem: 6901, pipeline: 7101, product: 8001, price: 8101, category: 8901,
  contact: 9101, deal: 9201, company: 4101, companyEmail: 4201, companyPhone: 4301, companyMessenger: 4401, companyField: 4501,
  payment: 4601, attachment: 4701, tab: 4801, taskTag: 6401, section: 8401, sectionValue: 8501, dealProduct: 9801, manager: 1, phone: 9301, email: 9401, messenger: 9501, note: 9601, dealNote: 9701,
};

export class Crm {
  #account;
  #nextId;

  constructor(account) {
    this.#account = account;
    this.#nextId = { ...FIRST_IDS };
    this.users = [
      { id: 700_100, firstname: 'Ivy', lastname: 'Marlow', email: 'ivy@maple-thread.example' },
      { id: 700_101, firstname: 'Sam', lastname: null, email: 'sam@maple-thread.example' },
    ];
    this.messengerTypes = [
      { id: 1, name: 'Telegram' }, { id: 2, name: 'Facebook' }, { id: 4, name: 'Instagram' }, { id: 5, name: 'WhatsApp' }, { id: 6, name: 'Viber' },
    ];
    for (const name of ['pipelines', 'boards', 'tasks', 'products', 'categories', 'contacts', 'deals', 'tags', 'contactFields', 'companies',
      'companyFields', 'payments', 'attachments', 'tabs', 'taskTags', 'managers'])
      this[name] = new Map();
    this.uploads = [];
  }

  nextId(kind) {
    const id = this.#nextId[kind];
    this.#nextId[kind] += 1;
    return id;
  }

  get now() {
    return this.#account.now;
  }

  seed(name) {
    if (name === 'empty') return;
    const pipeline = this.addPipeline('Sales');
    this.addField(pipeline.fields, 'dealField', { name: 'Source of lead', type: FIELD_TYPES.text });
    const board = this.addBoard('Team');
    this.addField(board.fields, 'taskField', { name: 'Effort', type: FIELD_TYPES.number });
    const column = board.columns.keys().next().value;
    const at = this.now - 2 * DAY;
    this.addTask({ name: 'Plan the week', boardId: board.id, stepId: column, at });
    const task = this.addTask({ name: 'Call the customer', boardId: board.id, stepId: column, at });
    this.addTaskComment(task, 'Tried once');
    this.addChecklist(task, { name: 'Before the call', items: [{ name: 'Read the order' }] });
    const category = this.addCategory('Yarn');
    const product = this.addProduct({ name: 'Merino yarn', vendorCode: 'MY-1', categoryId: category.id, price: 19.5, stock: 40, at: this.now - 9 * DAY });
    this.addSection(product, { name: 'Material', values: [{ key: 'Wool', value: '100%' }] });
    this.addTag({ name: 'VIP' });
    this.addField(this.contactFields, 'contactField', { name: 'City', type: FIELD_TYPES.text });
    const contact = this.addContact({ responsibleId: 700_100, firstName: 'Jane', lastName: 'Doe' });
    this.addPart(contact.phones, 'phone', { phone: '+380500000000', isMain: true });
    this.addPart(contact.emails, 'email', { email: 'jane.d@example.com', isMain: true });
    this.addPart(contact.messengers, 'messenger', { typeId: 1, login: '@janed', isMainChatbot: false });
    this.addPart(contact.notes, 'note', { text: 'Came by', at: this.now });
    const deal = this.addDeal({ pipelineId: pipeline.id, stepId: pipeline.stages.keys().next().value, name: 'Big order', price: 1200, currency: 'USD', responsibleId: 700_100 });
    this.addPart(deal.notes, 'dealNote', { text: 'Asked for a discount', at: this.now });
    const company = this.addCompany({ companyName: 'Maple & Thread', responsibleId: 700_100 });
    this.addPart(company.emails, 'companyEmail', { email: 'hello@maple-thread.example', isMain: true });
    this.addPart(company.phones, 'companyPhone', { phone: '+441130000000', isMain: true });
    this.addPart(company.messengers, 'companyMessenger', { typeId: 1, login: '@maple_thread' });
    this.addField(this.companyFields, 'companyField', { name: 'Industry', type: FIELD_TYPES.text });
    this.addPart(this.payments, 'payment', { dealId: deal.id, contactId: contact.id, price: 120, currency: 'USD', state: 'open', at: this.now });
    this.addPart(this.attachments, 'attachment', { link: '/crm/first.pdf', entityType: 'task', entityId: task.id, at: this.now });
    this.addPart(this.tabs, 'tab', { name: 'Delivery', isVisible: true, entityType: 0, entityId: null, order: 1, fields: new Set() });
    this.addPart(this.taskTags, 'taskTag', { name: 'Urgent', colorText: '#ffffff', colorBackground: '#48c774' });
    this.addPart(this.managers, 'manager', { sectionId: 1, responsibleIds: new Set([700_100]) });
  }

  // SendPulse gives a new pipeline its first stages.
  addPipeline(name, settings = []) {
    const pipeline = { id: this.nextId('pipeline'), name, order: this.pipelines.size + 1, settings, stages: new Map(), fields: new Map() };
    this.pipelines.set(pipeline.id, pipeline);
    for (const stage of ['New lead', 'In progress']) this.addStage(pipeline, { name: stage });
    return pipeline;
  }

  addStage(pipeline, { name, order = pipeline.stages.size + 1, color = '#48c774', addEndHours, notifyIn = '0' }) {
    const stage = { id: this.nextId('stage'), pipelineId: pipeline.id, name, order, status: 1, color, addEndHours, notifyIn };
    pipeline.stages.set(stage.id, stage);
    return stage;
  }

  addField(fields, kind, { name, type = FIELD_TYPES.text, mandatory = false, options = [] }) {
    const field = { id: this.nextId(kind), name, type, mandatory, options, order: fields.size + 1, status: 1 };
    fields.set(field.id, field);
    return field;
  }

  addBoard(name, settings = []) {
    const board = { id: this.nextId('board'), name, order: this.boards.size + 1, settings, columns: new Map(), fields: new Map() };
    this.boards.set(board.id, board);
    for (const column of ['To do', 'Done']) this.addColumn(board, { name: column });
    return board;
  }

  addColumn(board, { name, color = '#48c774' }) {
    const column = { id: this.nextId('column'), name, color, order: board.columns.size + 1, boardId: board.id };
    board.columns.set(column.id, column);
    return column;
  }

  // Times of tasks are to the minute.
  addTask({ at = this.now, ...fields }) {
    const minute = at - (at % MINUTE);
    const task = {
      id: this.nextId('task'), priority: 2, description: null, responsibleId: 700_100, tags: [], observers: [], parentId: null,
      connections: {}, attributes: [], ...fields, comments: new Map(), checklists: new Map(), createdAt: minute, updatedAt: minute, endedAt: null,
      history: [{ eventType: 'created', at: minute }],
    };
    this.tasks.set(task.id, task);
    return task;
  }

  // As a change by somebody; a finished task got the end of its board.
  changeTask(task, change, event = 'updated', at = this.now) {
    const minute = at - (at % MINUTE);
    Object.assign(task, change, { updatedAt: minute });
    if (event === 'finished') task.endedAt = minute;
    if (event === 'reopened') task.endedAt = null;
    task.history.push({ eventType: event, at: minute });
    return task;
  }

  addTaskComment(task, body) {
    const comment = { id: this.nextId('taskComment'), body, at: this.now };
    task.comments.set(comment.id, comment);
    return comment;
  }

  addChecklist(task, { name, items = [] }) {
    const list = { id: this.nextId('checklist'), name, items: [] };
    for (const item of items) this.addCheckItem(list, item);
    task.checklists.set(list.id, list);
    return list;
  }

  addCheckItem(list, { name, isDone = 0 }) {
    list.items.push({ id: this.nextId('checkItem'), name, isDone: Boolean(isDone), order: list.items.length + 1 });
  }

  addCategory(name, parentId = 0, sections = []) {
    const category = { id: this.nextId('category'), name, parentId, sections };
    this.categories.set(category.id, category);
    return category;
  }

  addProduct({ at = this.now, price, stock, prices, sections = [], ...fields }) {
    const product = {
      id: this.nextId('product'), description: '', shortDescription: '', images: [], vendorCode: '', categoryId: null, availability: 1,
      visible: 1, type: 1, productType: 1, balance: stock === undefined ? null : { type: 1, value: stock }, seo: null, digitalInfo: null, sold: 0, ...fields, createdAt: at, prices: [], sections: [],
    };
    for (const each of prices ?? [{ currency: 'USD', value: price, isDefault: true }]) this.addPrice(product, each);
    for (const each of sections) this.addSection(product, each);
    this.products.set(product.id, product);
    return product;
  }

  addPrice(product, { currency, value, oldValue = 0, isDefault = false }) {
    product.prices.push({ id: this.nextId('price'), currency, value, oldValue, isDefault, productId: product.id });
  }

  addTag({ name, colorText = '#ffffff', colorBackground = '#48c774' }) {
    const tag = { id: this.nextId('tag'), name, colorText, colorBackground };
    this.tags.set(tag.id, tag);
    return tag;
  }

  addContact(fields) {
    const contact = {
      id: this.nextId('contact'), firstName: '', lastName: '', externalContactId: '', ...fields, phones: new Map(), emails: new Map(),
      messengers: new Map(), notes: new Map(), tags: new Set(), values: new Map(), attachments: [], createdAt: this.now, updatedAt: this.now,
    };
    this.contacts.set(contact.id, contact);
    return contact;
  }

  addCompany(fields) {
    const company = {
      id: this.nextId('company'), responsibleId: 700_100, address: null, annualBusinessVolume: null, currency: null, ...fields, emails: new Map(), phones: new Map(),
      messengers: new Map(), contacts: new Set(), createdAt: this.now, updatedAt: this.now,
    };
    this.companies.set(company.id, company);
    return company;
  }

  addSection(product, { name, status = 1, values = [] }) {
    const section = { id: this.nextId('section'), name, status, productId: product.id };
    section.values = values.map(({ key, value, status: active = 1 }) => ({ id: this.nextId('sectionValue'), sectionId: section.id, key, value, status: active }));
    product.sections.push(section);
  }

  addDeal(fields) {
    const deal = {
      id: this.nextId('deal'), status: 1, number: this.deals.size + 1, currency: 'USD', sourceId: null, ...fields, notes: new Map(), contacts: new Set(),
      values: new Map(), products: new Map(), expiration: null, attachments: [], createdAt: this.now, updatedAt: this.now,
    };
    this.deals.set(deal.id, deal);
    return deal;
  }

  addPart(parts, kind, fields) {
    const part = { id: this.nextId(kind), ...fields };
    parts.set(part.id, part);
    return part;
  }

  describe() {
    const plain = value => {
      if (value instanceof Map) return [...value.values()].map(plain);
      if (value instanceof Set) return [...value];
      if (Array.isArray(value)) return value.map(plain);
      if (value === null || typeof value !== 'object') return value;
      return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, name === 'values' ? Object.fromEntries(member) : plain(member)]));
    };
    const { pipelines, boards, tasks, products, categories, contacts, deals, tags, contactFields } = this;
    const { companies, companyFields, payments, attachments, tabs, taskTags, managers, uploads } = this;
    return plain({
      pipelines, boards, tasks, products, categories, contacts, deals, tags, contactFields, companies, companyFields, payments, attachments, tabs, taskTags,
      managers, uploads: uploads.map(({ link }) => link),
    });
  }
}

const boardOf = (crm, id) => (id === undefined ? crm.boards.values().next().value : required(crm.boards, id, 'board'));

function addTask({ account, body }) {
  const { crm } = account;
  const board = boardOf(crm, body.board_id);
  const { id } = crm.addTask({
    name: body.name ?? 'Task',
    boardId: board.id,
    stepId: board.columns.keys().next().value,
    responsibleId: body.responsible_id ?? 700_100,
    at: when(account, body.created),
  });
  return { id };
}

function changeTask({ account, params, body }) {
  const task = required(account.crm.tasks, params.id, 'task');
  const { event, at, ...change } = body;
  account.crm.changeTask(task, change, event, when(account, at));
  return { id: task.id };
}

function changeProduct({ account, params, body }) {
  const product = required(account.crm.products, params.id, 'product');
  if (body.price !== undefined) product.prices[0].value = body.price;
  if (body.stock !== undefined) product.balance = { type: 1, value: body.stock };
  if (body.visible !== undefined) product.visible = body.visible;
  if (body.name !== undefined) product.name = body.name;
  return { id: product.id };
}

export const crmControl = {
  'POST /crm/pipelines': ({ account, body }) => ({ id: account.crm.addPipeline(body.name).id }),
  'DELETE /crm/pipelines/{id}': ({ account, params }) => ({ removed: account.crm.pipelines.delete(params.id) }),
  'POST /crm/pipelines/{id}/stages': ({ account, params, body }) => ({
    id: account.crm.addStage(required(account.crm.pipelines, params.id, 'pipeline'), body).id,
  }),
  'POST /crm/tasks': addTask,
  'PATCH /crm/tasks/{id}': changeTask,
  'DELETE /crm/tasks/{id}': ({ account, params }) => ({ removed: account.crm.tasks.delete(params.id) }),
  'POST /crm/products': ({ account, body }) => ({ id: account.crm.addProduct({ price: 10, stock: 5, ...body, at: when(account, body.created) }).id }),
  'PATCH /crm/products/{id}': changeProduct,
  'DELETE /crm/products/{id}': ({ account, params }) => ({ removed: account.crm.products.delete(params.id) }),
};
