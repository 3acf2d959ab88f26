// The demonstration behind `./dev run`: the fake SendPulse, the reference host with the plugin dropped in, an account
// connected, every trigger enabled, and a shop's day played in quick motion. Events go to stdout as NDJSON, the story
// to stderr, so `./dev run | jq` works.
//
//   node demo.mjs --build DIR [--once] [--interval SECONDS]

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startFake } from './fake.mjs';

const TRIGGERS = [
  'mailing_list.created',
  'subscriber.added',
  'subscriber.unsubscribed',
  'campaign.created',
  'campaign.status_changed',
  'campaign.statistics_changed',
];
const PATIENCE_MS = 120_000;

const { values: options } = parseArgs({
  options: {
    build: { type: 'string' },
    once: { type: 'boolean', default: false },
    interval: { type: 'string', default: '2' },
  },
});

const bold = text => (process.stderr.isTTY && !process.env.NO_COLOR ? `\u001b[1m${text}\u001b[0m` : text);
const tell = text => process.stderr.write(`${text}\n`);

const home = mkdtempSync(join(tmpdir(), 'sendpulse-demo-'));
const fake = await startFake({ dir: join(home, 'fake'), seed: 'demo' });
const dataDir = join(home, 'host');
const hostArguments = [
  '--data-dir',
  dataDir,
  '--plugin-dir',
  join(options.build, 'plugins'),
  '--connect-to',
  `api.sendpulse.com:443:127.0.0.1:${fake.port}`,
  '--ca-file',
  fake.caFile,
];
const program = join(options.build, 'connector-host');

// Runs one command of the host and gives what it printed as JSON.
async function host(args, stdin = '') {
  const child = spawn(program, [...hostArguments, '--json', ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(stdin);
  let out = '';
  child.stdout.on('data', chunk => (out += chunk));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`connector-host ${args.join(' ')} ended with ${code}`);
  return JSON.parse(out);
}

// A link is for a person at a terminal; elsewhere it could be kept, so there it is the command that makes one.
async function tellWayIn() {
  const word = text => (/^[\w\-./:=@%+,]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
  const command = [program, '--data-dir', dataDir, 'link', '--open'].map(word).join(' ');
  if (process.stderr.isTTY) {
    const { url } = await host(['link']);
    tell(bold('   Look at it in a browser:') + ` ${url}`);
    tell(`   That link works once, for ten minutes. Another: ${command}`);
  } else {
    tell(bold('   Look at it in a browser:') + ` ${command}`);
  }
}

let running;
let stopping = false;

async function stop(code) {
  if (stopping) return;
  stopping = true;
  if (running && running.exitCode === null) {
    running.kill('SIGTERM');
    await Promise.race([once(running, 'close'), sleep(10_000)]);
  }
  await fake.close();
  rmSync(home, { recursive: true, force: true });
  process.exit(code);
}
process.on('SIGINT', () => stop(0));
process.on('SIGTERM', () => stop(0));
process.stdout.on('error', () => stop(0));

try {
  tell(bold('1. A fake SendPulse') + ` answers as https://api.sendpulse.com on 127.0.0.1:${fake.port}`);
  const { client_id, client_secret } = fake.credentials;
  const connection = await host(
    ['connect', 'sendpulse', '--method', 'app', '--input', '-'],
    JSON.stringify({ client_id, client_secret }),
  );
  tell(bold('2. Connected') + ` to ${connection.label} (${connection.id})`);
  for (const trigger of TRIGGERS) await host(['trigger', 'add', connection.id, trigger, '--input', '{}']);
  tell(bold('3. Enabled') + ` ${TRIGGERS.length} triggers: ${TRIGGERS.join(', ')}`);

  running = spawn(
    program,
    [...hostArguments, 'serve', '--listen', '127.0.0.1:0', '--interval', options.interval, '--sink', 'stdout'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  running.on('close', code => {
    if (!stopping) {
      tell(`the host ended by itself with ${code}`);
      stop(70);
    }
  });

  const awaited = new Set(TRIGGERS);
  const lines = createInterface({ input: running.stdout });
  lines.on('line', line => {
    process.stdout.write(`${line}\n`);
    const { type } = JSON.parse(line);
    for (const trigger of awaited) if (type.includes(`.${trigger}.v`)) awaited.delete(trigger);
  });

  tell(bold('4. Things happen') + ' in the account; the host looks every ' + `${options.interval} s (really: 300 s)`);
  // The first look at each trigger is its baseline: what is there already is no event.
  await sleep(1000 + 1000 * Number(options.interval));
  await tellWayIn();
  const deadline = Date.now() + PATIENCE_MS;
  while (!stopping && !(options.once && awaited.size === 0)) {
    const { description } = await fake.control('POST', '/demo/step');
    tell(`   ${description}`);
    await sleep(1000 * Number(options.interval) + 200);
    if (options.once && Date.now() > deadline) throw new Error(`no event of ${[...awaited].join(', ')}`);
  }
  if (options.once) {
    tell(bold('5. Every trigger fired.'));
    await stop(0);
  }
} catch (error) {
  if (!stopping) {
    tell(`demo: ${error.message}`);
    await stop(1);
  }
}
