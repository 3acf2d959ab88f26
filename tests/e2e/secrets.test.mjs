// No token, client secret or API key is anywhere but sealed in the database and on its way to SendPulse. After
// everything a host does was done once, every place is searched for every secret there ever was.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inWorld, shownByProc, until } from './harness.mjs';
import { Served } from './served.mjs';

const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;

// A secret as it is, and in the forms it takes on its way: base64 of it, and percent-encoded.
const forms = secret => [
  secret,
  Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  Buffer.from(secret).toString('hex'),
  encodeURIComponent(secret),
];

function* filesBelow(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}

const secretsOf = async world => {
  const issued = (await world.fake.control('GET', '/tokens')).map(({ value }) => value);
  return [...new Set([...issued, WEBHOOK_SECRET, WEBHOOK_SECRET.slice(6)])];
};

function search(where, content, secrets) {
  for (const secret of secrets)
    for (const form of forms(secret))
      assert.equal(content.indexOf(form), -1, `${where} holds the secret ${secret.slice(0, 8)}...`);
}

const processFiles = pid => ['cmdline', 'environ'].map(name => [`/proc/${pid}/${name}`, shownByProc(pid, name)]);

test('every secret is searched for in outputs, logs, the database, event files and /proc: none is found', inWorld(async world => {
  const proc = [];
  const events = join(world.home, 'events.ndjson');
  const webhook = join(world.home, 'webhook-secret');
  writeFileSync(webhook, WEBHOOK_SECRET, { mode: 0o600 });
  const debug = ['--log-level', 'debug'];

  const app = await world.connect();
  const key = await world.connect({ method: 'key' });
  for (const connection of [app, key])
    for (const trigger of ['mailing_list.created', 'subscriber.added', 'campaign.status_changed'])
      await world.addTrigger(connection, trigger);
  await world.poll(...debug);

  // A host at work, whose token ends, whose service stumbles and whose receiver is not there.
  const host = world.spawn([...debug, 'run', '--interval', '0.2', '--sink', 'stdout', '--sink', `file:${events}`,
    '--sink', 'webhook:http://127.0.0.1:9/hook', '--webhook-secret-file', webhook]);
  let told = '';
  for (const stream of [host.stdout, host.stderr])
    stream.setEncoding('utf8').on('data', chunk => {
      world.output += chunk;
      told += chunk;
    });
  await world.fake.control('POST', '/lists', { name: 'One' });
  await until(() => told.includes('"One"'), 'an event');
  proc.push(...processFiles(host.pid));
  await world.fake.control('POST', '/tokens/revoke', { kind: 'access' });
  await world.fake.control('POST', '/lists', { name: 'Two' });
  await until(() => told.split('"Two"').length > 2, 'an event of both connections after a renewal');
  await world.fault({ path_regex: '.*' }, { status: 500, body: { message: 'oops' } }, 6);
  await world.fault({ path: '/addressbooks' }, { html: true }, 3);
  await world.fake.control('POST', '/lists', { name: 'Three' });
  await until(() => told.split('"Three"').length > 2, 'events after the storm', 60_000);
  const ended = new Promise(resolve => host.on('close', resolve));
  host.kill('SIGTERM');
  assert.equal(await ended, 0);

  // Commands that fail with what they were given, and those that show much.
  const { client_id, client_secret, api_key } = world.fake.credentials;
  await world.host([...debug, 'connect', 'sendpulse', '--method', 'app', '--input', JSON.stringify({ client_id, client_secret })]);
  await world.host([...debug, 'connect', 'sendpulse', '--method', 'key', '--input', JSON.stringify({ api_key })]);
  await world.host([...debug, 'connect', 'sendpulse', '--method', 'app', '--input', '-'], { input: JSON.stringify({ client_id, client_secret, more: client_secret }) });
  await world.host([...debug, 'connect', 'sendpulse', '--method', 'app', '--input', '-'], { input: `{"client_secret": "${client_secret}", oops` });
  for (const args of [['connections'], ['doctor'], ['config', 'show', '--origin'], ['events', 'list'], ['trigger', 'list'],
    ['action', 'run', app.id, 'mailing_list.create', '--input', '{"name":"x"}', '--dry-run'],
    ['action', 'run', key.id, 'api.request', '--input', '{"method":"GET","path":"/addressbooks"}'],
    ['connection', 'test', app.id], ['connection', 'test', key.id]])
    for (const json of [[], ['--json']]) await world.host([...debug, ...json, ...args]);
  // An answer that repeats what it was sent.
  const bearer = (await world.fake.control('GET', '/tokens')).filter(({ kind }) => kind === 'access').at(-1).value;
  await world.fault({ path: '/addressbooks/501001' }, { status: 400, body: { message: `Bad token Bearer ${bearer}`, error_code: 422 } }, 1);
  await world.host([...debug, '--json', 'action', 'run', app.id, 'mailing_list.get', '--input', '{"list_id":501001}']);
  await world.fault({ path: '/addressbooks/501001' }, { status: 400, body: { message: `Bad key ${api_key}`, error_code: 422 } }, 1);
  await world.host([...debug, '--json', 'action', 'run', key.id, 'mailing_list.get', '--input', '{"list_id":501001}']);
  await world.fault({ path: '/oauth/access_token' }, { status: 401, body: { error: 'invalid_client', error_description: `wrong ${client_secret}` } }, 1);
  await world.fake.control('POST', '/tokens/revoke', { kind: 'access' });
  await world.host([...debug, '--json', 'action', 'run', app.id, 'mailing_list.list']);

  const secrets = await secretsOf(world);
  assert.ok(secrets.length >= 6, 'several tokens were issued');
  search('the output', world.output, secrets);
  for (const [name, content] of proc) search(name, content, secrets);
  const files = [...filesBelow(world.dataDir), events];
  assert.ok(files.some(path => path.endsWith('connector.db')));
  for (const path of files) search(path, readFileSync(path), secrets);
  for (const path of filesBelow(world.dataDir)) assert.equal(statSync(path).mode & 0o077, 0, `${path} is for its owner alone`);
}));

