// `probe --writes LIST`: writes on a list that was made for it. Whatever happens meanwhile, the list is empty afterwards,
// or the person is told what is left; and nothing else in the account is touched.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { inWorld, until } from './harness.mjs';

const ADDRESS = 'connector-probe@example.org';
const MOST_REQUESTS = 90; // probe.writes.max_requests in manifests/sendpulse/probe.yaml
const HOLDS = 'holds';
const FAILS = 'does not hold';
const OPEN = 'could not be checked';

const clear = world => world.fake.control('DELETE', '/requests');
const makeList = async world => String((await world.fake.control('POST', '/lists', { name: 'For the probe' })).id);
const byId = report => Object.fromEntries(report.assumptions.map(({ id, verdict }) => [id, verdict]));
const account = async world => (await world.fake.control('GET', '/state?members=1')).accounts[0];
const members = async (world, id) => (await account(world)).lists.find(list => String(list.id) === id).members.map(({ email }) => email);
const seen = (report, id) => report.assumptions.find(each => each.id === id).seen;
const writesOf = async world => (await world.requests()).filter(({ method, path }) => method !== 'GET' && path !== '/oauth/access_token');
const add = id => ({ method: 'POST', path: `/addressbooks/${id}/emails` });
const remove = id => ({ method: 'DELETE', path: `/addressbooks/${id}/emails` });

