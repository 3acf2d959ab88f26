// Runs the interface's own tests: node unit.mjs FOLDER. Ends with 77 when its npm packages are not installed.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const [folder] = process.argv.slice(2);
const vitest = join(folder, 'node_modules/vitest/vitest.mjs');
if (!existsSync(vitest)) {
  process.stderr.write(`\nLEFT OUT: the interface's tests need its npm packages (npm ci --ignore-scripts --prefix ${folder}).\n\n`);
  process.exit(77);
}
process.exit(spawnSync(process.execPath, [vitest, 'run', '--reporter=dot'], { cwd: folder, stdio: 'inherit' }).status ?? 1);
