// SMTP [OA:smtp]. Traps: every answer has its own shape; numbers come as text now and then; the unsubscribe calls take
// {"emails": [...]} though the description shows a bare list; GET /smtp/unsubscribe/search
// answers a question by `result`; sender domains lie in data.data; small plans are refused with 422.

import { fromBase64, isEmail, isObject } from '../arguments.mjs';
import { check } from '../checks.mjs';
import { invalidArgument, Refusal, refuse } from '../refusals.mjs';
import { Smtp, smtpControl } from '../smtp.mjs';

const DAY = 86_400_000;
const EXPLAINED = { 250: 'Delivered', 550: 'Mailbox unavailable' };

const invalid = (name, complaint) => invalidArgument(name, complaint);
const coded = (status, code, message) => new Refusal(status, code, message);

function on(account) {
  if (account.plan === 'free') throw coded(422, 422, 'Your tariff does not allow the operation');
  if (!account.smtp.isOn) throw coded(422, 400, 'No such SMTP user, you need to create SMTP account first');
  return account.smtp;
}

const number = (account, value) => (account.settings.numbers_as_strings ? String(value) : value);

function row(account, email) {
  const { code } = email;
  return {
    id: email.id,
    sender: email.sender,
    total_size: number(account, 500 + email.html.length),
    sender_ip: '203.0.113.9',
    smtp_answer_code: code === null ? null : number(account, code),
    smtp_answer_code_explain: code === null ? null : (EXPLAINED[code] ?? 'Failed'),
    smtp_answer_subcode: code === null ? null : '0',
    smtp_answer_data: code === null ? null : `${code} from the mail server`,
    used_ip: '203.0.113.7',
    recipient: email.recipient ?? null,
    subject: email.subject,
    send_date: account.stamp(email.sentAt),
    tracking: {
      click: email.clicks.length,
      open: email.opens.length,
      link: email.clicks.map(at => ({ url: 'https://shop.example.com/', browser: 'Firefox', action_date: account.stamp(at) })),
      client_info: email.opens.map(at => ({ browser: 'Firefox', os: 'Linux', action_date: account.stamp(at) })),
    },
  };
}

const PAGE = { limit: 'digits', offset: 'digits' };

function cut(query, rows, usual = 100, most = 100) {
  const limit = Number(query.limit ?? usual);
  if (limit < 1 || limit > most) throw invalid('limit', `may not be greater than ${most}`);
  const offset = Number(query.offset ?? 0);
  return rows.slice(offset, offset + limit);
}

// Whole days, in the account's own zone.
function dayOf(account, ms) {
  return account.stamp(ms).slice(0, 10);
}

function list({ account, query }) {
  check(query, { ...PAGE, from: 'date', to: 'date', sender: 'string', recipient: 'string', country: 'string' }, invalid);
  const { from, to, sender, recipient } = query;
  const rows = [...on(account).emails.values()].filter(
    email =>
      (from === undefined || dayOf(account, email.sentAt) >= from) &&
      (to === undefined || dayOf(account, email.sentAt) <= to) &&
      (sender === undefined || email.sender === sender) &&
      (recipient === undefined || email.recipient === recipient),
  );
  // The order is not documented; newest first is what a user's page shows.
  return cut(query, rows.reverse()).map(email => row(account, email));
}

function people(value, name, code) {
  if (!Array.isArray(value) || value.length === 0) throw coded(422, code, `Argument ${name} is invalid`);
  for (const person of value) {
    if (!isObject(person) || !isEmail(person.email)) throw coded(422, code, `Argument ${name} is invalid`);
    check(person, { email: 'string!', name: 'string' }, () => coded(422, code, `Argument ${name} is invalid`));
  }
  return value;
}

function files(value, name, decode) {
  if (value === undefined) return;
  const good = isObject(value) && Object.values(value).every(content => typeof content === 'string' && decode(content));
  if (!good) throw invalid(name, 'is invalid');
}

const isBase64 = text => /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0;

