// Email event webhooks [OA:bulk-email; SK-E:webhooks]: one row per action, in the v2 envelope. The fake keeps them but
// delivers nothing.

import { isObject } from '../arguments.mjs';
import { invalidArgument, Refusal } from '../refusals.mjs';

const ACTIONS = [
  'delivered',
  'open',
  'redirect',
  'unsubscribe',
  'spam',
  'hard_bounces',
  'soft_bounces',
  'new_emails',
  'delete',
  'task_status_update',
];

const envelope = data => ({ success: true, data });

function webhookOf(account, id) {
  const webhook = account.webhooks.get(id);
  if (webhook) return webhook;
  const refusal = new Refusal(404, 404, 'Webhook not found');
  refusal.body = { success: false, ...refusal.body };
  throw refusal;
}

function urlOf(body) {
  if (!isObject(body) || typeof body.url !== 'string') throw invalidArgument('url', 'missing');
  if (!URL.canParse(body.url)) throw invalidArgument('url', 'is invalid');
  return body.url;
}

function actionsOf(body) {
  if (!Array.isArray(body.actions) || body.actions.length === 0) throw invalidArgument('actions', 'missing');
  if (!body.actions.every(action => ACTIONS.includes(action))) throw invalidArgument('actions', 'is invalid');
  return body.actions;
}

function create({ account, body }) {
  const url = urlOf(body);
  return envelope(
    actionsOf(body).map(action => {
      const webhook = { id: account.nextId('webhook'), user_id: account.userId, url, action };
      account.webhooks.set(webhook.id, webhook);
      return webhook;
    }),
  );
}

export const webhooks = {
  'GET /v2/email-service/webhook': ({ account }) => envelope([...account.webhooks.values()]),
  'POST /v2/email-service/webhook': create,
  'GET /v2/email-service/webhook/{id}': ({ account, params }) => envelope(webhookOf(account, params.id)),
  'PUT /v2/email-service/webhook/{id}': ({ account, params, body }) => {
    webhookOf(account, params.id).url = urlOf(body);
    return envelope([true]);
  },
  'DELETE /v2/email-service/webhook/{id}': ({ account, params }) => {
    account.webhooks.delete(webhookOf(account, params.id).id);
    return envelope([true]);
  },
};
