// The chatbot calls: one set for each channel, under its own base, and a few for all [OA: chatbots, telegram, facebook,
// instagram, whatsapp, viber-chatbot, live-chat, tiktok]. Their refusals have an envelope of their own, whose form no
// description tells; {success: false, message} is what HTTP 200 with success:false has been seen with.

import { isListed, campaignMessages, messageFields, whatsappCampaignTemplate, whatsappMessage, whatsappTemplate } from '../chatbot_messages.mjs';
import { CHANNELS } from '../chatbots.mjs';
import { instantIn } from '../clock.mjs';
import { each, fields, oneOf, required, shape } from '../fields.mjs';
import { invalidArgument, Refusal } from '../refusals.mjs';
import { emptyAsArray } from './rows.mjs';

const MINUTE = 60_000;
const DAY = 86_400_000;

const refused = (status, message) => new Refusal(status, status, message);

// Whatever a handler refuses with gets the chatbots' envelope.
const chatbotCall = handler => request => {
  try {
    return handler(request);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    error.body = { success: false, message: error.message, error_code: error.body.error_code };
    throw error;
  }
};

// Two spellings of one kind of stamp: the channels write an offset, /chatbots writes UTC with fractions [GO, FY].
const offsetStamp = (account, ms) => {
  const zone = account.settings.zone_offset_min;
  const sign = zone < 0 ? '-' : '+';
  const two = number => String(Math.trunc(Math.abs(number))).padStart(2, '0');
  return `${new Date(ms + zone * MINUTE).toISOString().slice(0, 19)}${sign}${two(zone / 60)}:${two(zone % 60)}`;
};
const utcStamp = ms => new Date(ms).toISOString();

function paged(query, rows, extra = {}) {
  fields(query, { size: 'digits', skip: 'digits', ...extra });
  const size = Number(query.size ?? 20);
  if (size < 1 || size > 100) throw invalidArgument('size', 'must be between 1 and 100');
  const skip = Number(query.skip ?? 0);
  return rows.slice(skip, skip + size);
}

function botOf(account, channel, id) {
  const bot = account.chatbots.bots.get(id);
  if (!bot || bot.channel !== channel) throw refused(404, 'Bot not found');
  return bot;
}

function contactOf(account, channel, id) {
  const contact = account.chatbots.contacts.get(id);
  if (!contact || contact.channel !== channel) throw refused(404, 'Contact not found');
  return contact;
}

const BOT_DATA = {
  telegram: bot => ({ id: 5_000_000_001, name: bot.name, username: 'shop_bot' }),
  messenger: bot => ({ id: '104000000000001', name: bot.name, photo: null }),
  whatsapp: bot => ({ name: bot.name, phone: 380_441_112_233 }),
  instagram: bot => ({ ig_user: { id: 17_841_400_000_001, username: 'shop' }, ig_page: { id: 104_000_000_000_001, name: bot.name } }),
  viber: bot => ({ vb_account_info: { id: 'pa:1', name: bot.name, uri: 'shop' } }),
  live_chat: () => ({}),
  tiktok: bot => ({ account: { display_name: bot.name, username: 'shop', profile_deep_link: 'https://www.tiktok.com/@shop' } }),
};

function botRow(account, bot) {
  const unread = account.chatbots.contactsOf(bot).reduce((sum, contact) => sum + contact.unread, 0);
  return {
    id: bot.id,
    ...(bot.channel === 'live_chat' ? { name: bot.name, avatar: null } : {}),
    channel_data: BOT_DATA[bot.channel](bot),
    inbox: { total: bot.inboxTotal, unread },
    status: bot.status,
    created_at: offsetStamp(account, bot.createdAt),
  };
}

const CONTACT_DATA = {
  telegram: contact => ({ username: null, first_name: contact.name, last_name: null, name: contact.name, language_code: 'en' }),
  messenger: contact => ({ id: contact.telegramId, name: contact.name, first_name: contact.name, last_name: null }),
  whatsapp: contact => ({ name: contact.name, first_name: contact.name, last_name: null, phone: Number(contact.phone) }),
  instagram: contact => ({ id: Number(contact.telegramId), user_name: null, first_name: contact.name, name: contact.name }),
  viber: contact => ({ id: Number(contact.telegramId), name: contact.name, country: 'UA', language: 'en' }),
  live_chat: contact => ({ id: Number(contact.telegramId), full_name: contact.name, url: null, lang: 'en' }),
  tiktok: contact => ({ id: contact.telegramId, conversation_id: '1', display_name: contact.name, username: 'jane' }),
};

