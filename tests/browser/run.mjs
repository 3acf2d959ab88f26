// Runs one test file, or says loudly why it cannot: node run.mjs FILE. Ends with 77 when it is left out.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const CHROMIUM = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const build = process.env.CONNECTOR_BUILD ?? new URL('../../build/dev', import.meta.url).pathname;

const missing = [
  [CHROMIUM !== undefined && existsSync(CHROMIUM), 'Chromium (apt install chromium, or name it in CHROMIUM)'],
  [existsSync(new URL('node_modules/playwright-core', import.meta.url)), 'its npm packages (npm ci --prefix tests/browser)'],
  [existsSync(join(build, 'web', 'index.html')), `the built user interface in ${join(build, 'web')} (cmake --build ... --target web)`],
]
  .filter(([isThere]) => !isThere)
  .map(([, what]) => what);

if (missing.length > 0) {
  process.stderr.write(`\nLEFT OUT: the browser tests need ${missing.join(', and ')}.\n\n`);
  process.exit(77);
}
const { status } = spawnSync(process.execPath, ['--test', ...process.argv.slice(2)], { stdio: 'inherit', env: { ...process.env, CHROMIUM } });
process.exit(status ?? 1);
