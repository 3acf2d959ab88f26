// The control door: plain HTTP and JSON on loopback, for tests and the demo. It changes what SendPulse "is" behind the
// client's back. The routes at the end of the file are the whole list; README.md has it as a table.

import http from 'node:http';
import { areas } from './areas.mjs';
import { readQuery } from './arguments.mjs';
import { BadRequest, missing, required, when } from './control_arguments.mjs';
import { Recording } from './recording.mjs';
import { Router } from './router.mjs';
import { nextStep } from './story.mjs';

// `?account=` or `"account":` takes a client id; without it the first account is meant.
function accountOf(world, { query, body }) {
  const id = query.account ?? body.account;
  return id === undefined ? world.firstAccount : required(world.accounts, id, 'account');
}

const listOf = (account, id) => required(account.lists, id, 'list');
const campaignOf = (account, id) => required(account.campaigns, id, 'campaign');

const describeList = list => ({
  id: list.id,
  name: list.name,
  status: list.status,
  all: list.size,
  active: list.activeCount,
  inactive: list.size - list.activeCount,
});

function describeCampaign(account, campaign) {
  const {
    now,
    settings: { campaign_pace: pace },
  } = account;
  return {
    id: campaign.id,
    name: campaign.name,
    list_id: campaign.listId,
    status: campaign.status(now, pace),
    statistics: campaign.figures(now, pace),
    recipients: campaign.recipients.length,
  };
}

const describeMember = member => ({
  email: member.email,
  status: member.status,
  phone: member.phone,
  variables: member.variables,
  added_at_ms: member.addedAt,
  source: member.source,
  tags: [...member.tags],
});

function describeAccount(account, withMembers) {
  account.settleQueue();
  return {
    client_id: account.clientId,
    user_id: account.userId,
    email: account.email,
    plan: account.plan,
    lists: [...account.lists.values()].map(list => ({
      ...describeList(list),
      ...(withMembers ? { members: list.members().map(describeMember) } : {}),
    })),
    campaigns: [...account.campaigns.values()].map(campaign => describeCampaign(account, campaign)),
    templates: [...account.templates.values()]
      .filter(({ owner }) => owner === 'me')
      .map(({ realId, hash, name, lang }) => ({ real_id: realId, id: hash, name, lang })),
    senders: [...account.senders.values()],
    tags: [...account.tags.values()],
    blacklist: Object.fromEntries(account.blacklist),
    webhooks: [...account.webhooks.values()],
    balance: account.balance,
    tariff: account.tariff,
    ...Object.fromEntries(areas.map(({ name }) => [name, account[name].describe()])),
  };
}

function state({ world, query }) {
  return {
    clock: world.clock.describe(),
    settings: world.settings,
    accounts: [...world.accounts.values()].map(account => describeAccount(account, query.members === '1')),
  };
}

function addAccount({ world, body }) {
  for (const field of ['client_id', 'client_secret', 'email']) {
    if (typeof body[field] !== 'string') throw new BadRequest(`${field} is missing`);
  }
  const { account: _, ...fields } = body;
  return describeAccount(world.addAccount(fields));
}

function changeAccount({ world, params, body }) {
  const account = required(world.accounts, params.client_id, 'account');
  const { plan, email, client_secret: secret, api_keys: keys, profile, balance, tariff, ...rest } = body;
  if (Object.keys(rest).length > 0) throw new BadRequest(`no such field: ${Object.keys(rest)[0]}`);
  if (plan !== undefined) account.plan = plan;
  if (email !== undefined) account.email = email;
  if (secret !== undefined) account.clientSecret = secret;
  if (keys !== undefined) account.apiKeys = new Set(keys);
  world.accountsChanged();
  Object.assign(account.profile, profile);
  Object.assign(account.balance, balance);
  Object.assign(account.tariff, tariff);
  return describeAccount(account);
}

function addMembers({ account, params, body }) {
  const list = listOf(account, params.id);
  const { emails, count, prefix = 'member', status, source, step_s: stepS = 0 } = body;
  const addedAt = when(account, body.add_date);
  const given = emails ?? Array.from({ length: count ?? 0 }, () => `${prefix}${(list.madeUp += 1)}@example.com`);
  let added = 0;
  for (const [i, item] of given.entries()) {
    const member = typeof item === 'string' ? { email: item } : item;
    const itsDate =
      when(account, member.add_date) ?? (addedAt === undefined ? account.now : addedAt) + i * stepS * 1000;
    const result = account.addMember(list, { status, source, ...member, addedAt: itsDate });
    added += Number(result.added);
  }
  return { added, ...describeList(list) };
}

function removeMembers({ account, params, body }) {
  const list = listOf(account, params.id);
  const { emails, count, from = 'oldest' } = body;
  const rows = list.members();
  const given = emails ?? (from === 'newest' ? rows.slice(-count) : rows.slice(0, count)).map(member => member.email);
  return { removed: list.remove(given), ...describeList(list) };
}

