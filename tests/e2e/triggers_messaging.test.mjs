// What is peculiar to the triggers of chatbots, SMS, web push, Viber and Automation360: each with the trap that its part of
// SendPulse sets.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inWorld } from './harness.mjs';
import { botOf, contactOf } from './prepared/chatbots.mjs';

const CONTACT = contactOf('telegram');
const write = (world, text, more = {}, contact = CONTACT) => world.fake.control('POST', `/contacts/${contact}/messages`, { text, ...more });
const texts = events => events.map(({ data }) => data.data.text);
const ago = days => new Date(Date.now() - days * 86_400_000).toISOString();

async function watching(world, trigger, input = {}) {
  const connection = await world.connect({ method: 'key' });
  const added = await world.addTrigger(connection, trigger, input);
  assert.deepEqual(await world.pollOnce(), []);
  return { connection, trigger: added };
}

test('every message of a burst is told once, oldest first; what the bot sends is not', inWorld(async world => {
  await watching(world, 'chatbot_message.received');
  await write(world, 'One', { at: ago(0.003) });
  await write(world, 'An answer', { direction: 2, at: ago(0.002) });
  await write(world, 'Two', { at: ago(0.001) });
  await write(world, 'Three');
  assert.deepEqual(texts(await world.pollOnce()), ['One', 'Two', 'Three']);
  assert.deepEqual(await world.pollOnce(), []);
  await write(world, 'Another answer', { direction: 2 });
  assert.deepEqual(await world.pollOnce(), []);
}));

test('more messages than a page has', inWorld(async world => {
  await write(world, 'Old', { count: 150, at: ago(1), step_s: 1 });
  await watching(world, 'chatbot_message.received');
  await write(world, 'New', { count: 60, at: ago(0.01), step_s: 1 });
  assert.deepEqual(texts(await world.pollOnce()), Array.from({ length: 60 }, (_, i) => `New ${i + 1}`));
  assert.deepEqual(await world.pollOnce(), []);
}));

for (const channel of ['messenger', 'viber', 'live_chat', 'whatsapp', 'instagram', 'tiktok']) {
  test(`messages of ${channel} are read at its own address`, inWorld(async world => {
    await watching(world, 'chatbot_message.received', { bot_id: botOf(channel) });
    await write(world, 'Hello', {}, contactOf(channel));
    await write(world, 'Elsewhere');
    const [event, ...others] = await world.pollOnce();
    assert.deepEqual(others, []);
    assert.deepEqual([event.data.channel, event.data.data.text], [channel, 'Hello']);
  }));
}

test('a contact who was silent for long comes back: one message, and none of the old ones', inWorld(async world => {
  const { id } = await world.fake.control('POST', '/contacts', { bot_id: botOf('telegram'), created: ago(40) });
  await write(world, 'Long ago', { at: ago(20) }, id);
  await world.fake.control('DELETE', '/requests');
  await watching(world, 'chatbot_message.received');
  const read = (await world.requests()).filter(({ query }) => query?.includes(id));
  assert.deepEqual(read, [], 'the first poll leaves silent dialogs alone');
  await write(world, 'Back again', {}, id);
  assert.deepEqual(texts(await world.pollOnce()), ['Back again']);
  assert.deepEqual(await world.pollOnce(), []);
}));

test('dialogs that are not sorted by their last message lose nothing', inWorld(async world => {
  for (let i = 0; i < 130; ++i) {
    const { id } = await world.fake.control('POST', '/contacts', { bot_id: botOf('telegram'), name: `Contact ${i}`, created: ago(3 + i / 10) });
    await write(world, 'Hello', { at: ago(4.5) }, id);
  }
  await watching(world, 'chatbot_message.received');
  await write(world, 'From the end of the list');
  assert.deepEqual(texts(await world.pollOnce()), ['From the end of the list']);
  assert.deepEqual(await world.pollOnce(), []);
}, { settings: { dialogs_by_creation: true } }));

