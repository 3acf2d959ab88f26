// Times that are sent, and the account's time zone: an account in Kyiv, in other places, and one that moves.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inWorld } from './harness.mjs';
import { contactOf } from './prepared/chatbots.mjs';
import { account } from './prepared/email.mjs';
import { furnish, prepared } from './prepared/index.mjs';

const chatbot = 'chatbot_campaign.send';
const sms = 'sms.send';
const push = 'push_campaign.create';

const moves = (world, zone) => world.fake.control('PATCH', `/accounts/${world.fake.credentials.client_id}`, { profile: { time_zone: zone } });

// Runs an action of a furnished account at a time. Returns what was sent, or the sentence of the refusal.
async function started(world) {
  const { actions } = await world.ok(['describe', 'sendpulse']);
  const connection = await world.connect();
  await furnish(world);
  const inputs = {};
  for (const id of [chatbot, sms, push]) inputs[id] = { ...actions.find(action => action.id === id).sample_input, ...(await prepared[id]?.before?.(world, connection)) };
  const request = async () => (await world.requests()).map(({ method, path }) => `${method} ${path}`);
  return {
    async sends(id, at) {
      await world.fake.control('DELETE', '/requests');
      await world.act(connection, id, { ...inputs[id], send_at: at });
      const sent = await world.requests();
      const body = JSON.parse(sent.at(-1).body);
      return { at: body.send_at ?? body.date ?? body.send_date, asked: (await request()).slice(0, -1) };
    },
    async preview(id, at) {
      await world.fake.control('DELETE', '/requests');
      return world.act(connection, id, { ...inputs[id], send_at: at }, '--dry-run');
    },
    reads: request,
    fails: (code, id, at) => world.actFails(code, connection, id, { ...inputs[id], send_at: at }),
    async refuses(id, at) {
      await world.fake.control('DELETE', '/requests');
      const error = await world.actFails(65, connection, id, { ...inputs[id], send_at: at });
      assert.equal(error.details[0].pointer, '/send_at');
      for (const each of await request()) assert.equal(each, 'GET /user/info', 'nothing was sent');
      return error.details[0].message;
    },
  };
}
const startOf = async world => (await account(world)).chatbots.campaigns.at(-1).starts_at;
const asked = ['GET /user/info'];

test('a clock is sent as it was entered, and nobody is asked', inWorld(async world => {
  const { sends } = await started(world);
  assert.deepEqual(await sends(chatbot, '2090-12-24T09:00:00'), { at: '2090-12-24 09:00', asked: [] });
  assert.equal(await startOf(world), '2090-12-24T07:00:00.000Z');
  assert.deepEqual(await sends(sms, '2090-12-24T09:00:00'), { at: '2090-12-24 09:00:00', asked: [] });
}));

test('an offset where the zone is documented: the same instant, wherever the account is', inWorld(async world => {
  const { sends } = await started(world);
  for (const [zone, at] of [['Europe/Kyiv', '2090-12-24 16:00'], ['Europe/Kiev', '2090-12-24 16:00'], ['America/New_York', '2090-12-24 09:00'], ['Asia/Tokyo', '2090-12-24 23:00'], ['+05:30', '2090-12-24 19:30']]) {
    await moves(world, zone);
    assert.deepEqual(await sends(chatbot, '2090-12-24T09:00:00-05:00'), { at, asked }, zone);
    assert.equal(await startOf(world), '2090-12-24T14:00:00.000Z', zone);
  }
}));

