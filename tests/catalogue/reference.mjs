// SendPulse's OpenAPI files, which are no part of this project: where they are not at hand, what needs them says so loudly
// and is skipped (exit code 77).

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Description, Descriptions } from './openapi.mjs';

const SKIPPED = 77;
const BESIDE = new URL('../../../shared/openapi', import.meta.url).pathname;
const PACKAGES = new URL('node_modules/yaml', import.meta.url).pathname;

// CONNECTOR_OPENAPI, or a folder that lies beside the project; whether it is there or not.
export const openapiFolder = () => process.env.CONNECTOR_OPENAPI ?? BESIDE;

// {folder, descriptions}
export async function reference(folder = openapiFolder()) {
  if (!existsSync(folder)) {
    process.stdout.write(
      `SKIPPED: the catalogue is NOT checked against SendPulse's OpenAPI files: there is no folder ${folder}.\n` +
        'Name one with CONNECTOR_OPENAPI.\n',
    );
    process.exit(SKIPPED);
  }
  if (!existsSync(PACKAGES)) {
    process.stderr.write('The packages of this check are missing. Run: npm ci --ignore-scripts --prefix tests/catalogue\n');
    process.exit(1);
  }
  const { parse } = await import('yaml');
  const files = readdirSync(folder).filter(file => file.endsWith('.yml')).sort();
  if (files.length === 0) throw new Error(`${folder} has no OpenAPI file (*.yml)`);
  // Dates stay text under the core schema, and a few of the files say a key twice.
  const options = { schema: 'core', uniqueKeys: false, maxAliasCount: -1 };
  const read = file => parse(readFileSync(join(folder, file), 'utf8'), options);
  return { folder, descriptions: new Descriptions(files.map(file => new Description(file, read(file)))) };
}

// The manifest that a build made.
export async function builtManifest(file) {
  const { parse } = await import('yaml');
  return parse(readFileSync(file, 'utf8'), { schema: 'core', maxAliasCount: -1 });
}
