// The fake's answers alone against SendPulse's OpenAPI file, with Prism in between: also those that the plugin never sees,
// such as refusals. Every operation of the file must be driven by at least one call below. What the plugin sends and gets
// is checked by tests/catalogue/through_prism.mjs.
//
//   [CONNECTOR_OPENAPI=FOLDER] node prism_check.mjs
//
// Ends with 77 (skipped) where the files are not at hand; what is known to differ is in tests/catalogue/differences.mjs.

import { join } from 'node:path';
import { Ledger } from '../catalogue/differences.mjs';
import { startPrism } from '../catalogue/prism.mjs';
import { reference } from '../catalogue/reference.mjs';
import { violationsIn } from '../catalogue/validating_front.mjs';
import { startFake } from './fake.mjs';

const base64 = text => Buffer.from(text).toString('base64');

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

const FILE = 'bulk-email.yml';
const { folder, descriptions } = await reference();

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

const fake = await startFake({ seed: 'small', settings: { rate_limit: false, boolean_words: true }, plainPort: 0 });
const proxy = await startPrism(join(folder, FILE), `http://127.0.0.1:${fake.plainPort}`);
const failures = [];
const ledger = new Ledger();
try {
  for (const [operation, path, body, expected = 200] of CALLS) {
    const names = await namesOf(fake);
    const [method] = operation.split(' ');
    const answer = await fetch(`http://127.0.0.1:${proxy.port}${fill(path, names)}`, {
      method,
      headers: { authorization: `Bearer ${fake.credentials.api_key}`, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(fill(body, names)),
    });
    const text = await answer.text();
    if (answer.status !== expected) failures.push(`${operation}: status ${answer.status}, not ${expected}: ${text}`);
    for (const violation of violationsIn(answer.headers.get('sl-violations') ?? undefined)) {
      // A call that is meant to be refused breaks the description on the way in.
      if (expected !== 200 && violation.place.startsWith('request')) continue;
      if (!ledger.explain(operation, violation)) failures.push(`${operation}: ${violation.place}: ${violation.message}`);
    }
  }
} finally {
  proxy.stop();
  await fake.close();
}

const driven = new Set(CALLS.map(([operation]) => operation));
for (const { file, name } of descriptions.operations)
  if (file === FILE && !driven.has(name)) failures.push(`${name}: is not driven`);
process.stdout.write(`${CALLS.length} calls, ${driven.size} operations, ${failures.length} violations\n`);
for (const [{ reason }, count] of ledger.met) process.stdout.write(`known, ${count} times: ${reason}\n`);
for (const failure of failures) process.stdout.write(`${failure}\n`);
process.exit(failures.length > 0 ? 1 : 0);
