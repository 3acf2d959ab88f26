// Proves a built manifest against SendPulse's OpenAPI files, without running anything (static_check.mjs says what).
//
//   node tests/catalogue/openapi_check.mjs [OPENAPI_FOLDER [MANIFEST]]
//
// The folder is CONNECTOR_OPENAPI or ../shared/openapi unless it is given, the manifest that of CONNECTOR_BUILD. Ends with
// 77 (skipped) where there is no such folder.

import { join } from 'node:path';
import { ERRATA } from './differences.mjs';
import { builtManifest, reference } from './reference.mjs';
import { check } from './static_check.mjs';
import { templatesOf } from './templates.mjs';

const BUILD = process.env.CONNECTOR_BUILD ?? new URL('../../build/dev', import.meta.url).pathname;
const [givenFolder, file = join(BUILD, 'plugins/sendpulse/sendpulse.yaml')] = process.argv.slice(2);
const { descriptions } = await reference(givenFolder);
const manifest = await builtManifest(file);
const explains = (entry, finding) =>
  entry.operation.test(finding.operation) && entry.place.test(finding.place) && (entry.problem?.test(finding.problem) ?? true);

const met = new Set();
let count = 0;
for (const finding of check(manifest, descriptions)) {
  const entry = ERRATA.find(each => explains(each, finding));
  if (entry) {
    met.add(entry);
    continue;
  }
  const { id, what, operation, place, problem, when = {} } = finding;
  const branch = Object.keys(when).length > 0 ? ` (when ${JSON.stringify(when)})` : '';
  process.stdout.write(`${id}, ${what}: ${operation}: ${place} ${problem}${branch}\n`);
  count += 1;
}
for (const entry of ERRATA.filter(each => !met.has(each))) {
  process.stdout.write(`differences.mjs: nothing meets ${entry.operation} ${entry.place} any more: ${entry.reason}\n`);
  count += 1;
}
process.stdout.write(`${[...templatesOf(manifest)].length} templates, ${descriptions.operations.length} operations, ${count} problems\n`);
process.exit(count > 0 ? 1 : 0);
