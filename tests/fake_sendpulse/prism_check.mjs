#!/usr/bin/env node
// Checks the fake's answers against SendPulse's own OpenAPI file, with Prism as a validating proxy in between:
//
//   node prism_check.mjs FOLDER_OF_OPENAPI_FILES PRISM_BINARY
//
// Neither is part of this repository; without them the check says so and succeeds. Every operation of the file must be
// driven by at least one call below. Fails on a violation that is not in KNOWN.

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { startFake } from './fake.mjs';

const base64 = text => Buffer.from(text).toString('base64');

// Where recordings of live answers and the description disagree, the fake follows the recordings.
const KNOWN = [
  {
    operation: /^POST \/addressbooks\/\{id\}\/emails$/,
    place: /^request\.body$/,
    reason: 'the description offers two bodies of which exactly one must fit, and every body fits both',
  },
  {
    operation: /^GET \/addressbooks\/\{id\}\/emails$/,
    place: /^response\.body\.\d+\.variables$/,
    reason: 'PHP writes an object without members as [] (sendpulse-api.md b.4); off with empty_object_as_array=false',
  },
  {
    operation: /^GET \/campaigns\/\{id\}\/countries$/,
    place: /^response\.body$/,
    reason: 'no countries yet is [] (sendpulse-api.md c.2)',
  },
  {
    operation: /^POST \/emails(\/campaigns)?$/,
    place: /^response\.body$/,
    reason: 'nothing found is [] (sendpulse-api.md b.4)',
  },
];

