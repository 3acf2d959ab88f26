// `probe`: what the connector assumes about SendPulse, checked by reads. The fake tells the truth and lies, and each
// assumption is judged both ways; the recording has nothing of the account in it, and can be answered from.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inWorld } from './harness.mjs';

const MOST_REQUESTS = 50; // max_requests in manifests/sendpulse/probe.yaml
const HOLDS = 'holds';
const FAILS = 'does not hold';
const OPEN = 'could not be checked';

const DAY = 86_400_000;
const clear = world => world.fake.control('DELETE', '/requests');
const probe = async (world, connection, ...more) => {
  const report = await world.ok(['probe', connection.id, ...more]);
  return { ...report, of: Object.fromEntries(report.assumptions.map(({ id, verdict }) => [id, verdict])) };
};
const probed = async (world, connection) => (await probe(world, connection)).of;

// An account with enough of everything that is paged: a list of 130 and one of 3, in three lists.
async function fill(world) {
  const { id } = await world.fake.control('POST', '/lists', { name: 'Many' });
  await world.fake.control('POST', `/lists/${id}/subscribers`, { count: 130, prefix: 'many', add_date: Date.now() - DAY, step_s: 60 });
  for (let i = 0; i < 3; ++i) await world.fake.control('POST', '/campaigns', { name: `Letter ${i}` });
  return id;
}

