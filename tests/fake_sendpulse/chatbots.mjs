// The chatbots of an account: bots of seven channels, their contacts and what was said. Ids are 24 hexadecimal digits that
// begin with the second of creation, as all recorded ones do.

export const CHANNELS = {
  messenger: { base: '/messenger', service: 1 },
  telegram: { base: '/telegram', service: 3 },
  whatsapp: { base: '/whatsapp', service: 4 },
  instagram: { base: '/instagram', service: 5 },
  viber: { base: '/viber/chatbots', service: 6 },
  live_chat: { base: '/live-chat', service: 7 },
  tiktok: { base: '/tiktok', service: 8 },
};

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

// What the samples of the manifest name, so that people can try them against the fake as they stand.
const SAMPLE_IDS = { bot: '6a1', contact: '6a2', message: '6a3', flow: '6a4', trigger: '6a7', template: '6a8', dialog: '6a9' };
export const sampleId = (kind, number) => SAMPLE_IDS[kind] + String(number).padStart(21, '0');

export class Chatbots {
  #account;
  #counter = 0;

  constructor(account) {
    this.#account = account;
    this.bots = new Map();
    this.contacts = new Map();
    this.campaigns = [];
  }

  newId(at = this.#account.now) {
    this.#counter += 1;
    const second = Math.floor(at / 1000).toString(16).padStart(8, '0');
    return second + this.#counter.toString(16).padStart(16, '0');
  }

  addBot({ channel = 'telegram', name = 'Bot', id, status = 3, created }) {
    if (!CHANNELS[channel]) throw new TypeError(`no such channel: ${channel}`);
    const createdAt = created ?? this.#account.now;
    const bot = {
      id: id ?? this.newId(createdAt),
      channel,
      name,
      status,
      createdAt,
      inboxTotal: 0,
      outgoingTotal: 0,
      tags: new Map(),
      variables: new Map(),
      flows: new Map(),
      triggers: new Map(),
      templates: new Map(),
    };
    this.bots.set(bot.id, bot);
    return bot;
  }

  addContact({ bot_id: botId, id, name = 'Jane Doe', phone = '', telegram_id: telegramId, tags = [], variables = {}, status = 1, created }) {
    const bot = this.bots.get(botId);
    if (!bot) throw new TypeError(`no such bot: ${botId}`);
    const createdAt = created ?? this.#account.now;
    const contact = {
      id: id ?? this.newId(createdAt),
      dialogId: this.newId(createdAt),
      botId,
      channel: bot.channel,
      name,
      phone,
      telegramId: telegramId === undefined ? String(100_000_000 + this.contacts.size) : String(telegramId),
      status,
      tags: new Set(),
      variables: {},
      isChatOpened: false,
      lastActivityAt: createdAt,
      pausedUntil: null,
      operatorId: null,
      unread: 0,
      messages: [],
      notes: [],
      runs: [],
      createdAt,
    };
    this.contacts.set(contact.id, contact);
    for (const tag of tags) this.tag(contact, tag);
    for (const [key, value] of Object.entries(variables)) this.setVariable(contact, key, value);
    return contact;
  }

  tag(contact, name) {
    this.addTag(this.bots.get(contact.botId), name);
    contact.tags.add(name);
  }

  addTag(bot, name) {
    if (!bot.tags.has(name)) bot.tags.set(name, { id: this.newId(), name, createdAt: this.#account.now });
    return bot.tags.get(name);
  }

  setVariable(contact, name, value) {
    const bot = this.bots.get(contact.botId);
    if (!bot.variables.has(name)) bot.variables.set(name, { id: this.newId(), name, createdAt: this.#account.now });
    contact.variables[name] = value;
  }

  addFlow(bot, { id, name = 'Flow', status = 1, keyword, created }) {
    const createdAt = created ?? this.#account.now;
    const flow = { id: id ?? this.newId(createdAt), name, status, triggers: [], createdAt };
    bot.flows.set(flow.id, flow);
    if (keyword) {
      const trigger = { id: this.newId(createdAt), name: keyword, type: 4, flowId: flow.id, keywords: [keyword], createdAt };
      bot.triggers.set(trigger.id, trigger);
      flow.triggers.push(trigger);
    }
    return flow;
  }

  addTemplate(bot, { id, name = 'template', language = 'en', status = 'PENDING', rejected_reason: rejectedReason = null, created }) {
    const createdAt = created ?? this.#account.now;
    const template = { id: id ?? this.newId(createdAt), name, language, status, rejectedReason, createdAt };
    bot.templates.set(template.id, template);
    return template;
  }

  // direction 1 came in, 2 went out.
  addMessage(contact, { id, text, data = { text }, direction = 1, at = this.#account.now, campaign_id: campaignId = null }) {
    const message = { id: id ?? this.newId(at), data, direction, campaignId, status: direction === 1 ? 1 : 2, createdAt: at };
    contact.messages.push(message);
    contact.messages.sort((a, b) => a.createdAt - b.createdAt);
    contact.lastActivityAt = Math.max(contact.lastActivityAt, at);
    const bot = this.bots.get(contact.botId);
    if (direction === 1) {
      bot.inboxTotal += 1;
      contact.unread += 1;
      contact.isChatOpened = true;
    } else {
      bot.outgoingTotal += 1;
    }
    return message;
  }

  contactsOf(bot) {
    return [...this.contacts.values()].filter(contact => contact.botId === bot.id);
  }

  seed(name) {
    if (name === 'empty') return;
    const { now } = this.#account;
    const bots = Object.keys(CHANNELS).map((channel, i) =>
      this.addBot({ channel, name: `Shop on ${channel}`, id: sampleId('bot', { telegram: 1, whatsapp: 4 }[channel] ?? 10 + i), created: now - 60 * DAY }),
    );
    for (const [i, bot] of bots.entries()) {
      const number = { telegram: 1, whatsapp: 4 }[bot.channel] ?? 10 + i;
      const contact = this.addContact({
        bot_id: bot.id,
        id: sampleId('contact', number),
        name: 'Jane Doe',
        phone: '380931112233',
        telegram_id: 123_456_789,
        tags: ['vip'],
        variables: { city: 'Kyiv' },
        created: now - 30 * DAY,
      });
      this.addMessage(contact, { text: 'Hello!', direction: 2, at: now - 29 * DAY });
      this.addMessage(contact, { id: sampleId('message', number), text: 'Is it in stock?', at: now - HOUR });
      this.addFlow(bot, { id: sampleId('flow', number), name: 'Welcome', keyword: 'price', created: now - 50 * DAY });
    }
    const whatsapp = bots.find(({ channel }) => channel === 'whatsapp');
    this.addTemplate(whatsapp, { name: 'thanks_for_buying', status: 'APPROVED', created: now - 40 * DAY });
  }

  describe() {
    return {
      bots: [...this.bots.values()].map(({ id, channel, name, status, inboxTotal }) => ({ id, channel, name, status, inbox: inboxTotal })),
      contacts: [...this.contacts.values()].map(contact => ({ ...contact, tags: [...contact.tags] })),
      campaigns: this.campaigns,
    };
  }
}
