// A receiver of webhooks, and the flags that send events to it.

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { join } from 'node:path';

export const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

// A receiver of webhooks: `answer(request, response, n)` decides; what came is in `calls`.
export class Receiver {
  static async start(answer = (_, response) => response.writeHead(204).end(), tls) {
    const receiver = new Receiver();
    const handler = async (request, response) => {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const body = Buffer.concat(chunks).toString();
      receiver.calls.push({ method: request.method, url: request.url, headers: request.headers, body, at: Date.now() });
      answer(request, response, receiver.calls.length);
    };
    receiver.server = tls ? https.createServer(tls, handler) : http.createServer(handler);
    receiver.server.listen(0, '127.0.0.1');
    await once(receiver.server, 'listening');
    receiver.port = receiver.server.address().port;
    return receiver;
  }

  calls = [];

  get sink() {
    return `webhook:http://127.0.0.1:${this.port}/hook?key=in-the-url`;
  }

  get ids() {
    return this.calls.map(({ headers }) => headers['webhook-id']);
  }

  async close() {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

export const toWebhook = (world, receiver, secrets = [SECRET]) => {
  const file = join(world.home, 'webhook-secret');
  writeFileSync(file, secrets.map(secret => `${secret}\n`).join(''), { mode: 0o600 });
  return ['--sink', receiver.sink, '--webhook-secret-file', file];
};
