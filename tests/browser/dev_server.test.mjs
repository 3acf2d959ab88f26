// The UI from its sources against a running host: what `./dev ui` starts.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BUILD, inWorld } from '../e2e/harness.mjs';
import { Served } from '../e2e/served.mjs';

const SERVER = fileURLToPath(new URL('../../host_stub/web/dev_server.mjs', import.meta.url));

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

function ask(url, { method = 'GET', headers = {}, body } = {}) {
  return new Promise((done, failed) => {
    const request = http.request(url, { method, headers }, answer => {
      let text = '';
      answer.on('data', chunk => (text += chunk));
      answer.on('end', () => done({ status: answer.statusCode, text }));
    });
    request.on('error', failed);
    request.end(body);
  });
}

test('the development server shows the sources, opens a session at the host, and lets no other page in', inWorld(async world => {
  const served = await Served.start(world, { session: false });
  const port = await freePort();
  const child = spawn(process.execPath, [SERVER, '--host', join(BUILD, 'connector-host'), '--data-dir', world.dataDir, '--port', String(port)]);
  let said = '';
  child.stderr.on('data', chunk => (said += chunk));
  try {
    const first = await Promise.race([
      once(createInterface({ input: child.stdout }), 'line').then(([line]) => line),
      once(child, 'exit').then(() => assert.fail(said)),
    ]);
    const link = new URL(first);
    assert.equal(link.origin, `http://127.0.0.1:${port}`);
    const source = await ask(`${link.origin}/src/route.ts`);
    assert.equal(source.status, 200);
    assert.match(source.text, /parseRoute/);

    const open = origin =>
      ask(`${link.origin}/api/session`, {
        method: 'POST',
        headers: { origin, 'content-type': 'application/json' },
        body: JSON.stringify({ link: link.hash.split('/').pop() }),
      });
    assert.equal((await open('http://evil.example')).status, 403, 'another site is told apart');
    const opened = await open(link.origin);
    assert.equal(opened.status, 201, opened.text);
    assert.equal((await ask(`${link.origin}/api/triggers`)).status, 401, 'the session is the page\'s, not the port\'s');
  } finally {
    child.kill();
    await served.stop();
  }
}));
