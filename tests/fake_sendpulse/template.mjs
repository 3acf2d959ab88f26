// Email templates: the account's own and a small vendor gallery, which GET /templates shows by default.

import { createHash } from 'node:crypto';

const hashOf = text => createHash('md5').update(text).digest('hex');
const slugOf = name =>
  name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');

export function templateFrom({
  realId,
  name,
  body = '',
  lang = 'en',
  owner,
  createdAt,
  category = '',
  tags = [],
  isStructure = false,
  isProcessing = false,
}) {
  return {
    realId,
    name,
    body,
    lang,
    owner,
    createdAt,
    category,
    tags,
    isStructure,
    isProcessing,
    hash: hashOf(`template ${owner} ${realId}`),
    slug: slugOf(name),
  };
}

const GALLERY = [
  ['Spring sale', 'promo', ['spring', 'sale']],
  ['Order received', 'transactional', []],
  ['Monthly digest', 'news', ['digest']],
  ['Welcome aboard', 'onboarding', ['welcome']],
];

export function gallery() {
  return GALLERY.map(([name, category, tags], i) =>
    templateFrom({
      realId: 500_001 + i,
      name,
      category,
      tags,
      owner: 'sendpulse',
      createdAt: Date.UTC(2018, 1, 1 + i),
      body: `<h1>${name}</h1>`,
      isStructure: true,
    }),
  );
}
