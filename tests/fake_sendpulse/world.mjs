// Everything one fake holds. Requests and the control door are the only two ways in.

import { Account } from './account.mjs';
import { Clock } from './clock.mjs';
import { Faults } from './faults.mjs';
import { Journal } from './journal.mjs';
import { RateLimit } from './rate_limit.mjs';
import { seed } from './seeds.mjs';
import { changed, DEFAULTS } from './settings.mjs';
import { Tokens } from './tokens.mjs';

export class World {
  #startSettings;
  #firstAccount;
  #seedName;
  #byApiKey = null;

  constructor({ settings = {}, account, seedName }) {
    this.clock = new Clock();
    this.tokens = new Tokens(this.clock);
    this.journal = new Journal(this.clock);
    this.faults = new Faults();
    this.rateLimit = new RateLimit();
    this.recording = null; // answers instead of the accounts, where it has one
    this.accounts = new Map();
    this.#startSettings = changed(DEFAULTS, settings);
    this.#firstAccount = account;
    this.#seedName = seedName;
    this.settings = this.#startSettings;
    this.addAccount(account);
    seed(this.firstAccount, seedName);
  }

  get firstAccount() {
    return this.accounts.get(this.#firstAccount.client_id);
  }

  addAccount(fields) {
    const account = new Account(this, { user_id: 7_043_000 + this.accounts.size, ...fields });
    this.accounts.set(account.clientId, account);
    this.accountsChanged();
    return account;
  }

  removeAccount(clientId) {
    this.accountsChanged();
    return this.accounts.delete(clientId);
  }

  accountsChanged() {
    this.#byApiKey = null;
  }

  change(settings) {
    this.settings = changed(this.settings, settings);
    if (!settings.active_statuses) return;
    for (const account of this.accounts.values()) {
      for (const list of account.lists.values()) list.countAsActive(settings.active_statuses);
    }
  }

  // Back to the start. Credentials of the first account stay, tokens end unless they are to be kept.
  reset({ seedName = this.#seedName, keepTokens = false } = {}) {
    this.clock.reset();
    this.settings = this.#startSettings;
    this.faults.remove();
    this.journal.clear();
    this.rateLimit.clear();
    this.recording = null;
    if (!keepTokens) this.tokens.revokeAll();
    this.accounts.clear();
    this.addAccount(this.#firstAccount);
    seed(this.firstAccount, seedName);
  }

  // Who a bearer value speaks for, or null.
  accountOfBearer(value) {
    const token = this.tokens.find('access', value);
    if (token) return this.tokens.isValid(token) ? (this.accounts.get(token.clientId) ?? null) : null;
    this.#byApiKey ??= new Map(
      [...this.accounts.values()].flatMap(account => [...account.apiKeys].map(key => [key, account])),
    );
    return this.#byApiKey.get(value) ?? null;
  }
}