function setMemberStatus({ account, params, body }) {
  const list = listOf(account, params.id);
  for (const email of body.emails ?? [body.email]) {
    const member = list.find(email);
    if (!member) throw missing(`member ${email}`);
    list.setStatus(member, body.status);
  }
  return describeList(list);
}

function setMemberVariables({ account, params, body }) {
  const list = listOf(account, params.id);
  const member = list.find(body.email);
  if (!member) throw missing(`member ${body.email}`);
  list.write(member, body.variables ?? {}, body.phone);
  return describeMember(member);
}

function addCampaign({ account, body }) {
  const listId = body.list_id ?? account.lists.keys().next().value ?? 0;
  const sender = account.senders.values().next().value;
  const campaign = account.addCampaign({
    name: body.name ?? body.subject ?? 'Campaign',
    subject: body.subject ?? body.name ?? 'Campaign',
    listId,
    senderName: body.sender_name ?? sender?.name ?? 'Shop',
    senderEmail: body.sender_email ?? sender?.email ?? 'shop@example.com',
    body: body.body ?? '<p>Hello</p>',
    isSms: body.is_sms ?? false,
    isViber: body.is_viber ?? false,
    isDraft: body.draft ?? false,
    startAt: when(account, body.send_date) ?? account.now,
    createdAt: when(account, body.created) ?? account.now,
    links: body.links ?? ['https://shop.example.com/'],
    ...(body.id === undefined ? {} : { id: body.id }),
  });
  pin(campaign, body);
  return describeCampaign(account, campaign);
}

// A pinned status or figure stays as it is; `null` gives it back to the clock.
function pin(campaign, { status, statistics, name, subject }) {
  if (status !== undefined) campaign.pinnedStatus = status;
  if (statistics === null) campaign.pinnedFigures = {};
  else Object.assign(campaign.pinnedFigures, statistics);
  if (name !== undefined) campaign.name = name;
  if (subject !== undefined) campaign.subject = subject;
}

function addTemplate({ account, body }) {
  const template = account.addTemplate({
    name: body.name ?? 'Template',
    body: body.body ?? '',
    lang: body.lang,
    isStructure: body.is_structure,
    isProcessing: body.is_processing,
    category: body.category,
    tags: body.tags,
  });
  return { real_id: template.realId, id: template.hash, name: template.name };
}

function changeSender({ account, params, body }) {
  const sender = required(account.senders, params.email.toLowerCase(), 'sender');
  for (const name of ['name', 'active', 'smtp']) if (body[name] !== undefined) sender[name] = body[name];
  return sender;
}

function moveClock({ world, body }) {
  if (body.freeze !== undefined) world.clock.freeze(body.freeze);
  if (body.set !== undefined) world.clock.set(body.set);
  if (body.advance_s !== undefined) world.clock.advance(body.advance_s);
  return world.clock.describe();
}

function revokeTokens({ world, body }) {
  const { account, kind, value, fingerprint } = body;
  return {
    revoked: world.tokens.revoke(
      token =>
        (account === undefined || token.clientId === account) &&
        (kind === undefined || token.kind === kind) &&
        (value === undefined || token.value === value) &&
        (fingerprint === undefined || token.fingerprint === fingerprint),
    ),
  };
}

// All secrets in one list: issued tokens and codes, client secrets and API keys.
function tokens({ world }) {
  const issued = world.tokens.all().map(token => ({ ...token, valid: world.tokens.isValid(token) }));
  const standing = [...world.accounts.values()].flatMap(account => [
    { kind: 'client_secret', value: account.clientSecret, clientId: account.clientId },
    ...[...account.apiKeys].map(value => ({ kind: 'api_key', value, clientId: account.clientId })),
  ]);
  return [...issued, ...standing];
}

// Each op is { method, path, body }; they run in order and the first failure stops the rest.
export function runAll(world, listener, ops) {
  if (!Array.isArray(ops)) throw new BadRequest('ops must be an array');
  return ops.map(op => dispatch(world, listener, op.method ?? 'POST', op.path, op.body ?? {}));
}

