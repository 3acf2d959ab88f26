// Every request seen, for tests to look at afterwards. No credential is kept: tokens and secrets become fingerprints.

import { fingerprint } from './tokens.mjs';

const KEPT = 20_000;
const BODY_KEPT = 16 * 1024;
const SECRET_FIELDS = /("?(?:client_secret|refresh_token|code|code_verifier)"?\s*[:=]\s*"?)([^"&\s,}]+)/g;

const withoutSecrets = text =>
  text.replace(SECRET_FIELDS, (_, field, secret) => `${field}fingerprint:${fingerprint(secret)}`);

function authorizationOf(header) {
  if (header === undefined) return { authorization_kind: 'none', token: null };
  const [kind, value] = header.split(' ', 2);
  return { authorization_kind: value ? kind.toLowerCase() : 'malformed', token: value ? fingerprint(value) : null };
}

export class Journal {
  #clock;
  #entries = [];
  #seq = 0;

  constructor(clock) {
    this.#clock = clock;
  }

  open(request) {
    const { authorization, ...headers } = request.headers;
    const entry = {
      seq: (this.#seq += 1),
      time: new Date(this.#clock.now()).toISOString(),
      at_ms: performance.now(),
      method: request.method,
      path: request.path,
      query: request.path.startsWith('/oauth/') ? withoutSecrets(request.rawQuery) : request.rawQuery,
      headers,
      ...authorizationOf(authorization),
      account: null,
      protocol: request.protocol,
      connection: request.connection,
      body: null,
      status: null,
      outcome: 'open',
      applied: false,
      fault: null,
      took_ms: null,
    };
    this.#entries.push(entry);
    if (this.#entries.length > KEPT) this.#entries.splice(0, KEPT / 10);
    return entry;
  }

  noteBody(entry, body) {
    const kept = body.length > BODY_KEPT ? body.slice(0, BODY_KEPT) : body;
    entry.body = entry.path.startsWith('/oauth/') ? withoutSecrets(kept) : kept;
  }

  close(entry, status, outcome) {
    entry.status = status;
    entry.outcome = outcome;
    entry.took_ms = Math.round((performance.now() - entry.at_ms) * 100) / 100;
  }

  find({ method, path, since = 0, account, limit = KEPT }) {
    return this.#entries
      .filter(
        entry =>
          entry.seq > Number(since) &&
          (!method || entry.method === method) &&
          (!path || entry.path === path) &&
          (!account || entry.account === account),
      )
      .slice(-Number(limit));
  }

  clear() {
    this.#entries = [];
  }
}
