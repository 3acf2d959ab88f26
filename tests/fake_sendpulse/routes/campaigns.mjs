// Campaigns [OA:bulk-email]. Traps: `ovedraft_currency`, prices as text in one answer and numbers in another, `status`
// read the PHP way, `planed`, and 4 creations an hour.

import { fromBase64, isObject, optionalText, order, page, queryFlag } from '../arguments.mjs';
import { STATUS } from '../campaign.mjs';
import { parseStamp } from '../clock.mjs';
import { invalidArgument, refuse } from '../refusals.mjs';
import { recipientStatus } from '../wording.mjs';
import { emptyAsArray } from './rows.mjs';

const HOUR = 3_600_000;

function campaignOf(account, id) {
  const campaign = account.campaigns.get(id);
  if (!campaign) throw refuse(802);
  return campaign;
}

function message(campaign) {
  return {
    sender_name: campaign.senderName,
    sender_email: campaign.senderEmail,
    subject: campaign.subject,
    attachments: campaign.attachments.join(', '),
    list_id: campaign.listId,
  };
}

function row(account, campaign) {
  const pace = account.settings.campaign_pace;
  const count = campaign.recipients.length;
  return {
    id: campaign.id,
    name: campaign.name,
    is_sms: campaign.isSms,
    is_viber: campaign.isViber,
    status: campaign.status(account.now, pace),
    message: message(campaign),
    send_date: account.stamp(campaign.startAt),
    statistics: campaign.figures(account.now, pace),
    all_email_qty: count,
    tariff_email_qty: count,
    paid_email_qty: 0,
    company_price: '0',
    overdraft_price: 0,
    overdraft_currency: account.balance.currency,
  };
}

// The single read splits the statistics into codes instead of names [MC, GO].
function single({ account, params }) {
  const campaign = campaignOf(account, params.id);
  const figures = campaign.figures(account.now, account.settings.campaign_pace);
  const byCode = [
    [1, figures.sent],
    [2, figures.delivered],
    [3, figures.opening],
    [4, figures.link_redirected],
    [5, figures.unsubscribe],
    [10, figures.error],
  ];
  const general = byCode
    .filter(([, count]) => count > 0)
    .map(([code, count]) => ({ code, count, explain: recipientStatus(code, account.settings.lang) }));
  return {
    ...row(account, campaign),
    message: { ...message(campaign), body: campaign.body, preheader: campaign.preheader },
    permalink: `https://archive.sendpulse.example/${campaign.id.toString(36)}/`,
    external_stat: { check_open_email: campaign.stats.opens, check_redirect_link: campaign.stats.clicks },
    statistics: { general, clicks: campaign.links.map(link => [link, figures.link_redirected]) },
  };
}

function statusFilter(query) {
  if (query.status === undefined) return null;
  const wanted = Array.isArray(query.status) ? query.status : [query.status];
  if (wanted.some(status => !/^\d+$/.test(status))) throw invalidArgument('status', 'is invalid');
  return new Set(wanted.map(Number));
}

function list(request) {
  const { account, query } = request;
  const { settings, now } = account;
  const { limit, offset } = page(query);
  const direction = order(query, settings.campaigns_default_order);
  const wanted = statusFilter(query);
  const planned = queryFlag(request, 'planed');
  let campaigns = [...account.campaigns.values()].sort((a, b) => a.id - b.id);
  if (wanted) campaigns = campaigns.filter(campaign => wanted.has(campaign.status(now, settings.campaign_pace)));
  if (planned) campaigns = campaigns.filter(campaign => campaign.startAt > now && !campaign.isDraft);
  const effective = settings.campaign_order_ignored ? settings.campaigns_default_order : direction;
  if (effective === 'desc') campaigns.reverse();
  return campaigns.slice(offset, offset + limit).map(campaign => row(account, campaign));
}

function listIdsOf(account, body) {
  if (body.segment_id !== undefined && body.list_id === undefined) return [];
  if (body.list_id === undefined || body.list_id === '') throw refuse(722);
  const ids = (Array.isArray(body.list_id) ? body.list_id : [body.list_id]).map(Number);
  if (ids.length === 0) throw refuse(722);
  if (ids.length > 10) throw invalidArgument('list_id', 'may not have more than 10 items');
  if (ids.some(id => !account.lists.has(id))) throw refuse(703);
  return ids;
}

function bodyOf(account, body) {
  if (body.body !== undefined && body.body !== '') {
    const html = fromBase64(body.body);
    if (html === null) throw invalidArgument('body', 'is invalid string');
    return html;
  }
  if (body.template_id === undefined || body.template_id === '') throw refuse(721);
  const template = account.findTemplate(body.template_id);
  if (!template) throw refuse(31);
  return template.body;
}