function content(account, email) {
  if (email.template !== undefined) {
    if (email.html !== undefined || email.text !== undefined) throw invalid('template', 'is invalid');
    check(email.template, { id: 'any!', variables: 'object!' }, (name, complaint) => coded(422, name === 'id' ? 10 : 731, `Argument template.${name} ${complaint}`));
    const template = account.findTemplate(email.template.id);
    if (!template) throw refuse(31);
    return template.body;
  }
  if (email.html === undefined || email.text === undefined) throw coded(422, 13, 'Missed email body');
  const html = fromBase64(email.html);
  if (html === null) throw invalid('html', 'is invalid');
  return html;
}

const MESSAGE = {
  html: 'text',
  text: 'string',
  template: 'object',
  auto_plain_text: 'boolean',
  subject: 'string!',
  from: 'object!',
  to: 'array!',
  reply_to: 'object',
  cc: 'array',
  bcc: 'array',
  attachments: 'object',
  attachments_binary: 'object',
};

function send({ account, body }) {
  const smtp = on(account);
  // A mistake in the nesting [GH node/38].
  if (!isObject(body.email)) throw refuse(999);
  check(body, { email: 'object!' }, invalid);
  const { email } = body;
  if (!email.subject) throw refuse(12, 'Argument subject missing');
  check(email, MESSAGE, invalid);
  if (!isObject(email.from) || !email.from.email) throw refuse(10, 'Argument from.email missing');
  check(email.from, { name: 'text!', email: 'string!' }, name => refuse(10, `Argument from.${name} is invalid`));
  people(email.to, 'email.to', 11);
  for (const name of ['cc', 'bcc']) if (email[name] !== undefined) people(email[name], name, 11);
  if (email.reply_to !== undefined) people([email.reply_to], 'reply_to', 422);
  files(email.attachments, 'attachments', () => true);
  files(email.attachments_binary, 'attachments_binary', isBase64);
  const html = content(account, email);
  const sender = account.senders.get(email.from.email.toLowerCase());
  if (!sender?.smtp) throw coded(422, 422, 'Sender is not valid');
  const [first] = email.to;
  if (smtp.unsubscribed.has(first.email.toLowerCase())) throw coded(422, 422, 'Recipient email is invalid');
  const sent = smtp.add({ sender: email.from.email, recipient: first.email, subject: email.subject, html, message: email });
  return { result: true, id: sent.id };
}

function found(account, id) {
  const email = on(account).emails.get(id);
  if (!email) throw coded(400, 14, 'No such email');
  return row(account, email);
}

function many({ account, body }) {
  const smtp = on(account);
  check(body, { emails: 'string[]!' }, () => coded(400, 832, 'Emails param empty or incorrect'));
  if (body.emails.length === 0 || body.emails.length > 500) throw coded(400, 832, 'Emails param empty or incorrect');
  const rows = body.emails.filter(id => smtp.emails.has(id)).map(id => row(account, smtp.emails.get(id)));
  if (rows.length === 0) throw coded(400, 14, 'No such emails');
  return rows;
}

function bounces({ account, query }) {
  check(query, { ...PAGE, date: 'date' }, invalid);
  const smtp = on(account);
  const day = query.date ?? dayOf(account, account.now);
  const rows = smtp.bounces().filter(email => dayOf(account, email.sentAt) === day);
  const emails = cut(query, rows.reverse(), 1000, 1000).map(email => ({
    email_to: email.recipient,
    sender: email.sender,
    send_date: account.stamp(email.sentAt),
    subject: email.subject,
    smtp_answer_code: email.code,
    smtp_answer_subcode: '5.1.1',
    smtp_answer_data: `${email.code} No such user`,
  }));
  return { total: rows.length, emails, request_limit: 1000, found: emails.length };
}

const flag = (how, ...names) => (names.includes(how) ? 1 : 0);

function unsubscribed({ account, query }) {
  check(query, { ...PAGE, date: 'date' }, invalid);
  const rows = [...on(account).unsubscribed.values()]
    .filter(({ at }) => query.date === undefined || dayOf(account, at) === query.date)
    .sort((a, b) => a.at - b.at);
  return cut(query, rows).map(({ email, how, at }) => ({
    email,
    // A complaint counts as both [GO smtp tests].
    unsubscribe_by_link: flag(how, 'link', 'spam'),
    unsubscribe_by_user: flag(how, 'user'),
    spam_complaint: flag(how, 'spam'),
    date: account.stamp(at),
  }));
}

