// CRM contacts and deals, and what they are made of [OA:crm]. Only the writes: a read of a contact or a deal is a 404
// here, so that a connector that tries one is found out.

import { created, emptyAnswer, noContent } from '../answers.mjs';
import { isEmail } from '../arguments.mjs';
import { assignGiven, crmCheck, found, invalid, NOTIFY, oneOf } from '../crm_refusals.mjs';
import { changeField, newField } from './crm_pipelines.mjs';

const contactOf = ({ account, params }) => found(account.crm.contacts, params.contactId, 'Contact');
const dealOf = ({ account, params }) => found(account.crm.deals, params.dealId, 'Deal');
const iso = ms => new Date(ms).toISOString().replace('Z', '+00:00');

const tagRow = (crm, tag) => ({
  ...tag,
  contactCount: [...crm.contacts.values()].filter(({ tags }) => tags.has(tag.id)).length,
  taskCount: [...crm.tasks.values()].filter(({ tags }) => tags.includes(tag.id)).length,
});

const filledField = (field, value) => ({
  id: field.id, name: field.name, status: 1, type: field.type, mandatory: field.mandatory, order: field.order, options: field.options,
  value: { type: 'string', value },
});

const noteRow = (account, { id, text, at }) => ({ id, userId: account.userId, text, createdAt: iso(at), updatedAt: iso(account.now), attachments: [], childCount: 0, childUsers: [] });
const dealNoteRow = (account, { id, text, at }) => ({ id, userId: account.userId, eventData: { text }, status: 1, eventTime: iso(at), createdAt: iso(at), updatedAt: iso(account.now), attachments: [], childCount: 0, childUsers: [] });

const contactRow = (account, contact) => ({
  id: contact.id,
  userId: account.userId,
  sourceType: 'manually',
  responsibleId: contact.responsibleId,
  firstName: contact.firstName,
  lastName: contact.lastName,
  dealsQty: 0,
  externalContactId: contact.externalContactId,
  comments: [],
  tags: [...contact.tags].map(id => tagRow(account.crm, account.crm.tags.get(id))),
  phones: [...contact.phones.values()],
  emails: [...contact.emails.values()],
  messengers: [...contact.messengers.values()],
  attributes: [...contact.values].map(([id, value]) => filledField(account.crm.contactFields.get(id), value)),
  history: [],
  tasks: [],
  createdAt: iso(contact.createdAt),
  updatedAt: iso(contact.updatedAt),
});

const dealRow = (account, deal) => ({
  id: deal.id,
  pipelineId: deal.pipelineId,
  status: deal.status,
  stepId: deal.stepId,
  responsibleId: deal.responsibleId ?? null,
  number: deal.number,
  name: deal.name,
  price: deal.price ?? null,
  currency: deal.currency,
  sourceId: deal.sourceId ?? undefined,
  history: [],
  comments: [],
  attributes: [],
  createdAt: iso(deal.createdAt),
  updatedAt: iso(account.now),
});

function responsible({ account, body }) {
  if (body.responsibleId !== undefined && !account.crm.users.some(({ id }) => id === body.responsibleId)) throw invalid('responsibleId', 'is invalid');
}

function createContact(call) {
  crmCheck(call.body, { responsibleId: 'integer!', firstName: 'string', lastName: 'string', externalContactId: 'string' });
  responsible(call);
  return { data: contactRow(call.account, call.account.crm.addContact(call.body)) };
}

// The call that SendPulse calls deprecated: the only one that takes everything.
function createWhole(call) {
  const { account, body } = call;
  const { crm } = account;
  crmCheck(body, {
    responsibleId: 'integer!', firstName: 'string', lastName: 'string', phones: 'text[]', emails: 'text[]', tags: 'integer[]', attributes: 'object[]',
    messengers: 'object[]', attachments: 'string[]',
  });
  responsible(call);
  for (const email of body.emails ?? []) if (!isEmail(email)) throw invalid('emails', 'is invalid');
  for (const id of body.tags ?? []) found(crm.tags, id, 'Tag');
  const fields = (body.attributes ?? []).map(each => {
    crmCheck(each, { attributeId: 'integer', name: 'text', value: 'string!', type: 'integer' });
    if (each.attributeId !== undefined) return [found(crm.contactFields, each.attributeId, 'Attribute'), each.value];
    if (each.name === undefined) throw invalid('attributes', 'is invalid');
    return [[...crm.contactFields.values()].find(({ name }) => name === each.name) ?? crm.addField(crm.contactFields, 'contactField', each), each.value];
  });
  for (const each of body.messengers ?? []) crmCheck(each, { typeId: 'integer!', login: 'text!' });
  const contact = crm.addContact({ responsibleId: body.responsibleId, firstName: body.firstName ?? '', lastName: body.lastName ?? '' });
  for (const [i, phone] of (body.phones ?? []).entries()) crm.addPart(contact.phones, 'phone', { phone, isMain: i === 0 });
  for (const [i, email] of (body.emails ?? []).entries()) crm.addPart(contact.emails, 'email', { email, isMain: i === 0 });
  for (const each of body.messengers ?? []) crm.addPart(contact.messengers, 'messenger', { ...each, isMainChatbot: false });
  for (const id of body.tags ?? []) contact.tags.add(id);
  for (const [field, value] of fields) contact.values.set(field.id, value);
  contact.attachments = body.attachments ?? [];
  return { data: contactRow(account, contact) };
}

