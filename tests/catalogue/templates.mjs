// The request templates of a built manifest, each with the operation it belongs to.

// Each as {id, kind, what, operation, template, paging}: `what` says which of an operation's several it is.
export function* templatesOf(manifest) {
  yield { id: 'auth.test', kind: 'connection', what: 'request', operation: {}, template: manifest.auth.test.request };
  for (const action of manifest.actions ?? [])
    if (action.request) yield { id: action.id, kind: 'action', what: 'request', operation: action, template: action.request, paging: action.paging };
  for (const lookup of manifest.lookups ?? [])
    if (lookup.request) yield { id: lookup.id, kind: 'lookup', what: 'request', operation: lookup, template: lookup.request, paging: lookup.paging };
  for (const trigger of manifest.triggers ?? []) {
    const { read, detect: { gate, watch } = {} } = trigger;
    const parts = [
      ['read', read?.request, read?.paging],
      ['gate', gate?.request, gate?.paging],
      ['gate.after', gate?.after, undefined],
      ['watch', watch?.request, undefined],
    ];
    for (const [what, template, paging] of parts)
      if (template) yield { id: trigger.id, kind: 'trigger', what, operation: trigger, template, paging };
  }
}

// A placeholder may be a JSON Pointer: "/a/{/gate/id}/b" has three segments, "a", "{~1gate~1id}" and "b".
const segmentsOf = path => path.replace(/\{[^}]*\}/g, name => name.replaceAll('/', '~1')).split('/');

// The pointer or name in a segment of pathsOf; undefined for a literal.
export const placeholderOf = segment => /^\{(.*)\}$/.exec(segment)?.[1].replaceAll('~1', '/');

// A template's path with and without its optional segments: "/balance/{currency?}" is /balance and /balance/{currency}.
export function pathsOf({ path }) {
  let paths = [''];
  for (const segment of segmentsOf(path).slice(1)) {
    const whole = paths.map(start => `${start}/${segment.replace('?}', '}')}`);
    paths = /^\{.*\?\}$/.test(segment) ? [...paths, ...whole] : whole;
  }
  return paths;
}

// Whether a request's path (without query) can have come from a template.
export function couldBe(template, method, path) {
  const { segments = {} } = template;
  const pattern = candidate => candidate.split('/').map(segment => {
    const name = placeholderOf(segment);
    if (name !== undefined) return name in segments ? '.+' : '[^/]+';
    return segment.replace(/\{[^}]*\}/g, '\0').replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('\0', '[^/]+');
  }).join('/');
  return template.method === method && pathsOf(template).some(candidate => new RegExp(`^${pattern(candidate)}$`).test(path));
}

// The fields on whose value it depends what a template sends: every first name of a pointer that $switch or $values asks. `whole`:
// "./" is the whole input.
export function fieldsAskedBy(node, whole = false) {
  if (Array.isArray(node)) return node.flatMap(each => fieldsAskedBy(each, whole));
  if (typeof node !== 'object' || node === null) return [];
  if (node.$with === '') return fieldsAskedBy(node.$item, true);
  if ('$each' in node || '$with' in node) return fieldsAskedBy(node.$item);
  let pointer = node.$switch ?? ('$values' in node ? node.$from : undefined);
  if (whole) pointer = pointer?.replace(/^\.\//, '/');
  const own = pointer?.startsWith('/') ? [pointer.split('/')[1] === 'input' ? pointer.split('/')[2] : pointer.split('/')[1]] : [];
  return [...own.filter(Boolean), ...Object.values(node).flatMap(each => fieldsAskedBy(each, whole))];
}