function contactRow(account, contact) {
  return {
    id: contact.id,
    bot_id: contact.botId,
    status: contact.status,
    channel_data: CONTACT_DATA[contact.channel](contact),
    tags: [...contact.tags],
    variables: emptyAsArray(account, contact.variables),
    is_chat_opened: contact.isChatOpened,
    last_activity_at: offsetStamp(account, contact.lastActivityAt),
    automation_paused_until: contact.pausedUntil > account.now ? offsetStamp(account, contact.pausedUntil) : null,
    ...(contact.channel === 'telegram' ? { telegram_id: contact.telegramId } : {}),
    ...(contact.channel === 'messenger' ? { unsubscribed_at: null } : {}),
    ...(contact.channel === 'live_chat' ? { online: false } : {}),
    created_at: offsetStamp(account, contact.createdAt),
  };
}

// What a message has in one channel only. Telegram's `channel` is not the bot's: it tells how the message came into the chat.
const MESSAGE_DATA = {
  telegram: ({ direction }) => ({ sent_by: null, type: direction === 1 ? 2 : 1, channel: direction === 1 ? 'ma_chat' : 'api' }),
  messenger: () => ({ delivered_at: null, opened_at: null, redirected_at: null }),
  whatsapp: () => ({ is_paid: false, price_cbp: null }),
  live_chat: () => ({ campaign: null, chain: null, reject_reason: null, type: 'text' }),
};

function messageRow(account, contact, message) {
  return {
    id: message.id,
    contact_id: contact.id,
    bot_id: contact.botId,
    campaign_id: message.campaignId,
    data: message.data,
    direction: message.direction,
    status: message.status,
    ...MESSAGE_DATA[contact.channel]?.(message),
    created_at: offsetStamp(account, message.createdAt),
  };
}

const flowRow = (account, bot, flow) => ({
  id: flow.id,
  bot_id: bot.id,
  name: flow.name,
  status: flow.status,
  triggers: flow.triggers.map(({ id, name, type }) => ({ id, name, type })),
  created_at: offsetStamp(account, flow.createdAt),
});

const triggerRow = (account, bot, trigger) => ({
  id: trigger.id,
  bot_id: bot.id,
  flow_id: trigger.flowId,
  name: trigger.name,
  type: trigger.type,
  status: 1,
  keywords: trigger.keywords,
  execution: { interval: 24, units: 2 },
  created_at: offsetStamp(account, trigger.createdAt),
});

const templateRow = (account, bot, template) => ({
  id: template.id,
  bot_id: bot.id,
  namespace: 'shop',
  category: 'UTILITY',
  components: [{ type: 'BODY', text: 'Thank you, {{1}}!' }],
  language: template.language,
  name: template.name,
  rejected_reason: template.rejectedReason,
  status: template.status,
  created_at: offsetStamp(account, template.createdAt),
});

const lastOf = (contact, direction) => contact.messages.findLast(message => message.direction === direction);

function dialogRow(account, contact) {
  const last = direction => {
    const message = lastOf(contact, direction);
    return message ? { id: message.id, text: message.data.text ?? '', date: utcStamp(message.createdAt) } : null;
  };
  return {
    _id: contact.dialogId,
    bot_id: contact.botId,
    contact: { id: contact.id, full_name: contact.name, profile_pic: '' },
    last_inbox_message: last(1),
    last_outbox_message: last(2),
    service: CHANNELS[contact.channel].service,
    user_id: account.userId,
    inbox_unread_count: contact.unread,
    is_chat_opened: contact.isChatOpened,
    created_at: utcStamp(contact.createdAt),
    updated_at: utcStamp(contact.lastActivityAt),
  };
}