const PHONE = { phone: 'text!' };
const MESSENGER = { typeId: 'integer!', login: 'text!', isMainChatbot: 'boolean' };

function addEmails(call) {
  const contact = contactOf(call);
  crmCheck(call.body, { emails: 'object[]!' });
  for (const each of call.body.emails) {
    crmCheck(each, { email: 'text!', isMain: 'boolean' });
    if (!isEmail(each.email) || each.email.length > 50) throw invalid('emails', 'is invalid');
  }
  return { data: call.body.emails.map(({ email, isMain = false }) => call.account.crm.addPart(contact.emails, 'email', { email, isMain })) };
}

function changed(call, parts, what, description) {
  crmCheck(call.body, description);
  return { data: assignGiven(found(parts, call.params[`${what}Id`], what), call.body, Object.keys(description)) };
}

function removed(call, parts, what) {
  parts.delete(found(parts, call.params[`${what}Id`], what).id);
  return noContent();
}

const VALUE = { value: 'text!' };

// `fields` of the owner's kind, `values` of the owner.
function fill(call, fields, values) {
  crmCheck(call.body, { attributeId: 'integer!', ...VALUE });
  const field = found(fields, call.body.attributeId, 'Attribute');
  if (values.has(field.id)) throw invalid('attributeId', 'has a value already');
  values.set(field.id, call.body.value);
  return { data: filledField(field, call.body.value) };
}

function refill(call, fields, values) {
  crmCheck(call.body, VALUE);
  const field = found(fields, call.params.attributeId, 'Attribute');
  if (!values.has(field.id)) throw invalid('attributeId', 'has no value');
  values.set(field.id, call.body.value);
  return { data: filledField(field, call.body.value) };
}

function clear(call, fields, values) {
  values.delete(found(fields, call.params.attributeId, 'Attribute').id);
  return noContent();
}

function fillMany(call) {
  const contact = contactOf(call);
  crmCheck(call.body, { attributesValues: 'object[]!' });
  for (const each of call.body.attributesValues) {
    crmCheck(each, { attributeId: 'integer!', ...VALUE });
    contact.values.set(found(call.account.crm.contactFields, each.attributeId, 'Attribute').id, each.value);
  }
  return created({ data: call.body.attributesValues });
}

const TAG = { name: 'text!', colorText: 'string', colorBackground: 'string' };
const tagOf = ({ account, params }) => found(account.crm.tags, params.tagId, 'Tag');

function tags({ account, query }) {
  const rows = [...account.crm.tags.values()].filter(
    ({ name }) => (query.name === undefined || name === query.name) && (query.search === undefined || name.toLowerCase().includes(query.search.toLowerCase())),
  );
  return { data: rows.map(tag => tagRow(account.crm, tag)) };
}

const DEAL = { pipelineId: 'integer!', stepId: 'integer!', responsibleId: 'integer', name: 'text', price: 'number', currency: 'string', sourceId: 'integer' };

function place(account, { pipelineId, stepId }) {
  found(found(account.crm.pipelines, pipelineId, 'Pipeline').stages, stepId, 'Step');
}

function createDeal(call) {
  const { account, body } = call;
  const { contact = [], attributes = [], attachments = [], ...fields } = crmCheck(body, { ...DEAL, contact: 'integer[]', attributes: 'object[]', attachments: 'string[]' });
  responsible(call);
  place(account, body);
  if (body.currency !== undefined && !/^[A-Z]{3}$/.test(body.currency)) throw invalid('currency', 'is invalid');
  const { fields: known } = account.crm.pipelines.get(body.pipelineId);
  for (const each of attributes) {
    crmCheck(each, { attributeId: 'integer!', value: 'string!' });
    found(known, each.attributeId, 'Attribute');
  }
  for (const id of contact) found(account.crm.contacts, id, 'Contact');
  const deal = account.crm.addDeal({ name: 'Deal', ...fields });
  for (const id of contact) deal.contacts.add(id);
  for (const { attributeId, value } of attributes) deal.values.set(attributeId, value);
  deal.attachments = attachments;
  return { data: dealRow(account, deal) };
}

