// Accounts for every operation of SendPulse's OpenAPI files (account.mjs says how).
//
//   node tests/catalogue/account_check.mjs [--list] [OPENAPI_FOLDER [MANIFEST]]
//
// --list prints a line for each operation. The folder is CONNECTOR_OPENAPI or ../shared/openapi unless it is given, the manifest
// that of CONNECTOR_BUILD. Ends with 77 (skipped) where there is no such folder.

import { join } from 'node:path';
import { account, summary } from './account.mjs';
import { builtManifest, reference } from './reference.mjs';

const BUILD = process.env.CONNECTOR_BUILD ?? new URL('../../build/dev', import.meta.url).pathname;
const [givenFolder, file = join(BUILD, 'plugins/sendpulse/sendpulse.yaml')] = process.argv.slice(2).filter(each => each !== '--list');
const { descriptions } = await reference(givenFolder);
const made = account(await builtManifest(file), descriptions);
if (process.argv.includes('--list'))
  for (const { operation, uses, limitation, omission } of made.rows) {
    const why = uses.map(({ id }) => id).join(', ') || (limitation && `limitation ${limitation.id}`) || omission?.reason || 'NOTHING';
    process.stdout.write(`${operation.file}: ${operation.name}: ${why}\n`);
  }
for (const problem of made.problems) process.stdout.write(`${problem}\n`);
process.stdout.write(`${summary(made)}\n`);
process.exit(made.problems.length > 0 ? 1 : 0);
