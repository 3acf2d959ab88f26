// What every end-to-end test needs: a fake SendPulse, a data directory of its own, and the host's commands run as
// processes. Nothing of the host is reached but through its command line, its output and its exit code.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { startFake } from '../fake_sendpulse/fake.mjs';

export const BUILD = process.env.CONNECTOR_BUILD ?? new URL('../../build/dev', import.meta.url).pathname;
const SLOW = process.env.CONNECTOR_SANITIZE ? 5 : 1;

// Where `serve` says that it is, when nobody is at a terminal.
export const PLACE = /note: the (?:UI|API) is at (https?:\/\/[^\s;/]+)/;

// The host remembers in its data folder which manifests it has checked, by the SHA-256 of their bytes and of itself. To
// check SendPulse's costs more than all else that a command does, and every test has a folder of its own: so they lend
// each other what was checked. first_steps.test.mjs walks the way of a folder that is really new.
const CHECKED = join(BUILD, 'tests/e2e/checked_manifests');
const LENT_AT_MOST = 16;
const lends = !process.argv[1]?.endsWith('first_steps.test.mjs');

function lend(dataDir) {
  if (!lends || existsSync(dataDir) || !existsSync(CHECKED)) return;
  mkdirSync(join(dataDir, 'manifests'), { recursive: true, mode: 0o700 });
  for (const name of readdirSync(CHECKED).filter(each => each.endsWith('.json'))) {
    try {
      copyFileSync(join(CHECKED, name), join(dataDir, 'manifests', name));
    } catch {
      // Another process makes room: then it is checked once more.
    }
  }
}

function keep(dataDir) {
  const folder = join(dataDir, 'manifests');
  if (!existsSync(folder)) return;
  mkdirSync(CHECKED, { recursive: true });
  const known = readdirSync(CHECKED);
  const fresh = readdirSync(folder).filter(name => name.endsWith('.json') && !known.includes(name));
  if (known.length + fresh.length > LENT_AT_MOST) for (const name of known) rmSync(join(CHECKED, name), { force: true });
  for (const name of fresh.slice(0, LENT_AT_MOST)) {
    const scratch = join(CHECKED, `${name}.${process.pid}`);
    copyFileSync(join(folder, name), scratch);
    renameSync(scratch, join(CHECKED, name));
  }
}

// Patience, never a pass mark: how long a test waits before it says that something did not happen.
export const patience = ms => ms * SLOW;

export async function until(condition, what, ms = 15_000) {
  const deadline = Date.now() + patience(ms);
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await sleep(20);
  }
}

export const lines = text =>
  text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line));

// What /proc shows of a process to this user. Only root may read the environment of a host: its memory is closed to the
// other processes of its user.
export function shownByProc(pid, name) {
  try {
    return readFileSync(`/proc/${pid}/${name}`);
  } catch (error) {
    if (error.code !== 'EACCES') throw error;
    return Buffer.alloc(0);
  }
}

// A test with a world of its own.
export const inWorld = (body, options) => async t => {
  const world = await World.start(options);
  try {
    await body(world, t);
  } finally {
    await world.close();
  }
};

export class World {
  static async start({ seed = 'small', settings = {}, plugins = join(BUILD, 'plugins') } = {}) {
    const home = mkdtempSync(join(tmpdir(), 'connector-e2e-'));
    const fake = await startFake({ dir: join(home, 'fake'), seed, settings: { rate_limit: false, ...settings } });
    return new this(home, fake, plugins);
  }

  constructor(home, fake, plugins) {
    this.home = home;
    this.fake = fake;
    this.plugins = plugins;
    this.caFile = fake.caFile;
    this.program = join(BUILD, 'connector-host');
    this.dataDir = join(home, 'data');
    this.elsewhere = []; // HOST:PORT:ADDRESS:PORT of what else the host can reach
    this.env = {}; // what every process of the host finds in its environment
    this.running = new Set();
    this.output = ''; // everything any process of the host has printed, to be searched for secrets
  }

  get globals() {
    return [
      ...['--data-dir', this.dataDir],
      ...['--plugin-dir', this.plugins],
      ...['--connect-to', `api.sendpulse.com:443:127.0.0.1:${this.fake.port}`],
      ...['--ca-file', this.caFile],
      ...this.elsewhere.flatMap(place => ['--connect-to', place]),
    ];
  }

