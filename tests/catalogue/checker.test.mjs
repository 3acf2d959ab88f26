// The static check has to catch what it is there for: a small catalogue without a mistake, and one mutation of it for each
// kind of mistake. Where SendPulse's files are at hand, every name of the real catalogue is misspelt once as well.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { account } from './account.mjs';
import { Description, Descriptions } from './openapi.mjs';
import { builtManifest, openapiFolder, reference } from './reference.mjs';
import { pageOf, sources } from './sources.mjs';
import { check } from './static_check.mjs';
import { templatesOf } from './templates.mjs';
import { SETTINGS, withheld } from './withheld.mjs';

const text = { type: 'string' };
const parameter = (where, name, schema, required = where === 'path') => ({ name, in: where, required, schema });
const jsonBody = (schema, required = true) => ({ required, content: { 'application/json': { schema } } });

const DESCRIPTION = {
  servers: [{ url: 'https://api.example.com/v1' }],
  paths: {
    '/lists': {
      get: {
        parameters: [
          parameter('query', 'limit', { type: 'integer', minimum: 1, maximum: 100 }),
          parameter('query', 'offset', { type: 'integer', minimum: 0 }),
          parameter('query', 'order', { type: 'string', enum: ['asc', 'desc'] }),
          parameter('query', 'ids[]', { type: 'array', items: { type: 'integer' } }),
        ],
      },
    },
    '/lists/{id}/rows': {
      parameters: [parameter('path', 'id', { type: 'integer' })],
      get: { parameters: [parameter('query', 'since', { type: 'string', format: 'date' }, true)] },
      post: {
        requestBody: jsonBody({
          type: 'object',
          required: ['email'],
          properties: {
            email: { type: 'string', format: 'email', maxLength: 100 },
            active: { type: 'boolean' },
            at: { type: 'string', format: 'date-time' },
            tags: { type: 'array', maxItems: 5, items: { type: 'integer' } },
            values: { type: 'array', items: { type: 'object', required: ['name'], properties: { name: text, value: text } } },
            extra: { type: 'object', additionalProperties: { type: 'integer' } },
          },
        }),
      },
    },
    '/mail/messages': {
      post: {
        requestBody: jsonBody({
          type: 'object',
          oneOf: [
            { required: ['kind', 'text'], properties: { kind: { const: 'text' }, text } },
            { required: ['kind', 'url'], properties: { kind: { const: 'image' }, url: { type: 'string', format: 'uri' } } },
          ],
        }),
      },
    },
    '/sms/messages': { post: { requestBody: jsonBody({ $ref: '#/components/schemas/Sms' }) } },
    '/sms/messages/last': { get: {} },
    '/upload': { post: { requestBody: { content: { 'multipart/form-data': { schema: { properties: { name: text, size: { type: 'integer' } } } } } } } },
  },
  components: { schemas: { Sms: { type: 'object', required: ['kind'], properties: { kind: text, text, url: text } } } },
};

