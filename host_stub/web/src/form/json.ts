// JSON values, and JSON Pointers (RFC 6901) into them.

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

// "/list/0/a~1b" -> ["list", "0", "a/b"].
export const pointerNames = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map(name => name.replaceAll('~1', '/').replaceAll('~0', '~'));

// The value at the path; undefined when there is none.
export function at(value: unknown, path: readonly (string | number)[]): unknown {
  let here = value;
  for (const name of path) {
    if (Array.isArray(here)) here = here[Number(name)];
    else if (isObject(here) && Object.hasOwn(here, name)) here = here[name];
    else return undefined;
  }
  return here;
}

// Whether two JSON values are equal; the order of members does not matter.
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((each, index) => same(each, b[index]));
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every(name => Object.hasOwn(b, name) && same(a[name], b[name]));
}

// A copy with the value at `path` replaced by `change`; undefined removes it.
export function replaced(value: unknown, path: readonly (string | number)[], change: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return change;
  if (Array.isArray(value)) return value.map((each, index) => (index === Number(name) ? replaced(each, rest, change) : each));
  const out: Record<string, unknown> = isObject(value) ? { ...value } : {};
  const inner = replaced(out[name], rest, change);
  if (inner === undefined) delete out[name];
  else out[name] = inner;
  return out;
}
