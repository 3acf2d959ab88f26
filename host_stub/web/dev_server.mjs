// The UI from its sources, with the API of a running host behind it: a saved file is seen at once.
//
//   node dev_server.mjs --host PATH/connector-host [--data-dir DIR] [--port PORT]
//
// The host answers requests of its own origin only, so the proxy names that origin for requests of this
// server's pages, and for no others. The session lives as in production: a link opens it, once.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { createServer } from 'vite';

const { values: options } = parseArgs({
  options: {
    host: { type: 'string' },
    'data-dir': { type: 'string' },
    port: { type: 'string', default: '5173' },
  },
});
if (options.host === undefined) {
  console.error('Name the program: --host PATH/connector-host');
  process.exit(64);
}

const dataDir = options['data-dir'] === undefined ? [] : ['--data-dir', options['data-dir']];
const link = await promisify(execFile)(options.host, [...dataDir, '--json', 'link']).then(
  ({ stdout }) => new URL(JSON.parse(stdout).url),
  error => {
    console.error(error.stderr || error.message);
    console.error('Start the host first: connector-host serve');
    process.exit(69);
  },
);

const own = `http://127.0.0.1:${options.port}`;
const proxy = {
  target: link.origin,
  changeOrigin: true,
  configure: through => {
    through.on('proxyReq', (request, asked) => {
      if (asked.headers.origin === own) request.setHeader('origin', link.origin);
    });
  },
};

const server = await createServer({
  root: fileURLToPath(new URL('.', import.meta.url)),
  server: { host: '127.0.0.1', port: Number(options.port), strictPort: true, proxy: { '/api': proxy } },
});
await server.listen();
console.error(`The UI from its sources, with the host at ${link.origin}. This link works once, within ten minutes:`);
console.log(`${own}/${link.hash}`);