const MANIFEST = {
  auth: { test: { request: { method: 'GET', path: '/v1/lists' } } },
  $defs: { list_id: { type: 'integer', minimum: 1 } },
  actions: [
    {
      id: 'row.add',
      input: {
        type: 'object',
        required: ['list_id', 'email'],
        additionalProperties: false,
        properties: {
          list_id: { $ref: '#/$defs/list_id' },
          email: { type: 'string', format: 'email', maxLength: 100 },
          active: { type: 'boolean' },
          at: { type: 'string', format: 'date-time' },
          tags: { type: 'array', maxItems: 5, items: { type: 'integer' } },
          values: { type: 'object', additionalProperties: { type: 'string' } },
          extra: { type: 'object', additionalProperties: { type: 'integer' } },
        },
      },
      request: {
        method: 'POST',
        path: '/v1/lists/{list_id}/rows',
        body: {
          email: { $from: '/email' },
          active: { $from: '/active', $default: true },
          at: { $from: '/at' },
          tags: { $each: '/tags', $item: { $from: '.' } },
          values: { $from: '/values', $encode: 'name_value' },
          extra: { $from: '/extra' },
        },
      },
    },
    {
      id: 'message.send',
      input: {
        type: 'object',
        required: ['channel', 'kind'],
        additionalProperties: false,
        properties: {
          channel: { enum: ['mail', 'sms'] },
          kind: { oneOf: [{ const: 'text', title: 'Text' }, { const: 'image', title: 'Image' }] },
          text: { type: 'string', 'x-ui': { visible_when: { kind: 'text' } } },
          url: { type: 'string', format: 'uri', 'x-ui': { visible_when: { kind: ['image'] } } },
        },
        allOf: [
          { if: { required: ['kind'], properties: { kind: { const: 'text' } } }, then: { required: ['text'] } },
          { if: { required: ['kind'], properties: { kind: { const: 'image' } } }, then: { required: ['url'] } },
        ],
      },
      request: {
        method: 'POST',
        path: '/v1/{channel}/messages',
        body: { $merge: [{ kind: { $from: '/kind' } }, { text: { $from: '/text' }, url: { $from: '/url' } }] },
      },
    },
    {
      id: 'file.upload',
      input: { type: 'object', additionalProperties: false, properties: { name: text, size: { type: 'integer' } } },
      request: { method: 'POST', path: '/v1/upload', content: 'multipart', body: { name: { $from: '/name' }, size: { $from: '/size' } } },
    },
    {
      id: 'chat.send',
      input: {
        type: 'object',
        required: ['channel', 'text', 'url'],
        additionalProperties: false,
        properties: { channel: { enum: ['mail', 'sms'] }, text, url: { type: 'string', format: 'uri' } },
      },
      request: {
        method: 'POST',
        path: '/{root}/messages',
        segments: { root: { $from: '/channel', $values: { mail: ['v1', 'mail'], sms: ['v1', 'sms'] } } },
        body: {
          $switch: '/channel',
          $cases: { mail: { kind: 'image', url: { $from: '/url' } }, '*': { kind: 'any', text: { $from: '/text' } } },
        },
      },
    },
    {
      id: 'row.add_tags',
      input: { type: 'object', required: ['tag'], additionalProperties: false, properties: { tag: { type: 'integer' } } },
      request: {
        method: 'POST',
        path: '/v1/lists/7/rows',
        body: { email: 'a@b.c', tags: { $concat: [[1, 2], [{ $from: '/tag' }]] } },
      },
    },
  ],
  lookups: [
    {
      id: 'lists',
      request: { method: 'GET', path: '/v1/lists', query: { order: 'desc', ids: [1, 2] } },
      paging: { size: { name: 'limit', value: 100 }, from: { name: 'offset' } },
    },
  ],
  triggers: [
    {
      id: 'row.added',
      input: { type: 'object', additionalProperties: false, properties: { list_id: { $ref: '#/$defs/list_id' } } },
      read: { request: { method: 'GET', path: '/v1/lists/{/gate/id}/rows', query: { since: { $from: '/window/from' } } } },
      detect: {
        gate: { request: { method: 'GET', path: '/v1/lists' }, after: { method: 'GET', path: '/v1/sms/messages/last' } },
        watch: { request: { method: 'GET', path: '/v1/lists', query: { ids: { $from: '/watch/keys' } } } },
      },
    },
  ],
};

const descriptions = new Descriptions([new Description('example.yml', DESCRIPTION)]);
const problemsOf = manifest => check(manifest, descriptions).map(({ id, what, place, problem }) => `${id} ${what} ${place}: ${problem}`);

const [addRow, send, upload, chat, addTags] = [0, 1, 2, 3, 4];

