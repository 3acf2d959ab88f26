// From the outbox to a receiver: what an event looks like, that it arrives at least once under one id and in order, and
// that a receiver, a pipe or a signal that goes wrong costs nothing but time.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { certificates } from '../fake_sendpulse/tls.mjs';
import { inWorld, lines, patience, until } from './harness.mjs';
import { Receiver, SECRET, toWebhook } from './receiver.mjs';

const addList = (world, name) => world.fake.control('POST', '/lists', { name });
const namesOf = events => events.map(({ data }) => data.name);

async function watching(world) {
  const connection = await world.connect({ method: 'key' });
  const trigger = await world.addTrigger(connection, 'mailing_list.created');
  assert.deepEqual(await world.pollOnce(), []);
  return { connection, trigger };
}

const withReceiver = (body, answer) => inWorld(async (world, t) => {
  const receiver = await Receiver.start(answer);
  try {
    await body(world, receiver, t);
  } finally {
    await receiver.close();
  }
});

// ---- standard output and files

test('stdout: one CloudEvent 1.0 a line, and nothing but events', inWorld(async world => {
  const { connection, trigger } = await watching(world);
  await addList(world, 'First new\nline "quoted" 📬');
  await addList(world, 'Second new');
  const result = await world.host(['run', '--once']);
  assert.equal(result.code, 0, result.err);
  assert.ok(result.out.endsWith('\n'));
  const events = lines(result.out);
  assert.equal(events.length, 2);
  for (const event of events) {
    assert.equal(event.specversion, '1.0');
    assert.match(event.id, /^evt_[a-z2-7]{26}$/);
    assert.equal(event.source, `/connections/${connection.id}/triggers/${trigger.id}`);
    assert.equal(event.type, 'com.sendpulse.mailing_list.created.v1');
    assert.equal(event.datacontenttype, 'application/json');
    assert.match(event.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.ok(Math.abs(Date.parse(event.time) - Date.now()) < 60_000);
    assert.notEqual(event.subject, '', 'absent, or something');
    assert.equal(typeof event.data.id, 'number');
    for (const name of Object.keys(event)) assert.match(name, /^[a-z0-9]{1,20}$/, 'a CloudEvents attribute name');
  }
  assert.deepEqual(namesOf(events), ['First new\nline "quoted" 📬', 'Second new']);
  assert.equal(new Set(events.map(({ id }) => id)).size, 2);
}));

test('the type of every event is the one that describe announces', inWorld(async world => {
  const eMail = ['mailing_list.created', 'subscriber.added', 'subscriber.unsubscribed', 'campaign.created',
    'campaign.status_changed', 'campaign.statistics_changed'];
  const described = await world.ok(['describe', 'sendpulse']);
  const triggers = described.triggers.filter(({ id }) => eMail.includes(id));
  const connection = await world.connect({ method: 'key' });
  for (const { id } of triggers) await world.addTrigger(connection, id);
  assert.deepEqual(await world.pollOnce(), []);
  const { id } = await world.fake.control('POST', '/campaigns', { name: 'Fresh', status: 13 });
  await addList(world, 'New');
  await world.fake.control('POST', '/lists/501001/subscribers', { emails: ['new@example.com'] });
  await world.fake.control('POST', '/lists/501001/status', { email: 'ann@example.com', status: 4 });
  const events = await world.pollOnce();
  await world.fake.control('PATCH', `/campaigns/${id}`, { status: 3, statistics: { sent: 5 } });
  events.push(...await world.pollOnce());
  assert.deepEqual([...new Set(events.map(({ type }) => type))].sort(), triggers.map(({ event_type: type }) => type).sort());
}));

test('file: events are appended as lines, also by the next run', inWorld(async world => {
  await watching(world);
  const path = join(world.home, 'events.ndjson');
  for (const name of ['One', 'Two']) {
    await addList(world, name);
    const result = await world.host(['run', '--once', '--sink', `file:${path}`]);
    assert.equal(result.code, 0, result.err);
    assert.equal(result.out, '');
  }
  assert.deepEqual(namesOf(lines(readFileSync(path, 'utf8'))), ['One', 'Two']);
}));

test('file: a path that cannot be written keeps the events; mended, they are delivered', inWorld(async world => {
  await watching(world);
  await addList(world, 'Kept');
  const blocked = await world.host(['run', '--once', '--sink', `file:${world.home}/no/such/dir/events`]);
  assert.notEqual(blocked.code, 0);
  assert.notEqual(blocked.err, '');
  assert.deepEqual(namesOf(await world.pollOnce()), ['Kept']);
}));

test('two sinks: each gets every event', withReceiver(async (world, receiver) => {
  await watching(world);
  await addList(world, 'For both');
  const result = await world.host(['run', '--once', '--sink', 'stdout', ...toWebhook(world, receiver)]);
  assert.equal(result.code, 0, result.err);
  assert.deepEqual(namesOf(lines(result.out)), ['For both']);
  assert.equal(JSON.parse(receiver.calls[0].body).data.name, 'For both');
  const { events } = await world.ok(['events', 'list']);
  assert.equal(events[0].state, 'delivered');
}));

test('a sink that is none is refused with 78 or 64, and says what there is', inWorld(async world => {
  for (const sink of ['nowhere', 'file:', 'webhook:', 'webhook:ftp://x/', 'webhook:http://example.com/', 'webhook:https://u:p@example.com/', 'https://example.com', 'webhook:https://example.com/']) {
    const result = await world.host(['run', '--once', '--sink', sink]);
    assert.ok([64, 78].includes(result.code), `${sink}: ${result.code}`);
    assert.ok(result.err.length > 20);
    assert.ok(!result.err.includes('u:p'));
  }
}));

// ---- webhooks

test('a webhook is a Standard Webhook: the reference library verifies it, and refuses it when a byte differs', withReceiver(async (world, receiver) => {
  await watching(world);
  await addList(world, 'Signed 📬');
  const result = await world.host(['run', '--once', ...toWebhook(world, receiver)]);
  assert.equal(result.code, 0, result.err);
  const [{ method, url, headers, body }] = receiver.calls;
  assert.equal(method, 'POST');
  assert.equal(url, '/hook?key=in-the-url');
  assert.match(headers['content-type'], /^application\/cloudevents\+json/);
  const verified = new Webhook(SECRET).verify(body, headers);
  assert.equal(verified.data.name, 'Signed 📬');
  assert.equal(headers['webhook-id'], verified.id);
  assert.ok(!headers['webhook-id'].includes('.'));
  assert.throws(() => new Webhook(SECRET).verify(body.replace('Signed', 'Forged'), headers));
  assert.throws(() => new Webhook(`whsec_${Buffer.alloc(32, 8).toString('base64')}`).verify(body, headers));
  assert.ok(!world.output.includes('in-the-url'), 'the URL may hold a key: it is not shown');
}));

test('while a secret is being changed both sign', withReceiver(async (world, receiver) => {
  const next = `whsec_${Buffer.alloc(24, 9).toString('base64')}`;
  await watching(world);
  await addList(world, 'Twice signed');
  await world.host(['run', '--once', ...toWebhook(world, receiver, [SECRET, next])]);
  for (const secret of [SECRET, next]) new Webhook(secret).verify(receiver.calls[0].body, receiver.calls[0].headers);
}));

test('over HTTPS with the given authority; without it nothing is sent and the event stays', inWorld(async world => {
  const { caFile, cert, key } = certificates(join(world.home, 'receiver'));
  const receiver = await Receiver.start(undefined, { cert, key });
  try {
    await watching(world);
    await addList(world, 'Sealed');
    const secret = toWebhook(world, receiver).slice(2);
    const sink = ['--sink', `webhook:https://localhost:${receiver.port}/hook`];
    const refused = await world.host(['run', '--once', ...sink, ...secret]);
    assert.match(refused.err, /certificate/);
    assert.equal(receiver.calls.length, 0);
    const both = join(world.home, 'both.pem');
    writeFileSync(both, readFileSync(caFile, 'utf8') + readFileSync(world.fake.caFile, 'utf8'));
    world.caFile = both;
    const host = world.run(...sink, ...secret, '--interval', '1');
    await until(() => receiver.calls.length === 1, 'the event', 30_000);
    await host.stop();
    assert.equal(JSON.parse(receiver.calls[0].body).data.name, 'Sealed');
  } finally {
    await receiver.close();
  }
}));

test('HTTP 500, then 200: the same webhook-id again, signed anew; later events of the trigger wait their turn', withReceiver(async (world, receiver) => {
  await watching(world);
  await addList(world, 'First');
  await addList(world, 'Second');
  const host = world.run('--interval', '5', ...toWebhook(world, receiver));
  await until(() => receiver.calls.length >= 3, 'three calls', 40_000);
  await host.stop();
  assert.equal(receiver.ids[0], receiver.ids[1]);
  assert.notEqual(receiver.ids[1], receiver.ids[2]);
  assert.deepEqual(receiver.calls.slice(1, 3).map(({ body }) => JSON.parse(body).data.name), ['First', 'Second']);
  for (const { body, headers } of receiver.calls) new Webhook(SECRET).verify(body, headers);
  assert.equal(receiver.calls[0].body, receiver.calls[1].body);
  const shown = await world.ok(['events', 'show', receiver.ids[0]]);
  assert.equal(shown.state, 'delivered');
}, (_, response, n) => response.writeHead(n === 1 ? 500 : 200).end()));

test('Retry-After of the receiver is kept', withReceiver(async (world, receiver) => {
  await watching(world);
  await addList(world, 'Later');
  await world.host(['run', '--once', ...toWebhook(world, receiver)]);
  assert.equal(receiver.calls.length, 1);
  const { deliveries } = await world.ok(['events', 'show', receiver.ids[0]]);
  const wait = Date.parse(deliveries[0].next_try) - Date.now();
  assert.ok(wait > 800_000 && wait < 2_000_000, `${wait}`);
}, (_, response) => response.writeHead(503, { 'retry-after': '900' }).end()));

test('HTTP 410 gives the receiver up: nothing more is sent there until a person says so, and nothing is lost', withReceiver(async (world, receiver) => {
  await watching(world);
  for (const name of ['One', 'Two']) await addList(world, name);
  const sink = toWebhook(world, receiver);
  const first = await world.host(['run', '--once', ...sink]);
  assert.match(first.err, /410/);
  assert.equal(first.code, 75);
  assert.equal(receiver.calls.length, 1);
  const second = await world.host(['run', '--once', ...sink]);
  assert.equal(receiver.calls.length, 1, 'given up');
  assert.equal(second.code, 75);
  assert.match(second.err, /this destination is disabled.*410 Gone.*waiting=2.*destination enable webhook:/);
  const host = world.run('--enable-sinks', '--interval', '1', ...sink);
  await until(() => receiver.calls.length >= 3, 'both events');
  await host.stop();
  assert.deepEqual(receiver.calls.slice(1).map(({ body }) => JSON.parse(body).data.name), ['One', 'Two']);
}, (_, response, n) => response.writeHead(n === 1 ? 410 : 204).end()));

test('a redirect is not followed', inWorld(async world => {
  const target = await Receiver.start();
  const receiver = await Receiver.start((_, response) => response.writeHead(307, { location: `http://127.0.0.1:${target.port}/` }).end());
  try {
    await watching(world);
    await addList(world, 'Not moved');
    const result = await world.host(['run', '--once', ...toWebhook(world, receiver)]);
    assert.match(result.err, /redirect/);
    assert.equal(target.calls.length, 0);
    assert.equal(receiver.calls.length, 1);
    const shown = await world.ok(['events', 'show', receiver.ids[0]]);
    assert.equal(shown.state, 'pending');
  } finally {
    await receiver.close();
    await target.close();
  }
}));

test('a slow receiver holds up neither polling nor another sink', withReceiver(async (world, receiver) => {
  await watching(world);
  await addList(world, 'First');
  const host = world.run('--interval', '0.2', '--sink', 'stdout', ...toWebhook(world, receiver));
  await until(() => receiver.calls.length === 1, 'the slow call');
  await addList(world, 'Second');
  await until(() => host.events.length === 2, 'both on stdout while the webhook hangs');
  assert.equal(receiver.calls.length, 1);
  const started = Date.now();
  assert.equal((await host.stop()).code, 0);
  assert.ok(Date.now() - started < patience(20_000));
}, () => {}));

test('replay delivers an event again under the same id', inWorld(async world => {
  await watching(world);
  await addList(world, 'Again');
  const [event] = await world.pollOnce();
  assert.deepEqual(await world.ok(['events', 'replay', event.id]), { id: event.id, replayed: true });
  assert.deepEqual(await world.pollOnce(), [event]);
  assert.deepEqual(await world.pollOnce(), []);
  await world.fails(66, ['events', 'replay', 'evt_absent']);
  await world.fails(66, ['events', 'show', 'evt_absent']);
}));

test('a running host notices replay, release, a new trigger and a removed connection', inWorld(async world => {
  const { connection } = await watching(world);
  await addList(world, 'Twice');
  const host = world.run('--interval', '0.3');
  await until(() => host.events.length === 1, 'the event');
  await world.ok(['events', 'replay', host.events[0].id]);
  await until(() => host.events.length === 2, 'the replay');
  assert.deepEqual(host.events[1], host.events[0]);
  await world.ok(['connection', 'remove', connection.id]);
  await sleep(1500);
  await world.fake.control('DELETE', '/requests');
  await sleep(1500);
  assert.deepEqual(await world.requests(), []);
  assert.equal((await host.stop()).code, 0, host.err);
}));

test('events list pages, filters and shows where an event is', inWorld(async world => {
  const { trigger } = await watching(world);
  for (let i = 0; i < 5; ++i) await addList(world, `List ${i}`);
  await world.pollOnce();
  const first = await world.ok(['events', 'list', '--oldest-first', '--limit', '3']);
  assert.deepEqual(namesOf(first.events), ['List 0', 'List 1', 'List 2']);
  const rest = await world.ok(['events', 'list', '--oldest-first', '--limit', '3', '--after', String(first.next_after)]);
  assert.deepEqual(namesOf(rest.events), ['List 3', 'List 4']);
  assert.equal((await world.ok(['events', 'list', '--state', 'pending'])).events.length, 0);
  assert.equal((await world.ok(['events', 'list', '--trigger', trigger.id])).events.length, 5);
  const shown = await world.ok(['events', 'show', first.events[0].id]);
  assert.equal(shown.cloud_event.id, first.events[0].id);
  assert.equal(shown.deliveries[0]?.state ?? shown.state, 'delivered');
}));

// ---- pipes and signals

test('the reader of stdout goes away: a clean end; what was not delivered stays and comes with the next run', inWorld(async world => {
  await watching(world);
  const child = world.spawn(['run', '--interval', '0.2']);
  let err = '';
  child.stderr.setEncoding('utf8').on('data', chunk => (err += chunk));
  const closed = once(child, 'close');
  await addList(world, 'Read');
  const [chunk] = await once(child.stdout, 'data');
  assert.match(String(chunk), /Read/);
  child.stdout.destroy();
  await addList(world, 'Unread');
  const [code, signal] = await closed;
  assert.deepEqual([code, signal], [0, null], err);
  assert.deepEqual(namesOf(await world.pollOnce()), ['Unread']);
}));

test('a command whose output nobody reads ends quietly', inWorld(async world => {
  const child = world.spawn(['describe', 'sendpulse', '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  const [, signal] = await once(child, 'close');
  assert.equal(signal, null);
}));

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']) {
  test(`${signal} during a poll and during a delivery: ends with 0 within 10 s, and nothing is lost`, withReceiver(async (world, receiver) => {
    await watching(world);
    await addList(world, 'In delivery');
    const host = world.run('--interval', '0.2', ...toWebhook(world, receiver));
    await until(() => receiver.calls.length === 1, 'a delivery under way');
    await world.fault({ path: '/addressbooks' }, { delay_ms: 15_000 }, -1);
    await until(async () => (await world.fake.control('GET', '/faults'))[0].hits > 0, 'a poll under way');
    const started = Date.now();
    host.child.kill(signal);
    const [code, by] = await host.ended;
    assert.deepEqual([code, by], [0, null], host.err);
    // 10 s are promised; a machine that is busy with other things may take longer to notice.
    assert.ok(Date.now() - started < patience(20_000), `${Date.now() - started} ms`);
    await world.healed();
    await addList(world, 'Next');
    assert.deepEqual(namesOf(await world.pollOnce()), ['Next']);
    const again = world.run('--interval', '5', ...toWebhook(world, receiver));
    await until(() => receiver.calls.length === 2, 'the delivery again');
    await again.kill();
    assert.equal(receiver.ids[0], receiver.ids[1]);
  }, () => {}));
}

test('a second signal ends it at once', withReceiver(async (world, receiver) => {
  await watching(world);
  await addList(world, 'In delivery');
  const host = world.run('--interval', '0.2', ...toWebhook(world, receiver));
  await until(() => receiver.calls.length === 1, 'a delivery under way');
  host.child.kill('SIGTERM');
  await until(() => host.err.includes('SIGTERM'), 'the first signal to be seen');
  host.child.kill('SIGTERM');
  const [code] = await host.ended;
  assert.ok(code === 143 || code === 0, `${code}`);
  const again = world.run('--interval', '5', ...toWebhook(world, receiver));
  await until(() => receiver.calls.length === 2, 'the delivery again');
  await again.kill();
  assert.equal(receiver.ids[0], receiver.ids[1]);
}, () => {}));

test('two hosts on one data directory: the second ends with 75 and names the first; commands work beside it', inWorld(async world => {
  const { connection } = await watching(world);
  const host = world.run('--interval', '0.3');
  await until(() => host.err.includes('running'), 'the first host');
  const second = await world.host(['run', '--once']);
  assert.equal(second.code, 75);
  assert.match(second.err, new RegExp(`process ${host.child.pid}\\b`));
  const beside = await world.act(connection, 'mailing_list.list');
  assert.equal(beside.output.items.length, 2);
  const doctor = await world.ok(['doctor']);
  assert.match(JSON.stringify(doctor.checks), new RegExp(String(host.child.pid)));
  await host.kill();
  await addList(world, 'After the first');
  assert.deepEqual(namesOf(await world.pollOnce()), ['After the first']);
}));

test('logs are lines of JSON when asked for, on standard error only', inWorld(async world => {
  await watching(world);
  await addList(world, 'Logged');
  const result = await world.host(['--log-format', 'json', '--log-level', 'debug', 'run', '--once']);
  assert.equal(result.code, 0);
  assert.equal(lines(result.out).length, 1);
  const logged = lines(result.err);
  assert.ok(logged.length >= 3);
  for (const line of logged) assert.ok(line.level && (line.message ?? line.msg), JSON.stringify(line));
  assert.ok(logged.some(line => line.trigger && line.conn));
  const quiet = await world.host(['--log-level', 'off', 'run', '--once']);
  assert.equal(quiet.err, '');
}));

test('events survive a change of sinks, and stay in the file that was given first', inWorld(async world => {
  await watching(world);
  await addList(world, 'Once');
  const path = join(world.home, 'a.ndjson');
  await world.host(['run', '--once', '--sink', `file:${path}`]);
  assert.ok(existsSync(path));
  assert.deepEqual(await world.pollOnce(), [], 'a sink named later gets what comes later');
}));

test('delivered events are kept for --keep-days, and what waits for a person stays', inWorld(async world => {
  const { trigger } = await watching(world);
  await addList(world, 'Old');
  await world.pollOnce();
  await world.fake.control('POST', '/apply', Array.from({ length: 101 }, (_, i) => ({ method: 'POST', path: '/lists', body: { name: `Held ${i}` } })));
  await world.pollOnce();
  const kept = async () => (await world.ok(['events', 'list', '--limit', '500'])).events.map(({ state }) => state);
  assert.equal((await kept()).length, 102);
  await world.host(['run', '--once']);
  assert.equal((await kept()).length, 102, 'a month is the default');
  await world.host(['run', '--once', '--keep-days', '0']);
  assert.equal((await kept()).length, 102, '0 is for ever');
  await world.host(['run', '--once', '--keep-days', '0.0000001']);
  assert.deepEqual([...new Set(await kept())], ['held']);
  assert.equal((await world.ok(['events', 'release', trigger.id])).released, 101);
}));
