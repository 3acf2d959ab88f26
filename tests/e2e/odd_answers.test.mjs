// What SendPulse says and does not mean, or means and does not say: errors in disguise, answers that cannot be read,
// tokens that are taken late. A change took effect, or was refused, or nobody knows; a connection is not thrown away.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inWorld } from './harness.mjs';

const TOKENS = '/oauth/access_token';
const UNAUTHORIZED = { message: 'Unauthorized!', error_code: 401 };
const BOM = '\uFEFF';

const clear = world => world.fake.control('DELETE', '/requests');
const paths = async world => (await world.requests()).map(({ path }) => path);
const base64 = text => Buffer.from(text).toString('base64');

test('an expired token is renewed once, in whatever form SendPulse says so', inWorld(async world => {
  const connection = await world.connect();
  const trace = 'x'.repeat(3000);
  const forms = [
    ...[200, 201, 400, 403, 422].map(status => ({ status, body: UNAUTHORIZED })),
    { body: { ...UNAUTHORIZED, error_code: '401' } },
    { body_base64: base64(`${BOM}${JSON.stringify(UNAUTHORIZED)}`) },
    { body: `\r\n${JSON.stringify(UNAUTHORIZED)}` },
    { body: { trace, ...UNAUTHORIZED } },
    { status: 403, body: { ...UNAUTHORIZED, trace } },
    // Spelled so it is seen only when all is read: the operation fails, and the host begins it again.
    { body: `{"trace":"${trace}","error\\u005fcode":401}` },
  ];
  for (const form of forms) {
    await world.fault({ path: '/addressbooks' }, form);
    await clear(world);
    const { output } = await world.act(connection, 'mailing_list.list');
    assert.equal(output.items.length, 2);
    // The last one asks whether the list, whose page was not full, ends there.
    assert.deepEqual(await paths(world), ['/addressbooks', TOKENS, '/addressbooks', '/addressbooks'], JSON.stringify(form).slice(0, 100));
  }
  // A server error is tried again by its status, before its body is read.
  await world.fault({ path: '/addressbooks' }, { status: 500, body: UNAUTHORIZED }, 4);
  await clear(world);
  assert.equal((await world.act(connection, 'mailing_list.list')).output.items.length, 2);
  assert.deepEqual(await paths(world), [...Array(4).fill('/addressbooks'), TOKENS, '/addressbooks', '/addressbooks']);
  assert.equal((await world.connection(connection)).state, 'ok');
}));

test('so it is in a poll, which goes on from where it was', inWorld(async world => {
  const connection = await world.connect();
  const trigger = await world.addTrigger(connection, 'mailing_list.created');
  await world.pollOnce();
  for (const form of [{ status: 422, body: UNAUTHORIZED }, { body: `{"trace":"${'x'.repeat(600)}","error\\u005fcode":401}` }]) {
    const name = `List ${form.status}`;
    await world.fake.control('POST', '/lists', { name });
    await world.fault({ path: '/addressbooks' }, form);
    assert.deepEqual((await world.pollOnce()).map(({ data }) => data.name), [name]);
  }
  assert.equal((await world.connection(connection)).state, 'ok');
  assert.equal((await world.trigger(trigger)).state, 'active');
}));

test('so it is in a bulk action, which sends nothing twice', inWorld(async world => {
  const connection = await world.connect();
  const { output: { id: listId } } = await world.act(connection, 'mailing_list.create', { name: 'Bulk' });
  await world.fault({ method: 'POST', path: `/addressbooks/${listId}/emails`, nth: 2 }, { status: 400, body: UNAUTHORIZED });
  await clear(world);
  const subscribers = Array.from({ length: 250 }, (_, i) => ({ email: `bulk${i}@example.org` }));
  const { output } = await world.act(connection, 'subscriber.add_many', { list_id: listId, subscribers });
  assert.deepEqual([output.added, output.failed], [250, 0]);
  assert.deepEqual(await paths(world), [`/addressbooks/${listId}/emails`, `/addressbooks/${listId}/emails`, TOKENS, `/addressbooks/${listId}/emails`, `/addressbooks/${listId}/emails`]);
}));

