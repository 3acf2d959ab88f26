// The fake inside a Node test:
//
//   const fake = await startFake({ seed: 'small', settings: { rate_limit: false } });
//   fake.port, fake.caFile, fake.credentials, await fake.control('POST', '/lists', { name: 'New' }), await fake.close()

import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { controlServer, dispatch, runAll } from './control.mjs';
import { Listener } from './listener.mjs';
import { certificates } from './tls.mjs';
import { World } from './world.mjs';

export function newCredentials() {
  return {
    client_id: randomBytes(16).toString('hex'),
    client_secret: randomBytes(16).toString('hex'),
    api_key: `sp_apikey_${randomBytes(24).toString('hex')}`,
  };
}

export async function startFake({
  dir,
  seed = 'small',
  settings = {},
  credentials = newCredentials(),
  port = 0,
  controlPort = 0,
  plainPort,
  log = () => {},
} = {}) {
  const home = dir ?? mkdtempSync(join(tmpdir(), 'fake-sendpulse-'));
  const { caFile, cert, key } = certificates(home);
  const world = new World({ settings, seedName: seed, account: { ...credentials, email: 'ivy@maple-thread.example' } });
  const listener = new Listener(world, log, ops => runAll(world, listener, ops));
  const tlsPort = await listener.listenTls({ cert, key }, port);
  const plain = plainPort === undefined ? undefined : await listener.listenPlain(plainPort);
  const door = controlServer(world, listener);
  await new Promise((resolve, reject) => {
    door.once('error', reject);
    door.listen(controlPort, '127.0.0.1', resolve);
  });

  return {
    port: tlsPort,
    plainPort: plain,
    controlPort: door.address().port,
    caFile,
    credentials,
    // The control door without the HTTP in between; what it answers is a copy.
    control: async (method, path, body = {}) => structuredClone(dispatch(world, listener, method, path, body)),
    close: async () => {
      await listener.close();
      door.closeAllConnections();
      await new Promise(resolve => {
        door.close(resolve);
      });
      if (dir === undefined) rmSync(home, { recursive: true, force: true });
    },
  };
}
