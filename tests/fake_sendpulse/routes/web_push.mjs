// Web push [OA:web-push, GO]. Numbers that are text, and text that holds JSON, are as recorded and described.

import { page } from '../arguments.mjs';
import { parseStamp } from '../clock.mjs';
import { each, fields, oneOf, required, shape } from '../fields.mjs';
import { invalidArgument, refuse, Refusal } from '../refusals.mjs';
import { SUBSCRIBER } from '../web_push.mjs';
import { emptyAsArray } from './rows.mjs';

const DAY = 86_400_000;
const QUARTER_HOUR = 15 * 60_000;
const pages = { limit: 'digits', offset: 'digits' };

function websiteOf(account, id) {
  const website = account.webPush.websites.get(id);
  if (!website) throw new Refusal(404, 404, 'Website not found');
  return website;
}

const pageOf = (query, rows) => {
  const { limit, offset } = page(query);
  return rows.slice(offset, offset + limit);
};

function info({ account, params }) {
  const website = websiteOf(account, params.id);
  const subscribers = [...website.subscribers.values()];
  const count = status => subscribers.filter(each => each.status === status).length;
  return {
    id: website.id,
    url: website.url,
    status: 'Active',
    icon: '',
    add_date: account.stamp(website.addedAt),
    total_subscribers: subscribers.length,
    unsubscribed: count(SUBSCRIBER.unsubscribed),
    subscribers_today: subscribers.filter(each => each.subscribedAt > account.now - DAY).length,
    active_subscribers: count(SUBSCRIBER.active),
  };
}

function dayOf(query, name) {
  if (query[name] === undefined) return undefined;
  if (!/^\d{4}-\d\d-\d\d$/.test(query[name])) throw invalidArgument(name, 'is invalid');
  return query[name];
}

function subscriptions({ account, params, query }) {
  fields(query, { ...pages, subscription_date_from: 'text', subscription_date_to: 'text' });
  const [from, to] = [dayOf(query, 'subscription_date_from'), dayOf(query, 'subscription_date_to')];
  const rows = [...websiteOf(account, params.id).subscribers.values()].filter(subscriber => {
    const day = account.stamp(subscriber.subscribedAt).slice(0, 10);
    return day >= (from ?? '') && day <= (to ?? '9999');
  });
  return pageOf(query, rows).map(({ subscribedAt, variables, ...subscriber }) => ({
    ...subscriber,
    variables: emptyAsArray(account, variables),
    subscription_date: account.stamp(subscribedAt),
  }));
}

// JSON inside of a text field.
const jsonText = kind => (value, name) => {
  let inner;
  try {
    inner = JSON.parse(value);
  } catch {
    throw invalidArgument(name, 'is not JSON');
  }
  kind(inner, name);
};
const picture = jsonText(shape({ name: 'text!', data: 'text!' }));

const CAMPAIGN = {
  title: 'text!',
  website_id: 'integer!',
  body: 'text!',
  ttl: required((value, name) => {
    if (!Number.isInteger(value) || value < 0 || value > 86_400) throw invalidArgument(name, 'is invalid');
  }),
  link: 'text',
  filter_lang: 'text',
  filter_browser: 'text',
  filter_region: jsonText(each('text')),
  // Links for `direct`, a piece of the address for the others, as the vendor's n8n node sends them.
  filter_url: jsonText((value, name) => {
    shape({ type: required(oneOf('direct', 'include', 'exclude')), search: value?.type === 'direct' ? required(each('text')) : 'text!' })(value, name);
  }),
  filter_subscription_date_from: 'text',
  filter_subscription_date_to: 'text',
  filter: shape({
    variable_name: 'text!',
    operator: required(oneOf('and', 'or')),
    conditions: required(each(shape({ condition: required(oneOf('equal', 'notequal', 'startwith', 'endwith', 'likewith', 'notlikewith', 'greaterthan', 'lessthan')), value: 'text!' }))),
  }),
  stretch_time: 'integer',
  send_date: 'text',
  buttons: jsonText((value, name) => {
    each(shape({ text: 'text!', link: 'text!' }))(value, name);
    if (value.length > 2) throw invalidArgument(name, 'may not have more than 2 items');
  }),
  image: picture,
  icon: picture,
};

