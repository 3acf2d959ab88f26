// The branches of an action's request that its sample does not take: each input of prepared/'s `variants`, laid over the
// sample, against the fake, which refuses what SendPulse's description does not know.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import Ajv from 'ajv';
import { inWorld } from './harness.mjs';
import { furnish, prepared, variants } from './prepared/index.mjs';

const ajv = new Ajv({ strict: false, validateFormats: false });

test('every branch: the input keeps to the schema, the request is taken, the answer keeps to its schema', inWorld(async (world, t) => {
  const { actions } = await world.ok(['describe', 'sendpulse']);
  const connection = await world.connect();
  for (const [id, inputs] of Object.entries(variants)) {
    const action = actions.find(each => each.id === id);
    assert.ok(action, `${id} is no action`);
    const valid = ajv.compile(action.output);
    await t.test(id, async () => {
      for (const variant of inputs) {
        await furnish(world);
        const before = await prepared[id]?.before?.(world, connection);
        const { output } = await world.act(connection, id, { ...action.sample_input, ...before, ...variant });
        assert.ok(valid(output), `${JSON.stringify(variant)}: ${ajv.errorsText(valid.errors)}: ${JSON.stringify(output).slice(0, 400)}`);
      }
    });
  }
}));
