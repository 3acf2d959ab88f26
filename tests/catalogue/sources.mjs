// What each operation of the manifest rests on. Nothing is listed by hand: what is sent is compared with SendPulse's OpenAPI
// files by the static check, and what they lack is explained by the entries of differences.mjs, each of which names its source;
// what is returned is compared with the members that the files describe; the probe's assumptions are those of CATALOGUE.md.

import { ERRATA, SOURCES } from './differences.mjs';
import { answersOf } from './openapi.mjs';
import { check, requestsOf } from './static_check.mjs';
import { templatesOf } from './templates.mjs';

// Handlers have no request template. through_prism.mjs fails where one sends anything else.
export const SENT_BY_HANDLERS = {
  'subscriber.add_many': ['POST /addressbooks/{id}/emails'],
  'verifier.verify_address': ['POST /verifier-service/send-single-to-verify', 'GET /verifier-service/get-single-result'],
  'api.request': [],
};

const unique = list => [...new Set(list)];
const keyOf = (kind, id) => `${kind} ${id}`;

// {rows, problems}: a row is {kind, id, title, files, beyond: [{source, place, reason}], silent: [member], unread: [name]}.
// `page` is the text of manifests/CATALOGUE.md.
export function sources(manifest, descriptions, page, errata = ERRATA) {
  const problems = [];
  for (const { place, reason, source } of errata)
    if (!(source in SOURCES)) problems.push(`differences.mjs: ${place}: ${reason}: name its source, one of ${Object.keys(SOURCES).join(', ')}`);

  const used = new Map();
  const add = (key, operation) => used.set(key, unique([...(used.get(key) ?? []), operation]));
  for (const { id, kind, operation } of requestsOf(manifest, descriptions)) add(keyOf(kind, id), operation);
  const named = new Map(descriptions.operations.map(operation => [operation.name, operation]));
  const templates = [...templatesOf(manifest)];
  for (const { id, handler } of manifest.actions ?? []) {
    if (!handler) continue;
    if (!(id in SENT_BY_HANDLERS)) problems.push(`${id} is a handler; say in sources.mjs what it sends`);
    for (const name of SENT_BY_HANDLERS[id] ?? []) {
      if (named.has(name)) add(keyOf('action', id), named.get(name));
      else problems.push(`sources.mjs: ${name} is in no file`);
    }
  }

  const beyond = new Map();
  for (const { id, what, operation, place, problem } of check(manifest, descriptions)) {
    const entry = errata.find(each => each.operation.test(operation) && each.place.test(place) && (each.problem?.test(problem) ?? true));
    // What nothing explains fails catalogue.openapi.
    if (!entry) continue;
    const { kind } = templates.find(each => each.id === id && each.what === what);
    const key = keyOf(kind, id);
    beyond.set(key, [...(beyond.get(key) ?? []), { source: entry.source, place }]);
  }

  const assumptions = assumptionsOf(page);
  const rows = [];
  for (const [kind, list] of [['trigger', manifest.triggers], ['action', manifest.actions], ['lookup', manifest.lookups]])
    for (const operation of list ?? []) {
      const key = keyOf(kind, operation.id);
      const operations = used.get(key) ?? [];
      rows.push({
        kind,
        id: operation.id,
        title: operation.title,
        files: unique(operations.map(({ file }) => file)).sort(),
        beyond: beyond.get(key) ?? [],
        silent: operations.length > 0 ? silentMembers(manifest, operation, operations) : [],
        unread: assumptions.get(key) ?? [],
      });
    }
  return { rows, problems };
}

