// Every action, lookup and trigger of the manifest, end to end: host --TLS--> Prism --> fake SendPulse. Neither what the
// plugin sends nor what the fake answers may break SendPulse's own OpenAPI files, but for the entries of differences.mjs.
//
//   CONNECTOR_BUILD=build/dev [CONNECTOR_OPENAPI=FOLDER] [CONNECTOR_SHARE=1/4] node tests/catalogue/through_prism.mjs [OPERATION-ID...]
//
// What the samples need is in tests/e2e/prepared/. Ends with 77 (skipped) where the files are not at hand.

import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { BUILD, World } from '../e2e/harness.mjs';
import { furnish, lookupInput, prepared, triggers, variants } from '../e2e/prepared/index.mjs';
import { WHOLE, share } from '../e2e/share.mjs';
import { startFake } from '../fake_sendpulse/fake.mjs';
import { Ledger } from './differences.mjs';
import { builtManifest, reference } from './reference.mjs';
import { SENT_BY_HANDLERS } from './sources.mjs';
import { couldBe, templatesOf } from './templates.mjs';
import { startValidatingFront } from './validating_front.mjs';

const { folder, descriptions } = await reference();
const chosen = process.argv.slice(2);

const home = mkdtempSync(join(tmpdir(), 'connector-prism-'));
const dir = join(home, 'fake');
const fake = await startFake({ dir, seed: 'small', settings: { rate_limit: false }, plainPort: 0 });
const front = await startValidatingFront({ dir, fake, folder, descriptions });
const world = new World(home, { ...fake, port: front.port }, join(BUILD, 'plugins'));
after(async () => {
  await front.close();
  await world.close();
});

const manifest = await builtManifest(join(BUILD, 'plugins/sendpulse/sendpulse.yaml'));
const ledger = new Ledger();
const driven = { connections: 0, actions: 0, lookups: 0, triggers: 0, requests: 0 };

// Fails on every violation that is not in the table, and on every template that nothing was sent by.
function judge(id, kind, seen) {
  const found = new Set();
  driven[`${kind}s`] += 1;
  driven.requests += seen.length;
  for (const { method, path, operation, violations } of seen) {
    const request = `${method} ${path.split('?')[0]}`;
    if (!operation && !ledger.explain(request)) found.add(`${request}: is in no OpenAPI file`);
    for (const violation of violations)
      if (!operation || !ledger.explain(operation.name, violation))
        found.add(`${operation?.name ?? request} (${operation?.file}): ${violation.place}: ${violation.message}`);
  }
  const own = [...templatesOf(manifest)].filter(entry => entry.id === id && entry.kind === kind);
  for (const { what, template } of own)
    if (!seen.some(({ method, path }) => couldBe(template, method, path.split('?')[0])))
      found.add(`its ${what}, ${template.method} ${template.path}, was never sent`);
  for (const { operation } of seen)
    if (SENT_BY_HANDLERS[id]?.length > 0 && !SENT_BY_HANDLERS[id].includes(operation?.name))
      found.add(`${operation?.name}: sources.mjs does not say that its handler sends this`);
  assert.deepEqual([...found], []);
}

let connection;
test('connection', async () => {
  connection = await world.connect();
  judge('auth.test', 'connection', front.take());
});

// A test of an operation in a fresh account; what preparing it sends is not its own.
const operationTest = (kind, { id }, body) => {
  if (chosen.length > 0 && !chosen.includes(id)) return;
  test(`${kind} ${id}`, async () => {
    await furnish(world);
    try {
      await body();
    } catch (error) {
      const seen = front.take().flatMap(({ method, path, violations }) => [`${method} ${path}`, ...violations.map(({ place, message }) => `  ${place}: ${message}`)]);
      throw new Error(`${error.message}\nwhat was sent:\n${seen.join('\n')}`, { cause: error });
    }
    judge(id, kind, front.take());
  });
};

for (const action of share(manifest.actions))
  operationTest('action', action, async () => {
    const input = { ...action.sample_input, ...(await prepared[action.id]?.before?.(world, connection)) };
    front.take();
    for (const variant of [{}, ...(variants[action.id] ?? [])]) await world.act(connection, action.id, { ...input, ...variant });
  });

for (const lookup of share(manifest.lookups))
  operationTest('lookup', lookup, async () => {
    front.take();
    await world.ok(['lookup', connection.id, lookup.id, '--input', JSON.stringify(lookupInput[lookup.id] ?? {})]);
  });

// Three looks: the first poll, the poll after a change, and the test button.
for (const trigger of share(manifest.triggers))
  operationTest('trigger', trigger, async () => {
    const { before, change } = triggers[trigger.id] ?? {};
    const input = { ...trigger.sample_input, ...(await before?.(world, connection)) };
    front.take();
    const added = await world.addTrigger(connection, trigger.id, input);
    try {
      await world.pollOnce();
      await change?.(world);
      await world.pollOnce();
      await world.ok(['trigger', 'test', added.id]);
    } finally {
      await world.ok(['trigger', 'remove', added.id]);
    }
  });

test('every entry of the tables is met', { skip: chosen.length > 0 || !WHOLE }, () => {
  const known = new Set([...manifest.actions, ...manifest.lookups, ...manifest.triggers].map(({ id }) => id));
  assert.deepEqual(Object.keys({ ...variants, ...triggers }).filter(id => !known.has(id)), [], 'prepared for nobody');
  assert.deepEqual(ledger.unmet().map(({ reason }) => reason), []);
  for (const [{ reason }, count] of ledger.met) process.stdout.write(`# known, ${count} times: ${reason}\n`);
  process.stdout.write(`# ${JSON.stringify(driven)}\n`);
});
