// The verifier [OA:verifier]. Traps: everything comes with 200 and `result`; a result that is not there yet is
// `result: false` without a word; counts by status are an object with digits for names, or [] when there are none.

import { file } from '../answers.mjs';
import { isEmail } from '../arguments.mjs';
import { check } from '../checks.mjs';
import { invalidArgument, refuse } from '../refusals.mjs';
import { Verifier, verifierControl } from '../verifier.mjs';
import { emptyAsArray } from './rows.mjs';

const FORMATS = { 2: 'csv', 3: 'xls', 4: 'xlsx' };
const COLORS = ['', 'Green', 'Yellow', 'Red'];
const WORDS = ['Unverified', 'Valid', 'Unconfirmed', 'Invalid'];

const bodyOf = (body, description) => check(body, description, invalidArgument);
const number = (account, value) => (account.settings.numbers_as_strings ? String(value) : value);

function listOf(account, id) {
  const list = account.lists.get(id);
  if (!list) throw refuse(213);
  return list;
}

function queryOf(query) {
  check(query, { id: 'digits!', start: 'digits', count: 'digits', format: 'digits' }, invalidArgument);
  return Number(query.id);
}

function runOf(account, id) {
  const run = account.verifier.lists.get(id);
  if (!run) throw refuse(213);
  return run;
}

function cut({ start = '0', count = '10' }, rows) {
  if (Number(count) < 1 || Number(count) > 100) throw invalidArgument('count', 'is invalid');
  return rows.slice(Number(start), Number(start) + Number(count));
}

function summary(account, run) {
  const { verifier } = account;
  const members = run.list.members();
  const data = {};
  const finished = verifier.isFinished(run);
  for (const { email } of finished ? members : []) {
    const status = verifier.statusOf(email);
    data[status] = (data[status] ?? 0) + 1;
  }
  const status = finished ? (data[3] > members.length / 2 ? 3 : data[3] ? 2 : 1) : 0;
  return {
    id: run.list.id,
    address_book_name: run.list.name,
    all_emails_quantity: members.length,
    status: number(account, status),
    check_date: account.stamp(finished ? run.finishedAt : run.startedAt),
    data: emptyAsArray(account, data),
    is_updated: 0,
    status_text: COLORS[status],
    is_garbage_in_book: false,
  };
}

function results(account, run, query) {
  const members = run.list.members();
  const rows = members.map(({ email }, i) => {
    const status = account.verifier.isFinished(run) ? account.verifier.statusOf(email) : 0;
    return { id: i + 1, email_address: email, check_date: account.stamp(run.finishedAt), status: number(account, status), status_text: WORDS[status] };
  });
  return { ...summary(account, run), email_addresses: cut(query, rows), email_addresses_total: rows.length };
}

function single({ account, query }) {
  check(query, { email: 'string!' }, invalidArgument);
  if (!isEmail(query.email)) throw invalidArgument('email', 'is invalid');
  const sent = account.verifier.addresses.get(query.email.toLowerCase());
  if (!sent) return { result: false };
  sent.asks += 1;
  if (sent.asks <= account.verifier.asksUntilDone) return { result: false };
  const { email, status } = sent;
  return {
    result: true,
    data: { email, checks: { status: number(account, status), valid_format: 1, disposable: 0, webmail: 0, gibberish: 0, status_text: WORDS[status] } },
  };
}

function send({ account, body }) {
  bodyOf(body, { email: 'string!' });
  if (!isEmail(body.email)) throw invalidArgument('email', 'is invalid');
  account.verifier.sendAddress(body.email);
  return { result: true };
}

function formatOf({ format = '2' }) {
  if (!FORMATS[format]) throw invalidArgument('format', 'is invalid');
  return format;
}

function makeReport({ account, body }) {
  bodyOf(body, { id: 'integer!', format: 'integer', status: 'integer[]', lang: 'string' });
  const format = formatOf({ format: String(body.format ?? 2) });
  const run = runOf(account, body.id);
  account.verifier.reports.set(`${body.id}.${format}`, { run, statuses: body.status ?? [0, 1, 2, 3] });
  return { result: true };
}

function reportOf(account, query) {
  const name = `${queryOf(query)}.${formatOf(query)}`;
  const report = account.verifier.reports.get(name);
  if (!report) throw refuse(404, 'There is no such report');
  return { name, ...report };
}

// Deleted with the download: whoever loses it has to make another one.
function download({ account, query }) {
  const { name, run, statuses } = reportOf(account, query);
  const ending = FORMATS[formatOf(query)];
  account.verifier.reports.delete(name);
  const lines = run.list.members().map(({ email }) => [email, account.verifier.statusOf(email)]).filter(([, status]) => statuses.includes(status));
  const bytes = Buffer.from(`email,status\n${lines.map(line => line.join(',')).join('\n')}\n\u0000\u00ff`, 'latin1');
  return file(bytes, 'application/octet-stream', `report-${run.list.id}.${ending}`);
}

export const verifier = {
  name: 'verifier',
  State: Verifier,
  control: verifierControl,
  routes: {
    'POST /verifier-service/send-list-to-verify': ({ account, body }) => {
      bodyOf(body, { id: 'integer!' });
      account.verifier.sendList(listOf(account, body.id));
      return { result: true };
    },
    'GET /verifier-service/get-progress': ({ account, query }) => {
      const run = runOf(account, queryOf(query));
      const total = run.list.members().length;
      return { result: true, data: { total, processed: account.verifier.isFinished(run) ? total : 0 } };
    },
    'GET /verifier-service/check': ({ account, query }) => results(account, runOf(account, queryOf(query)), query),
    'GET /verifier-service/check-list': ({ account, query }) => {
      check(query, { start: 'digits', count: 'digits' }, invalidArgument);
      const runs = [...account.verifier.lists.values()].reverse();
      return { total: runs.length, list: cut(query, runs).map(run => summary(account, run)) };
    },
    'POST /verifier-service/send-single-to-verify': send,
    'GET /verifier-service/get-single-result': single,
    'POST /verifier-service/make-report': makeReport,
    'GET /verifier-service/check-report': ({ account, query }) => results(account, reportOf(account, query).run, { start: '0', count: '10' }),
    'GET /verifier-service/get-report': download,
  },
};
