// CRM companies [OA:crm]. Only the writes, as of contacts: a read of a company is a 404 here.

import { emptyAnswer, noContent } from '../answers.mjs';
import { isEmail } from '../arguments.mjs';
import { assignGiven, crmCheck, found, invalid, oneOf } from '../crm_refusals.mjs';
import { changeField, FIELD, newField } from './crm_pipelines.mjs';

const companyOf = ({ account, params }) => found(account.crm.companies, params.companyId, 'Company');
const COMPANY = { companyName: 'text', responsibleId: 'integer', annualBusinessVolume: 'integer', currency: 'string' };
const iso = ms => new Date(ms).toISOString().replace('Z', '+00:00');

function checkCompany({ account, body }, description) {
  crmCheck(body, description);
  if (body.companyName?.length > 100) throw invalid('companyName', 'may not be greater than 100 characters');
  if (body.annualBusinessVolume !== undefined && body.currency === undefined) throw invalid('currency', 'is required');
  if (body.responsibleId !== undefined && !account.crm.users.some(({ id }) => id === body.responsibleId)) throw invalid('responsibleId', 'is invalid');
}

const row = company => ({
  id: company.id,
  companyName: company.companyName,
  responsibleId: company.responsibleId,
  address: company.address,
  annualBusinessVolume: company.annualBusinessVolume,
  currency: company.currency,
  messengers: [...company.messengers.values()],
  phones: [...company.phones.values()],
  emails: [...company.emails.values()],
  attributes: [],
  contacts: [...company.contacts].map(id => ({ id })),
  attachments: [],
  createdAt: iso(company.createdAt),
  updatedAt: iso(company.updatedAt),
});

// The parts of a company: one description for what a batch adds, one for what a change has in `data`.
const PARTS = {
  emails: { id: 'emailId', kind: 'companyEmail', added: { email: 'text!', isMain: 'boolean' }, changed: { email: 'text', isMain: 'boolean' } },
  phones: { id: 'phoneId', kind: 'companyPhone', added: { phone: 'text!', isMain: 'boolean' }, changed: { phone: 'text', isMain: 'boolean' } },
  messengers: { id: 'messengerId', kind: 'companyMessenger', added: { typeId: 'integer!', login: 'text!', botId: 'string' }, changed: { typeId: 'integer', login: 'text' } },
};

function checkPart(crm, part, description) {
  crmCheck(part, description);
  if (part.email !== undefined && (!isEmail(part.email) || part.email.length > 50)) throw invalid('email', 'is invalid');
  if (part.phone?.length > 50) throw invalid('phone', 'is invalid');
  if (part.typeId !== undefined) oneOf(part, 'typeId', crm.messengerTypes.map(({ id }) => id));
}

const partRoutes = Object.entries(PARTS).flatMap(([name, { id, kind, added, changed }]) => [
  [`POST /crm/v1/companies/{companyId}/${name}/batch`, call => {
    const { crm } = call.account;
    const company = companyOf(call);
    crmCheck(call.body, { [name]: 'object[]!' });
    for (const each of call.body[name]) checkPart(crm, each, added);
    return { data: call.body[name].map(each => crm.addPart(company[name], kind, { ...(name === 'messengers' ? {} : { isMain: false }), ...each })) };
  }],
  [`PUT /crm/v1/companies/{companyId}/${name}/{${id}}`, call => {
    crmCheck(call.body, { data: 'object!' });
    checkPart(call.account.crm, call.body.data, changed);
    return { data: assignGiven(found(companyOf(call)[name], call.params[id], name), call.body.data, Object.keys(changed)) };
  }],
  [`DELETE /crm/v1/companies/{companyId}/${name}/{${id}}`, call => {
    const parts = companyOf(call)[name];
    parts.delete(found(parts, call.params[id], name).id);
    return noContent();
  }],
]);

const fieldOf = ({ account, params }) => found(account.crm.companyFields, params.attribute, 'Attribute');

export const crmCompanies = {
  'POST /crm/v1/companies': call => {
    checkCompany(call, { ...COMPANY, companyName: 'text!', address: 'string' });
    return { data: row(call.account.crm.addCompany(call.body)) };
  },
  'PUT /crm/v1/companies/{companyId}': call => {
    checkCompany(call, COMPANY);
    return { data: row(assignGiven(companyOf(call), call.body, Object.keys(COMPANY))) };
  },
  'DELETE /crm/v1/companies/{companyId}': call => {
    call.account.crm.companies.delete(companyOf(call).id);
    return noContent();
  },
  'POST /crm/v1/contacts/{contactId}/relation/{companyId}': call => {
    companyOf(call).contacts.add(found(call.account.crm.contacts, call.params.contactId, 'Contact').id);
    return emptyAnswer(200);
  },
  'DELETE /crm/v1/contacts/{contactId}/relation/{companyId}': call => {
    companyOf(call).contacts.delete(found(call.account.crm.contacts, call.params.contactId, 'Contact').id);
    return emptyAnswer(200);
  },
  ...Object.fromEntries(partRoutes),
  'GET /crm/v1/companies/attributes': ({ account }) => ({ data: [...account.crm.companyFields.values()] }),
  'POST /crm/v1/companies/attributes': ({ account, body }) => ({ data: account.crm.addField(account.crm.companyFields, 'companyField', newField(body)) }),
  'PUT /crm/v1/companies/attributes/{attribute}': call => {
    crmCheck(call.body, { ...FIELD, order: 'integer!' });
    oneOf(call.body, 'status', [0, 1, 2]);
    return { data: changeField(fieldOf(call), call.body) };
  },
  'DELETE /crm/v1/companies/attributes/{attribute}': call => {
    call.account.crm.companyFields.delete(fieldOf(call).id);
    return noContent();
  },
};
