// Stands for the person's browser: an `xdg-open` that only notes what it was asked to open, and a client that follows
// redirects with cookies, as a browser does. Names like api.sendpulse.com are reached where the test says.

import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import { until } from './harness.mjs';

export class Browser {
  #file;
  #ca;
  #ports;
  #cookies = new Map();

  // `ports`: {'api.sendpulse.com': 12345}.
  constructor({ home, caFile, ports }) {
    const bin = join(home, 'bin');
    mkdirSync(bin, { recursive: true });
    this.#file = join(home, 'opened');
    this.#ca = readFileSync(caFile);
    this.#ports = ports;
    // Written aside first: who reads it sees all of it.
    const script = `#!/bin/sh\nfor word; do printf '%s\\n' "$word"; done > '${this.#file}.new'\nmv '${this.#file}.new' '${this.#file}'\n`;
    writeFileSync(join(bin, 'xdg-open'), script);
    chmodSync(join(bin, 'xdg-open'), 0o755);
    this.env = { PATH: `${bin}:${process.env.PATH}` };
  }

  // The arguments of the next xdg-open.
  async opened() {
    await until(() => existsSync(this.#file), 'the browser to be opened', 30_000);
    const words = readFileSync(this.#file, 'utf8').trimEnd().split('\n');
    rmSync(this.#file);
    return words;
  }

  // GETs, and goes where it is sent: {status, headers, body, url, hops}. `alter` may change an address before it is
  // visited, and ends the journey with null.
  async visit(url, alter = address => address) {
    const hops = [];
    for (let next = alter(url); next !== null; ) {
      hops.push(next);
      if (hops.length > 20) throw new Error(`sent from page to page:\n${hops.join('\n')}`);
      const answer = await this.#get(new URL(next));
      if (answer.status < 300 || answer.status > 399) return { ...answer, url: next, hops };
      next = alter(new URL(answer.headers.location, next).href);
    }
    return { status: 0, headers: {}, body: '', url: hops.at(-1), hops };
  }

  #get(url) {
    const secure = url.protocol === 'https:';
    const port = this.#ports[url.hostname] ?? (url.port || (secure ? 443 : 80));
    const jar = this.#cookies.get(url.host) ?? new Map();
    this.#cookies.set(url.host, jar);
    const headers = { host: url.host, cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') };
    const options = { host: '127.0.0.1', port, path: url.pathname + url.search, headers, agent: false };
    if (secure) Object.assign(options, { ca: this.#ca, servername: url.hostname });
    return new Promise((resolve, reject) => {
      const request = (secure ? https : http).get(options, response => {
        for (const cookie of response.headers['set-cookie'] ?? []) {
          const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
          if (value === '') jar.delete(name);
          else jar.set(name, value);
        }
        let body = '';
        response.setEncoding('utf8').on('data', chunk => (body += chunk));
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
        response.on('error', reject);
      });
      request.on('error', reject);
    });
  }
}

// Where the page in this file leads: a browser is opened with a file, so that no list of processes shows the address.
export const addressIn = file => /<a href="([^"]+)">/.exec(readFileSync(file, 'utf8'))[1];

// Signs in by the browser: {result, page, start}. `alter` as for `visit`.
export async function signIn(world, browser, args, { alter, input = '', env = {} } = {}) {
  const ending = world.host(['--json', ...args], { input, env: { ...browser.env, ...env } });
  const start = await Promise.race([browser.opened(), ending.then(({ code, err }) => Promise.reject(new Error(`it ended with ${code}: ${err}`)))]);
  const page = await browser.visit(addressIn(start[0]), alter);
  return { page, start, result: await ending };
}

export const isCallback = url => new URL(url).pathname === '/callback';