test('an error_code inside a row is data', inWorld(async world => {
  const connection = await world.connect();
  await world.fault({ path: '/addressbooks' }, { body: [{ id: 5, name: 'Odd', error_code: 401, result: false, error: 'x' }] }, -1);
  await clear(world);
  const { output } = await world.act(connection, 'mailing_list.list');
  assert.deepEqual(output.items.map(({ name }) => name), ['Odd']);
  assert.deepEqual(await paths(world), ['/addressbooks', '/addressbooks'], 'and whether it ends there');
}));

test('a change that was sent before the sign-in was refused is not begun again', inWorld(async world => {
  const connection = await world.connect();
  await world.fault({ path: '/verifier-service/get-single-result' }, { body: `{"trace":"${'x'.repeat(600)}","error\\u005fcode":401}` }, -1);
  await clear(world);
  const key = ['--idempotency-key', 'paid'];
  for (let i = 0; i < 2; ++i) {
    const error = await world.actFails(79, connection, 'verifier.verify_address', { email: 'jane@example.org' }, ...key);
    assert.equal(error.class, 'unknown_outcome');
    assert.match(error.message, /accepted the address/);
  }
  assert.equal((await world.requests('?path=/verifier-service/send-single-to-verify')).length, 1);
}));

test('a new token may be taken late', inWorld(async world => {
  const connection = await world.connect();
  await world.fake.control('POST', '/tokens/revoke', { kind: 'access' });
  await world.fault({ path: '/addressbooks' }, { status: 401, body: UNAUTHORIZED }, 2);
  await clear(world);
  assert.equal((await world.act(connection, 'mailing_list.list')).output.items.length, 2);
  assert.deepEqual(await paths(world), ['/addressbooks', TOKENS, '/addressbooks', '/addressbooks', '/addressbooks'], 'refused, renewed, refused, taken, and whether it ends there');
  assert.equal((await world.connection(connection)).state, 'ok');
  // And the very first one.
  await world.fault({ path: '/user/info' }, { status: 401, body: UNAUTHORIZED }, 2);
  assert.equal((await world.connect()).state, 'ok');
}));

test('a byte order mark before the token is no part of it', inWorld(async world => {
  await world.fault({ path: TOKENS }, { bom: true }, -1);
  const connection = await world.connect();
  await world.fake.control('POST', '/tokens/revoke', { kind: 'access' });
  assert.equal((await world.act(connection, 'mailing_list.list')).output.items.length, 2);
}));

const UNREADABLE = [
  { html: '<html><body>Please sign in</body></html>' },
  { body: '{"id": 12' },
  { body: { name: 'no id' } },
  { body: { result: null } },
  { body: '{"id": 1e400}' },
  { body: [] },
  { body: '' },
  { status: 204, body: '' },
  { status: 408, body: {} },
  { status: 503, html: true },
];

test('what cannot be read of a change that may not be repeated is unknown, and stays so under its key', inWorld(async world => {
  const connection = await world.connect();
  for (const [i, action] of UNREADABLE.entries()) {
    await world.healed();
    // Half of them took effect: nobody can tell from the answer.
    await world.fault({ method: 'POST', path: '/addressbooks' }, { ...action, apply: i % 2 === 0 }, -1);
    await clear(world);
    const call = ['mailing_list.create', { name: `List ${i}` }, '--idempotency-key', `odd-${i}`];
    for (let time = 0; time < 2; ++time) {
      const error = await world.actFails(79, connection, ...call);
      assert.equal(error.class, 'unknown_outcome', JSON.stringify(action));
      assert.match(error.advice, i % 2 === 0 ? /probably took effect/ : /Check the account/);
      assert.doesNotMatch(error.advice, /try again later/i);
      const { looked, found } = error.more.duplicate_check;
      assert.deepEqual([looked, found.length], [true, i % 2 === 0 ? 1 : 0]);
      if (found.length === 0) assert.match(error.advice, /may still be processing the request/);
    }
    assert.equal((await world.requests('?method=POST&path=/addressbooks')).length, 1, JSON.stringify(action));
  }
}));

