// api.sendpulse.com with another authorization server: requests to that server's paths are its own, all others need an
// access token of it, and are then carried to the fake SendPulse. So servers that nobody here wrote decide about tokens.

import http from 'node:http';
import https from 'node:https';
import { certificates } from '../fake_sendpulse/tls.mjs';

// `owns(path)`: whose request it is; `serve(req, res)`: answers it; `accepts(token)`: may this token be used?
export async function startFront({ dir, fake, owns, serve, accepts }) {
  const { cert, key } = certificates(dir);
  const seen = { api: 0, refused: 0 };
  const agent = new http.Agent({ keepAlive: true });
  const server = https.createServer({ cert, key }, async (req, res) => {
    if (owns(req.url.split('?')[0])) {
      serve(req, res);
      return;
    }
    seen.api += 1;
    const token = /^Bearer (.+)$/.exec(req.headers.authorization ?? '')?.[1];
    if (!token || !(await accepts(token))) {
      seen.refused += 1;
      res.writeHead(401, { 'content-type': 'application/json' });
      res.end('{"error":"invalid_token","error_description":"The access token is invalid","message":"Unauthorized"}');
      return;
    }
    const headers = { ...req.headers, authorization: `Bearer ${fake.credentials.api_key}` };
    const onward = http.request({ host: '127.0.0.1', port: fake.plainPort, method: req.method, path: req.url, headers, agent });
    onward.on('response', answer => {
      res.writeHead(answer.statusCode, answer.headers);
      answer.pipe(res);
    });
    onward.on('error', () => res.destroy());
    req.on('error', () => onward.destroy());
    req.pipe(onward);
  });
  await new Promise(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: server.address().port,
    seen,
    close: () => {
      agent.destroy();
      server.closeAllConnections();
      return new Promise(resolve => {
        server.close(resolve);
      });
    },
  };
}
