// What the chatbots' actions need: the fake's seed has a bot, a contact, a flow and a message for every channel, under the
// ids that the samples name.

import assert from 'node:assert/strict';
import { CHANNELS, sampleId } from '../../fake_sendpulse/chatbots.mjs';

const CONTACT = sampleId('contact', 1);
const WHATSAPP = sampleId('contact', 4);

const channels = Object.keys(CHANNELS);
const numbers = Object.fromEntries(channels.map((channel, i) => [channel, { telegram: 1, whatsapp: 4 }[channel] ?? 10 + i]));
const others = channels.filter(channel => channel !== 'telegram');
export const botOf = channel => sampleId('bot', numbers[channel]);
export const contactOf = channel => sampleId('contact', numbers[channel]);
export const flowOf = channel => sampleId('flow', numbers[channel]);
export const messageOf = channel => sampleId('message', numbers[channel]);

const contact = (state, id = CONTACT) => state.chatbots.contacts.find(each => each.id === id);
const sent = (state, id = CONTACT) => contact(state, id).messages.at(-1);
const change = (world, body, id = CONTACT) => world.fake.control('PATCH', `/contacts/${id}`, body);
const addNote = async (world, connection) => {
  const input = { channel: 'telegram', bot_id: botOf('telegram'), contact_id: CONTACT, text: 'Before' };
  return { note_id: (await world.act(connection, 'chatbot_contact.add_note', input)).output.id };
};

const onEveryChannel = (fields = () => ({})) => others.map(channel => ({ channel, contact_id: contactOf(channel), ...fields(channel) }));
const onEveryBot = others.map(channel => ({ channel, bot_id: botOf(channel) }));
const onEveryBotAndContact = onEveryChannel(channel => ({ bot_id: botOf(channel) }));

// The samples send text, which other contents refuse.
const picture = { content: 'image', text: undefined, media_url: 'https://example.com/picture.png' };
const file = { content: 'file', text: undefined, media_url: 'https://example.com/price.pdf' };
const sound = { text: undefined, media_url: 'https://example.com/sound.ogg' };
const buttons = { content: 'buttons', text: 'Look', buttons: [{ title: 'Shop', url: 'https://example.com/' }] };
const custom = message => ({ content: 'custom', text: undefined, message });
const flowButtons = channel => ({ content: 'buttons', text: 'Look', buttons: [{ title: 'Price', flow_id: flowOf(channel) }] });
const cards = channel => ({
  content: 'cards',
  text: undefined,
  cards: [
    { title: 'Red', text: 'From 19.99', image_url: 'https://example.com/red.png', buttons: [{ title: 'Shop', url: 'https://example.com/' }, { title: 'Price', flow_id: flowOf(channel) }] },
    { title: 'Blue', text: 'Sold out' },
  ],
});
// A form as a further message, with texts of its own.
const block = ({ text, ...form }) => JSON.parse(JSON.stringify({ content: 'text', ...(form.content === 'buttons' ? { text } : {}), ...form }));
const blocks = (...contents) => channel =>
  [
    { content: 'text', text: 'Second' },
    ...contents.map(content => block({ buttons, flow: flowButtons(channel), cards: cards(channel), image: picture, file, audio: { content, ...sound }, voice: { content, ...sound }, video: { content, ...sound }, custom: custom({ type: 'text', text: 'Own' }) }[content])),
  ].map(each => (each.content === 'custom' ? { ...each, message: OWN[channel] } : each));
// Each channel's own form of a text.
const OWN = {
  telegram: { type: 'text', message: { text: 'Own' } },
  messenger: { type: 'text', data: { text: 'Own' } },
  whatsapp: { type: 'text', text: { body: 'Own' } },
  instagram: { type: 'text', message: { text: 'Own' } },
  viber: { type: 'text', text: { text: 'Own' } },
  live_chat: { type: 'text', text: { text: 'Own' } },
  tiktok: { type: 'text', text: { text: 'Own' } },
};
const to = (channel, ...forms) => forms.map(form => ({ channel, contact_id: contactOf(channel), ...form }));

