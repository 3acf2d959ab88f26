// The imaginary service of the connector in plain C (tests/abi/c_connector), over TLS, and a world in which the host reaches
// it under its own name.

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import { BUILD, inWorld } from './harness.mjs';

export const KEY = 'notebook-key-0123456789';

export class Notebook {
  static async start(home) {
    const service = new Notebook();
    mkdirSync(home, { recursive: true });
    const path = name => join(home, name);
    execFileSync('openssl', ['req', '-x509', '-sha256', '-days', '30', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
      '-keyout', path('key.pem'), '-out', path('ca.pem'), '-subj', '/CN=api.notebook.example', '-addext', 'subjectAltName=DNS:api.notebook.example'],
    { stdio: 'ignore' });
    service.caFile = path('ca.pem');
    service.server = https.createServer({ key: readFileSync(path('key.pem')), cert: readFileSync(path('ca.pem')) }, (request, response) =>
      service.answer(request, response));
    service.server.listen(0, '127.0.0.1');
    await once(service.server, 'listening');
    service.port = service.server.address().port;
    return service;
  }

  notes = [{ id: 1, text: 'Old', notebook_id: 7 }];
  requests = []; // path and query of each, as they came
  headers = []; // of each
  // Whether a request is from somebody who may ask.
  accepts = ({ headers }) => headers.authorization === `Bearer ${KEY}`;

  answer(request, response) {
    const url = new URL(request.url, 'https://api.notebook.example');
    this.requests.push(request.url);
    this.headers.push(request.headers);
    const json = (status, value) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (!this.accepts(request, url)) return json(401, { message: `who are you: ${request.url} ${JSON.stringify(request.headers)}` });
    if (url.pathname === '/me') return json(200, { name: 'Nina of the notebooks' });
    if (url.pathname === '/echo') return json(200, { text: url.searchParams.get('text') });
    if (url.pathname === '/notebooks') return json(200, [{ id: 7, name: 'Kitchen' }, { id: 8, name: 'Garage' }]);
    if (url.pathname === '/notes') return json(200, this.notes);
    return json(404, { message: 'nothing here' });
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

export const inNotebook = (body, inside = inWorld) => inside(async (world, ...more) => {
  const service = await Notebook.start(join(world.home, 'notebook'));
  Object.defineProperty(world, 'globals', {
    value: ['--data-dir', world.dataDir, '--plugin-dir', join(BUILD, 'plugins'),
      '--connect-to', `api.notebook.example:443:127.0.0.1:${service.port}`, '--ca-file', service.caFile],
  });
  world.join = () => world.ok(['connect', 'c-connector', '--method', 'key', '--input', '{"api_key":"-"}'], { input: KEY });
  try {
    await body(world, service, ...more);
  } finally {
    service.close();
  }
});
