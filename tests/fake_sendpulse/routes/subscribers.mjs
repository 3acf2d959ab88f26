// Members of one mailing list [OA:bulk-email].

import { emails, isEmail, isObject, optionalText, order, page, queryFlag, text } from '../arguments.mjs';
import { invalidArgument, refuse } from '../refusals.mjs';
import { listOf, listRow, singleRow } from './rows.mjs';

const LANGUAGES = ['en', 'ru', 'ua', 'tr', 'es', 'pt'];

function list(request) {
  const { account, params, query } = request;
  const members = listOf(account, params.id);
  const { settings } = account;
  const { limit, offset } = page(query, settings.members_default_limit, settings.page_cap);
  const direction = order(query, 'asc');
  const active = queryFlag(request, 'active');
  const inactive = queryFlag(request, 'not_active');
  return members
    .page({
      filter: active === inactive ? 'all' : active ? 'active' : inactive ? 'inactive' : 'all',
      key: settings.member_order,
      descending: direction === 'desc' && !settings.order_ignored,
      offset,
      limit,
    })
    .map(member => listRow(account, member));
}

function total(request) {
  const { account, params } = request;
  const members = listOf(account, params.id);
  return { total: members.count(queryFlag(request, 'active') ? 'active' : 'all') };
}

// One given address: plain text, or an object with variables.
function addressOf(item) {
  if (typeof item === 'string') return { email: item, variables: {} };
  if (!isObject(item)) throw invalidArgument('emails', 'is invalid');
  if (typeof item.email !== 'string') throw invalidArgument('email', 'is invalid');
  const variables = item.variables ?? {};
  const isEmptyArray = Array.isArray(variables) && variables.length === 0;
  if (!isObject(variables) && !isEmptyArray) throw invalidArgument('emails.*.variables', 'is invalid');
  return { email: item.email, variables: isEmptyArray ? {} : variables };
}

function confirmationOf(account, body) {
  const confirmation = optionalText(body, 'confirmation');
  if (confirmation === undefined) return undefined;
  if (confirmation !== 'force') throw invalidArgument('confirmation', 'is invalid');
  const sender = text(body, 'sender_email');
  if (!isEmail(sender)) throw invalidArgument('sender_email', 'is invalid');
  if (!account.senders.get(sender.toLowerCase())?.active) throw refuse(1003);
  const lang = optionalText(body, 'message_lang');
  if (lang !== undefined && !LANGUAGES.includes(lang)) throw invalidArgument('message_lang', 'is invalid');
  return confirmation;
}

function tagsOf(account, body) {
  if (body.tags === undefined) return [];
  if (!Array.isArray(body.tags)) throw invalidArgument('tags', 'must be array');
  if (!body.tags.every(Number.isInteger)) throw invalidArgument('tags', 'is invalid');
  if (body.tags.length > 0 && account.plan === 'free') throw refuse(3030303030);
  return body.tags;
}

function add({ account, params, body }) {
  const members = listOf(account, params.id);
  if (body.emails === undefined) throw invalidArgument('emails', 'missing');
  if (!Array.isArray(body.emails)) throw invalidArgument('emails', 'must be array');
  for (const name of ['disable_webhook', 'dont_update', 'check_emails']) {
    if (body[name] !== undefined && typeof body[name] !== 'boolean') throw invalidArgument(name, 'must be boolean');
  }
  const addresses = body.emails.map(addressOf);
  const tags = tagsOf(account, body);
  const status = confirmationOf(account, body) ? 2 : undefined;
  for (const { email, variables } of addresses) {
    // Addresses that are no addresses are dropped silently; the call still says true (I).
    if (!isEmail(email)) continue;
    if (body.dont_update && members.find(email)) continue;
    const { member } = account.addMember(members, { email, variables, status });
    for (const tag of tags) member.tags.add(tag);
  }
  return { result: true };
}

function remove({ account, params, body }) {
  const members = listOf(account, params.id);
  const given = emails(body, 100);
  if (given.length === 0) throw refuse(303);
  members.remove(given);
  return { result: true };
}

function unsubscribe({ account, params, body }) {
  const members = listOf(account, params.id);
  const active = emails(body, 100)
    .map(email => members.find(email))
    .filter(member => member && members.isActive(member));
  if (active.length === 0) throw refuse(422, 'Active emails not found');
  for (const member of active) members.setStatus(member, 4);
  return { result: true };
}

function memberOf(members, body) {
  const email = text(body, 'email');
  if (!isEmail(email)) throw invalidArgument('email', 'is invalid');
  const member = members.find(email);
  if (!member) throw refuse(502);
  return member;
}

function setVariables({ account, params, body }) {
  const members = listOf(account, params.id);
  const member = memberOf(members, body);
  if (body.variables === undefined) throw invalidArgument('variables', 'missing');
  const wellFormed =
    Array.isArray(body.variables) &&
    body.variables.every(
      variable => isObject(variable) && typeof variable.name === 'string' && variable.value !== undefined,
    );
  if (!wellFormed) throw invalidArgument('variables', 'is invalid');
  members.write(member, Object.fromEntries(body.variables.map(({ name, value }) => [name, value])));
  return { result: true };
}

function setPhone({ account, params, body }) {
  const members = listOf(account, params.id);
  const email = text(body, 'email');
  const phone = text(body, 'phone');
  if (!isEmail(email)) throw refuse(17);
  if (!/^\+?[\d\s()-]{5,20}$/.test(phone)) throw refuse(422, 'The phone is not valid');
  const member = members.find(email);
  if (!member) throw refuse(502);
  members.write(member, {}, phone);
  return { result: true };
}

function single({ account, params }) {
  const members = listOf(account, params.id);
  const member = members.find(params.email);
  if (!member) throw refuse(14);
  return singleRow(account, members, member);
}

export const subscribers = {
  'GET /addressbooks/{id}/emails': list,
  'GET /addressbooks/{id}/emails/total': total,
  'POST /addressbooks/{id}/emails': add,
  'DELETE /addressbooks/{id}/emails': remove,
  'POST /addressbooks/{id}/emails/unsubscribe': unsubscribe,
  'POST /addressbooks/{id}/emails/variable': setVariables,
  'PUT /addressbooks/{id}/phone': setPhone,
  'GET /addressbooks/{id}/emails/{email}': single,
};