// [what is wrong, the mutation, what has to be said]
const MISTAKES = [
  ['a path that is not there', m => (m.actions[addRow].request.path = '/v1/list/{list_id}/rows'), /row\.add request path: is in no file/],
  ['a path with a segment too many', m => (m.actions[addRow].request.path += '/all'), /row\.add request path: is in no file/],
  ['another method', m => (m.actions[addRow].request.method = 'PUT'), /row\.add request path: is in no file/],
  ['a choice that leads to no path', m => m.actions[send].input.properties.channel.enum.push('fax'), /message\.send request path: is in no file/],
  ['the connection test nowhere', m => (m.auth.test.request.path = '/v1/user'), /auth\.test request path: is in no file/],
  ['a lookup nowhere', m => (m.lookups[0].request.path = '/v1/liszt'), /lists request path: is in no file/],
  ['a trigger that reads nowhere', m => (m.triggers[0].read.request.path = '/v1/rows'), /row\.added read path: is in no file/],
  ['a gate nowhere', m => (m.triggers[0].detect.gate.request.path = '/v1/liszt'), /row\.added gate path: is in no file/],
  ['a gate that asks again nowhere', m => (m.triggers[0].detect.gate.after.path = '/v1/last'), /row\.added gate\.after path: is in no file/],
  ['a watch nowhere', m => (m.triggers[0].detect.watch.request.path = '/v1/liszt'), /row\.added watch path: is in no file/],
  ['a path parameter of another type', m => (m.$defs.list_id = text), /row\.add request path\.id: is string, not integer/],
  ['a query name misspelt', m => (m.lookups[0].request.query.oder = 'desc'), /lists request query\.oder: is not known/],
  ['a paging name misspelt', m => (m.lookups[0].paging.size.name = 'size'), /lists request query\.size: is not known/],
  ['a page that is too large', m => (m.lookups[0].paging.size.value = 500), /lists request query\.limit: may be 500, outside the limits/],
  ['a query value that is no choice', m => (m.lookups[0].request.query.order = 'down'), /lists request query\.order: may be "down"; it takes "asc", "desc"/],
  ['a query list of another type', m => (m.lookups[0].request.query.ids = ['x']), /lists request query\.ids\[\]: is string, not integer/],
  ['a required query value left out', m => delete m.triggers[0].read.request.query, /row\.added read query\.since: is required and not always sent/],
  ['a required query value of an optional field', m => (m.triggers[0].read.request.query.since = { $from: '/input/list_id' }), /query\.since: is required and not always sent/],
  ['a query value in another form', m => (m.triggers[0].read.request.query.since = { $from: '/window/from', $encode: 'datetime' }), /query\.since: is written as datetime, not as date/],
  ['a body name misspelt', m => (m.actions[addRow].request.body.activ = true), /row\.add request body\.activ: is not known/],
  ['a name misspelt deep in a list', m => (m.actions[addRow].request.body.values = [{ name: 'a', valeu: 'b' }]), /body\.values\[\]\.valeu: is not known/],
  ['a required name left out', m => delete m.actions[addRow].request.body.email, /row\.add request body\.email: is required and not always sent/],
  ['a required name of an optional field', m => (m.actions[addRow].input.required = ['list_id']), /body\.email: is required and not always sent/],
  ['a required name left out deep in a list', m => (m.actions[addRow].request.body.values = [{ value: 'b' }]), /body\.values\[\]\.name: is required/],
  ['a required name hidden in one branch', m => m.actions[send].input.allOf.pop(), /message\.send request body\.url: is required and not always sent/],
  ['a required name missing in one branch', m => (m.actions[send].request.body.$merge[0].kind.$values = { text: 'text' }), /body\.kind: is required and not always sent/],
  ['a kind that one branch alone does not take', m => (m.actions[send].request.body.$merge[0].kind.$values = { text: 'text', image: 'picture' }), /body\.kind: may be "picture"; it takes "image"/],
  ['a number where text is expected', m => (m.actions[addRow].input.properties.email = { type: 'integer' }), /body\.email: is integer, not string/],
  ['text where a number is expected', m => (m.actions[addRow].input.properties.tags.items.type = 'string'), /body\.tags\[\]: is string, not integer/],
  ['a wrong encoder', m => (m.actions[addRow].request.body.active = { $from: '/active', $encode: 'bool01' }), /body\.active: is integer, not boolean/],
  ['a default of another type', m => (m.actions[addRow].request.body.active.$default = 'yes'), /body\.active: is string, not boolean/],
  ['values of another type', m => (m.actions[addRow].request.body.active = { $from: '/email', $values: { a: 1 } }), /body\.active: is integer, not boolean/],
  ['a member of another type', m => (m.actions[addRow].input.properties.extra.additionalProperties.type = 'string'), /body\.extra\.\*: is string, not integer/],
  ['one of several types', m => (m.actions[addRow].input.properties.email.type = ['string', 'null']), /body\.email: is null, not string/],
  ['a date in another form', m => (m.actions[addRow].request.body.at.$encode = 'datetime'), /body\.at: is written as datetime, not as date-time/],
  ['an address that is any text', m => delete m.actions[addRow].input.properties.email.format, /body\.email: is written as any text, not as email/],
  ['a text that may be too long', m => (m.actions[addRow].input.properties.email.maxLength = 200), /body\.email: maxLength is 200; it takes 100/],
  ['a list that may be too long', m => delete m.actions[addRow].input.properties.tags.maxItems, /body\.tags: maxItems is not set; it takes 5/],
  ['members that nobody knows', m => (m.actions[addRow].request.body = { $merge: [{ email: 'a@b.c' }, { $from: '/values' }] }), /body\.\*: may have any members/],
  ['a body where none belongs', m => Object.assign(m.lookups[0].request, { body: { a: 1 } }), /lists request body: is sent; none is known/],
  ['no body where one belongs', m => delete m.actions[addRow].request.body, /row\.add request body: is required and not sent/],
  ['a body of another kind', m => delete m.actions[upload].request.content, /file\.upload request body: is application\/json, not multipart\/form-data/],
  ['a segment that leads to no path', m => (m.actions[chat].request.segments.root.$values.sms = ['v1', 'fax']), /chat\.send request path: is in no file/],
  ['a choice without a segment', m => m.actions[chat].input.properties.channel.enum.push('fax'), /chat\.send request path: is in no file/],
  ['a name misspelt in one case', m => (m.actions[chat].request.body.$cases['*'] = { kind: 'any', txt: 'a' }), /chat\.send request body\.txt: is not known/],
  ['a case that nothing stands for', m => delete m.actions[chat].request.body.$cases['*'], /chat\.send request body: is required and not sent/],
  ['a joined list of another type', m => (m.actions[addTags].request.body.tags.$concat[0] = ['x']), /row\.add_tags request body\.tags\[\]: is string, not integer/],
  ['a form field that does not read as a number', m => (m.actions[upload].input.properties.size = text), /file\.upload request body\.size: is string, not integer/],
];

