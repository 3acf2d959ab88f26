// The first ten minutes: what is installed, what it offers, connecting an account, and every way that can go wrong.

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BUILD, inWorld } from './harness.mjs';

const input = value => ({ input: JSON.stringify(value) });
const connect = (method, ...more) => ['connect', 'sendpulse', '--method', method, ...more];

test('plugins lists what is installed, and where it was looked for', inWorld(async world => {
  const { plugins, problems, searched } = await world.ok(['plugins']);
  const sendpulse = plugins.find(({ id }) => id === 'sendpulse');
  assert.equal(sendpulse.title, 'SendPulse');
  assert.deepEqual(sendpulse.auth, ['oauth', 'app', 'key']);
  assert.match(sendpulse.sha256, /^[0-9a-f]{64}$/);
  assert.deepEqual(problems, []);
  assert.equal(searched[0], world.plugins);
  const text = await world.host(['plugins']);
  assert.equal(text.code, 0);
  assert.match(text.out, /sendpulse .*SendPulse: \d+ triggers, \d+ actions/);
}));

test('describe shows what a form can be built from, and a person reads it without --json', inWorld(async world => {
  const described = await world.ok(['describe', 'sendpulse']);
  assert.deepEqual(described.auth.methods.map(({ type }) => type), [
    'oauth2_authorization_code',
    'oauth2_client_credentials',
    'static_bearer',
  ]);
  for (const trigger of described.triggers) {
    assert.equal(trigger.type, 'poll');
    // Every five minutes, each of them: a person may choose a longer interval, the descriptor does not choose it for them.
    assert.equal(trigger.interval_s, 300, trigger.id);
    assert.ok(trigger.sample && trigger.output && trigger.input, trigger.id);
  }
  const secret = described.auth.methods[1].input.$defs.client_secret;
  assert.equal(secret.writeOnly, true);
  const text = await world.host(['describe', 'sendpulse']);
  assert.equal(text.code, 0);
  for (const { id } of [...described.triggers, ...described.actions, ...described.limitations])
    assert.ok(text.out.includes(id), `${id} is not in the text`);
}));

test('validate accepts the shipped plugin, as a folder and as a manifest', inWorld(async world => {
  for (const path of [join(BUILD, 'plugins/sendpulse'), join(BUILD, 'plugins/sendpulse/sendpulse.yaml')]) {
    const result = await world.host(['validate', path]);
    assert.equal(result.code, 0, result.out + result.err);
  }
}));

test('a truncated manifest ends validate with 65 and names the line', inWorld(async world => {
  const path = join(world.home, 'half.yaml');
  writeFileSync(path, 'id: half\ntitle: "Half\n');
  const result = await world.host(['validate', path]);
  assert.equal(result.code, 65);
  assert.match(result.out + result.err, /half\.yaml:\d+/);
  assert.equal((await world.host(['validate', join(world.home, 'absent.yaml')])).code, 66);
}));

test('a duplicate key, an anchor bomb, deep nesting and a huge scalar are refused', inWorld(async world => {
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x,x]'];
  for (let i = 1; i < 10; ++i)
    bomb.push(`b${i}: &b${i} [${Array(10).fill(i === 1 ? '*a' : `*b${i - 1}`).join(',')}]`);
  const wrong = {
    twice: 'id: one\nid: two\n',
    bomb: bomb.join('\n'),
    deep: `a: ${'['.repeat(20_000)}${']'.repeat(20_000)}`,
    huge: `a: "${'x'.repeat(10 << 20)}"`,
  };
  for (const [name, text] of Object.entries(wrong)) {
    const path = join(world.home, `${name}.yaml`);
    writeFileSync(path, text);
    const result = await world.host(['validate', path]);
    assert.equal(result.code, 65, `${name}: ${result.code} ${result.out.slice(0, 400)}${result.err.slice(0, 400)}`);
    assert.ok((result.out + result.err).includes(`${name}.yaml`), name);
  }
}));

