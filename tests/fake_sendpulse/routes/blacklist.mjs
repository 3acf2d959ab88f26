// The account's blacklist [OA:bulk-email]: read as a plain array of any size, written as base64 of a comma list.

import { base64, isEmail, optionalText } from '../arguments.mjs';
import { invalidArgument, refuse } from '../refusals.mjs';

function addressesOf(body) {
  const list = base64(body, 'emails')
    .split(',')
    .map(email => email.trim())
    .filter(Boolean);
  if (list.length === 0) throw refuse(303);
  if (!list.every(isEmail)) throw invalidArgument('emails', 'is invalid');
  return list.map(email => email.toLowerCase());
}

export const blacklist = {
  'GET /blacklist': ({ account }) => [...account.blacklist.keys()],
  'POST /blacklist': ({ account, body }) => {
    const comment = optionalText(body, 'comment') ?? '';
    for (const email of addressesOf(body)) account.blacklist.set(email, comment);
    return { result: true };
  },
  'DELETE /blacklist': ({ account, body }) => {
    for (const email of addressesOf(body)) account.blacklist.delete(email);
    return { result: true };
  },
};
