// Money and plan [OA:bulk-email]. Amounts are text in the detailed answer and a number in the short one.

import { refuse } from '../refusals.mjs';

const DAY = 86_400_000;
const PER_DOLLAR = { USD: 1, EUR: 0.9, UAH: 41, BRL: 5.5 };

function inCurrency(account, wanted) {
  const own = account.balance.currency;
  const currency = wanted.toUpperCase();
  if (!(currency in PER_DOLLAR)) throw refuse(422, 'There is no such currency');
  const amount = (Number(account.balance.main) / PER_DOLLAR[own]) * PER_DOLLAR[currency];
  return { currency, balance_currency: Math.round(amount * 100) / 100 };
}

function subscribersOf(account) {
  const everyone = new Set();
  for (const list of account.lists.values())
    for (const member of list.members()) everyone.add(member.email.toLowerCase());
  return everyone.size;
}

function details({ account }) {
  const { tariff, now } = account;
  const end = account.stamp(now - (now % DAY) + tariff.finished_in_days * DAY);
  return {
    balance: { ...account.balance },
    email: {
      tariff_name: tariff.name,
      finished_time: end,
      emails_left: tariff.emails_left,
      maximum_subscribers: tariff.maximum_subscribers,
      current_subscribers: subscribersOf(account),
    },
    smtp: { tariff_name: 'SMTP Free', end_date: end, auto_renew: 1 },
    push: { tariff_name: 'White Label', end_date: end.slice(0, 10), auto_renew: 1 },
  };
}

export const balance = {
  'GET /balance': ({ account }) => inCurrency(account, account.balance.currency),
  'GET /balance/{currency}': ({ account, params }) => inCurrency(account, params.currency),
  'GET /user/balance/detail': details,
};
