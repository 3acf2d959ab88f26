// Every action of the manifest against the fake account: what it sends, what comes back, and what becomes of everything
// that can go wrong on the way. Nothing here knows the actions but the tables in prepared/; a new one joins by itself.

import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';
import Ajv from 'ajv';
import { inWorld, until } from './harness.mjs';
import { account, addWebhook, listIn } from './prepared/email.mjs';
import { areas, furnish, lookupInput, prepared } from './prepared/index.mjs';
import { share } from './share.mjs';

const ajv = new Ajv({ strict: false, validateFormats: false });

// A command is mostly waiting for its process to start: four at a time.
async function inBatches(items, body) {
  const left = [...items];
  const worker = async () => {
    while (left.length > 0) await body(left.shift());
  };
  await Promise.all(Array.from({ length: 4 }, worker));
}
const later = world => world.fake.control('POST', '/clock', { advance_s: 5 });

// The journal writes a URL as path and query; the dry run as it goes out.
const target = ({ path, query }) => (query ? `${path}?${query}` : path);
const bodyOf = ({ body, headers }) => {
  if (body === '') return undefined;
  return headers['content-type'] === 'application/json' ? JSON.parse(body) : body;
};
const decoded = text => decodeURIComponent(text.replaceAll('+', '%20'));

test('every action: its sample runs, its answer keeps to its schema, and --dry-run says what is sent', inWorld(async (world, t) => {
  const { actions } = await world.ok(['describe', 'sendpulse']);
  for (const { name, count, groups } of areas)
    assert.equal(actions.filter(({ group }) => groups.includes(group)).length, count, name);
  assert.equal(actions.length, areas.reduce((sum, { count }) => sum + count, 0));
  for (const unknown of Object.keys(prepared)) assert.ok(actions.some(({ id }) => id === unknown), unknown);
  const connection = await world.connect();
  for (const action of share(actions)) {
    await t.test(action.id, async () => {
      await furnish(world);
      const { before, after, requests = 1 } = prepared[action.id] ?? {};
      const input = { ...action.sample_input, ...(await before?.(world, connection)) };
      await world.fake.control('DELETE', '/requests');
      const { request } = await world.act(connection, action.id, input, '--dry-run');
      assert.deepEqual(await world.requests(), [], 'a dry run sends nothing');
      const url = new URL(request.url);
      assert.equal(url.origin, 'https://api.sendpulse.com');
      assert.equal(request.headers.authorization, '***');

      const { output } = await world.act(connection, action.id, input);
      const sent = await world.requests();
      assert.equal(sent[0].method, request.method);
      assert.equal(decoded(target(sent[0])), decoded(url.pathname + url.search));
      assert.deepEqual(bodyOf(sent[0]), request.body ?? request.body_text);
      for (const [name, value] of Object.entries(request.headers))
        if (name !== 'authorization') assert.equal(sent[0].headers[name], value);
      if (!action.effects.read_only) assert.equal(sent.length, requests, 'what changes something is one request');

      const valid = ajv.compile(action.output);
      assert.ok(valid(output), `${ajv.errorsText(valid.errors)}: ${JSON.stringify(output).slice(0, 600)}`);
      await later(world);
      after?.(await account(world), output);
    });
  }
}));

test('every read-only action answers the same twice; every sample output keeps to its schema', inWorld(async world => {
  const { actions, triggers } = await world.ok(['describe', 'sendpulse']);
  for (const { id, output, sample } of [...actions, ...triggers]) {
    const valid = ajv.compile(output);
    assert.ok(valid(sample), `${id}: ${ajv.errorsText(valid.errors)}`);
  }
}));

test('wrong input: every problem at once, each with its JSON Pointer, and nothing is sent', inWorld(async world => {
  const connection = await world.connect();
  await world.fake.control('DELETE', '/requests');
  const error = await world.actFails(65, connection, 'subscriber.add_many', {
    list_id: 0,
    subscribers: [{ email: 'jane@example.org' }, { email: 7 }, { variables: {} }],
    surplus: true,
  });
  assert.equal(error.class, 'invalid_input');
  assert.equal(error.fault, 'user');
  const pointers = error.details.map(({ pointer }) => pointer);
  for (const expected of ['/list_id', '/subscribers/1/email', '/subscribers/2/email'])
    assert.ok(pointers.includes(expected), `${expected} is not in ${pointers}`);
  assert.ok(error.details.some(({ pointer, message }) => `${pointer} ${message}`.includes('surplus')));
  for (const { message } of error.details) assert.ok(message.length > 5);
  for (const text of ['', '[]', 'null', '"x"', '{"a":', '{} {}', '{"list_id":1,"list_id":2}', '\u0000', '{"name":"\\ud800"}', '{"name":"\u0000"}']) {
    const result = await world.host(['action', 'run', connection.id, 'mailing_list.create', '--input', '-'], { input: text });
    assert.equal(result.code, 65, `${JSON.stringify(text)}: ${result.code} ${result.err}`);
  }
  assert.deepEqual(await world.requests(), []);
}));

