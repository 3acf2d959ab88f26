// The traps that the fake's chatbots, SMS, web push, Viber and Automation360 set: clients are tested with them, so they
// have to be there.

import assert from 'node:assert/strict';
import { after, before, beforeEach, it } from 'node:test';
import { sampleId } from './chatbots.mjs';
import { Client } from './client.mjs';
import { startFake } from './fake.mjs';

let fake;
let client;

before(async () => {
  fake = await startFake({ seed: 'small', settings: { rate_limit: false } });
  client = new Client(fake, 'h2');
});

after(async () => {
  client.close();
  await fake.close();
});

beforeEach(async () => {
  await fake.control('POST', '/reset', { keep_tokens: true });
  client.token = fake.credentials.api_key;
});

const get = async path => (await client.send('GET', path)).json;
const post = (path, body) => client.post(path, body);
const contact = number => sampleId('contact', number);

it('chatbots refuse in an envelope of their own', async () => {
  const answer = await client.send('GET', `/telegram/contacts/get?id=${contact(4)}`);
  assert.equal(answer.status, 404);
  assert.deepEqual(answer.json, { success: false, message: 'Contact not found', error_code: 404 });
});

it('every channel has its own form of a message', async () => {
  const text = { contact_id: contact(1), message: { type: 'text', text: 'Hello' } };
  assert.equal((await post('/telegram/contacts/send', text)).status, 200);
  for (const wrong of [
    { ...text, message: { type: 'text', text: { body: 'Hello' } } },
    { ...text, message: { type: 'text', text: 'Hello', surplus: 1 } },
    { contact_id: contact(1), messages: [text.message] },
    { ...text, message: { type: 'sticker' } },
  ])
    assert.equal((await post('/telegram/contacts/send', wrong)).status, 422, JSON.stringify(wrong));
  assert.equal((await post('/whatsapp/contacts/send', { contact_id: contact(4), message: { type: 'text', text: { body: 'Hello' } } })).status, 200);
});

it('WhatsApp takes free messages for a day after the last one of the contact', async () => {
  await fake.control('POST', '/clock', { advance_s: 86_400 });
  const answer = await post('/whatsapp/contacts/send', { contact_id: contact(4), message: { type: 'text', text: { body: 'Hello' } } });
  assert.equal(answer.status, 400);
  assert.match(answer.json.message, /24-hour/);
});

it('the list of all bots has tokens in it, and dialogs write their dates in another way than channels', async () => {
  const { data } = await get('/chatbots/bots');
  assert.match(data[0].channel_data.access_token, /^channel-token-/);
  const [dialog] = (await get('/chatbots/dialogs?order=desc')).data.list;
  assert.match(dialog.last_inbox_message.date, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const { data: row } = await get(`/telegram/contacts/get?id=${contact(1)}`);
  assert.match(row.created_at, /T\d\d:\d\d:\d\d\+03:00$/);
});

it('an empty object of a contact is a list', async () => {
  const { id } = await fake.control('POST', '/contacts', { bot_id: sampleId('bot', 1) });
  assert.deepEqual((await get(`/telegram/contacts/get?id=${id}`)).data.variables, []);
});

it('messages are paged, twenty when nothing is said, and messenger knows no search_after', async () => {
  await fake.control('POST', `/contacts/${contact(1)}/messages`, { text: 'Many', count: 30 });
  const path = `/telegram/chats/messages?contact_id=${contact(1)}`;
  assert.equal((await get(path)).data.length, 20);
  assert.equal((await get(`${path}&size=100`)).data.length, 32);
  assert.equal((await get(`${path}&size=10&skip=30&order=desc`)).data.length, 2);
  const messenger = `/messenger/chats/messages?contact_id=${contact(10)}&search_after=1`;
  assert.equal((await client.send('GET', messenger)).status, 422);
});

it('phone variables one list deep are answered with HTTP 500', async () => {
  const { lists } = (await fake.control('GET', '/state')).accounts[0];
  const send = phones => post('/sms/numbers/variables', { addressBookId: lists[0].id, phones });
  const variable = { name: 'first_name', type: 'string', value: 'Jane' };
  assert.equal((await send({ 380501234567: [variable] })).status, 500);
  assert.deepEqual((await send({ 380501234567: [[variable]] })).json.counters, { added: 1, exceptions: 0, exists: 0 });
});

it('SMS refuses under HTTP 200, and its recipients have a Cyrillic letter', async () => {
  const answer = await post('/sms/send', { sender: 'Nobody', phones: ['380501234567'], body: 'Hello' });
  assert.equal(answer.status, 200);
  assert.equal(answer.json.result, false);
  const { data } = await get('/sms/campaigns/info/5601');
  assert.ok('\u0441ountry_code' in data.task_phones_info[0]);
});

it('web push counts in text, hides JSON in text, and takes one campaign in 15 minutes for a website', async () => {
  assert.equal(typeof (await get('/push/tasks/4401')).send, 'string');
  const campaign = { title: 'News', website_id: 8801, body: 'Hello', ttl: 3600 };
  assert.equal((await post('/push/tasks', { ...campaign, buttons: [] })).status, 422);
  assert.equal((await post('/push/tasks', { ...campaign, buttons: '[{"text": "Look", "link": "https://example.com/"}]' })).status, 200);
  const second = await post('/push/tasks', campaign);
  assert.equal(second.json.error_code, 711);
  await fake.control('POST', '/clock', { advance_s: 900 });
  assert.equal((await post('/push/tasks', campaign)).status, 200);
});

it('Viber tells its status in the language of the account, and lists the newest first', async () => {
  await fake.control('POST', '/viber/campaigns', { name: 'Second' });
  await fake.control('POST', '/settings', { lang: 'uk' });
  const rows = await get('/viber/task');
  assert.deepEqual(rows.map(({ name }) => name), ['Second', 'Winter sale']);
  assert.equal(rows[0].status, 'Надіслана');
});

it('one answer of Automation360 is in two time zones, and an event that nobody knows is accepted', async () => {
  const { autoresponder, flows } = await get('/a360/autoresponders/6101');
  assert.equal(Date.parse(`${flows[0].created}Z`) - Date.parse(`${autoresponder.created}Z`), 3 * 3_600_000);
  assert.deepEqual((await post('/events/name/nobody', { email: 'jane@example.org' })).json, { result: true });
  assert.equal((await post('/events/name/nobody', { order: 1 })).status, 422);
});
