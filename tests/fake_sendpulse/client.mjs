// A small HTTPS client for the fake's own tests: HTTP/2 or HTTP/1.1, one connection kept open, nothing retried.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import https from 'node:https';

export class Client {
  #options;
  #session = null;
  #agent = null;
  #fake;
  token = null;

  constructor(fake, protocol = 'h2') {
    this.#fake = fake;
    this.#options = {
      ca: readFileSync(fake.caFile),
      servername: 'api.sendpulse.com',
      host: '127.0.0.1',
      port: fake.port,
    };
    if (protocol === 'h1') this.#agent = new https.Agent({ keepAlive: true, maxSockets: 1, ...this.#options });
  }

  async signIn(fields = {}) {
    const { client_id, client_secret } = this.#fake.credentials;
    const body = { grant_type: 'client_credentials', client_id, client_secret, ...fields };
    const answer = await this.send('POST', '/oauth/access_token', { body, token: null });
    this.token = answer.json?.access_token ?? this.token;
    return answer;
  }

  get = (path, options) => this.send('GET', path, options);
  post = (path, body) => this.send('POST', path, { body });

  // Returns { status, headers, text, json }; a broken connection is a rejection.
  send(method, path, { body, headers = {}, token = this.token } = {}) {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const all = {
      ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...headers,
    };
    return this.#agent ? this.#overHttp1(method, path, all, text) : this.#overHttp2(method, path, all, text);
  }

  // Sends a GET over HTTP/2 and resets its stream after a while; the connection stays.
  async cancelled(path, afterMs) {
    const stream = this.#session.request({ ':path': path, authorization: `Bearer ${this.token}` });
    stream.on('error', () => {});
    await new Promise(resolve => {
      setTimeout(resolve, afterMs);
    });
    stream.close(http2.constants.NGHTTP2_CANCEL);
  }

  // Ends when the server has ended the connection over HTTP/2.
  dropped() {
    return new Promise(resolve => {
      if (!this.#session || this.#session.destroyed) resolve();
      else this.#session.once('close', resolve);
    });
  }

  close() {
    this.#session?.destroy();
    this.#agent?.destroy();
  }

  async #overHttp2(method, path, headers, text) {
    if (!this.#session || this.#session.destroyed || this.#session.closed) {
      this.#session = http2.connect('https://api.sendpulse.com', { ...this.#options, ALPNProtocols: ['h2'] });
      this.#session.on('error', () => {});
      await once(this.#session, 'connect');
    }
    const session = this.#session;
    return new Promise((resolve, reject) => {
      // Without the option Node sends DELETE without a body.
      const stream = session.request(
        { ':method': method, ':path': path, ...headers },
        { endStream: text === undefined },
      );
      const chunks = [];
      let head = null;
      stream.on('response', given => {
        head = given;
      });
      stream.on('data', chunk => chunks.push(chunk));
      stream.on('error', reject);
      stream.on('close', () => {
        if (head === null || stream.rstCode !== 0 || !stream.readableEnded) reject(new Error('the stream broke'));
        else resolve(answer(head[':status'], head, Buffer.concat(chunks)));
      });
      if (text !== undefined) stream.end(text);
    });
  }

  #overHttp1(method, path, headers, text) {
    return new Promise((resolve, reject) => {
      const options = {
        ...this.#options,
        agent: this.#agent,
        method,
        path,
        headers: { host: 'api.sendpulse.com', ...headers },
      };
      const req = https.request(options, res => {
        const chunks = [];
        res.on('data', chunk => chunks.push(chunk));
        res.on('error', reject);
        res.on('end', () => resolve(answer(res.statusCode, res.headers, Buffer.concat(chunks))));
      });
      req.on('error', reject);
      req.end(text);
    });
  }
}

function answer(status, headers, bytes) {
  const text = bytes.toString('utf8');
  let json;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status, headers, bytes, text, json };
}