test('a refusal in any spelling is no success', inWorld(async world => {
  const connection = await world.connect();
  for (const body of [{ result: 'false' }, { result: 0 }, { success: 'false' }, { error: 'Something failed' }, { errors: ['Something failed'] }]) {
    await world.fault({ method: 'POST', path: '/addressbooks' }, { body });
    const result = await world.host(['--json', 'action', 'run', connection.id, 'mailing_list.create', '--input', '{"name":"No"}']);
    assert.notEqual(result.code, 0, JSON.stringify(body));
    assert.equal(result.json.error.class, 'invalid_input', JSON.stringify(body));
  }
}));

test('{"success": true} alone is success', inWorld(async world => {
  const connection = await world.connect();
  const { actions } = await world.ok(['describe', 'sendpulse']);
  for (const id of ['chatbot_campaign.send', 'whatsapp_campaign.send_template', 'smtp.send']) {
    await world.fault({ method: 'POST', path_regex: 'campaigns/send|/smtp/emails' }, { body: { success: true } });
    const { sample_input: input } = actions.find(action => action.id === id);
    assert.equal((await world.act(connection, id, input)).output.success, true);
    await world.healed();
  }
}));

test('a removal that is repeated after its answer was lost, and then finds nothing, is done', inWorld(async world => {
  const connection = await world.connect();
  for (const fault of [{ drop: 'after_read' }, { status: 502, html: true, apply: true }]) {
    const { output } = await world.act(connection, 'mailing_list.create', { name: 'To be removed' });
    await world.fault({ method: 'DELETE', path: `/addressbooks/${output.id}` }, fault, 1);
    await clear(world);
    const removed = await world.act(connection, 'mailing_list.delete', { list_id: output.id });
    assert.deepEqual(removed.output, { result: true });
    assert.equal((await world.requests('?method=DELETE')).length, 2);
    // Of a removal that is asked for once more nobody says so.
    const again = await world.host(['--json', 'action', 'run', connection.id, 'mailing_list.delete', '--input', JSON.stringify({ list_id: output.id })]);
    assert.equal(again.json.error.class, 'not_found');
  }
}));

test('what SendPulse refuses because an earlier sending has done it, is done', inWorld(async world => {
  const connection = await world.connect();
  const { output: list } = await world.act(connection, 'mailing_list.create', { name: 'To be left' });
  const emails = ['leaving@example.org'];
  await world.act(connection, 'subscriber.add_many', { list_id: list.id, subscribers: emails.map(email => ({ email })) });
  const bot = { channel: 'telegram', bot_id: '6a1000000000000000000001', contact_id: '6a2000000000000000000001' };
  const { output: note } = await world.act(connection, 'chatbot_contact.add_note', { ...bot, text: 'Called.' });
  const cases = [
    ['subscriber.unsubscribe', { list_id: list.id, emails }, '/unsubscribe', 'active in the mailing list', 'conflict'],
    ['chatbot_contact.delete_note', { ...bot, note_id: note.id ?? note.data?.id }, '/deleteNote', 'not found', 'not_found'],
    ['chatbot_contact.delete', { channel: bot.channel, contact_id: bot.contact_id }, '/contacts/delete', 'not found', 'not_found'],
  ];
  for (const [id, input, path, said, error_class] of cases) {
    await world.fault({ method: 'POST', path_regex: `${path}$` }, { drop: 'after_read' }, 1);
    const { notes } = await world.act(connection, id, input);
    assert.match(notes.join(), new RegExp(`No answer came at first.*${said}`), id);
    const again = await world.host(['--json', 'action', 'run', connection.id, id, '--input', JSON.stringify(input)]);
    assert.equal(again.json.error.class, error_class, id);
  }
}));

test('a number that is too large leaves out its row, names SendPulse, and hides no other row', inWorld(async world => {
  const connection = await world.connect();
  await world.addTrigger(connection, 'mailing_list.created');
  await world.pollOnce();
  await world.fault({ path: '/addressbooks' }, { body: '[{"id":990001,"name":"Odd","all_email_qty":1e400},{"id":990002,"name":"Even","all_email_qty":1}]' });
  const polled = await world.poll();
  assert.equal(polled.code, 0, polled.err);
  assert.match(polled.err, /One row of SendPulse has a number that is too large, and was left out\./);
  assert.deepEqual(polled.events.map(({ data }) => data.name), ['Even']);
}));