// The assumptions at each operation of the page, as "kind id" -> names.
function assumptionsOf(page) {
  const found = new Map();
  let kind;
  let id;
  for (const line of page.split('\n')) {
    kind = /^## (Trigger|Action|Lookup|Dropdown)s/.exec(line)?.[1].toLowerCase().replace('dropdown', 'lookup') ?? kind;
    id = /^`([a-z0-9_.]+)`: /.exec(line)?.[1] ?? id;
    if (line.startsWith('- Rests on: ')) found.set(keyOf(kind, id), [...line.matchAll(/`([^`]+)`/g)].map(([, name]) => name));
  }
  return found;
}

// The members of an operation's output, or of the rows in it, that no described answer of its requests has anywhere, by name,
// and that the connector does not make itself.
function silentMembers(manifest, operation, operations) {
  if (operation.handler || operation.answer?.file) return [];
  const resolve = schema => (schema?.$ref ? manifest.$defs[schema.$ref.split('/').pop()] : schema);
  const shown = new Set(operations.flatMap(each => [...answersOf(each)]));
  const made = new Set(keysIn([operation.answer, operation.detect, operation.read?.answer]));
  let output = resolve(operation.output) ?? {};
  if (operation.paging && output.properties?.items) output = resolve(output.properties.items) ?? {};
  if (output.type === 'array') output = resolve(output.items) ?? {};
  return Object.entries(output.properties ?? {})
    .filter(([name, schema]) => !shown.has(name) && !made.has(name) && resolve(schema)?.['x-zone'] !== 'instant' && !name.endsWith('_text'))
    .map(([name]) => name);
}

// Every key below, and the last name of every pointer.
function keysIn(node) {
  if (Array.isArray(node)) return node.flatMap(keysIn);
  if (typeof node === 'string') return [node.split('/').pop()];
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => [key, ...keysIn(value)]);
}

const ORDER = Object.keys(SOURCES);
const code = names => names.map(name => `\`${name}\``).join(', ');
const cell = text => text.replaceAll('|', '\\|');

// The page for people.
export function pageOf(rows) {
  const count = test => rows.filter(test).length;
  const lines = [
    '# What each operation rests on',
    '',
    '<!-- Generated by `node tests/catalogue/sources_check.mjs --write`. -->',
    '',
    'No request was ever made to a real account: everything below comes from what SendPulse publishes, or from others who use its',
    'API. The names of files are those of SendPulse\'s OpenAPI descriptions.',
    '',
    '- Described: the files that describe the requests. An operation without a file is described nowhere but in the source under',
    '  "Sent beyond that".',
    '- Sent beyond that: what the requests contain that the files do not describe, or describe differently, with the source:',
    ...ORDER.map(name => `  \`${name}\`: ${SOURCES[name]}.`),
    '- Returned beyond that: members of the output that are in no described answer of these requests. They come from recorded answers',
    "  or from SendPulse's clients, and may be absent.",
    '- Assumptions: what `connector-host probe` can verify on a real account, explained in',
    '  [the catalogue](../../manifests/CATALOGUE.md#assumptions).',
    '',
    '| | operations |',
    '| --- | ---: |',
    `| rest on the description alone | ${count(row => row.files.length > 0 && isPlain(row))} |`,
    `| are described, and send or return more | ${count(row => row.files.length > 0 && !isPlain(row))} |`,
    `| are described in no file | ${count(row => row.files.length === 0)} |`,
    ...ORDER.map(name => `| send something that rests on \`${name}\` | ${count(row => row.beyond.some(({ source }) => source === name))} |`),
    `| return members that no file describes | ${count(row => row.silent.length > 0)} |`,
    `| rest on assumptions of the probe | ${count(row => row.unread.length > 0)} |`,
  ];
  for (const [kind, heading] of [['trigger', 'Triggers'], ['action', 'Actions'], ['lookup', 'Dropdowns']]) {
    lines.push('', `## ${heading}`, '', '| ID | Described | Sent beyond that | Returned beyond that | Assumptions |', '| --- | --- | --- | --- | --- |');
    for (const row of rows.filter(each => each.kind === kind)) {
      const sent = ORDER.map(name => [name, unique(row.beyond.filter(({ source }) => source === name).map(({ place }) => place)).sort()])
        .filter(([, places]) => places.length > 0)
        .map(([name, places]) => `${name}: ${code(places)}`);
      lines.push(`| \`${row.id}\` | ${row.files.join(', ') || 'no file'} | ${cell(sent.join('; '))} | ${code(row.silent)} | ${code(row.unread)} |`);
    }
  }
  return `${lines.join('\n')}\n`;
}

const isPlain = ({ beyond, silent }) => beyond.length === 0 && silent.length === 0;
