// Automation360 [OA:a360]; the conversions one by one are known from GO only, custom events from the knowledge base.

import { page } from '../arguments.mjs';
import { fields } from '../fields.mjs';
import { invalidArgument, Refusal } from '../refusals.mjs';

const HOUR = 3_600_000;
const KINDS = ['main-trigger', 'email', 'push', 'sms', 'messenger', 'filter', 'trigger', 'goal', 'action'];

function flowOf(account, id) {
  const flow = account.automation.flows.get(id);
  if (!flow) throw new Refusal(404, 404, 'Automation not found');
  return flow;
}

// The start is called main-trigger in paths and maintrigger in answers [GO automation360].
const typeOf = kind => kind.replace('-', '');

const taskOf = (account, flow, element) => ({
  id: 12_000_000 + element.id,
  address_book_id: 0,
  message_title: flow.name,
  sender_mail_address: 'shop@example.com',
  sender_mail_name: 'Shop',
  created: account.stamp(flow.createdAt),
});

// What is counted differs by kind [GO automation360].
function countsOf(account, flow, element) {
  const { kind, executed } = element;
  const lastSend = executed > 0 ? account.stamp(account.now) : null;
  if (kind === 'main-trigger') return { executed, deleted: 0 };
  if (['messenger', 'filter', 'trigger', 'action'].includes(kind)) return { executed, last_send: lastSend };
  const sent = { sent: executed, delivered: executed };
  if (kind === 'email')
    return { task: taskOf(account, flow, element), ...sent, opened: 0, clicked: 0, errors: 0, unsubscribed: 0, marked_as_spam: 0, last_send: lastSend };
  if (kind === 'push') return { ...sent, clicked: 0, errors: 0, last_send: lastSend };
  return { executed, ...sent, opened: null, clicked: null, errors: 0, last_send: lastSend };
}

const row = (account, flow) => ({
  id: flow.id,
  status: flow.status,
  created: account.stamp(flow.createdAt),
  changed: account.stamp(flow.changedAt),
  main_data: { automation_name: flow.name },
});

const single = ({ account, params }) => {
  const flow = flowOf(account, params.id);
  return {
    autoresponder: {
      id: flow.id,
      name: flow.name,
      status: flow.status,
      created: account.stamp(flow.createdAt - 3 * HOUR),
      changed: account.stamp(flow.changedAt - 3 * HOUR),
    },
    flows: flow.elements.map(element => ({
      id: element.id,
      main_id: flow.id,
      af_type: typeOf(element.kind),
      created: account.stamp(flow.createdAt),
      last_send: null,
      task: element.kind === 'email' ? taskOf(account, flow, element) : null,
    })),
    ...flow.counters,
    conversions: flow.conversions.length,
  };
};

function elementStat({ account, params }, kind) {
  for (const flow of account.automation.flows.values()) {
    const element = flow.elements.find(each => each.id === params.id && each.kind === kind);
    if (element) return { data: { flow_id: element.id, ...countsOf(account, flow, element) } };
  }
  throw new Refusal(404, 404, 'Element not found');
}

function conversions({ account, params }) {
  const flow = flowOf(account, params.id);
  const [start, goal] = ['main-trigger', 'goal'].map(kind => flow.elements.find(element => element.kind === kind));
  const ofGoal = flow.conversions.filter(({ type }) => type === 'goal').length;
  return {
    data: {
      total_conversions: flow.conversions.length,
      maintrigger_conversions: flow.conversions.length - ofGoal,
      goal_conversions: ofGoal,
      maintrigger: { id: start.id, main_id: flow.id, af_type: 'maintrigger', conversions: flow.conversions.length - ofGoal },
      goals: [{ id: goal.id, name: 'Goal', main_id: flow.id, af_type: 'goal', conversions: ofGoal }],
    },
  };
}

const conversionList = ({ account, params }) => {
  const flow = flowOf(account, params.id);
  const items = flow.conversions.toSorted((a, b) => b.id - a.id).map(each => ({
    id: each.id,
    conversion_type: each.type,
    flow_id: each.elementId,
    email: each.email,
    phone: each.phone,
    conversion_date: account.stamp(each.at),
    start_date: account.stamp(each.at - HOUR),
  }));
  return { total: items.length, items };
};

// An event that nobody knows is accepted like any other.
function event({ account, params, body }) {
  const hasContact = body.email || body.phone || (body.chatbots_channel && body.chatbots_subscriber_id);
  if (!hasContact) throw invalidArgument('email', 'missing');
  for (const [name, value] of Object.entries(body)) {
    if (typeof value === 'object') throw invalidArgument(name, 'must be scalar');
  }
  if (body.automation_id !== undefined && !Number.isInteger(body.automation_id)) throw invalidArgument('automation_id', 'must be integer');
  account.automation.events.push({ name: params.name, ...body });
  return { result: true };
}

export const automation = {
  'GET /a360/autoresponders/list': ({ account, query }) => {
    const { limit, offset } = page(query);
    return { data: [...account.automation.flows.values()].slice(offset, offset + limit).map(flow => row(account, flow)) };
  },
  'GET /a360/autoresponders/{id}': single,
  'GET /a360/autoresponders/{id}/total-stats': ({ account, params, query }) => {
    fields(query, { flow_type: 'text', deleted: 'text' });
    const elements = flowOf(account, params.id).elements.filter(({ kind }) => query.flow_type === undefined || kind === query.flow_type);
    return { data: elements.map(({ id, executed }) => ({ flow_id: id, executed })) };
  },
  ...Object.fromEntries(KINDS.map(kind => [`GET /a360/stats/${kind}/{id}/group-stat`, request => elementStat(request, kind)])),
  'GET /a360/autoresponders/{id}/conversions': conversions,
  'GET /a360/autoresponders/{id}/conversions/list/all': conversionList,
  'POST /events/name/{name}': event,
};
