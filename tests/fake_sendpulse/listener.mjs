// The server side: HTTP/2 and HTTP/1.1 over TLS (and plain HTTP when asked for), one request at a time from socket to
// answer, with the faults in between.

import http from 'node:http';
import http2 from 'node:http2';
import { gzipSync } from 'node:zlib';
import { readQuery } from './arguments.mjs';
import { answerTo, bearerOf } from './application.mjs';
import { replaces, scripted, spoilt } from './faults.mjs';
import { shaped } from './shapes.mjs';

const LARGEST_BODY = 16 * 1024 * 1024;
const GZIP_FROM = 1024;
// Time for what was written to leave before the connection is cut.
const FLUSH_MS = 20;

export class Listener {
  #world;
  #log;
  #runOps;
  #sockets = new Map();
  #nextConnection = 1;
  #servers = [];

  // `runOps` lets a fault change the account between two requests of one client.
  constructor(world, log, runOps) {
    this.#world = world;
    this.#log = log;
    this.#runOps = runOps;
  }

  async listenTls({ cert, key }, port) {
    const server = http2.createSecureServer({
      cert,
      key,
      allowHTTP1: true,
      settings: { maxConcurrentStreams: 128 },
    });
    server.on('secureConnection', socket => this.#remember(socket));
    return this.#listen(server, port);
  }

  async listenPlain(port) {
    const server = http.createServer({ keepAliveTimeout: 75_000 });
    server.on('connection', socket => this.#remember(socket));
    return this.#listen(server, port);
  }

  connections() {
    return [...this.#sockets.values()].map(({ id, socket }) => ({ id, protocol: socket.alpnProtocol || 'http/1.1' }));
  }

  // Cuts every open connection, as a restarted server or a proxy does.
  dropAll() {
    const count = this.#sockets.size;
    for (const { socket } of this.#sockets.values()) socket.destroy();
    return count;
  }

  async close() {
    const closed = this.#servers.map(server => new Promise(resolve => server.close(resolve)));
    this.dropAll();
    await Promise.all(closed);
  }

  #listen(server, port) {
    this.#servers.push(server);
    server.on('request', (req, res) => this.#serve(req, res));
    server.on('sessionError', () => {});
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => resolve(server.address().port));
    });
  }

  // On HTTP/2 a request does not lead to its socket, but to the peer's port, which names it.
  #remember(socket) {
    const port = socket.remotePort;
    const id = this.#nextConnection;
    this.#nextConnection += 1;
    this.#sockets.set(port, { id, socket });
    socket.on('error', () => {});
    socket.on('close', () => {
      // The port may have a newer connection by now.
      if (this.#sockets.get(port)?.id === id) this.#sockets.delete(port);
    });
  }

  async #serve(req, res) {
    req.on('error', () => {});
    res.on('error', () => {});
    const connection = this.#sockets.get((req.stream?.session ?? req).socket?.remotePort);
    const [path, rawQuery = ''] = req.url.split(/\?(.*)/s);
    const request = {
      method: req.method,
      path,
      rawQuery,
      query: readQuery(rawQuery),
      headers: plainHeaders(req.headers),
      protocol: req.httpVersionMajor === 2 ? 'h2' : 'http/1.1',
      connection: connection?.id ?? null,
      clientId: null,
      body: '',
      bytes: Buffer.alloc(0),
    };
    const bearer = bearerOf(request.headers);
    request.clientId = bearer ? (this.#world.accountOfBearer(bearer)?.clientId ?? null) : null;
    const entry = this.#world.journal.open(request);
    entry.account = request.clientId;
    const exchange = { req, res, request, entry, socket: connection?.socket ?? req.socket };
    try {
      await this.#exchange(exchange);
    } catch (error) {
      // A client that cancels one stream keeps its connection.
      if (hasLeft(exchange)) this.#finish(exchange, null, 'client left');
      else this.#cut(exchange, `broken: ${error.stack}`);
    }
  }

  async #exchange(exchange) {
    const { req, request, entry } = exchange;
    const { faults, journal, settings } = this.#world;
    const early = faults.take(request, 'before_read');
    if (early) {
      entry.fault = early.id;
      this.#cut(exchange, 'dropped before_read');
      return;
    }
    request.bytes = await readAll(req);
    request.body = request.bytes.toString('utf8');
    journal.noteBody(entry, request.body);
    request.clientId ??= clientIdIn(request);
    entry.account ??= request.clientId;
    const fault = faults.take(request, 'after_read');
    const action = fault?.action ?? {};
    entry.fault = fault?.id ?? null;
    const takesEffect = !replaces(action) || action.apply === true;
    if (action.before) this.#runOps(action.before);
    const real = takesEffect ? answerTo(this.#world, request) : null;
    entry.applied = takesEffect;
    if (real?.error) entry.error = real.error.stack;
    if (action.after) this.#runOps(action.after);
    let answer = replaces(action) ? scripted(action) : real;
    if (action.shape) answer = shaped(answer, action.shape, request, fault.hits);
    if (settings.gzip) answer = packed(answer, request.headers['accept-encoding']);
    if (fault) answer = spoilt(answer, action);
    const wait = (action.delay_ms ?? 0) + settings.latency_ms;
    if (wait > 0) await pause(wait);
    await this.#send(exchange, answer, action);
  }

  async #send(exchange, answer, action) {
    const { res, req } = exchange;
    const { status, body } = answer;
    if (action.drop === 'after_read') return this.#cut(exchange, 'dropped after_read');
    if (action.drop === 'reset_stream' || action.drop === 'refused_stream') return this.#reset(exchange, action.drop);
    if (hasLeft(exchange)) return this.#finish(exchange, null, 'client left');
    res.writeHead(status, { 'content-length': body.length, ...answer.headers });
    if (action.drop === 'after_headers' || action.drop === 'mid_body') {
      res.flushHeaders();
      if (action.drop === 'mid_body') res.write(body.subarray(0, Math.ceil(body.length / 2)));
      await pause(FLUSH_MS);
      return this.#cut(exchange, `dropped ${action.drop}`);
    }
    if (action.drip) {
      const { bytes = 1, every_ms: every = 1000 } = action.drip;
      for (let at = 0; at < body.length; at += bytes) {
        if (hasLeft(exchange)) return this.#finish(exchange, status, 'client left');
        res.write(body.subarray(at, at + bytes));
        await pause(every);
      }
      res.end();
    } else if (req.method === 'HEAD') {
      res.end();
    } else {
      res.end(body);
    }
    return this.#finish(exchange, status, 'answered');
  }