test('the database of a host that was killed holds no secret either, nor does its write-ahead log', inWorld(async world => {
  const connection = await world.connect();
  await world.addTrigger(connection, 'mailing_list.created');
  assert.deepEqual(await world.pollOnce(), []);
  const host = world.run('--interval', '0.1');
  await world.fake.control('POST', '/tokens/revoke', { kind: 'access' });
  await world.fake.control('POST', '/lists', { name: 'Behind a new token' });
  await until(() => host.events.length === 1, 'the event');
  await host.kill();
  const names = readdirSync(world.dataDir);
  assert.ok(names.some(name => name.endsWith('-wal')), 'it was killed in the middle');
  const secrets = await secretsOf(world);
  for (const path of filesBelow(world.dataDir)) search(path, readFileSync(path), secrets);
  const action = await world.act(connection, 'mailing_list.list');
  assert.ok(action.output.items.length >= 2, 'and it still opens what is sealed');
}));

test('no page, answer, message or metric of `serve` holds a secret', inWorld(async world => {
  const served = await Served.start(world, { args: ['--interval', '0.5', '--log-level', 'debug'] });
  try {
    const changes = await served.listen();
    const { client_id, client_secret, api_key } = world.fake.credentials;
    const app = { plugin: 'sendpulse', method: 'app', input: { client_id, client_secret } };
    const { connection } = await served.ok('POST', '/api/connections', app);
    const { connection: key } = await served.ok('POST', '/api/connections', { plugin: 'sendpulse', method: 'key', input: { api_key } });
    // Refused with what it was given.
    await served.api('POST', '/api/connections', { ...app, input: { ...app.input, more: client_secret } });
    await served.api('POST', '/api/connections', { ...app, settings: { token_url: client_secret } });
    await served.api('POST', '/api/oauth', { ...app, method: 'oauth' });
    for (const { id } of [connection, key]) {
      await served.ok('POST', '/api/triggers', { connection: id, trigger: 'mailing_list.created' });
      await served.ok('POST', `/api/connections/${id}/actions/mailing_list.create/preview`, { input: { name: 'x' } });
      await served.ok('POST', `/api/connections/${id}/actions/api.request/run`, { input: { method: 'GET', path: '/addressbooks' } });
      await served.ok('POST', `/api/connections/${id}/test`);
    }
    await until(() => new Set(changes.messages.filter(({ event }) => event === 'poll').map(({ data }) => data.trigger)).size === 2, 'both baselines');
    await world.fake.control('POST', '/lists', { name: 'Seen' });
    await until(() => changes.messages.filter(({ event }) => event === 'event').length >= 2, 'both events');
    await world.fake.control('POST', '/tokens/revoke', { kind: 'access' });
    const bearer = (await world.fake.control('GET', '/tokens')).filter(({ kind }) => kind === 'access').at(-1).value;
    await world.fault({ path: '/addressbooks/501001' }, { status: 400, body: { message: `Bad token Bearer ${bearer}`, error_code: 422 } }, 1);
    await served.api('POST', `/api/connections/${connection.id}/actions/mailing_list.get/run`, { input: { list_id: 501001 } });
    for (const path of ['/api/session', '/api/server', '/api/plugins', '/api/plugins/sendpulse', '/api/connections', `/api/connections/${connection.id}`,
      '/api/triggers', '/api/events', '/metrics', '/api/plugins/sendpulse/methods/app/form'])
      await served.ok('GET', path);
    const page = await served.raw('GET', '/', { headers: served.session });
    assert.equal(page.status, 200);
    const secrets = await secretsOf(world);
    search('an answer or the log', world.output, secrets);
    search('the stream of changes', JSON.stringify(changes.messages), secrets);
    search('the page', page.text, secrets);
    for (const [name, content] of processFiles(served.child.pid)) search(name, content, secrets);
    changes.close();
  } finally {
    await served.stop();
  }
}));

