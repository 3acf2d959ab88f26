// Credentials that are no OAuth tokens: a key in a header, a key in the query, a user name and a password. Each is where the
// manifest says on every request, and nowhere else: not in an output, a log, the database or the list of processes.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BUILD, shownByProc, until } from './harness.mjs';
import { inNotebook } from './notebook.mjs';
import { Served } from './served.mjs';

const library = join(BUILD, 'plugins/c_connector/c_connector.so');
const skip = existsSync(library) ? false : `SKIPPED: ${library} is not built (target c_connector)`;

const base64 = text => Buffer.from(text).toString('base64');

// What is entered, what of it is secret, what a request then has, and where the dry run shows ***.
const METHODS = [
  {
    method: 'header',
    input: { api_key: 'header-key:0123456789/+' },
    secrets: ['header-key:0123456789/+'],
    accepts: ({ headers }) => headers['x-notebook-key'] === 'Key header-key:0123456789/+' && headers.authorization === undefined,
    previewed: ({ url, headers }) => !url.includes('***') && headers['x-notebook-key'] === '***' && headers.authorization === undefined,
    refused: { input: { api_key: 'header-key\n0123' }, pointer: '/api_key' },
  },
  {
    method: 'query',
    input: { api_key: 'query key&0123456789=/+ü' },
    secrets: ['query key&0123456789=/+ü', 'query%20key%260123456789'],
    accepts: ({ headers }, url) => url.searchParams.getAll('notebook_key').join() === 'query key&0123456789=/+ü' && headers.authorization === undefined,
    previewed: ({ url, headers }) => url.endsWith('notebook_key=***') && headers.authorization === undefined,
  },
  {
    method: 'password',
    input: { user: 'nina', password: 'open sesame, 123£' },
    secrets: ['open sesame, 123£', base64('nina:open sesame, 123£')],
    accepts: ({ headers }) => headers.authorization === `Basic ${base64('nina:open sesame, 123£')}`,
    previewed: ({ url, headers }) => !url.includes('***') && headers.authorization === '***',
    refused: { input: { user: 'nina:nina', password: 'open sesame' }, pointer: '/user' },
  },
];

function* filesBelow(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}

// A secret as it is, and in the forms it takes on its way.
const formsOf = secret => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), base64(secret).replace(/=+$/, ''), Buffer.from(secret).toString('hex')];

function holdsNone(where, content, secrets) {
  for (const secret of secrets.flatMap(formsOf)) assert.equal(Buffer.from(content).indexOf(secret), -1, `${where} holds ${secret}`);
}

const debug = ['--log-level', 'debug'];