// What would send to more people than the input names, or drop what it says: [action, change of its sample, pointer].
// `undefined` takes a field of the sample away.
const UNHEARD = [
  ['chatbot_campaign.send', { audience: undefined }, '/audience'],
  ['chatbot_campaign.send', { audience: undefined, tag: undefined }, '/audience'],
  ['chatbot_campaign.send', { audience: 'all' }, '/tag'],
  ['chatbot_campaign.send', { tag: undefined }, '/tag'],
  ['chatbot_campaign.send', { messenger_tag: 'HUMAN_AGENT' }, '/messenger_tag'],
  ['chatbot_campaign.send', { caption: 'Red' }, '/caption'],
  ['chatbot_campaign.send', { media_url: 'https://example.com/a.png' }, '/media_url'],
  ['chatbot_message.send', { messenger_reason: 'UPDATE' }, '/messenger_reason'],
  ['chatbot_message.send', { buttons: [{ title: 'Shop', url: 'https://example.com/' }] }, '/buttons'],
  ['chatbot_message.send', { channel: 'whatsapp', content: 'audio', text: undefined, media_url: 'https://example.com/a.ogg', caption: 'Red' }, '/caption'],
  ['chatbot_message.send', { channel: 'whatsapp', html: true }, '/html'],
  ['chatbot_message.send', { more_messages: [{ content: 'text', text: 'Two' }] }, '/more_messages'],
  ['chatbot_message.send', { channel: 'viber', more_messages: [{ content: 'file', media_url: 'https://example.com/a.pdf' }] }, '/more_messages/0/content'],
  ['chatbot_message.send', { channel: 'viber', more_messages: [{ content: 'image', media_url: 'https://example.com/a.png', media_buttons: [{ title: 'Shop', url: 'https://example.com/' }] }] }, '/more_messages/0/media_buttons'],
  ['chatbot_message.send', { channel: 'instagram', more_messages: [{ content: 'buttons', text: 'x'.repeat(81), buttons: [{ title: 'Shop', url: 'https://example.com/' }] }] }, '/more_messages/0/text'],
  ['chatbot_message.send', { channel: 'tiktok', more_messages: [{ content: 'buttons', text: 'Two', buttons: [{ title: 'Shop', url: 'https://example.com/' }] }] }, '/more_messages/0/buttons/0/url'],
  ['chatbot_message.send', { channel: 'live_chat', media_buttons: [{ title: 'Shop', url: 'https://example.com/' }] }, '/media_buttons'],
  ['chatbot_message.send', { channel: 'live_chat', more_messages: [{ content: 'text', text: 'Two', media_url: 'https://example.com/a.png' }] }, '/more_messages/0/media_url'],
  ['chatbot_campaign.send', { channel: 'viber', more_messages: [{ content: 'text', text: 'Two', html: true }] }, '/more_messages/0/html'],
  ['chatbot_campaign.send', { channel: 'whatsapp', more_messages: [{ content: 'cards', cards: [{ title: 'Red', text: 'Sold out' }] }] }, '/more_messages/0/content'],
  ['chatbot_campaign.send', { channel: 'instagram', more_messages: [{ content: 'image', media_url: 'https://example.com/a.png', caption: 'Red' }] }, '/more_messages/0/caption'],
  ['chatbot_campaign.send', { more_messages: [{ content: 'text', text: 'Two', caption: 'Red' }] }, '/more_messages/0/caption'],
  ['chatbot_campaign.send', { conditions: [{ field: 'tags', operator: 'eq', value: 'vip' }] }, '/conditions'],
  ['chatbot_campaign.send', { audience: 'filter', tag: undefined }, '/conditions'],
  ['chatbot_campaign.send', { match: 'or' }, '/match'],
  ['whatsapp_message.send_by_phone', { content: 'voice', text: undefined, media_url: 'https://example.com/a.ogg', caption: 'Red' }, '/caption'],
  ['whatsapp_message.send_template', { header: undefined }, '/header_url'],
  ['whatsapp_message.send_template', { header: 'image', header_filename: 'a.pdf' }, '/header_filename'],
  ['whatsapp_message.send_template_by_phone', { header_text: '1001' }, '/header_text'],
  ['whatsapp_campaign.send_template', { header: 'none', header_url: 'https://example.com/a.png' }, '/header_url'],
  ['viber_campaign.create', { list_id: 88210 }, '/list_id'],
  ['viber_campaign.create', { audience: undefined }, '/audience'],
  ['viber_campaign.create', { audience: 'list', list_id: 88210 }, '/phones'],
  ['viber_campaign.create', { text: undefined }, '/text'],
  ['viber_campaign.create', { kind: 3 }, '/button'],
  ['viber_campaign.create', { button: undefined, image_url: 'https://example.com/a.png' }, '/button'],
  ['chatbot_message.send', { channel: 'whatsapp', content: 'buttons', buttons: [{ title: 'Shop', url: 'https://example.com/' }] }, '/buttons/0/url'],
  ['chatbot_message.send', { channel: 'tiktok', content: 'buttons', buttons: [{ title: 'Shop', url: 'https://example.com/' }] }, '/buttons/0/url'],
  ['chatbot_message.send', { cards: [{ title: 'Red', text: 'Sold out' }] }, '/cards'],
  ['push_campaign.create', { pages: ['https://shop.example.com/a'], pages_with: '/a' }, '/pages_with'],
  ['push_campaign.create', { pages_with: '/a', pages_without: '/b' }, '/pages_without'],
  ['sms_campaign.cost', { list_id: 88210 }, '/phones'],
  ['sms_phone.set_variables', { variables: [{ name: 'born', type: 'date', value: '2026-03-01 09:00' }] }, '/variables/0/value'],
  ['course.students', { tariff_ids: [3201], without_tariff: true }, '/without_tariff'],
  ['campaign.create', { template_id: 'a1b2c3' }, '/template_id'],
  ['campaign.create', { segment_id: 7 }, '/segment_id'],
  ['campaign.create', { list_ids: undefined }, ''],
  ['campaign.create', { test: true, list_ids: [88210, 88211] }, '/list_ids'],
  ['campaign.create', { when: 'now', send_at: '2090-12-24T09:00:00' }, '/send_at'],
  ['campaign.create', { when: undefined, send_at: '2090-12-24T09:00:00' }, '/send_at'],
  ['smtp.send', { text: 'Plain' }, '/text'],
  ['crm.contact_field.create', { options: ['Red'] }, '/options'],
  ['crm.contact_field.create', { type: 6 }, '/type'],
  ['crm.deal_field.create', { type: 4 }, '/options'],
];

test('a value that would not be used is refused at its place, and who receives is never guessed', inWorld(async world => {
  const { actions } = await world.ok(['describe', 'sendpulse']);
  const connection = await world.connect({ method: 'key' });
  await world.fake.control('DELETE', '/requests');
  for (const [id, change, pointer] of UNHEARD) {
    const input = { ...actions.find(action => action.id === id).sample_input, ...change };
    const error = await world.actFails(65, connection, id, input);
    const pointers = error.details.map(each => each.pointer);
    assert.ok(pointers.includes(pointer) || pointer === '' || error.details.some(({ message }) => message.includes(`"${pointer.slice(1)}"`)), `${id} ${JSON.stringify(change)}: ${JSON.stringify(error.details)}`);
  }
  assert.deepEqual(await world.requests(), []);
}));

test('further messages go out after the first, in their order and in the form of the channel', inWorld(async world => {
  const { actions } = await world.ok(['describe', 'sendpulse']);
  const connection = await world.connect({ method: 'key' });
  const bodyOfRun = async (id, change) => {
    const input = { ...actions.find(action => action.id === id).sample_input, ...change };
    return (await world.act(connection, id, JSON.parse(JSON.stringify(input)), '--dry-run')).request.body;
  };
  const shop = { title: 'Shop', url: 'https://example.com/' };
  const price = { title: 'Price', flow_id: 'f1' };
  const more = [
    { content: 'buttons', text: 'Look', buttons: [shop, price] },
    { content: 'image', media_url: 'https://example.com/a.png' },
  ];

  const { messages } = await bodyOfRun('chatbot_message.send', { channel: 'instagram', text: 'One', more_messages: more });
  assert.deepEqual(messages, [
    { type: 'text', message: { text: 'One' } },
    {
      type: 'generic_template',
      message: {
        attachment: {
          payload: {
            elements: [{ title: 'Look', buttons: [{ type: 'web_url', title: 'Shop', url: 'https://example.com/' }, { type: 'postback', title: 'Price', data: { to_chain_id: 'f1' } }] }],
          },
        },
      },
    },
    { type: 'image', message: { attachment: { type: 'image', payload: { is_external_attachment: true, url: 'https://example.com/a.png' } } } },
  ]);

  const campaign = await bodyOfRun('chatbot_campaign.send', {
    text: '<b>One</b>', html: true, more_messages: [...more, { content: 'text', text: 'Last' }],
    audience: 'filter', tag: undefined, match: 'or',
    conditions: [{ field: 'tags', operator: 'eq', value: 'vip' }, { field: 'tags', operator: 'like', value: 'new' }],
  });
  assert.deepEqual(campaign.messages, [
    { type: 'text', message: { text: '<b>One</b>', parse_mode: 'html' } },
    {
      type: 'text',
      message: {
        text: 'Look',
        reply_markup: {
          inline_keyboard: [[{ text: 'Shop', type: 'web_url', url: 'https://example.com/' }], [{ text: 'Price', type: 'postback', data: { to_chain_id: 'f1' } }]],
        },
      },
    },
    { type: 'photo', message: { photo: 'https://example.com/a.png' } },
    { type: 'text', message: { text: 'Last' } },
  ]);
  assert.deepEqual(campaign.filter, {
    type: 'or',
    expressions: [{ type: 'or', expressions: [{ operator: 'eq', field: 'tags', value: 'vip' }, { operator: 'like', field: 'tags', value: 'new' }] }],
  });

  const picture = await bodyOfRun('chatbot_campaign.send', { channel: 'messenger', content: 'image', text: undefined, media_url: 'https://example.com/a.png', caption: 'Red' });
  assert.deepEqual(picture.messages, [
    { type: 'media_img', data: { attachment: { type: 'template', payload: { template_type: 'generic', elements: [{ title: 'Red', image_url: 'https://example.com/a.png' }] } } } },
  ]);

  const template = await bodyOfRun('whatsapp_message.send_template', { catalog_button: 1 });
  assert.deepEqual(template.template.components.at(-1), { type: 'button', sub_type: 'catalog', index: 1 });
}));