const ROUTES = {
  'GET /state': state,
  'POST /reset': ({ world, body }) => {
    world.reset({ seedName: body.seed, keepTokens: body.keep_tokens });
    return { ok: true };
  },
  'POST /apply': ({ world, body, listener }) => runAll(world, listener, Array.isArray(body) ? body : body.ops),

  'POST /accounts': addAccount,
  'PATCH /accounts/{client_id}': changeAccount,
  'DELETE /accounts/{client_id}': ({ world, params }) => ({ removed: world.removeAccount(params.client_id) }),

  'POST /lists': ({ account, body }) =>
    describeList(
      account.addList(body.name ?? 'List', {
        id: body.id,
        createdAt: when(account, body.created),
      }),
    ),
  'PATCH /lists/{id}': ({ account, params, body }) => {
    const list = listOf(account, params.id);
    list.name = body.name ?? list.name;
    list.status = body.status ?? list.status;
    return describeList(list);
  },
  'DELETE /lists/{id}': ({ account, params }) => ({ removed: account.lists.delete(params.id) }),
  'POST /lists/{id}/subscribers': addMembers,
  'DELETE /lists/{id}/subscribers': removeMembers,
  'POST /lists/{id}/status': setMemberStatus,
  'POST /lists/{id}/variables': setMemberVariables,
  'POST /unsubscribe': ({ account, body }) => {
    account.unsubscribeEverywhere(body.email);
    return { lists: account.listsWith(body.email).map(list => list.id) };
  },

  'POST /campaigns': addCampaign,
  'PATCH /campaigns/{id}': ({ account, params, body }) => {
    const campaign = campaignOf(account, params.id);
    pin(campaign, body);
    return describeCampaign(account, campaign);
  },
  'DELETE /campaigns/{id}': ({ account, params }) => ({ removed: account.campaigns.delete(params.id) }),

  'POST /templates': addTemplate,
  'DELETE /templates/{id}': ({ account, params }) => ({ removed: account.templates.delete(params.id) }),
  'POST /senders': ({ account, body }) => account.addSender(body),
  'PATCH /senders/{email}': changeSender,
  'DELETE /senders/{email}': ({ account, params }) => ({ removed: account.senders.delete(params.email.toLowerCase()) }),
  'POST /tags': ({ account, body }) => account.addTag({ color: '#f0f4f6', ...body }),
  'DELETE /tags/{id}': ({ account, params }) => ({ removed: account.tags.delete(params.id) }),
  'POST /blacklist': ({ account, body }) => {
    for (const email of body.emails) account.blacklist.set(email.toLowerCase(), body.comment ?? '');
    return { size: account.blacklist.size };
  },
  'DELETE /blacklist': ({ account, body }) => {
    for (const email of body.emails) account.blacklist.delete(email.toLowerCase());
    return { size: account.blacklist.size };
  },

  'GET /clock': ({ world }) => world.clock.describe(),
  'POST /clock': moveClock,
  'GET /settings': ({ world }) => world.settings,
  'POST /settings': ({ world, body }) => {
    const { account: _, ...settings } = body;
    world.change(settings);
    return world.settings;
  },

  'GET /requests': ({ world, query }) => world.journal.find(query),
  'DELETE /requests': ({ world }) => {
    world.journal.clear();
    return { ok: true };
  },
  'GET /tokens': tokens,
  'POST /tokens/revoke': revokeTokens,

  'GET /faults': ({ world }) => world.faults.list(),
  'POST /faults': ({ world, body }) => world.faults.add(body),
  'DELETE /faults': ({ world }) => {
    world.faults.remove();
    return { ok: true };
  },
  'DELETE /faults/{id}': ({ world, params }) => {
    world.faults.remove(params.id);
    return { ok: true };
  },

  'POST /recording': ({ world, body }) => {
    world.recording = new Recording(body);
    return { ok: true };
  },
  'DELETE /recording': ({ world }) => {
    world.recording = null;
    return { ok: true };
  },

  'GET /connections': ({ listener }) => listener.connections(),
  'DELETE /connections': ({ listener }) => ({ dropped: listener.dropAll() }),

  'POST /demo/step': ({ account }) => ({ description: nextStep(account) }),
};

const router = new Router();
router.addAll(ROUTES);
for (const area of areas) router.addAll(area.control);

// Runs one control call; throws BadRequest (with a status) or TypeError for a wrong one.
export function dispatch(world, listener, method, target, body) {
  const [path, rawQuery = ''] = target.split(/\?(.*)/s);
  const route = router.find(method, path);
  if (!route) throw missing(`control call: ${method} ${path}`);
  const query = readQuery(rawQuery);
  const account = accountOf(world, { query, body });
  return route.handler({ world, listener, account, params: route.params, query, body });
}

export function controlServer(world, listener) {
  return http.createServer(async (req, res) => {
    const answer = (status, value) => {
      const body = Buffer.from(JSON.stringify(value));
      res.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
    };
    try {
      const chunks = [];
      for await (const chunk of req) chunks.push(chunk);
      const text = Buffer.concat(chunks).toString();
      answer(200, dispatch(world, listener, req.method, req.url, text ? JSON.parse(text) : {}));
    } catch (error) {
      const isCallersFault = error instanceof BadRequest || error instanceof TypeError || error instanceof SyntaxError;
      answer(error.status ?? (isCallersFault ? 400 : 500), { error: error.message });
    }
  });
}