function updateDeal(call) {
  const deal = dealOf(call);
  crmCheck(call.body, { ...DEAL, status: 'integer!', name: 'text!', price: 'number!', order: 'integer' });
  oneOf(call.body, 'status', [0, 1, 2, 3]);
  if (call.body.currency !== undefined && !/^[A-Z]{3}$/.test(call.body.currency)) throw invalid('currency', 'is invalid');
  responsible(call);
  place(call.account, call.body);
  return { data: dealRow(call.account, assignGiven(deal, call.body, Object.keys(call.body))) };
}

function expire(call) {
  const deal = dealOf(call);
  crmCheck(call.body, { date: 'date', time: 'string', notifyIn: 'string?', dealAction: 'integer?' });
  if (call.body.time !== undefined && !/^\d\d:\d\d(:\d\d)?$/.test(call.body.time)) throw invalid('time', 'is invalid');
  oneOf(call.body, 'notifyIn', [null, ...NOTIFY]);
  const { date, time = null, notifyIn = null } = call.body;
  deal.expiration = { date, time, dateTime: `${date}T${(time ?? '00:00').slice(0, 5)}:00+00:00`, notificationEnabled: notifyIn !== null, notifyIn, expired: false, expires_within_day: false };
  return { data: deal.expiration };
}

const fieldsOfDeal = call => call.account.crm.pipelines.get(dealOf(call).pipelineId).fields;
const MESSAGE = { message: 'text!' };