// [operation of the description, path, body]; `$` names are filled in from the fake's state.
const CALLS = [
  ['GET /addressbooks', '/addressbooks?limit=10&offset=0'],
  ['POST /addressbooks', '/addressbooks', { bookName: 'Checked' }],
  ['POST /addressbooks', '/addressbooks', {}, 422],
  ['POST /addressbooks', '/addressbooks', { bookName: 'Checked' }, 422],
  ['GET /addressbooks/{id}', '/addressbooks/$list'],
  ['GET /addressbooks/{id}', '/addressbooks/1', undefined, 404],
  ['PUT /addressbooks/{id}', '/addressbooks/$list', { name: 'Renamed' }],
  ['GET /addressbooks/{id}/variables', '/addressbooks/$list/variables'],
  ['GET /addressbooks/{id}/emails', '/addressbooks/$list/emails?limit=100&offset=0&order=desc'],
  ['GET /addressbooks/{id}/emails', '/addressbooks/$list/emails?active=true'],
  ['GET /addressbooks/{id}/emails', '/addressbooks/$list/emails?not_active=true'],
  ['GET /addressbooks/{id}/emails', '/addressbooks/$list/emails?limit=500', undefined, 422],
  ['GET /addressbooks/{id}/emails/total', '/addressbooks/$list/emails/total?active=true'],
  ['GET /addressbooks/{id}/emails/{email}', '/addressbooks/$list/emails/ann%40example.com'],
  ['POST /addressbooks/{id}/emails', '/addressbooks/$list/emails', { emails: ['new@example.com'] }],
  [
    'POST /addressbooks/{id}/emails',
    '/addressbooks/$list/emails',
    {
      emails: [{ email: 'two@example.com', variables: { Name: 'Two' } }],
      confirmation: 'force',
      sender_email: 'shop@example.com',
    },
  ],
  ['POST /addressbooks/{id}/emails', '/addressbooks/1/emails', { emails: [] }, 404],
  [
    'POST /addressbooks/{id}/emails/variable',
    '/addressbooks/$list/emails/variable',
    { email: 'ann@example.com', variables: [{ name: 'Name', value: 'Anne' }] },
  ],
  ['GET /addressbooks/{id}/variables/{variableName}/{searchValue}', '/addressbooks/$list/variables/Name/Anne'],
  ['PUT /addressbooks/{id}/phone', '/addressbooks/$list/phone', { email: 'ann@example.com', phone: '380500000001' }],
  ['GET /addressbooks/{id}/cost', '/addressbooks/$list/cost'],
  ['GET /addressbooks/{id}/campaigns', '/addressbooks/$list/campaigns?limit=5&offset=0'],
  [
    'POST /addressbooks/{id}/emails/unsubscribe',
    '/addressbooks/$list/emails/unsubscribe',
    { emails: ['new@example.com'] },
  ],
  ['DELETE /addressbooks/{id}/emails', '/addressbooks/$list/emails', { emails: ['new@example.com'] }],
  ['GET /emails/{email}', '/emails/ann%40example.com'],
  ['GET /emails/{email}/details', '/emails/ann%40example.com/details'],
  ['GET /emails/{email}/campaigns', '/emails/ann%40example.com/campaigns'],
  ['POST /emails', '/emails', { emails: ['ann@example.com'] }],
  ['POST /emails', '/emails', { emails: ['nobody@example.com'] }],
  ['POST /emails/campaigns', '/emails/campaigns', { emails: ['ann@example.com'] }],
  ['GET /campaigns', '/campaigns?limit=10&offset=0&order=desc'],
  ['GET /campaigns', '/campaigns?status=3&planed=false'],
  [
    'POST /campaigns',
    '/campaigns',
    {
      sender_name: 'Shop',
      sender_email: 'shop@example.com',
      subject: 'Hi',
      body: base64('<p>Hi</p>'),
      list_id: '$list',
      send_date: '2090-01-01 00:00:00',
    },
  ],
  [
    'POST /campaigns',
    '/campaigns',
    {
      sender_name: 'Shop',
      sender_email: 'shop@example.com',
      subject: 'Hi',
      template_id: '$template',
      list_id: '$list',
      type: 'draft',
    },
  ],
  ['GET /campaigns/{id}', '/campaigns/$campaign'],
  ['PATCH /campaigns/{id}', '/campaigns/$planned', { name: 'New name', subject: 'New subject' }],
  ['GET /campaigns/{id}/countries', '/campaigns/$campaign/countries'],
  ['GET /campaigns/{id}/countries', '/campaigns/$planned/countries'],
  ['GET /campaigns/{id}/referrals', '/campaigns/$campaign/referrals'],
  ['GET /campaigns/{id}/email/{email}', '/campaigns/$campaign/email/ann%40example.com'],
  ['DELETE /campaigns/{id}', '/campaigns/$planned'],
  ['POST /template', '/template', { name: 'Checked', body: base64('<p>x</p>'), lang: 'en' }],
  ['POST /template', '/template', { name: 'Checked', body: base64('<p>x</p>'), lang: 'en' }, 422],
  ['POST /template/edit/{id}', '/template/edit/$template', { body: base64('<p>y</p>'), lang: 'en' }],
  ['GET /template/{template_id}', '/template/$template'],
  ['GET /template/{template_id}', '/template/777', undefined, 404],
  ['GET /template/slug/{name_slug}', '/template/slug/plain-letter?owner=me'],
  ['GET /templates', '/templates?limit=10&offset=0'],
  ['GET /templates', '/templates?owner=me&only_active=true'],
  ['GET /senders', '/senders'],
  ['POST /senders', '/senders', { email: 'fresh@example.com', name: 'Fresh' }],
  ['GET /senders/{email}/code', '/senders/fresh%40example.com/code'],
  ['POST /senders/{email}/code', '/senders/fresh%40example.com/code', { code: '$code' }],
  ['DELETE /senders', '/senders', { email: 'fresh@example.com' }],
  ['GET /tags', '/tags'],
  ['POST /tags', '/tags', { name: 'checked', color: '#f0f4f6' }],
  ['PUT /tags/{id}', '/tags/$tag', { name: 'renamed', color: '#f0f4f6' }],
  ['POST /tags/pin/email', '/tags/pin/email', { email: 'ann@example.com', tags: ['$tag'] }],
  ['POST /tags/unpin/email', '/tags/unpin/email', { email: 'ann@example.com', tags: ['$tag'] }],
  ['POST /tags/pin/phone', '/tags/pin/phone', { phone: '380500000001', tags: ['$tag'] }],
  ['POST /tags/unpin/phone', '/tags/unpin/phone', { phone: '380500000001', tags: ['$tag'] }],
  ['DELETE /tags/{id}', '/tags/$tag'],
  ['GET /blacklist', '/blacklist'],
  ['POST /blacklist', '/blacklist', { emails: base64('a@example.com,b@example.com'), comment: 'why' }],
  ['DELETE /blacklist', '/blacklist', { emails: base64('a@example.com') }],
  ['GET /balance', '/balance'],
  ['GET /balance/{currency}', '/balance/USD'],
  ['GET /user/balance/detail', '/user/balance/detail'],
  [
    'POST /v2/email-service/webhook',
    '/v2/email-service/webhook',
    { url: 'https://example.com/hook', actions: ['delivered', 'open'] },
  ],
  ['GET /v2/email-service/webhook', '/v2/email-service/webhook'],
  ['GET /v2/email-service/webhook/{id}', '/v2/email-service/webhook/$webhook'],
  ['PUT /v2/email-service/webhook/{id}', '/v2/email-service/webhook/$webhook', { url: 'https://example.com/other' }],
  ['DELETE /v2/email-service/webhook/{id}', '/v2/email-service/webhook/$webhook'],
  ['DELETE /emails/{email}', '/emails/bob%40example.com'],
  ['DELETE /addressbooks/{id}', '/addressbooks/$second'],
];