function dialogs({ account, query }) {
  const { dialogs_by_creation: byCreation } = account.settings;
  const rank = contact => (byCreation ? contact.createdAt : (lastOf(contact, 1)?.createdAt ?? contact.createdAt));
  const rows = [...account.chatbots.contacts.values()].filter(contact => contact.messages.length > 0).sort((a, b) => rank(b) - rank(a));
  const order = query.order ?? 'desc';
  if (!['asc', 'desc'].includes(order)) throw invalidArgument('order', 'is invalid');
  if (order === 'asc') rows.reverse();
  const list = paged(query, rows, { order: 'text', search_after: 'text' }).map(contact => dialogRow(account, contact));
  return { success: true, data: { list, sort: {}, total: rows.length, size: Number(query.size ?? 20), search_after: list.at(-1)?.last_inbox_message?.id ?? '', order } };
}

function accountData({ account }) {
  const { bots, contacts } = account.chatbots;
  return {
    success: true,
    data: {
      tariff: { code: 'messengers500', max_bots: -1, max_contacts: 500, max_messages: -1, max_tags: -1, max_variables: -1, branding: false, is_exceeded: false, is_expired: false, expired_at: offsetStamp(account, account.now + 30 * DAY) },
      statistics: {
        messages: [...bots.values()].reduce((sum, bot) => sum + bot.outgoingTotal, 0),
        bots: bots.size,
        contacts: contacts.size,
        variables: 1,
        active_count_by_last_month: contacts.size,
        active_count_by_current_tariff_period: contacts.size,
      },
      services: [...new Set([...bots.values()].map(({ channel }) => CHANNELS[channel].service))],
    },
  };
}

const contactBody = (given, more = {}) => fields(given, { contact_id: 'text!', ...more });
const done = { success: true, data: true };

// WhatsApp, Messenger and Instagram take free messages within a day of the contact's last one.
function refuseLateMessage(account, contact) {
  if (!['whatsapp', 'messenger', 'instagram'].includes(contact.channel)) return;
  const last = lastOf(contact, 1);
  if (!last || account.now - last.createdAt > DAY) throw refused(400, 'The 24-hour window is closed');
}

function send(channel) {
  return ({ account, body }) => {
    contactBody(body, messageFields(channel));
    const contact = contactOf(account, channel, body.contact_id);
    if (contact.status !== 1) throw refused(400, 'The contact does not take messages');
    const messages = isListed(channel) ? body.messages : [body.message];
    const isLate = channel === 'messenger' && body.message.type === 'MESSAGE_TAG';
    if (!isLate) refuseLateMessage(account, contact);
    if (messages[0].type === 'action') return done;
    const added = messages.map(data => account.chatbots.addMessage(contact, { data, direction: 2 }));
    if (channel === 'whatsapp') return { success: true, data: messageRow(account, contact, added[0]) };
    if (channel === 'live_chat') return messageRow(account, contact, added[0]);
    return done;
  };
}

const filter = shape({ type: 'text', expressions: each(shape({ type: 'text', expressions: each(shape({ operator: 'text', field: 'text', value: 'text' })) })) });
const sendAt = (value, name) => {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d \d\d:\d\d$/.test(value)) throw invalidArgument(name, 'must be Y-m-d H:i');
};

function addCampaign(account, channel, body) {
  botOf(account, channel, body.bot_id);
  // Documented as the account's time zone, unlike every other time that is sent [OA].
  const starts = body.send_at === undefined ? account.now : instantIn(account.profile.time_zone, body.send_at);
  const campaign = { id: account.chatbots.newId(), ...body, starts_at: new Date(starts).toISOString() };
  account.chatbots.campaigns.push(campaign);
  return {
    success: true,
    data: {
      id: campaign.id,
      bot_id: body.bot_id,
      title: body.title,
      send_at: body.send_at ?? offsetStamp(account, account.now),
      messages: body.messages ?? [body.template],
      ...(channel === 'whatsapp' ? { cost: { amount: 0.56, currency: 'USD' } } : {}),
      created_at: offsetStamp(account, account.now),
    },
  };
}

function sendCampaign(channel) {
  const more = channel === 'messenger' ? { message_tag: oneOf('HUMAN_AGENT', 'CUSTOMER_FEEDBACK'), message_notification_type: oneOf('REGULAR', 'SILENT_PUSH', 'NO_PUSH') } : {};
  const table = { title: 'text!', bot_id: 'text!', send_at: sendAt, filter, messages: campaignMessages(channel), ...more };
  return ({ account, body }) => addCampaign(account, channel, fields(body, table));
}

