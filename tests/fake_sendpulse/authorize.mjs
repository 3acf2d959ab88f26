// The authorization code flow with PKCE and refresh tokens (RFC 6749, 7636, 9700). SendPulse documents it for partners
// only, so this is a plain standard server whose open questions are settings: rotation, lifetimes, client
// authentication.

import { createHash } from 'node:crypto';
import { accessAnswer, OAuthRefusal } from './tokens.mjs';

const CHALLENGE = /^[A-Za-z0-9_-]{43}$/;
const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/;

const invalidGrant = why => new OAuthRefusal(400, 'invalid_grant', why);

function isAllowedRedirect(uri) {
  if (!URL.canParse(uri)) return false;
  const { protocol, hostname, hash } = new URL(uri);
  if (hash) return false;
  return protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(hostname));
}

function redirect(world, uri, fields) {
  const target = new URL(uri);
  const issuer = world.settings.authorize_iss ? { iss: 'https://api.sendpulse.com' } : {};
  for (const [name, value] of Object.entries({ ...fields, ...issuer })) {
    if (value !== undefined) target.searchParams.set(name, value);
  }
  return { status: 302, headers: { location: target.href, 'cache-control': 'no-store' }, body: '' };
}

const escaped = text => String(text).replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`);

const html = (status, content) => ({
  status,
  headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
  body: `<!doctype html><html lang="en"><title>Fake SendPulse</title><body>${content}</body></html>`,
});

function consentPage(query) {
  const fields = Object.entries(query)
    .filter(([name]) => name !== 'prompt')
    .map(([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`)
    .join('');
  return html(
    200,
    `<h1>Fake SendPulse</h1><p>Allow this application to use the account?</p>
<form method="post" action="/oauth/authorize">${fields}
<button name="decision" value="allow">Allow</button> <button name="decision" value="deny">Deny</button></form>`,
  );
}

// GET shows the page or decides at once; POST carries the page's decision.
export function authorizeEndpoint(world, query, decision) {
  const { settings } = world;
  const client = world.accounts.get(query.client_id);
  // Errors in these two must not be sent to the redirect address (RFC 6749, section 4.1.2.1).
  if (!client) return html(400, '<h1>Unknown client</h1>');
  if (!isAllowedRedirect(query.redirect_uri)) return html(400, '<h1>Redirect address not allowed</h1>');
  const back = fields => redirect(world, query.redirect_uri, { ...fields, state: query.state });
  if (query.response_type !== 'code') return back({ error: 'unsupported_response_type' });
  const hasPkce = query.code_challenge_method === 'S256' && CHALLENGE.test(query.code_challenge ?? '');
  if (query.code_challenge_method === 'plain' || (settings.require_pkce && !hasPkce)) {
    return back({ error: 'invalid_request', error_description: 'PKCE with S256 is required' });
  }
  const asks = settings.authorize === 'page' || query.prompt === 'page';
  if (decision === undefined && asks) return consentPage(query);
  if (decision === 'deny' || (decision === undefined && settings.authorize === 'deny')) {
    return back({ error: 'access_denied' });
  }
  const owner = world.accounts.get(settings.authorize_account) ?? client;
  const code = world.tokens.issue('code', {
    clientId: owner.clientId,
    lifetime: settings.code_expires_in,
    details: { app: client.clientId, redirectUri: query.redirect_uri, challenge: query.code_challenge ?? null },
  });
  return back({ code: code.value });
}

function tokenPair(world, app, clientId, family) {
  const { answer } = accessAnswer(world, clientId, family);
  if (!world.settings.refresh_tokens) return answer;
  return { ...answer, refresh_token: issueRefresh(world, app, clientId, family).value };
}

const issueRefresh = (world, app, clientId, family) =>
  world.tokens.issue('refresh', {
    clientId,
    family,
    lifetime: world.settings.refresh_expires_in,
    details: { app },
  });

function exchangeCode(world, client, body) {
  const code = world.tokens.find('code', body.code);
  if (!code || code.app !== client.clientId) throw invalidGrant('The code is not known');
  if (code.used) {
    // A code that comes twice may be stolen: what it gave is taken back (RFC 6749, section 4.1.2).
    world.tokens.revoke(token => token.family === code.family);
    throw invalidGrant('The code was used already');
  }
  if (!world.tokens.isValid(code)) throw invalidGrant('The code has expired');
  code.used = true;
  if (body.redirect_uri !== code.redirectUri) throw invalidGrant('The redirect address differs');
  if (code.challenge !== null) {
    const verifier = body.code_verifier ?? '';
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    if (!VERIFIER.test(verifier) || challenge !== code.challenge) throw invalidGrant('The code verifier is wrong');
  }
  return tokenPair(world, client.clientId, code.clientId, code.family);
}

function refresh(world, client, body) {
  const { settings, tokens } = world;
  const old = tokens.find('refresh', body.refresh_token);
  if (!old || old.app !== client.clientId) throw invalidGrant('The refresh token is not known');
  if (old.used) {
    if (settings.refresh_reuse_revokes) tokens.revoke(token => token.family === old.family);
    throw invalidGrant('The refresh token was used already');
  }
  if (!tokens.isValid(old)) throw invalidGrant('The refresh token has ended');
  if (!settings.refresh_rotation) return accessAnswer(world, old.clientId, old.family).answer;
  old.used = true;
  return tokenPair(world, client.clientId, old.clientId, old.family);
}

export const grants = { authorization_code: exchangeCode, refresh_token: refresh };