test('app: connecting saves the account under its email address, with the time its token ends', inWorld(async world => {
  const connection = await world.connect();
  assert.equal(connection.label, 'ivy@maple-thread.example');
  assert.equal(connection.state, 'ok');
  assert.ok(Date.parse(connection.token_expires_at) > Date.now() + 3_000_000);
  const { connections } = await world.ok(['connections']);
  assert.equal(connections.length, 1);
  assert.equal(connections[0].id, connection.id);
  assert.equal(connections[0].triggers, 0);
}));

test('key: connecting with an API key asks for no token', inWorld(async world => {
  const connection = await world.connect({ method: 'key' });
  assert.equal(connection.label, 'ivy@maple-thread.example');
  assert.equal(connection.token_expires_at, undefined);
  const { tokens } = await world.fake.control('GET', '/tokens');
  assert.deepEqual(tokens?.filter(({ kind }) => kind === 'access') ?? [], []);
  const list = await world.act(connection, 'mailing_list.list');
  assert.equal(list.output.items.length, 2);
}));

test('oauth: what belongs to another way to sign in is refused before a browser opens', inWorld(async world => {
  const error = await world.fails(65, connect('oauth', '--no-browser', '--input', '-'), input(world.fake.credentials));
  assert.deepEqual(error.details.map(problem => problem.pointer), ['/api_key']);
}));

test('without --method the choices are named', inWorld(async world => {
  const error = await world.fails(64, ['connect', 'sendpulse', '--input', '-'], input({}));
  assert.match(error.advice, /--method app or --method key/);
}));

test('wrong credentials: nothing is saved, and the sentence says whose fault it is', inWorld(async world => {
  const { client_id } = world.fake.credentials;
  const app = await world.host(['--json', ...connect('app', '--input', '-')], input({ client_id, client_secret: 'wrong-secret' }));
  assert.ok([77, 78].includes(app.code), app.out);
  assert.match(app.json.error.message, /^Nothing was saved/);
  assert.match(app.json.error.message, /client id or the client secret/);
  const key = await world.fails(77, connect('key', '--input', '-'), input({ api_key: 'sp_apikey_wrong_wrong' }));
  assert.match(key.message, /^Nothing was saved/);
  assert.deepEqual((await world.ok(['connections'])).connections, []);
  assert.ok(!world.output.includes('wrong-secret') && !world.output.includes('sp_apikey_wrong_wrong'));
}));

test('a service that is down at sign-in: 69 and nothing saved', inWorld(async world => {
  await world.fault({ path_regex: '.*' }, { status: 503 }, -1);
  const error = await world.fails(69, connect('app', '--input', '-'), input(pair(world)));
  assert.match(error.message, /^Nothing was saved/);
  assert.deepEqual((await world.ok(['connections'])).connections, []);
}));

test('a certificate nobody vouches for is refused: no credentials are sent', inWorld(async world => {
  const globals = world.globals.filter((word, i, all) => word !== '--ca-file' && all[i - 1] !== '--ca-file');
  const error = await world.fails(69, connect('app', '--input', '-'), { ...input(pair(world)), globals });
  assert.match(error.message, /certificate|TLS/i);
  assert.deepEqual((await world.requests()).filter(({ status }) => status !== null), []);
}));

const pair = ({ fake: { credentials } }) => ({
  client_id: credentials.client_id,
  client_secret: credentials.client_secret,
});

test('a secret as an argument is refused before anything is sent, and not repeated', inWorld(async world => {
  for (const [method, given] of [['app', pair(world)], ['key', { api_key: world.fake.credentials.api_key }]]) {
    const error = await world.fails(65, connect(method, '--input', JSON.stringify(given)));
    assert.match(error.message, /command line/);
    assert.match(error.message, /standard input/);
    assert.match(error.details[0].pointer, /^\/(client_secret|api_key)$/);
  }
  for (const secret of [world.fake.credentials.client_secret, world.fake.credentials.api_key])
    assert.ok(!world.output.includes(secret));
  assert.deepEqual(await world.requests(), []);
}));