test('a dialog that is refused stops no other, is named, and is told of when it answers again', inWorld(async world => {
  await watching(world, 'chatbot_message.received');
  await write(world, 'First');
  await write(world, 'Second', {}, contactOf('viber'));
  await world.fault({ path: '/viber/chatbots/chats/messages' }, { status: 400, body: { success: false, message: 'Not now' } });
  const polled = await world.poll();
  assert.equal(polled.code, 0, polled.err);
  assert.deepEqual(texts(polled.events), ['First']);
  assert.match(polled.err, /could not be read: .*Not now/);
  assert.match(polled.err, /a part of this trigger is refused.*Not now/);
  const { id, state, refused } = JSON.parse((await world.host(['--json', 'trigger', 'list'])).out).triggers[0];
  assert.equal(state, 'active');
  assert.equal(refused.length, 1);
  assert.match(refused[0].reason, /Not now/);
  assert.ok(Date.parse(refused[0].since) > 0);
  assert.match((await world.host(['trigger', 'list'])).out, /active, partly failing/);
  assert.match((await world.host(['trigger', 'show', id])).out, /Refused: .*Not now/);
  assert.match((await world.host(['trigger', 'list'])).out, /partly failing.*Not now/);
  assert.match((await world.host(['doctor'])).out, /partly failing.*Not now/);
  await world.healed();
  const healed = await world.poll();
  assert.deepEqual(texts(healed.events), ['Second']);
  assert.match(healed.err, /that was refused answers again/);
  assert.deepEqual(await world.pollOnce(), []);
  assert.equal(JSON.parse((await world.host(['--json', 'trigger', 'show', id])).out).refused, undefined);
}));

test('a rate limit at one dialog is the whole account\'s: the next poll tells both messages once', inWorld(async world => {
  await watching(world, 'chatbot_message.received');
  await write(world, 'First');
  await write(world, 'Second', {}, contactOf('viber'));
  await world.fault({ path: '/viber/chatbots/chats/messages' }, { status: 429, body: { message: 'Too many requests' } }, -1);
  const failed = await world.poll();
  assert.equal(failed.code, 75, failed.err);
  await world.healed();
  const told = [...texts(failed.events), ...texts(await world.pollOnce())];
  assert.deepEqual(told.sort(), ['First', 'Second']);
  assert.deepEqual(await world.pollOnce(), []);
}));

test('triggers of one account share the list of bots, and its tokens go nowhere', inWorld(async world => {
  const connection = await world.connect({ method: 'key' });
  for (const id of ['chatbot.connected', 'chatbot.status_changed']) await world.addTrigger(connection, id);
  for (const channel of ['telegram', 'viber']) await world.addTrigger(connection, 'chatbot_message.last_received', { channel, bot_id: botOf(channel) });
  assert.deepEqual(await world.pollOnce(), []);
  await world.fake.control('DELETE', '/requests');
  assert.deepEqual(await world.pollOnce(), []);
  assert.deepEqual((await world.requests()).map(({ path }) => path), ['/chatbots/bots']);
  await world.fake.control('PATCH', `/bots/${botOf('viber')}`, { status: 4 });
  await world.pollOnce();
  assert.doesNotMatch(world.output, /channel-token/);
}));

test('live chat spells its statistics in its own way: a new subscriber is seen all the same', inWorld(async world => {
  await watching(world, 'chatbot_contact.subscribed', { channel: 'live_chat', bot_id: botOf('live_chat') });
  const { id } = await world.fake.control('POST', '/contacts', { bot_id: botOf('live_chat'), name: 'New' });
  await write(world, 'Hello', {}, id);
  assert.deepEqual((await world.pollOnce()).map(({ data }) => data.id), [id]);
  assert.deepEqual(await world.pollOnce(), []);
}));

for (const filter of ['sent', 'created']) {
  test(`SMS campaigns that the service lists by the day they were ${filter}: scheduled ones are told once`, inWorld(async world => {
    await watching(world, 'sms_campaign.created');
    await world.fake.control('POST', '/sms/campaigns', { sender: 'Later', send_at: new Date(Date.now() + 40 * 86_400_000).toISOString() });
    const events = await world.pollOnce();
    assert.deepEqual(events.map(({ data }) => data.sender_mail_name), ['Later']);
    assert.deepEqual(await world.pollOnce(), []);
  }, { settings: { sms_filter: filter } }));
}

