// A plugin's files change under the hands of a running host: an upgrade is `cp` over them, and a mistake is anything. What
// was loaded goes on; the host says once that it has to be started again; and the end is an ordinary one.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, cpSync, mkdirSync, readFileSync, renameSync, statSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BUILD, inWorld, until } from '../e2e/harness.mjs';
import { Served } from '../e2e/served.mjs';

const OTHER = join(BUILD, 'plugins/c_connector/c_connector.so');
const TOLD = "the plugin's files were replaced";

// A copy of the shipped plugin, to be spoiled.
function install(world) {
  world.plugins = join(world.home, 'plugins');
  mkdirSync(world.plugins);
  cpSync(join(BUILD, 'plugins/sendpulse'), join(world.plugins, 'sendpulse'), { recursive: true, dereference: true });
  return { library: join(world.plugins, 'sendpulse/sendpulse.so'), manifest: join(world.plugins, 'sendpulse/sendpulse.yaml') };
}

const ways = {
  'garbage written over it in place': library => writeFileSync(library, Buffer.alloc(statSync(library).size, 0xcc), { flag: 'r+' }),
  'cut to nothing': library => truncateSync(library),
  'another library copied over it': library => copyFileSync(OTHER, library),
  'another library moved over it': library => {
    copyFileSync(OTHER, `${library}.new`);
    renameSync(`${library}.new`, library);
  },
  'taken away and something else put there': library => {
    unlinkSync(library);
    writeFileSync(library, 'no library at all');
  },
};

for (const [way, spoil] of Object.entries(ways)) {
  test(`the library of a running plugin, ${way}: it goes on, and the end is an ordinary one`, inWorld(async world => {
    const { library } = install(world);
    const connection = await world.connect({ method: 'key' });
    await world.addTrigger(connection, 'mailing_list.created');
    const host = world.run('--interval', '0.2');
    const polls = async () => (await world.requests('?path=/addressbooks')).length;
    await until(async () => (await polls()) >= 2, 'the first polls');
    spoil(library);
    // Code that had not run before is needed for the first event.
    await world.fake.control('POST', '/lists', { name: 'After it' });
    await until(() => host.events.length === 1 || host.child.exitCode !== null || host.child.signalCode !== null, 'the event');
    await until(() => host.err.includes(TOLD) || host.child.signalCode !== null, 'the sentence that it was replaced');
    await world.fake.control('POST', '/lists', { name: 'Later' });
    await until(() => host.events.length === 2 || host.child.signalCode !== null, 'the second event');
    assert.deepEqual(await host.stop(), { code: 0, signal: null }, host.err);
    assert.deepEqual(host.events.map(({ data }) => data.name), ['After it', 'Later']);
    assert.equal(host.err.split(TOLD).length, 2, host.err);
  }));
}

test('an upgrade while `serve` runs is told by the API, and by doctor; the same files again are none', inWorld(async world => {
  const { library, manifest } = install(world);
  const connection = await world.connect({ method: 'key' });
  await world.addTrigger(connection, 'mailing_list.created');
  const served = await Served.start(world);
  const replaced = async () => (await served.api('GET', '/api/server')).body.replaced_plugins;
  await until(async () => (await world.requests('?path=/addressbooks')).length > 0, 'the first poll');
  assert.deepEqual(await replaced(), []);
  assert.doesNotMatch((await world.host(['doctor'])).out, /began/);

  const before = readFileSync(manifest);
  writeFileSync(manifest, `${before}# the next release\n`);
  await until(async () => (await replaced()).includes('sendpulse'), 'the API to say it');
  writeFileSync(manifest, before);
  await until(async () => (await replaced()).length === 0, 'the API to take it back');
  copyFileSync(library, `${library}.new`);
  renameSync(`${library}.new`, library);
  const { checks } = (await world.host(['--json', 'doctor'])).json;
  const { found, advice } = checks.find(({ name, status }) => name === 'plugin sendpulse' && status === 'warn');
  assert.match(found, /after the running host \(process \d+\) began/);
  assert.match(advice, /start it again/i);
  served.child.kill('SIGTERM');
  assert.deepEqual(await served.ended, [0, null], served.err);
  assert.doesNotMatch((await world.host(['doctor'])).out, /began/);
}));

// Half of a file is refused with a sentence; it never ends the process.
test('a library that is being copied while it is loaded is refused or whole', inWorld(async (world, t) => {
  const { library } = install(world);
  const good = join(BUILD, 'plugins/sendpulse/sendpulse.so');
  const writer = spawn('sh', ['-c', 'while cp "$0" "$1"; do :; done', good, library], { stdio: 'ignore' });
  const counts = { whole: 0, refused: 0 };
  try {
    for (let i = 0; i < 25; ++i) {
      const { code, signal, out, err } = await world.host(['validate', join(world.plugins, 'sendpulse')]);
      assert.equal(signal, null, `${signal} ${out}${err}`);
      if (code === 0) counts.whole += 1;
      else {
        assert.equal(code, 65, out + err);
        assert.match(out, /P20[12]|P212/);
        counts.refused += 1;
      }
    }
  } finally {
    writer.kill();
    await once(writer, 'close');
  }
  t.diagnostic(JSON.stringify(counts));
}));