test('a secret may come from standard input or a file, alone or with the whole input', inWorld(async world => {
  const { client_id, client_secret } = world.fake.credentials;
  const file = join(world.home, 'secret.txt');
  writeFileSync(file, `${client_secret}\n`, { mode: 0o600 });
  const whole = join(world.home, 'whole.json');
  writeFileSync(whole, JSON.stringify({ client_id, client_secret }), { mode: 0o600 });
  await world.ok(connect('app', '--input', JSON.stringify({ client_id, client_secret: `@${file}` })));
  await world.ok(connect('app', '--input', JSON.stringify({ client_id, client_secret: '-' })), { input: client_secret });
  await world.ok(connect('app', '--input', `@${whole}`));
  assert.equal((await world.ok(['connections'])).connections.length, 3);
  const absent = await world.fails(65, connect('app', '--input', JSON.stringify({ client_id, client_secret: '@/none' })));
  assert.match(absent.message, /\/none/);
}));

test('a file with a secret that others may read is refused before anything is sent, wherever it is named', inWorld(async world => {
  const { client_id, client_secret } = world.fake.credentials;
  const file = join(world.home, 'secret.txt');
  writeFileSync(file, client_secret);
  chmodSync(file, 0o644);
  const refused = await world.fails(65, connect('app', '--input', JSON.stringify({ client_id, client_secret: `@${file}` })));
  assert.ok(refused.message.includes(`chmod 600 ${file}`), refused.message);
  writeFileSync(file, `whsec_${Buffer.alloc(32, 1).toString('base64')}\n`);
  const webhook = ['run', '--once', '--sink', 'webhook:http://127.0.0.1:9/', '--webhook-secret-file', file];
  const open = await world.fails(78, webhook);
  assert.ok(open.message.includes(`chmod 600 ${file}`), open.message);
  chmodSync(file, 0o600);
  assert.equal((await world.host(webhook)).code, 0);
  assert.deepEqual(await world.requests(), []);
}));

test('every problem of a sign-in input is named at once, by JSON Pointer', inWorld(async world => {
  const error = await world.fails(65, connect('app', '--input', '-'), input({ client_id: '', extra: 1 }));
  const pointers = error.details.map(({ pointer }) => pointer).sort();
  assert.ok(pointers.includes('/client_id') && pointers.length >= 3, JSON.stringify(error.details));
  for (const text of ['', '[]', '{', 'nonsense', '{"a":1} x', '\u0000'])
    assert.equal((await world.host(connect('app', '--input', '-'), { input: text })).code, 65, JSON.stringify(text));
}));

test('connection test says whose account it is, heals its label, and fails when the access is gone', inWorld(async world => {
  const connection = await world.connect({ method: 'key' });
  const { client_id } = world.fake.credentials;
  await world.fake.control('PATCH', `/accounts/${client_id}`, { email: 'new@maple-thread.example' });
  const tested = await world.ok(['connection', 'test', connection.id]);
  assert.equal(tested.label, 'new@maple-thread.example');
  assert.equal(tested.account.email, 'new@maple-thread.example');
  await world.fake.control('PATCH', `/accounts/${client_id}`, { api_keys: [] });
  const error = await world.fails(69, ['connection', 'test', connection.id]);
  assert.equal(error.class, 'unavailable');
  assert.match(error.message, /refuses this key/);
  await world.fake.control('PATCH', `/accounts/${client_id}`, { api_keys: ['sp_apikey_second_one'] });
  const again = await world.ok(['connection', 'reauthorize', connection.id, '--input', '-'], input({ api_key: 'sp_apikey_second_one' }));
  assert.equal(again.state, 'ok');
  await world.ok(['connection', 'test', connection.id]);
}));

