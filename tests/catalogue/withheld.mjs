// What the custom call must not read: by SendPulse's own description of the answers, every operation of the CRM that
// answers with people or deals is either refused by a limitation, or a write whose answer is cut to its IDs, because a
// limitation refuses to read its path.

import { isRefused, lowered } from './account.mjs';

// A record of somebody or something that the connector cannot query, by the name of its schema.
const RECORD = /^(Contact|Deal|Company|TelephonyCall)/;
// Named like records, but what every record has in common: fields, tags, states and sources, without anybody's data.
export const SETTINGS = [
  'ContactAttribute', 'ContactTag', 'DealAttribute', 'DealSourceType', 'DealStatusProperty', 'DealType',
];
// A person by members, where the description writes a record out instead of naming its schema.
const PERSON = new Set(['firstName', 'lastName', 'phone', 'phones', 'email', 'emails']);
// Members of the team are neither contacts nor deals.
const TEAM = new Set(['GET /crm/v1/users']);

// The names by which an answer of this operation has records, in the order of their pointers.
export function recordsOf({ description, method, path }) {
  const found = new Map();
  const known = new Set();
  const keep = (name, pointer) => found.has(name) || found.set(name, pointer);
  const walk = (schema, pointer) => {
    if (schema === null || typeof schema !== 'object') return;
    if (schema.$ref !== undefined) {
      const name = schema.$ref.split('/').at(-1);
      if (RECORD.test(name) && !SETTINGS.includes(name)) keep(name, pointer);
      if (known.has(schema.$ref)) return;
      known.add(schema.$ref);
      walk(description.resolve(schema), pointer);
      return;
    }
    for (const [name, member] of Object.entries(schema.properties ?? {})) {
      if (PERSON.has(name)) keep(name, pointer);
      walk(member, `${pointer}/${name}`);
    }
    for (const name of ['items', 'additionalProperties']) walk(schema[name], `${pointer}/*`);
    for (const name of ['allOf', 'anyOf', 'oneOf']) for (const each of schema[name] ?? []) walk(each, pointer);
  };
  const { responses = {} } = description.document.paths[path][method.toLowerCase()];
  for (const [status, answer] of Object.entries(responses))
    if (/^(2|default)/.test(status)) for (const { schema } of Object.values(description.resolve(answer).content ?? {})) walk(schema, '');
  return found;
}

// {rows, problems}: a row is {operation, records, refused, cut}. A problem is a sentence.
export function withheld(manifest, descriptions, base = '/crm/v1') {
  const limitations = (manifest.limitations ?? []).filter(({ paths }) => paths !== undefined);
  const rows = [];
  for (const operation of descriptions.operations) {
    if (operation.base !== base || TEAM.has(operation.name)) continue;
    const records = recordsOf(operation);
    if (records.size === 0) continue;
    const segments = lowered(operation.segments.slice(1));
    const refusing = method => limitations.find(({ paths }) => isRefused(paths, method, segments))?.id;
    rows.push({
      operation,
      records,
      refused: refusing(operation.method),
      cut: operation.method === 'GET' ? undefined : refusing('GET'),
    });
  }
  const problems = rows
    .filter(({ refused, cut }) => !refused && !cut)
    .map(({ operation, records }) => {
      const [name, pointer] = [...records][0];
      return `${operation.file}: ${operation.name} answers with records (${name} at ${pointer || 'its root'}), and no limitation withholds them`;
    });
  return { rows, problems };
}
