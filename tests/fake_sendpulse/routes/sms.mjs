// SMS [OA:sms]. Where the description says "a list of one", recordings have the object itself [GO]; this is what is answered.

import { parseStamp } from '../clock.mjs';
import { each, fields, oneOf, required, shape } from '../fields.mjs';
import { invalidArgument, refuse, Refusal } from '../refusals.mjs';
import { emptyAsArray } from './rows.mjs';

const SENDER_STATUS = ['In moderation', 'Active', 'Rejected'];
const PHONE_STATUS = { 0: 'Queued', 2: 'Delivered', 12: 'Not delivered' };

// A refusal of SMS comes as HTTP 200 with result:false [OA:sms].
const soft = message => new Refusal(200, 422, message);
const smsCall = handler => request => {
  try {
    return handler(request);
  } catch (error) {
    if (error instanceof Refusal && error.status === 200) return { result: false, ...error.body };
    throw error;
  }
};

const digits = phone => phone.replace(/\D/g, '');
const isPhone = phone => /^\+?\d{6,20}$/.test(phone);
const phonesKind = required((value, name) => {
  each('text')(value, name);
  if (value.length === 0) throw invalidArgument(name, 'missing');
});
const variable = shape({ name: 'text!', type: required(oneOf('string', 'number', 'date')), value: 'scalar!' });

function listOf(account, id) {
  if (!account.lists.has(id)) throw refuse(213);
  return id;
}

const values = variables => Object.fromEntries(variables.map(({ name, value }) => [name, value]));

function addPhones({ account, body }) {
  fields(body, { addressBookId: 'integer!', phones: phonesKind });
  const list = listOf(account, body.addressBookId);
  const good = body.phones.filter(isPhone);
  const added = good.filter(phone => account.sms.addPhone(list, digits(phone))).length;
  return { result: true, counters: { added, exceptions: body.phones.length - good.length, exists: good.length - added } };
}

// The variables lie two lists deep; one level less is HTTP 500 [GO].
function addWithVariables({ account, body }) {
  fields(body, { addressBookId: 'integer!', phones: 'object!' });
  const list = listOf(account, body.addressBookId);
  let added = 0;
  for (const [phone, outer] of Object.entries(body.phones)) {
    if (!Array.isArray(outer) || !Array.isArray(outer[0])) throw new Error('variables must be two lists deep');
    outer[0].forEach((item, i) => variable(item, `phones.${phone}.${i}`));
    if (account.sms.addPhone(list, digits(phone))) added += 1;
    Object.assign(account.sms.phonesOf(list).get(digits(phone)).variables, values(outer[0]));
  }
  return { result: true, counters: { added, exceptions: 0, exists: Object.keys(body.phones).length - added } };
}

function setVariables({ account, body }) {
  fields(body, { addressBookId: 'integer!', phones: phonesKind, variables: required(each(variable)) });
  const phones = account.sms.phonesOf(listOf(account, body.addressBookId));
  const known = body.phones.map(digits).filter(phone => phones.has(phone));
  for (const phone of known) Object.assign(phones.get(phone).variables, values(body.variables));
  return { result: true, counters: { updated: known.length } };
}

function setVariablesOfOne({ account, params, body }) {
  fields(body, { phone: 'text!', variables: required(each(shape({ name: 'text!', value: 'scalar!' }))) });
  const phone = account.sms.phonesOf(listOf(account, params.id)).get(digits(body.phone));
  if (!phone) throw refuse(502, 'The phone is not in the list');
  Object.assign(phone.variables, values(body.variables));
  return { result: true };
}

function phoneInfo({ account, params }) {
  const phone = account.sms.phonesOf(listOf(account, params.id)).get(digits(params.phone));
  if (!phone) throw refuse(502, 'The phone is not in the list');
  return {
    result: true,
    data: { email: false, status: 1, variables: emptyAsArray(account, phone.variables), added: account.stamp(phone.addedAt) },
  };
}

function removePhones({ account, body }) {
  fields(body, { addressBookId: 'integer!', phones: phonesKind });
  const phones = account.sms.phonesOf(listOf(account, body.addressBookId));
  return { result: true, counters: { deleted: body.phones.filter(phone => phones.delete(digits(phone))).length } };
}

function dateOf(account, text) {
  if (text === undefined) return undefined;
  const at = parseStamp(text, account.settings.zone_offset_min);
  if (at === null || at < account.now) throw refuse(799);
  return at;
}

function senderOf(account, name) {
  const sender = [...account.sms.senders.values()].find(each => each.sender === name);
  if (!sender || sender.status !== 1) throw soft('The sender is not approved');
  return sender;
}

const route = (value, name) => {
  if (Array.isArray(value) && value.length === 0) return;
  for (const [country, kind] of Object.entries(value)) {
    if (!/^[A-Z]{2}$/.test(country)) throw invalidArgument(`${name}.${country}`, 'is invalid');
    oneOf('national', 'international')(kind, `${name}.${country}`);
  }
};
const common = {
  sender: required((value, name) => {
    if (typeof value !== 'string' || value.length > 11) throw invalidArgument(name, 'is invalid');
  }),
  body: 'text!',
  route,
  date: 'text',
  emulate: 'boolean',
  stat_link_tracking: 'boolean',
  stat_link_need_protocol: 'boolean',
};

