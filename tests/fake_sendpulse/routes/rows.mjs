// How a subscriber is written. The same person looks different in each answer, and clients must cope with all:
// `variables` is an object in list rows and an array elsewhere; the phone is a number in rows and a string, empty when
// there is none, in a single read; ids turn into strings [GO].

import { refuse } from '../refusals.mjs';
import { memberStatus } from '../wording.mjs';

export function listOf(account, id) {
  const list = account.lists.get(id);
  if (!list) throw refuse(213);
  return list;
}

export const statusOf = (account, member) => ({
  status: member.status,
  status_explain: memberStatus(member.status, account.settings.lang),
});

// PHP writes an object without members as [] [GO].
export function emptyAsArray(account, object) {
  return account.settings.empty_object_as_array && Object.keys(object).length === 0 ? [] : object;
}

export function listRow(account, member) {
  const row = {
    email: member.email,
    status: member.status,
    status_explain: memberStatus(member.status, account.settings.lang),
    variables: emptyAsArray(account, member.variables),
  };
  if (member.phone) row.phone = Number(member.phone);
  if (account.settings.add_date) row.add_date = account.stamp(member.addedAt);
  return row;
}

function variablesArray(list, member) {
  return Object.entries(member.variables).map(([name, value]) => ({
    name,
    type: list.variables.get(name),
    value: String(value),
  }));
}

const maybeText = (account, number) => (account.settings.numbers_as_strings ? String(number) : number);

export function singleRow(account, list, member) {
  return {
    email: member.email,
    abook_id: String(list.id),
    phone: member.phone,
    status: maybeText(account, member.status),
    status_explain: memberStatus(member.status, account.settings.lang),
    variables: variablesArray(list, member),
  };
}

export function rowAcrossLists(account, list, member) {
  return {
    book_id: maybeText(account, list.id),
    email: member.email,
    status: maybeText(account, member.status),
    status_explain: memberStatus(member.status, account.settings.lang),
    variables: variablesArray(list, member),
  };
}
