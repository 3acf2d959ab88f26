// The CRM triggers: pipelines and stages, tasks, products. None is about a contact or a deal.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inWorld } from './harness.mjs';
import { happens, watching } from './watching.mjs';

const control = (world, method, path, body) => world.fake.control(method, `/crm${path}`, body);

test('no trigger, lookup or read is about contacts or deals', inWorld(async world => {
  const { triggers, lookups, actions } = await world.ok(['describe', 'sendpulse']);
  for (const { id } of [...triggers, ...lookups]) assert.doesNotMatch(id, /crm[._](contact|deal)s?([._](created|updated|list|changed))?$/);
  for (const { id, effects } of actions)
    if (/^crm\.(contact|deal)\./.test(id)) assert.equal(effects.read_only, false, id);
}));

test('pipelines and stages', inWorld(async world => {
  const watch = await watching(world, { pipeline: ['crm.pipeline.created'], stage: ['crm.stage.created'], ofSales: ['crm.stage.created', { pipeline_id: 7101 }] });
  await happens(watch, () => control(world, 'POST', '/pipelines', { name: 'Partners' }), { pipeline: [7102], stage: [5103, 5104] });
  await happens(watch, () => control(world, 'POST', '/pipelines/7101/stages', { name: 'Won' }), { stage: [5105], ofSales: [5105] });
  await world.fake.control('DELETE', '/requests');
  assert.deepEqual(await watch.tells(), {});
  assert.equal((await world.requests()).length, 1, 'three triggers share one read');
}));

test('tasks are created, changed, finished, and opened again', inWorld(async world => {
  const watch = await watching(world, {
    created: ['crm.task.created'], ofSam: ['crm.task.created', { responsible_id: 700101 }], updated: ['crm.task.updated'], finished: ['crm.task.finished'],
  });
  const minutes = count => world.fake.control('POST', '/clock', { advance_s: 60 * count });
  await happens(watch, () => control(world, 'POST', '/tasks', { name: 'One' }), { created: [6502], updated: [6502] });
  await minutes(2);
  await happens(watch, () => control(world, 'PATCH', '/tasks/6501', { priority: 3 }), { updated: [6501] });
  await minutes(2);
  await happens(watch, () => control(world, 'PATCH', '/tasks/6501', { event: 'finished' }), { updated: [6501], finished: [6501] });
  await minutes(2);
  await happens(watch, () => control(world, 'PATCH', '/tasks/6501', { event: 'reopened' }), { updated: [6501] });
  await happens(watch, () => control(world, 'POST', '/tasks', { name: 'Two', responsible_id: 700101 }), { created: [6503], ofSam: [6503], updated: [6503] });
  await happens(watch, () => control(world, 'DELETE', '/tasks/6503'), {});
  assert.ok((await watch.samples('created')).length > 0);
}));

test('products are added; prices, stock and visibility change', inWorld(async world => {
  for (let i = 0; i < 120; i += 1) await control(world, 'POST', '/products', { name: `Old ${i}` });
  const watch = await watching(world, { created: ['crm.product.created'], changed: ['crm.product.changed'] });
  await happens(watch, () => control(world, 'POST', '/products', { name: 'New' }), { created: ['New'] }, ({ name }) => name);
  await happens(watch, () => control(world, 'PATCH', '/products/8001', { price: 17 }), { changed: [[17, 19.5]] }, data => [data.price.value, data.previous.price.value]);
  await happens(watch, () => control(world, 'PATCH', '/products/8001', { stock: 39 }), { changed: [40] }, data => data.previous.balance.value);
  await happens(watch, () => control(world, 'PATCH', '/products/8001', { name: 'Another name' }), {});
  await world.fake.control('POST', '/settings', { numbers_as_strings: true });
  assert.deepEqual(await watch.tells(), {}, '17 and "17.00" are the same price');
}));
