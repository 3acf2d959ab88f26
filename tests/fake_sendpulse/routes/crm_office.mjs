// CRM: payments recorded by hand, uploaded and attached files, custom tabs, responsible managers [OA:crm].

import { created, emptyAnswer, noContent } from '../answers.mjs';
import { assignGiven, crmCheck, crmRefusal, found, invalid, oneOf } from '../crm_refusals.mjs';

const iso = ms => new Date(ms).toISOString().replace('Z', '+00:00');

const paymentRow = (crm, { id, dealId, price, currency, description = null, state, at }) => ({
  id, name: crm.deals.get(dealId)?.name ?? '', price: { amount: String(price), currency }, status: { open: 1, approved: 2, canceled: 3 }[state],
  orderId: String(id), paymentDescription: description, createdAt: iso(at), promoCode: '', promoCodeDiscount: 0,
});

// A payment is decided once; the same decision again changes nothing.
const decided = state => call => {
  const payment = found(call.account.crm.payments, call.params.paymentId, 'Payment');
  if (payment.state !== 'open' && payment.state !== state) throw crmRefusal(422, 'The payment cannot be changed');
  payment.state = state;
  return emptyAnswer(200);
};

const attachmentRow = (account, { id, link, entityId, entityType, at }) => ({
  id, link, entityId, entityType, createdAt: account.stamp(at).slice(0, 16), updatedAt: account.stamp(account.now).slice(0, 16),
});

function attach({ account, body }) {
  crmCheck(body, { attachments: 'object[]!' });
  for (const each of body.attachments) {
    crmCheck(each, { link: 'text!', entityId: 'integer!', entityType: 'text!' });
    oneOf(each, 'entityType', ['deal', 'task', 'contact', 'dealComment', 'taskComment', 'contactComment']);
    const owners = { deal: account.crm.deals, task: account.crm.tasks, contact: account.crm.contacts }[each.entityType];
    if (owners) found(owners, each.entityId, 'Entity');
  }
  return created({ data: body.attachments.map(each => attachmentRow(account, account.crm.addPart(account.crm.attachments, 'attachment', { ...each, at: account.now }))) });
}

const attachmentOf = ({ account, params }) => found(account.crm.attachments, params.attachmentId, 'Attachment');

function upload({ account, body }) {
  crmCheck(body, { files: 'object[]!' });
  for (const { filename, bytes } of body.files) if (!filename || !Buffer.isBuffer(bytes)) throw invalid('files', 'is no file');
  return created({ data: body.files.map(({ filename, bytes }) => {
    account.crm.uploads.push({ link: `/crm/${filename}`, bytes });
    return { link: `/crm/${filename}` };
  }) });
}

const TAB_OWNER = { entityType: 'integer!', entityId: 'integer' };

// The tab's owner is named in full: pipelines and boards with their id.
function checkOwner({ account, body }) {
  oneOf(body, 'entityType', [0, 1, 2, 3]);
  const owners = [undefined, account.crm.pipelines, account.crm.boards][body.entityType];
  if (owners) found(owners, body.entityId ?? 0, 'Entity');
}

function tabOf(call, description) {
  crmCheck(call.body, { ...TAB_OWNER, ...description });
  checkOwner(call);
  const tab = found(call.account.crm.tabs, call.params.customTabId, 'Tab');
  if (tab.entityType !== call.body.entityType || (tab.entityId ?? undefined) !== call.body.entityId) throw crmRefusal(404, 'Tab not found');
  return tab;
}

const tabRow = (account, { id, name, isVisible, entityType, entityId }) => ({
  id, name, userId: account.userId, isVisible, isDefault: false, type: 0, entityType, ...(entityId === null ? {} : { entityId }),
});

function tabs({ account }) {
  const of = type => [...account.crm.tabs.values()].filter(({ entityType }) => entityType === type)
    .map(tab => ({ ...tabRow(account, tab), attributes: [...tab.fields].map(attributeId => ({ attributeId, attributeType: 0 })) }));
  return { contact: of(0), pipeline: of(1), board: of(2), company: of(3) };
}

const managers = crm => [...crm.managers.values()].flatMap(({ sectionId, responsibleIds }) => [...responsibleIds].map(responsibleId => ({ sectionId, responsibleId })));
const settingOf = ({ account, params }) => found(account.crm.managers, params.settingId, 'Setting');

