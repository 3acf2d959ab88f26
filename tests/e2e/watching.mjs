// Several triggers on one account, polled together: what each of them tells, held against the schema that it promises.
// Every poll is a process of its own, so what is told once is told once over restarts as well.

import assert from 'node:assert/strict';
import Ajv from 'ajv';

const ajv = new Ajv({ strict: false, validateFormats: false });

// `wanted`: name -> [trigger, input]. The first poll is the baseline; `watch.tells()` polls once and gives
// {name: [data, ...]} of those that had something to tell.
export async function watching(world, wanted) {
  const { triggers } = await world.ok(['describe', 'sendpulse']);
  const connection = await world.connect({ method: 'key' });
  const names = new Map();
  const idOf = {};
  for (const [name, [trigger, input = {}]] of Object.entries(wanted)) {
    const { id } = await world.addTrigger(connection, trigger, input);
    idOf[name] = id;
    const { output } = triggers.find(each => each.id === trigger);
    names.set(id, { name, trigger, fits: ajv.compile(output) });
  }

  const tells = async () => {
    const told = {};
    for (const { source, type, data } of await world.pollOnce()) {
      const { name, trigger, fits } = names.get(source.split('/').pop());
      assert.equal(type, `com.sendpulse.${trigger}.v1`);
      assert.ok(fits(data), `${trigger}: ${ajv.errorsText(fits.errors)}: ${JSON.stringify(data)}`);
      (told[name] ??= []).push(data);
    }
    return told;
  };
  assert.deepEqual(await tells(), {}, 'a baseline tells nothing');
  assert.deepEqual(await tells(), {}, 'nothing happened');

  // Real items in the shape of events; every one keeps to the schema.
  const samples = async name => {
    const { items, sample } = await world.ok(['trigger', 'test', idOf[name]]);
    const { trigger, fits } = names.get(idOf[name]);
    for (const item of items) assert.ok(fits(item), `${trigger}: ${ajv.errorsText(fits.errors)}: ${JSON.stringify(item)}`);
    return sample ? [] : items;
  };
  return { connection, tells, samples };
}

// One thing happens, exactly `expected` is told by the next poll ({name: what `pick` makes of each}), and nothing later.
export async function happens(watch, change, expected, pick = data => data.id) {
  await change();
  const told = await watch.tells();
  assert.deepEqual(Object.fromEntries(Object.entries(told).map(([name, list]) => [name, list.map(pick)])), expected);
  assert.deepEqual(await watch.tells(), {}, 'told a second time');
}
