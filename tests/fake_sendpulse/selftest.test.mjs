// The fake is itself tested, over real TLS: what a test suite believes because the fake said it has to be right.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, beforeEach, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Client } from './client.mjs';
import { startFake } from './fake.mjs';

const OFF = { rate_limit: false };
const base64 = text => Buffer.from(text).toString('base64');

let fake;
let h2;
let h1;

before(async () => {
  fake = await startFake({ seed: 'small', settings: OFF });
  h2 = new Client(fake, 'h2');
  h1 = new Client(fake, 'h1');
});

after(async () => {
  h2.close();
  h1.close();
  await fake.close();
});

beforeEach(async () => {
  await fake.control('POST', '/reset', { keep_tokens: true });
  // An API key does not end, whatever a test does to the clock or to tokens.
  h1.token = fake.credentials.api_key;
  h2.token = fake.credentials.api_key;
});

const firstList = async () => (await fake.control('GET', '/state')).accounts[0].lists[0].id;

const refusedWith = (answer, status, code) => {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.error_code, code);
  assert.equal(typeof answer.json.message, 'string');
};

describe('tokens', () => {
  it('come for id and secret, as JSON, form and HTTP Basic', async () => {
    const { client_id: id, client_secret: secret } = fake.credentials;
    const form = 'application/x-www-form-urlencoded';
    const asForm = await h1.send('POST', '/oauth/access_token', {
      body: new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret }).toString(),
      headers: { 'content-type': form },
      token: null,
    });
    const asBasic = await h2.send('POST', '/oauth/access_token', {
      body: 'grant_type=client_credentials',
      token: null,
      headers: { 'content-type': form, authorization: `Basic ${base64(`${id}:${secret}`)}` },
    });
    for (const answer of [await h2.signIn(), asForm, asBasic]) {
      assert.equal(answer.status, 200);
      assert.deepEqual(Object.keys(answer.json), ['access_token', 'token_type', 'expires_in']);
      assert.equal(answer.json.token_type, 'Bearer');
      assert.equal(answer.json.expires_in, 3600);
      assert.ok(answer.json.access_token.length > 500);
    }
  });

  it('are refused with invalid_client for a wrong secret', async () => {
    const answer = await h2.signIn({ client_secret: 'wrong' });
    assert.equal(answer.status, 401);
    assert.equal(answer.json.error, 'invalid_client');
    assert.ok(answer.json.error_description && answer.json.message);
  });

  it('end after an hour of the virtual clock', async () => {
    const client = new Client(fake);
    await client.signIn();
    await fake.control('POST', '/clock', { advance_s: 3599 });
    assert.equal((await client.get('/balance')).status, 200);
    await fake.control('POST', '/clock', { advance_s: 2 });
    refusedWith(await client.get('/balance'), 401, 401);
    await fake.control('POST', '/settings', { unauthorized_as_200: true });
    refusedWith(await client.get('/balance'), 200, 401);
    client.close();
  });

  it('replace each other only under single_token; an API key works like one', async () => {
    await fake.control('POST', '/settings', { single_token: true });
    const [one, two] = [new Client(fake), new Client(fake)];
    await one.signIn();
    await two.signIn();
    assert.equal((await one.get('/balance')).status, 401);
    assert.equal((await two.get('/balance')).status, 200);
    assert.equal((await two.get('/balance', { token: fake.credentials.api_key })).status, 200);
    assert.equal((await two.get('/balance', { token: 'nonsense' })).status, 401);
    assert.equal(
      (await two.get('/balance', { token: null, headers: { authorization: fake.credentials.api_key } })).status,
      401,
    );
    one.close();
    two.close();
  });

  it('are all listed for leak searches, and never logged', async () => {
    await h2.signIn();
    await h2.get('/balance');
    const tokens = await fake.control('GET', '/tokens');
    const requests = JSON.stringify(await fake.control('GET', '/requests'));
    const { client_secret: secret, api_key: key } = fake.credentials;
    for (const value of [h2.token, secret, key]) {
      assert.ok(tokens.some(token => token.value === value));
      assert.ok(!requests.includes(value));
    }
    const [entry] = await fake.control('GET', '/requests?path=/balance');
    assert.equal(entry.authorization_kind, 'bearer');
    assert.equal(entry.token, tokens.find(token => token.value === h2.token).fingerprint);
  });
});