test('a catalogue without a mistake has no findings', () => assert.deepEqual(problemsOf(MANIFEST), []));

for (const [name, mutate, expected] of MISTAKES)
  test(`caught: ${name}`, () => {
    const manifest = structuredClone(MANIFEST);
    mutate(manifest);
    const found = problemsOf(manifest);
    assert.ok(found.some(line => expected.test(line)), `${expected} is not in\n${found.join('\n')}`);
  });

test('of two paths that fit, the one with the literal segment is meant', () => {
  assert.equal(descriptions.find('GET', '/v1/sms/messages/last').path, '/sms/messages/last');
});

const BUILT = join(process.env.CONNECTOR_BUILD ?? new URL('../../build/dev', import.meta.url).pathname, 'plugins/sendpulse/sendpulse.yaml');
const skip = existsSync(openapiFolder()) && existsSync(BUILT) ? false : 'neither the OpenAPI files nor a built manifest';

test('caught: every path, query name and body name of the real catalogue, misspelt', { skip }, async () => {
  const { descriptions: real } = await reference();
  const manifest = await builtManifest(BUILT);
  const keyOf = ({ id, what, place, problem }) => `${id} ${what} ${place} ${problem}`;
  const before = new Set(check(manifest, real).map(keyOf));
  const known = new Set([...before].filter(key => key.endsWith('path is in no file')).map(key => key.split(' ')[0]));
  let mutations = 0;
  const missed = [];
  const misspell = (entry, what, mutate, undo) => {
    mutate();
    mutations += 1;
    if (!check({ ...only(entry), $defs: manifest.$defs }, real).some(finding => !before.has(keyOf(finding)))) missed.push(`${entry.id} ${entry.what} ${what}`);
    undo();
  };
  for (const entry of templatesOf(manifest)) {
    const { template, id } = entry;
    if (known.has(id)) continue;
    const { path } = template;
    misspell(entry, path, () => (template.path = path.replace(/[a-z]\b/, 'qq')), () => (template.path = path));
    for (const part of ['query', 'body']) {
      // Where the file describes another kind of body altogether, it has no names to compare with.
      if ([...before].some(key => key.startsWith(`${id} ${entry.what} ${part} `))) continue;
      const given = template[part];
      for (const name of Object.keys(given ?? {}).filter(each => !each.startsWith('$'))) {
        const { [name]: value, ...others } = given;
        misspell(entry, `${part} ${name}`, () => (template[part] = { ...others, [`${name}qq`]: value }), () => (template[part] = given));
      }
    }
  }
  assert.ok(mutations > 80);
  assert.deepEqual(missed, []);
});

// A manifest with the operation of one template alone.
const only = ({ kind, operation, template }) => ({
  auth: { test: { request: kind === 'connection' ? template : { method: 'GET', path: '/balance' } } },
  actions: kind === 'action' ? [operation] : [],
  lookups: kind === 'lookup' ? [operation] : [],
  triggers: kind === 'trigger' ? [operation] : [],
});

