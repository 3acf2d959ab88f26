// The shapes of answers, over TLS: each lies as its name says, and the seed decides what is random.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Client } from './client.mjs';
import { startFake } from './fake.mjs';

let fake;
let client;
let members;

before(async () => {
  fake = await startFake({ seed: 'small', settings: { rate_limit: false } });
  client = new Client(fake, 'h2');
});

after(async () => {
  client.close();
  await fake.close();
});

beforeEach(async () => {
  await fake.control('POST', '/reset', { keep_tokens: true });
  client.token = fake.credentials.api_key;
  const list = (await fake.control('POST', '/lists', { name: 'Ann', id: 4711 })).id ?? 4711;
  await fake.control('POST', `/lists/${list}/subscribers`, { count: 20, prefix: 'user' });
  members = `/addressbooks/${list}/emails`;
});

const fault = (shape, more = {}) => fake.control('POST', '/faults', { times: -1, action: { shape }, ...more });
const read = async (query = '') => (await client.get(`${members}?limit=10${query}`)).json;
const bytes = async path => (await client.get(path)).text;

describe('a shape', () => {
  it('caps pages, and the rows after them come with the next offset', async () => {
    const all = (await client.get(`${members}?limit=20`)).json;
    await fault({ page_cap: 7 });
    assert.deepEqual(await read(), all.slice(0, 7));
    assert.deepEqual(await read('&offset=7'), all.slice(7, 14));
  });

  it('leaves one row out of a full page only', async () => {
    await fault({ one_short: true });
    assert.equal((await read()).length, 9);
    assert.equal((await read('&offset=15')).length, 5);
  });

  it('shows few rows or none, as often as it is told', async () => {
    await fault({ few_rows: 2 }, { times: 1 });
    await fault({ no_rows: true }, { times: 2 });
    assert.equal((await read()).length, 2);
    assert.deepEqual(await read(), []);
    assert.deepEqual(await read(), []);
    assert.equal((await read()).length, 10);
  });

  it('gives a list as an object with numbers for names, whose order is that of the numbers', async () => {
    const real = await read();
    await fault({ numbered_list: true });
    const given = await read();
    assert.deepEqual(
      Object.keys(given).map(Number).sort((a, b) => a - b),
      real.map((_, index) => index * 2),
    );
    // JSON.parse sorts such names.
    assert.deepEqual(Object.values(given), real);
  });

  it('gives numbers as texts, and texts of digits as numbers', async () => {
    const { status } = (await read())[0];
    assert.equal(typeof status, 'number');
    await fault({ number_as_text: true }, { times: 1 });
    assert.equal((await read())[0].status, String(status));
    await fault({ number_as_text: true, text_as_number: true });
    assert.equal((await read())[0].status, status);
  });

  it('gives [] for {} and null for []', async () => {
    await fake.control('POST', '/settings', { empty_object_as_array: false });
    await fault({ list_for_object: true }, { times: 1 });
    assert.deepEqual((await read())[0].variables, []);
    await fault({ null_for_list: true });
    assert.equal(await read('&offset=100'), null);
  });

  it('repeats rows, and adds rows without a key', async () => {
    const real = (await read()).map(row => row.email);
    await fault({ twin_rows: true, seed: 3 }, { times: 1 });
    const twins = (await read()).map(row => row.email);
    assert.ok(twins.length > real.length);
    assert.deepEqual([...new Set(twins.map(email => email.toLowerCase()))], real);
    await fault({ no_key: 'email' });
    const rows = await read();
    assert.equal(rows.length, real.length + 1);
    assert.equal(rows.filter(row => !row.email).length, 1);
  });

  it('gives odd dates, and totals that count what is never shown', async () => {
    await fault({ odd_date: true });
    const dates = (await read()).map(row => row.add_date);
    assert.ok(dates.some(date => [null, '', 0, '0000-00-00 00:00:00'].includes(date)));
    assert.ok(dates.some(date => /^\d{4}-/.test(date ?? '')));
    await fake.control('DELETE', '/faults');
    const [real] = (await client.get('/addressbooks/4711')).json;
    await fault({ hidden_total: 3 });
    assert.equal((await client.get('/addressbooks/4711')).json[0].all_email_qty, real.all_email_qty + 3);
  });

  it('cuts letters in two', async () => {
    await fault({ cut_letter: 'emoji' }, { times: 1 });
    assert.match(await bytes('/addressbooks'), /\\ud83d"/);
    await fault({ cut_letter: 'utf8' });
    assert.match(await bytes('/addressbooks'), /\ufffd"/);
  });

  it('gives names twice, and the last one counts', async () => {
    const path = '/addressbooks/4711';
    const real = (await client.get(path)).json;
    const plain = await bytes(path);
    await fault({ double_member: true });
    const text = await bytes(path);
    assert.ok(text.length > plain.length);
    assert.deepEqual(JSON.parse(text), real);
  });

  it('begins with a byte order mark', async () => {
    const plain = await bytes('/addressbooks');
    await fault({ byte_order_mark: true });
    assert.ok([plain, `\ufeff${plain}`].includes(await bytes('/addressbooks')));
    const { headers } = await client.get('/addressbooks');
    assert.equal(Number(headers['content-length']), Buffer.byteLength(plain) + 3);
  });

  it('says that it failed, in words or by a code under another status', async () => {
    await fault({ refusal: 'success' }, { times: 1 });
    const refused = await read();
    assert.ok(['false', 'False', '0', 0, 'no', false].includes(refused.success));
    assert.equal(refused.data.length, 10);
    await fault({ success_alone: true }, { times: 1 });
    assert.deepEqual(await read(), { success: true });
    await fault({ error: { code: 401, status: 403, as_text: true } });
    const answer = await client.get(members);
    assert.equal(answer.status, 403);
    assert.deepEqual(answer.json, { message: 'Unauthorized!', error_code: '401' });
  });

  it('is the same for the same seed, and can be combined', async () => {
    const shape = { numbered_list: true, twin_rows: true, odd_date: true, double_member: true, byte_order_mark: true };
    const once = async seed => {
      await fault({ ...shape, seed }, { times: 2 });
      return [await bytes(members), await bytes(members)];
    };
    const first = await once(1);
    assert.deepEqual(await once(1), first);
    assert.notDeepEqual(await once(2), first);
    assert.notEqual(first[0], first[1]);
  });

  it('is applied where its route matches, to JSON only', async () => {
    await fault({ number_as_text: true }, { match: { path: '/addressbooks' } });
    assert.equal(typeof (await read())[0].status, 'number');
    assert.equal(typeof (await client.get('/addressbooks')).json[0].id, 'string');
    await fake.control('DELETE', '/faults');
    await fake.control('POST', '/faults', { action: { html: true, shape: { number_as_text: true } } });
    assert.match(await bytes('/addressbooks'), /^<html>/);
  });

  it('that does not exist is refused', async () => {
    for (const shape of [{ round: true }, { page_cap: 'seven' }, { cut_letter: 'x' }, { error: { colour: 1 } }, 7]) {
      await assert.rejects(async () => {
        const added = await fault(shape);
        if (added?.error) throw new TypeError(added.error);
      });
    }
  });
});