function send(account, body, listId, phones) {
  const { sender } = senderOf(account, body.sender);
  const good = phones.filter(phone => isPhone(phone) && !account.sms.blacklist.has(digits(phone))).map(digits);
  const sendAt = dateOf(account, body.date);
  const counters = { exceptions: phones.length - good.length, sends: good.length };
  if (body.emulate) return { result: true, counters };
  const campaign = account.sms.addCampaign({ sender, list_id: listId, phones: good, text: body.body, send_at: sendAt });
  return { result: true, campaign_id: campaign.id, counters };
}

function createCampaign({ account, body }) {
  fields(body, { ...common, addressBookId: 'integer!', use_dynamic_list: 'boolean' });
  const phones = [...account.sms.phonesOf(listOf(account, body.addressBookId)).keys()];
  const { counters: _, ...answer } = send(account, body, body.addressBookId, phones);
  return answer;
}

function sendToPhones({ account, body }) {
  fields(body, { ...common, phones: phonesKind });
  return send(account, body, null, body.phones);
}

function campaignOf(account, id) {
  const campaign = account.sms.campaigns.get(id);
  if (!campaign) throw refuse(802);
  return campaign;
}

// Filtered by the date of sending or of creation: which of them is unknown, so a switch says.
function listCampaigns({ account, query }) {
  fields(query, { dateFrom: 'text', dateTo: 'text' });
  const { zone_offset_min: zone, sms_filter: by } = account.settings;
  const [from, to] = ['dateFrom', 'dateTo'].map(name => {
    const at = query[name] === undefined ? undefined : parseStamp(query[name], zone);
    if (at === null) throw refuse(799);
    return at;
  });
  const dateOf = campaign => (by === 'created' ? campaign.createdAt : campaign.sendAt);
  const rows = [...account.sms.campaigns.values()].filter(each => dateOf(each) >= (from ?? 0) && dateOf(each) <= (to ?? Infinity));
  return {
    result: true,
    data: rows.map(campaign => ({
      id: campaign.id,
      address_book_id: campaign.listId,
      company_price: account.sms.priceOf(campaign),
      company_currency: account.balance.currency,
      send_date: account.stamp(campaign.sendAt),
      date_created: account.stamp(campaign.createdAt),
      sender_mail_address: null,
      sender_mail_name: campaign.sender,
      external_stat: [],
    })),
  };
}

function campaignInfo({ account, params }) {
  const campaign = campaignOf(account, params.id);
  return {
    result: true,
    data: {
      id: campaign.id,
      address_book_id: campaign.listId,
      currency: account.balance.currency,
      company_price: account.sms.priceOf(campaign),
      send_date: account.stamp(campaign.sendAt),
      date_created: account.stamp(campaign.createdAt),
      sender_name: campaign.sender,
      task_phones_info: campaign.phones.map(({ phone, status }) => ({
        phone: Number(phone),
        status,
        status_explain: PHONE_STATUS[status] ?? 'Unknown',
        сountry_code: 'UA', // the first letter is Cyrillic, as recorded
        money_spent: 0.05,
      })),
    },
  };
}

function cancel({ account, params }) {
  const campaign = campaignOf(account, params.id);
  if (campaign.sendAt <= account.now) throw soft('The campaign has been sent already');
  campaign.isCancelled = true;
  return { result: true };
}

function cost({ account, query }) {
  fields(query, { addressBookId: 'digits', phones: 'texts', body: 'text!', sender: 'text!', route });
  const phones = query.phones ?? [...account.sms.phonesOf(listOf(account, Number(query.addressBookId))).keys()];
  return { result: true, data: { price: Math.round(phones.length * 5) / 100, currency: account.balance.currency } };
}

export const sms = Object.fromEntries(
  Object.entries({
    'POST /sms/numbers': addPhones,
    'PUT /sms/numbers': setVariables,
    'DELETE /sms/numbers': removePhones,
    'POST /sms/numbers/variables': addWithVariables,
    'POST /addressbooks/{id}/phones/variable': setVariablesOfOne,
    'GET /sms/numbers/info/{id}/{phone}': phoneInfo,
    'GET /sms/black_list': ({ account }) => ({
      result: true,
      data: [...account.sms.blacklist].map(([phone, { description, addedAt }]) => ({ phone: Number(phone), description, add_date: account.stamp(addedAt) })),
    }),
    'POST /sms/black_list': ({ account, body }) => {
      fields(body, { phones: phonesKind, description: 'text!' });
      return { result: true, counters: { added: body.phones.filter(phone => account.sms.block(digits(phone), body.description)).length } };
    },
    'DELETE /sms/black_list': ({ account, body }) => {
      fields(body, { phones: phonesKind });
      return { result: true, counters: { deleted: body.phones.filter(phone => account.sms.blacklist.delete(digits(phone))).length } };
    },
    'POST /sms/campaigns': createCampaign,
    'DELETE /sms/campaigns': ({ account, body }) => {
      fields(body, { id: 'integer!' });
      account.sms.campaigns.delete(campaignOf(account, body.id).id);
      return { result: true };
    },
    'POST /sms/send': sendToPhones,
    'GET /sms/campaigns/list': listCampaigns,
    'GET /sms/campaigns/info/{id}': campaignInfo,
    'PUT /sms/campaigns/cancel/{id}': cancel,
    'GET /sms/campaigns/cost': cost,
    'GET /sms/senders': ({ account }) => [...account.sms.senders.values()].map(sender => ({ ...sender, status_explain: SENDER_STATUS[sender.status] })),
  }).map(([name, handler]) => [name, smsCall(handler)]),
);