test('many subscribers with phones: digits in their variable, an odd one in its own result, and the options of one', inWorld(async world => {
  const connection = await world.connect({ method: 'key' });
  const { output: list } = await world.act(connection, 'mailing_list.create', { name: 'Phones' });
  await world.fake.control('DELETE', '/requests');
  const add = (subscribers, more = {}) => world.act(connection, 'subscriber.add_many', { list_id: list.id, subscribers, ...more });
  const { output } = await add([
    { email: 'jane@example.org', phone: '+380 (67) 111-22-33', variables: { city: 'Lviv' } },
    { email: 'joe@example.org', phone: 'call me' },
    { email: 'none', phone: 'call me' },
    { email: 'ann@example.org' },
  ]);
  assert.deepEqual(output.items.map(({ ok, error }) => (ok ? 'ok' : error)), [
    'ok',
    'The phone must be a phone number: digits, with or without + - ( ) . / and blanks.',
    'This is not an email address.',
    'ok',
  ]);
  await add([{ email: 'jane@example.org', phone: '1', variables: { city: 'Kyiv' } }], { dont_update: true, disable_webhook: true });
  const sent = (await world.requests()).map(({ body }) => JSON.parse(body));
  assert.deepEqual(sent, [
    { emails: [{ email: 'jane@example.org', variables: { city: 'Lviv', Phone: '380671112233' } }, { email: 'ann@example.org' }] },
    { emails: [{ email: 'jane@example.org', variables: { city: 'Kyiv', Phone: '1' } }], dont_update: true, disable_webhook: true },
  ]);
  assert.equal(listIn(await account(world), list.id).members.find(({ email }) => email === 'jane@example.org').variables.city, 'Lviv');
}));

const DOCUMENTED = ['chatbot_campaign.send', 'whatsapp_campaign.send_template'];

// Times that go out as they are written: [action, change of its sample, field, where it stands in the body, what is sent].
const CLOCKS = [
  ['campaign.create', { when: 'later' }, 'send_at', ['send_date'], '2090-12-24 09:05:00'],
  ['campaign.update', {}, 'send_at', ['send_date'], '2090-12-24 09:05:00'],
  ['chatbot_campaign.send', {}, 'send_at', ['send_at'], '2090-12-24 09:05'],
  ['whatsapp_campaign.send_template', {}, 'send_at', ['send_at'], '2090-12-24 09:05'],
  ['viber_campaign.create', {}, 'send_at', ['send_date'], '2090-12-24 09:05:00'],
  ['sms.send', {}, 'send_at', ['date'], '2090-12-24 09:05:00'],
  ['sms_campaign.create', {}, 'send_at', ['date'], '2090-12-24 09:05:00'],
  ['push_campaign.create', {}, 'send_at', ['send_date'], '2090-12-24 09:05:00'],
  ['push_campaign.create', {}, 'subscribed_from', ['filter_subscription_date_from'], '2090-12-24 09:05:00'],
  ['crm.task.create', {}, 'start_at', ['startAt'], '2090-12-24 09:05'],
  ['crm.task.update', {}, 'finish_at', ['finishAt'], '2090-12-24 09:05'],
  ['crm.task.list', {}, 'due_from', ['finishAtFrom'], '2090-12-24 09:05'],
];

test('a time to send is a wall clock of the account: it goes out as written, and another offset is never dropped', inWorld(async world => {
  const { actions } = await world.ok(['describe', 'sendpulse']);
  const connection = await world.connect({ method: 'key' });
  await world.fake.control('DELETE', '/requests');
  for (const [id, change, field, [member], sent] of CLOCKS) {
    const input = { ...actions.find(action => action.id === id).sample_input, ...change };
    const { request } = await world.act(connection, id, { ...input, [field]: '2090-12-24T09:05:00' }, '--dry-run');
    assert.equal(request.body[member], sent, id);
    if (DOCUMENTED.includes(id)) continue; // tests/e2e/times.test.mjs
    for (const offset of ['Z', '+03:00', '-05:00', '+0000']) {
      const error = await world.actFails(65, connection, id, { ...input, [field]: `2090-12-24T09:05:00${offset}` });
      assert.equal(error.details.length, 1, JSON.stringify(error.details));
      assert.equal(error.details[0].pointer, `/${field}`, id);
      assert.match(error.details[0].message, /Europe\/Kyiv, is at \+02:00 then\. SendPulse does not document the time zone of this field/, id);
    }
  }
  // Where the vendor says UTC, the moment is converted.
  const { request } = await world.act(connection, 'file.filter', { folder: '/test', from: '2026-01-01T00:30:00+02:00' }, '--dry-run');
  assert.equal(request.body.fromDate, '2025-12-31 22:30');
  for (const { method, path } of await world.requests()) assert.equal(`${method} ${path}`, 'GET /user/info', 'nothing else was sent');
}));

test('input that is a lie about itself: 64-bit ids, unicode, long texts go out exactly', inWorld(async world => {
  const connection = await world.connect();
  const name = `Ünïcødé 📬 "quoted" \\ </script> ${'x'.repeat(200)}`;
  const { output } = await world.act(connection, 'mailing_list.create', { name });
  assert.equal(listIn(await account(world), output.id).name, name);
  const raw = '{"list_id": 9007199254740993}';
  const result = await world.host(['--json', 'action', 'run', connection.id, 'mailing_list.get', '--input', raw, '--dry-run']);
  assert.equal(result.code, 0, result.err);
  assert.match(result.json.request.url, /\/addressbooks\/9007199254740993$/);
}));

test('an email address in a path is encoded, whatever is in it', inWorld(async world => {
  const connection = await world.connect();
  for (const email of ['a+b@example.com', 'a%2fb@example.com', "o'neil@example.com", 'a/b@example.com', 'a?b=1#c@example.com']) {
    await world.fake.control('POST', '/lists/501001/subscribers', { emails: [email] });
    const { output } = await world.act(connection, 'address.details', { email });
    assert.equal(output.items[0].list_id, 501001, email);
  }
}));

// [what is answered, class, exit code, what the sentence or the advice must tell]
const ENVELOPES = [
  ['an ordinary refusal', { status: 422, body: { message: 'The list name is empty', error_code: 201 } }, 'invalid_input', 65, /The list name is empty/],
  ['nothing of that id', { status: 404, body: { message: 'Mailing list not found', error_code: 213 } }, 'not_found', 66, /Mailing list not found/],
  ['taken', { status: 422, body: { message: 'The list name is in use', error_code: 203 } }, 'conflict', 73, /in use/],
  ['SMTP-style refusal', { status: 403, body: { error_code: 800, message: 'Unauthorized action.' } }, 'forbidden', 77, /Unauthorized action/],
  ['account expired', { status: 403, body: { message: 'The account has expired', error_code: 403 } }, 'forbidden', 77, /expired/],
  ['plan too low', { status: 403, body: { message: 'The plan does not include this', error_code: 3030303030 } }, 'forbidden', 77, /plan/],
  ['campaign quota', { status: 422, body: { message: 'More than 4 campaigns', error_code: 791 } }, 'quota', 75, /four campaigns an hour/],
  ['sending quota', { status: 422, body: { message: 'Sending quota or bandwidth exceeded', error_code: 422 } }, 'quota', 75, /sending quota/],
  ['a list in use', { status: 422, body: { message: 'The address book has active campaign', error_code: 422 } }, 'conflict', 73, /campaign/],
  ['rate limit told by its code alone', { status: 400, body: { message: 'Too many', error_code: 2020202020 } }, 'rate_limited', 75, /ten requests a second/],
  ['popups-style errors', { status: 400, body: { result: false, errors: { name: 'is too short' } } }, 'invalid_input', 65, /is too short/],
  ['HTTP 200 with result:false', { status: 200, body: { result: false } }, null, null, /./],
  ['HTTP 200 with result:false and a code', { status: 200, body: { result: false, message: 'The list name is in use', error_code: 203 } }, 'conflict', 73, /in use/],
  ['HTTP 200 with success:false', { status: 200, body: { success: false, message: 'Nope, not today' } }, null, null, /not today/],
  ['OAuth-style error', { status: 400, body: { error: 'invalid_request', error_description: 'bookName is odd', message: 'm' } }, 'invalid_input', 65, /bookName is odd|\bm\b/],
  ['the MCP host\'s form', { status: 403, body: { result: false, data: null, error: 'Unauthorized action!', code: 403 } }, 'forbidden', 77, /Unauthorized action/],
  ['a bare 404 page', { status: 404, html: true }, 'not_found', 66, /./],
  ['not JSON under 200', { status: 200, html: true }, null, null, /./],
  ['an empty 200', { status: 200, body_base64: '' }, null, null, /./],
  ['a redirect elsewhere', { redirect: 'https://evil.example/' }, null, null, /redirect/i],
];

