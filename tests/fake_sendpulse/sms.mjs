// SMS of an account: phones in mailing lists, campaigns, senders, blacklist.

const DAY = 86_400_000;
const PRICE = 0.05;

export const PHONE_STATUS = { queued: 0, delivered: 2, undelivered: 12 };

export class Sms {
  #account;
  #nextId = 5601;

  constructor(account) {
    this.#account = account;
    this.phones = new Map(); // list id -> phone -> {variables, addedAt}
    this.campaigns = new Map();
    this.senders = new Map();
    this.blacklist = new Map();
  }

  phonesOf(listId) {
    if (!this.phones.has(listId)) this.phones.set(listId, new Map());
    return this.phones.get(listId);
  }

  addPhone(listId, phone, variables = {}) {
    const phones = this.phonesOf(listId);
    if (phones.has(phone)) return false;
    phones.set(phone, { variables, addedAt: this.#account.now });
    return true;
  }

  addSender({ id, sender = 'Shop', country = 'Ukraine', country_code: code = 'UA', status = 1 }) {
    const row = { id: id ?? 301 + this.senders.size, sender, country, country_code: code, status };
    this.senders.set(row.id, row);
    return row;
  }

  block(phone, description = '') {
    if (this.blacklist.has(phone)) return false;
    this.blacklist.set(phone, { description, addedAt: this.#account.now });
    return true;
  }

  addCampaign({ id, sender = 'Shop', list_id: listId = null, phones = ['380501234567'], text = 'Hello', send_at: sendAt, created }) {
    const now = this.#account.now;
    const campaign = {
      id: id ?? this.#nextId,
      sender,
      listId,
      text,
      createdAt: created ?? now,
      sendAt: sendAt ?? now,
      isCancelled: false,
      phones: phones.map(phone => ({ phone, status: PHONE_STATUS.queued })),
    };
    this.#nextId = Math.max(this.#nextId, campaign.id) + 1;
    this.campaigns.set(campaign.id, campaign);
    return campaign;
  }

  priceOf(campaign) {
    return Math.round(campaign.phones.length * PRICE * 100) / 100;
  }

  seed(name) {
    if (name === 'empty') return;
    this.addSender({});
    this.addCampaign({ created: this.#account.now - DAY, send_at: this.#account.now - DAY }).phones[0].status = PHONE_STATUS.delivered;
    this.block('380500000000', 'Asked for it');
  }

  describe() {
    return {
      phones: Object.fromEntries([...this.phones].map(([id, phones]) => [id, Object.fromEntries(phones)])),
      campaigns: [...this.campaigns.values()],
      senders: [...this.senders.values()],
      blacklist: Object.fromEntries(this.blacklist),
    };
  }
}