function setVariables(channel) {
  const table = shape({ variable_name: 'text', variable_id: 'text', variable_value: 'scalar!' });
  return ({ account, body }) => {
    contactBody(body, { variables: required(each(table)) });
    const contact = contactOf(account, channel, body.contact_id);
    for (const { variable_name: name, variable_id: id, variable_value: value } of body.variables) {
      if ((name === undefined) === (id === undefined)) throw invalidArgument('variables', 'is invalid');
      account.chatbots.setVariable(contact, name ?? id, value);
    }
    return done;
  };
}

function runFlow({ account, body, contact, flow }) {
  if (!flow) throw refused(404, 'Flow not found');
  contact.runs.push({ flow_id: flow.id, external_data: body.external_data ?? {} });
  account.chatbots.addMessage(contact, { text: flow.name, direction: 2 });
  return done;
}

function byVariable({ account, query }, channel) {
  const table = { variable_id: 'text', variable_name: 'text', bot_id: 'text', variable_value: 'text!', size: 'digits', skip: 'digits' };
  fields(query, table);
  if (query.variable_id === undefined && (query.variable_name === undefined || query.bot_id === undefined)) throw invalidArgument('variable_id', 'missing');
  const name = query.variable_name ?? query.variable_id;
  const bot = botOf(account, channel, query.bot_id);
  const rows = account.chatbots.contactsOf(bot).filter(contact => String(contact.variables[name]) === query.variable_value);
  return { success: true, data: paged(query, rows, table).map(contact => contactRow(account, contact)) };
}

function noteCalls(channel) {
  const table = { contact_id: 'text!', bot_id: 'text!' };
  const of = ({ account, body }, more) => {
    fields(body, { ...table, ...more });
    botOf(account, channel, body.bot_id);
    return contactOf(account, channel, body.contact_id);
  };
  const noteOf = (contact, id) => {
    const note = contact.notes.find(each => each.id === id);
    if (!note) throw refused(404, 'Note not found');
    return note;
  };
  return {
    'GET /contacts/notes': ({ account, query }) => {
      fields(query, table);
      const contact = contactOf(account, channel, query.contact_id);
      return { success: true, data: contact.notes.map(note => messageRow(account, contact, note)) };
    },
    'POST /contacts/createNote': request => {
      const contact = of(request, { text: 'text!' });
      const { account, body } = request;
      const note = { id: account.chatbots.newId(), data: { text: body.text }, direction: 2, status: 1, campaignId: null, createdAt: account.now };
      contact.notes.push(note);
      return messageRow(account, contact, note);
    },
    'POST /contacts/updateNote': request => {
      const contact = of(request, { text: 'text!', note_id: 'text!' });
      const note = noteOf(contact, request.body.note_id);
      note.data = { text: request.body.text };
      return messageRow(request.account, contact, note);
    },
    'POST /contacts/deleteNote': request => {
      const contact = of(request, { note_id: 'text!' });
      const note = noteOf(contact, request.body.note_id);
      contact.notes = contact.notes.filter(each => each !== note);
      return messageRow(request.account, contact, note);
    },
  };
}

// A POST that names one contact and changes it.
const onContact =
  (channel, act, more = {}) =>
  ({ account, body }) => {
    contactBody(body, more);
    const contact = contactOf(account, channel, body.contact_id);
    return act(contact, body, account) ?? done;
  };

const mark =
  (channel, unread) =>
  ({ account, query }) => {
    fields(query, { contact_id: 'text!' });
    const contact = contactOf(account, channel, query.contact_id);
    const count = unread ? 1 : contact.unread;
    contact.unread = unread ? Math.max(contact.unread, 1) : 0;
    return { count };
  };

const ofBot =
  (channel, rows) =>
  ({ account, query }) => {
    fields(query, { bot_id: 'text!', size: 'digits', skip: 'digits' });
    const bot = botOf(account, channel, query.bot_id);
    return { success: true, data: paged(query, rows(account, bot), { bot_id: 'text!' }) };
  };

