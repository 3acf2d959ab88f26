// The one-time links into the UI: whoever may see the list of processes, a log, or the port of a dead host gets none.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { inWorld, until } from './harness.mjs';
import { Served, tokenOf } from './served.mjs';

const ANY_LINK = /#\/open\/|token=/;

// A browser that notes what it is opened with, and stays until it is let go: a folder for PATH.
function browserIn(world) {
  const folder = join(world.home, 'bin');
  mkdirSync(folder);
  const [opened, over] = [join(world.home, 'opened'), join(world.home, 'over')];
  writeFileSync(join(folder, 'xdg-open'), `#!/bin/sh\nprintf '%s\\n' "$@" >'${opened}.new'\nmv '${opened}.new' '${opened}'\nwhile [ ! -e '${over}' ]; do sleep 0.05; done\n`);
  chmodSync(join(folder, 'xdg-open'), 0o755);
  return { PATH: `${folder}:${process.env.PATH}`, opened, close: () => writeFileSync(over, '') };
}

// The arguments of every process that can be seen.
const allArguments = () =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(pid => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    });

const linkFiles = world => readdirSync(world.dataDir).filter(name => name.endsWith('.html'));

test('link --open shows the browser a private file, in no list of processes the link, and the file goes with its use', inWorld(async world => {
  const served = await Served.start(world, { session: false });
  const browser = browserIn(world);
  try {
    const { file } = await world.ok(['link', '--open'], { env: { PATH: browser.PATH } });
    await until(() => existsSync(browser.opened), 'the browser to be opened');
    assert.equal(readFileSync(browser.opened, 'utf8'), `${file}\n`, 'with the path and nothing else');
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(linkFiles(world).map(name => join(world.dataDir, name)), [file]);
    const link = /content="0;url=([^"]+)"/.exec(readFileSync(file, 'utf8'))[1];
    assert.ok(link.startsWith(`${served.origin}/#/open/`));
    const seen = allArguments();
    assert.ok(seen.some(text => text.includes(file)), 'the browser is seen');
    for (const text of seen) assert.ok(!text.includes(tokenOf(link)) && !ANY_LINK.test(text), text);
    await served.open(link);
    assert.deepEqual(linkFiles(world), [], 'the file of a used link is gone');

    await served.ok('POST', '/api/session/links', { file: true });
    assert.equal(linkFiles(world).length, 1);
    assert.equal((await served.stop()).code, 0);
    assert.deepEqual(linkFiles(world), [], 'nothing stays of a host that ended');
    assert.ok(!ANY_LINK.test(served.err), 'no link is in what may be a log');
  } finally {
    browser.close();
    await served.stop();
  }
}));

test('without a browser it says what to do', inWorld(async world => {
  const served = await Served.start(world, { session: false });
  const refused = await world.fails(69, ['link', '--open'], { env: { PATH: '/nowhere' } });
  assert.match(refused.message, /xdg-open/);
  assert.match(refused.advice, /link`/);
  await served.stop();
}));

test('where nobody is at a terminal serve prints no link, but a command that makes one, and that command works', inWorld(async world => {
  world.dataDir = join(world.home, "it's a folder");
  const served = await Served.start(world, { args: ['--log-level', 'debug'], session: false });
  const command = /to open it:\n\s+(.+) --open\n/.exec(served.err)?.[1];
  assert.ok(command, served.err);
  const child = spawn('/bin/sh', ['-c', command], { env: { HOME: world.home }, stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', text => (out += text));
  assert.deepEqual(await once(child, 'close'), [0, null]);
  await served.open(out.trim());
  const refused = await served.raw('GET', '/api/server');
  assert.ok(refused.body.error.advice.includes(`${command} --open`), 'the page says the same');
  assert.equal((await served.stop()).code, 0);
  assert.ok(!ANY_LINK.test(served.err), served.err);
}));

test('at a terminal serve prints a link, for ten minutes', inWorld(async world => {
  const words = [world.program, ...world.globals, 'serve', '--listen', '127.0.0.1:0', '--sink', `file:${join(world.home, 'events')}`];
  const child = spawn('script', ['-qfec', words.map(word => `'${word}'`).join(' '), '/dev/null'], {
    env: { PATH: process.env.PATH, HOME: world.home, TERM: 'dumb' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', text => (shown += text));
  const link = await until(() => /http:\/\/127\.0\.0\.1:\d+\/#\/open\/[\w-]+/.exec(shown)?.[0], 'the link');
  assert.match(shown, /ten minutes/);
  const { origin } = new URL(link);
  const opened = await fetch(`${origin}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ link: tokenOf(link) }),
  });
  assert.equal(opened.status, 201);
  const { pid } = JSON.parse(readFileSync(join(world.dataDir, 'run.lock'), 'utf8'));
  process.kill(pid, 'SIGTERM');
  await ended;
}));

test('who listens at the port of a host that was killed is told nothing, and nothing of what he says is printed', inWorld(async world => {
  const served = await Served.start(world, { session: false });
  served.child.kill('SIGKILL');
  await served.ended;
  assert.ok(existsSync(join(world.dataDir, 'serve-token')), 'it could clear nothing up');
  const heard = [];
  const squatter = http.createServer((request, response) => {
    heard.push(request.headers);
    response.writeHead(201, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ url: 'http://evil.example/\u001b[2J', file: '../evil.html', expires_at: '2030-01-01T00:00:00Z' }));
  });
  squatter.listen(Number(new URL(served.origin).port), '127.0.0.1');
  await once(squatter, 'listening');
  try {
    for (const args of [['link'], ['link', '--open']]) {
      const refused = await world.fails(69, args);
      assert.match(refused.message, /No server is running/);
    }
    // Another process has the lock, and it is no server.
    const host = world.run();
    await until(() => host.err.includes('running'), 'the host to run');
    assert.match((await world.fails(69, ['link'])).message, /No server is running/);
    await host.stop();
    assert.deepEqual(heard, []);
  } finally {
    squatter.closeAllConnections();
    squatter.close();
  }
}));
