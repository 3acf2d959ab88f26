// Every secret the fake has given out, and the token endpoint [DOC; KB token-flow; NODE]. Nothing is ever forgotten, so
// that a test can search a log or a core dump for all of them.

import { createHash, randomBytes } from 'node:crypto';

export const fingerprint = value => createHash('sha256').update(value).digest('hex').slice(0, 12);

const opaque = bytes => randomBytes(bytes).toString('base64url');

// Newer access tokens are JWTs of over 500 characters, older ones 40 characters; clients must not look inside.
function accessToken(style) {
  if (style === 'short') return randomBytes(20).toString('hex');
  return `eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.${opaque(150)}.${opaque(256)}`;
}

export class Tokens {
  #clock;
  #byValue = new Map();

  constructor(clock) {
    this.#clock = clock;
  }

  // `family` ties together the tokens that came from one authorization.
  issue(kind, { clientId, lifetime, family = opaque(6), style = 'short', details = {} }) {
    const value = kind === 'access' ? accessToken(style) : `fake-${kind}-${opaque(32)}`;
    const issuedAt = this.#clock.now();
    const token = {
      kind,
      value,
      fingerprint: fingerprint(value),
      clientId,
      family,
      issuedAt,
      expiresAt: issuedAt + lifetime * 1000,
      revoked: false,
      used: false,
      ...details,
    };
    this.#byValue.set(value, token);
    return token;
  }

  find(kind, value) {
    const token = this.#byValue.get(value);
    return token?.kind === kind ? token : undefined;
  }

  isValid(token) {
    return !token.revoked && this.#clock.now() < token.expiresAt;
  }

  revoke(matches) {
    let count = 0;
    for (const token of this.#byValue.values()) {
      if (token.revoked || !matches(token)) continue;
      token.revoked = true;
      count += 1;
    }
    return count;
  }

  all() {
    return [...this.#byValue.values()];
  }

  revokeAll() {
    this.revoke(() => true);
  }
}

export class OAuthRefusal extends Error {
  constructor(status, error, description) {
    super(description);
    this.status = status;
    this.body = { error, error_description: description, message: description };
  }
}

const invalidClient = () => new OAuthRefusal(401, 'invalid_client', 'Client authentication failed');

// Both halves are form-encoded inside Basic (RFC 6749, section 2.3.1).
function basicPair(value) {
  try {
    return Buffer.from(value, 'base64').toString().split(/:(.*)/s).map(decodeURIComponent);
  } catch {
    throw invalidClient();
  }
}

// The client's id and secret from HTTP Basic or from the body; a public client sends its id alone.
function clientOf(world, request, body) {
  const [kind, value = ''] = (request.headers.authorization ?? '').split(' ');
  let { client_id: id, client_secret: secret } = body;
  if (kind.toLowerCase() === 'basic') {
    [id, secret] = basicPair(value);
  }
  const account = world.accounts.get(id);
  if (!account) throw invalidClient();
  const isProven = secret === account.clientSecret;
  if (secret !== undefined && !isProven) throw invalidClient();
  return { account, isProven };
}

function expiry(settings) {
  if (settings.expires_in_as === 'absent') return {};
  return { expires_in: settings.expires_in_as === 'string' ? String(settings.expires_in) : settings.expires_in };
}

export function accessAnswer(world, clientId, family) {
  const { tokens, settings } = world;
  if (settings.single_token) tokens.revoke(token => token.kind === 'access' && token.clientId === clientId);
  const access = tokens.issue('access', {
    clientId,
    family,
    lifetime: settings.expires_in,
    style: settings.token_style,
  });
  return { access, answer: { access_token: access.value, token_type: 'Bearer', ...expiry(settings) } };
}

// `otherGrants` maps a grant type to (world, account, body) => answer.
export function tokenEndpoint(world, request, body, otherGrants) {
  const { account, isProven } = clientOf(world, request, body);
  if (body.grant_type === 'client_credentials') {
    if (!isProven) throw invalidClient();
    return accessAnswer(world, account.clientId).answer;
  }
  const grant = Object.hasOwn(otherGrants, body.grant_type ?? '') ? otherGrants[body.grant_type] : null;
  if (!grant) throw new OAuthRefusal(400, 'unsupported_grant_type', 'The grant type is not supported');
  if (!isProven && world.settings.client_auth_required) throw invalidClient();
  return grant(world, account, body);
}
