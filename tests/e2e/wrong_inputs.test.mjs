// One list of wrong inputs, through every door: the library itself, the command line, and the API. Each says the same
// problems in the same words; and what the manifest allows, none of them refuses.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { BUILD, inWorld } from './harness.mjs';
import { Served } from './served.mjs';

const campaign = { subject: 'Spring', sender_name: 'Shop', sender_email: 'shop@example.com' };
const link = size => `https://example.com/${'x'.repeat(size - 'https://example.com/'.length)}`;
const viber = more => ({ name: 'Sale', sender_id: 501, text: 'Spring', kind: 2, lifetime: 86400, audience: 'phones', phones: ['380501234567'], ...more });

// What is given, and what is said of it: [pointer, sentence] each.
const WRONG = [
  [
    'campaign.create',
    {},
    [
      ['/sender_name', "Sender's name is required."],
      ['/sender_email', 'Sender is required.'],
      ['/subject', 'Subject is required.'],
      ['/content', 'Content is required.'],
      ['', 'Mailing lists or Segment is required.'],
    ],
  ],
  [
    'campaign.create',
    { ...campaign, content: 'htlm', html: '<p>', list_ids: [1] },
    [['/content', 'Content must be one of "html" or "template", not "htlm".']],
  ],
  ['campaign.create', { ...campaign, content: 'html', list_ids: [1] }, [['/html', 'HTML is required.']]],
  [
    'campaign.create',
    { ...campaign, content: 'html', html: '<p>', template_id: '7', list_ids: [1], segment_id: 2 },
    [
      ['/template_id', 'Template is not used with the other values given; leave it out.'],
      ['/segment_id', 'Segment is not used with the other values given; leave it out.'],
    ],
  ],
  [
    'campaign.create',
    { ...campaign, sender_email: 'shop', subject: '', content: 'html', html: '<p>', list_ids: ['one', 0], listids: 1 },
    [
      ['/subject', 'Subject must not be empty.'],
      ['/sender_email', 'Sender must be an email address like jane@example.org, not "shop".'],
      ['/list_ids/0', 'Item 1 of Mailing lists must be a whole number, not the text "one".'],
      ['/list_ids/1', 'Item 2 of Mailing lists must be 1 or more, not 0.'],
      ['/listids', '"listids" is not a known field; did you mean list_ids?'],
    ],
  ],
  [
    'viber_campaign.create',
    viber({ phones: ['+380'], button: { text: 'x'.repeat(31), lnk: 'y' }, stretch_time: 9 }),
    [
      ['/phones/0', 'Item 1 of Phone numbers must be written like 380501234567.'],
      ['/button/link', 'Address is required.'],
      ['/button/text', 'Text must have at most 30 characters, and has 31.'],
      ['/button/lnk', '"lnk" is not a known field; did you mean link?'],
      ['/stretch_time', 'Spread over hours must be 5 or less, not 9.'],
    ],
  ],
  ['viber_campaign.create', viber({ button: { text: 'x', link: link(2049) } }), [['/button/link', 'Address must have at most 2048 characters, and has 2049.']]],
  ['mailing_list.create', { name: 7, description: null }, undefined],
  ['subscriber.add', { emial: 'a@b.c' }, undefined],
  ['subscriber.add_many', { list_id: 'x', subscribers: 'y' }, undefined],
  ['api.request', { method: 'FETCH', path: 'x' }, undefined],
];

// A very long list of wrong elements: what is said of it stays short.
const many = { ...campaign, content: 'html', html: '<p>', list_ids: Array.from({ length: 20_000 }, (_, index) => `id ${index}`) };

const RIGHT = [
  ['viber_campaign.create', viber({ button: { text: 'Look', link: link(2048) } })],
  ['viber_campaign.create', viber({ button: { text: 'Look', link: link(1523) } })],
  ['campaign.create', { ...campaign, content: 'html', html: '<p>'.repeat(100_000), list_ids: [1], when: 'draft' }],
];

const plain = problems => problems.map(({ pointer, message }) => [pointer, message]);

function ofLibrary(cases) {
  const run = spawnSync('python3', ['-B', new URL('../abi/python/refusals.py', import.meta.url).pathname, join(BUILD, 'plugins/sendpulse/sendpulse.so')], {
    input: cases.map(each => `${JSON.stringify(each)}\n`).join(''),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  assert.equal(run.status, 0, run.stderr);
  return run.stdout.trimEnd().split('\n').map(line => JSON.parse(line));
}

test('library, command line and API say the same problems in the same words', inWorld(async (world, t) => {
  const connection = await world.connect();
  const server = await Served.start(world);
  const cases = [...WRONG, ['campaign.create', many, undefined]];
  // A sanitizer's runtime cannot be loaded into Python.
  const library = process.env.CONNECTOR_SANITIZE ? undefined : ofLibrary(cases.map(([action, input]) => [action, input]));
  for (const [index, [action, input, expected]] of cases.entries()) {
    await t.test(`${action} ${JSON.stringify(input).slice(0, 80)}`, async () => {
      const text = JSON.stringify(input);
      const cli = await world.fails(65, ['action', 'run', connection.id, action, '--input', '-'], { input: text });
      const api = await server.fails(422, 'POST', `/api/connections/${connection.id}/actions/${action}/run`, { input });
      const dry = await server.fails(422, 'POST', `/api/connections/${connection.id}/actions/${action}/preview`, { input });
      if (expected !== undefined) assert.deepEqual(plain(cli.details), expected);
      assert.ok(cli.details.length > 0);
      assert.deepEqual(plain(api.problems), plain(cli.details));
      assert.deepEqual(dry.problems, api.problems);
      assert.equal(api.message, cli.message);
      assert.equal(api.advice, cli.advice);
      if (library === undefined) return;
      assert.ok(library[index], 'the library takes it');
      assert.deepEqual(library[index].details, cli.details);
      assert.equal(library[index].message, cli.message);
      assert.equal(library[index].advice, cli.advice);
    });
  }
  const long = await server.fails(422, 'POST', `/api/connections/${connection.id}/actions/campaign.create/run`, { input: many });
  assert.equal(long.problems.length, 101);
  // One for their number, and one for each.
  assert.equal(long.message, 'The input has 20001 problems; the first 100 are listed.');
  assert.equal(long.problems[100].message, 'There are 19901 more problems, which are not listed.');
}));

test('what the manifest allows is refused nowhere', inWorld(async world => {
  const connection = await world.connect();
  const server = await Served.start(world);
  for (const [action, input] of RIGHT) {
    const told = await world.ok(['action', 'run', connection.id, action, '--dry-run', '--input', '-'], { input: JSON.stringify(input) });
    const shown = await server.ok('POST', `/api/connections/${connection.id}/actions/${action}/preview`, { input });
    assert.ok(told.request.url.startsWith('https://api.sendpulse.com/'));
    assert.equal(JSON.stringify(shown).includes('"error"'), false);
  }
}));

test('a sign-in with wrong fields says the same at the command line and in the API', inWorld(async world => {
  const server = await Served.start(world);
  for (const input of [{}, { client_id: 7, clientsecret: 'x' }, { client_id: 'a', client_secret: '' }]) {
    const cli = await world.fails(65, ['connect', 'sendpulse', '--method', 'app', '--input', '-'], { input: JSON.stringify(input) });
    const api = await server.fails(422, 'POST', '/api/connections', { plugin: 'sendpulse', method: 'app', input });
    assert.deepEqual(plain(api.problems), plain(cli.details));
    assert.equal(api.message, cli.message);
  }
}));
