// Where the fields of a form are, and what is around them.
import { at, isObject } from './json';
import { asSchema, propertiesOf, uiOf, type Schema, type Ui } from './schema';

// A field's value by name, looked for in the objects around `path`, the innermost first: a form's field may depend on one
// that is further out.
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

// Every field of the form, those in objects and in the present elements of lists too; elements come after their list.
export function fieldsOf(schema: Schema, ui: Ui, value: unknown, path: (string | number)[] = []): FieldAt[] {
  const out: FieldAt[] = path.length === 0 ? [] : [{ path, schema, ui }];
  for (const [name, property] of propertiesOf(schema)) out.push(...fieldsOf(property, uiOf(ui, name), at(value, [name]), [...path, name]));
  if (Array.isArray(value) && isObject(schema.items))
    value.forEach((each, index) => out.push(...fieldsOf(asSchema(schema.items), uiOf(ui, 'items'), each, [...path, index])));
  return out;
}
