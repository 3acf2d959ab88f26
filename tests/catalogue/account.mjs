// The account of SendPulse's own files: for every operation in them, which operations of the manifest use it, or why none does.
// Nothing is listed by hand: uses follow from the request templates, reasons from the manifest's limitations and omissions.

import { requestsOf } from './static_check.mjs';

export const lowered = segments => segments.map(segment => (/^\{[^*].*\}$/.test(segment) ? '{}' : segment.toLowerCase()));
const keyOf = ({ method, segments }) => `${method} ${lowered(segments).join('/')}`;
const segmentsOf = path => path.split('/').slice(1);

// A pattern of limitations: {} is one segment, {*} any rest. A parameter of the description is met by {} only.
function covers(pattern, segments) {
  const wanted = lowered(segmentsOf(pattern));
  for (const [i, segment] of wanted.entries()) {
    if (segment === '{*}') return true;
    if (i >= segments.length || (segment !== '{}' && segment !== segments[i])) return false;
  }
  return wanted.length === segments.length;
}

export const isRefused = (paths, method, segments) =>
  paths.some(({ methods, path, except = [] }) =>
    methods.includes(method) && covers(path, segments) && !except.some(each => covers(each, segments)));

// {rows, problems}: a row is {operation, uses, limitation, omission}, `uses` a list of {id, kind}. A problem is a sentence.
export function account(manifest, descriptions) {
  // A few operations stand in two files.
  const uses = new Map(descriptions.operations.map(operation => [keyOf(operation), new Map()]));
  for (const { id, kind, operation } of requestsOf(manifest, descriptions)) uses.get(keyOf(operation)).set(id, { id, kind });
  const omissions = (manifest.omissions ?? []).map(omission => ({ ...omission, met: new Set() }));
  const problems = [];
  const rows = descriptions.operations.map(operation => {
    const segments = lowered(operation.segments.slice(1));
    const same = omissions.filter(({ methods, path }) => methods.includes(operation.method) && lowered(segmentsOf(path)).join('/') === segments.join('/'));
    for (const each of same) each.met.add(operation.method);
    const limitation = (manifest.limitations ?? []).find(({ paths = [] }) => isRefused(paths, operation.method, segments));
    const row = { operation, uses: [...uses.get(keyOf(operation)).values()], limitation, omission: same[0] };
    const ids = row.uses.map(({ id }) => id).join(', ');
    const where = `${operation.file}: ${operation.name}`;
    if (same.length > 1) problems.push(`${where} is left out twice`);
    if (ids && row.omission) problems.push(`${where} is left out, but ${ids} uses it`);
    if (limitation && row.omission) problems.push(`${where} is left out, but the limitation ${limitation.id} refuses it anyway`);
    if (ids && limitation) problems.push(`${where} is refused by the limitation ${limitation.id}, but ${ids} uses it`);
    if (!ids && !limitation && !row.omission) problems.push(`${where} is used by no operation; say why under omissions`);
    return row;
  });
  for (const { methods, path, met } of omissions)
    for (const method of methods) if (!met.has(method)) problems.push(`omissions: ${method} ${path} is in no file`);
  return { rows, problems };
}

// A sentence for people: how many are used by what, and how many are left out for which reason.
export function summary({ rows }) {
  const kinds = { action: 0, trigger: 0, lookup: 0, connection: 0 };
  const reasons = new Map();
  for (const { uses, limitation, omission } of rows) {
    for (const kind of new Set(uses.map(use => use.kind))) kinds[kind] += 1;
    const reason = limitation ? `limitation ${limitation.id}` : omission?.reason;
    if (reason) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  const used = rows.filter(({ uses }) => uses.length > 0).length;
  return [
    `${rows.length} operations: ${used} are used (${kinds.action} by actions, ${kinds.trigger} by triggers, ${kinds.lookup} by lookups), ${rows.length - used} are not:`,
    ...[...reasons].map(([reason, count]) => `  ${count}  ${reason}`),
  ].join('\n');
}
