// Tags [OA:bulk-email], on paid plans. Every write is only queued: the answer carries no id and nothing has happened
// yet.

import { isEmail, text } from '../arguments.mjs';
import { invalidArgument, refuse } from '../refusals.mjs';

const VERSION = '2.7.3';

function paid(account) {
  if (account.plan === 'free') throw refuse(3030303030);
  account.settleQueue();
}

function queued(account, change) {
  return {
    code: 'request_sended_to_queue',
    description: 'Request sended to queue',
    failure: false,
    http_code: 200,
    queue_id: account.enqueue(change),
    success: true,
    user_id: account.userId,
    version: VERSION,
  };
}

function look(body) {
  const name = text(body, 'name');
  const color = text(body, 'color');
  if (!/^#[0-9a-f]{6}$/i.test(color)) throw invalidArgument('color', 'is invalid');
  return { name, color };
}

function idsOf(body) {
  if (!Array.isArray(body.tags) || body.tags.length === 0) throw invalidArgument('tags', 'missing');
  if (!body.tags.every(Number.isInteger)) throw invalidArgument('tags', 'is invalid');
  return body.tags;
}

function tagSetsOfEmail(account, email) {
  return account.listsWith(email).map(list => list.find(email).tags);
}

function tagSetsOfPhone(account, phone) {
  const key = phone.replace(/\D/g, '');
  if (!account.tagsOfPhones.has(key)) account.tagsOfPhones.set(key, new Set());
  return [account.tagsOfPhones.get(key)];
}

const pin = (set, id) => set.add(id);
const unpin = (set, id) => set.delete(id);

const onEmail =
  act =>
  ({ account, body }) => {
    paid(account);
    const email = text(body, 'email');
    if (!isEmail(email)) throw refuse(17);
    const ids = idsOf(body);
    return queued(account, () => tagSetsOfEmail(account, email).forEach(set => ids.forEach(id => act(set, id))));
  };

const onPhone =
  act =>
  ({ account, body }) => {
    paid(account);
    const phone = text(body, 'phone');
    const ids = idsOf(body);
    return queued(account, () => tagSetsOfPhone(account, phone).forEach(set => ids.forEach(id => act(set, id))));
  };

export const tags = {
  'GET /tags': ({ account }) => {
    paid(account);
    return { tags: [...account.tags.values()], user_id: account.userId, version: VERSION };
  },
  'POST /tags': ({ account, body }) => {
    paid(account);
    const tag = look(body);
    return queued(account, () => account.addTag(tag));
  },
  'PUT /tags/{id}': ({ account, params, body }) => {
    paid(account);
    const tag = look(body);
    return queued(account, () => {
      if (account.tags.has(params.id)) account.tags.set(params.id, { id: params.id, ...tag });
    });
  },
  'DELETE /tags/{id}': ({ account, params }) => {
    paid(account);
    return queued(account, () => account.tags.delete(params.id));
  },
  'POST /tags/pin/email': onEmail(pin),
  'POST /tags/unpin/email': onEmail(unpin),
  'POST /tags/pin/phone': onPhone(pin),
  'POST /tags/unpin/phone': onPhone(unpin),
};
