#!/usr/bin/env node
// The fake as a program. One JSON line on stdout when it listens; one line per request on stderr.

import { linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { newCredentials, startFake } from './fake.mjs';
import { SEEDS } from './seeds.mjs';

const USAGE = `usage: node server.mjs [--port 0] [--control-port 0] [--plain-port N] [--dir DIR]
                       [--seed demo|small|empty] [--rate-limit on|off] [--recording FILE] [--quiet] [--exit-with-parent]`;

function options() {
  try {
    return parseArgs({
      options: {
        port: { type: 'string', default: '0' },
        'control-port': { type: 'string', default: '0' },
        'plain-port': { type: 'string' },
        dir: { type: 'string' },
        seed: { type: 'string', default: 'demo' },
        recording: { type: 'string' },
        'rate-limit': { type: 'string', default: 'on' },
        quiet: { type: 'boolean', default: false },
        'exit-with-parent': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    process.stderr.write(`${error.message}\n${USAGE}\n`);
    return process.exit(64);
  }
}

// Kept beside the certificates, so that a host that was connected once stays connected after a restart.
function storedCredentials(dir) {
  if (dir === undefined) return newCredentials();
  const file = join(dir, 'credentials.json');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const aside = `${file}.${process.pid}`;
  writeFileSync(aside, JSON.stringify(newCredentials()), { mode: 0o600 });
  try {
    // Unlike a rename, a link never replaces what another fake has just stored.
    linkSync(aside, file);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(aside);
  }
  return JSON.parse(readFileSync(file, 'utf8'));
}

// Queries of the OAuth paths hold codes, so only the data calls show theirs.
function logLine(entry) {
  const query = entry.query && !entry.path.startsWith('/oauth/') ? `?${entry.query}` : '';
  const fault = entry.fault === null ? '' : ` fault=${entry.fault}`;
  process.stderr.write(
    `${entry.time} ${entry.protocol} #${entry.connection} ${entry.method} ${entry.path}${query} ` +
      `${entry.status ?? '-'} ${entry.outcome} ${entry.took_ms}ms${fault}${entry.error ? `\n${entry.error}` : ''}\n`,
  );
}

const given = options();
if (!SEEDS.includes(given.seed) || !['on', 'off'].includes(given['rate-limit'])) {
  process.stderr.write(`${USAGE}\n`);
  process.exit(64);
}
if (given.help) {
  process.stdout.write(`${USAGE}\n`);
  process.exit(0);
}

const fake = await startFake({
  dir: given.dir,
  seed: given.seed,
  port: Number(given.port),
  controlPort: Number(given['control-port']),
  plainPort: given['plain-port'] === undefined ? undefined : Number(given['plain-port']),
  settings: { rate_limit: given['rate-limit'] !== 'off' },
  credentials: storedCredentials(given.dir),
  log: given.quiet ? undefined : logLine,
});

if (given.recording !== undefined)
  await fake.control('POST', '/recording', JSON.parse(readFileSync(given.recording, 'utf8')));

process.stdout.write(
  `${JSON.stringify({
    port: fake.port,
    control_port: fake.controlPort,
    plain_port: fake.plainPort,
    ca_file: fake.caFile,
    ...fake.credentials,
  })}\n`,
);

// Whoever reads the log may go away earlier.
process.stderr.on('error', () => {});

let isStopping = false;
async function stop() {
  if (isStopping) return;
  isStopping = true;
  await fake.close();
  process.exit(0);
}
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
if (given['exit-with-parent']) process.stdin.on('end', stop).on('close', stop).resume();