export const crmRecords = {
  'POST /crm/v1/contacts': createWhole,
  'POST /crm/v1/contacts/create': createContact,
  'PUT /crm/v1/contacts/{contactId}': call => {
    crmCheck(call.body, { responsibleId: 'integer!', firstName: 'string', lastName: 'string' });
    responsible(call);
    const contact = assignGiven(contactOf(call), call.body, ['responsibleId', 'firstName', 'lastName']);
    return { data: contactRow(call.account, contact) };
  },
  'DELETE /crm/v1/contacts/{contactId}': call => {
    call.account.crm.contacts.delete(contactOf(call).id);
    return noContent();
  },
  'DELETE /crm/v1/deals/{dealId}': call => {
    call.account.crm.deals.delete(dealOf(call).id);
    return noContent();
  },
  'POST /crm/v1/contacts/{contactId}/comments': call => {
    crmCheck(call.body, MESSAGE);
    const note = call.account.crm.addPart(contactOf(call).notes, 'note', { text: call.body.message, at: call.account.now });
    return { data: noteRow(call.account, note) };
  },
  'PUT /crm/v1/contacts/{contactId}/comments/{commentId}': call => {
    crmCheck(call.body, MESSAGE);
    const note = found(contactOf(call).notes, call.params.commentId, 'Comment');
    note.text = call.body.message;
    return { data: noteRow(call.account, note) };
  },
  'DELETE /crm/v1/contacts/{contactId}/comments/{commentId}': call => removed(call, contactOf(call).notes, 'comment'),
  'POST /crm/v1/contacts/{contactId}/phones': call => {
    crmCheck(call.body, PHONE);
    const { phones } = contactOf(call);
    return { data: call.account.crm.addPart(phones, 'phone', { phone: call.body.phone, isMain: phones.size === 0 }) };
  },
  'PUT /crm/v1/contacts/{contactId}/phones/{phoneId}': call => changed(call, contactOf(call).phones, 'phone', PHONE),
  'DELETE /crm/v1/contacts/{contactId}/phones/{phoneId}': call => removed(call, contactOf(call).phones, 'phone'),
  'POST /crm/v1/contacts/{contactId}/emails': addEmails,
  'PUT /crm/v1/contacts/{contactId}/emails/{emailId}': call => changed(call, contactOf(call).emails, 'email', { email: 'text!' }),
  'DELETE /crm/v1/contacts/{contactId}/emails/{emailId}': call => removed(call, contactOf(call).emails, 'email'),
  'POST /crm/v1/contacts/{contactId}/messengers': call => {
    crmCheck(call.body, MESSENGER);
    return { data: call.account.crm.addPart(contactOf(call).messengers, 'messenger', { isMainChatbot: false, ...call.body }) };
  },
  'PUT /crm/v1/contacts/{contactId}/messengers/{messengerId}': call => changed(call, contactOf(call).messengers, 'messenger', MESSENGER),
  'DELETE /crm/v1/contacts/{contactId}/messengers/{messengerId}': call => removed(call, contactOf(call).messengers, 'messenger'),
  'POST /crm/v1/contacts/{contactId}/attributes': call => fill(call, call.account.crm.contactFields, contactOf(call).values),
  'POST /crm/v1/contacts/{contactId}/attributes/batch': fillMany,
  'PUT /crm/v1/contacts/{contactId}/attributes/{attributeId}': call => refill(call, call.account.crm.contactFields, contactOf(call).values),
  'DELETE /crm/v1/contacts/{contactId}/attributes/{attributeId}': call => clear(call, call.account.crm.contactFields, contactOf(call).values),

  'GET /crm/v1/contact-tags': tags,
  'POST /crm/v1/contact-tags': ({ account, body }) => ({ data: tagRow(account.crm, account.crm.addTag(crmCheck(body, TAG))) }),
  'PUT /crm/v1/contact-tags/{tagId}': call => {
    crmCheck(call.body, TAG);
    return { data: tagRow(call.account.crm, assignGiven(tagOf(call), call.body, Object.keys(TAG))) };
  },
  'DELETE /crm/v1/contact-tags/{tagId}': call => {
    const tag = tagOf(call);
    call.account.crm.tags.delete(tag.id);
    for (const contact of call.account.crm.contacts.values()) contact.tags.delete(tag.id);
    return noContent();
  },
  'POST /crm/v1/contact-tags/{tagId}/contact/{contactId}': call => {
    contactOf(call).tags.add(tagOf(call).id);
    return emptyAnswer(201);
  },
  'DELETE /crm/v1/contact-tags/{tagId}/contact/{contactId}': call => {
    contactOf(call).tags.delete(tagOf(call).id);
    return noContent();
  },

  'GET /crm/v1/contacts/attributes': ({ account }) => ({ data: [...account.crm.contactFields.values()] }),
  'POST /crm/v1/contacts/attributes': ({ account, body }) => ({ data: account.crm.addField(account.crm.contactFields, 'contactField', newField(body)) }),
  'PUT /crm/v1/contacts/attributes/{attributeId}': call => ({
    data: changeField(found(call.account.crm.contactFields, call.params.attributeId, 'Attribute'), call.body),
  }),
  'DELETE /crm/v1/contacts/attributes/{attributeId}': call => {
    const { contactFields } = call.account.crm;
    contactFields.delete(found(contactFields, call.params.attributeId, 'Attribute').id);
    return noContent();
  },
  'GET /crm/v1/messenger-types': ({ account }) => ({ data: account.crm.messengerTypes }),

  'POST /crm/v1/deals': createDeal,
  'PUT /crm/v1/deals/{dealId}': updateDeal,
  'POST /crm/v1/deals/{dealId}/change-pipeline': call => {
    crmCheck(call.body, { pipelineId: 'integer!', stepId: 'integer!' });
    place(call.account, call.body);
    Object.assign(dealOf(call), call.body);
    return emptyAnswer(200);
  },
  'POST /crm/v1/deals/{dealId}/comments': call => {
    crmCheck(call.body, MESSAGE);
    const note = call.account.crm.addPart(dealOf(call).notes, 'dealNote', { text: call.body.message, at: call.account.now });
    return { data: dealNoteRow(call.account, note) };
  },
  'PUT /crm/v1/deals/{dealId}/comments/{commentId}': call => {
    crmCheck(call.body, MESSAGE);
    const note = found(dealOf(call).notes, call.params.commentId, 'Comment');
    note.text = call.body.message;
    return { data: dealNoteRow(call.account, note) };
  },
  'DELETE /crm/v1/deals/{dealId}/comments/{commentId}': call => removed(call, dealOf(call).notes, 'comment'),
  'POST /crm/v1/deals/{dealId}/contacts/{contactId}': call => {
    dealOf(call).contacts.add(contactOf(call).id);
    return emptyAnswer(201);
  },
  'DELETE /crm/v1/deals/{dealId}/contacts/{contactId}': call => {
    dealOf(call).contacts.delete(contactOf(call).id);
    return noContent();
  },
  'POST /crm/v1/deals/{dealId}/attributes': call => fill(call, fieldsOfDeal(call), dealOf(call).values),
  'PUT /crm/v1/deals/{dealId}/attributes/{attributeId}': call => refill(call, fieldsOfDeal(call), dealOf(call).values),
  'DELETE /crm/v1/deals/{dealId}/attributes/{attributeId}': call => clear(call, fieldsOfDeal(call), dealOf(call).values),
  'PUT /crm/v1/deals/{dealId}/expiration': expire,
  'DELETE /crm/v1/deals/{dealId}/expiration': call => {
    dealOf(call).expiration = null;
    return noContent();
  },
};
