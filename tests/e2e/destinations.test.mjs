// A backlog stays where it is: events wait for the destination they were recorded for, whatever other runs name, until
// it has them or a person forgets it. And a destination that gets nothing is said, at every start.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { inWorld, lines, until } from './harness.mjs';
import { Receiver, toWebhook } from './receiver.mjs';
import { Served } from './served.mjs';

const addList = (world, name) => world.fake.control('POST', '/lists', { name });
const namesOf = events => events.map(({ data }) => data.name);
const namesAt = receiver => receiver.calls.map(({ body }) => JSON.parse(body).data.name);
const FIVE = ['One', 'Two', 'Three', 'Four', 'Five'];

async function watching(world) {
  const connection = await world.connect({ method: 'key' });
  const trigger = await world.addTrigger(connection, 'mailing_list.created');
  assert.deepEqual(await world.pollOnce(), []);
  return { connection, trigger };
}

// `receiver.status` is what it answers.
const withReceiver = (body, status = 503) => inWorld(async (world, t) => {
  const receiver = await Receiver.start((_, response) => response.writeHead(receiver.status).end());
  receiver.status = status;
  try {
    await body(world, receiver, t);
  } finally {
    await receiver.close();
  }
});

// Five events that the webhook does not take. The first one is tried, the others wait behind it.
async function backlog(world, receiver) {
  const watched = await watching(world);
  for (const name of FIVE) await addList(world, name);
  const refused = await world.host(['run', '--once', ...toWebhook(world, receiver)]);
  assert.equal(refused.code, 75, refused.err);
  assert.equal(receiver.calls.length, 1);
  receiver.calls.length = 0;
  return watched;
}

const destinations = async world => (await world.ok(['destination', 'list'])).destinations;
const waitingFor = async (world, kind) => (await destinations(world)).find(({ destination }) => destination.startsWith(kind));

async function delivered(world, receiver, names) {
  receiver.status = 204;
  // What was refused waits for its time; a person can ask for it at once.
  for (const { id } of (await world.ok(['events', 'list', '--state', 'pending'])).events) await world.ok(['events', 'replay', id]);
  const result = await world.host(['run', '--once', ...toWebhook(world, receiver)]);
  assert.equal(result.code, 0, result.err);
  assert.deepEqual(namesAt(receiver), names);
  assert.equal((await world.ok(['events', 'list', '--state', 'pending'])).events.length, 0);
}

test('a run that names no destination prints what is new, and leaves the backlog of the webhook alone', withReceiver(async (world, receiver) => {
  await backlog(world, receiver);
  await addList(world, 'Found meanwhile');
  const look = await world.host(['run', '--once']);
  assert.equal(look.code, 0, look.err);
  assert.deepEqual(namesOf(lines(look.out)), ['Found meanwhile']);
  assert.match(look.err, /warn.*waiting for a destination that this run does not use.*waiting=5/);
  assert.ok(!look.err.includes('in-the-url'));
  const { waiting, named, disabled, destination } = await waitingFor(world, 'webhook:');
  assert.deepEqual([waiting, named, disabled], [5, false, false]);
  assert.ok(!destination.includes('in-the-url'), destination);
  const { checks } = await world.ok(['doctor']);
  const check = checks.find(({ name }) => name === `destination ${destination}`);
  assert.equal(check.status, 'warn');
  assert.match(check.found, /5 events are waiting/);
  await delivered(world, receiver, FIVE);
  assert.equal((await waitingFor(world, 'webhook:')).waiting, 0);
  assert.deepEqual(namesOf(await world.pollOnce()), [], 'and nothing is left for standard output');
}));

test('serve without --sink leaves it alone, and shows it', withReceiver(async (world, receiver) => {
  await backlog(world, receiver);
  const server = await Served.start(world, { args: ['--interval', '0.2'] });
  await addList(world, 'Found meanwhile');
  await until(async () => (await server.ok('GET', '/api/events?state=delivered')).events.length === 1, 'the new event');
  const { sinks, unnamed_sinks: unnamed } = await server.ok('GET', '/api/server');
  assert.deepEqual(sinks.map(({ sink }) => sink), ['stdout']);
  assert.deepEqual(unnamed.map(({ waiting, on_hold, disabled }) => ({ waiting, on_hold, disabled })), [{ waiting: 5, on_hold: 0, disabled: false }]);
  const metrics = (await server.api('GET', '/metrics')).text;
  assert.match(metrics, /connector_unnamed_outbox_depth\{sink="webhook"\} 5/);
  await server.stop();
  await delivered(world, receiver, FIVE);
}));

