// A plugin that breaks the schemas of its own manifest, and a service that answers in other types: what a person reads of it.

import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BUILD, inWorld, until } from './harness.mjs';

const SOURCES = join(dirname(fileURLToPath(import.meta.url)), '../unit/plugins/broken');

// A folder with the plugin of tests/unit/plugins/broken/unfit.c.
function unfitPlugin(t) {
  const folder = mkdtempSync(join(tmpdir(), 'connector-unfit-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'tiny'));
  copyFileSync(join(BUILD, 'tests/unit/plugins/broken/unfit.so'), join(folder, 'tiny/tiny.so'));
  for (const file of ['tiny.yaml', 'tiny.svg']) copyFileSync(join(SOURCES, file), join(folder, 'tiny', file));
  return folder;
}

test('a plugin that breaks its schemas: the data goes on, the action has notes, and doctor counts the breaks of the last host', async t => {
  await inWorld(async world => {
    const connection = await world.ok(['connect', 'tiny', '--method', 'key', '--input', '-'], { input: '{"api_key":"k"}' });
    const ran = await world.host(['--json', 'action', 'run', connection.id, 'thing.get', '--input', '{"id":7}']);
    assert.equal(ran.code, 0, ran.err);
    assert.deepEqual(ran.json.output, { id: '7' });
    assert.equal(ran.json.notes[0], '/name was left out.');
    assert.match(ran.json.notes[1], /action thing\.get does not fit the schema .* \(first at \/id\)/);
    assert.match(ran.err, /^note: \/name was left out\.$/m);

    const ours = async () => (await world.ok(['doctor'])).checks.filter(({ name, status }) => name === 'plugin tiny' && status === 'warn');
    assert.deepEqual(await ours(), [], 'an action of its own process is not what the host did');
    await world.addTrigger(connection, 'thing.created');
    assert.deepEqual((await world.pollOnce()).map(({ data }) => data), [{ name: 7 }]);
    const [check, ...more] = await ours();
    assert.deepEqual(more, []);
    assert.match(check.found, /^Since the host's last start on 20.*, poll thing\.created broke its output schema once, first at \/id: /);
    assert.match(check.advice, /report .*1\.2\.3/i);

    const host = world.run('--interval', '1', '--sink', 'stdout');
    await until(async () => /2 times|3 times/.test((await ours())[0]?.found ?? ''), 'the count of the running host', 20_000);
    await host.stop();
  }, { plugins: unfitPlugin(t) })(t);
});

test('an answer in other types: what does not fit is left out of the output and named, the rest is there', inWorld(async world => {
  const connection = await world.connect();
  await world.fault({ method: 'GET', path: '/user/info' }, { status: 200, body: { id: '17', email: 'jane@example.org', name: { odd: 1 } } }, 1);
  const ran = await world.host(['--json', 'action', 'run', connection.id, 'account.get', '--input', '{}']);
  assert.equal(ran.code, 0, ran.err + ran.out);
  assert.deepEqual(ran.json.output, { id: 17, email: 'jane@example.org' });
  assert.deepEqual(ran.json.notes, ['/name had another type than described and was left out of the output.']);
  assert.match(ran.err, /^note: \/name had another type/m);
}));