test('the access tokens of chatbots, which SendPulse lists with the bots, leave nowhere and are stored nowhere', inWorld(async world => {
  const connection = await world.connect();
  const { output } = await world.act(connection, 'chatbot.list', {}, '--idempotency-key', 'bots');
  assert.ok(output.items.length >= 7);
  assert.match(output.items[0].channel_data.name, /^Shop on/, 'the rest of the channel is told');
  const again = await world.act(connection, 'chatbot.list', {}, '--idempotency-key', 'bots');
  assert.equal(again.replayed, true);
  const raw = await world.act(connection, 'api.request', { method: 'GET', path: '/chatbots/bots' });
  assert.equal(raw.output.body.data[0].id, output.items[0].id);
  await world.ok(['lookup', connection.id, 'all_chatbots', '--input', '{}']);
  for (const path of filesBelow(world.dataDir)) assert.equal(readFileSync(path).indexOf('channel-token-'), -1, path);
  assert.equal(world.output.indexOf('channel-token-'), -1);
}));

test('a host that crashes leaves no core dump, unless that is asked for', inWorld(async world => {
  const folder = join(world.home, 'crashed');
  mkdirSync(folder);
  // Where this user may raise the limit, and the kernel writes dumps into the working directory, it really crashes.
  const crash = async (...args) => {
    const words = [world.program, ...world.globals, ...args, 'run', '--sink', `file:${join(world.home, 'events')}`];
    const child = spawn('/bin/sh', ['-c', 'ulimit -c unlimited 2>/dev/null; grep "^Max core" /proc/self/limits; exec "$0" "$@"', ...words], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: world.home },
    });
    const ended = once(child, 'close');
    let before = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', text => (before += text));
    child.stderr.setEncoding('utf8').on('data', text => (err += text));
    await until(() => err.includes('running'), 'the host to run');
    const limit = text => /^Max core file size\s+(\S+)\s+(\S+)/m.exec(text).slice(1);
    const found = { before: limit(before), host: limit(readFileSync(`/proc/${child.pid}/limits`, 'utf8')) };
    child.kill('SIGSEGV');
    await ended;
    return { ...found, dumps: readdirSync(folder) };
  };
  const usual = await crash();
  assert.deepEqual(usual.host, ['0', '0']);
  assert.deepEqual(usual.dumps, []);
  if (!process.env.CONNECTOR_SANITIZE) {  // the address sanitizer forbids them itself
    const asked = await crash('--core-dumps', 'yes');
    assert.deepEqual(asked.host, asked.before);
    if (readFileSync('/proc/sys/kernel/core_pattern', 'utf8').trim() === 'core' && asked.before[0] === 'unlimited')
      assert.equal(asked.dumps.length, 1);
  }
  await world.fails(64, ['plugins', '--core-dumps', 'perhaps']);
  assert.match((await world.host(['--help'])).out.replace(/\s+/g, ' '), /--core-dumps yes\|no allow core dumps and debuggers; both show the secrets in memory/);
}));