test('one of two sinks left out for a run: it gets its backlog when it is named again, and the other went on', withReceiver(async (world, receiver) => {
  await watching(world);
  const path = join(world.home, 'events.ndjson');
  const file = ['--sink', `file:${path}`];
  await addList(world, 'Both');
  assert.equal((await world.host(['run', '--once', ...file, ...toWebhook(world, receiver)])).code, 75, 'partly delivered');
  await addList(world, 'Only the file');
  assert.equal((await world.host(['run', '--once', ...file])).code, 0);
  assert.deepEqual(namesOf(lines(readFileSync(path, 'utf8'))), ['Both', 'Only the file']);
  receiver.calls.length = 0;
  await delivered(world, receiver, ['Both']);
}));

test('a file is the same destination however its path is spelled, and a webhook with another secret', withReceiver(async (world, receiver) => {
  await backlog(world, receiver);
  receiver.status = 204;
  for (const { id } of (await world.ok(['events', 'list', '--state', 'pending'])).events) await world.ok(['events', 'replay', id]);
  const other = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
  assert.equal((await world.host(['run', '--once', ...toWebhook(world, receiver, [other])])).code, 0);
  assert.deepEqual(namesAt(receiver), FIVE);
  mkdirSync(join(world.home, 'folder'));
  for (const path of ['folder/events', './folder/../folder//events', join(world.home, 'folder/events')]) {
    const child = ['run', '--once', '--sink', `file:${path.startsWith('/') ? path : `${world.home}/${path}`}`];
    assert.equal((await world.host(child)).code, 0);
  }
  const names = (await destinations(world)).map(({ destination }) => destination);
  assert.deepEqual(names.filter(name => name.startsWith('file:')), [`file:${join(world.home, 'folder/events')}`]);
}));

test('events on hold go to the destination they were recorded for', withReceiver(async (world, receiver) => {
  const { trigger } = await watching(world);
  receiver.status = 204;
  await world.fake.control('POST', '/apply', Array.from({ length: 101 }, (_, i) => ({ method: 'POST', path: '/lists', body: { name: `Held ${i}` } })));
  assert.equal((await world.host(['run', '--once', ...toWebhook(world, receiver)])).code, 0);
  assert.deepEqual(await world.pollOnce(), []);
  assert.equal((await waitingFor(world, 'webhook:')).on_hold, 101);
  assert.equal((await world.ok(['events', 'release', trigger.id])).released, 101);
  assert.deepEqual(await world.pollOnce(), []);
  assert.equal((await world.host(['run', '--once', ...toWebhook(world, receiver)])).code, 0);
  assert.equal(receiver.calls.length, 101);
}));

test('what still waits for a destination is not pruned', withReceiver(async (world, receiver) => {
  await backlog(world, receiver);
  await world.host(['run', '--once', '--keep-days', '0.0000001']);
  await world.host(['run', '--once', '--keep-days', '0.0000001']);
  assert.equal((await world.ok(['events', 'list', '--state', 'pending'])).events.length, 5);
  await delivered(world, receiver, FIVE);
}));

