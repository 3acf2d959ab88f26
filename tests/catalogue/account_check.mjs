// Accounts for every operation of SendPulse's OpenAPI files (account.mjs says how).
//
//   node tests/catalogue/account_check.mjs [--list] [OPENAPI_FOLDER [MANIFEST]]
//
// --list prints a line for each operation. The folder is CONNECTOR_OPENAPI or ../shared/openapi unless it is given, the manifest
// that of CONNECTOR_BUILD. Ends with 77 (skipped) where there is no such folder.

import { join } from 'node:path';
import { account, summary } from './account.mjs';
import { builtManifest, reference } from './reference.mjs';
import { withheld } from './withheld.mjs';

const BUILD = process.env.CONNECTOR_BUILD ?? new URL('../../build/dev', import.meta.url).pathname;
const [givenFolder, file = join(BUILD, 'plugins/sendpulse/sendpulse.yaml')] = process.argv.slice(2).filter(each => each !== '--list');
const { descriptions } = await reference(givenFolder);
const manifest = await builtManifest(file);
const made = account(manifest, descriptions);
if (process.argv.includes('--list'))
  for (const { operation, uses, limitation, omission } of made.rows) {
    const why = uses.map(({ id }) => id).join(', ') || (limitation && `limitation ${limitation.id}`) || omission?.reason || 'NOTHING';
    process.stdout.write(`${operation.file}: ${operation.name}: ${why}\n`);
  }
for (const problem of made.problems) process.stdout.write(`${problem}\n`);
process.stdout.write(`${summary(made)}\n`);

// And none of them hands out, through the custom call, what the connector says that it cannot query.
const kept = withheld(manifest, descriptions);
if (kept.rows.length === 0) kept.problems.push('no operation answers with records: the description has other names now');
for (const problem of kept.problems) process.stdout.write(`${problem}\n`);
process.stdout.write(`${kept.rows.length} operations answer with contacts, deals, companies or calls: the custom call is refused ` +
  `${kept.rows.filter(({ refused }) => refused).length} of them, and gets no more than IDs from the others.\n`);
process.exit(made.problems.length + kept.problems.length > 0 ? 1 : 0);
