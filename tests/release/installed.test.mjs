// What `cmake --install` leaves, used as it is: no folder of the build is needed, and the databases of earlier releases open.
// The prefix is named in CONNECTOR_PREFIX; `./dev test release` makes it.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { World } from '../e2e/harness.mjs';
import { Served } from '../e2e/served.mjs';

const PREFIX = process.env.CONNECTOR_PREFIX;
assert.ok(PREFIX, 'CONNECTOR_PREFIX names the folder that `cmake --install --prefix` filled');

class InstalledWorld extends World {
  constructor(...args) {
    super(...args);
    this.program = join(PREFIX, 'bin/connector-host');
  }

  // No --plugin-dir: the installed plugins are found beside the program.
  get globals() {
    const all = super.globals;
    const at = all.indexOf('--plugin-dir');
    return [...all.slice(0, at), ...all.slice(at + 2)];
  }
}

const installed = body => async t => {
  const world = await InstalledWorld.start();
  try {
    await body(world, t);
  } finally {
    await world.close();
  }
};

test('the installed program finds the installed plugin and the UI, connects, polls and delivers', installed(async world => {
  const { plugins } = await world.ok(['plugins']);
  const sendpulse = plugins.find(({ id }) => id === 'sendpulse');
  assert.ok(sendpulse.library.startsWith(PREFIX), sendpulse.library);
  assert.equal((await world.ok(['doctor'])).failed ?? 0, 0);

  const { id } = await world.connect();
  await world.ok(['trigger', 'add', id, 'mailing_list.created', '--input', '{}', '--start', 'last:1']);
  const { out, code, err } = await world.host(['run', '--once', '--sink', 'stdout']);
  assert.equal(code, 0, err);
  assert.equal(JSON.parse(out.trim().split('\n')[0]).type, 'com.sendpulse.mailing_list.created.v1');

  const served = await Served.start(world);
  const page = await served.raw('GET', '/');
  assert.equal(page.status, 200);
  assert.match(page.text, /<div id="root">|<script/);
  await served.stop();
}));

const FIXTURES = new URL('../unit/store/', import.meta.url);
const SCHEMAS = readdirSync(FIXTURES).filter(name => /^schema_\d+\.sql$/.test(name)).sort();

for (const [index, name] of SCHEMAS.entries()) {
  test(`a database of the release with ${name} opens, with what it held`, installed(async world => {
    mkdirSync(world.dataDir, { recursive: true, mode: 0o700 });
    const made = SCHEMAS.slice(0, index + 1).map(one => readFileSync(new URL(one, FIXTURES), 'utf8'));
    execFileSync('sqlite3', [join(world.dataDir, 'connector.db')], { input: made.join('\n') });
    const { connections } = await world.ok(['connections']);
    assert.deepEqual(connections.map(({ id }) => id), ['con_old']);
    const { triggers } = await world.ok(['trigger', 'list']);
    assert.ok(triggers.length > 0);
  }));
}