test('connection reauthorize refuses the credentials of another account', inWorld(async world => {
  const connection = await world.connect();
  await world.fake.control('POST', '/accounts', { client_id: 'other', client_secret: 'other-secret', email: 'other@example.com' });
  const error = await world.fails(73, ['connection', 'reauthorize', connection.id, '--input', '-'],
    input({ client_id: 'other', client_secret: 'other-secret' }));
  assert.match(error.message, /other@example\.com/);
  assert.equal((await world.connection(connection)).label, 'ivy@maple-thread.example');
  await world.ok(['connection', 'test', connection.id]);
}));

test('a connection is named by id, by the beginning of its id, or by its account', inWorld(async world => {
  const connection = await world.connect();
  for (const name of [connection.id, connection.id.slice(0, 10), connection.label])
    assert.equal((await world.ok(['connection', 'test', name])).id, connection.id, name);
  await world.connect({ method: 'key' });
  const error = await world.fails(64, ['connection', 'test', connection.label]);
  assert.match(error.message, /More than one/);
}));

test('connection remove forgets the connection and its triggers', inWorld(async world => {
  const connection = await world.connect();
  const trigger = await world.addTrigger(connection, 'mailing_list.created');
  const removed = await world.ok(['connection', 'remove', connection.id]);
  assert.deepEqual(removed, { id: connection.id, removed: true, triggers: 1 });
  assert.deepEqual((await world.ok(['connections'])).connections, []);
  assert.deepEqual((await world.ok(['trigger', 'list'])).triggers, []);
  await world.fails(66, ['trigger', 'show', trigger.id]);
  await world.fails(66, ['connection', 'remove', connection.id]);
}));

test('a mistyped name is answered with the likely one', inWorld(async world => {
  const connection = await world.connect();
  const cases = [
    [['describe', 'sendpuls'], /sendpulse/],
    [['connect', 'sendpulse', '--method', 'ap', '--input', '{}'], /app/],
    [['trigger', 'add', connection.id, 'mailing_list.creted'], /mailing_list\.created/],
    [['action', 'run', connection.id, 'mailing_list.lst'], /mailing_list\.list/],
    [['lookup', connection.id, 'mailing_list'], /mailing_lists/],
  ];
  for (const [args, expected] of cases) {
    const error = await world.fails(66, args);
    assert.match(error.advice, expected, args.join(' '));
  }
  const field = await world.actFails(65, connection, 'mailing_list.get', { list_idd: 5 });
  assert.match(JSON.stringify(field), /list_id/);
}));

test('a wrong command line ends with 64, and help with 0', inWorld(async world => {
  for (const args of [['frobnicate'], ['connect'], ['--nonsense'], ['run', '--interval', '0'], ['run', '--interval', 'x'],
    ['events', 'list', '--state', 'lost'], ['events', 'list', '--limit', '0'], ['--log-level', 'loud', 'plugins']]) {
    const result = await world.host(args);
    assert.equal(result.code, 64, `${args.join(' ')}: ${result.code}\n${result.err}`);
    assert.notEqual(result.err, '');
    assert.equal(result.out, '');
  }
  for (const args of [['--help'], ['run', '--help'], ['--version']]) {
    const result = await world.host(args);
    assert.equal(result.code, 0);
    assert.notEqual(result.out, '');
  }
}));

test('with --json even an error is one line of JSON on standard output', inWorld(async world => {
  const result = await world.host(['--json', 'connection', 'test', 'con_absent']);
  assert.equal(result.code, 66);
  assert.equal(result.out.trim().split('\n').length, 1);
  const { error } = result.json;
  assert.equal(error.exit_code, 66);
  assert.equal(error.class, 'not_found');
  assert.equal(error.fault, 'user');
}));