const MESSAGES = [
  ...channels.flatMap(channel => to(channel, flowButtons(channel))),
  ...['telegram', 'messenger', 'instagram', 'viber'].flatMap(channel => to(channel, cards(channel))),
  ...to('telegram', { text: '<b>Yes</b>', html: true }, buttons, { ...picture, caption: 'Red' }, file, { content: 'audio', ...sound }, { content: 'voice', ...sound }, { content: 'video', text: undefined, media_url: 'https://example.com/v.mp4' }, custom({ type: 'text', text: 'Own' })),
  ...to('messenger', {}, buttons, picture, file, { messenger_reason: 'MESSAGE_TAG', messenger_tag: 'HUMAN_AGENT' }, custom({ type: 'RESPONSE', content_type: 'message', text: 'Own' })),
  ...to('whatsapp', {}, { ...picture, caption: 'Red' }, file, { content: 'audio', ...sound }, { content: 'voice', ...sound }, custom({ type: 'text', text: { body: 'Own' } })),
  ...to('instagram', {}, buttons, picture, custom({ type: 'text', message: { text: 'Own' } })),
  ...to('viber', {}, buttons, picture, custom({ type: 'text', text: { text: 'Own' } })),
  ...to('live_chat', {}, buttons, picture, file, { ...file, media_buttons: [{ title: 'Shop', url: 'https://example.com/' }, { title: 'Price', flow_id: flowOf('live_chat') }] }),
  ...to('instagram', { more_messages: blocks('buttons', 'cards', 'image', 'custom')('instagram') }),
  ...to('viber', { more_messages: blocks('buttons', 'cards', 'image', 'custom')('viber') }),
  ...to('live_chat', { more_messages: blocks('buttons', 'image', 'file', 'custom')('live_chat') }),
  ...to('tiktok', { more_messages: blocks('flow', 'custom')('tiktok') }),
  ...to('tiktok', {}, custom({ type: 'text', text: { text: 'Own' } })),
];

const by = (channel, ...forms) => forms.map(form => ({ channel, bot_id: botOf(channel), ...form }));
const CAMPAIGNS = [
  ...by('telegram', { audience: 'all', tag: undefined, send_at: '2090-12-24T09:00:00' }, picture, file, { content: 'audio', ...sound }, { content: 'voice', ...sound }, { content: 'video', ...sound }, custom({ type: 'text', message: { text: 'Own' } })),
  ...['telegram', 'messenger', 'instagram', 'viber'].flatMap(channel => by(channel, cards(channel), buttons)),
  ...by('tiktok', flowButtons('tiktok')),
  ...by('messenger', picture, { ...picture, caption: 'Red' }),
  ...by('telegram', { more_messages: [{ content: 'text', text: '<b>Second</b>', html: true }] }, { more_messages: blocks('buttons', 'cards', 'image', 'file', 'audio', 'voice', 'video', 'custom')('telegram') }),
  ...by('messenger', { more_messages: [...blocks('buttons', 'cards', 'custom')('messenger'), { content: 'image', media_url: 'https://example.com/a.png', caption: 'Red' }] }),
  ...by('whatsapp', { more_messages: [...blocks('file', 'custom')('whatsapp'), { content: 'image', media_url: 'https://example.com/a.png', caption: 'Red' }] }),
  ...by('instagram', { more_messages: blocks('buttons', 'cards', 'image', 'custom')('instagram') }),
  ...by('viber', { more_messages: blocks('buttons', 'cards', 'image', 'custom')('viber') }),
  ...by('tiktok', { more_messages: blocks('flow', 'custom')('tiktok') }),
  ...by('telegram', { audience: 'filter', tag: undefined, conditions: [{ field: 'tags', operator: 'eq', value: 'vip' }, { field: 'tags', operator: 'like', value: 'new' }], match: 'or' }),
  ...by('messenger', { messenger_tag: 'HUMAN_AGENT', messenger_notification: 'SILENT_PUSH' }),
  ...by('whatsapp', {}, picture, file),
  ...by('instagram', {}, picture),
  ...by('viber', {}, picture),
  ...by('tiktok', {}),
];