const [folder, prism] = process.argv.slice(2);
const description = folder && join(folder, 'bulk-email.yml');
if (!description || !prism || !existsSync(description) || !existsSync(prism)) {
  process.stdout.write('SKIPPED: prism_check needs the folder with bulk-email.yml and the prism binary as arguments\n');
  process.exit(0);
}

function operationsOf(file) {
  const operations = [];
  let path = null;
  let inPaths = false;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (/^\S/.test(line)) inPaths = line.startsWith('paths:');
    if (!inPaths) continue;
    path = /^ {2}(\/\S*):$/.exec(line)?.[1] ?? path;
    const method = /^ {4}(get|post|put|patch|delete):$/.exec(line)?.[1];
    if (method) operations.push(`${method.toUpperCase()} ${path}`);
  }
  return operations;
}

function freePort() {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function startPrism(target) {
  const port = await freePort();
  const child = spawn(prism, ['proxy', description, target, '--host', '127.0.0.1', '--port', String(port)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  await new Promise((resolve, reject) => {
    const look = chunk => {
      output += chunk;
      if (output.includes('Prism is listening')) resolve();
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.once('exit', code => reject(new Error(`prism stopped with ${code}: ${output}`)));
    setTimeout(() => reject(new Error(`prism did not start: ${output}`)), 60_000).unref();
  });
  return { url: `http://127.0.0.1:${port}`, stop: () => child.kill() };
}

const fill = (value, names) => {
  if (typeof value === 'string') {
    if (value in names) return names[value];
    return value.replace(/\$\w+/g, name => names[name] ?? name);
  }
  if (Array.isArray(value)) return value.map(item => fill(item, names));
  if (value && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, fill(v, names)]));
  return value;
};

async function namesOf(fake) {
  const [account] = (await fake.control('GET', '/state')).accounts;
  return {
    $list: account.lists[0]?.id,
    $second: account.lists[1]?.id,
    $campaign: account.campaigns[0]?.id,
    $planned: account.campaigns[1]?.id,
    $template: account.templates[0]?.real_id,
    $tag: account.tags[0]?.id,
    $webhook: account.webhooks[0]?.id,
    $code: account.senders.find(sender => sender.code)?.code,
  };
}

const fake = await startFake({ seed: 'small', settings: { rate_limit: false }, plainPort: 0 });
const proxy = await startPrism(`http://127.0.0.1:${fake.plainPort}`);
const failures = [];
const tolerated = new Map();
try {
  for (const [operation, path, body, expected = 200] of CALLS) {
    const names = await namesOf(fake);
    const [method] = operation.split(' ');
    const answer = await fetch(proxy.url + fill(path, names), {
      method,
      headers: { authorization: `Bearer ${fake.credentials.api_key}`, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(fill(body, names)),
    });
    const text = await answer.text();
    const violations = JSON.parse(answer.headers.get('sl-violations') ?? '[]');
    if (answer.status !== expected) failures.push(`${operation}: status ${answer.status}, not ${expected}: ${text}`);
    for (const { location, message } of violations) {
      const place = location.join('.');
      // A call that is meant to be refused breaks the description on the way in.
      if (expected !== 200 && location[0] === 'request') continue;
      const known = KNOWN.find(difference => difference.operation.test(operation) && difference.place.test(place));
      if (known) tolerated.set(known, (tolerated.get(known) ?? 0) + 1);
      else failures.push(`${operation}: ${place}: ${message}`);
    }
  }
} finally {
  proxy.stop();
  await fake.close();
}

const driven = new Set(CALLS.map(([operation]) => operation));
for (const operation of operationsOf(description)) {
  if (!driven.has(operation)) failures.push(`${operation}: is not driven`);
}
process.stdout.write(`${CALLS.length} calls, ${driven.size} operations, ${failures.length} violations\n`);
for (const [{ operation, reason }, count] of tolerated)
  process.stdout.write(`known, ${count}x ${operation.source}: ${reason}\n`);
for (const failure of failures) process.stdout.write(`${failure}\n`);
process.exit(failures.length > 0 ? 1 : 0);