// The account of a description: nothing passes that is neither used nor left out with a reason.
const ACCOUNTED = {
  ...MANIFEST,
  triggers: [],
  lookups: [],
  actions: MANIFEST.actions.filter(({ id }) => ['row.add', 'message.send'].includes(id)),
  limitations: [{ id: 'no-rows', paths: [{ methods: ['GET'], path: '/v1/lists/{}/{*}' }] }],
  omissions: [
    { methods: ['GET'], path: '/v1/sms/messages/last', reason: 'Nobody needs it.' },
    { methods: ['POST'], path: '/v1/upload', reason: 'Nobody needs it.' },
  ],
};
const accountProblems = change => {
  const manifest = structuredClone(ACCOUNTED);
  change?.(manifest);
  return account(manifest, new Descriptions([new Description('mini.yml', DESCRIPTION)])).problems;
};

for (const [what, change, problem] of [
  ['an operation without a use or a reason', ({ omissions }) => omissions.pop(), /POST \/v1\/upload is used by no operation/],
  ['an omission of another method', ({ omissions }) => { omissions[1].methods = ['PUT']; }, /POST \/v1\/upload is used by no operation/],
  ['an omission that is used', ({ omissions }) => omissions.push({ methods: ['POST'], path: '/v1/lists/{}/rows', reason: 'x' }), /left out, but row\.add uses it/],
  ['an omission that is in no file', ({ omissions }) => omissions.push({ methods: ['GET'], path: '/v1/upload', reason: 'x' }), /GET \/v1\/upload is in no file/],
  ['an omission given twice', ({ omissions }) => omissions.push(omissions[0]), /left out twice/],
  ['an omission that a limitation refuses', ({ omissions }) => omissions.push({ methods: ['GET'], path: '/v1/lists/{}/rows', reason: 'x' }), /limitation no-rows refuses it/],
  ['a use that a limitation refuses', ({ limitations }) => { limitations[0].paths[0].methods = ['POST']; }, /refused by the limitation no-rows, but row\.add uses it/],
  ['what a limitation excepts', ({ limitations }) => { limitations[0].paths[0].except = ['/v1/lists/{}/rows']; }, /GET \/v1\/lists\/\{id\}\/rows is used by no operation/],
])
  test(`the account finds ${what}`, () => assert.match(accountProblems(change).join('\n'), problem));

test('the account finds nothing where all is used or left out', () => assert.deepEqual(accountProblems(), []));

// What a limitation withholds, it withholds wherever an answer has it.
const answering = schema => ({ responses: { 200: { content: { 'application/json': { schema } } } } });
const wrapped = $ref => ({ type: 'object', properties: { data: { type: 'array', items: { $ref: `#/components/schemas/${$ref}` } } } });
const CRM = {
  servers: [{ url: 'https://api.example.com/crm/v1' }],
  paths: {
    '/contacts/{id}': { get: answering(wrapped('Contact')), put: answering(wrapped('Contact')) },
    '/contacts/attributes': { get: answering(wrapped('ContactAttribute')) },
    '/tasks/{id}/link': { post: answering({ type: 'object', properties: { link: { $ref: '#/components/schemas/Link' } } }) },
    '/payments': { get: answering({ type: 'array', items: { allOf: [{ properties: { firstName: text } }] } }) },
    '/users': { get: answering({ properties: { email: text } }) },
  },
  components: {
    schemas: {
      Contact: { properties: { id: { type: 'integer' }, next: { $ref: '#/components/schemas/Contact' } } },
      ContactAttribute: { properties: { name: text } },
      Link: { properties: { deals: { type: 'array', items: { $ref: '#/components/schemas/DealsAutocomplete' } } } },
      DealsAutocomplete: { properties: { name: text } },
    },
  },
};
const WITHHOLDING = {
  limitations: [{
    id: 'no-people',
    paths: [
      { methods: ['GET'], path: '/crm/v1/contacts/{*}', except: ['/crm/v1/contacts/attributes'] },
      { methods: ['GET'], path: '/crm/v1/tasks/{}/link' },
      { methods: ['GET'], path: '/crm/v1/payments' },
    ],
  }],
};
const withheldProblems = change => {
  const manifest = structuredClone(WITHHOLDING);
  change?.(manifest.limitations[0].paths);
  return withheld(manifest, new Descriptions([new Description('crm.yml', CRM)])).problems;
};