function tagRows(account, bot) {
  const contacts = account.chatbots.contactsOf(bot);
  return [...bot.tags.values()].map(tag => ({
    id: tag.id,
    name: tag.name,
    contact_count: contacts.filter(contact => contact.tags.has(tag.name)).length,
    created_at: offsetStamp(account, tag.createdAt),
  }));
}

const variableRows = (account, bot) =>
  [...bot.variables.values()].map(({ id, name, createdAt }) => ({
    id,
    bot_id: bot.id,
    name,
    description: null,
    type: 1,
    value_type: 1,
    status: 1,
    created_at: offsetStamp(account, createdAt),
  }));

const chatRows = (account, bot) =>
  account.chatbots
    .contactsOf(bot)
    .filter(contact => contact.messages.length > 0)
    .map(contact => {
      const last = lastOf(contact, 1);
      return {
        contact: contactRow(account, contact),
        inbox_last_message: last ? messageRow(account, contact, last) : null,
        inbox_unread: contact.unread,
      };
    });

function messages({ account, query }, channel) {
  const table = { contact_id: 'text!', size: 'digits', skip: 'digits', order: 'text' };
  if (channel !== 'messenger') table.search_after = 'text';
  fields(query, table);
  const contact = contactOf(account, channel, query.contact_id);
  const rows = contact.messages.map(message => messageRow(account, contact, message));
  if (query.order === 'desc') rows.reverse();
  return { success: true, data: paged(query, rows, table) };
}

function statistics({ account, query }, channel) {
  fields(query, { bot_id: 'text!' });
  const bot = botOf(account, channel, query.bot_id);
  const contacts = account.chatbots.contactsOf(bot);
  const numbers = [contacts.length, contacts.filter(({ status }) => status === 1).length, bot.outgoingTotal];
  const names =
    channel === 'live_chat'
      ? ['subscribed_total_count', 'subscribed_active_count', 'outgoing_messages_total_count']
      : ['subscribedTotalCount', 'subscribedActiveCount', 'outgoingMessagesTotalCount'];
  return { data: Object.fromEntries(names.map((name, i) => [name, numbers[i]])) };
}