test('what became of an SMS: each phone by itself, and campaigns of last week are left alone', inWorld(async world => {
  await world.fake.control('POST', '/sms/campaigns', { id: 5700, created: ago(9), send_at: ago(8) });
  const connection = await world.connect({ method: 'key' });
  await world.addTrigger(connection, 'sms.status_changed', { statuses: [2] });
  assert.deepEqual(await world.pollOnce(), []);
  await world.fake.control('POST', '/sms/campaigns', { id: 5701, phones: ['380501234567', '380501234568'] });
  assert.deepEqual(await world.pollOnce(), [], 'queued is not what was asked for');
  await world.fake.control('PATCH', '/sms/campaigns/5701', { status: 2 });
  await world.fake.control('PATCH', '/sms/campaigns/5700', { status: 2 });
  const events = await world.pollOnce();
  assert.deepEqual(events.map(({ data }) => [data.campaign_id, data.phone]).sort(), [[5701, '380501234567'], [5701, '380501234568']]);
  assert.deepEqual(await world.pollOnce(), []);
}));

test('push subscribers of one second, of which one is seen late: both are told', inWorld(async world => {
  await watching(world, 'push_subscriber.added', { website_id: 8801 });
  const at = ago(0.001);
  await world.fake.control('POST', '/push/websites/8801/subscribers', { browser: 'First', at });
  assert.deepEqual((await world.pollOnce()).map(({ data }) => data.browser), ['First']);
  await world.fake.control('POST', '/push/websites/8801/subscribers', { browser: 'Second', at });
  assert.deepEqual((await world.pollOnce()).map(({ data }) => data.browser), ['Second']);
  assert.deepEqual(await world.pollOnce(), []);
}));

test('a website that is gone is said so', inWorld(async world => {
  const { trigger } = await watching(world, 'push_subscriber.added', { website_id: 8801 });
  await world.fake.control('DELETE', '/push/websites/8801');
  const failed = await world.poll();
  assert.equal(failed.code, 75, failed.err);
  assert.match((await world.trigger(trigger)).last_error.message, /not found|gone/i);
}));

test('a form that another channel has: refused before anything is sent', inWorld(async world => {
  const connection = await world.connect({ method: 'key' });
  await world.fake.control('DELETE', '/requests');
  const input = { channel: 'whatsapp', contact_id: contactOf('whatsapp'), content: 'video', media_url: 'https://example.com/v.mp4' };
  const error = await world.actFails(65, connection, 'chatbot_message.send', input);
  assert.ok(error.details.some(({ pointer }) => pointer === '/content'), JSON.stringify(error.details));
  assert.deepEqual(await world.requests(), []);
}));

test('a message that the 24-hour window refuses says so', inWorld(async world => {
  const connection = await world.connect({ method: 'key' });
  const { id } = await world.fake.control('POST', '/contacts', { bot_id: botOf('whatsapp'), phone: '380500000001' });
  await write(world, 'Long ago', { at: ago(3) }, id);
  const error = await world.actFails(65, connection, 'chatbot_message.send', { channel: 'whatsapp', contact_id: id, content: 'text', text: 'Hello' });
  assert.match(error.message, /24-hour window/);
}));

test('a second push campaign within 15 minutes is not sent: the host says when; a refused one does not count', inWorld(async world => {
  const connection = await world.connect({ method: 'key' });
  const input = { website_id: 8801, title: 'One', text: 'Hello', ttl: 3600 };
  await world.fault({ path: '/push/tasks' }, { status: 422, body: { is_error: true, error_code: 720, message: 'Empty subject' } });
  await world.actFails(65, connection, 'push_campaign.create', input);
  await world.act(connection, 'push_campaign.create', input);
  await world.fake.control('DELETE', '/requests');
  const error = await world.actFails(75, connection, 'push_campaign.create', input);
  assert.equal(error.class, 'rate_limited');
  assert.match(error.message, /1 of these requests for one website_id in 15 minutes/);
  assert.deepEqual(await world.requests(), []);
  await world.actFails(66, connection, 'push_campaign.create', { ...input, website_id: 1 });
  assert.equal((await world.requests()).length, 1, 'another website has its own budget');
}));

test('a push campaign within 15 minutes of somebody else\'s: told as a quota, with the time to wait', inWorld(async world => {
  const input = { website_id: 8801, title: 'One', text: 'Hello', ttl: 3600 };
  await world.act(await world.connect({ method: 'key' }), 'push_campaign.create', input);
  const error = await world.actFails(75, await world.connect({ method: 'app' }), 'push_campaign.create', input);
  assert.equal(error.class, 'quota');
  assert.equal(error.vendor_code, 711);
}));
