// Mailing lists [OA:bulk-email]. Traps: create says `bookName` and rename says `name`; a single list comes in a
// one-element array [GO].

import { page, text } from '../arguments.mjs';
import { invalidArgument, refuse } from '../refusals.mjs';
import { listStatus } from '../wording.mjs';
import { listOf, statusOf } from './rows.mjs';

function row(account, list) {
  const phones = list.phoneCount;
  return {
    id: list.id,
    name: list.name,
    all_email_qty: list.size,
    active_email_qty: list.activeCount,
    inactive_email_qty: list.size - list.activeCount,
    new_phones_quantity: 0,
    active_phones_quantity: phones,
    exc_phones_quantity: 0,
    creationdate: account.stamp(list.createdAt),
    status: list.status,
    status_explain: listStatus(list.status, account.settings.lang),
  };
}

function refuseTakenName(account, name, except) {
  for (const list of account.lists.values()) if (list !== except && list.name === name) throw refuse(203);
}

function create({ account, body }) {
  if (body.bookName === '') throw refuse(201);
  const name = text(body, 'bookName');
  refuseTakenName(account, name);
  return { id: account.addList(name).id };
}

function rename({ account, params, body }) {
  const list = listOf(account, params.id);
  const name = text(body, 'name');
  refuseTakenName(account, name, list);
  list.name = name;
  return { result: true };
}

function remove({ account, params }) {
  const list = listOf(account, params.id);
  const pace = account.settings.campaign_pace;
  if (account.campaignsOf(list.id).some(campaign => campaign.isActive(account.now, pace))) {
    throw refuse(422, 'The address book has active campaign');
  }
  account.lists.delete(list.id);
  return { result: true };
}

const OVERDRAFT_PRICE = 0.0044;

function cost({ account, params }) {
  const list = listOf(account, params.id);
  if (list.size === 0) throw refuse(211);
  const missing = Math.max(list.activeCount - account.tariff.emails_left, 0);
  return {
    cur: account.balance.currency,
    sent_emails_qty: list.activeCount,
    overdraftAllEmailsPrice: missing * OVERDRAFT_PRICE,
    addressesDeltaFromBalance: 0,
    addressesDeltaFromTariff: list.activeCount - missing,
    max_emails_per_task: '500',
    result: true,
  };
}

function byVariable({ account, params }) {
  const list = listOf(account, params.id);
  const type = list.variables.get(params.variableName);
  if (!type) throw refuse(299);
  if (type === 'date' && !/^\d{4}-\d\d-\d\d$/.test(params.searchValue)) {
    throw invalidArgument(params.variableName, 'has a wrong format');
  }
  return list
    .members()
    .filter(member => String(member.variables[params.variableName]) === params.searchValue)
    .map(member => ({ email: member.email, ...statusOf(account, member) }));
}

export const mailingLists = {
  'POST /addressbooks': create,
  'GET /addressbooks': ({ account, query }) => {
    const { limit, offset } = page(query, 100, account.settings.page_cap);
    return [...account.lists.values()].slice(offset, offset + limit).map(list => row(account, list));
  },
  'GET /addressbooks/{id}': ({ account, params }) => [row(account, listOf(account, params.id))],
  'PUT /addressbooks/{id}': rename,
  'DELETE /addressbooks/{id}': remove,
  'GET /addressbooks/{id}/variables': ({ account, params }) =>
    [...listOf(account, params.id).variables].map(([name, type]) => ({ name, type })),
  'GET /addressbooks/{id}/variables/{variableName}/{searchValue}': byVariable,
  'GET /addressbooks/{id}/cost': cost,
  'GET /addressbooks/{id}/campaigns': ({ account, params, query }) => {
    const list = listOf(account, params.id);
    const { limit, offset } = page(query);
    return account
      .campaignsOf(list.id)
      .slice(offset, offset + limit)
      .map(campaign => ({
        task_id: campaign.id,
        task_name: campaign.name,
        task_status: campaign.status(account.now, account.settings.campaign_pace),
      }));
  },
};
