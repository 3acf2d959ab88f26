// Web push of an account: websites, subscribers, campaigns.

const DAY = 86_400_000;

export const SUBSCRIBER = { off: 0, active: 1, unsubscribed: 6 };

export class WebPush {
  #account;
  #nextId = { website: 8801, subscriber: 700_101, campaign: 4401 };

  constructor(account) {
    this.#account = account;
    this.websites = new Map();
    this.campaigns = new Map();
  }

  #next(kind) {
    const id = this.#nextId[kind];
    this.#nextId[kind] += 1;
    return id;
  }

  addWebsite({ url = 'https://shop.example.com', id, created }) {
    const website = { id: id ?? this.#next('website'), url, addedAt: created ?? this.#account.now, status: 1, variables: ['plan'], subscribers: new Map(), lastCampaignAt: -Infinity };
    this.websites.set(website.id, website);
    return website;
  }

  addSubscriber(website, { browser = 'Chrome', lang = 'en', variables = {}, at = this.#account.now, status = SUBSCRIBER.active } = {}) {
    const subscriber = { id: this.#next('subscriber'), browser, lang, os: 'Windows', country_code: 'UA', city: 'Kyiv', variables, subscribedAt: at, status };
    website.subscribers.set(subscriber.id, subscriber);
    return subscriber;
  }

  subscriber(id) {
    for (const website of this.websites.values()) if (website.subscribers.has(id)) return website.subscribers.get(id);
    return undefined;
  }

  addCampaign(website, { title = 'News', body = 'Hello', link = website.url, ttl = 86_400, status = 0, at = this.#account.now, filters = {} }) {
    const reached = [...website.subscribers.values()].filter(each => each.status === SUBSCRIBER.active).length;
    const campaign = { id: this.#next('campaign'), websiteId: website.id, title, body, link, from: at, to: at + ttl * 1000, status, filters, statistics: { send: reached, delivered: 0, redirect: 0 } };
    this.campaigns.set(campaign.id, campaign);
    return campaign;
  }

  seed(name) {
    if (name === 'empty') return;
    const { now } = this.#account;
    const website = this.addWebsite({ created: now - 90 * DAY });
    for (let i = 0; i < 3; i += 1) this.addSubscriber(website, { at: now - (30 - i) * DAY, variables: i === 0 ? { plan: 'pro' } : {} });
    const campaign = this.addCampaign(website, { title: 'Spring sale', body: 'Come and see', at: now - 10 * DAY, status: 3 });
    Object.assign(campaign.statistics, { delivered: 3, redirect: 1 });
  }

  describe() {
    return {
      websites: [...this.websites.values()].map(website => ({ ...website, subscribers: [...website.subscribers.values()] })),
      campaigns: [...this.campaigns.values()],
    };
  }
}
