// Verifying one address: sent once, asked for until there is a result or the time is over.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inWorld } from './harness.mjs';

const verify = (world, connection, email, wait_s = 60) => world.act(connection, 'verifier.verify_address', { email, wait_s });
const asked = async world => (await world.requests('?path=/verifier-service/get-single-result')).length;

test('the result is waited for, and its numbers are numbers', inWorld(async world => {
  await world.fake.control('PATCH', '/verifier', { asks_until_done: 2 });
  await world.fake.control('POST', '/settings', { numbers_as_strings: true });
  const connection = await world.connect({ method: 'key' });
  const { output } = await verify(world, connection, 'invalid+1@example.org');
  assert.deepEqual([output.finished, output.status, output.deliverable, output.checks.status], [true, 3, false, 3]);
  assert.equal(await asked(world), 3);
  assert.equal((await world.requests('?path=/verifier-service/send-single-to-verify')).length, 1);
}));

test('when the time is over it says that there is no result yet', inWorld(async world => {
  await world.fake.control('PATCH', '/verifier', { asks_until_done: 100 });
  const connection = await world.connect({ method: 'key' });
  const { output } = await verify(world, connection, 'slow@example.org', 5);
  assert.deepEqual(output, { email: 'slow@example.org', finished: false });
  assert.equal(await asked(world), 3, 'after one, three and five seconds');
}));

test('trouble while it waits does not lose the result; a refused address costs nothing more', inWorld(async world => {
  const connection = await world.connect({ method: 'key' });
  await world.fault({ path: '/verifier-service/get-single-result' }, { status: 400, body: { message: 'Not now' } }, 1);
  const { output } = await verify(world, connection, 'jane@example.org');
  assert.equal(output.deliverable, true);
  await world.healed();
  await world.fault({ path: '/verifier-service/send-single-to-verify' }, { status: 422, body: { message: 'Balance is too low', error_code: 707 } });
  await world.fake.control('DELETE', '/requests');
  const error = await world.actFails(75, connection, 'verifier.verify_address', { email: 'joe@example.org' });
  assert.equal(error.class, 'quota');
  assert.equal(await asked(world), 0);
}));