const late = { header: 'document', header_url: 'https://example.com/a.pdf', header_filename: 'a.pdf', reply_buttons: [{ index: 0, flow_id: flowOf('whatsapp') }], link_buttons: [{ index: 1, value: 'orders/1001' }] };
const TEMPLATES = [
  late,
  { header: 'text', header_text: '1001', header_url: undefined, catalog_button: 1 },
  { header: 'image', header_url: 'https://example.com/a.jpg' },
  { header: 'video', header_url: 'https://example.com/a.mp4' },
];

const PREPARED = {
  'chatbot_contact.set_name': { after: state => assert.equal(contact(state, WHATSAPP).name, 'Jane Roe') },
  'whatsapp_contact.create': {
    after: state => {
      const created = state.chatbots.contacts.find(({ phone }) => phone === '380931112244');
      assert.deepEqual([created.name, created.tags, created.variables], ['Joe Roe', ['lead'], { city: 'Lviv' }]);
    },
  },
  'chatbot_contact.set_variables': { after: state => assert.equal(contact(state).variables.city, 'Lviv') },
  'chatbot_contact.delete_variable': { after: state => assert.deepEqual(contact(state).variables, {}) },
  'chatbot_contact.add_tags': {
    before: world => void change(world, { untag: ['vip'] }),
    after: state => assert.deepEqual(contact(state).tags, ['vip']),
  },
  'chatbot_contact.remove_tag': { after: state => assert.deepEqual(contact(state).tags, []) },
  'chatbot_contact.enable': {
    before: world => void change(world, { status: 3 }),
    after: state => assert.equal(contact(state).status, 1),
  },
  'chatbot_contact.disable': { after: state => assert.equal(contact(state).status, 3) },
  'chatbot_contact.delete': { after: state => assert.equal(contact(state), undefined) },
  'chatbot_contact.pause_automation': {
    after: (state, output) => {
      assert.equal(output.success, true);
      assert.ok(contact(state).pausedUntil - Date.now() > 50 * 60_000);
    },
  },
  'chatbot_contact.resume_automation': { after: state => assert.equal(contact(state).pausedUntil, null) },
  'chatbot_contact.add_note': { after: state => assert.equal(contact(state).notes[0].data.text, 'Called back') },
  'chatbot_contact.update_note': { before: addNote, after: state => assert.equal(contact(state).notes[0].data.text, 'Called twice') },
  'chatbot_contact.delete_note': { before: addNote, after: state => assert.deepEqual(contact(state).notes, []) },
  'chatbot_contact.notes': { before: async (world, connection) => void (await addNote(world, connection)) },
  'chatbot_contact.assign_operator': { after: state => assert.equal(contact(state).operatorId, 7043000) },
  'chatbot_contact.unassign_operator': { after: state => assert.equal(contact(state).operatorId, null) },
  'chatbot_contact.open_chat': {
    before: world => void change(world, { is_chat_opened: false }),
    after: state => assert.equal(contact(state).isChatOpened, true),
  },
  'chatbot_contact.close_chat': { after: state => assert.equal(contact(state).isChatOpened, false) },
  'chatbot_contact.mark_read': { after: state => assert.equal(contact(state).unread, 0) },
  'chatbot_contact.mark_unread': {
    before: world => void change(world, { unread: 0 }),
    after: state => assert.equal(contact(state).unread, 1),
  },
  'chatbot_message.send': { after: state => assert.deepEqual(sent(state).data, { type: 'text', text: 'Yes, it is in stock.' }) },
  'whatsapp_message.send_by_phone': {
    after: state => assert.deepEqual(sent(state, WHATSAPP).data, { type: 'text', text: { body: 'Yes, it is in stock.' } }),
  },
  'whatsapp_message.send_template': {
    after: state =>
      assert.deepEqual(sent(state, WHATSAPP).data, {
        name: 'thanks_for_buying',
        language: { code: 'en' },
        components: [
          { type: 'header', parameters: [{ type: 'image', image: { link: 'https://example.com/picture.jpg' } }] },
          { type: 'body', parameters: [{ type: 'text', text: 'Jane' }] },
        ],
      }),
  },
  'whatsapp_message.send_template_by_phone': { after: state => assert.equal(sent(state, WHATSAPP).data.components.length, 1) },
  'chatbot_campaign.send': {
    after: state => {
      const [{ title, filter, messages }] = state.chatbots.campaigns;
      assert.equal(title, 'Spring sale');
      assert.deepEqual(filter.expressions[0].expressions, [{ operator: 'eq', field: 'tags', value: 'vip' }]);
      assert.deepEqual(messages, [{ type: 'text', message: { text: 'Spring is here' } }]);
    },
  },
  'whatsapp_campaign.send_template': { after: state => assert.equal(state.chatbots.campaigns[0].template.name, 'thanks_for_buying') },
  'chatbot_flow.run': {
    after: state => assert.deepEqual(contact(state).runs, [{ flow_id: flowOf('telegram'), external_data: { order_number: '1001' } }]),
  },
  'chatbot_flow.run_by_keyword': { after: state => assert.equal(contact(state).runs[0].flow_id, flowOf('telegram')) },
};

