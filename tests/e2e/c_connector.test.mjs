// The connector in plain C, driven by the same host: what the host can do is not made for SendPulse.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BUILD, inWorld, until } from './harness.mjs';
import { inNotebook, KEY, Notebook } from './notebook.mjs';

const FOLDER = join(BUILD, 'plugins/c_connector');
const skip = existsSync(join(FOLDER, 'c_connector.so')) ? false : `SKIPPED: ${FOLDER}/c_connector.so is not built (target c_connector)`;

test('the C connector is found, valid and described like any other', { skip }, inNotebook(async world => {
  const { plugins, problems } = await world.ok(['plugins']);
  assert.deepEqual(problems, []);
  assert.ok(plugins.some(({ id, title }) => id === 'c-connector' && title === 'Notebook'));
  const described = await world.ok(['describe', 'c-connector']);
  assert.deepEqual(described.triggers.map(({ id }) => id), ['note.created']);
  assert.equal((await world.host(['validate', FOLDER])).code, 0);
}));

test('it connects with a key, and its account names the connection', { skip }, inNotebook(async (world, service) => {
  const connection = await world.join();
  assert.equal(connection.label, 'Nina of the notebooks');
  assert.deepEqual(service.requests, ['/me']);
  const error = await world.fails(77, ['connect', 'c-connector', '--method', 'key', '--input', '-'], { input: '{"api_key":"wrong-key-wrong"}' });
  assert.match(error.message, /^Nothing was saved/);
}));

test('its action, dry run and lookup work; bad input is refused before anything is sent', { skip }, inNotebook(async (world, service) => {
  const connection = await world.join();
  service.requests.length = 0;
  const { request } = await world.act(connection, 'echo.get', { text: 'a b&c=ü' }, '--dry-run');
  assert.deepEqual(service.requests, []);
  assert.equal((await world.act(connection, 'echo.get', { text: 'a b&c=ü' })).output.text, 'a b&c=ü');
  assert.equal(new URL(request.url).pathname + new URL(request.url).search, service.requests[0]);
  const { items } = await world.ok(['lookup', connection.id, 'notebooks']);
  assert.deepEqual(items.map(({ value, label }) => [value, label]), [[7, 'Kitchen'], [8, 'Garage']]);
  service.requests.length = 0;
  await world.actFails(65, connection, 'echo.get', { text: '' });
  assert.deepEqual(service.requests, []);
}));

test('its trigger: a silent first poll, then every new note once, across restarts and failures', { skip }, inNotebook(async (world, service) => {
  const connection = await world.join();
  const trigger = await world.addTrigger(connection, 'note.created');
  assert.deepEqual(await world.pollOnce(), []);
  service.notes.push({ id: 2, text: 'Milk', notebook_id: 7 }, { id: 3, text: 'Oil', notebook_id: 8 });
  const events = await world.pollOnce();
  assert.deepEqual(events.map(({ data }) => data.text), ['Milk', 'Oil']);
  assert.equal(events[0].type, 'com.c-connector.note.created.v1');
  assert.deepEqual(await world.pollOnce(), []);
  const answer = service.answer;
  service.answer = (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('<html>');
  assert.equal((await world.poll()).code, 75);
  service.answer = answer;
  assert.deepEqual(await world.pollOnce(), []);
  service.notes.push({ id: 4, text: 'Bread', notebook_id: 7 });
  const host = world.run('--interval', '0.2');
  await until(() => host.events.length === 1, 'the note');
  assert.equal((await host.stop()).code, 0);
  assert.equal(host.events[0].data.text, 'Bread');
  const tested = await world.ok(['trigger', 'test', trigger.id]);
  assert.match(JSON.stringify(tested), /Bread/);
}));

test('both connectors run side by side in one host', { skip }, inWorld(async world => {
  const service = await Notebook.start(join(world.home, 'notebook'));
  try {
    const both = join(world.home, 'both.pem');
    writeFileSync(both, readFileSync(service.caFile, 'utf8') + readFileSync(world.fake.caFile, 'utf8'));
    const globals = [...world.globals, '--connect-to', `api.notebook.example:443:127.0.0.1:${service.port}`];
    globals[globals.indexOf('--ca-file') + 1] = both;
    Object.defineProperty(world, 'globals', { value: globals });
    const notebook = await world.ok(['connect', 'c-connector', '--method', 'key', '--input', '-'], { input: JSON.stringify({ api_key: KEY }) });
    const sendpulse = await world.connect({ method: 'key' });
    await world.addTrigger(notebook, 'note.created');
    await world.addTrigger(sendpulse, 'mailing_list.created');
    assert.deepEqual(await world.pollOnce(), []);
    service.notes.push({ id: 9, text: 'Side', notebook_id: 7 });
    await world.fake.control('POST', '/lists', { name: 'By side' });
    const events = await world.pollOnce();
    assert.deepEqual(events.map(({ data }) => data.text ?? data.name).sort(), ['By side', 'Side']);
  } finally {
    service.close();
  }
}));