  #cut(exchange, outcome) {
    this.#finish(exchange, null, outcome);
    exchange.socket.destroy();
  }

  // HTTP/2 can end one stream and keep the connection; HTTP/1.1 has only the connection.
  #reset(exchange, drop) {
    const { stream } = exchange.req;
    if (!stream?.session) return this.#cut(exchange, `dropped ${drop}`);
    const { NGHTTP2_INTERNAL_ERROR, NGHTTP2_REFUSED_STREAM } = http2.constants;
    this.#finish(exchange, null, `dropped ${drop}`);
    return stream.close(drop === 'refused_stream' ? NGHTTP2_REFUSED_STREAM : NGHTTP2_INTERNAL_ERROR);
  }

  #finish({ entry }, status, outcome) {
    this.#world.journal.close(entry, status, outcome);
    this.#log(entry);
  }
}

const hasLeft = ({ req, res, socket }) => socket.destroyed || res.destroyed === true || req.stream?.destroyed === true;

const pause = ms =>
  new Promise(resolve => {
    setTimeout(resolve, ms);
  });

function plainHeaders(given) {
  const headers = {};
  for (const [name, value] of Object.entries(given)) if (!name.startsWith(':')) headers[name] = value;
  return headers;
}

// Faults may name an account; before a token is there, the token request itself says whose it is.
function clientIdIn({ path, headers, body }) {
  if (!path.startsWith('/oauth/')) return null;
  const basic = /^basic (\S+)$/i.exec(headers.authorization ?? '');
  if (basic) return Buffer.from(basic[1], 'base64').toString().split(':')[0];
  return /"?client_id"?\s*[:=]\s*"?([^"&\s,}]+)/.exec(body)?.[1] ?? null;
}

function readAll(req) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    let size = 0;
    req.on('data', chunk => {
      size += chunk.length;
      if (size > LARGEST_BODY) reject(new Error('body too large'));
      else chunks.push(chunk);
    });
    req.on('end', () => resolve(Buffer.concat(chunks)));
    req.on('aborted', () => reject(new Error('client left')));
    req.on('error', reject);
  });
}

function packed(answer, accepts = '') {
  if (!accepts.includes('gzip') || answer.body.length < GZIP_FROM || answer.headers['content-encoding']) return answer;
  const headers = { ...answer.headers, 'content-encoding': 'gzip', vary: 'accept-encoding' };
  return { status: answer.status, headers, body: gzipSync(answer.body, { level: 1 }) };
}