const everyContactAction = [
  'get', 'set_variables', 'delete_variable', 'add_tags', 'remove_tag', 'enable', 'disable', 'pause_automation', 'get_pause',
  'resume_automation', 'assign_operator', 'unassign_operator', 'open_chat', 'close_chat', 'mark_read', 'mark_unread', 'delete',
];
const everyBotAction = ['statistics', 'tags', 'variables', 'flows', 'keywords', 'chats'];

const VARIANTS = {
  ...Object.fromEntries(everyContactAction.map(name => [`chatbot_contact.${name}`, onEveryChannel()])),
  ...Object.fromEntries(everyBotAction.map(name => [`chatbot.${name}`, onEveryBot])),
  'chatbot.list_of_channel': others.map(channel => ({ channel })),
  'chatbot.messages': onEveryChannel(),
  'chatbot_contact.find_by_tag': onEveryBot,
  'chatbot_contact.find_by_variable': onEveryBot,
  'chatbot_contact.notes': onEveryBotAndContact,
  'chatbot_contact.add_note': onEveryBotAndContact,
  'chatbot_contact.set_name': [{ channel: 'live_chat', contact_id: contactOf('live_chat') }],
  'chatbot_flow.run': onEveryChannel(channel => ({ flow_id: flowOf(channel) })),
  'chatbot_flow.run_by_keyword': onEveryChannel(),
  'chatbot_message.send': MESSAGES,
  'chatbot_message.typing': ['whatsapp', 'messenger'].map(channel => ({ channel, contact_id: contactOf(channel) })),
  'chatbot_message.react': [{ channel: 'whatsapp', contact_id: contactOf('whatsapp'), message_id: messageOf('whatsapp') }],
  'chatbot_campaign.send': CAMPAIGNS,
  'whatsapp_message.send_by_phone': [picture, file, { content: 'audio', ...sound }, { content: 'voice', ...sound }, custom({ type: 'text', text: { body: 'Own' } })],
  'whatsapp_message.send_template': TEMPLATES,
  'whatsapp_message.send_template_by_phone': TEMPLATES,
  'whatsapp_campaign.send_template': [{ header: 'text', header_text: '1001', catalog_button: 1 }, { header: 'image', header_url: 'https://example.com/a.jpg', send_at: '2090-12-24T09:00:00', reply_buttons: [{ index: 0, flow_id: flowOf('whatsapp') }] }],
};

const control = (method, path, body) => world => world.fake.control(method, path, body);
const write = (text, more = {}) => control('POST', `/contacts/${CONTACT}/messages`, { text, ...more });
const newContact = (body = {}) => control('POST', '/contacts', { bot_id: botOf('telegram'), name: 'New', ...body });