for (const { method, input, secrets, accepts, previewed, refused } of METHODS) {
  const connect = world => world.ok(['connect', 'c-connector', '--method', method, '--input', '-'], { input: JSON.stringify(input) });

  test(`${method}: it connects, acts, looks up and polls; every request has the credential, and no answer takes it further`, { skip }, inNotebook(async (world, service) => {
    service.accepts = accepts;
    const wrong = { ...input, [Object.keys(input).at(-1)]: 'something-else-0123' };
    const error = await world.fails(77, ['connect', 'c-connector', '--method', method, '--input', '-'], { input: JSON.stringify(wrong) });
    assert.match(error.message, /^Nothing was saved/);
    assert.deepEqual((await world.ok(['connections'])).connections, []);
    const connection = await connect(world);
    assert.equal(connection.label, 'Nina of the notebooks');
    assert.equal((await world.act(connection, 'echo.get', { text: 'a b&c' })).output.text, 'a b&c');
    assert.equal((await world.ok(['lookup', connection.id, 'notebooks'])).items.length, 2);
    await world.addTrigger(connection, 'note.created');
    assert.deepEqual(await world.pollOnce(), []);
    service.notes.push({ id: 2, text: 'Milk', notebook_id: 7 });
    assert.deepEqual((await world.pollOnce()).map(({ data }) => data.text), ['Milk']);
    assert.ok(service.requests.length >= 6);
  }));

  test(`${method}: the dry run shows *** where it goes, and sends nothing`, { skip }, inNotebook(async (world, service) => {
    service.accepts = accepts;
    const connection = await connect(world);
    service.requests.length = 0;
    const { request } = await world.act(connection, 'echo.get', { text: 'a' }, '--dry-run');
    assert.ok(previewed(request), JSON.stringify(request));
    assert.deepEqual(service.requests, []);
    assert.equal((await world.act(connection, 'echo.get', { text: 'a' })).output.text, 'a');
    const place = new URL(request.url);
    assert.equal(service.requests[0].split('?')[0], place.pathname);
    assert.equal(new URL(service.requests[0], place).searchParams.get('text'), place.searchParams.get('text'));
  }));

  test(`${method}: the server gives its form, and connects and signs in again with what was entered`, { skip }, inNotebook(async (world, service) => {
    service.accepts = accepts;
    const served = await Served.start(world);
    try {
      const form = (await served.api('GET', `/api/plugins/c-connector/methods/${method}/form`)).body;
      assert.equal(form.sign_in, 'input');
      assert.deepEqual(Object.keys(form.schema.properties), Object.keys(input));
      const made = await served.api('POST', '/api/connections', { plugin: 'c-connector', method, input });
      assert.equal(made.status, 201, made.text);
      assert.equal(made.body.connection.sign_in, 'input');
      const again = await served.api('POST', `/api/connections/${made.body.connection.id}/reauthorize`, { input });
      assert.equal(again.status, 200, again.text);
      const tried = await served.api('POST', '/api/oauth', { plugin: 'c-connector', method, input });
      assert.equal(tried.status, 422, 'it does not go through the browser');
    } finally {
      await served.stop();
    }
  }));

  test(`${method}: it is in no output, log, error, process, file or metric`, { skip }, inNotebook(async (world, service) => {
    service.accepts = accepts;
    const processes = [];
    const told = `${JSON.stringify(input)}`;
    const connection = await world.ok([...debug, 'connect', 'c-connector', '--method', method, '--input', '-'], { input: told });
    await world.addTrigger(connection, 'note.created');
    for (const json of [[], ['--json']])
      for (const args of [['connections'], ['connection', 'test', connection.id], ['doctor'], ['run', '--once', '--sink', 'stdout'],
        ['action', 'run', connection.id, 'echo.get', '--input', '{"text":"a"}'], ['action', 'run', connection.id, 'echo.get', '--input', '{"text":"a"}', '--dry-run']])
        await world.host([...debug, ...json, ...args]);
    // Refused on the command line, where everybody could read it, and in what is no input of this method.
    await world.host([...debug, 'connect', 'c-connector', '--method', method, '--input', JSON.stringify({ ...input, more: 1 })]);
    await world.host([...debug, 'connect', 'c-connector', '--method', method, '--input', '-'], { input: JSON.stringify({ ...input, more: secrets[0] }) });
    const served = await Served.start(world, { args: ['--interval', '0.2', ...debug] });
    try {
      for (const name of ['cmdline', 'environ']) processes.push(shownByProc(served.child.pid, name));
      service.notes.push({ id: 2, text: 'Milk', notebook_id: 7 });
      await until(async () => (await served.api('GET', '/api/events')).text.includes('Milk'), 'the event');
      // A service that repeats what it was asked, in errors, links and redirects.
      const repeat = ({ url, headers }) => JSON.stringify({ message: `not with ${url}, ${JSON.stringify(headers)}`, next: url });
      const answers = [
        (request, response) => response.writeHead(500, { 'content-type': 'application/json' }).end(repeat(request)),
        (request, response) => response.writeHead(401, { 'content-type': 'application/json' }).end(repeat(request)),
        (request, response) => response.writeHead(302, { location: request.url }).end(),
      ];
      for (const answer of answers) {
        service.answer = answer;
        world.output += (await served.api('POST', `/api/connections/${connection.id}/actions/echo.get/run`, { input: { text: 'a' } })).text;
        for (const json of [[], ['--json']])
          await world.host([...debug, ...json, 'action', 'run', connection.id, 'echo.get', '--input', '{"text":"a"}']);
      }
      for (const path of ['/api/server', '/api/connections', '/api/events', `/api/connections/${connection.id}`, '/api/plugins/c-connector'])
        world.output += (await served.api('GET', path)).text;
      world.output += (await served.api('GET', '/metrics')).text;
    } finally {
      await served.stop();
    }
    assert.ok(world.output.length > 5_000);
    holdsNone('the output', world.output, secrets);
    for (const content of processes) holdsNone('/proc', content, secrets);
    const files = [...filesBelow(world.dataDir)];
    assert.ok(files.some(path => path.endsWith('connector.db')));
    for (const path of files) holdsNone(path, readFileSync(path), secrets);
  }));

  if (refused)
    test(`${method}: what cannot be sent is refused at its place, before anything is sent`, { skip }, inNotebook(async (world, service) => {
      const error = await world.fails(65, ['connect', 'c-connector', '--method', method, '--input', '-'], { input: JSON.stringify(refused.input) });
      assert.deepEqual(error.details.map(({ pointer }) => pointer), [refused.pointer]);
      assert.deepEqual(service.requests, []);
    }));
}

test('a redirect to another host: the key goes nowhere else', { skip }, inNotebook(async (world, service) => {
  const { input, accepts } = METHODS[1];
  service.accepts = accepts;
  const connection = await world.ok(['connect', 'c-connector', '--method', 'query', '--input', '-'], { input: JSON.stringify(input) });
  service.requests.length = 0;
  service.answer = function (request, response) {
    this.requests.push(request.url);
    response.writeHead(307, { location: `https://localhost:${this.port}/elsewhere` }).end();
  };
  await world.host(['--json', 'action', 'run', connection.id, 'echo.get', '--input', '{"text":"a"}']);
  assert.deepEqual(service.requests.map(url => url.split('?')[0]), ['/echo']);
}));
