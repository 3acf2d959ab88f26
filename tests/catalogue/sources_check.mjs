// Holds SOURCES.md, which says what each operation rests on, against the manifest and SendPulse's OpenAPI files.
//
//   node tests/catalogue/sources_check.mjs [--write] [OPENAPI_FOLDER [MANIFEST]]
//
// --write makes the page anew. The folder is CONNECTOR_OPENAPI or ../shared/openapi unless it is given, the manifest that of
// CONNECTOR_BUILD. Without such a folder only the operations themselves are compared, and the test ends with 77 (skipped).

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtManifest, openapiFolder, reference } from './reference.mjs';
import { pageOf, sources } from './sources.mjs';

const BUILD = process.env.CONNECTOR_BUILD ?? new URL('../../build/dev', import.meta.url).pathname;
const PAGE = new URL('SOURCES.md', import.meta.url).pathname;
const CATALOGUE = new URL('../../manifests/CATALOGUE.md', import.meta.url).pathname;
const [folder = openapiFolder(), file = join(BUILD, 'plugins/sendpulse/sendpulse.yaml')] = process.argv.slice(2).filter(each => each !== '--write');

const fail = problems => {
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  process.exit(1);
};

const checked = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '';
if (!existsSync(folder)) {
  // No YAML reader is needed for this: the catalogue's page has every ID.
  const catalogue = readFileSync(CATALOGUE, 'utf8');
  const ids = [...catalogue.matchAll(/^`([a-z0-9_.]+)`: /gm)].map(([, id]) => id);
  const problems = ids.filter(id => !checked.includes(`| \`${id}\` |`)).map(id => `SOURCES.md: ${id} is missing`);
  if (problems.length > 0) fail(problems);
}
const { descriptions } = await reference(folder);
const { rows, problems } = sources(await builtManifest(file), descriptions, readFileSync(CATALOGUE, 'utf8'));
if (problems.length > 0) fail(problems);
const page = pageOf(rows);
if (process.argv.includes('--write')) writeFileSync(PAGE, page);
else if (page !== checked) {
  const had = new Set(checked.split('\n'));
  const has = new Set(page.split('\n'));
  fail([
    'SOURCES.md is not what the manifest and the files say. Make it anew: node tests/catalogue/sources_check.mjs --write',
    ...[...had].filter(line => !has.has(line)).map(line => `- ${line}`),
    ...[...has].filter(line => !had.has(line)).map(line => `+ ${line}`),
  ]);
}
process.stdout.write(`${rows.length} operations\n`);
