// Prism (@stoplight/prism-cli) as a validating proxy for one OpenAPI file: it carries requests on to `target` and names in
// the header `sl-violations` what breaks the description, in the request and in the answer.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';

const PROGRAM = new URL('node_modules/.bin/prism', import.meta.url).pathname;
const PATIENCE_MS = 120_000;

export const prismIsInstalled = () => existsSync(PROGRAM);

function freePort() {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

// {port, stop()}
export async function startPrism(file, target) {
  const port = await freePort();
  const child = spawn(process.execPath, [PROGRAM, 'proxy', file, target, '--host', '127.0.0.1', '--port', String(port)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`prism did not start: ${output}`)), PATIENCE_MS);
    const look = chunk => {
      output = (output + chunk).slice(-4000);
      if (output.includes('Prism is listening')) {
        clearTimeout(timer);
        resolve();
      }
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.once('exit', code => reject(new Error(`prism stopped with ${code}: ${output}`)));
  });
  return { port, stop: () => child.kill() };
}