test('only a person forgets a destination, and is told what that costs', withReceiver(async (world, receiver) => {
  await backlog(world, receiver);
  const { destination } = await waitingFor(world, 'webhook:');
  const refused = await world.fails(64, ['destination', 'forget', destination]);
  assert.match(refused.message, /5 events/);
  assert.match(refused.advice, /--discard/);
  assert.equal((await waitingFor(world, 'webhook:')).waiting, 5);
  await world.fails(66, ['destination', 'forget', 'webhook:https://example.com/other']);
  const host = world.run('--interval', '5', ...toWebhook(world, receiver));
  await until(() => host.err.includes('info running'), 'the host');
  await world.fails(75, ['destination', 'forget', destination, '--discard']);
  await host.stop();
  // By the address as in --sink; it is not repeated.
  const forgotten = await world.host(['destination', 'forget', receiver.sink, '--discard']);
  assert.equal(forgotten.code, 0, forgotten.err);
  assert.match(forgotten.out, /5 events were discarded/);
  assert.ok(!(forgotten.out + forgotten.err).includes('in-the-url'));
  assert.deepEqual((await destinations(world)).filter(({ waiting }) => waiting > 0), []);
  const states = (await world.ok(['events', 'list'])).events.map(({ state }) => state);
  assert.deepEqual([...new Set(states)], ['discarded']);
  const quiet = await world.host(['run', '--once']);
  assert.ok(!quiet.err.includes('does not use'), quiet.err);
}));

test('HTTP 410 is said at every start, by doctor and by the API, until a person enables the destination', withReceiver(async (world, receiver) => {
  await watching(world);
  await addList(world, 'Gone');
  const sink = toWebhook(world, receiver);
  assert.equal((await world.host(['run', '--once', ...sink])).code, 75);
  const { destination, disabled, waiting, reason } = await waitingFor(world, 'webhook:');
  assert.deepEqual([disabled, waiting], [true, 1]);
  assert.match(reason, /410 Gone/);
  for (let i = 0; i < 2; ++i) {
    const again = await world.host(['run', '--once', ...sink]);
    assert.equal(again.code, 75);
    assert.match(again.err, /warn.*this destination is disabled.*410 Gone/);
  }
  assert.equal(receiver.calls.length, 1);
  const doctor = await world.host(['--json', 'doctor']);
  assert.equal(doctor.code, 69);
  const check = doctor.json.checks.find(({ name }) => name === `destination ${destination}`);
  assert.equal(check.status, 'fail');
  assert.ok(check.advice.includes(`connector-host destination enable ${destination}`), check.advice);
  const server = await Served.start(world, { args: ['--interval', '0.2', ...sink] });
  const shown = await until(async () => (await server.ok('GET', '/api/server')).sinks.find(one => one.disabled), 'it to be shown');
  assert.match(shown.reason, /410 Gone/);
  assert.equal(shown.waiting, 1);
  assert.match((await server.api('GET', '/metrics')).text, /connector_sinks_disabled\{sink="webhook"\} 1/);
  receiver.status = 204;
  await world.ok(['destination', 'enable', destination]);
  await until(() => receiver.calls.length === 2, 'the running host to notice');
  await until(async () => !(await server.ok('GET', '/api/server')).sinks[0].disabled, 'it to be shown');
  await server.stop();
  assert.equal((await world.host(['run', '--once', ...sink])).code, 0);
}, 410));

test('run --once ends with 75 when a destination lacks an event, also one that waits for its next try', withReceiver(async (world, receiver) => {
  await watching(world);
  const run = (...more) => world.host(['run', '--once', ...toWebhook(world, receiver), ...more]);
  assert.equal((await run()).code, 0, 'nothing to deliver');
  await addList(world, 'Refused');
  assert.equal((await run()).code, 75);
  assert.equal((await run()).code, 75);
  assert.equal(receiver.calls.length, 1, 'its next try is not due');
  receiver.status = 204;
  const [{ id }] = (await world.ok(['events', 'list'])).events;
  await world.ok(['events', 'replay', id]);
  assert.equal((await run()).code, 0);
  const help = (await world.host(['run', '--help'])).out.replace(/\s+/g, ' ');
  assert.match(help, /exit code 75: a poll failed, or events are still waiting for a destination of this run/);
}));