// A read: a POST that was answered unintelligibly may have taken effect, which is another matter (below).
for (const [name, action, expected, code, tells] of ENVELOPES) {
  test(`vendor answer: ${name}`, inWorld(async world => {
    const connection = await world.connect({ method: 'key' });
    await world.fault({ method: 'GET', path: '/addressbooks/501001' }, action, -1);
    const result = await world.host(['--json', 'action', 'run', connection.id, 'mailing_list.get', '--input', '{"list_id":501001}']);
    assert.notEqual(result.code, 0, result.out);
    const { error } = result.json;
    if (expected !== null) assert.equal(error.class, expected, result.out);
    else assert.ok(['bad_response', 'invalid_input', 'unavailable'].includes(error.class), result.out);
    if (code !== null) assert.equal(result.code, code);
    assert.match(`${error.message} ${error.advice ?? ''}`, tells);
    assert.ok(error.message.length > 10, error.message);
    if (action.status >= 400) assert.equal(error.http_status, action.status);
    if (action.body?.error_code) assert.equal(error.vendor_code, action.body.error_code);
  }));
}

test('HTTP 200 with result:false never counts as done, for no action that changes something', inWorld(async world => {
  const { actions } = await world.ok(['describe', 'sendpulse']);
  const connection = await world.connect({ method: 'key' });
  await world.fault({ path_regex: '.*' }, { status: 200, body: { result: false, message: 'Refused in a friendly way' } }, -1);
  for (const { id, sample_input: input, effects } of share(actions)) {
    if (effects.read_only || id === 'api.request') continue;
    const result = await world.host(['--json', 'action', 'run', connection.id, id, '--input', JSON.stringify(input)]);
    if (id === 'subscriber.add_many') {
      // A batch tells of each item; none of them was added here.
      const { added, failed, items } = result.json.output;
      assert.deepEqual([added, failed], [0, items.length]);
      for (const { ok, error } of items) assert.ok(!ok && /Refused in a friendly way/.test(error));
      continue;
    }
    assert.notEqual(result.code, 0, `${id}: ${result.out}`);
    assert.match(result.json.error.message, /Refused in a friendly way/, id);
  }
}));

test('an API key that is refused: not given up at once, and the error says what to do (the minutes pass in clock.test)', inWorld(async world => {
  const connection = await world.connect({ method: 'key' });
  await world.fake.control('PATCH', `/accounts/${world.fake.credentials.client_id}`, { api_keys: [] });
  const error = await world.actFails(69, connection, 'mailing_list.list');
  assert.equal(error.class, 'unavailable');
  assert.match(error.message, /refuses this key;.*sign in again/);
  assert.equal((await world.connection(connection)).state, 'ok');
}));

test('an expired token is renewed once and the action goes on, whether 401 comes as 401 or as 200', inWorld(async world => {
  const connection = await world.connect();
  for (const as200 of [false, true]) {
    await world.fake.control('POST', '/settings', { unauthorized_as_200: as200 });
    await world.fake.control('POST', '/tokens/revoke', { kind: 'access' });
    await world.fake.control('DELETE', '/requests');
    const { output } = await world.act(connection, 'mailing_list.list');
    assert.equal(output.items.length, 2);
    const paths = (await world.requests()).map(({ path }) => path);
    // The last one asks whether there are more than these two.
    assert.deepEqual(paths, ['/addressbooks', '/oauth/access_token', '/addressbooks', '/addressbooks'], `as200: ${as200}`);
  }
}));

test('a token that is refused although it is new: one renewal, some tries, and the connection is kept', inWorld(async world => {
  const connection = await world.connect();
  await world.fault({ method: 'GET', path: '/addressbooks' }, { status: 401, body: { message: 'Unauthorized!', error_code: 401 } }, -1);
  await world.fake.control('DELETE', '/requests');
  const error = await world.actFails(69, connection, 'mailing_list.list');
  assert.equal(error.class, 'unavailable');
  assert.match(error.message, /does not take the new token yet/);
  assert.equal((await world.requests('?path=/oauth/access_token')).length, 1);
  assert.equal((await world.requests('?path=/addressbooks')).length, 6);
  assert.equal((await world.connection(connection)).state, 'ok');
}));

test('a read that fails in passing is tried again', inWorld(async world => {
  const connection = await world.connect({ method: 'key' });
  for (const action of [{ status: 500 }, { status: 502, html: true }, { drop: 'after_read' }, { drop: 'reset_stream' }, { drop: 'before_read' }]) {
    await world.fault({ path: '/addressbooks' }, action, 1);
    const { output } = await world.act(connection, 'mailing_list.list');
    assert.equal(output.items.length, 2, JSON.stringify(action));
  }
}));

for (const drop of ['after_read', 'after_headers', 'mid_body', 'reset_stream']) {
  test(`a POST whose connection ends ${drop} is sent once; nobody knows its outcome, and it is looked for`, inWorld(async world => {
    const connection = await world.connect();
    await world.fault({ method: 'POST', path: '/addressbooks' }, { drop }, -1);
    const error = await world.actFails(79, connection, 'mailing_list.create', { name: 'Once only' });
    assert.equal(error.class, 'unknown_outcome');
    assert.equal((await world.requests('?method=POST&path=/addressbooks')).length, 1);
    assert.equal(error.more.duplicate_check.outcome, 'there');
    assert.equal(error.more.duplicate_check.looked, true);
    assert.equal(error.more.duplicate_check.found[0].label, 'Once only');
    assert.match(error.advice, /Once only/);
    assert.match(error.more.idempotency_key, /^key_/);
    assert.equal((await account(world)).lists.filter(({ name }) => name === 'Once only').length, 1);
  }));
}

test('a POST whose request was never read is sent again: it had no effect', inWorld(async world => {
  const connection = await world.connect();
  await world.fault({ method: 'POST', path: '/addressbooks' }, { drop: 'refused_stream' }, 1);
  const result = await world.host(['--json', 'action', 'run', connection.id, 'mailing_list.create', '--input', '{"name":"Twice tried"}']);
  const made = (await account(world)).lists.filter(({ name }) => name === 'Twice tried').length;
  // Over HTTP/1.1 nobody can tell a refusal from an answer that was lost.
  assert.ok(result.code === 0 ? made === 1 : result.code === 79 && made <= 1, `${result.code} ${made}`);
}));

test('what is not found proves nothing, and nobody is told to send it again', inWorld(async world => {
  const connection = await world.connect();
  await world.fault({ method: 'POST', path: '/addressbooks' }, { status: 500 }, -1);
  const error = await world.actFails(79, connection, 'mailing_list.create', { name: 'Never made' });
  assert.deepEqual([error.more.duplicate_check.outcome, error.more.duplicate_check.found], ['not_there', []]);
  assert.match(error.advice, /may still be processing the request/);
  assert.match(error.advice, /Check the account before you run the action again/);
  await world.fault({ method: 'GET', path: '/addressbooks' }, { status: 500 }, -1);
  const blind = await world.actFails(79, connection, 'mailing_list.create', { name: 'Never made' });
  assert.equal(blind.more.duplicate_check.outcome, 'unknown');
  assert.match(blind.advice, /It is unknown whether/);
}));