// Most of the time they wait for the account's rate limit.
describe('probe --writes', { concurrency: 4 }, () => {
  test('the writes are tried, reported and taken back, and nothing else is touched', inWorld(async world => {
    const connection = await world.connect();
    const id = await makeList(world);
    await world.fake.control('POST', '/clock', { freeze: true });
    const before = await account(world);
    await clear(world);
    const file = join(world.home, 'recording.json');
    const report = await world.ok(['probe', connection.id, '--writes', id, '--yes', '--output', file]);
    const requests = await world.requests();

    assert.deepEqual({ ...(await account(world)), requests: 0 }, { ...before, requests: 0 });
    const writes = requests.filter(({ method }) => method !== 'GET');
    assert.ok(writes.length >= 6);
    for (const { method, path } of writes) assert.match(path, new RegExp(`^/addressbooks/${id}/emails(/variable)?$`), `${method} ${path}`);
    for (const { body } of writes) assert.ok(JSON.stringify(body).includes(ADDRESS));
    assert.equal(report.requests + report.writes.requests, requests.length);
    assert.ok(report.writes.requests <= MOST_REQUESTS);
    assert.equal(report.writes.max_requests, MOST_REQUESTS);
    assert.equal(report.writes.place, Number(id));
    assert.deepEqual(report.writes.cleanup.map(({ state }) => state), ['clean']);
    assert.equal(report.writes.remains.length, 1);

    const of = byId(report);
    const written = report.assumptions.filter(each => each.id.startsWith('write-'));
    assert.equal(written.length, 19);
    assert.deepEqual(written.filter(each => each.verdict !== HOLDS).map(each => [each.id, each.seen]), []);
    assert.equal(report.assumptions.length, report.holds + report.does_not_hold + report.could_not_be_checked);
    assert.equal(of['list-members'], HOLDS, 'with the assumptions of the reads');
    assert.match(seen(report, 'write-add-listed'), /^so at the first read, \d+\.\d s after the write was answered$/);

    const recording = JSON.parse(readFileSync(file, 'utf8'));
    assert.deepEqual(recording.assumptions, report.assumptions);
    const add_again = recording.writes.requests.find(request => request.id === 'add-again');
    assert.equal(add_again.path, '/addressbooks/{}/emails');
    assert.equal(recording.writes.requests.filter(request => request.id === 'list-before').length, 2, 'before the question and again before the writes');
  }));

  // What the fake says instead, and what becomes of the assumptions.
  const ONE = id => ({ method: 'GET', path_regex: `^/addressbooks/${id}/emails/` });
  const LIES = [
    {
      faults: id => [
        [add(id), { body: { result: 'true' }, apply: true }],
        [{ method: 'POST', path: `/addressbooks/${id}/emails/variable`, nth: 2 }, { status: 204, body: '', apply: true }],
        [{ ...remove(id), nth: 3 }, { status: 404, body: { message: 'gone' } }],
        [ONE(id), { status: 404, body: '<p>gone</p>' }],
      ],
      verdicts: {
        ...{ 'write-add': FAILS, 'write-add-again': FAILS, 'write-set': OPEN, 'write-set-listed': HOLDS },
        ...{ 'write-delete-again': HOLDS, 'write-delete-unknown': FAILS, 'write-get-error': FAILS, 'write-get-unknown': HOLDS },
      },
    },
    {
      faults: id => [
        [add(id), { status: 403, body: { message: 'no' } }],
        [{ ...remove(id), nth: 3 }, { status: 410, body: { message: 'gone' } }],
        [ONE(id), { status: 200, body: [] }],
      ],
      verdicts: {
        ...{ 'write-add': OPEN, 'write-add-listed': FAILS, 'write-add-again': OPEN, 'write-add-once': HOLDS },
        ...{ 'write-delete-again': FAILS, 'write-get-unknown': FAILS, 'write-get-error': FAILS, 'write-get-deleted': FAILS },
      },
    },
    {
      faults: id => [
        [{ ...add(id), nth: 2 }, { body: { result: true, exists: 1 }, apply: true }],
        [ONE(id), { status: 404, body: { message: 'gone' } }],
      ],
      verdicts: { 'write-add': HOLDS, 'write-add-again': FAILS, 'write-get-error': FAILS },
    },
  ];

  for (const [round, { faults, verdicts }] of LIES.entries())
    test(`each answer is judged by what came: ${Object.keys(verdicts).slice(0, 3).join(', ')} (${round + 1})`, inWorld(async world => {
      const connection = await world.connect();
      const id = await makeList(world);
      for (const [match, action] of faults(id)) await world.fault(match, action, 1);
      const report = await world.ok(['probe', connection.id, '--writes', id, '--yes']);
      for (const [name, verdict] of Object.entries(verdicts)) assert.equal(byId(report)[name], verdict, `${name}: ${seen(report, name)}`);
      assert.deepEqual(await members(world, id), []);
    }));

  test('a write that is visible later is measured', inWorld(async world => {
    const connection = await world.connect();
    const id = await makeList(world);
    // The conditions read the list twice before.
    for (let i = 0; i < 2; ++i) await world.fault({ method: 'GET', path: `/addressbooks/${id}/emails`, nth: 3 }, { body: [] });
    const report = await world.ok(['probe', connection.id, '--writes', id, '--yes']);
    assert.equal(byId(report)['write-add-listed'], FAILS);
    assert.match(seen(report, 'write-add-listed'), /^so at read 3, \d+\.\d s after/);
    assert.equal(byId(report)['write-add-date'], HOLDS);
    assert.deepEqual(await members(world, id), []);
  }));

  test('a list that is not empty, or is not there, is refused, and nothing is written', inWorld(async world => {
    const connection = await world.connect();
    const id = await makeList(world);
    await world.fake.control('POST', `/lists/${id}/subscribers`, { count: 1, prefix: 'mine' });
    await clear(world);
    const full = await world.fails(65, ['probe', connection.id, '--writes', id, '--yes']);
    assert.equal(full.message, 'Nothing was written. The mailing list is not empty. Seen: 0 of 1 row have it at /all_email_qty; other values: 1 integer. Nothing in it is of a probe: connector-probe@example.org is in none of 1 row.');
    assert.match(full.advice, /^Create an empty mailing list/);
    const none = await world.fails(65, ['probe', connection.id, '--writes', '999999', '--yes']);
    assert.equal(none.message, 'Nothing was written. There is no mailing list with this ID. Seen: HTTP 404.');
    assert.ok((await world.requests()).length <= 4, 'and the reads were not wasted on it');
    for (const odd of ['', '../1', '1/2', '0', '-5', '1?x', 'my list']) {
      const error = await world.fails(64, ['probe', connection.id, `--writes=${odd}`, '--yes']);
      assert.match(error.message, /Nothing was sent/);
    }
    assert.deepEqual(await writesOf(world), []);

    // Its counter does not say so, but there is somebody in it.
    await world.fault({ path: `/addressbooks/${id}` }, { body: [{ id: Number(id), all_email_qty: 0 }] }, -1);
    assert.match((await world.fails(65, ['probe', connection.id, '--writes', id, '--yes'])).message, /not empty\. Seen: 1 row\./);
    // Nobody knows.
    await world.fault({ path: `/addressbooks/${id}/emails` }, { status: 500, body: '' }, -1);
    assert.match((await world.fails(69, ['probe', connection.id, '--writes', id, '--yes'])).message, /could not be checked/);
    assert.deepEqual(await writesOf(world), []);
    assert.equal((await members(world, id)).length, 1);
  }));

  test('somebody who joins while the reads are sent is noticed', inWorld(async world => {
    const connection = await world.connect();
    const id = await makeList(world);
    await world.fault({ path: '/user/info' }, { after: [{ method: 'POST', path: `/lists/${id}/subscribers`, body: { count: 1, prefix: 'mine' } }] });
    const error = await world.fails(65, ['probe', connection.id, '--writes', id, '--yes']);
    assert.match(error.message, /Nothing was written\. The mailing list is not empty/);
    assert.equal((await members(world, id)).length, 1);
    assert.deepEqual(await writesOf(world), []);
  }));

  test('it says what it will write, and writes only with --yes', inWorld(async world => {
    const connection = await world.connect();
    const id = await makeList(world);
    const error = await world.fails(64, ['probe', connection.id, '--writes', id]);
    assert.match(error.message, new RegExp(`^Nothing was written\\. The probe will write to the mailing list ${id}:\\n  \\* Adds the address connector-probe@example\\.org`));
    assert.match(error.message, /Deletes the address connector-probe@example\.org/);
    assert.match(error.message, /It sends at most 90 requests/);
    assert.match(error.advice, /--yes/);
    assert.deepEqual(await writesOf(world), []);
    await world.fails(64, ['probe', connection.id, '--yes']);
  }));

  test('a person at a terminal is asked, and only yes is a yes', inWorld(async world => {
    const connection = await world.connect();
    const id = await makeList(world);
    const quoted = [world.program, ...world.globals, 'probe', connection.id, '--writes', id].map(word => `'${word}'`).join(' ');
    for (const [answer, code] of [['no', 64], ['yes', 0]]) {
      const terminal = spawn('script', ['-qec', quoted, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'], env: { PATH: process.env.PATH, HOME: world.home, LANG: 'C.UTF-8' } });
      let shown = '';
      terminal.stdout.setEncoding('utf8').on('data', chunk => (shown += chunk));
      await until(() => shown.includes('Type yes to write that: '), 'the question');
      assert.ok(shown.includes(`The probe will write to the mailing list ${id}`), 'it is said before');
      assert.deepEqual(await writesOf(world), []);
      terminal.stdin.write(`${answer}\n`);
      const [ended] = await once(terminal, 'close');
      assert.equal(ended, code, shown);
    }
    assert.ok((await writesOf(world)).length > 0);
    assert.deepEqual(await members(world, id), []);
  }));

  test('a service that refuses in the middle leaves nothing behind', inWorld(async world => {
    const connection = await world.connect();
    const id = await makeList(world);
    // From the second addition on everything is refused but the clean-up.
    await world.fault({ method: 'POST', path: `/addressbooks/${id}/emails/variable` }, { status: 403, body: { message: 'no' } }, -1);
    await world.fault({ ...add(id), nth: 2 }, { status: 403, body: { message: 'no' } });
    for (let i = 0; i < 2; ++i) await world.fault({ ...remove(id), nth: 2 }, { status: 403, body: { message: 'no' } });
    const report = await world.ok(['probe', connection.id, '--writes', id, '--yes']);
    assert.deepEqual(report.writes.cleanup.map(({ state }) => state), ['clean']);
    assert.equal(byId(report)['write-add'], HOLDS);
    assert.equal(byId(report)['write-delete'], OPEN);
    assert.equal(byId(report)['write-delete-listed'], FAILS);
    assert.deepEqual(await members(world, id), []);
  }));

  test('a lost answer is followed by a clean-up that is verified twice', inWorld(async world => {
    const connection = await world.connect();
    const id = await makeList(world);
    await world.fault(add(id), { drop: 'after_read' });
    const report = await world.ok(['probe', connection.id, '--writes', id, '--yes']);
    const sent = (await writesOf(world)).filter(({ method, path }) => method === 'POST' && path.endsWith('/emails'));
    assert.equal(sent.length, 2, 'a write is never repeated: add and add-again');
    assert.equal(byId(report)['write-add'], OPEN);
    assert.match(report.writes.cleanup[0].seen, /verified twice because an answer was lost/);
    assert.deepEqual(await members(world, id), []);
  }));

  for (const signal of ['SIGTERM', 'SIGINT'])
    test(`${signal} in the middle: the list is empty when the program has ended`, inWorld(async world => {
      const connection = await world.connect();
      const id = await makeList(world);
      await world.fault({ ...add(id), nth: 2 }, { delay_ms: 60_000 });
      const child = world.spawn(['probe', connection.id, '--writes', id, '--yes']);
      let err = '';
      child.stderr.setEncoding('utf8').on('data', chunk => (err += chunk));
      await until(() => err.includes('writes: add-again'), 'the second addition', 60_000);
      await until(async () => (await members(world, id)).length === 1, 'the address');
      child.kill(signal);
      const [code] = await once(child, 'close');
      assert.equal(code, signal === 'SIGTERM' ? 143 : 130, err);
      assert.match(err, /note: cleaning up: address/);
      assert.match(err, new RegExp(`Cleaned up: mailing list ${id}: .* verified twice because an answer was lost`));
      assert.deepEqual(await members(world, id), []);
    }));

  test('a signal during the clean-up does not end it', inWorld(async world => {
    const connection = await world.connect();
    const id = await makeList(world);
    await world.fault({ ...remove(id), nth: 4 }, { delay_ms: 60_000 });
    const child = world.spawn(['probe', connection.id, '--writes', id, '--yes']);
    let err = '';
    child.stderr.setEncoding('utf8').on('data', chunk => (err += chunk));
    await until(() => err.includes('cleaning up: address'), 'the clean-up', 60_000);
    child.kill('SIGTERM');
    const [code] = await once(child, 'close');
    assert.equal(code, 143, err);
    assert.match(err, new RegExp(`Cleaned up: mailing list ${id}`));
    assert.deepEqual(await members(world, id), []);
  }));

  // The place is asked for by its ID, and the answer is about another one, or does not say which one.
  const ELSEWHERE = id => [
    ['another list', { body: [{ id: Number(id) + 1, name: 'Another', all_email_qty: 0, active_email_qty: 0 }] }, /does not have the ID of this mailing list: it may be about another one\. Seen: 0 of 1 row have it at \/id/],
    ['no ID', { body: [{ name: 'For the probe', all_email_qty: 0 }] }, /does not have the ID of this mailing list.* 0 of 1 row have \/id/],
    ['two lists', { body: [{ id: Number(id), all_email_qty: 0 }, { id: Number(id) + 1, all_email_qty: 0 }] }, /Seen: 1 of 2 rows has it at \/id/],
  ];
  for (const [what, , message] of ELSEWHERE(0))
    test(`an answer with ${what} stops it before anything is written, also directly before the writes`, inWorld(async world => {
      const connection = await world.connect();
      const id = await makeList(world);
      const [, answer] = ELSEWHERE(id).find(each => each[0] === what);
      for (const nth of [1, 2]) {
        await world.fault({ method: 'GET', path: `/addressbooks/${id}`, nth }, answer);
        const error = await world.fails(65, ['probe', connection.id, '--writes', id, '--yes']);
        assert.match(error.message, message);
        assert.match(error.message, /^Nothing was written\./);
        assert.deepEqual(await writesOf(world), []);
        await world.healed();
      }
      const cleaning = await world.fault({ method: 'GET', path: `/addressbooks/${id}` }, answer);
      assert.ok(cleaning !== null);
      const error = await world.fails(65, ['probe', connection.id, '--writes', id, '--clean-up', '--yes']);
      assert.match(error.message, message);
      assert.deepEqual(await writesOf(world), []);
    }));

  test('after SIGKILL in the middle the next run says what was left, and --clean-up removes that and nothing else', inWorld(async world => {
    const connection = await world.connect();
    const id = await makeList(world);
    await world.fault({ ...add(id), nth: 2 }, { delay_ms: 60_000 });
    const child = world.spawn(['probe', connection.id, '--writes', id, '--yes']);
    let err = '';
    child.stderr.setEncoding('utf8').on('data', chunk => (err += chunk));
    await until(() => err.includes('writes: add-again'), 'the second addition', 60_000);
    await until(async () => (await members(world, id)).length === 1, 'the address');
    child.kill('SIGKILL');
    await once(child, 'close');
    await world.healed();
    // What is in the list beside it belongs to a person.
    await world.fake.control('POST', `/lists/${id}/subscribers`, { emails: ['jane@acme.com', 'probe@example.org'] });
    const before = (await members(world, id)).sort();
    await clear(world);

    const again = await world.fails(65, ['probe', connection.id, '--writes', id, '--yes']);
    assert.match(again.message, /The mailing list is not empty\..* An interrupted probe has left something in it: connector-probe@example\.org is in one of 3 rows\.$/);
    assert.equal(again.advice, `To remove that, and nothing else, run \`connector-host probe ${connection.id} --writes ${id} --clean-up\`.`);
    const unasked = await world.fails(64, ['probe', connection.id, '--writes', id, '--clean-up']);
    assert.match(unasked.message, /^Nothing was removed\. An interrupted probe has left something in the mailing list \d+:\n {2}\* connector-probe@example\.org is in one of 3 rows\n.*only this.*:\n {2}\* Deletes the address connector-probe@example\.org/s);
    assert.deepEqual(await writesOf(world), []);
    assert.deepEqual((await members(world, id)).sort(), before);

    const { writes } = await world.ok(['probe', connection.id, '--writes', id, '--clean-up', '--yes']);
    assert.deepEqual(writes.cleanup.map(({ state }) => state), ['clean']);
    assert.deepEqual((await members(world, id)).sort(), before.filter(each => each !== ADDRESS));
    const sent = await writesOf(world);
    assert.deepEqual(sent.map(({ method, path }) => [method, path]), [['DELETE', `/addressbooks/${id}/emails`]]);
    assert.deepEqual(sent[0].body, JSON.stringify({ emails: [ADDRESS] }));

    // There is nothing left to clean up, and the list is still not for a probe.
    const { code, out } = await world.host(['probe', connection.id, '--writes', id, '--clean-up']);
    assert.equal(code, 0);
    assert.match(out, /^Nothing was removed\. In the mailing list \d+ is nothing of a probe:\n {2}\* connector-probe@example\.org is in none of 2 rows/);
    const others = await world.fails(65, ['probe', connection.id, '--writes', id, '--yes']);
    assert.match(others.message, /not empty\..* Nothing in it is of a probe: connector-probe@example\.org is in none of 2 rows\.$/);
    assert.equal((await writesOf(world)).length, 1);
  }));

  test('--clean-up of what cannot be removed, or be seen, says so', inWorld(async world => {
    const connection = await world.connect();
    const id = await makeList(world);
    await world.fake.control('POST', `/lists/${id}/subscribers`, { emails: [ADDRESS] });
    const list = { method: 'GET', path: `/addressbooks/${id}/emails` };
    await world.fault(list, { status: 403, body: { message: 'no' } }, -1);
    const unseen = await world.fails(69, ['probe', connection.id, '--writes', id, '--clean-up', '--yes']);
    assert.match(unseen.message, /^Nothing was removed\. Whether an interrupted probe has left something in it could not be checked: /);
    assert.deepEqual(await writesOf(world), []);
    await world.healed();
    await world.fault(remove(id), { status: 403, body: { message: 'no' } }, -1);
    const { code, out } = await world.host(['probe', connection.id, '--writes', id, '--clean-up', '--yes']);
    assert.equal(code, 69);
    assert.match(out, /^NOT CLEANED UP: mailing list \d+: connector-probe@example\.org is in one of 1 row/m);
    assert.deepEqual(await members(world, id), [ADDRESS]);
    await world.fails(64, ['probe', connection.id, '--clean-up']);
    await world.fails(64, ['probe', connection.id, '--writes', id, '--clean-up', '--output', join(world.home, 'x.json')]);
  }));

  test('what cannot be cleaned up is named, with what to do by hand', inWorld(async world => {
    const connection = await world.connect();
    const id = await makeList(world);
    await world.fault(remove(id), { status: 403, body: { message: 'no' } }, -1);
    const file = join(world.home, 'recording.json');
    const { code, out } = await world.host(['probe', connection.id, '--writes', id, '--yes', '--output', file]);
    assert.equal(code, 69);
    assert.match(out, new RegExp(`^NOT CLEANED UP: mailing list ${id}: connector-probe@example\\.org is in one of 1 row; the clean-up was answered with HTTP 403\\. Open the mailing list in SendPulse`, 'm'));
    assert.deepEqual(await members(world, id), [ADDRESS]);
    const again = await world.fails(65, ['probe', connection.id, '--writes', id, '--yes']);
    assert.match(again.message, /not empty/);
    assert.equal(JSON.parse(readFileSync(file, 'utf8')).writes.requests.filter(request => request.id === 'address').length, 4);
  }));

  test('the recording has the answers to the writes, and nothing of the account', inWorld(async world => {
    const connection = await world.connect();
    const id = await makeList(world);
    const odd = { email: ADDRESS, status: 1, variables: { connector_probe: 'first', 'Mother of Taras': 'Lviv' }, phone: 380_671_234_567, note: 'met in Odesa', add_date: '2026-03-01 09:00:00' };
    await world.fault({ path: `/addressbooks/${id}/emails`, nth: 4 }, { body: [odd], headers: { 'retry-after': '4711' } });
    await world.fault({ ...add(id), nth: 2 }, { body: { result: true, message: 'Taras Shevchenko', owner: 'odd.name@example.net' }, apply: true });
    const file = join(world.home, 'recording.json');
    const report = await world.ok(['probe', connection.id, '--writes', id, '--yes', '--output', file]);
    const text = readFileSync(file, 'utf8');
    const state = await account(world);
    const tokens = (await world.fake.control('GET', '/tokens')).map(({ value }) => value);
    const told = [
      ...['client_id', 'client_secret', 'api_key'].map(name => world.fake.credentials[name]),
      ...tokens,
      ...[state.email, String(state.user_id), 'For the probe'],
      ...state.lists.flatMap(list => [String(list.id), list.name, ...list.members.map(({ email }) => email)]),
      ...['Taras', 'Shevchenko', 'Lviv', 'Odesa', '38067', '4711', 'odd.name'],
    ];
    for (const secret of told) {
      if (secret.length < 4) continue;
      assert.ok(!text.includes(secret), `the recording has ${secret}`);
      assert.ok(!JSON.stringify(report.assumptions).includes(secret), `the report has ${secret}`);
    }
    assert.ok(text.includes(ADDRESS), 'what the probe itself wrote is in the manifest');
  }));

  // What follows from the meaning of a number.
  const NOT_RECORDED = ['write-add-counted'];

  test('a recording is answered from: the same verdicts about the writes', inWorld(async world => {
    const connection = await world.connect();
    const id = await makeList(world);
    await world.fault({ method: 'GET', path: `/addressbooks/${id}/emails`, nth: 3 }, { body: [] });
    await world.fault({ ...add(id), nth: 2 }, { body: { result: true, exists: 1 }, apply: true });
    const file = join(world.home, 'recording.json');
    const first = await world.ok(['probe', connection.id, '--writes', id, '--yes', '--output', file]);
    assert.equal(byId(first)['write-add-listed'], FAILS);
    assert.equal(byId(first)['write-add-again'], FAILS);

    await world.healed();
    await world.fake.control('POST', '/reset', { seed: 'empty', keep_tokens: true });
    await world.fake.control('POST', '/recording', JSON.parse(readFileSync(file, 'utf8')));
    const second = await world.ok(['probe', connection.id, '--writes', '4242', '--yes']);
    for (const { id: name, verdict, seen: what } of second.assumptions)
      if (name.startsWith('write-') && !NOT_RECORDED.includes(name)) assert.equal(verdict, byId(first)[name], `${name}: ${what}`);
    assert.deepEqual(second.writes.cleanup.map(({ state }) => state), ['clean']);
  }));
});
