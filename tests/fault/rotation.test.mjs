// Refresh tokens that rotate, under fire: a host with many triggers and commands beside it, access tokens of one
// second, and SIGKILL at random moments. oidc-provider is the judge: it revokes the whole grant when a used refresh
// token comes back. CONNECTOR_LONG is the time in seconds (60), CONNECTOR_SEED makes a run like another one.
//
// The only excuse for a token that comes back: the host was killed after the service had used it up and before the new
// one was on disk. Then the connection says so, has lost nothing, and goes on when somebody signs in again.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Browser, signIn } from '../e2e/browser.mjs';
import { startFront } from '../e2e/front.mjs';
import { until, World } from '../e2e/harness.mjs';
import { Oracle } from '../e2e/oidc_oracle.mjs';
import { startFake } from '../fake_sendpulse/fake.mjs';

const SECONDS = Number(process.env.CONNECTOR_LONG ?? 60);
const SEED = Number(process.env.CONNECTOR_SEED ?? Date.now() % 1_000_000);
const TRIGGERS = 56;
const COMMANDS = 8; // at once, beside them: 64 operations

let state = SEED;
const random = () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;

async function oracleWorld() {
  const world = await World.start();
  await world.fake.close();
  const dir = join(world.home, 'fake');
  const fake = await startFake({ dir, plainPort: 0, settings: { rate_limit: false } });
  const { client_id: clientId, client_secret: clientSecret } = fake.credentials;
  // Answers that take their time let kills hit the moment when the old token is used up and the new one not yet here.
  // Some seconds of grace at the API, as clocks need them: a token that ends on its way is not what is tested here.
  const oracle = new Oracle({ clientId, clientSecret, lifetimeS: 1, graceS: 10, answerAfterMs: () => random() ** 4 * 1500 });
  const front = await startFront({ dir, fake, owns: oracle.owns, serve: oracle.serve, accepts: oracle.accepts });
  const close = async () => {
    await front.close();
    await fake.close();
  };
  world.fake = { ...fake, port: front.port, close };
  return { world, oracle, front };
}

test(`refresh tokens survive ${SECONDS} s of concurrent operations and kills`, { timeout: (SECONDS + 300) * 1000 }, async t => {
  const { world, oracle, front } = await oracleWorld();
  t.after(() => world.close());
  const browser = new Browser({ home: world.home, caFile: world.fake.caFile, ports: { 'api.sendpulse.com': world.fake.port } });
  const { client_id, client_secret } = world.fake.credentials;
  const endpoints = ['authorize_url=https://api.sendpulse.com/oidc/authorization', 'token_url=https://api.sendpulse.com/oidc/token', 'scopes=openid'];
  const connecting = await signIn(
    world,
    browser,
    ['connect', 'sendpulse', '--method', 'oauth', '--input', '-', ...endpoints.flatMap(setting => ['--setting', setting])],
    { input: JSON.stringify({ client_id, client_secret }) },
  );
  assert.equal(connecting.result.code, 0, connecting.result.err);
  const connection = connecting.result.json;
  for (let i = 0; i < TRIGGERS; ++i) await world.addTrigger(connection, 'mailing_list.created');

  const tally = { kills: 0, stops: 0, acted: 0, interrupted: 0, refused: 0 };
  const deadline = Date.now() + SECONDS * 1000;
  // For each refresh token that came back: was there a kill after it had been used up?
  let host = null;
  let mending = null;
  const killsAt = []; // how many refresh tokens had been used up when the host was killed
  let judged = 0;

  const judge = async () => {
    for (; judged < oracle.errors.length; ++judged) {
      const { error, grant, token } = oracle.errors[judged];
      if (grant !== 'refresh_token') continue;
      assert.equal(error, 'invalid_grant', `seed ${SEED}`);
      const usedUp = oracle.rotations.indexOf(token);
      assert.ok(usedUp >= 0, `seed ${SEED}: a refresh token came that was never issued`);
      // No later one was ever used: the new one of this rotation never came to be known.
      // A request on its way at the kill uses up the next one a moment after it.
      const excuse = killsAt.some(used => used + 1 >= usedUp) && usedUp === oracle.rotations.length - 1;
      assert.ok(excuse, `seed ${SEED}: refresh token ${usedUp} came back without a kill in between`);
    }
  };

  const mend = async () => {
    const row = await world.connection(connection);
    if (row.state !== 'needs_sign_in') return;
    assert.match(row.state_reason, /interrupted refresh/, `seed ${SEED}`);
    await judge();
    tally.interrupted += 1;
    const again = await signIn(world, browser, ['connection', 'reauthorize', connection.id]);
    assert.equal(again.result.code, 0, again.result.err);
    assert.equal(again.result.json.id, connection.id);
  };

  const commands = Array.from({ length: COMMANDS }, async () => {
    while (Date.now() < deadline) {
      const acted = await world.host(['--json', 'action', 'run', connection.id, 'mailing_list.list']);
      if (acted.code === 0) {
        tally.acted += 1;
        continue;
      }
      tally.refused += 1;
      // One mends, the others wait for it.
      mending ??= mend().finally(() => (mending = null));
      await mending;
    }
  });
  const killer = (async () => {
    while (Date.now() < deadline) {
      host = world.run('--interval', '0.5', '--workers', '2');
      await Promise.race([sleep(300 + random() * 4000), once(host.child, 'close')]);
      const ended = random() < 0.8 ? { signal: (await host.kill(), 'SIGKILL') } : await host.stop();
      // SIGTERM that comes before the host is up ends it like SIGKILL.
      if (ended.signal) {
        killsAt.push(oracle.rotations.length - 1);
        tally.kills += 1;
      } else {
        assert.equal(ended.code, 0, host.err);
        tally.stops += 1;
      }
    }
  })();
  await Promise.all([killer, ...commands]);
  await judge();
  // What the last kill interrupted comes to light with the next use.
  await world.host(['connection', 'test', connection.id]);
  await mend();

  // Afterwards everything works, and nothing is gone.
  assert.equal((await world.ok(['connection', 'test', connection.id])).state, 'ok');
  const { triggers } = await world.ok(['trigger', 'list']);
  assert.equal(triggers.length, TRIGGERS);
  await world.fake.control('POST', '/lists', { name: 'At the end' });
  const last = world.run('--interval', '0.5');
  await until(() => last.events.filter(({ data }) => data.name === 'At the end').length >= TRIGGERS, 'the event of every trigger', 60_000);
  await last.stop();
  assert.ok(tally.kills > 0 && tally.acted > 0);
  assert.ok(oracle.rotations.length >= SECONDS / 10, 'tokens did rotate');
  t.diagnostic(`seed ${SEED}: ${JSON.stringify({ ...tally, rotations: oracle.rotations.length, ...front.seen })}`);

  // No token ever issued is anywhere in the clear.
  const places = { output: world.output };
  for (const entry of readdirSync(world.dataDir, { withFileTypes: true }))
    if (entry.isFile()) places[entry.name] = readFileSync(join(world.dataDir, entry.name), 'latin1');
  for (const [place, content] of Object.entries(places))
    for (const token of oracle.tokens) assert.ok(!content.includes(token), `${place} holds ${token.slice(0, 8)}...`);
});
