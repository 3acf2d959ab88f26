// The audit: who did what, by commands, by a browser's session and by tokens, in the log and in `connector-host audit`.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inWorld, lines, until } from './harness.mjs';
import { Served, tokenOf } from './served.mjs';

const audit = async (world, ...args) => (await world.ok(['audit', '--limit', '1000', ...args])).audit;
const short = ({ who, what, object, outcome }) => [who, what, object, outcome].join(' | ');
const PLANTED = 'planted-payload';

test('each session, token, change, action, deletion and refusal has one line, in the log and in the database', inWorld(async world => {
  const me = `command ${userInfo().username}`;
  const server = await Served.start(world, { args: ['--log-format', 'json'], session: false });
  const connection = await world.connect();
  const { client_id, client_secret } = world.fake.credentials;
  const { token } = await world.ok(['token', 'create', 'robot', '--scope', 'run']);
  await server.open();
  const session = (await until(async () => (await audit(world)).find(({ what }) => what === 'session.open'), 'the session')).object;
  assert.match(session, /^session [0-9a-f]{8}$/);
  const { trigger } = await server.ok('POST', '/api/triggers', { connection: connection.id, trigger: 'mailing_list.created' });
  await server.ok('POST', `/api/triggers/${trigger.id}/pause`);
  const action = `/api/connections/${connection.id}/actions/mailing_list.create/run`;
  const bearer = { headers: { authorization: `Bearer ${token}` } };
  assert.equal((await server.api('POST', action, { input: { name: PLANTED } }, bearer)).status, 200);
  assert.equal((await server.api('POST', action, { input: { name: PLANTED } }, bearer)).status, 502, 'the name is taken');
  assert.equal((await server.api('DELETE', `/api/triggers/${trigger.id}`, undefined, bearer)).status, 403);
  await world.act(connection, 'mailing_list.create', { name: `${PLANTED} 2` });
  await world.ok(['trigger', 'resume', trigger.id]);
  await world.ok(['trigger', 'remove', trigger.id]);
  await world.fails(66, ['trigger', 'remove', PLANTED]);
  await world.ok(['connection', 'reauthorize', connection.id, '--input', '-'], { input: JSON.stringify({ client_id, client_secret }) });
  assert.equal((await server.api('POST', '/api/connections', { plugin: 'sendpulse', method: 'app', input: { client_id, client_secret: PLANTED } })).status, 502);
  await server.ok('DELETE', `/api/connections/${connection.id}`);
  await world.ok(['token', 'revoke', 'robot']);
  await server.ok('DELETE', '/api/session');
  assert.equal((await server.raw('GET', '/api/events', bearer)).status, 401);
  assert.equal((await server.raw('GET', '/', { headers: { host: 'evil.example' } })).status, 403);
  assert.equal((await server.raw('POST', '/api/session', { headers: { 'content-type': 'application/json' }, body: `{"link":"${PLANTED}"}` })).status, 403);
  const link = tokenOf(await server.link());

  const wanted = [
    `${me} | connection.add | ${connection.id} | ok`,
    `${me} | token.create | robot | ok`,
    `data folder | session.link |  | ok`,
    `link | session.open | ${session} | ok`,
    `${session} | trigger.add | ${trigger.id} | ok`,
    `${session} | trigger.pause | ${trigger.id} | ok`,
    `token robot | action.run | ${connection.id} mailing_list.create | ok`,
    `token robot | action.run | ${connection.id} mailing_list.create | failed: conflict`,
    'token robot | request.refused | DELETE /api/triggers/{trigger} | refused: scope',
    `${me} | action.run | ${connection.id} mailing_list.create | ok`,
    `${me} | trigger.resume | ${trigger.id} | ok`,
    `${me} | trigger.remove | ${trigger.id} | ok`,
    `${me} | connection.reauthorize | ${connection.id} | ok`,
    `${session} | connection.remove | ${connection.id} | ok`,
    `${me} | token.revoke | robot | ok`,
    `${session} | session.end | ${session} | ok`,
    'nobody | request.refused | GET /api/events | refused: token',
    'nobody | request.refused | another address | refused: host name',
    'nobody | request.refused |  | refused: link',
  ];
  const all = await until(async () => {
    const found = await audit(world);
    return found.filter(({ what }) => what === 'session.link').length === 2 && found;
  }, 'the last line');
  const have = all.map(short).sort();
  const failed = have.find(line => line.includes('connection.add | sendpulse | failed'));
  assert.match(failed, new RegExp(`^${session} \\| connection.add \\| sendpulse \\| failed: \\w+$`));
  const conflict = have.filter(line => line.includes('mailing_list.create | failed'));
  assert.equal(conflict.length, 1);
  const expected = wanted.map(line => (line.endsWith('failed: conflict') ? conflict[0] : line));
  assert.deepEqual(have, [...expected, failed, 'data folder | session.link |  | ok'].sort());

  // What the host itself did is in its log, too, with the same names.
  assert.equal((await server.stop()).code, 0);
  const logged = lines(server.err.split('\n').filter(line => line.startsWith('{')).join('\n')).filter(line => line.audit !== undefined);
  const inLog = logged.map(({ who, audit: what, object = '', outcome }) => short({ who, what, object, outcome })).sort();
  assert.deepEqual(inLog, have.filter(line => !line.startsWith(me)));
  const secrets = [PLANTED, token, server.cookie.split('=')[1], server.key, link, client_secret];
  const text = JSON.stringify(all) + JSON.stringify(logged) + (await world.host(['audit'])).out;
  for (const secret of secrets) assert.ok(!text.includes(secret), `the audit has ${secret}`);

  for (const { time } of all) assert.match(time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assert.deepEqual(await audit(world, '--since', '1h'), all);
  const { time } = all.at(-1);
  await sleep(1100);
  assert.deepEqual(await audit(world, '--since', '1s'), [], `nothing since ${time}`);
  assert.deepEqual(await audit(world, '--since', '2026-01-01'), all);
  assert.match((await world.fails(64, ['audit', '--since', 'yesterday'])).message, /neither a duration nor a time/);
}));

test('a flood of refusals gets a few lines and their number, and nothing else is hidden by it', inWorld(async world => {
  const server = await Served.start(world, { session: false });
  for (let i = 0; i < 60; i++) assert.equal((await server.raw('GET', '/api/events')).status, 401);
  const headers = { authorization: `Bearer ${readFileSync(join(world.dataDir, 'serve-token'), 'utf8')}` };
  assert.equal((await server.raw('POST', '/api/session/links', { headers })).status, 201);
  assert.equal((await server.stop()).code, 0);
  const all = await audit(world);
  const refused = all.filter(({ outcome }) => outcome === 'refused: no session');
  assert.ok(refused.length <= 22, `${refused.length} lines`);
  assert.equal(refused.reduce((sum, { left_out = 0, object }) => sum + left_out + (object === '' ? 0 : 1), 0), 60, 'each one is counted');
  assert.equal(all.filter(({ what }) => what === 'session.link').length, 1);
  const { out } = await world.host(['audit']);
  assert.match(out, /\d+ more before it/);
}));
