// A plugin's files change under the hands of a running host: an upgrade is `cp` over them, and a mistake is anything. What
// was loaded goes on; the host says once that it has to be started again; and the end is an ordinary one.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, statSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
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

// Each waits for the host's next look at the files, and computes next to nothing: all wait at once.
describe('files that change', { concurrency: true }, () => {
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
});

test('an upgrade while `serve` runs is told by the API, and by doctor; the same files again are none', inWorld(async world => {
  const { library, manifest } = install(world);
  const connection = await world.connect({ method: 'key' });
  await world.addTrigger(connection, 'mailing_list.created');
  const served = await Served.start(world);
  const replaced = async () => (await served.api('GET', '/api/server')).body.replaced_plugins;
  await until(async () => (await world.requests('?path=/addressbooks')).length > 0, 'the first poll');
  assert.deepEqual(await replaced(), []);
  assert.doesNotMatch((await world.host(['doctor'])).out, /\) started/);

  const before = readFileSync(manifest);
  writeFileSync(manifest, `${before}# the next release\n`);
  await until(async () => (await replaced()).includes('sendpulse'), 'the API to say it');
  writeFileSync(manifest, before);
  await until(async () => (await replaced()).length === 0, 'the API to take it back');
  copyFileSync(library, `${library}.new`);
  renameSync(`${library}.new`, library);
  const { checks } = (await world.host(['--json', 'doctor'])).json;
  const { found, advice } = checks.find(({ name, status }) => name === 'plugin sendpulse' && status === 'warn');
  assert.match(found, /after the running host \(process \d+\) started/);
  assert.match(advice, /restart it/i);
  served.child.kill('SIGTERM');
  assert.deepEqual(await served.ended, [0, null], served.err);
  assert.doesNotMatch((await world.host(['doctor'])).out, /\) started/);
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

const SPEAKS = join(BUILD, 'tests/unit/plugins/broken/speaks.so');
const skip = existsSync(SPEAKS) ? false : `SKIPPED: ${SPEAKS} is not built (target broken_speaks)`;

// Whoever may change a library would run as the user of the host, and so would its constructors.
test('no code runs of a library that others may change, in no command', { skip }, inWorld(async world => {
  world.plugins = join(world.home, 'plugins');
  const folder = join(world.plugins, 'tiny');
  mkdirSync(folder, { recursive: true });
  const library = join(folder, 'tiny.so');
  copyFileSync(SPEAKS, library);
  const sources = new URL('../unit/plugins/broken/', import.meta.url).pathname;
  for (const name of ['tiny.yaml', 'tiny.svg']) copyFileSync(join(sources, name), join(folder, name));
  const commands = [['doctor'], ['validate', folder], ['connect', 'tiny', '--method', 'key', '--input', '{"api_key":"-"}']];
  const ran = /the code of this library ran/;
  for (const command of commands.slice(0, 2)) assert.match((await world.host(command)).err, ran);
  for (const [path, usual, open] of [[library, 0o755, 0o757], [join(folder, 'tiny.yaml'), 0o644, 0o666], [folder, 0o755, 0o777], [world.plugins, 0o755, 0o777]]) {
    chmodSync(path, open);
    for (const command of commands) {
      if (path === world.plugins && command[0] === 'validate') continue; // it looks no further than the folder it was given
      const { code, out, err } = await world.host(command, { input: 'key' });
      assert.notEqual(code, 0, `${command[0]} ${path}`);
      assert.doesNotMatch(err, ran, `${command[0]} ${path}`);
      if (command[0] !== 'connect') assert.match(out, /P107 .*writable by everyone/, `${command[0]} ${path}`);
    }
    chmodSync(path, usual);
  }
  for (const command of commands.slice(0, 2)) assert.match((await world.host(command)).err, ran);
}));

test('a picture that leads out of the plugin\'s folder is not served', inWorld(async world => {
  const { library } = install(world);
  const icons = join(dirname(library), 'icons');
  const served = await Served.start(world);
  const { plugins } = (await served.api('GET', '/api/plugins')).body;
  const address = plugins.find(({ id }) => id === 'sendpulse').icon.light;
  assert.match((await served.api('GET', address)).text, /<svg/);
  const secret = join(world.home, 'secret.svg');
  writeFileSync(secret, '<svg>secret</svg>');
  for (const name of readdirSync(icons)) {
    unlinkSync(join(icons, name));
    symlinkSync(secret, join(icons, name));
  }
  const refused = await served.api('GET', address);
  assert.equal(refused.status, 404);
  assert.doesNotMatch(refused.text, /secret<\/svg>/);
  // A link that stays inside leads to a picture like any other.
  writeFileSync(join(dirname(library), 'picture.svg'), '<svg>picture</svg>');
  for (const name of readdirSync(icons)) {
    unlinkSync(join(icons, name));
    symlinkSync('../picture.svg', join(icons, name));
  }
  assert.match((await served.api('GET', address)).text, /picture/);
}));