function calls(channel) {
  const on = (act, more) => onContact(channel, act, more);
  const external = { external_data: 'map' };
  const variable = { variable_id: 'text', variable_name: 'text' };
  return {
    'GET /bots': ({ account, query }) => {
      const rows = [...account.chatbots.bots.values()].filter(bot => bot.channel === channel);
      return { success: true, data: paged(query, rows).map(bot => botRow(account, bot)) };
    },
    'GET /account': ({ account }) => {
      const { tariff, statistics: { messages, bots, contacts, variables } } = accountData({ account }).data;
      return { success: true, data: { [['telegram', 'messenger', 'whatsapp'].includes(channel) ? 'plan' : 'tariff']: tariff, statistics: { messages, bots, contacts, variables } } };
    },
    'GET /bots/statistics': request => statistics(request, channel),
    'GET /tags': ofBot(channel, tagRows),
    'GET /variables': ofBot(channel, variableRows),
    'GET /flows': ofBot(channel, (account, bot) => [...bot.flows.values()].map(flow => flowRow(account, bot, flow))),
    'GET /triggers': ofBot(channel, (account, bot) => [...bot.triggers.values()].map(trigger => triggerRow(account, bot, trigger))),
    'GET /chats': ofBot(channel, chatRows),
    'GET /chats/messages': request => messages(request, channel),
    'GET /contacts/get': ({ account, query }) => {
      fields(query, { id: 'text!' });
      return { success: true, data: contactRow(account, contactOf(account, channel, query.id)) };
    },
    'GET /contacts/getByTag': ({ account, query }) => {
      const table = { tag: 'text!', bot_id: 'text!', size: 'digits', skip: 'digits' };
      fields(query, table);
      const rows = account.chatbots.contactsOf(botOf(account, channel, query.bot_id)).filter(contact => contact.tags.has(query.tag));
      return { success: true, data: paged(query, rows, table).map(contact => contactRow(account, contact)) };
    },
    'GET /contacts/getByVariable': request => byVariable(request, channel),
    'POST /contacts/send': send(channel),
    'POST /contacts/setVariable': setVariables(channel),
    'POST /contacts/deleteVariable': on((contact, body) => {
      const name = body.variable_name ?? body.variable_id;
      if (name === undefined) throw invalidArgument('variable_id', 'missing');
      delete contact.variables[name];
    }, variable),
    'POST /contacts/setTag': on((contact, body, account) => body.tags.forEach(tag => account.chatbots.tag(contact, tag)), { tags: 'texts!' }),
    'POST /contacts/deleteTag': on((contact, body) => void contact.tags.delete(body.tag), { tag: 'text!' }),
    'POST /contacts/enable': on(contact => void (contact.status = 1)),
    'POST /contacts/disable': on(contact => void (contact.status = 3)),
    'POST /contacts/delete': on((contact, _, account) => void account.chatbots.contacts.delete(contact.id)),
    'GET /contacts/getPauseAutomation': ({ account, query }) => {
      fields(query, { contact_id: 'text!' });
      const { pausedUntil } = contactOf(account, channel, query.contact_id);
      return { success: true, data: { minutes: Math.max(0, Math.ceil(((pausedUntil ?? 0) - account.now) / MINUTE)) } };
    },
    'POST /contacts/setPauseAutomation': on((contact, { minutes }, account) => void (contact.pausedUntil = account.now + minutes * MINUTE), { minutes: 'integer!' }),
    'POST /contacts/deletePauseAutomation': on(contact => void (contact.pausedUntil = null)),
    'POST /contacts/operators/assign': on((contact, body) => void (contact.operatorId = body.operator_id), { operator_id: 'integer!' }),
    'POST /contacts/operators/unAssign': on(contact => void (contact.operatorId = null)),
    'POST /contacts/openChat': on(contact => void (contact.isChatOpened = true)),
    'POST /contacts/closeChat': on(contact => void (contact.isChatOpened = false)),
    'PUT /contacts/mark-read': mark(channel, false),
    'PUT /contacts/mark-unread': mark(channel, true),
    ...noteCalls(channel),
    'POST /flows/run': on(
      (contact, body, account) => runFlow({ account, body, contact, flow: account.chatbots.bots.get(contact.botId).flows.get(body.flow_id) }),
      { flow_id: 'text!', ...external },
    ),
    'POST /flows/runByTrigger': on(
      (contact, body, account) => {
        const bot = account.chatbots.bots.get(contact.botId);
        const trigger = [...bot.triggers.values()].find(({ keywords }) => keywords.includes(body.trigger_keyword));
        return runFlow({ account, body, contact, flow: bot.flows.get(trigger?.flowId) });
      },
      { trigger_keyword: 'text!', ...external },
    ),
    ...(channel === 'live_chat' ? {} : { 'POST /campaigns/send': sendCampaign(channel) }),
    ...(['whatsapp', 'live_chat'].includes(channel)
      ? { 'POST /contacts/setName': on((contact, { name }) => void (contact.name = name), { name: 'text!' }) }
      : {}),
    ...(['whatsapp', 'messenger'].includes(channel) ? { 'POST /contacts/sendTyping': on(() => undefined) } : {}),
  };
}

function byPhone(account, botId, phone) {
  const bot = botOf(account, 'whatsapp', botId);
  const digits = phone.replace(/\D/g, '');
  const contact = account.chatbots.contactsOf(bot).find(each => each.phone === digits);
  if (!contact) throw refused(404, 'Contact not found');
  return contact;
}

function whatsappSent(account, contact, data) {
  return { success: true, data: messageRow(account, contact, account.chatbots.addMessage(contact, { data, direction: 2 })) };
}

function approvedTemplate(account, botId, { name, language }) {
  const templates = [...account.chatbots.bots.get(botId).templates.values()];
  const template = templates.find(each => each.name === name && each.language === language.code);
  if (!template) throw refused(404, 'Template not found');
  if (template.status !== 'APPROVED') throw refused(400, 'The template is not approved');
}