const TRIGGERS = {
  'chatbot_message.last_received': {
    change: write('Another one'),
    expect: ({ message, contact: { id } }) => assert.deepEqual([message.data.text, id], ['Another one', CONTACT]),
  },
  'chatbot_message.received': {
    change: write('Another one'),
    expect: ({ data, channel, source, contact_id: id, contact: { full_name: name } }) =>
      assert.deepEqual([data.text, channel, source, id, name], ['Another one', 'telegram', 'ma_chat', CONTACT, 'Jane Doe']),
  },
  'chatbot_dialog.created': {
    change: async world => {
      const { id } = await newContact()(world);
      await control('POST', `/contacts/${id}/messages`, { text: 'Hello' })(world);
    },
    expect: ({ contact: { full_name: name }, channel }) => assert.deepEqual([name, channel], ['New', 'telegram']),
  },
  'chatbot_chat.opened': {
    before: world => void change(world, { is_chat_opened: false }),
    change: world => change(world, { is_chat_opened: true }),
    expect: ({ contact: { id }, is_chat_opened: open }) => assert.deepEqual([id, open], [CONTACT, true]),
  },
  'chatbot_contact.subscribed': {
    change: async world => {
      const { id } = await newContact()(world);
      await control('POST', `/contacts/${id}/messages`, { text: 'Hello' })(world);
    },
    expect: ({ channel_data: { name } }) => assert.equal(name, 'New'),
  },
  'chatbot_contact.status_changed': {
    change: world => change(world, { status: 2 }),
    expect: ({ id, status, previous_status: before }) => assert.deepEqual([id, status, before], [CONTACT, 2, 1]),
  },
  'chatbot_contact.tagged': {
    change: newContact({ tags: ['vip'] }),
    expect: ({ tags, channel_data: { name } }) => assert.deepEqual([tags, name], [['vip'], 'New']),
  },
  'chatbot_contact.variable_set': {
    change: newContact({ variables: { city: 'Kyiv' } }),
    expect: ({ variables }) => assert.deepEqual(variables, { city: 'Kyiv' }),
  },
  'chatbot.connected': {
    change: control('POST', '/bots', { channel: 'viber', name: 'Second shop' }),
    expect: (data, text) => {
      assert.deepEqual([data.name, data.status], ['Second shop', 3]);
      assert.doesNotMatch(text, /token/);
    },
  },
  'chatbot.status_changed': {
    change: control('PATCH', `/bots/${botOf('telegram')}`, { status: 4 }),
    expect: (data, text) => {
      assert.deepEqual([data.name, data.status, data.previous_status], ['Shop on telegram', 4, 3]);
      assert.doesNotMatch(text, /token/);
    },
  },
  'chatbot_flow.created': {
    change: control('POST', `/bots/${botOf('telegram')}/flows`, { name: 'Goodbye' }),
    expect: ({ name }) => assert.equal(name, 'Goodbye'),
  },
  'whatsapp_template.status_changed': {
    before: world => void control('POST', `/bots/${botOf('whatsapp')}/templates`, { name: 'waits' })(world),
    change: control('PATCH', `/bots/${botOf('whatsapp')}/templates/waits`, { status: 'REJECTED', rejected_reason: 'SCAM' }),
    expect: ({ name, status, previous_status: before, rejected_reason: why }) =>
      assert.deepEqual([name, status, before, why], ['waits', 'REJECTED', 'PENDING', 'SCAM']),
  },
};

const ofTelegram = { channel: 'telegram', bot_id: botOf('telegram') };

export const chatbots = {
  name: 'chatbots',
  groups: ['Chatbots', 'Chatbot contacts', 'Chatbot messages'],
  count: 51,
  prepared: PREPARED,
  variants: VARIANTS,
  lookupInput: {
    chatbots: { channel: 'viber' },
    chatbot_contacts: ofTelegram,
    chatbot_tags: ofTelegram,
    chatbot_variables: ofTelegram,
    chatbot_flows: ofTelegram,
    chatbot_keywords: ofTelegram,
    whatsapp_contacts: { bot_id: botOf('whatsapp') },
    whatsapp_templates: { bot_id: botOf('whatsapp') },
    whatsapp_template_languages: { bot_id: botOf('whatsapp'), template: 'thanks_for_buying' },
  },
  triggers: TRIGGERS,
};