test('what has the same name may be older than the call: then it cannot be told', inWorld(async world => {
  const connection = await world.connect();
  for (const lost of [{ status: 500 }, { drop: 'after_read' }]) {
    await furnish(world);
    await world.act(connection, 'crm.pipeline.create', { name: 'Twins' });
    await world.fault({ method: 'POST', path: '/crm/v1/pipelines' }, lost, 1);
    const error = await world.actFails(79, connection, 'crm.pipeline.create', { name: 'Twins' });
    const { outcome, found } = error.more.duplicate_check;
    assert.equal(outcome, 'unknown');
    assert.ok(found.length >= 1 && found.every(({ label }) => label === 'Twins'));
    assert.match(error.advice, /It is unknown whether.*possibly older/);
    assert.doesNotMatch(error.advice, /probably/);
  }
}));

// What a row shows of its time decides what can be told after the effect: an instant (or a name that SendPulse gives once)
// tells that the action took effect; any other row may be older.
const TOLD = ['sender.create', 'mailing_list.create', 'student.add', 'file.upload', 'popup.project.create', 'whatsapp_contact.create'];

test('every duplicate check, with the answer lost before and after the effect', inWorld(async (world, t) => {
  const { actions } = await world.ok(['describe', 'sendpulse']);
  const checked = actions.filter(action => action.duplicate_check);
  assert.ok(checked.length >= 28);
  for (const id of TOLD) assert.ok(checked.some(action => action.id === id), id);
  for (const { id, sample_input: sample, effects, duplicate_check: declared } of checked) {
    await t.test(id, async () => {
      for (const after of [false, true]) {
        await furnish(world);
        await world.healed();
        // Of its own, for some calls are limited to one in 15 minutes for a connection.
        const connection = await world.connect();
        const input = { ...sample, ...(await prepared[id]?.before?.(world, connection)) };
        const { request } = await world.act(connection, id, input, '--dry-run');
        await world.fault({ method: request.method, path: decoded(new URL(request.url).pathname) }, { status: 500, apply: after }, 1);
        await world.fake.control('DELETE', '/requests');
        const error = await world.actFails(79, connection, id, input);
        const { outcome, looked, found } = error.more.duplicate_check;
        const what = `${id}, ${after ? 'after' : 'before'}: ${JSON.stringify(error.more.duplicate_check).slice(0, 400)}`;
        const writes = (await world.requests()).filter(entry => entry.method === request.method && decoded(entry.path) === decoded(new URL(request.url).pathname));
        assert.equal(writes.length, 1, what);
        assert.ok(looked, `the service was asked: ${what}`);
        if (!after) assert.notEqual(outcome, 'there', what);
        if (!after && !effects.queued && found.length === 0) assert.equal(outcome, 'not_there', what);
        if (after && TOLD.includes(id)) assert.equal(outcome, 'there', what);
        if (after && !TOLD.includes(id)) assert.equal(outcome, 'unknown', what);
        // What is queued is not there yet.
        if (after && !effects.queued) assert.ok(found.length > 0, what);
        assert.ok(declared.list || declared.match, what);
      }
    });
  }
}));

// What has something in common with the call, and is something else: [action, before the call].
const ELSE = [
  ['smtp.send', async (world, connection, input) => world.act(connection, 'smtp.send', { ...input, to: [{ email: 'somebody.else@example.org' }] })],
  ['webhook.create', async (world, connection, input) => world.act(connection, 'webhook.create', { ...input, actions: ['open'] })],
  ['crm.category.create', async (world, connection, input) => world.act(connection, 'crm.category.create', { ...input, parent_id: 8901 })],
  ['campaign.create', async (world, connection, input) => world.act(connection, 'campaign.create', { ...input, name: input.subject, subject: 'Another' })],
];

test('what only resembles the call is not taken for it', inWorld(async (world, t) => {
  const { actions } = await world.ok(['describe', 'sendpulse']);
  const connection = await world.connect();
  for (const [id, before] of ELSE) {
    await t.test(id, async () => {
      await furnish(world);
      await world.healed();
      const input = actions.find(action => action.id === id).sample_input;
      await before(world, connection, input);
      const { request } = await world.act(connection, id, input, '--dry-run');
      await world.fault({ method: request.method, path: decoded(new URL(request.url).pathname) }, { status: 500 }, 1);
      const error = await world.actFails(79, connection, id, input);
      assert.deepEqual([error.more.duplicate_check.outcome, error.more.duplicate_check.found], ['not_there', []]);
    });
  }
}));

// What was done long ago, and again today with the answer lost before the effect.
const LONG_AGO = ['campaign.create', 'smtp.send', 'smtp.send_template', 'sms.send', 'sms_campaign.create', 'template.create',
  'popup.project.create', 'whatsapp_contact.create', 'file.upload', 'student.add', 'crm.task.create'];

test('what was done in January is not taken for a call in November', inWorld(async (world, t) => {
  const { actions } = await world.ok(['describe', 'sendpulse']);
  const now = (await world.fake.control('GET', '/clock')).now_ms;
  for (const id of LONG_AGO) {
    await t.test(id, async () => {
      await furnish(world);
      await world.healed();
      const { sample_input: sample } = actions.find(action => action.id === id);
      // By a connection of its own: some calls are limited to few in an hour for each.
      const today = await world.connect();
      const input = { ...sample, ...(await prepared[id]?.before?.(world, today)) };
      await world.fake.control('POST', '/clock', { set: now - 300 * 86_400_000 });
      await world.act(await world.connect(), id, input);
      await world.fake.control('POST', '/clock', { set: now });
      const { request } = await world.act(today, id, input, '--dry-run');
      await world.fault({ method: request.method, path: decoded(new URL(request.url).pathname) }, { status: 500 }, 1);
      const error = await world.actFails(79, today, id, input);
      const { outcome, found } = error.more.duplicate_check;
      const what = `${id}: ${JSON.stringify(error.more.duplicate_check).slice(0, 400)}`;
      assert.notEqual(outcome, 'there', what);
      assert.doesNotMatch(error.advice, /probably took effect/, what);
      assert.deepEqual([outcome, found], ['not_there', []], what);
    });
  }
}));

// The same person or name, in another course, list, board or folder, a moment ago: [action, what makes the other place].
const ELSEWHERE = [
  ['student.add', async (world, _, { email }) => {
    const { id } = await world.fake.control('POST', '/courses', { name: 'Another' });
    await world.fake.control('POST', `/courses/${id}/students`, { email });
  }],
  ['crm.task.create', async (world, connection, { name }) => {
    const { output: { id } } = await world.act(connection, 'crm.board.create', { name: 'Another' });
    await world.fake.control('POST', '/crm/tasks', { name, board_id: id });
  }],
  ['sms_campaign.create', async (world, connection, input) => {
    const { output: { id } } = await world.act(connection, 'mailing_list.create', { name: 'Another' });
    await world.fake.control('POST', `/lists/${id}/subscribers`, { emails: [{ email: 'ann@example.org', phone: '380501112233' }] });
    await world.act(connection, 'sms_campaign.create', { ...input, list_id: id });
  }],
  ['sms.send', (world, connection, input) => world.act(connection, 'sms.send', { ...input, phones: ['380931112244', '380931112255'] })],
  ['file.upload', async (world, connection, input) => {
    await world.act(connection, 'folder.create', { folder: input.folder, name: 'another' });
    await world.act(connection, 'file.upload', { ...input, folder: `${input.folder}/another` });
  }],
];

test('the same in another course, list, board or folder, or to somebody else, is not taken for it', inWorld(async (world, t) => {
  const { actions } = await world.ok(['describe', 'sendpulse']);
  for (const [id, elsewhere] of ELSEWHERE) {
    await t.test(id, async () => {
      await furnish(world);
      await world.healed();
      const { sample_input: sample } = actions.find(action => action.id === id);
      const [there, here] = [await world.connect(), await world.connect()];
      const input = { ...sample, ...(await prepared[id]?.before?.(world, here)) };
      await elsewhere(world, there, input);
      const { request } = await world.act(here, id, input, '--dry-run');
      await world.fault({ method: request.method, path: decoded(new URL(request.url).pathname) }, { status: 500 }, 1);
      const error = await world.actFails(79, here, id, input);
      assert.deepEqual([error.more.duplicate_check.outcome, error.more.duplicate_check.found], ['not_there', []]);
    });
  }
}));

