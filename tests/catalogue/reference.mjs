// SendPulse's OpenAPI files, which are no part of this project: where they are not at hand, what needs them says so loudly
// and is skipped (exit code 77).

import { existsSync } from 'node:fs';

const SKIPPED = 77;
const BESIDE = new URL('../../../shared/openapi', import.meta.url).pathname;
const PACKAGES = new URL('node_modules/yaml', import.meta.url).pathname;

// The folder is `given`, or CONNECTOR_OPENAPI, or one that lies beside the project: {folder, descriptions}.
export async function reference(given = process.env.CONNECTOR_OPENAPI) {
  const folder = given ?? BESIDE;
  if (!existsSync(folder)) {
    process.stdout.write(
      `SKIPPED: the catalogue is NOT checked against SendPulse's OpenAPI files: there is no folder ${folder}.\n` +
        'Name one with CONNECTOR_OPENAPI.\n',
    );
    process.exit(SKIPPED);
  }
  if (!existsSync(PACKAGES)) {
    process.stderr.write('The packages of this check are missing. Run: npm ci --prefix tests/catalogue\n');
    process.exit(1);
  }
  const { Descriptions } = await import('./openapi.mjs');
  return { folder, descriptions: Descriptions.read(folder) };
}