test('on a terminal no text of the service steers it: events, commands, errors and log lines', inWorld(async world => {
  const { connection } = await watching(world);
  // U+009B is "ESC [" in one character, U+202E turns the direction of the text.
  const name = 'Spring\u009b2J\u202e\u001b]0;pwned\u0007';
  await addList(world, name);
  const atTerminal = async args => {
    const words = [world.program, ...world.globals, ...args];
    const child = spawn('script', ['-qfec', words.map(word => `'${word}'`).join(' '), '/dev/null'], {
      env: { PATH: process.env.PATH, HOME: world.home, TERM: 'xterm', LANG: 'C.UTF-8' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let shown = '';
    child.stdout.setEncoding('utf8').on('data', text => (shown += text));
    await once(child, 'close');
    const steering = shown.replace(/\u001b\[\d*(;\d+)?m/g, '').match(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g) ?? [];
    assert.deepEqual(steering.filter(each => each !== '\r'), [], JSON.stringify(shown));
    assert.match(shown, /Spring|spring/, `${args.join(' ')}: ${shown}`);
    return shown;
  };
  const printed = await atTerminal(['run', '--once', '--sink', 'stdout']);
  assert.deepEqual(lines(/^\{.*$/m.exec(printed)[0]).map(({ data }) => data.name), [name], 'the event is the same');
  await atTerminal(['action', 'run', connection.id, 'mailing_list.list', '--input', '{}']);
  await atTerminal(['--json', 'action', 'run', connection.id, 'mailing_list.list', '--input', '{}']);
  const [{ id }] = (await world.ok(['events', 'list'])).events;
  await atTerminal(['events', 'show', id]);
  await world.fault({ path_regex: '^/addressbooks' }, { status: 400, body: { error_code: 400, message: name } }, -1);
  await atTerminal(['action', 'run', connection.id, 'mailing_list.list', '--input', '{}']);
  for (const format of ['text', 'json']) await atTerminal(['--log-format', format, 'run', '--once', '--sink', 'stdout']);
}));

test('one policy for all traffic: the proxy of the settings, never that of the environment', inWorld(async world => {
  const proxyOf = async () => {
    const asked = [];
    const server = http.createServer((_, response) => response.writeHead(502).end());
    server.on('connect', (request, socket, head) => {
      asked.push(request.url);
      const [, port] = request.url.split(':');
      if (!request.url.startsWith('127.0.0.1:')) return socket.end('HTTP/1.1 502 Not here\r\n\r\n');
      const through = net.connect(Number(port), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        through.write(head);
        through.pipe(socket).pipe(through);
      });
      for (const end of [socket, through]) end.on('error', () => {});
      return undefined;
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { asked, url: `http://127.0.0.1:${server.address().port}`, close: () => (server.closeAllConnections(), server.close()) };
  };
  const ours = await proxyOf();
  const theirs = await proxyOf();
  const secret = join(world.home, 'webhook-secret');
  writeFileSync(secret, `whsec_${Buffer.alloc(32, 1).toString('base64')}`, { mode: 0o600 });
  const webhook = ['--sink', 'webhook:https://hooks.invalid/x', '--webhook-secret-file', secret];
  try {
    for (const name of ['http_proxy', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY']) world.env[name] = theirs.url;
    const { connection } = await watching(world);
    await addList(world, 'One');
    assert.equal((await world.host(['run', '--once', ...webhook])).code, 75);
    assert.deepEqual(theirs.asked, [], 'the environment decides nothing');
    // The other way round: who sets no_proxy cannot lead anything around the proxy of the settings.
    world.env = { no_proxy: '*', NO_PROXY: '*', CONNECTOR_PROXY: ours.url };
    await world.ok(['connection', 'test', connection.id]);
    await addList(world, 'Two');
    for (const { id } of (await world.ok(['events', 'list', '--state', 'pending'])).events) await world.ok(['events', 'replay', id]);
    assert.equal((await world.host(['run', '--once', ...webhook])).code, 75);
    const api = ours.asked.filter(each => each === `127.0.0.1:${world.fake.port}`).length;
    assert.ok(api >= 2, JSON.stringify(ours.asked));
    assert.ok(ours.asked.includes('hooks.invalid:443'), JSON.stringify(ours.asked));
    ours.asked.length = 0;
    for (const { id } of (await world.ok(['events', 'list', '--state', 'pending'])).events) await world.ok(['events', 'replay', id]);
    assert.equal((await world.host(['--no-proxy', 'hooks.invalid', '--no-proxy', 'api.sendpulse.com', 'run', '--once', ...webhook])).code, 75);
    assert.deepEqual(ours.asked, []);
  } finally {
    ours.close();
    theirs.close();
  }
}));
