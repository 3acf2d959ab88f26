// The state of one SendPulse account. Routes, the control door and the demo all change it through these methods.

import { randomUUID } from 'node:crypto';
import { areas } from './areas.mjs';
import { Campaign } from './campaign.mjs';
import { stamp } from './clock.mjs';
import { MailingList } from './mailing_list.mjs';
import { gallery, templateFrom } from './template.mjs';

export class Account {
  #world;
  #nextId;
  #queue = [];

  constructor(world, { client_id, client_secret, api_key, email, user_id = 7_043_000, plan = 'paid' }) {
    this.#world = world;
    this.clientId = client_id;
    this.clientSecret = client_secret;
    this.apiKeys = new Set(api_key ? [api_key] : []);
    this.userId = user_id;
    this.email = email;
    this.clear();
    this.plan = plan;
  }

  clear() {
    this.plan = 'paid';
    this.profile = {
      name: 'Maple & Thread',
      first_name: 'Ivy',
      last_name: 'Marlow',
      phone: '',
      country: 'UA',
      city: 'Kyiv',
      currency: 'USD',
      time_zone: 'Europe/Kyiv',
    };
    this.lists = new Map();
    this.campaigns = new Map();
    this.templates = new Map(gallery().map(template => [template.realId, template]));
    this.senders = new Map();
    this.tags = new Map();
    this.tagsOfPhones = new Map();
    this.blacklist = new Map();
    this.webhooks = new Map();
    this.balance = { main: '9.36', bonus: '5.00', currency: 'USD' };
    this.tariff = { name: 'Pro 500', emails_left: 9914, maximum_subscribers: 10_000, finished_in_days: 30 };
    this.campaignTimes = [];
    this.#queue = [];
    this.#nextId = { list: 501_001, campaign: 8_100_001, template: 1_042_001, tag: 2501, webhook: 162_001 };
    this.storyStep = 0;
    for (const { name, State } of areas) this[name] = new State(this);
  }

  get settings() {
    return this.#world.settings;
  }

  get now() {
    return this.#world.clock.now();
  }

  stamp(ms) {
    return stamp(ms, this.settings.zone_offset_min);
  }

  nextId(kind) {
    const id = this.#nextId[kind];
    this.#nextId[kind] += 1;
    return id;
  }

  addList(name, { id = this.nextId('list'), createdAt = this.now } = {}) {
    const list = new MailingList({ id, name, createdAt, activeStatuses: this.settings.active_statuses });
    this.lists.set(id, list);
    return list;
  }

  addMember(list, { email, variables, phone, status, addedAt, source = 'api' }) {
    return list.upsert({
      email,
      variables,
      phone,
      source,
      status: status ?? this.settings.new_status,
      addedAt: addedAt ?? this.now,
    });
  }

  listsWith(email) {
    return [...this.lists.values()].filter(list => list.find(email));
  }

  // Unsubscribing from everything changes the row in every list.
  unsubscribeEverywhere(email) {
    for (const list of this.listsWith(email)) list.setStatus(list.find(email), 6);
  }

  addCampaign(fields) {
    const id = fields.id ?? this.nextId('campaign');
    const now = this.now;
    const campaign = new Campaign({ createdAt: now, startAt: now, ...fields, id });
    if (fields.recipients === undefined) campaign.recipients = this.recipientsOf(fields.listIds ?? [fields.listId]);
    this.campaigns.set(id, campaign);
    return campaign;
  }

  recipientsOf(listIds) {
    const recipients = new Set();
    for (const id of listIds) {
      const list = this.lists.get(id);
      if (!list) continue;
      for (const member of list.members()) {
        if (list.isActive(member) && !this.blacklist.has(member.email)) recipients.add(member.email.toLowerCase());
      }
    }
    return [...recipients];
  }

  campaignsOf(listId) {
    return [...this.campaigns.values()].filter(campaign => campaign.listId === listId);
  }

  addTemplate(fields) {
    const template = templateFrom({ realId: this.nextId('template'), owner: 'me', createdAt: this.now, ...fields });
    this.templates.set(template.realId, template);
    return template;
  }

  findTemplate(reference) {
    const text = String(reference);
    if (/^\d{1,15}$/.test(text)) return this.templates.get(Number(text));
    return [...this.templates.values()].find(template => template.hash === text);
  }

  addSender({ email, name, active = true, smtp = active }) {
    const sender = { email, name, active, smtp, code: '', codeSentAt: null };
    this.senders.set(email.toLowerCase(), sender);
    return sender;
  }

  addTag({ name, color, id = this.nextId('tag') }) {
    this.tags.set(id, { id, name, color });
    return this.tags.get(id);
  }

  // Tag writes are accepted first and happen later; whoever reads tags first lets what is due happen.
  enqueue(change) {
    this.#queue.push({ due: this.now + this.settings.tag_delay_s * 1000, change });
    return randomUUID();
  }

  settleQueue() {
    const now = this.now;
    while (this.#queue.length > 0 && this.#queue[0].due <= now) this.#queue.shift().change();
  }
}