function create({ account, body }) {
  fields(body, CAMPAIGN);
  const website = websiteOf(account, body.website_id);
  const zone = account.settings.zone_offset_min;
  const at = body.send_date === undefined ? account.now : parseStamp(body.send_date, zone);
  if (at === null || at < account.now) throw refuse(799);
  if (account.now - website.lastCampaignAt < QUARTER_HOUR) throw new Refusal(422, 711, 'One campaign in 15 minutes for a website');
  website.lastCampaignAt = account.now;
  const { title, body: text, link, ttl, ...filters } = body;
  return { result: true, id: account.webPush.addCampaign(website, { title, body: text, link, ttl, at, filters }).id };
}

function campaigns({ account, query }) {
  fields(query, { ...pages, from: 'text', to: 'text', website_id: 'digits' });
  const zone = account.settings.zone_offset_min;
  const [from, to] = ['from', 'to'].map(name => {
    const at = query[name] === undefined ? undefined : parseStamp(query[name], zone);
    if (at === null) throw refuse(799);
    return at;
  });
  const rows = [...account.webPush.campaigns.values()].filter(
    each =>
      (query.website_id === undefined || each.websiteId === Number(query.website_id)) && each.from >= (from ?? 0) && each.from <= (to ?? Infinity),
  );
  return pageOf(query, rows).map(each => ({
    id: each.id,
    title: each.title,
    body: each.body,
    website_id: each.websiteId,
    from: account.stamp(each.from),
    to: account.stamp(each.to),
    status: each.status,
  }));
}

function campaign({ account, params }) {
  const found = account.webPush.campaigns.get(params.id);
  if (!found) throw refuse(802);
  return {
    id: found.id,
    message: { title: found.title, text: found.body, link: found.link },
    website: new URL(websiteOf(account, found.websiteId).url).host,
    website_id: found.websiteId,
    status: found.status,
    send: String(found.statistics.send),
    delivered: found.statistics.delivered,
    redirect: found.statistics.redirect,
  };
}

function setState({ account, body }) {
  fields(body, { id: 'integer!', state: required(oneOf(0, 1)) });
  const subscriber = account.webPush.subscriber(body.id);
  if (!subscriber) throw new Refusal(404, 404, 'Subscriber not found');
  subscriber.status = body.state;
  return { result: true };
}

export const webPush = {
  'GET /push/websites/total': ({ account }) => ({ total: account.webPush.websites.size }),
  'GET /push/websites': ({ account, query }) => {
    fields(query, pages);
    return pageOf(query, [...account.webPush.websites.values()]).map(({ id, url, addedAt, status }) => ({ id, url, add_date: account.stamp(addedAt), status }));
  },
  'GET /push/websites/info/{id}': info,
  'GET /push/websites/{id}/variables': ({ account, params }) => websiteOf(account, params.id).variables.map((name, i) => ({ id: 91 + i, name, type: 'string' })),
  'GET /push/websites/{id}/code': ({ account, params }) => {
    const script_url = `https://web.webpushs.com/js/push/${websiteOf(account, params.id).id}.js`;
    return { script_url, script_code: `<script src="${script_url}" async></script>` };
  },
  'GET /push/websites/{id}/subscriptions': subscriptions,
  'GET /push/websites/{id}/subscriptions/total': ({ account, params }) => ({ total: websiteOf(account, params.id).subscribers.size }),
  'POST /push/subscriptions/state': setState,
  'GET /push/tasks': campaigns,
  'POST /push/tasks': create,
  'GET /push/tasks/{id}': campaign,
};