test('an offset where nothing is documented: the account\'s own is taken, any other refused', inWorld(async world => {
  const { sends, refuses } = await started(world);
  assert.deepEqual(await sends(sms, '2090-12-24T09:00:00+02:00'), { at: '2090-12-24 09:00:00', asked });
  const sentence = await refuses(sms, '2090-12-24T09:00:00-05:00');
  assert.match(sentence, /^Send at has the offset -05:00, but the account's time zone, Europe\/Kyiv, is at \+02:00 then\./);
  assert.match(sentence, /Enter it as your SendPulse account shows it: 2090-12-24T16:00:00\.$/);
}));

test('the hour that comes twice and the hour that does not exist', inWorld(async world => {
  const { sends, refuses } = await started(world);
  for (const id of [chatbot, sms]) {
    // In 2089 the clocks of Kyiv change on 27 March and on 30 October.
    assert.match(await refuses(id, '2089-10-30T03:30:00'), /comes twice .* Europe\/Kyiv.* may be 2089-10-30T03:30:00\+03:00 or 2089-10-30T03:30:00\+02:00\./);
    assert.match(await refuses(id, '2089-03-27T03:30:00'), /does not exist .* set forward from 2089-03-27 03:00:00 to 2089-03-27 04:00:00\./);
  }
  assert.match(await refuses(chatbot, '2089-10-30T01:30:00Z'), /comes twice/);
  await moves(world, 'Asia/Tokyo');
  assert.deepEqual(await sends(chatbot, '2089-10-30T03:30:00'), { at: '2089-10-30 03:30', asked });
}));

test('the zone is read again: it may change between two actions', inWorld(async world => {
  const { sends, refuses } = await started(world);
  assert.equal((await sends(chatbot, '2090-07-01T12:00:00Z')).at, '2090-07-01 15:00');
  assert.equal((await sends(sms, '2090-07-01T12:00:00+03:00')).at, '2090-07-01 12:00:00');
  await moves(world, 'Asia/Tokyo');
  assert.equal((await sends(chatbot, '2090-07-01T12:00:00Z')).at, '2090-07-01 21:00');
  assert.match(await refuses(sms, '2090-07-01T12:00:00+03:00'), /Asia\/Tokyo, is at \+09:00 then/);
}));

test('a zone that nobody knows', inWorld(async world => {
  const { sends, refuses } = await started(world);
  for (const [zone, why] of [['Mars/Olympus', /reports the account's time zone as "Mars\/Olympus", which is unknown here \(tzdata \d{4}[a-z]\)/], ['', /does not report the account's time zone/]]) {
    await moves(world, zone);
    for (const id of [chatbot, sms]) assert.match(await refuses(id, '2090-12-24T09:00:00+02:00'), why);
    assert.match(await refuses(chatbot, '2089-10-30T03:30:00'), why);
    assert.deepEqual(await sends(chatbot, '2090-12-24T09:00:00'), { at: '2090-12-24 09:00', asked: [] });
  }
}));

test('a dry run shows that the zone is read first', inWorld(async world => {
  const { preview, reads } = await started(world);
  const first = await preview(chatbot, '2090-12-24T09:00:00+02:00');
  assert.equal(first.prepares, true);
  assert.equal(`${first.request.method} ${new URL(first.request.url).pathname}`, 'GET /user/info');
  const only = await preview(chatbot, '2090-12-24T09:00:00');
  assert.equal(only.prepares, undefined);
  assert.equal(only.request.body.send_at, '2090-12-24 09:00');
  assert.deepEqual(await reads(), [], 'nothing was sent');
}));

test('reading the zone uses up none of the limit of push campaigns', inWorld(async world => {
  const { sends, refuses, fails } = await started(world);
  for (const offset of ['Z', '-05:00']) assert.match(await refuses(push, `2090-12-24T09:00:00${offset}`), /Europe\/Kyiv, is at \+02:00 then/);
  assert.deepEqual(await sends(push, '2090-12-24T09:00:00+02:00'), { at: '2090-12-24 09:00:00', asked });
  assert.equal((await fails(75, push, '2090-12-24T09:00:00+02:00')).class, 'rate_limited', 'the campaign itself was counted');
}));

test('the stamp of an event stays as it came, with its instant beside it where it has an offset', inWorld(async world => {
  const connection = await world.connect({ method: 'key' });
  for (const [id, input] of [['chatbot_message.received', {}], ['subscriber.added', { list_id: 501001 }], ['file.added', { folder: '/test' }]])
    await world.addTrigger(connection, id, input);
  assert.deepEqual(await world.pollOnce(), []);
  await world.fake.control('POST', `/contacts/${contactOf('telegram')}/messages`, { text: 'Hello' });
  await world.fake.control('POST', '/lists/501001/subscribers', { emails: ['ann@example.org'] });
  await world.fake.control('POST', '/files', { path: '/test/new.csv' });
  const events = await world.pollOnce();
  const data = type => events.find(event => event.type.includes(type)).data;
  for (const [type, stamp] of [['chatbot_message', 'created_at'], ['file', 'lastModified']]) {
    const { [stamp]: came, [`${stamp}_instant`]: instant } = data(type);
    assert.match(came, /[+-]\d\d:\d\d$/, type);
    assert.equal(instant, new Date(came.replace(' ', 'T')).toISOString(), type);
  }
  // Nothing says in which zone this one is.
  assert.match(data('subscriber').add_date, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  assert.ok(Object.keys(data('subscriber')).every(name => !name.endsWith('_instant')));
}));

test('describe names the release of the rules, and how each time is read', inWorld(async world => {
  const { out } = await world.host(['describe', 'sendpulse']);
  assert.match(out, /^Time zone rules: tzdata \d{4}[a-z]$/m);
  assert.match(out, /times: send_at \(in the account's time zone\)/);
  assert.match(out, /times: send_at \(time zone not documented\)/);
  const { actions } = await world.ok(['describe', 'sendpulse']);
  const times = (schema, found = []) => {
    if (schema === null || typeof schema !== 'object') return found;
    if (['date', 'date-time', 'date-time-local'].includes(schema.format)) found.push(schema);
    for (const each of Object.values(schema)) times(each, found);
    return found;
  };
  const all = actions.flatMap(({ input }) => times(input));
  assert.ok(all.length > 40, String(all.length));
  for (const field of all) assert.match(field['x-zone'] ?? 'none', /^(account|undocumented|instant)$/, field.title);
}));
