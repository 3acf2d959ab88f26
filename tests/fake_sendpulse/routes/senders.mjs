// Senders [OA:bulk-email]. The status is text in the account's language.

import { isEmail } from '../arguments.mjs';
import { refuse } from '../refusals.mjs';
import { senderStatus } from '../wording.mjs';

const QUARTER_HOUR = 15 * 60_000;

function senderOf(account, email) {
  const sender = account.senders.get(email.toLowerCase());
  if (!sender) throw refuse(1003);
  return sender;
}

function add({ account, body }) {
  if (!body.email) throw refuse(903);
  if (!isEmail(body.email)) throw refuse(17);
  if (!body.name) throw refuse(901);
  if (account.senders.has(body.email.toLowerCase())) throw refuse(902);
  account.addSender({ email: body.email, name: String(body.name), active: false });
  return { result: true };
}

function remove({ account, body }) {
  if (!body.email) throw refuse(903);
  const sender = senderOf(account, String(body.email));
  account.senders.delete(sender.email.toLowerCase());
  return { result: true };
}

// The code a person would find in their mail box is the sender's `code` in the control door's GET /state.
function sendCode({ account, params }) {
  const sender = senderOf(account, params.email);
  if (sender.active) throw refuse(21);
  if (sender.codeSentAt !== null && account.now - sender.codeSentAt < QUARTER_HOUR) throw refuse(1004);
  sender.codeSentAt = account.now;
  sender.code = String(100_000 + ((sender.email.length * 7919 + account.userId) % 900_000));
  return { result: true, email: sender.email };
}

function activate({ account, params, body }) {
  const sender = senderOf(account, params.email);
  if (!body.code) throw refuse(1104);
  if (sender.active || !sender.code) throw refuse(21);
  if (String(body.code) !== sender.code) throw refuse(1005);
  sender.active = true;
  sender.smtp = true;
  return { result: true, email: sender.email };
}

export const senders = {
  'GET /senders': ({ account }) =>
    [...account.senders.values()].map(sender => ({
      name: sender.name,
      email: sender.email,
      status: senderStatus(sender.active, account.settings.lang),
      is_allowed_for_smtp: sender.smtp,
    })),
  'POST /senders': add,
  'DELETE /senders': remove,
  'GET /senders/{email}/code': sendCode,
  'POST /senders/{email}/code': activate,
};
