// Templates [OA:bulk-email]. Traps: the list shows the vendor's gallery unless told otherwise, `id` is a hash while
// `real_id` is the number, `owner` of one's own is written "you", and two fields are an object or [] [GO].

import { base64, optionalText, page, queryFlag } from '../arguments.mjs';
import { invalidArgument, refuse } from '../refusals.mjs';
import { emptyAsArray } from './rows.mjs';

const LANGUAGES = ['en', 'ru', 'ua', 'tr', 'es', 'pt'];

function row(account, template) {
  const category = template.category
    ? { id: 100 + template.category.length, name: template.category, code: template.category, sort: 2 }
    : {};
  return {
    id: template.hash,
    real_id: template.realId,
    lang: template.lang,
    name: template.name,
    name_slug: template.slug,
    created: account.stamp(template.createdAt),
    full_description: null,
    is_structure: template.isStructure,
    category: template.category,
    category_info: emptyAsArray(account, category),
    tags: emptyAsArray(account, Object.fromEntries(template.tags.map(tag => [tag, tag]))),
    owner: template.owner === 'me' ? 'you' : 'sendpulse',
    preview: `https://login.sendpulse.com/files/emailservice/templates/preview/${template.hash}.png`,
  };
}

function owner(query, otherwise) {
  const value = query.owner ?? otherwise;
  if (value !== 'me' && value !== 'sendpulse') throw invalidArgument('owner', 'is invalid');
  return value;
}

function language(body) {
  const lang = optionalText(body, 'lang');
  if (lang !== undefined && !LANGUAGES.includes(lang)) throw invalidArgument('lang', 'is invalid');
  return lang;
}

function list(request) {
  const { account, query } = request;
  const wanted = owner(query, account.settings.templates_default_owner);
  const { limit, offset } = page(query);
  const onlyActive = queryFlag(request, 'only_active');
  return [...account.templates.values()]
    .filter(template => template.owner === wanted && !(onlyActive && template.isProcessing))
    .slice(offset, offset + limit)
    .map(template => row(account, template));
}

function create({ account, body }) {
  const html = base64(body, 'body');
  const name = optionalText(body, 'name') ?? account.stamp(account.now);
  const lang = language(body);
  for (const template of account.templates.values()) {
    if (template.owner === 'me' && template.name === name) throw refuse(573);
  }
  return { result: true, real_id: account.addTemplate({ name, body: html, lang }).realId };
}

function edit({ account, params, body }) {
  const template = account.findTemplate(params.id);
  if (!template || template.owner !== 'me') throw refuse(31);
  if (template.isStructure) throw refuse(2900);
  const html = base64(body, 'body');
  template.lang = language(body) ?? template.lang;
  template.body = html;
  return { result: true };
}

function single(account, template) {
  if (!template) throw refuse(290);
  if (template.isProcessing) throw refuse(2900, 'The template is still being processed');
  return { ...row(account, template), body: template.body };
}

export const templates = {
  'POST /template': create,
  'POST /template/edit/{id}': edit,
  'GET /template/{template_id}': ({ account, params }) => single(account, account.findTemplate(params.template_id)),
  'GET /template/slug/{name_slug}': ({ account, params, query }) => {
    const wanted = owner(query, 'me');
    const bySlug = template => template.slug === params.name_slug && template.owner === wanted;
    return single(account, [...account.templates.values()].find(bySlug));
  },
  'GET /templates': list,
};