test('a flag is stronger than the environment, that than the file, that than the default; --origin tells', inWorld(async world => {
  const file = join(world.home, 'config.yaml');
  writeFileSync(file, 'log_level: warn\nlog_format: json\ninterval: 7\n');
  const settings = async (globals, env) => {
    const { settings: all } = await world.ok(['config', 'show', '--origin'], { globals, env });
    return Object.fromEntries(all.map(({ name, value, origin }) => [name, { value, origin }]));
  };
  const base = ['--data-dir', world.dataDir];
  const byDefault = await settings(base, {});
  assert.deepEqual(byDefault['log-level'], { value: 'info', origin: 'default' });
  const fromFile = await settings([...base, '--config', file], {});
  assert.deepEqual(fromFile['log-level'], { value: 'warn', origin: `${file}:1` });
  assert.deepEqual(fromFile.interval, { value: '7', origin: `${file}:3` });
  const fromEnvironment = await settings(base, { CONNECTOR_CONFIG: file, CONNECTOR_LOG_LEVEL: 'error' });
  assert.deepEqual(fromEnvironment['log-level'], { value: 'error', origin: 'environment CONNECTOR_LOG_LEVEL' });
  assert.equal(fromEnvironment['log-format'].origin, `${file}:2`);
  const fromFlag = await settings([...base, '--log-level', 'debug'], { CONNECTOR_CONFIG: file, CONNECTOR_LOG_LEVEL: 'error' });
  assert.deepEqual(fromFlag['log-level'], { value: 'debug', origin: 'flag --log-level' });
}));

test('a wrong configuration file ends with 78 and names the place', inWorld(async world => {
  const file = join(world.home, 'config.yaml');
  for (const [text, place] of [['log_levl: warn\n', /config\.yaml:1:.*log_levl/], ['log_level: loud\n', /config\.yaml:1/],
    ['\nlog_level: [a\n', /config\.yaml:\d+/], ['- a\n', /config\.yaml/]]) {
    writeFileSync(file, text);
    const error = await world.fails(78, ['config', 'show'], { globals: ['--config', file] });
    assert.match(error.message, place);
  }
  assert.match((await world.fails(78, ['config', 'show'], { globals: ['--config', '/none.yaml'] })).message, /none\.yaml/);
}));

test('doctor finds everything well, and says with 69 what is not', inWorld(async world => {
  const connection = await world.connect({ method: 'key' });
  const well = await world.ok(['doctor']);
  assert.equal(well.ok, true);
  assert.ok(well.checks.every(({ status }) => status === 'ok'), JSON.stringify(well.checks));
  assert.ok(well.checks.some(({ name }) => name.includes(connection.id)));
  await world.fake.control('PATCH', `/accounts/${world.fake.credentials.client_id}`, { api_keys: [] });
  const ill = await world.host(['--json', 'doctor']);
  assert.equal(ill.code, 69, ill.out + ill.err);
  const failed = ill.json.checks.filter(({ status }) => status !== 'ok');
  assert.equal(failed.length, 1);
  assert.ok(failed[0].name.includes(connection.id));
}));

test('the data directory and the sealing key are for the owner only; a key others may read is refused', inWorld(async world => {
  const connection = await world.connect();
  assert.equal(statSync(world.dataDir).mode & 0o077, 0);
  const key = join(world.dataDir, (await keyName(world)));
  assert.equal(statSync(key).mode & 0o777, 0o600);
  chmodSync(key, 0o644);
  const error = await world.fails(77, ['connection', 'test', connection.id]);
  assert.match(error.message, /key/);
  chmodSync(key, 0o600);
  await world.ok(['connection', 'test', connection.id]);
}));

async function keyName(world) {
  const { readdirSync } = await import('node:fs');
  const name = readdirSync(world.dataDir).find(file => file.includes('key'));
  assert.ok(name, 'no key file');
  return name;
}

test('plugin folders come from flag and environment together, each named when it is empty of plugins', inWorld(async world => {
  const empty = join(world.home, 'empty');
  mkdirSync(empty);
  const globals = ['--data-dir', world.dataDir, '--plugin-dir', empty];
  const found = await world.ok(['plugins'], { globals, env: { CONNECTOR_PLUGIN_PATH: `${empty}:${world.plugins}` } });
  assert.ok(found.plugins.some(({ id }) => id === 'sendpulse'));
  assert.deepEqual(found.searched.slice(0, 2), [empty, world.plugins]);
}));
