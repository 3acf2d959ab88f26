// api.sendpulse.com over TLS, with Prism between it and the fake: each request goes through the Prism of the OpenAPI file
// that describes its path, and what breaks the description on either side is kept. One that no file describes goes
// straight to the fake.

import http from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import { certificates } from '../fake_sendpulse/tls.mjs';
import { startPrism } from './prism.mjs';

const MIB = 1_048_576;

// Prism writes a sentence instead of the list when that would be too long for a header.
export function violationsIn(header = '[]') {
  if (!header.startsWith('[')) return [{ place: 'prism', message: header }];
  return JSON.parse(header).map(({ location, message }) => ({ place: location.join('.'), message }));
}

export async function startValidatingFront({ dir, fake, folder, descriptions }) {
  const { cert, key } = certificates(dir);
  const prisms = new Map(); // file -> promise of its Prism
  // A connection for each request: one that was kept may be closed by Prism just when it is used again.
  const agent = new http.Agent({ keepAlive: false });
  let seen = [];

  function prismOf({ file, base }) {
    if (!prisms.has(file)) prisms.set(file, startPrism(join(folder, file), `http://127.0.0.1:${fake.plainPort}${base}`));
    return prisms.get(file);
  }

  function carry({ port, method, path, headers, body }) {
    return new Promise((resolve, reject) => {
      // The violations of one answer come as one header, which can be long.
      const request = http.request({ host: '127.0.0.1', port, method, path, headers, agent, maxHeaderSize: 8 * MIB });
      request.on('error', reject);
      request.on('response', async answer => {
        const chunks = [];
        for await (const chunk of answer) chunks.push(chunk);
        resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) });
      });
      request.end(body);
    });
  }

  async function answer(req) {
    const chunks = [];
    for await (const chunk of req) chunks.push(chunk);
    const [path] = req.url.split('?');
    const { 'accept-encoding': _, ...headers } = req.headers;
    const asked = { method: req.method, path: req.url, headers, body: Buffer.concat(chunks) };
    const operation = descriptions.find(req.method, path);
    const entry = { method: req.method, path: req.url, operation, violations: [] };
    seen.push(entry);
    if (!operation) return carry({ ...asked, port: fake.plainPort });
    const { port } = await prismOf(operation);
    const got = await carry({ ...asked, port, path: req.url.slice(operation.base.length) });
    entry.status = got.status;
    entry.violations = violationsIn(got.headers['sl-violations']);
    const { type = '' } = got.status >= 400 && /problem\+json/.test(got.headers['content-type']) ? JSON.parse(got.body) : {};
    if (type.includes('prism')) entry.violations.push({ place: 'prism', message: got.body.toString() });
    return got;
  }

  const server = https.createServer({ cert, key }, (req, res) => {
    answer(req).then(
      ({ status, headers, body }) => {
        const { 'sl-violations': _, 'transfer-encoding': __, 'content-length': ___, connection: ____, ...kept } = headers;
        res.writeHead(status, { ...kept, 'content-length': body.length });
        res.end(body);
      },
      error => {
        seen.at(-1).violations.push({ place: 'front', message: String(error) });
        res.destroy();
      },
    );
  });
  await new Promise(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });

  return {
    port: server.address().port,
    // Every request since the last call: {method, path, operation, status, violations: [{place, message}]}.
    take() {
      const taken = seen;
      seen = [];
      return taken;
    },
    async close() {
      for (const prism of prisms.values()) await prism.then(({ stop }) => stop(), () => {});
      agent.destroy();
      server.closeAllConnections();
      await new Promise(resolve => {
        server.close(resolve);
      });
    },
  };
}