describe('authorization code', () => {
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const redirectUri = 'http://127.0.0.1:9/callback';

  const authorize = (extra = {}) =>
    h2.get(
      `/oauth/authorize?${new URLSearchParams({
        response_type: 'code',
        client_id: fake.credentials.client_id,
        redirect_uri: redirectUri,
        state: 'xyz',
        code_challenge: challenge,
        code_challenge_method: 'S256',
        ...extra,
      })}`,
    );
  const codeOf = answer => new URL(answer.headers.location).searchParams.get('code');
  const exchange = fields =>
    h2.signIn({ grant_type: 'authorization_code', redirect_uri: redirectUri, code_verifier: verifier, ...fields });
  const refresh = token => h2.signIn({ grant_type: 'refresh_token', refresh_token: token });

  it('gives a code, then tokens, once', async () => {
    const answer = await authorize();
    assert.equal(answer.status, 302);
    assert.equal(new URL(answer.headers.location).searchParams.get('state'), 'xyz');
    const tokens = await exchange({ code: codeOf(answer) });
    assert.equal(tokens.status, 200);
    assert.ok(tokens.json.refresh_token);
    assert.equal((await h2.get('/user/info')).status, 200);
    const again = await exchange({ code: codeOf(answer) });
    assert.deepEqual([again.status, again.json.error], [400, 'invalid_grant']);
    assert.equal((await h2.get('/user/info')).status, 401);
  });

  it('insists on the verifier, the redirect address and PKCE', async () => {
    for (const wrong of [{ code_verifier: 'x'.repeat(43) }, { redirect_uri: 'http://127.0.0.1:10/callback' }]) {
      assert.equal((await exchange({ code: codeOf(await authorize()), ...wrong })).json.error, 'invalid_grant');
    }
    const nested = await exchange({ code: codeOf(await authorize()), code_verifier: 5 });
    assert.deepEqual([nested.status, nested.text], [500, '']);
    const plain = await authorize({ code_challenge_method: 'plain' });
    assert.equal(new URL(plain.headers.location).searchParams.get('error'), 'invalid_request');
    assert.equal((await authorize({ redirect_uri: 'http://evil.example/' })).status, 400);
    assert.equal((await authorize({ client_id: 'nobody' })).status, 400);
  });

  it('rotates refresh tokens and revokes the family when an old one returns', async () => {
    const first = (await exchange({ code: codeOf(await authorize()) })).json.refresh_token;
    const second = (await refresh(first)).json.refresh_token;
    assert.notEqual(second, first);
    assert.equal((await refresh(first)).json.error, 'invalid_grant');
    assert.equal((await refresh(second)).json.error, 'invalid_grant');
    await fake.control('POST', '/settings', { refresh_rotation: false });
    const kept = (await exchange({ code: codeOf(await authorize()) })).json.refresh_token;
    assert.equal((await refresh(kept)).json.refresh_token, undefined);
    assert.equal((await refresh(kept)).status, 200);
  });

  it('can ask on a page, or be denied', async () => {
    const page = await authorize({ prompt: 'page' });
    assert.match(page.headers['content-type'], /html/);
    assert.match(page.text, /name="decision" value="allow"/);
    const body = new URLSearchParams({
      response_type: 'code',
      client_id: fake.credentials.client_id,
      redirect_uri: redirectUri,
      state: 's',
      code_challenge: challenge,
      code_challenge_method: 'S256',
      decision: 'allow',
    }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const allowed = await h2.send('POST', '/oauth/authorize', { body, headers, token: null });
    assert.ok(codeOf(allowed));
    await fake.control('POST', '/settings', { authorize: 'deny' });
    assert.equal(new URL((await authorize()).headers.location).searchParams.get('error'), 'access_denied');
  });
});

describe('mailing lists and members', () => {
  it('pages, newest last or first, with exact dates', async () => {
    await fake.control('POST', '/clock', { freeze: true, set: '2036-03-01T10:00:00Z' });
    const { id } = (await h2.post('/addressbooks', { bookName: 'Big' })).json;
    await fake.control('POST', `/lists/${id}/subscribers`, { count: 250, prefix: 'm', step_s: 1 });
    const rows = [];
    for (let offset = 0; ; offset += 100) {
      const page = (await h1.get(`/addressbooks/${id}/emails?limit=100&offset=${offset}`)).json;
      rows.push(...page);
      if (page.length < 100) break;
    }
    assert.equal(new Set(rows.map(row => row.email)).size, 250);
    assert.equal(rows[0].add_date, '2036-03-01 13:00:00');
    const newest = (await h2.get(`/addressbooks/${id}/emails?order=desc&limit=2&offset=1`)).json;
    assert.deepEqual(
      newest.map(row => row.email),
      ['m249@example.com', 'm248@example.com'],
    );
    await fake.control('POST', '/settings', { order_ignored: true, add_date: false });
    const [oldest] = (await h2.get(`/addressbooks/${id}/emails?order=desc&limit=1`)).json;
    assert.equal(oldest.email, 'm1@example.com');
    assert.ok(!('add_date' in oldest));
  });

  it('keeps the counters right through adding, unsubscribing and deleting', async () => {
    const id = await firstList();
    const counters = async () => {
      const [row] = (await h2.get(`/addressbooks/${id}`)).json;
      return [row.all_email_qty, row.active_email_qty, row.inactive_email_qty];
    };
    assert.deepEqual(await counters(), [3, 3, 0]);
    await h2.post(`/addressbooks/${id}/emails`, { emails: ['new@example.com', 'ANN@example.com'] });
    assert.deepEqual(await counters(), [4, 4, 0]);
    await h2.post(`/addressbooks/${id}/emails/unsubscribe`, { emails: ['new@example.com'] });
    assert.deepEqual(await counters(), [4, 3, 1]);
    assert.deepEqual(
      (await h2.get(`/addressbooks/${id}/emails?not_active=1`)).json.map(row => row.email),
      ['new@example.com'],
    );
    assert.equal((await h2.get(`/addressbooks/${id}/emails?active=1`)).json.length, 3);
    assert.equal((await h2.get(`/addressbooks/${id}/emails?active=true`)).json.message, 'Argument active is invalid');
    assert.equal((await h2.get(`/addressbooks/${id}/emails/total?active=1`)).json.total, 3);
    const gone = await h2.send('DELETE', `/addressbooks/${id}/emails`, {
      body: { emails: ['ann@example.com', 'new@example.com'] },
    });
    assert.deepEqual(gone.json, { result: true });
    assert.deepEqual(await counters(), [2, 2, 0]);
    refusedWith(await h2.post(`/addressbooks/${id}/emails/unsubscribe`, { emails: ['nobody@example.com'] }), 422, 422);
  });

  it('does not re-add on upsert: date, place and status stay, variables change', async () => {
    const id = await firstList();
    await fake.control('POST', `/lists/${id}/status`, { email: 'ann@example.com', status: 4 });
    const [before] = (await h2.get(`/addressbooks/${id}/emails?limit=1`)).json;
    await h2.post(`/addressbooks/${id}/emails`, {
      emails: [{ email: 'ann@example.com', variables: { Name: 'Anna' } }],
    });
    const [after] = (await h2.get(`/addressbooks/${id}/emails?limit=1`)).json;
    assert.deepEqual({ ...after, variables: null }, { ...before, variables: null });
    assert.equal(after.variables.Name, 'Anna');
    assert.equal(after.status, 4);
  });

  it('shows a member differently in each answer', async () => {
    const id = await firstList();
    const [ann, bob] = (await h2.get(`/addressbooks/${id}/emails`)).json;
    assert.deepEqual(ann.variables, { Name: 'Ann', Age: 33, Birthday: '1993-04-05' });
    assert.ok(!('phone' in ann));
    assert.deepEqual(bob.variables, []);
    assert.equal(bob.phone, 380501234567);
    const single = (await h2.get(`/addressbooks/${id}/emails/ann%40example.com`)).json;
    assert.equal(single.abook_id, String(id));
    assert.equal(single.phone, '');
    assert.deepEqual(single.variables[1], { name: 'Age', type: 'number', value: '33' });
    const [across] = (await h2.get('/emails/ann@example.com')).json;
    assert.equal(across.book_id, id);
    const [detail] = (await h2.get('/emails/ann@example.com/details')).json;
    assert.match(detail.add_date, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    assert.deepEqual((await h2.post('/emails', { emails: ['nobody@example.com'] })).json, []);
    const many = (await h2.post('/emails/campaigns', { emails: ['ann@example.com'] })).json;
    assert.equal(many['ann@example.com'].adressbooks[0].id, id);
    assert.deepEqual(Object.keys((await h2.get('/emails/ann@example.com/campaigns')).json), [
      'statistic',
      'blacklist',
      'addressbooks',
    ]);
  });

  it('refuses what SendPulse refuses', async () => {
    const id = await firstList();
    refusedWith(await h2.get('/addressbooks?limit=101'), 422, 422);
    refusedWith(await h2.get('/addressbooks?limit=0'), 422, 422);
    refusedWith(await h2.get('/addressbooks?limit=ten'), 422, 422);
    refusedWith(await h2.get(`/addressbooks/${id}/emails?order=up`), 422, 422);
    refusedWith(await h2.get('/addressbooks/1'), 404, 213);
    refusedWith(await h2.post('/addressbooks', {}), 422, 422);
    refusedWith(await h2.post('/addressbooks', { bookName: '' }), 422, 201);
    refusedWith(await h2.post('/addressbooks', { bookName: 'First list' }), 422, 203);
    refusedWith(await h2.send('POST', '/addressbooks', { body: '{"bookName":' }), 400, 999);
    refusedWith(await h2.get('/no/such/path'), 404, 404);
    const tooMany = { emails: Array.from({ length: 101 }, (_, i) => `x${i}@example.com`) };
    refusedWith(await h2.send('DELETE', `/addressbooks/${id}/emails`, { body: tooMany }), 422, 422);
    refusedWith(await h2.get(`/addressbooks/${id}/variables/Nothing/1`), 404, 299);
    refusedWith(
      await h2.post(`/addressbooks/${id}/emails/variable`, { email: 'x@example.com', variables: [] }),
      422,
      502,
    );
    await fake.control('POST', '/settings', { soft_errors: true });
    const soft = await h2.get('/addressbooks/1');
    assert.deepEqual([soft.status, soft.json.result, soft.json.error_code], [200, false, 213]);
  });

  it('finds members by variable and changes variables and phone', async () => {
    const id = await firstList();
    assert.deepEqual(
      (await h2.get(`/addressbooks/${id}/variables/Name/Ann`)).json.map(row => row.email),
      ['ann@example.com'],
    );
    await h2.post(`/addressbooks/${id}/emails/variable`, {
      email: 'bob@example.com',
      variables: [{ name: 'Name', value: 'Bob' }],
    });
    await h2.send('PUT', `/addressbooks/${id}/phone`, {
      body: { email: 'bob@example.com', phone: '+380 50 000 00 01' },
    });
    const bob = (await h2.get(`/addressbooks/${id}/emails/bob@example.com`)).json;
    assert.equal(bob.phone, '380500000001');
    assert.equal(bob.variables[0].value, 'Bob');
    assert.equal((await h2.get(`/addressbooks/${id}/variables`)).json.length, 3);
    assert.equal((await h2.get(`/addressbooks/${id}/cost`)).json.max_emails_per_task, '500');
  });

  it("speaks the account's language", async () => {
    await fake.control('POST', '/settings', { lang: 'ru' });
    const [row] = (await h2.get(`/addressbooks/${await firstList()}/emails`)).json;
    assert.equal(row.status_explain, 'Активный');
  });
});

describe('campaigns', () => {
  const letter = async extra => ({
    sender_name: 'Shop',
    sender_email: 'shop@example.com',
    subject: 'Hi',
    body: base64('<p>Hi</p>'),
    list_id: await firstList(),
    ...extra,
  });

  it('live by the virtual clock', async () => {
    await fake.control('POST', '/clock', { freeze: true, set: '2036-03-01T10:00:00Z' });
    const id = await firstList();
    await fake.control('POST', `/lists/${id}/subscribers`, { count: 97 });
    const created = (await h2.post('/campaigns', await letter())).json;
    assert.equal(created.status, 13);
    assert.equal(created.count, 100);
    assert.equal(created.overdraft_price, '0.0044');
    assert.equal(created.ovedraft_currency, 'USD');
    const seen = [];
    for (const step of [0, 6, 14, 20, 30]) {
      await fake.control('POST', '/clock', { advance_s: step });
      const row = (await h2.get('/campaigns?order=desc&limit=1')).json[0];
      seen.push([row.status, row.statistics.sent]);
    }
    assert.deepEqual(seen, [
      [13, 0],
      [1, 0],
      [2, 11],
      [2, 55],
      [3, 100],
    ]);
    const opens = async () => (await h2.get('/campaigns?order=desc&limit=1')).json[0].statistics.opening;
    const early = await opens();
    await fake.control('POST', '/clock', { advance_s: 86_400 });
    assert.ok((await opens()) > early);
    assert.equal(await opens(), 34);
    const single = (await h2.get(`/campaigns/${created.id}`)).json;
    assert.equal(single.statistics.general[0].code, 1);
    assert.equal(single.message.body, '<p>Hi</p>');
    assert.equal((await h2.get(`/campaigns/${created.id}/email/ann@example.com`)).json.detail_status, 4);
    assert.ok((await h2.get(`/campaigns/${created.id}/countries`)).json.UA > 0);
    assert.equal((await h2.get(`/campaigns/${created.id}/referrals`)).json[0].count, 9);
  });

  it('can be scheduled, changed, cancelled, pinned, filtered', async () => {
    const past = await h2.post('/campaigns', await letter({ send_date: '2020-01-01 00:00:00' }));
    refusedWith(past, 422, 799);
    const { id } = (await h2.post('/campaigns', await letter({ send_date: '2040-01-01 00:00:00' }))).json;
    await fake.control('POST', '/clock', { advance_s: 60 });
    assert.equal((await h2.get(`/campaigns/${id}`)).json.status, 14);
    assert.deepEqual(
      (await h2.get('/campaigns?planed=1')).json.map(row => row.id),
      [id],
    );
    refusedWith(await h2.send('DELETE', `/addressbooks/${await firstList()}`), 422, 422);
    const changed = (await h2.send('PATCH', `/campaigns/${id}`, { body: { subject: 'Other' } })).json;
    assert.equal(changed.result, true);
    await h2.send('DELETE', `/campaigns/${id}`);
    const row = (await h2.get(`/campaigns/${id}`)).json;
    assert.deepEqual([row.status, row.message.subject], [16, 'Other']);
    await fake.control('PATCH', `/campaigns/${id}`, { status: 23, statistics: { sent: 7 } });
    const [pinned] = (await h2.get('/campaigns?status[]=23')).json;
    assert.deepEqual([pinned.id, pinned.statistics.sent], [id, 7]);
    refusedWith(await h2.send('DELETE', `/campaigns/${id}`), 422, 602);
    refusedWith(await h2.get('/campaigns/1'), 404, 802);
  });

  it('number four an hour', async () => {
    for (let i = 0; i < 4; i += 1) assert.equal((await h2.post('/campaigns', await letter())).status, 200);
    refusedWith(await h2.post('/campaigns', await letter()), 422, 791);
    await fake.control('POST', '/clock', { advance_s: 3601 });
    assert.equal((await h2.post('/campaigns', await letter())).status, 200);
  });

  it('need a known sender, a list and a body', async () => {
    refusedWith(await h2.post('/campaigns', await letter({ sender_email: 'x@example.com' })), 422, 704);
    refusedWith(await h2.post('/campaigns', await letter({ list_id: undefined })), 422, 722);
    refusedWith(await h2.post('/campaigns', await letter({ list_id: 5 })), 404, 703);
    refusedWith(await h2.post('/campaigns', await letter({ body: '<p>not base64</p>' })), 422, 422);
    refusedWith(await h2.post('/campaigns', await letter({ body: undefined })), 422, 721);
    assert.equal((await h2.post('/campaigns', await letter({ type: 'draft' }))).json.status, 26);
  });
});

describe('the rest of the account', () => {
  it("shows the gallery of templates unless asked for one's own", async () => {
    const gallery = (await h2.get('/templates')).json;
    assert.ok(gallery.every(row => row.owner === 'sendpulse'));
    const { real_id: realId } = (await h2.post('/template', { name: 'Mine', body: base64('<p>é</p>'), lang: 'en' }))
      .json;
    const mine = (await h2.get('/templates?owner=me')).json.find(row => row.real_id === realId);
    assert.deepEqual([mine.owner, mine.category_info, mine.tags], ['you', [], []]);
    for (const path of [`/template/${mine.id}`, `/template/${realId}`, '/template/slug/mine']) {
      assert.equal((await h2.get(path)).json.body, '<p>é</p>');
    }
    assert.equal((await h2.post(`/template/edit/${realId}`, { body: base64('<p>2</p>') })).json.result, true);
    refusedWith(await h2.post('/template', { name: 'Mine', body: base64('x') }), 422, 573);
    refusedWith(await h2.get('/template/12345'), 404, 290);
  });

  it('activates a sender by code', async () => {
    await h2.post('/senders', { email: 'new@example.com', name: 'New' });
    assert.equal((await h2.get('/senders/new@example.com/code')).json.result, true);
    refusedWith(await h2.get('/senders/new@example.com/code'), 422, 1004);
    refusedWith(await h2.post('/senders/new@example.com/code', { code: '0' }), 422, 1005);
    const { code } = (await fake.control('GET', '/state')).accounts[0].senders.find(
      sender => sender.email === 'new@example.com',
    );
    assert.equal((await h2.post('/senders/new@example.com/code', { code })).json.result, true);
    const rows = (await h2.get('/senders')).json;
    assert.deepEqual(rows.at(-1), {
      name: 'New',
      email: 'new@example.com',
      status: 'Active',
      is_allowed_for_smtp: true,
    });
    assert.equal((await h2.send('DELETE', '/senders', { body: { email: 'new@example.com' } })).json.result, true);
  });

  it('queues tags, on paid plans only', async () => {
    const queued = (await h2.post('/tags', { name: 'vip', color: '#ff0000' })).json;
    assert.equal(queued.code, 'request_sended_to_queue');
    assert.equal((await h2.get('/tags')).json.tags.length, 1);
    await fake.control('POST', '/clock', { advance_s: 3 });
    const { tags } = (await h2.get('/tags')).json;
    assert.equal(tags.length, 2);
    await h2.post('/tags/pin/email', { email: 'ann@example.com', tags: [tags[1].id] });
    await fake.control('POST', '/clock', { advance_s: 3 });
    const { members } = (await fake.control('GET', '/state?members=1')).accounts[0].lists[0];
    assert.deepEqual(members[0].tags, [tags[1].id]);
    await fake.control('PATCH', `/accounts/${fake.credentials.client_id}`, { plan: 'free' });
    refusedWith(await h2.get('/tags'), 403, 3030303030);
    await fake.control('PATCH', `/accounts/${fake.credentials.client_id}`, { plan: 'expired' });
    refusedWith(await h2.get('/balance'), 403, 403);
  });

  it('has a blacklist, a balance, webhooks and a person', async () => {
    await h2.post('/blacklist', { emails: base64('a@example.com,B@example.com'), comment: 'no' });
    assert.deepEqual((await h2.get('/blacklist')).json, ['never@example.com', 'a@example.com', 'b@example.com']);
    await h2.send('DELETE', '/blacklist', { body: { emails: base64('a@example.com') } });
    assert.equal((await h2.get('/blacklist')).json.length, 2);
    assert.deepEqual((await h2.get('/balance')).json, { currency: 'USD', balance_currency: 9.36 });
    assert.equal((await h2.get('/balance/eur')).json.currency, 'EUR');
    assert.equal((await h2.get('/user/balance/detail')).json.balance.main, '9.36');
    const made = (
      await h2.post('/v2/email-service/webhook/', { url: 'https://x.example/hook', actions: ['open', 'spam'] })
    ).json;
    assert.deepEqual(
      made.data.map(hook => hook.action),
      ['open', 'spam'],
    );
    const path = `/v2/email-service/webhook/${made.data[0].id}`;
    assert.equal((await h2.send('PUT', path, { body: { url: 'https://y.example/' } })).json.success, true);
    assert.equal((await h2.get(path)).json.data.url, 'https://y.example/');
    await h2.send('DELETE', path);
    assert.equal((await h2.get('/v2/email-service/webhook')).json.data.length, 1);
    assert.equal((await h2.get('/user/info')).json.time_zone, 'Europe/Kyiv');
  });

  it('keeps accounts apart', async () => {
    await fake.control('POST', '/accounts', {
      client_id: 'other',
      client_secret: 'pw',
      email: 'o@example.com',
      api_key: 'other-key',
    });
    await fake.control('POST', '/lists?account=other', { name: 'Theirs' });
    const rows = (await h2.get('/addressbooks', { token: 'other-key' })).json;
    assert.deepEqual(
      rows.map(row => row.name),
      ['Theirs'],
    );
    assert.equal((await h2.get('/addressbooks')).json.length, 2);
  });
});

describe('rate limit', () => {
  it('lets ten requests a second through and names the rest', async () => {
    await fake.control('POST', '/settings', { rate_limit: true });
    const answers = await Promise.all(Array.from({ length: 14 }, () => h2.get('/balance')));
    const refused = answers.filter(answer => answer.status === 429);
    assert.equal(refused.length, 4);
    refusedWith(refused[0], 429, 2020202020);
    assert.ok(!('retry-after' in refused[0].headers));
    await new Promise(resolve => {
      setTimeout(resolve, 1050);
    });
    assert.equal((await h2.get('/balance')).status, 200);
  });
});

describe('faults', () => {
  const fault = (action, match = { path: '/balance' }, times = 1) =>
    fake.control('POST', '/faults', { match, times, action });
  const clients = () => [h2, h1];

  it('replace the answer', async () => {
    for (const client of clients()) {
      await fault({ status: 503, headers: { 'retry-after': '2' } });
      const down = await client.get('/balance');
      assert.deepEqual([down.status, down.headers['retry-after']], [503, '2']);
      await fault({ html: true, status: 200 });
      assert.match((await client.get('/balance')).text, /<html>/);
      await fault({ redirect: 'http://169.254.169.254/' });
      const moved = await client.get('/balance');
      assert.deepEqual([moved.status, moved.headers.location], [302, 'http://169.254.169.254/']);
      await fault({ size_mb: 3 });
      assert.equal((await client.get('/balance')).bytes.length, 3 * 1024 * 1024 + 4);
      await fault({ gzip_bomb_mb: 5 });
      const bomb = await client.get('/balance');
      assert.ok(bomb.bytes.length < 20_000);
      assert.equal(gunzipSync(bomb.bytes).length, 5 * 1024 * 1024 + 4);
      await fault({ status: 200, body: { error_code: 401 } });
      assert.equal((await client.get('/balance')).json.error_code, 401);
      assert.equal((await client.get('/balance')).json.currency, 'USD');
    }
  });

  it('spoil the answer', async () => {
    for (const client of clients()) {
      await fault({ bom: true });
      assert.deepEqual([...(await client.get('/balance')).bytes.subarray(0, 3)], [0xef, 0xbb, 0xbf]);
      await fault({ trailing: true });
      assert.match((await client.get('/balance')).text, /^\{.*\}\n<!--/);
      await fault({ truncate: 5 });
      assert.equal((await client.get('/balance')).bytes.length, 5);
      await fault({ bad_gzip: true });
      const broken = await client.get('/balance');
      assert.equal(broken.headers['content-encoding'], 'gzip');
      assert.throws(() => gunzipSync(broken.bytes));
    }
  });

  it('delay and drip', async () => {
    for (const client of clients()) {
      await fault({ delay_ms: 80 });
      const start = performance.now();
      assert.equal((await client.get('/balance')).status, 200);
      assert.ok(performance.now() - start >= 79);
      await fault({ drip: { bytes: 20, every_ms: 15 } });
      assert.equal((await client.get('/balance')).json.currency, 'USD');
    }
  });

  it('cut the connection before, after and inside, and say whether the request took effect', async () => {
    for (const client of clients()) {
      for (const drop of ['before_read', 'after_read', 'after_headers', 'mid_body', 'reset_stream', 'refused_stream']) {
        await fake.control('DELETE', '/requests');
        await fake.control('POST', '/faults', { match: { method: 'POST', path: '/addressbooks' }, action: { drop } });
        const before = (await h1.get('/addressbooks')).json.length;
        await assert.rejects(client.post('/addressbooks', { bookName: `by ${drop} ${client === h1}` }));
        const after = (await h1.get('/addressbooks')).json.length;
        assert.equal(after - before, drop === 'before_read' ? 0 : 1, drop);
        const [entry, ...more] = await fake.control('GET', '/requests?method=POST');
        assert.equal(more.length, 0);
        assert.deepEqual(
          [entry.outcome, entry.status, entry.applied],
          [`dropped ${drop}`, null, drop !== 'before_read'],
        );
      }
    }
  });

  it('change single fields, and the account between two requests', async () => {
    await fault({ merge: { expires_in: -1 } }, { path: '/oauth/access_token' });
    const answer = await h2.signIn();
    assert.equal(answer.json.expires_in, -1);
    assert.equal((await h2.get('/balance')).status, 200);
    const id = await firstList();
    const op = { method: 'DELETE', path: `/lists/${id}/subscribers`, body: { count: 1 } };
    await fault({ after: [op] }, { path: `/addressbooks/${id}/emails` });
    const emails = async offset => (await h2.get(`/addressbooks/${id}/emails?limit=1&offset=${offset}`)).json[0].email;
    assert.deepEqual([await emails(0), await emails(1)], ['ann@example.com', 'cid@example.com']);
  });

  it('outlive a client that cancels its stream', async () => {
    await fault({ delay_ms: 60 });
    await h2.cancelled('/balance', 20);
    assert.equal((await h2.get('/balance')).status, 200);
    await new Promise(resolve => {
      setTimeout(resolve, 60);
    });
    const seen = await fake.control('GET', '/requests?path=/balance');
    assert.deepEqual(
      seen.map(entry => entry.outcome),
      ['client left', 'answered'],
    );
    assert.equal(seen[0].connection, seen[1].connection);
  });

  it('hit the n-th match, a query, an account, so many times', async () => {
    await fake.control('POST', '/faults', {
      match: { path_regex: '^/addressbooks/\\d+/emails$', query: { offset: 100 } },
      times: 2,
      action: { status: 500 },
    });
    const id = await firstList();
    const statuses = [];
    for (const offset of [0, 100, 100, 100])
      statuses.push((await h2.get(`/addressbooks/${id}/emails?offset=${offset}`)).status);
    assert.deepEqual(statuses, [200, 500, 500, 200]);
    await fake.control('POST', '/faults', { match: { path: '/balance', nth: 2 }, action: { status: 502 } });
    await fake.control('POST', '/faults', { match: { account: 'somebody else' }, times: -1, action: { status: 418 } });
    const next = [];
    for (let i = 0; i < 3; i += 1) next.push((await h2.get('/balance')).status);
    assert.deepEqual(next, [200, 502, 200]);
    assert.deepEqual(
      (await fake.control('GET', '/faults')).map(item => item.hits),
      [2, 1, 0],
    );
    await assert.rejects(fake.control('POST', '/faults', { action: { droop: 'x' } }), /no such action/);
  });
});

describe('transport and doors', () => {
  it('keeps connections, and tells them apart', async () => {
    await fake.control('DELETE', '/requests');
    await Promise.all([h2.get('/balance'), h2.get('/balance')]);
    await h1.get('/balance');
    await h1.get('/balance');
    const seen = await fake.control('GET', '/requests');
    assert.equal(new Set(seen.filter(entry => entry.protocol === 'h2').map(entry => entry.connection)).size, 1);
    assert.equal(new Set(seen.filter(entry => entry.protocol === 'http/1.1').map(entry => entry.connection)).size, 1);
    const dropped = h2.dropped();
    assert.ok((await fake.control('DELETE', '/connections')).dropped >= 2);
    await dropped;
  });

  it('packs answers when gzip is on', async () => {
    const id = await firstList();
    await fake.control('POST', `/lists/${id}/subscribers`, { count: 60 });
    await fake.control('POST', '/settings', { gzip: true });
    const answer = await h2.get(`/addressbooks/${id}/emails`, { headers: { 'accept-encoding': 'gzip' } });
    assert.equal(answer.headers['content-encoding'], 'gzip');
    assert.equal(JSON.parse(gunzipSync(answer.bytes)).length, 63);
  });

  it('answers the same over the control port as in process, and names mistakes', async () => {
    const door = `http://127.0.0.1:${fake.controlPort}`;
    const ops = {
      ops: [
        { path: '/lists', body: { name: 'A' } },
        { method: 'POST', path: '/blacklist', body: { emails: ['x@example.com'] } },
      ],
    };
    const applied = await (await fetch(`${door}/apply`, { method: 'POST', body: JSON.stringify(ops) })).json();
    assert.equal(applied[0].name, 'A');
    assert.equal((await fetch(`${door}/nothing`)).status, 404);
    assert.equal((await fetch(`${door}/settings`, { method: 'POST', body: '{"rate_limits":true}' })).status, 400);
    assert.equal((await fetch(`${door}/faults`, { method: 'POST', body: '{' })).status, 400);
  });

  it('tells a story in the demo', async () => {
    await fake.control('POST', '/reset', { seed: 'demo', keep_tokens: true });
    const lines = [];
    for (let i = 0; i < 30; i += 1) lines.push((await fake.control('POST', '/demo/step')).description);
    assert.ok(lines.every(line => typeof line === 'string' && line.length > 10));
    assert.match(lines[0], /subscribed/);
    assert.match(lines.join('\n'), /was sent to/);
  });
});

describe('server.mjs', () => {
  it('prints one line, serves, keeps its files private, stops cleanly', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'fake-selftest-'));
    const program = fileURLToPath(new URL('server.mjs', import.meta.url));
    const child = spawn(process.execPath, [program, '--dir', dir, '--seed', 'demo', '--exit-with-parent']);
    const [line] = await once(child.stdout, 'data');
    const { port, ca_file: caFile, client_id: id, client_secret: secret, control_port: control } = JSON.parse(line);
    let log = '';
    child.stderr.on('data', chunk => {
      log += chunk;
    });
    const client = new Client({ port, caFile, credentials: { client_id: id, client_secret: secret } });
    await client.signIn();
    assert.equal((await client.get('/addressbooks')).json.length, 3);
    assert.equal((await fetch(`http://127.0.0.1:${control}/clock`)).status, 200);
    for (const file of ['ca.pem', 'ca.key', 'server.pem', 'server.key', 'credentials.json']) {
      assert.equal(statSync(join(dir, file)).mode & 0o777, 0o600, file);
    }
    client.close();
    child.stdin.end();
    const [code] = await once(child, 'exit');
    assert.equal(code, 0);
    assert.match(log, /GET \/addressbooks 200 answered/);
    assert.ok(!log.includes(client.token) && !log.includes(secret));
    rmSync(dir, { recursive: true });
  });
});