test('details of a row that cannot be read, or are still empty, exclude nothing', inWorld(async world => {
  const { actions } = await world.ok(['describe', 'sendpulse']);
  const { sample_input: input } = actions.find(({ id }) => id === 'sms.send');
  const none = { result: true, data: { id: 5601, sender_name: input.sender, task_phones_info: [] } };
  for (const answer of [{ status: 500 }, { status: 404 }, { body: none }]) {
    await world.healed();
    const connection = await world.connect();
    const { output: { campaign_id: other } } = await world.act(connection, 'sms.send', { ...input, phones: ['380931112244'] });
    await world.fault({ method: 'POST', path: '/sms/send' }, { status: 500 }, 1);
    await world.fault({ path: `/sms/campaigns/info/${other}` }, answer, -1);
    const error = await world.actFails(79, connection, 'sms.send', input);
    const { outcome, found } = error.more.duplicate_check;
    assert.equal(outcome, 'unknown', JSON.stringify(answer));
    assert.ok(found.some(({ value }) => value === other), JSON.stringify(found));
  }
}));

test('what was not found is looked for again when its key comes again, and found when it is there; nothing is sent', inWorld(async world => {
  const connection = await world.connect();
  await world.fault({ method: 'POST', path: '/addressbooks' }, { status: 500 }, 1);
  const call = ['mailing_list.create', { name: 'Comes late' }, '--idempotency-key', 'late'];
  const writes = () => world.requests('?method=POST&path=/addressbooks');
  for (let time = 0; time < 3; ++time) {
    const error = await world.actFails(79, connection, ...call);
    assert.deepEqual([error.more.duplicate_check.outcome, error.more.duplicate_check.looked], ['not_there', true]);
  }
  assert.equal((await writes()).length, 1, 'not found is no reason to send');
  // SendPulse was slow: now it is there.
  await world.fake.control('POST', '/lists', { name: 'Comes late' });
  await world.fault({ method: 'GET', path: '/addressbooks' }, { status: 404, body: { message: 'Not found' } }, 1);
  const blind = await world.actFails(79, connection, ...call);
  assert.notEqual(blind.more.duplicate_check.outcome, 'there', 'the answer to a look is looked at each time');
  const found = await world.actFails(79, connection, ...call);
  assert.deepEqual([found.more.duplicate_check.outcome, found.more.duplicate_check.found.map(({ label }) => label)], ['there', ['Comes late']]);
  assert.equal((await writes()).length, 1);
  assert.equal((await account(world)).lists.filter(({ name }) => name === 'Comes late').length, 1);
}));

// Whatever a list shows, contacts and deals of the CRM cannot be looked up.
test('where nothing can be compared it is said that it cannot be told, and nothing is looked up', inWorld(async world => {
  const { actions } = await world.ok(['describe', 'sendpulse']);
  const connection = await world.connect();
  for (const id of ['crm.contact.create', 'crm.deal.create']) {
    const { sample_input: input } = actions.find(action => action.id === id);
    await furnish(world);
    await world.healed();
    const { request } = await world.act(connection, id, input, '--dry-run');
    await world.fault({ method: request.method, path: decoded(new URL(request.url).pathname) }, { drop: 'after_read' }, -1);
    await world.fake.control('DELETE', '/requests');
    const error = await world.actFails(79, connection, id, input);
    assert.equal(error.more.duplicate_check, undefined);
    assert.match(error.advice, /It is unknown whether/, id);
    assert.equal((await world.requests()).length, 1, `${id}: the call, and nothing else`);
  }
}));

test('the same for every action that is not idempotent, on a connection that was used before', inWorld(async world => {
  const { actions } = await world.ok(['describe', 'sendpulse']);
  const connection = await world.connect();
  const risky = actions.filter(({ effects, id }) => !effects.read_only && !effects.idempotent && id !== 'api.request');
  assert.ok(risky.length >= 6);
  for (const { id, sample_input: input } of share(risky)) {
    await furnish(world);
    const { request } = await world.act(connection, id, input, '--dry-run');
    const path = new URL(request.url).pathname;
    await world.fault({ method: request.method, path_regex: `^${decoded(path)}$|^${path}$` }, { drop: 'after_read' }, -1);
    await world.fake.control('DELETE', '/requests');
    await world.actFails(79, connection, id, input);
    const sent = (await world.requests()).filter(entry => entry.method === request.method && decoded(entry.path) === decoded(path));
    assert.equal(sent.length, 1, id);
  }
}));

test('HTTP 500 and a broken answer after a POST are unknown too; the same key gives the stored state, without sending', inWorld(async world => {
  const connection = await world.connect();
  for (const [i, action] of [{ status: 500 }, { status: 502, html: true }, { status: 504 }].entries()) {
    await world.healed();
    await world.fault({ method: 'POST', path: '/addressbooks' }, { ...action, apply: true }, -1);
    const input = { name: `List ${i}` };
    const key = ['--idempotency-key', `call-${i}`];
    await world.fake.control('DELETE', '/requests');
    const first = await world.actFails(79, connection, 'mailing_list.create', input, ...key);
    assert.equal(first.more.idempotency_key, `call-${i}`);
    const again = await world.actFails(79, connection, 'mailing_list.create', input, ...key);
    assert.equal(again.class, 'unknown_outcome');
    assert.equal((await world.requests('?method=POST&path=/addressbooks')).length, 1, JSON.stringify(action));
  }
}));

test('four campaigns an hour, counted over processes and restarts: the fifth never leaves', inWorld(async world => {
  const connection = await world.connect();
  const other = await world.connect({ method: 'key' });
  const { actions } = await world.ok(['describe', 'sendpulse']);
  const { sample_input: input } = actions.find(({ id }) => id === 'campaign.create');
  for (let i = 0; i < 4; ++i) {
    await furnish(world);
    await world.act(connection, 'campaign.create', input);
  }
  await world.fake.control('DELETE', '/requests');
  const error = await world.actFails(75, connection, 'campaign.create', input);
  assert.equal(error.class, 'rate_limited');
  assert.match(error.message, /4 of these requests in 60 minutes; the next one is possible in 60 minutes/);
  assert.deepEqual(await world.requests(), []);
  await world.act(other, 'campaign.create', input);
  assert.equal((await world.requests()).length, 1, 'another connection has a budget of its own');
}));

test('an interrupted action is unknown, and says so when its key comes again', inWorld(async world => {
  const connection = await world.connect();
  await world.fault({ method: 'POST', path: '/addressbooks' }, { delay_ms: 5_000 }, -1);
  const args = ['--json', 'action', 'run', connection.id, 'mailing_list.create', '--input', '{"name":"Slow"}', '--idempotency-key', 'slow'];
  const child = world.spawn(args);
  let out = '';
  child.stdout.setEncoding('utf8').on('data', chunk => (out += chunk));
  const ended = new Promise(resolve => child.on('close', resolve));
  await until(async () => (await world.requests('?path=/addressbooks')).length > 0 || (await world.fake.control('GET', '/faults'))[0].hits > 0, 'the request');
  child.kill('SIGINT');
  assert.equal(await ended, 79);
  assert.match(JSON.parse(out).error.message, /unknown whether/i);
  await world.healed();
  await world.actFails(79, connection, 'mailing_list.create', { name: 'Slow' }, '--idempotency-key', 'slow');
}));

