// Viber campaigns of an account (the chatbots are elsewhere): campaigns, senders, blacklist.

const DAY = 86_400_000;

export class Viber {
  #account;
  #nextId = 6601;

  constructor(account) {
    this.#account = account;
    this.campaigns = new Map();
    this.senders = new Map();
    this.blacklist = new Map();
  }

  addSender({ id, name = 'Shop', status = 'active' }) {
    const sender = { id: id ?? 501 + this.senders.size, status, name };
    this.senders.set(sender.id, sender);
    return sender;
  }

  addCampaign({ name = 'Campaign', text = 'Hello', sender_id: senderId = 501, phones = [380_501_234_567], status = 'Sent', send_at: sendAt, created, additional = {} }) {
    const { now } = this.#account;
    const campaign = {
      id: this.#nextId,
      name,
      text,
      senderId,
      status,
      sendAt: sendAt ?? now,
      createdAt: created ?? now,
      additional,
      recipients: phones.map(phone => ({ phone, status: 'delivered' })),
      statistic: { sent: phones.length, delivered: phones.length, read: 0, redirected: 0, undelivered: 0, errors: 0 },
    };
    this.#nextId += 1;
    this.campaigns.set(campaign.id, campaign);
    return campaign;
  }

  seed(name) {
    if (name === 'empty') return;
    this.addSender({});
    const at = this.#account.now - 20 * DAY;
    this.addCampaign({ name: 'Winter sale', text: 'Winter is here', send_at: at, created: at });
    this.blacklist.set('380500000000', 'Asked for it');
  }

  describe() {
    return { campaigns: [...this.campaigns.values()], senders: [...this.senders.values()], blacklist: Object.fromEntries(this.blacklist) };
  }
}