function checkManagers({ account, body }, description) {
  crmCheck(body, description);
  for (const id of body.responsibleIds) if (!account.crm.users.some(user => user.id === id)) throw invalid('responsibleIds', 'is invalid');
}

const MANAGERS = { sectionId: 'integer!', responsibleIds: 'integer[]!' };

export const crmOffice = {
  'POST /crm/v1/payments': ({ account, body }) => {
    crmCheck(body, { dealId: 'integer!', contactId: 'integer!', description: 'string', price: 'integer!', currency: 'text!' });
    found(account.crm.deals, body.dealId, 'Deal');
    found(account.crm.contacts, body.contactId, 'Contact');
    return created(paymentRow(account.crm, account.crm.addPart(account.crm.payments, 'payment', { ...body, state: 'open', at: account.now })));
  },
  'POST /crm/v1/payments/{paymentId}/approve': decided('approved'),
  'POST /crm/v1/payments/{paymentId}/cancel': decided('canceled'),

  'POST /crm/v1/files/upload': upload,
  'POST /crm/v1/attachments/batch': attach,
  'PUT /crm/v1/attachments/{attachmentId}': call => {
    crmCheck(call.body, { link: 'text!' });
    return { data: attachmentRow(call.account, assignGiven(attachmentOf(call), call.body, ['link'])) };
  },
  'DELETE /crm/v1/attachments/{attachmentId}': call => {
    call.account.crm.attachments.delete(attachmentOf(call).id);
    return noContent();
  },

  'GET /crm/v1/custom-tab': tabs,
  'POST /crm/v1/custom-tab': call => {
    crmCheck(call.body, { ...TAB_OWNER, name: 'text!' });
    checkOwner(call);
    const { name, entityType, entityId = null } = call.body;
    return created(tabRow(call.account, call.account.crm.addPart(call.account.crm.tabs, 'tab', { name, isVisible: true, entityType, entityId, order: 1, fields: new Set() })));
  },
  'PUT /crm/v1/custom-tab/{customTabId}': call =>
    tabRow(call.account, assignGiven(tabOf(call, { order: 'integer', name: 'text', isVisible: 'boolean' }), call.body, ['order', 'name', 'isVisible'])),
  'DELETE /crm/v1/custom-tab/{customTabId}': call => {
    call.account.crm.tabs.delete(tabOf(call).id);
    return noContent();
  },
  'POST /crm/v1/custom-tab/{customTabId}/relation': call => {
    const { fields } = tabOf(call, { entityIds: 'integer[]!' });
    for (const id of call.body.entityIds) fields.add(id);
    return emptyAnswer(200);
  },
  'DELETE /crm/v1/custom-tab/{customTabId}/relation': call => {
    const { fields } = tabOf(call, { entityIds: 'integer[]!' });
    for (const id of call.body.entityIds) fields.delete(id);
    return emptyAnswer(200);
  },

  'GET /crm/v1/manager-settings/sections': ({ account }) => ({ data: managers(account.crm) }),
  'GET /crm/v1/manager-settings/managers': ({ account }) => ({ data: managers(account.crm) }),
  'GET /crm/v1/manager-settings/{sectionId}': ({ account, params }) => ({ data: managers(account.crm).filter(({ sectionId }) => sectionId === Number(params.sectionId)) }),
  'POST /crm/v1/manager-settings': call => {
    checkManagers(call, MANAGERS);
    const { sectionId, responsibleIds } = call.body;
    call.account.crm.addPart(call.account.crm.managers, 'manager', { sectionId, responsibleIds: new Set(responsibleIds) });
    return { data: { sectionId, responsibleId: responsibleIds[0] } };
  },
  'PUT /crm/v1/manager-settings/{settingId}': call => {
    checkManagers(call, MANAGERS);
    const { sectionId, responsibleIds } = call.body;
    Object.assign(settingOf(call), { sectionId, responsibleIds: new Set(responsibleIds) });
    return { data: { sectionId, responsibleId: responsibleIds[0] } };
  },
  'DELETE /crm/v1/manager-settings/{settingId}': call => {
    checkManagers(call, { responsibleIds: 'integer[]!' });
    const setting = settingOf(call);
    for (const id of call.body.responsibleIds) setting.responsibleIds.delete(id);
    return noContent();
  },
};
