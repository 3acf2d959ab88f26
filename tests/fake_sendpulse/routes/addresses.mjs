// One email address across all lists and campaigns [OA:bulk-email].

import { emails } from '../arguments.mjs';
import { refuse } from '../refusals.mjs';
import { recipientStatus } from '../wording.mjs';
import { emptyAsArray, rowAcrossLists } from './rows.mjs';

function listsWith(account, email) {
  const lists = account.listsWith(email);
  if (lists.length === 0) throw refuse(14);
  return lists;
}

function details({ account, params }) {
  return listsWith(account, params.email).map(list => {
    const member = list.find(params.email);
    return { list_name: list.name, list_id: list.id, add_date: account.stamp(member.addedAt), source: member.source };
  });
}

function infoOfMany({ account, body }) {
  const found = {};
  for (const email of emails(body)) {
    const rows = account.listsWith(email).map(list => rowAcrossLists(account, list, list.find(email)));
    if (rows.length > 0) found[email] = rows;
  }
  return emptyAsArray(account, found);
}

function removeEverywhere({ account, params }) {
  for (const list of listsWith(account, params.email)) list.remove([params.email]);
  return { result: true };
}

function statisticOf(account, email) {
  const pace = account.settings.campaign_pace;
  const statistic = { sent: 0, open: 0, link: 0 };
  for (const campaign of account.campaigns.values()) {
    const fate = campaign.fateOf(email, account.now, pace);
    if (!fate) continue;
    statistic.sent += 1;
    if (fate >= 3 && fate <= 5) statistic.open += 1;
    if (fate === 4) statistic.link += 1;
  }
  return statistic;
}

const books = (account, email) => account.listsWith(email).map(({ id, name }) => ({ id, name }));
const isBlacklisted = (account, email) => account.blacklist.has(email.toLowerCase());

function statistics({ account, params: { email } }) {
  listsWith(account, email);
  return {
    statistic: statisticOf(account, email),
    blacklist: isBlacklisted(account, email),
    addressbooks: books(account, email).map(({ id, name }) => ({ id, address_book_name: name })),
  };
}

// `adressbooks` is SendPulse's spelling in this answer, and the figures are not nested here [GO].
function statisticsOfMany({ account, body }) {
  const found = {};
  for (const email of emails(body)) {
    if (account.listsWith(email).length === 0) continue;
    found[email] = {
      ...statisticOf(account, email),
      adressbooks: books(account, email),
      blacklist: isBlacklisted(account, email),
    };
  }
  return emptyAsArray(account, found);
}

// The vendor's description says `sent_date`; recordings say `send_date` [GO].
function inCampaign({ account, params }) {
  const campaign = account.campaigns.get(params.id);
  if (!campaign) throw refuse(802);
  const { settings } = account;
  const fate = campaign.fateOf(params.email, account.now, settings.campaign_pace);
  if (fate === undefined) throw refuse(14);
  return {
    send_date: account.stamp(campaign.startAt),
    global_status: Math.min(fate, 1),
    global_status_explain: recipientStatus(Math.min(fate, 1), settings.lang),
    detail_status: fate,
    detail_status_explain: recipientStatus(fate, settings.lang),
  };
}

export const addresses = {
  'GET /emails/{email}': ({ account, params }) =>
    listsWith(account, params.email).map(list => rowAcrossLists(account, list, list.find(params.email))),
  'GET /emails/{email}/details': details,
  'POST /emails': infoOfMany,
  'DELETE /emails/{email}': removeEverywhere,
  'GET /emails/{email}/campaigns': statistics,
  'POST /emails/campaigns': statisticsOfMany,
  'GET /campaigns/{id}/email/{email}': inCampaign,
};
