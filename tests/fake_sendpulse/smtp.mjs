// What the SMTP part of an account holds: emails with their answers, opens and clicks; who unsubscribed; domains.

import { required, when } from './control_arguments.mjs';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

// Ids look like pzkic9-0afezp-fc [OA:smtp].
function idOf(number) {
  let text = '';
  for (let rest = number * 7_919 + 41_000_000_003; rest > 0; rest = Math.floor(rest / 36)) text += LETTERS[rest % 36];
  return `${text.slice(0, 6)}-${text.slice(1, 7)}-${text.slice(-2)}`;
}

export class Smtp {
  #account;
  #sent = 0;

  constructor(account) {
    this.#account = account;
    this.emails = new Map();
    this.unsubscribed = new Map();
    this.domains = new Map();
    this.resubscribeTimes = [];
    this.isOn = true;
  }

  seed(name) {
    if (name === 'empty') return;
    const { now } = this.#account;
    const hour = 3_600_000;
    this.addDomain('example.com');
    for (const [i, recipient] of ['ann@example.com', 'bob@example.com'].entries())
      this.add({ recipient, subject: `Order ${i + 1}`, sentAt: now - (5 - i) * hour, code: 250, open: i });
  }

  add({ id, sender = 'shop@example.com', recipient, subject = 'Hello', sentAt, code = null, open = 0, click = 0, html = '', message = null }) {
    this.#sent += 1;
    const email = { id: id ?? idOf(this.#sent), sender, recipient, subject, sentAt: sentAt ?? this.#account.now, code, html, message };
    email.opens = Array.from({ length: open }, () => email.sentAt);
    email.clicks = Array.from({ length: click }, () => email.sentAt);
    this.emails.set(email.id, email);
    return email;
  }

  addDomain(domain) {
    if (!this.domains.has(domain)) this.domains.set(domain, { id: 41 + this.domains.size, domain, active: this.domains.size === 0 });
    return this.domains.get(domain);
  }

  unsubscribe(email, how, at = this.#account.now) {
    this.unsubscribed.set(email.toLowerCase(), { email, how, at });
  }

  bounces() {
    return [...this.emails.values()].filter(({ code }) => code !== null && code >= 500);
  }

  describe() {
    return {
      emails: [...this.emails.values()],
      unsubscribed: [...this.unsubscribed.values()],
      domains: [...this.domains.keys()],
    };
  }
}

// `code`, `open` and `click` of an email; null as code is "not answered yet".
function change(account, email, { code, open = 0, click = 0 }) {
  if (code !== undefined) email.code = code;
  for (let i = 0; i < open; i += 1) email.opens.push(account.now);
  for (let i = 0; i < click; i += 1) email.clicks.push(account.now);
  return { id: email.id, code: email.code, open: email.opens.length, click: email.clicks.length };
}

export const smtpControl = {
  'POST /smtp/emails': ({ account, body }) =>
    account.smtp.add({ recipient: 'jane@example.org', ...body, sentAt: when(account, body.send_date) }),
  'PATCH /smtp/emails/{email_id}': ({ account, params, body }) =>
    change(account, required(account.smtp.emails, params.email_id, 'email'), body),
  'DELETE /smtp/emails/{email_id}': ({ account, params }) => ({ removed: account.smtp.emails.delete(params.email_id) }),
  'POST /smtp/unsubscribed': ({ account, body }) => {
    account.smtp.unsubscribe(body.email, body.how ?? 'link', when(account, body.date));
    return { size: account.smtp.unsubscribed.size };
  },
  'PATCH /smtp': ({ account, body }) => {
    account.smtp.isOn = body.on;
    return { on: account.smtp.isOn };
  },
};
