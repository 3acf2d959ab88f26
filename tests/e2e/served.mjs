// `connector-host serve` as a browser or a program sees it: the link, the two halves of a session, and requests with
// headers that a browser would not send. Every answer to `api` is held against openapi.yaml.

import { once } from 'node:events';
import http from 'node:http';
import { createInterface } from 'node:readline';
import { checkAnswer } from './openapi_answers.mjs';
import { PLACE, until } from './harness.mjs';

export const tokenOf = link => /#\/open\/([\w-]+)$/.exec(link)[1];

export class Served {
  // Starts it; with `session: false` nobody has opened a link yet.
  static async start(world, { args = [], session = true } = {}) {
    const served = new Served(world, ['serve', '--listen', '127.0.0.1:0', ...args]);
    await until(() => served.origin || served.child.exitCode !== null, 'the place to be printed', 30_000);
    if (!served.origin) throw new Error(`serve ended with ${served.child.exitCode}: ${served.err}`);
    if (session) await served.open();
    return served;
  }

  constructor(world, args) {
    this.world = world;
    this.child = world.spawn(args);
    this.ended = once(this.child, 'close');
    this.err = '';
    this.events = [];
    this.child.stderr.setEncoding('utf8').on('data', chunk => {
      this.err += chunk;
      world.output += chunk;
      this.origin ??= PLACE.exec(this.err)?.[1];
    });
    createInterface({ input: this.child.stdout }).on('line', line => this.events.push(JSON.parse(line)));
  }

  get host() {
    return new URL(this.origin).host;
  }

  // The headers that a request of the session has.
  get session() {
    return this.cookie ? { cookie: this.cookie, 'x-session-key': this.key } : {};
  }

  async link() {
    const { url } = await this.world.ok(['link']);
    return url;
  }

  // Opens a link as the page does: the cookie and the key of a new session.
  async open(link) {
    const token = tokenOf(link ?? (await this.link()));
    const answer = await this.api('POST', '/api/session', { link: token }, { headers: { cookie: '', 'x-session-key': '' } });
    if (answer.status !== 201) throw new Error(`the link answers ${answer.status}: ${answer.text}`);
    this.cookie = answer.headers['set-cookie'][0].split(';')[0];
    this.key = answer.body.key;
    return answer;
  }

  // One request just as it is said; its answer with the body as JSON where it is JSON.
  raw(method, path, { headers = {}, body, agent = false } = {}) {
    const { hostname, port } = new URL(this.origin);
    return new Promise((resolve, reject) => {
      const request = http.request({ hostname, port, method, path, headers: { host: this.host, ...headers }, agent }, response => {
        const chunks = [];
        response.on('data', chunk => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const json = response.headers['content-type']?.startsWith('application/json') && text !== '';
          resolve({ status: response.statusCode, headers: response.headers, text, body: json ? JSON.parse(text) : text });
        });
      });
      request.on('error', reject);
      request.end(body);
    });
  }

  // As the UI asks; the answer is checked.
  async api(method, path, body, { headers = {} } = {}) {
    const answer = await this.raw(method, path, {
      headers: {
        ...this.session,
        ...(method === 'GET' ? {} : { origin: this.origin }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    checkAnswer(method, path.split('?')[0], answer);
    this.world.output += answer.text;
    return answer;
  }

  // A request that must succeed; gives its body.
  async ok(method, path, body) {
    const answer = await this.api(method, path, body);
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  }

  // A request that must fail with this status; gives its error.
  async fails(status, method, path, body) {
    const answer = await this.api(method, path, body);
    if (answer.status !== status) throw new Error(`${method} ${path}: ${answer.status}, not ${status}: ${answer.text}`);
    return answer.body.error;
  }

  // The stream of changes: {messages, closed, close()}; each message is {id, event, data}.
  listen(headers = {}) {
    const { hostname, port } = new URL(this.origin);
    return new Promise((resolve, reject) => {
      const options = { hostname, port, path: '/api/changes', headers: { host: this.host, ...this.session, ...headers }, agent: false };
      const request = http.get(options, response => {
        const stream = { status: response.statusCode, headers: response.headers, messages: [], closed: false, close: () => request.destroy() };
        let text = '';
        response.setEncoding('utf8').on('data', chunk => {
          text += chunk;
          for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
            const fields = Object.fromEntries(
              text
                .slice(0, end)
                .split('\n')
                .map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
            );
            text = text.slice(end + 2);
            if (fields.event) stream.messages.push({ id: fields.id, event: fields.event, data: JSON.parse(fields.data) });
          }
        });
        response.on('close', () => (stream.closed = true));
        response.on('error', () => {});
        // The head of the stream is sent when it listens.
        const begun = () => {
          checkAnswer('GET', '/api/changes', { ...stream, body: '' });
          resolve(stream);
        };
        if (response.statusCode === 200) response.once('data', begun);
        else response.on('end', () => resolve(stream));
      });
      request.on('error', reject);
    });
  }

  async stop() {
    // A second signal would end it at once.
    if (!this.stopping) this.child.kill('SIGTERM');
    this.stopping = true;
    const [code, signal] = await this.ended;
    return { code, signal };
  }
}