  spawn(args, { globals = this.globals, env = {}, stdio = ['pipe', 'pipe', 'pipe'] } = {}) {
    lend(this.dataDir);
    const child = spawn(this.program, [...globals, ...args], {
      stdio,
      env: { PATH: process.env.PATH, HOME: this.home, LANG: 'C.UTF-8', ...this.env, ...env },
    });
    this.running.add(child);
    child.on('close', () => this.running.delete(child));
    return child;
  }

  // One command to its end: {code, signal, out, err, json}.
  async host(args, { input = '', ...options } = {}) {
    const child = this.spawn(args, options);
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', chunk => (out += chunk));
    child.stderr.setEncoding('utf8').on('data', chunk => (err += chunk));
    const [code, signal] = await once(child, 'close');
    this.output += out + err;
    return {
      code,
      signal,
      out,
      err,
      get json() {
        return JSON.parse(out);
      },
    };
  }

  // A command that must succeed; gives its JSON.
  async ok(args, options) {
    const result = await this.host(['--json', ...args], options);
    if (result.code !== 0) throw new Error(`connector-host ${args.join(' ')}: ${result.code}\n${result.out}${result.err}`);
    return result.out.trim() === '' ? undefined : result.json;
  }

  async connect({ method = 'app', credentials = this.fake.credentials } = {}) {
    const { client_id, client_secret, api_key } = credentials;
    const input = method === 'key' ? { api_key } : { client_id, client_secret };
    return this.ok(['connect', 'sendpulse', '--method', method, '--input', '-'], { input: JSON.stringify(input) });
  }

  // A command that must fail with this exit code; gives the error of its JSON, with what else is told beside it.
  async fails(code, args, options) {
    const result = await this.host(['--json', ...args], options);
    if (result.code !== code)
      throw new Error(`connector-host ${args.join(' ')}: ${result.code}, not ${code}\n${result.out}${result.err}`);
    const { error, ...more } = result.json;
    return { ...error, more, text: result.err };
  }

  async act(connection, action, input = {}, ...more) {
    return this.ok(['action', 'run', connection.id, action, '--input', JSON.stringify(input), ...more]);
  }

  async actFails(code, connection, action, input = {}, ...more) {
    return this.fails(code, ['action', 'run', connection.id, action, '--input', JSON.stringify(input), ...more]);
  }

  async addTrigger(connection, trigger, input = {}, ...more) {
    return this.ok(['trigger', 'add', connection.id, trigger, '--accept-cost', '--input', JSON.stringify(input), ...more]);
  }

  // `run` in the background: {events, err, stop(), kill()}.
  run(...args) {
    const child = this.spawn(['run', ...args]);
    const host = { child, events: [], err: '', ended: once(child, 'close') };
    child.stderr.setEncoding('utf8').on('data', chunk => {
      host.err += chunk;
      this.output += chunk;
    });
    createInterface({ input: child.stdout }).on('line', line => {
      this.output += `${line}\n`;
      host.events.push(JSON.parse(line));
    });
    host.stop = async () => {
      child.kill('SIGTERM');
      const [code, signal] = await host.ended;
      return { code, signal };
    };
    host.kill = async () => {
      child.kill('SIGKILL');
      await host.ended;
    };
    return host;
  }

  // One poll of every trigger, whatever comes of it: {code, err, events}.
  async poll(...args) {
    const { code, out, err } = await this.host(['run', '--once', '--sink', 'stdout', ...args]);
    return { code, err, events: lines(out) };
  }

  // One poll of every trigger that must succeed; gives the events that came out.
  async pollOnce(...args) {
    const { code, err, events } = await this.poll(...args);
    if (code !== 0) throw new Error(`run --once: ${code}\n${err}`);
    return events;
  }

  async trigger(trigger) {
    return this.ok(['trigger', 'show', trigger.id]);
  }

  async connection(connection) {
    const { connections } = await this.ok(['connections']);
    return connections.find(({ id }) => id === connection.id);
  }

  // What goes wrong in the fake from now on; `times` -1 is for ever.
  fault(match, action, times = 1) {
    return this.fake.control('POST', '/faults', { match, action, times });
  }

  healed() {
    return this.fake.control('DELETE', '/faults');
  }

  requests(filter = '') {
    return this.fake.control('GET', `/requests${filter}`);
  }

  database() {
    return readFileSync(join(this.dataDir, 'connector.db'));
  }

  async close() {
    const ends = [...this.running].map(child => once(child, 'close'));
    for (const child of this.running) child.kill('SIGKILL');
    await Promise.all(ends);
    if (lends) keep(this.dataDir);
    await this.fake.close();
    rmSync(this.home, { recursive: true, force: true });
  }
}
