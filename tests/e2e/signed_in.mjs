// A connection whose refresh token can be used once, and whose next request has to renew its access token first.

import assert from 'node:assert/strict';
import { Browser, signIn } from './browser.mjs';
import { until } from './harness.mjs';

export const TOKENS = '/oauth/access_token';
export const CONNECT = ['connect', 'sendpulse', '--method', 'oauth', '--input', '-'];

export const browserOf = world => new Browser({ home: world.home, caFile: world.fake.caFile, ports: { 'api.sendpulse.com': world.fake.port } });

export const appOf = ({ fake }) => {
  const { client_id, client_secret } = fake.credentials;
  return JSON.stringify({ client_id, client_secret });
};

export async function connected(world) {
  const { result } = await signIn(world, browserOf(world), CONNECT, { input: appOf(world) });
  assert.equal(result.code, 0, result.err);
  return result.json;
}

// From now on the access token is refused.
export const ended = world => world.fake.control('POST', '/tokens/revoke', { kind: 'access' });

// The token endpoint hands out the next token, so that the old one is used up, and takes its time to say so.
export async function slowTokens(world, delay_ms) {
  await world.fault({ path: TOKENS }, { delay_ms });
  return () => until(async () => (await world.fake.control('GET', '/faults'))[0].hits > 0, 'a renewal under way');
}