for (const [what, change, problem] of [
  ['a record that may be read', paths => paths.shift(), /GET \/crm\/v1\/contacts\/\{id\} answers with records \(Contact at \/data\/\*\)/],
  ['a write that returns a record', paths => paths.shift(), /PUT \/crm\/v1\/contacts\/\{id\} answers with records/],
  ['records within something else', paths => paths.splice(1, 1), /POST \/crm\/v1\/tasks\/\{id\}\/link answers with records \(DealsAutocomplete at \/link\/deals\/\*\)/],
  ['a person by members', paths => paths.pop(), /GET \/crm\/v1\/payments answers with records \(firstName at \/\*\)/],
  ['what a limitation excepts', paths => { paths[0].except = ['/crm/v1/contacts/{}']; }, /GET \/crm\/v1\/contacts\/\{id\} answers/],
])
  test(`what is withheld: ${what}`, () => assert.match(withheldProblems(change).join('\n'), problem));

test('what is withheld: all of it, and neither fields nor the team', () => assert.deepEqual(withheldProblems(), []));

test('what is withheld: the exceptions are in the description', { skip: !existsSync(openapiFolder()) }, async () => {
  const { descriptions } = await reference();
  const { schemas } = descriptions.files.find(({ file }) => file === 'crm.yml').document.components;
  for (const name of SETTINGS) assert.ok(name in schemas, name);
});

// What each operation rests on.
const SOURCED = structuredClone(DESCRIPTION);
SOURCED.paths['/lists/{id}/rows'].post.responses = {
  200: { description: '', content: { 'application/json': { schema: { type: 'object', properties: { id: text } } } } },
};
const sourceOf = (id, output, place = /^nothing$/, page = '') => {
  const manifest = { ...ACCOUNTED, actions: structuredClone(ACCOUNTED.actions) };
  const action = manifest.actions.find(each => each.id === id);
  action.output = { type: 'object', properties: output };
  action.request.body.unheard_of = 'x';
  const errata = [{ operation: /rows$/, place, source: 'clients', reason: 'x' }];
  const { rows } = sources(manifest, new Descriptions([new Description('mini.yml', SOURCED)]), page, errata);
  return rows.find(row => row.id === id);
};

test('what is sent beyond the description is named with its source', () =>
  assert.deepEqual(sourceOf('row.add', {}, /^body\.unheard_of$/).beyond, [{ source: 'clients', place: 'body.unheard_of' }]));

test('members that no described answer has are named', () =>
  assert.deepEqual(sourceOf('row.add', { id: text, made_up: text }).silent, ['made_up']));

test('the assumptions of the catalogue are at their operation, and on the page', () => {
  const row = sourceOf('row.add', {}, undefined, '## Actions: Rows\n\n`row.add`: Adds.\n\n- Rests on: `row-order` and `row-page` (not verified).\n');
  assert.deepEqual(row.unread, ['row-order', 'row-page']);
  assert.match(pageOf([row]), /^\| `row\.add` \| mini\.yml \|  \|  \| `row-order`, `row-page` \|$/m);
});

test('a handler whose requests nobody named, and an entry without a source, are found', () => {
  const manifest = { ...ACCOUNTED, actions: [...ACCOUNTED.actions, { id: 'row.magic', handler: 'magic' }] };
  const errata = [{ operation: /x/, place: /x/, reason: 'x' }];
  const { problems } = sources(manifest, new Descriptions([new Description('mini.yml', SOURCED)]), '', errata);
  assert.match(problems.join('\n'), /name its source/);
  assert.match(problems.join('\n'), /row\.magic is a handler/);
});

// The same template for the input and for the elements of a list.
const shared = (item, input = { more: { type: 'array', items: { type: 'object', required: ['email'], properties: { email: text }, additionalProperties: false } } }) => {
  const manifest = structuredClone(ACCOUNTED);
  const [action] = manifest.actions;
  Object.assign(action.input.properties, input);
  action.request.body = item;
  return check(manifest, new Descriptions([new Description('mini.yml', DESCRIPTION)])).filter(({ id }) => id === 'row.add');
};

test('$with is looked into: what it places, and what it may not place', () => {
  assert.deepEqual(shared({ $with: '', $item: { email: { $from: './email' } } }), []);
  assert.match(shared({ $with: '/more/0', $item: { email: { $from: './email' } } })[0].problem, /any text, not as email/);
  assert.match(shared({ $with: '', $item: { email: { $from: './email' }, eMail: { $from: './email' } } })[0].place, /^body\.eMail$/);
  assert.match(shared({ $with: '', $item: { email: { $from: './nobody' } } })[0].place, /^body\.email$/);
});