test('a probe only reads, within its limit, and changes nothing', inWorld(async world => {
  const connection = await world.connect();
  await fill(world);
  await world.fake.control('POST', '/clock', { freeze: true });
  const before = await world.fake.control('GET', '/state?members=1');
  const database = world.database();
  await clear(world);
  const report = await probe(world, connection);
  const requests = await world.requests();
  assert.equal(report.max_requests, MOST_REQUESTS);
  assert.equal(report.requests, requests.length);
  assert.ok(requests.length > 25 && requests.length <= MOST_REQUESTS, `${requests.length} requests`);
  assert.deepEqual([...new Set(requests.map(({ method }) => method))], ['GET']);
  assert.ok(requests.every(({ body }) => !body));
  const after = await world.fake.control('GET', '/state?members=1');
  assert.deepEqual(after.accounts, before.accounts);
  assert.deepEqual(world.database(), database, 'and nothing is stored');
  assert.equal(report.assumptions.length, report.holds + report.does_not_hold + report.could_not_be_checked);
  for (const { description, checked_by, seen } of report.assumptions) {
    assert.match(description, /^[A-Z].*\.$/);
    assert.match(checked_by, /^GET \//);
    assert.ok(seen.length > 0);
  }
}));

test('the limit includes repeated requests', inWorld(async world => {
  const connection = await world.connect();
  await clear(world);
  await world.fault({ path_regex: '^/(addressbooks|campaigns|smtp|push|sms|viber|senders|templates|chatbots|user|tags|blacklist)' }, { status: 500 }, -1);
  const report = await probe(world, connection);
  const requests = await world.requests();
  assert.equal(report.requests, requests.length);
  assert.ok(requests.length <= MOST_REQUESTS, `${requests.length} requests`);
  assert.equal(report.of['list-members'], OPEN);
}));

test('a 429 is not provoked: the probe keeps to the share of polls', inWorld(async world => {
  const connection = await world.connect({ method: 'key' });
  await clear(world);
  await probe(world, connection);
  const requests = await world.requests();
  assert.deepEqual(requests.filter(({ status }) => status === 429), []);
}, { settings: { rate_limit: true } }));

test('what the fake does as assumed holds', inWorld(async world => {
  const connection = await world.connect();
  await fill(world);
  const of = await probed(world, connection);
  for (const id of [
    'http2', 'no-limit-headers', 'account-members', 'account-zone', 'list-members', 'list-unique', 'list-counters', 'list-counter-type',
    'list-stamp', 'list-single', 'list-page', 'list-end', 'subscriber-order', 'subscriber-plain-order', 'subscriber-date',
    'subscriber-members', 'subscriber-unique', 'subscriber-status', 'subscriber-stamp', 'subscriber-stamp-utc', 'subscriber-tags',
    'subscriber-page', 'subscriber-end', 'campaign-order', 'campaign-members', 'campaign-unique', 'campaign-end', 'sender-members', 'tag-members',
  ])
    assert.equal(of[id], HOLDS, id);
}));

const row = (id, more = {}) => ({ id, name: `List ${id}`, all_email_qty: 3, active_email_qty: 2, inactive_email_qty: 1, creationdate: '2026-03-01 09:00:00', ...more });
const person = (i, more = {}) => ({ email: `p${i}@example.org`, status: 1, variables: {}, add_date: `2026-03-01 09:00:0${9 - i}`, ...more });
const FIRST_LISTS = { path: '/addressbooks', query: { limit: 100, offset: 0 } };
const EMAILS = '^/addressbooks/[0-9]+/emails$';
const many = (count, make) => Array.from({ length: count }, (_, i) => make(i));

// [assumption, what the fake says instead, the verdict]
const LIES = [
  ['no-limit-headers', FIRST_LISTS, { headers: { 'x-ratelimit-remaining': '12' } }, FAILS],
  ['account-members', { path: '/user/info' }, { body: { id: 1, email: 'a@example.org', time_zone: null } }, FAILS],
  ['account-zone', { path: '/user/info' }, { body: { id: 1, email: 'a@example.org', time_zone: 'Kyiv time' } }, FAILS],
  ['account-zone', { path: '/user/info' }, { body: { id: 1, email: 'a@example.org', time_zone: '+02:00' } }, FAILS],
  ['account-zone', { path: '/user/info' }, { body: { id: 1, email: 'a@example.org', time_zone: null } }, OPEN],
  ['account-members', { path: '/user/info' }, { status: 403, body: { message: 'no' } }, OPEN],
  ['account-members', { path: '/user/info' }, { html: true }, OPEN],
  ['list-members', FIRST_LISTS, { body: [{ id: 1, name: 'x' }] }, FAILS],
  ['list-unique', FIRST_LISTS, { body: [row(1), row(1)] }, FAILS],
  ['list-counters', FIRST_LISTS, { body: [row(1, { all_email_qty: 4 })] }, FAILS],
  ['list-counter-type', FIRST_LISTS, { body: [row(1, { all_email_qty: '3' })] }, FAILS],
  ['list-stamp', FIRST_LISTS, { body: [row(1, { creationdate: '2026-03-01T09:00:00+03:00' })] }, FAILS],
  ['list-single', { path_regex: '^/addressbooks/[0-9]+$' }, { body: row(1) }, OPEN],
  ['list-page', { path: '/addressbooks', query: { limit: 1000 } }, { body: many(150, row) }, FAILS],
  ['list-page', { path: '/addressbooks', query: { limit: 1000 } }, { body: many(2, row) }, FAILS],
  ['list-page', { path: '/addressbooks', query: { limit: 1000 } }, { body: many(5, row) }, OPEN],
  ['list-end', { path: '/addressbooks', query: { offset: 1_000_000 } }, { body: [row(1)] }, FAILS],
  ['list-end', { path: '/addressbooks', query: { offset: 1_000_000 } }, { status: 404, body: { message: 'gone' } }, HOLDS],
  ['list-end', { path: '/addressbooks', query: { offset: 1_000_000 } }, { status: 500, body: '' }, OPEN],
  ['subscriber-order', { path_regex: EMAILS, query: { order: 'desc' } }, { body: [person(2), person(1)] }, FAILS],
  ['subscriber-order', { path_regex: EMAILS, query: { order: 'desc' } }, { body: [person(2)] }, OPEN],
  ['subscriber-date', { path_regex: EMAILS, query: { order: 'desc' } }, { body: [person(1), person(2, { add_date: null })] }, FAILS],
  ['subscriber-unique', { path_regex: EMAILS, query: { order: 'desc' } }, { body: [person(1), person(2, { email: 'P1@example.org' })] }, FAILS],
  ['subscriber-status', { path_regex: EMAILS, query: { order: 'desc' } }, { body: [person(1, { status: '1' })] }, FAILS],
  ['subscriber-variables', { path_regex: EMAILS, query: { order: 'desc' } }, { body: [person(1, { variables: null })] }, FAILS],
  ['subscriber-stamp', { path_regex: EMAILS, query: { order: 'desc' } }, { body: [person(1, { add_date: '2026-03-01 09:00' })] }, FAILS],
  ['subscriber-stamp-utc', { path_regex: EMAILS, query: { order: 'desc' } }, { body: [person(1, { add_date: '2199-03-01 09:00:00' })] }, FAILS],
  ['subscriber-tags', { path_regex: EMAILS, query: { order: 'desc' } }, { body: [person(1, { tags: [] })] }, FAILS],
  ['subscriber-page', { path_regex: EMAILS, query: { limit: 1000 } }, { body: many(101, person) }, FAILS],
  ['subscriber-end', { path_regex: EMAILS, query: { offset: 10_000_000 } }, { body: [person(1)] }, FAILS],
  ['campaign-order', { path: '/campaigns', query: { limit: 100, offset: 0 } }, { body: [{ id: 1 }, { id: 2 }] }, FAILS],
  ['conversion-list', { path_regex: '/conversions/list/all$' }, { status: 404, body: {} }, FAILS],
  ['tag-members', { path: '/tags' }, { body: { tags: [{ id: 1 }] } }, FAILS],
  ['http2', { path: '/user/info' }, { drop: 'after_read' }, OPEN, 2],
];

// Without a list nobody can ask for its subscribers: these cannot be told beside others.
const LIES_ALONE = [
  ['list-members', FIRST_LISTS, { body: [] }, OPEN],
  ['list-members', FIRST_LISTS, { body: { error_code: 8 } }, OPEN],
];

// As few probes as there are lies about one and the same request.
function rounds() {
  const out = [];
  for (const lie of LIES) {
    const about = JSON.stringify(lie[1]);
    const free = out.find(round => !round.some(other => JSON.stringify(other[1]) === about));
    if (free) free.push(lie);
    else out.push([lie]);
  }
  return [...out, ...LIES_ALONE.map(lie => [lie])];
}

test('each assumption is judged by what came, not by what is documented', inWorld(async world => {
  const connection = await world.connect();
  await fill(world);
  for (const lies of rounds()) {
    for (const [, match, action, , times = -1] of lies) await world.fault(match, action, times);
    const of = await probed(world, connection);
    for (const [id, , action, verdict] of lies)
      assert.equal(of[id], verdict, `${id}: ${JSON.stringify(action).slice(0, 200)}`);
    await world.healed();
  }
}, { seed: 'demo' }));

test('a page that is shorter than the documented one is noticed', inWorld(async world => {
  const connection = await world.connect();
  const id = await fill(world);
  const path = `/addressbooks/${id}/emails`;
  await world.fault({ path, query: { limit: 1000 } }, { body: many(50, person) }, -1);
  assert.equal((await probed(world, connection))['subscriber-page'], FAILS, '50 came, and there are more');
}));

const SECRET_FIELDS = ['client_id', 'client_secret', 'api_key'];

test('the recording has the shapes and nothing of the account', inWorld(async world => {
  const connection = await world.connect();
  const id = await fill(world);
  const odd = { 'odd.name@example.net': { 380_671_234_567: 'Taras Shevchenko' }, phone: 380_671_234_568, note: 'met in Lviv' };
  await world.fault({ path: `/addressbooks/${id}/emails`, query: { order: 'desc' } }, { body: [person(1, odd)], headers: { 'retry-after': '4711' } }, -1);
  const file = join(world.home, 'recording.json');
  const report = await probe(world, connection, '--output', file);
  assert.equal(report.recording, file);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const text = readFileSync(file, 'utf8');
  const recording = JSON.parse(text);
  assert.equal(recording.recording, 'connector-probe/1');
  assert.deepEqual(recording.assumptions, report.assumptions);
  const subscribers = recording.requests.find(request => request.id === 'subscribers');
  assert.equal(subscribers.path, '/addressbooks/{}/emails');
  assert.deepEqual(subscribers.query, { limit: '100', offset: '0', order: 'desc' });
  assert.equal(subscribers.headers['retry-after'], '{digits}');
  const [kind] = subscribers.body.kinds[0].elements.kinds;
  assert.deepEqual(kind.members.email.kinds, [{ kind: 'text', format: 'email', length: '9-16', count: 1 }]);
  assert.ok('{email}' in kind.members, 'a name that is an address is not told');

  const state = await world.fake.control('GET', '/state?members=1');
  const tokens = (await world.fake.control('GET', '/tokens')).map(({ value }) => value);
  const [account] = state.accounts;
  const told = [
    ...SECRET_FIELDS.map(name => world.fake.credentials[name]),
    ...tokens,
    ...[account.email, String(account.user_id)],
    ...account.lists.flatMap(list => [String(list.id), list.name, ...list.members.map(({ email }) => email)]),
    ...account.campaigns.map(campaign => String(campaign.id)),
    ...account.senders.map(({ email }) => email),
    ...['odd.name', '38067', 'Shevchenko', 'Lviv', '4711', 'p1@example.org'],
  ];
  const report_text = JSON.stringify(report.assumptions);
  for (const secret of told) {
    if (secret.length < 4) continue;
    assert.ok(!text.includes(secret), `the recording has ${secret}`);
    assert.ok(!report_text.includes(secret), `the report has ${secret}`);
  }
}));

test('a file is replaced only with --force, and before anything is sent', inWorld(async world => {
  const connection = await world.connect();
  const file = join(world.home, 'recording.json');
  writeFileSync(file, 'mine', { mode: 0o644 });
  await clear(world);
  const error = await world.fails(73, ['probe', connection.id, '--output', file]);
  assert.equal(error.class, 'conflict');
  assert.match(error.message, /Nothing was sent/);
  assert.equal(readFileSync(file, 'utf8'), 'mine');
  assert.deepEqual(await world.requests(), []);
  await world.fails(64, ['probe', connection.id, '--force']);
  await world.fails(74, ['probe', connection.id, '--output', join(world.home, 'no/such/folder.json')]);
  assert.deepEqual(await world.requests(), []);
  writeFileSync(`${file}.new`, 'another file of mine');
  await probe(world, connection, '--output', file, '--force');
  assert.equal(JSON.parse(readFileSync(file, 'utf8')).plugin, 'sendpulse');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(readFileSync(`${file}.new`, 'utf8'), 'another file of mine');
  assert.deepEqual(readdirSync(world.home).filter(name => name.startsWith('recording.json')), ['recording.json', 'recording.json.new']);
}));

test('without a sign-in that works nothing is said about the service', inWorld(async world => {
  const connection = await world.connect();
  const file = join(world.home, 'recording.json');
  await world.fake.control('POST', '/tokens/revoke', {});
  await world.fake.control('PATCH', `/accounts/${world.fake.credentials.client_id}`, { client_secret: 'another one' });
  const error = await world.fails(69, ['probe', connection.id, '--output', file]);
  assert.match(error.message, /No request of the probe was answered/);
  assert.ok(!existsSync(file), 'and no recording is left');
  await world.fails(66, ['probe', 'con_nobody']);
}));

test('for people it says what was seen, and the progress is on standard error', inWorld(async world => {
  const connection = await world.connect();
  await world.fault({ path: '/tags' }, { body: { tags: [{ id: 1 }] } }, -1);
  const { code, out, err } = await world.host(['probe', connection.id]);
  assert.equal(code, 0);
  assert.match(out, /^holds {16}http2: SendPulse answers with HTTP\/2\.\n {21}HTTP\/2\.\n/m);
  assert.match(out, /^does not hold {8}tag-members: Every tag has its ID and name\.\n {21}\/name is missing in 1 and null in 0 of 1 row\.\n/m);
  assert.match(out, /\d+ assumptions: \d+ hold, \d+ do not hold, \d+ could not be checked\. \d+ requests were sent, all of them reads\.\n$/);
  assert.match(err, /note: request 1 of \d+: account/);
}));

// Verdicts that a recording cannot bring back: how numbers of a row hang together, the time of the answer, and what
// follows from the meaning of a value (the channel of a dialog).
const NOT_RECORDED = ['list-counters', 'subscriber-stamp-utc', 'smtp-stamp-utc', 'bot-chats'];

test('a recording is answered from: the same verdicts, and polls that work', inWorld(async world => {
  const connection = await world.connect();
  await fill(world);
  // The account lies in two ways: the order of campaigns, and a date that is missing in a row.
  const campaigns = many(4, i => ({ id: 900 + i, name: `Letter ${i}`, status: 3, send_date: '2026-03-01 09:00:00', message: {} }));
  await world.fault({ path: '/campaigns', query: { limit: 100, offset: 0 } }, { body: campaigns }, -1);
  await world.fault({ path: '/user/info' }, { merge: { time_zone: null } }, -1);
  const file = join(world.home, 'recording.json');
  const first = await probe(world, connection, '--output', file);
  assert.equal(first.of['campaign-order'], FAILS);
  assert.equal(first.of['account-members'], FAILS);

  await world.healed();
  await world.fake.control('POST', '/reset', { seed: 'empty', keep_tokens: true });
  await world.fake.control('POST', '/recording', JSON.parse(readFileSync(file, 'utf8')));
  const second = await probe(world, connection);
  for (const { id, verdict, seen } of second.assumptions)
    if (!NOT_RECORDED.includes(id)) assert.equal(verdict, first.of[id], `${id}: ${seen}`);

  const { output } = await world.act(connection, 'mailing_list.list');
  assert.equal(output.items.length, 3, 'as many as were recorded');
  assert.ok(output.items.every(({ name }) => !/First|Second|Many/.test(name)), 'with other names');
  for (const trigger of ['mailing_list.created', 'campaign.created', 'subscriber.added', 'tag.created', 'template.created']) await world.addTrigger(connection, trigger);
  const { code, err } = await world.poll();
  assert.equal(code, 0, err);
  assert.deepEqual((await world.poll()).events, [], 'nothing changes in a recording');
  await world.fake.control('DELETE', '/recording');
  assert.equal((await world.act(connection, 'mailing_list.list')).output.items.length, 0);
}));

test('a recording of another format is refused', inWorld(async world => {
  await assert.rejects(world.fake.control('POST', '/recording', { recording: 'connector-probe/9' }), /format/);
}));