const empty = () => coded(400, 14, 'Empty emails');

function unsubscribe({ account, body }) {
  const smtp = on(account);
  check(body, { emails: 'object[]!' }, empty);
  if (body.emails.length === 0) throw empty();
  for (const person of body.emails) check(person, { email: 'text!', comment: 'string' }, empty);
  for (const { email } of body.emails) smtp.unsubscribe(email, 'user');
  return { result: true };
}

function forgive({ account, body }) {
  const smtp = on(account);
  check(body, { emails: 'text[]!' }, empty);
  if (body.emails.length === 0) throw empty();
  for (const email of body.emails) smtp.unsubscribed.delete(email.toLowerCase());
  return { result: true };
}

function resubscribe({ account, body }) {
  const smtp = on(account);
  check(body, { email: 'string!', sender: 'string!', lang: 'string' }, invalid);
  if (!isEmail(body.email)) throw invalid('email', 'is invalid');
  if (!['ru', 'en', 'ua', 'tr', 'es', 'pt', undefined].includes(body.lang)) throw invalid('lang', 'is invalid');
  if (!smtp.unsubscribed.has(body.email.toLowerCase())) throw coded(422, 422, 'Blocked email not found');
  smtp.resubscribeTimes = smtp.resubscribeTimes.filter(at => at > account.now - DAY);
  if (smtp.resubscribeTimes.length >= 5) throw coded(422, 422, 'No more than 5 are allowed per day');
  smtp.resubscribeTimes.push(account.now);
  return { result: true, id: smtp.add({ sender: body.sender, recipient: body.email, subject: 'Subscribe again' }).id };
}

function search({ account, query }) {
  check(query, { email: 'string!' }, () => coded(422, 422, 'Empty email parameter'));
  if (!isEmail(query.email)) throw coded(422, 422, 'Wrong email parameter');
  return { result: on(account).unsubscribed.has(query.email.toLowerCase()) };
}

const domainRow = account => ({ id, domain, active }) => ({
  id,
  user_id: account.userId,
  service_type: 1,
  service_value: domain,
  status: active ? 1 : 0,
  is_default: active,
  ssl_type: 1,
  checks: { check_dkim: active, check_spf: active, check_dmarc: active, all_checks: active, spf_txt_needed: 'v=spf1 include:mxsspf.sendpulse.com ~all' },
});

function addDomain({ account, params }) {
  const smtp = on(account);
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(params.domain)) throw invalid('domain', 'is invalid');
  smtp.addDomain(params.domain.toLowerCase());
  return { data: { result: true } };
}

export const smtp = {
  name: 'smtp',
  State: Smtp,
  control: smtpControl,
  routes: {
    'POST /smtp/emails': send,
    'GET /smtp/emails': list,
    'GET /smtp/emails/total': ({ account }) => ({ total: on(account).emails.size }),
    'GET /smtp/emails/{email_id}': ({ account, params }) => found(account, params.email_id),
    'POST /smtp/emails/info': many,
    'GET /smtp/bounces/day': bounces,
    'GET /smtp/bounces/day/total': ({ account }) => ({
      total: on(account).bounces().filter(({ sentAt }) => sentAt > account.now - DAY).length,
    }),
    'GET /smtp/unsubscribe': unsubscribed,
    'POST /smtp/unsubscribe': unsubscribe,
    'DELETE /smtp/unsubscribe': forgive,
    'GET /smtp/unsubscribe/search': search,
    'POST /smtp/resubscribe': resubscribe,
    'GET /smtp/ips': ({ account }) => {
      on(account);
      return ['203.0.113.7'];
    },
    'GET /smtp/senders': ({ account }) => {
      on(account);
      return [...account.senders.values()].filter(sender => sender.smtp).map(({ email }) => email);
    },
    'GET /v2/email-service/smtp/sender_domains': ({ account }) => ({
      data: { result: true, data: [...on(account).domains.values()].map(domainRow(account)) },
    }),
    'POST /v2/email-service/smtp/sender_domains/{domain}': addDomain,
  },
};