const ownCalls = {
  'GET /telegram/contacts/getByTelegramId': ({ account, query }) => {
    fields(query, { bot_id: 'text!', telegram_id: required('digits'), business_connection_id: 'text' });
    const contacts = account.chatbots.contactsOf(botOf(account, 'telegram', query.bot_id));
    const contact = contacts.find(each => each.telegramId === query.telegram_id);
    if (!contact) throw refused(404, 'Contact not found');
    return { success: true, data: contactRow(account, contact) };
  },
  'POST /telegram/contacts/react': onContact('telegram', contact => void contact, {
    message_id: 'text!',
    reaction: required(shape({ type: required(oneOf('emoji')), emoji: 'text!' })),
  }),
  'POST /whatsapp/contacts': ({ account, body }) => {
    fields(body, { phone: 'text!', name: 'text', bot_id: 'text!', tags: 'texts', variables: each(shape({ name: 'text!', value: 'scalar' })) });
    const bot = botOf(account, 'whatsapp', body.bot_id);
    const phone = body.phone.replace(/\D/g, '');
    if (account.chatbots.contactsOf(bot).some(contact => contact.phone === phone)) throw refused(400, 'The contact exists already');
    const variables = Object.fromEntries((body.variables ?? []).map(({ name, value }) => [name, value]));
    return { success: true, data: contactRow(account, account.chatbots.addContact({ ...body, phone, variables })) };
  },
  'GET /whatsapp/contacts/getByPhone': ({ account, query }) => {
    fields(query, { phone: 'text!', bot_id: 'text!' });
    return { success: true, data: contactRow(account, byPhone(account, query.bot_id, query.phone)) };
  },
  'POST /whatsapp/contacts/sendByPhone': ({ account, body }) => {
    fields(body, { bot_id: 'text!', phone: 'text!', message: whatsappMessage });
    const contact = byPhone(account, body.bot_id, body.phone);
    refuseLateMessage(account, contact);
    return whatsappSent(account, contact, body.message);
  },
  'POST /whatsapp/contacts/sendTemplate': ({ account, body }) => {
    contactBody(body, { template: whatsappTemplate });
    const contact = contactOf(account, 'whatsapp', body.contact_id);
    approvedTemplate(account, contact.botId, body.template);
    return whatsappSent(account, contact, body.template);
  },
  'POST /whatsapp/contacts/sendTemplateByPhone': ({ account, body }) => {
    fields(body, { bot_id: 'text!', phone: 'text!', template: whatsappTemplate });
    const contact = byPhone(account, body.bot_id, body.phone);
    approvedTemplate(account, body.bot_id, body.template);
    return whatsappSent(account, contact, body.template);
  },
  'POST /whatsapp/campaigns/sendTemplate': ({ account, body }) => {
    fields(body, { title: 'text!', bot_id: 'text!', send_at: sendAt, template: whatsappCampaignTemplate });
    botOf(account, 'whatsapp', body.bot_id);
    approvedTemplate(account, body.bot_id, body.template);
    return addCampaign(account, 'whatsapp', body);
  },
  'PUT /whatsapp/chats/react': ({ account, body }) => {
    fields(body, { message_id: 'text!', reaction: 'text!' });
    const contacts = [...account.chatbots.contacts.values()].filter(({ botId }) => account.chatbots.bots.get(botId).channel === 'whatsapp');
    const message = contacts.flatMap(({ messages }) => messages).find(({ id }) => id === body.message_id);
    if (!message) throw refused(404, 'Message not found');
    message.reaction = body.reaction;
    return { success: true, data: true };
  },
  'GET /whatsapp/templates': ({ account, query }) => {
    fields(query, { bot_id: 'text!' });
    const bot = botOf(account, 'whatsapp', query.bot_id);
    return { success: true, data: [...bot.templates.values()].map(template => templateRow(account, bot, template)) };
  },
};

// The list of all channels has the channel's token in it, which nobody may log.
const allBots = ({ account }) => ({
  success: true,
  data: [...account.chatbots.bots.values()].map(bot => {
    const row = botRow(account, bot);
    return { ...row, channel_data: { ...row.channel_data, access_token: `channel-token-${bot.id}` } };
  }),
});

const table = { 'GET /chatbots/bots': allBots, 'GET /chatbots/account': accountData, 'GET /chatbots/dialogs': dialogs, ...ownCalls };
for (const [channel, { base }] of Object.entries(CHANNELS)) {
  for (const [name, handler] of Object.entries(calls(channel))) {
    const [method, path] = name.split(' ');
    table[`${method} ${base}${path}`] = handler;
  }
}

export const chatbots = Object.fromEntries(Object.entries(table).map(([name, handler]) => [name, chatbotCall(handler)]));