function startOf(account, body) {
  if (body.send_date === undefined || body.send_date === '') return account.now;
  const start = parseStamp(body.send_date, account.settings.zone_offset_min);
  if (start === null || start < account.now) throw refuse(799);
  return start;
}

function attachmentsOf(body) {
  const names = [];
  for (const field of ['attachments', 'attachments_binary']) {
    const given = body[field];
    if (given === undefined || (Array.isArray(given) && given.length === 0)) continue;
    if (!isObject(given)) throw invalidArgument(field, 'must be array');
    if (Object.keys(given).length > 5) throw invalidArgument(field, 'may not have more than 5 items');
    names.push(...Object.keys(given));
  }
  return names;
}

function refuseFifthInAnHour(account) {
  const { now, settings } = account;
  if (settings.campaigns_per_hour === 0) return;
  account.campaignTimes = account.campaignTimes.filter(time => time > now - HOUR);
  if (account.campaignTimes.length >= settings.campaigns_per_hour) throw refuse(791);
  account.campaignTimes.push(now);
}

function created(account, campaign) {
  const count = campaign.recipients.length;
  return {
    id: campaign.id,
    status: campaign.isDraft ? STATUS.draft : STATUS.creating,
    count,
    tariff_email_qty: count,
    overdraft_price: '0.0044',
    ovedraft_currency: account.balance.currency,
  };
}

function create({ account, body }) {
  const senderName = optionalText(body, 'sender_name');
  const senderEmail = optionalText(body, 'sender_email');
  if (!senderName || !senderEmail) throw refuse(701);
  if (!account.senders.get(senderEmail.toLowerCase())?.active) throw refuse(704);
  const subject = optionalText(body, 'subject');
  if (!subject) throw refuse(720);
  const html = bodyOf(account, body);
  const listIds = listIdsOf(account, body);
  const startAt = startOf(account, body);
  const attachments = attachmentsOf(body);
  if (body.type !== undefined && body.type !== 'draft') throw invalidArgument('type', 'is invalid');
  refuseFifthInAnHour(account);
  const isTest = body.is_test === true;
  const campaign = account.addCampaign({
    name: optionalText(body, 'name') ?? subject,
    subject,
    senderName,
    senderEmail,
    body: html,
    startAt,
    attachments,
    listIds,
    listId: listIds[0] ?? 0,
    isDraft: body.type === 'draft',
    isTest,
    recipients: isTest ? [senderEmail.toLowerCase()] : undefined,
    stats: { opens: body.stats?.opens ?? true, clicks: body.stats?.clicks ?? true },
  });
  return created(account, campaign);
}

// The description lets two fields change; the Go SDK sends those of create and reads the answer of create.
function change({ account, params, body }) {
  const campaign = campaignOf(account, params.id);
  const status = campaign.status(account.now, account.settings.campaign_pace);
  if (![STATUS.creating, STATUS.moderation, STATUS.queued, STATUS.draft].includes(status)) throw refuse(602);
  const fields = {
    name: optionalText(body, 'name'),
    subject: optionalText(body, 'subject'),
    senderName: optionalText(body, 'sender_name'),
    senderEmail: optionalText(body, 'sender_email'),
    body: body.body === undefined && body.template_id === undefined ? undefined : bodyOf(account, body),
    startAt: body.send_date === undefined ? undefined : startOf(account, body),
  };
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) campaign[name] = value;
  return { result: true, ...created(account, campaign) };
}

function cancel({ account, params }) {
  const campaign = campaignOf(account, params.id);
  if (campaign.isFinal(account.now, account.settings.campaign_pace)) throw refuse(602);
  campaign.cancelledAt = account.now;
  campaign.pinnedStatus = null;
  return { result: true };
}

function countries({ account, params }) {
  const { opening } = campaignOf(account, params.id).figures(account.now, account.settings.campaign_pace);
  const shares = { UA: Math.ceil(opening / 2), PL: Math.floor(opening / 3) };
  shares.DE = opening - shares.UA - shares.PL;
  return emptyAsArray(account, Object.fromEntries(Object.entries(shares).filter(([, count]) => count > 0)));
}

export const campaigns = {
  'POST /campaigns': create,
  'GET /campaigns': list,
  'GET /campaigns/{id}': single,
  'PATCH /campaigns/{id}': change,
  'DELETE /campaigns/{id}': cancel,
  'GET /campaigns/{id}/countries': countries,
  'GET /campaigns/{id}/referrals': ({ account, params }) => {
    const campaign = campaignOf(account, params.id);
    const { link_redirected: count } = campaign.figures(account.now, account.settings.campaign_pace);
    return count > 0 ? campaign.links.map(link => ({ link, count })) : [];
  },
};
