// A test CA and a server certificate, made once per directory with the openssl program and reused while valid.

import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const NAMES = 'DNS:api.sendpulse.com,DNS:events.sendpulse.com,DNS:login.sendpulse.com,DNS:localhost,IP:127.0.0.1';
const FILES = ['ca.pem', 'ca.key', 'server.pem', 'server.key'];
const DAY = 86_400_000;

// Returns { caFile, cert, key }.
export function certificates(dir) {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  if (!usable(dir)) make(dir);
  return {
    caFile: join(dir, 'ca.pem'),
    cert: readFileSync(join(dir, 'server.pem')),
    key: readFileSync(join(dir, 'server.key')),
  };
}

function usable(dir) {
  if (!FILES.every(file => existsSync(join(dir, file)))) return false;
  try {
    const ca = new X509Certificate(readFileSync(join(dir, 'ca.pem')));
    const server = new X509Certificate(readFileSync(join(dir, 'server.pem')));
    return server.verify(ca.publicKey) && Date.parse(server.validTo) > Date.now() + DAY;
  } catch {
    return false;
  }
}

// Made aside and renamed, so that a stopped start leaves no half pair behind.
function make(dir) {
  const aside = mkdtempSync(join(dir, 'new-'));
  const path = file => join(aside, file);
  const openssl = (...args) => execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const key = file => ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', path(file)];
  try {
    openssl(
      'req',
      '-x509',
      '-sha256',
      '-days',
      '365',
      ...key('ca.key'),
      '-out',
      path('ca.pem'),
      '-subj',
      '/CN=Fake SendPulse test CA',
      '-addext',
      'keyUsage=critical,keyCertSign,cRLSign',
    );
    openssl(
      'req',
      '-x509',
      '-sha256',
      '-days',
      '364',
      ...key('server.key'),
      '-out',
      path('server.pem'),
      '-CA',
      path('ca.pem'),
      '-CAkey',
      path('ca.key'),
      '-subj',
      '/CN=api.sendpulse.com',
      '-addext',
      `subjectAltName=${NAMES}`,
      '-addext',
      'basicConstraints=critical,CA:FALSE',
      '-addext',
      'extendedKeyUsage=serverAuth',
    );
    for (const file of FILES) {
      chmodSync(path(file), 0o600);
      renameSync(path(file), join(dir, file));
    }
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}
