// The form's view of a JSON Schema, without validating: the type of a field, its choices, and whether it is shown.
import type { RJSFSchema, UiSchema } from '@rjsf/utils';
import { at, isObject, same } from './json';

export type Schema = RJSFSchema;
export type Ui = UiSchema;

// The members of `ui:options` besides react-jsonschema-form's own (FormUi in openapi.yaml), and those that the adapter adds.
export interface FieldOptions {
  widget?: string;
  placeholder?: string;
  rows?: number;
  group?: string;
  advanced?: boolean;
  visible_when?: Record<string, unknown[]>;
  lookup?: string;
  depends_on?: Record<string, string>;
  keys?: boolean;
  allow_other?: boolean;
  // Added by the adapter: in each group of sets of fields, one set must be filled in.
  one_of?: string[][][];
}

export function options(ui: Ui | undefined): FieldOptions {
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(ui ?? {})) {
    if (name === 'ui:options' && isObject(value)) Object.assign(out, value);
    else if (name.startsWith('ui:')) out[name.slice(3)] = value;
  }
  return out as FieldOptions;
}

export const asSchema = (value: unknown): Schema => (isObject(value) ? (value as Schema) : {});

export const propertiesOf = (schema: Schema): [string, Schema][] =>
  Object.entries(schema.properties ?? {}).map(([name, property]) => [name, asSchema(property)]);

export const uiOf = (ui: Ui | undefined, name: string): Ui => (isObject(ui?.[name]) ? (ui[name] as Ui) : {});

// The type names a schema allows, from `type` or from its constants; empty when it allows any.
export function typesOf(schema: Schema): string[] {
  if (Array.isArray(schema.type)) return schema.type;
  if (schema.type !== undefined) return [schema.type];
  const constants = constantsOf(schema);
  if (constants === undefined) return schema.properties === undefined ? [] : ['object'];
  return [...new Set(constants.map(({ value }) => typeName(value)))];
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (Number.isInteger(value)) return 'integer';
  return typeof value;
}

export interface Constant {
  value: unknown;
  label: string;
  description?: string;
}

// The choices of an enumeration, as `enum`, `const`, or as `oneOf`/`anyOf` of constants with titles.
export function constantsOf(schema: Schema): Constant[] | undefined {
  const named = namedConstants(schema);
  if (!Array.isArray(schema.enum)) return named;
  // A condition may allow fewer than the field names.
  const allowed: unknown[] = schema.enum;
  return allowed.map(value => named?.find(constant => same(constant.value, value)) ?? { value, label: String(value) });
}

function namedConstants(schema: Schema): Constant[] | undefined {
  if (schema.const !== undefined) return [{ value: schema.const, label: schema.title ?? String(schema.const) }];
  const options = schema.oneOf ?? schema.anyOf;
  if (!Array.isArray(options) || options.length === 0) return undefined;
  const out: Constant[] = [];
  for (const option of options) {
    if (!isObject(option) || option.const === undefined) return undefined;
    const { const: value, title, description } = option as Schema;
    out.push({ value, label: title ?? String(value), ...(description === undefined ? {} : { description }) });
  }
  return out;
}

// The value with the defaults of required fields filled in; an untouched optional field stays absent.
export function withRequiredDefaults(schema: Schema, value: unknown): unknown {
  if (Array.isArray(value)) return value.map(each => withRequiredDefaults(asSchema(schema.items), each));
  if (!isObject(value)) return value;
  const out: Record<string, unknown> = { ...value };
  for (const name of schema.required ?? []) out[name] ??= asSchema(schema.properties?.[name]).default;
  for (const [name, property] of propertiesOf(schema)) {
    if (out[name] === undefined) delete out[name];
    else out[name] = withRequiredDefaults(property, out[name]);
  }
  return out;
}

// Whether a field is shown: every field in its visible_when has one of the listed values. An untouched field has its default.
export function isVisible(parent: Schema, ui: Ui | undefined, value: unknown): boolean {
  const conditions = options(ui).visible_when;
  if (conditions === undefined) return true;
  return Object.entries(conditions).every(([name, values]) => {
    const known = at(value, [name]) ?? asSchema(parent.properties?.[name]).default;
    return values.includes(known);
  });
}
