// The places of a form's fields, and the fields around them.
import { at, isObject } from './json';
import { asSchema, propertiesOf, uiOf, type Schema, type Ui } from './schema';

// The value of the named field in the objects around `path`, searched from the innermost: a field may depend on one further out.
export function fieldAround(data: unknown, path: readonly (string | number)[], name: string): unknown {
  for (let length = path.length - 1; length >= 0; length--) {
    const value = at(data, [...path.slice(0, length), name]);
    if (value !== undefined) return value;
  }
  return undefined;
}

export interface FieldAt {
  path: (string | number)[];
  schema: Schema;
  ui: Ui;
}

// Every field of the form, including those in objects and in the current elements of lists; elements come after their list.
export function fieldsOf(schema: Schema, ui: Ui, value: unknown, path: (string | number)[] = []): FieldAt[] {
  const out: FieldAt[] = path.length === 0 ? [] : [{ path, schema, ui }];
  for (const [name, property] of propertiesOf(schema)) out.push(...fieldsOf(property, uiOf(ui, name), at(value, [name]), [...path, name]));
  if (Array.isArray(value) && isObject(schema.items))
    value.forEach((each, index) => out.push(...fieldsOf(asSchema(schema.items), uiOf(ui, 'items'), each, [...path, index])));
  return out;
}
