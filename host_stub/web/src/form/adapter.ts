// Converts a manifest's form, as GET .../form returns it, into one that react-jsonschema-form can draw, and the entered values
// back into the input. Pure. Everything that manifest forms need and plain react-jsonschema-form lacks is here: conditional
// fields, choices from the account, "fill in A or B", and leaving out untouched optional fields.
import { excludedNames, requiredNames } from './conditions';
import { at, isObject, replaced, same } from './json';
import { fieldAround, fieldsOf } from './places';
import { asSchema, constantsOf, isVisible, options, propertiesOf, typesOf, uiOf, withRequiredDefaults, type Schema, type Ui } from './schema';

export interface PlainForm {
  schema: Schema;
  ui_schema: Ui;
}

// Which of our own fields or widgets draws a value; react-jsonschema-form draws objects and lists of objects.
type Control = { 'ui:field': string } | { 'ui:widget': string } | Record<never, never>;

const SCALARS = new Set(['string', 'number', 'integer', 'boolean']);

export function adapt(form: PlainForm): { schema: Schema; uiSchema: Ui } {
  const [schema, uiSchema] = adapted(form.schema, form.ui_schema);
  return { schema, uiSchema };
}

function adapted(schema: Schema, ui: Ui): [Schema, Ui] {
  const out: Schema = { ...schema };
  const types = typesOf(schema).filter(type => type !== 'null');
  // Where both text and numbers are allowed, the field takes text.
  const type = types.includes('string') ? 'string' : types[0];
  if (type !== undefined) out.type = type as NonNullable<Schema['type']>;

  const outUi: Ui = { ...ui, ...control(schema, ui, type) };
  if (type === 'object' && schema.properties !== undefined) {
    const oneOf = requirements(schema);
    if (oneOf.length > 0) {
      delete out.anyOf;
      delete out.oneOf;
      outUi['ui:options'] = { ...options(ui), one_of: oneOf };
    }
    out.properties = {};
    for (const [name, property] of propertiesOf(schema)) {
      const [inner, innerUi] = adapted(property, uiOf(ui, name));
      out.properties[name] = inner;
      outUi[name] = innerUi;
    }
  } else if (type === 'array' && isObject(schema.items)) {
    const [items, itemsUi] = adapted(asSchema(schema.items), uiOf(ui, 'items'));
    out.items = items;
    outUi.items = itemsUi;
  }
  return [out, outUi];
}

function control(schema: Schema, ui: Ui, type: string | undefined): Control {
  const { lookup, keys, widget, rows } = options(ui);
  if (type === undefined || (type === 'object' && widget === 'json')) return { 'ui:field': 'anything' };
  if (type === 'object') return schema.properties === undefined || keys || widget === 'key_value' ? { 'ui:field': 'keyed' } : {};
  if (type === 'array') {
    const items = asSchema(schema.items);
    const itemOptions = options(uiOf(ui, 'items'));
    if (lookup !== undefined || itemOptions.lookup !== undefined) return { 'ui:field': 'lookups' };
    if (constantsOf(items) !== undefined) return { 'ui:widget': 'several' };
    const inner = typesOf(items);
    const plain = inner.length > 0 && inner.every(each => SCALARS.has(each)) && items.contentEncoding !== 'base64';
    if (plain) return { 'ui:widget': 'lines' };
    return items.properties === undefined ? { 'ui:field': 'anything' } : {};
  }
  if (lookup !== undefined) return { 'ui:field': 'lookup' };
  if (constantsOf(schema) !== undefined) return { 'ui:widget': widget === 'radio' ? 'choices' : 'choice' };
  if (type === 'boolean') return { 'ui:widget': 'yes_no' };
  if (widget === 'file' || schema.contentEncoding === 'base64') return { 'ui:field': 'file' };
  if (schema.writeOnly) return { 'ui:widget': 'secret' };
  if (schema.format === 'date-time-local') return { 'ui:widget': 'date_time_local' };
  if (schema.format === 'date-time' || widget === 'date_time') return { 'ui:widget': 'date_time' };
  if (schema.format === 'date' || widget === 'date') return { 'ui:widget': 'date' };
  if (widget === 'color') return { 'ui:widget': 'colour' };
  if (widget === 'phone') return { 'ui:widget': 'phone' };
  if (['html', 'json', 'code'].includes(widget ?? '') || schema.contentMediaType !== undefined) return { 'ui:widget': 'code' };
  if (widget === 'textarea' || (rows ?? 0) > 1) return { 'ui:widget': 'textarea' };
  return { 'ui:widget': 'line' };
}

// "Fill in A or B" of an object: an anyOf or oneOf in which every branch has a `required`.
function requirements(schema: Schema): string[][][] {
  const out: string[][][] = [];
  for (const branches of [schema.anyOf, schema.oneOf]) {
    if (!Array.isArray(branches)) continue;
    const sets = branches.map(branch => (isObject(branch) ? ((branch as Schema).required ?? []) : []));
    if (sets.every(set => set.length > 0)) out.push(sets);
  }
  return out;
}

// The input for the entered values: without hidden fields and without empty optional fields.
export function toInput(form: PlainForm, data: unknown): Record<string, unknown> {
  const input = sent(form.schema, form.ui_schema, withRequiredDefaults(form.schema, data));
  return isObject(input) ? input : {};
}

function sent(schema: Schema, ui: Ui, value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = asSchema(schema.items);
    return value.filter(each => each !== undefined).map(each => sent(items, uiOf(ui, 'items'), each));
  }
  if (!isObject(value)) return value;
  const shown = withoutHidden(schema, ui, value);
  const required = requiredNames(schema, shown);
  const out: Record<string, unknown> = {};
  for (const [name, each] of Object.entries(shown)) {
    const property = asSchema(schema.properties?.[name] ?? schema.additionalProperties);
    const propertyUi = uiOf(ui, name);
    const inner = sent(property, propertyUi, each);
    if (inner === undefined || (isEmpty(inner) && !required.has(name))) continue;
    out[name] = inner;
  }
  return out;
}

// A hidden field has no value for the conditions of others, so hiding one field may hide another.
function withoutHidden(schema: Schema, ui: Ui, value: Record<string, unknown>): Record<string, unknown> {
  const excluded = excludedNames(schema, value);
  const left = Object.entries(value).filter(([name]) => !excluded.has(name) && isVisible(schema, uiOf(ui, name), value));
  return left.length === Object.keys(value).length ? value : withoutHidden(schema, ui, Object.fromEntries(left));
}

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

// When a field changes, the choices of the fields that depend on it change too: those fields are emptied.
export function withoutStaleChoices(form: PlainForm, before: unknown, after: unknown): unknown {
  let out = after;
  for (const { path, ui } of fieldsOf(form.schema, form.ui_schema, after)) {
    const { depends_on } = options(ui);
    if (depends_on === undefined) continue;
    const value = at(out, path);
    const changed = Object.values(depends_on).some(name => !same(fieldAround(before, path, name), fieldAround(after, path, name)));
    if (changed && value !== undefined && same(value, at(before, path))) out = replaced(out, path, undefined);
  }
  return out;
}