test('the same key again gives the stored result without sending; another input, action or connection is refused', inWorld(async world => {
  const connection = await world.connect();
  const other = await world.connect({ method: 'key' });
  const key = ['--idempotency-key', 'order-17'];
  const first = await world.act(connection, 'mailing_list.create', { name: 'Keyed' }, ...key);
  await world.fake.control('DELETE', '/requests');
  const again = await world.act(connection, 'mailing_list.create', { name: 'Keyed' }, ...key);
  assert.deepEqual(again.output, first.output);
  assert.equal(again.replayed, true);
  assert.equal(first.replayed, false);
  for (const [where, action, input] of [
    [connection, 'mailing_list.create', { name: 'Different' }],
    [connection, 'tag.create', { name: 'VIP', color: '#ff0000' }],
    [other, 'mailing_list.create', { name: 'Keyed' }],
  ]) {
    const error = await world.actFails(65, where, action, input, ...key);
    assert.match(error.message, /order-17/);
  }
  assert.deepEqual(await world.requests(), []);
}));

test('a key whose call was refused in passing may be used again', inWorld(async world => {
  const connection = await world.connect({ method: 'key' });
  const key = ['--idempotency-key', 'retry-me'];
  await world.fault({ method: 'POST', path: '/addressbooks' }, { status: 422, body: { message: 'x', error_code: 791 } }, 1);
  await world.actFails(75, connection, 'mailing_list.create', { name: 'Second try' }, ...key);
  const { output } = await world.act(connection, 'mailing_list.create', { name: 'Second try' }, ...key);
  assert.ok(output.id);
}));

test('two at once under one key: one acts', inWorld(async world => {
  const connection = await world.connect();
  await world.fault({ method: 'POST', path: '/addressbooks' }, { delay_ms: 1500 }, -1);
  const args = ['--json', 'action', 'run', connection.id, 'mailing_list.create', '--input', '{"name":"Race"}', '--idempotency-key', 'race'];
  const results = await Promise.all([world.host(args), world.host(args), world.host(args)]);
  assert.equal((await account(world)).lists.filter(({ name }) => name === 'Race').length, 1);
  assert.equal((await world.requests('?method=POST&path=/addressbooks')).length, 1);
  const codes = results.map(({ code }) => code).sort();
  assert.equal(codes[0], 0, codes.join());
  for (const { code, json } of results) assert.ok(code === 0 || code === 75, JSON.stringify(json));
}));

// Contacts and deals may not be queried, however the path is written: the manifest's limitations name them.
const QUERIES = [
  ['GET', '/crm/v1/contacts'],
  ['GET', '/crm/v1/contacts/'],
  ['GET', '/crm/v1/contacts/5'],
  ['GET', '/crm/v1/contacts/5/'],
  ['GET', '/crm/v1/contacts?limit=5'],
  ['GET', '/CRM/V1/CONTACTS'],
  ['GET', '/crm/v1/Deals/7'],
  ['GET', '/crm//v1/contacts'],
  ['GET', '/crm/v1///deals'],
  ['GET', '//crm/v1/contacts'],
  ['GET', '/crm/v1/./contacts'],
  ['GET', '/crm/v1/tasks/../contacts'],
  ['GET', '/tags/../crm/v1/contacts'],
  ['GET', '/crm/v1/tasks/%2e%2e/contacts'],
  ['GET', '/crm/v1/tasks/%252e%252e/contacts'],
  ['GET', '/crm/v1/tasks/.%2E/contacts'],
  ['GET', '/crm/v1/%63ontacts'],
  ['GET', '/crm/v1/%43%4fntacts'],
  ['GET', '/crm/v1/%2563ontacts'],
  ['GET', '/crm/v1/%252563ontacts'],
  ['GET', '/%63%72%6d/%76%31/%64eals'],
  ['GET', '/crm%2Fv1%2Fcontacts'],
  ['GET', '/crm%252Fv1%252Fcontacts'],
  ['GET', '/crm/v1/contacts;jsessionid=1'],
  ['GET', '/crm/v1/contacts%3Bx'],
  ['GET', '/crm/v1/contacts%00'],
  ['GET', '/crm/v1/contacts%20'],
  ['GET', '/crm/v1/contacts%09'],
  ['GET', '/crm/v1/contacts%3Flimit=1'],
  ['GET', '/crm/v1/contacts%23'],
  ['GET', '/crm\\v1\\contacts'],
  ['GET', '/crm/v1\\contacts'],
  ['GET', '/crm/v1%5Ccontacts'],
  ['GET', '/crm/v1/contacts#x'],
  ['POST', '/crm/v1/contacts/get-list'],
  ['POST', '/crm/v1/contacts/get-list/'],
  ['POST', '/crm/v1/contacts/Get-List'],
  ['POST', '/crm/v1/contacts/%67et-list'],
  ['POST', '/crm/v1/contacts/get-list-by-email'],
  ['POST', '/crm/v1/deals/get-list'],
  ['POST', '/crm/v1//deals/get-list'],
];

test('the custom call refuses contact and deal queries in every spelling, before anything is sent', inWorld(async world => {
  const connection = await world.connect({ method: 'key' });
  await world.fake.control('DELETE', '/requests');
  const through = [];
  await inBatches(QUERIES, async ([method, path]) => {
    const args = ['--json', 'action', 'run', connection.id, 'api.request', '--input', JSON.stringify({ method, path })];
    const result = await world.host(args);
    if (result.code !== 65 || !['limitation', 'invalid_input'].includes(result.json.error.class))
      through.push(`${method} ${path}: ${result.code} ${result.out.slice(0, 200)}`);
  });
  assert.deepEqual(through, []);
  assert.deepEqual(await world.requests(), []);
}));

test('creating and updating contacts and deals by the custom call is allowed', inWorld(async world => {
  const connection = await world.connect({ method: 'key' });
  for (const [method, path] of [['POST', '/crm/v1/contacts'], ['PUT', '/crm/v1/contacts/5'], ['POST', '/crm/v1/deals'], ['GET', '/crm/v1/pipelines'],
    ['POST', '/crm/v1/contacts/5/comments'], ['DELETE', '/crm/v1/contacts/5']]) {
    const record = { id: 5, firstName: 'Jane', phones: [{ phone: '+380501234567' }] };
    await world.fault({ method, path }, { status: 200, body: { data: method === 'GET' ? { id: 5 } : record } });
    const result = await world.host(['--json', 'action', 'run', connection.id, 'api.request', '--input', JSON.stringify({ method, path, ...(method === 'GET' ? {} : { body: { a: 1 } }) })]);
    assert.equal(result.code, 0, `${method} ${path}: ${result.out}`);
    assert.equal(result.json.output.status, 200);
    assert.deepEqual(result.json.output.body, { data: { id: 5 } });
  }
}));

test('the custom call never leaves its host: //evil, URLs, @, CRLF, backslashes, fragments', inWorld(async world => {
  const connection = await world.connect({ method: 'key' });
  await world.fake.control('DELETE', '/requests');
  const paths = ['//evil.example/x', '///evil.example', '/\\evil.example', '\\\\evil.example', 'https://evil.example/', 'evil.example/x', '@evil.example',
    ':443@evil.example', '.evil.example/', '', ' /addressbooks', '/a b', '/a\r\nHost: evil.example', '/a\nX: y', '/a\u0000b', '/a#b',
    '/%0d%0aX:y', '/..%2f..', '/../../x', '/%00'];
  const through = [];
  await inBatches(paths, async path => {
    const args = ['--json', 'action', 'run', connection.id, 'api.request', '--input', '-'];
    const result = await world.host(args, { input: JSON.stringify({ method: 'GET', path }) });
    if (result.code !== 65) through.push(`${JSON.stringify(path)}: ${result.code} ${result.out.slice(0, 200)}`);
  });
  assert.deepEqual(through, []);
  assert.deepEqual(await world.requests(), []);
}));

test('"/@evil" is a path like another: it stays on the host', inWorld(async world => {
  const connection = await world.connect({ method: 'key' });
  const result = await world.host(['--json', 'action', 'run', connection.id, 'api.request', '--input', '{"method":"GET","path":"/@evil.example"}']);
  assert.ok([65, 66].includes(result.code), result.out);
  for (const { headers } of await world.requests()) assert.match(headers.host ?? 'api.sendpulse.com', /^api\.sendpulse\.com/);
}));

