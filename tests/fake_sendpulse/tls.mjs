// A test CA and a server certificate, made once per directory with the openssl program and reused while valid.

import { execFileSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const NAMES = 'DNS:api.sendpulse.com,DNS:events.sendpulse.com,DNS:login.sendpulse.com,DNS:foreign.example,DNS:localhost,IP:127.0.0.1';
const FILES = ['ca.pem', 'ca.key', 'server.pem', 'server.key'];
const DAY = 86_400_000;
const PATIENCE_MS = 10_000;

// Returns { caFile, cert, key }.
export function certificates(dir) {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  if (!isUsable(dir)) makeOnce(dir);
  return {
    caFile: join(dir, 'ca.pem'),
    cert: readFileSync(join(dir, 'server.pem')),
    key: readFileSync(join(dir, 'server.key')),
  };
}

function isUsable(dir) {
  const read = file => readFileSync(join(dir, file));
  try {
    const ca = new X509Certificate(read('ca.pem'));
    const server = new X509Certificate(read('server.pem'));
    const isPair = server.checkPrivateKey(createPrivateKey(read('server.key')));
    return isPair && server.verify(ca.publicKey) && Date.parse(server.validTo) > Date.now() + DAY;
  } catch {
    return false;
  }
}

// Several fakes may start on one directory at once: the one that can make the folder `new` works, the others wait. A
// `new` that a crash left behind is taken over.
function makeOnce(dir) {
  const aside = join(dir, 'new');
  try {
    mkdirSync(aside, { mode: 0o700 });
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (isMadeByAnother(dir)) return;
    rmSync(aside, { recursive: true, force: true });
    mkdirSync(aside, { mode: 0o700 });
  }
  try {
    make(dir, aside);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

function isMadeByAnother(dir) {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end;) {
    Atomics.wait(sleeper, 0, 0, 50);
    if (isUsable(dir)) return true;
  }
  return false;
}

function make(dir, aside) {
  const path = file => join(aside, file);
  const openssl = (...args) => execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const key = file => ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', path(file)];
  // prettier-ignore
  openssl(
    'req', '-x509', '-sha256', '-days', '365', ...key('ca.key'), '-out', path('ca.pem'),
    '-subj', '/CN=Fake SendPulse test CA', '-addext', 'keyUsage=critical,keyCertSign,cRLSign',
  );
  // prettier-ignore
  openssl(
    'req', '-x509', '-sha256', '-days', '364', ...key('server.key'), '-out', path('server.pem'),
    '-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-subj', '/CN=api.sendpulse.com',
    '-addext', `subjectAltName=${NAMES}`, '-addext', 'basicConstraints=critical,CA:FALSE',
    '-addext', 'extendedKeyUsage=serverAuth',
  );
  for (const file of FILES) {
    chmodSync(path(file), 0o600);
    renameSync(path(file), join(dir, file));
  }
}
