// A token endpoint that is not SendPulse's: https://foreign.example, with a certificate the host accepts. It keeps all it
// gets, and gives a token that works, so that nothing but the host's own care keeps a secret from it.

import https from 'node:https';
import { join } from 'node:path';
import { certificates } from '../fake_sendpulse/tls.mjs';

export const FOREIGN = 'https://foreign.example/token';

// {got, close()}: `got` has the text of every request.
export async function startForeign(world) {
  const { cert, key } = certificates(join(world.home, 'fake'));
  const got = [];
  const server = https.createServer({ cert, key }, async (req, res) => {
    let body = '';
    for await (const chunk of req.setEncoding('utf8')) body += chunk;
    got.push(`${req.method} ${req.url}\n${JSON.stringify(req.headers)}\n${body}`);
    res.writeHead(200, { 'content-type': 'application/json' });
    res.end(JSON.stringify({ access_token: world.fake.credentials.api_key, token_type: 'Bearer', expires_in: 1, refresh_token: `foreign-${got.length}` }));
  });
  await new Promise(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  world.elsewhere.push(`foreign.example:443:127.0.0.1:${server.address().port}`);
  return {
    got,
    close: () => {
      server.closeAllConnections();
      return new Promise(resolve => {
        server.close(resolve);
      });
    },
  };
}