test('a redirect is never followed, wherever it leads', inWorld(async world => {
  const connection = await world.connect({ method: 'key' });
  let reached = 0;
  const trap = http.createServer((_, response) => { reached += 1; response.end('{"items":[]}'); });
  await new Promise(resolve => trap.listen(0, '127.0.0.1', resolve));
  try {
    for (const redirect of ['http://169.254.169.254/latest', `http://127.0.0.1:${trap.address().port}/`, 'https://evil.example/', '//evil.example/', 'file:///etc/passwd']) {
      for (const status of [301, 302, 307, 308]) {
        await world.healed();
        await world.fault({ path: '/addressbooks' }, { redirect, status }, -1);
        const result = await world.host(['--json', 'action', 'run', connection.id, 'api.request', '--input', '{"method":"GET","path":"/addressbooks"}']);
        const said = result.out;
        if (result.code === 0) assert.equal(result.json.output.status, status, said);
        assert.ok(!said.includes('root:'));
        if (status === 302) break;
      }
    }
    assert.equal(reached, 0);
    await world.healed();
    await world.fault({ path: '/addressbooks' }, { redirect: `http://127.0.0.1:${trap.address().port}/` }, -1);
    const error = await world.host(['--json', 'action', 'run', connection.id, 'mailing_list.list']);
    assert.notEqual(error.code, 0);
    assert.equal(reached, 0);
  } finally {
    trap.close();
  }
}));

test('the custom call sends method, query and body as given, and gives status and answer', inWorld(async world => {
  const connection = await world.connect({ method: 'key' });
  const read = await world.act(connection, 'api.request', { method: 'GET', path: '/addressbooks', query: { limit: 1, offset: 1 } });
  assert.equal(read.output.status, 200);
  assert.equal(read.output.body[0].id, 501002);
  const made = await world.act(connection, 'api.request', { method: 'POST', path: '/addressbooks', body: { bookName: 'Custom' } });
  assert.ok(made.output.body.id);
  const error = await world.actFails(66, connection, 'api.request', { method: 'GET', path: '/nothing/here' });
  assert.equal(error.http_status, 404);
}));

test('lookups page, depend on other fields, and say when a field is missing', inWorld(async world => {
  const connection = await world.connect({ method: 'key' });
  for (let i = 0; i < 250; ++i) await world.fake.control('POST', '/lists', { name: `More ${i}` });
  const seen = [];
  let page = '';
  let pages = 0;
  do {
    const answer = await world.ok(['lookup', connection.id, 'mailing_lists', ...(page ? ['--page', page] : [])]);
    seen.push(...answer.items.map(({ value }) => value));
    page = answer.next ?? '';
    pages += 1;
    assert.ok(pages < 10);
  } while (page);
  assert.equal(new Set(seen).size, 252);
  assert.equal(seen.length, 252);
  assert.ok(pages >= 3);
  const variables = await world.ok(['lookup', connection.id, 'list_variables', '--input', '{"list_id":501001}']);
  assert.deepEqual(variables.items.map(({ value }) => value), ['Name', 'Age', 'Birthday']);
  const error = await world.fails(65, ['lookup', connection.id, 'list_variables']);
  assert.match(JSON.stringify(error.details), /list_id/);
  await world.fails(66, ['lookup', connection.id, 'list_variables', '--input', '{"list_id":1}']);
  for (const wrong of ['x', '-1', '1e9', '../../etc', '999999999999999999999', '{"offset":-5}'])
    assert.notEqual((await world.host(['lookup', connection.id, 'mailing_lists', '--page', wrong])).code, 70, wrong);
}));

test('every lookup answers with values and labels', inWorld(async world => {
  const { lookups } = await world.ok(['describe', 'sendpulse']);
  const connection = await world.connect({ method: 'key' });
  await furnish(world);
  await addWebhook(world, connection);
  await world.fake.control('POST', '/campaigns', { name: 'Planned', list_id: 501001, send_date: '2090-01-01 00:00:00' });
  for (const { id, depends_on: depends } of lookups) {
    const input = depends ? lookupInput[id] : {};
    assert.ok(input, `${id} depends on ${depends}: its area's file in prepared/ must say with what it is tried`);
    const { items } = await world.ok(['lookup', connection.id, id, '--input', JSON.stringify(input)]);
    assert.ok(items.length > 0, id);
    for (const { value, label } of items) assert.ok(value !== undefined && label, id);
  }
}));

test('types as SendPulse really sends them: numbers as texts, empty objects as arrays', inWorld(async world => {
  const { actions } = await world.ok(['describe', 'sendpulse']);
  const connection = await world.connect({ method: 'key' });
  await world.fake.control('POST', '/settings', { numbers_as_strings: true, empty_object_as_array: true, gzip: true });
  const output = async (id, input) => {
    const result = await world.act(connection, id, input);
    const valid = ajv.compile(actions.find(action => action.id === id).output);
    assert.ok(valid(result.output), `${id}: ${ajv.errorsText(valid.errors)} ${JSON.stringify(result.output).slice(0, 400)}`);
  };
  await output('mailing_list.list', {});
  await output('mailing_list.get', { list_id: 501001 });
  await output('subscriber.list', { list_id: 501001 });
  await output('campaign.list', {});
  await output('campaign.countries', { campaign_id: 8100001 });
  await output('template.list', {});
  await output('balance.details', {});
}));

test('nothing an action prints or logs holds a secret, not even at debug level', inWorld(async world => {
  const connection = await world.connect();
  await world.act(connection, 'mailing_list.list');
  const { code } = await world.host(['--log-level', 'debug', 'action', 'run', connection.id, 'mailing_list.list']);
  assert.equal(code, 0);
  await world.host(['--log-level', 'debug', 'action', 'run', connection.id, 'mailing_list.get', '--input', '{"list_id":4}']);
  const secrets = (await world.fake.control('GET', '/tokens')).map(({ value }) => value);
  assert.ok(secrets.length >= 3);
  for (const secret of secrets) assert.ok(!world.output.includes(secret));
}));

test('the choices of templates, their languages and senders leave out what cannot be used; pop-ups and quizzes are offered apart', inWorld(async world => {
  const connection = await world.connect({ method: 'key' });
  const bot = '6a1000000000000000000004';
  const control = (path, body) => world.fake.control('POST', path, body);
  for (const [name, language, status] of [['offer', 'de', 'APPROVED'], ['offer', 'uk', 'APPROVED'], ['offer', 'fr', 'PENDING'], ['other', 'it', 'APPROVED'], ['bad', 'en', 'REJECTED']])
    await control(`/bots/${bot}/templates`, { name, language, status });
  for (const [sender, status] of [['Waits', 0], ['Works', 1], ['Refused', 2]]) await control('/sms/senders', { sender, status });
  const values = async (id, input = {}) => (await world.ok(['lookup', connection.id, id, '--input', JSON.stringify(input)])).items.map(({ value }) => value);
  const templates = await values('whatsapp_templates', { bot_id: bot });
  assert.ok(templates.includes('offer') && templates.includes('other') && !templates.includes('bad'), templates.join());
  assert.deepEqual(await values('whatsapp_template_languages', { bot_id: bot, template: 'offer' }), ['de', 'uk']);
  const senders = await values('sms_senders');
  assert.ok(senders.includes('Works') && !senders.includes('Waits') && !senders.includes('Refused'), senders.join());

  const project = '3f0c1a52-8f6b-4c7e-9a41-5d2e7b90c101';
  const quiz = await control('/popups', { project_id: project, name: 'Which cat are you?', isQuiz: true });
  assert.ok((await values('popups', { project_id: project, kind: 'quiz' })).includes(quiz.id));
  for (const input of [{ project_id: project }, { project_id: project, kind: 'popup' }]) assert.ok(!(await values('popups', input)).includes(quiz.id));
}));
