// Validates the entered values against the manifest's own schema, so that the form shows errors at once. It interprets the
// schema: the usual validator compiles it to a function, which the page's security policy forbids. The server validates again.
import { validate, type OutputUnit, type Schema as ValidatorSchema } from '@cfworker/json-schema';
import { toErrorList, type ErrorSchema, type RJSFValidationError, type ValidatorType } from '@rjsf/utils';
import { toInput, type PlainForm } from './adapter';
import { isValid, withoutUndefined } from './conditions';
import { at } from './json';
import { asSchema, options, uiOf, type Schema, type Ui } from './schema';
import { sentence, subjectAt } from './sentences';

export interface Fault {
  path: (string | number)[];
  message: string;
}

export function formValidator(form: PlainForm): ValidatorType {
  return {
    isValid: (schema, data) => isValid(schema, data ?? {}),
    rawValidation: (schema, data) => ({ errors: validate(withoutUndefined(data ?? {}), schema as ValidatorSchema, '7', undefined, false).errors as never[] }),
    validateFormData: data => {
      const errorSchema = errorsAt(form, faults(form, toInput(form, data)));
      return { errors: toErrorList(errorSchema) as RJSFValidationError[], errorSchema };
    },
  };
}

// All faults of an input, at most one per place.
export function faults(form: PlainForm, input: unknown): Fault[] {
  const { errors } = validate(input, form.schema as ValidatorSchema, '7', undefined, false);
  const out = new Map<string, Fault>();
  for (const unit of errors) {
    const fault = faultOf(form.schema, unit, input);
    if (fault === undefined) continue;
    const key = JSON.stringify(fault.path);
    if (!out.has(key)) out.set(key, fault);
  }
  return [...out.values()];
}

const names = (location: string): string[] =>
  decodeURI(location)
    .split('/')
    .slice(1)
    .map(name => name.replaceAll('~1', '/').replaceAll('~0', '~'));

const BRANCHES = new Set(['oneOf', 'anyOf', 'not', 'contains']);

function faultOf(root: Schema, unit: OutputUnit, input: unknown): Fault | undefined {
  const place = names(unit.keywordLocation);
  // Faults inside a branch are reported once, by the anyOf or oneOf itself.
  if (place.slice(0, -1).some((name, index) => BRANCHES.has(name) && place[index - 1] !== 'properties')) return undefined;
  const path = names(unit.instanceLocation);
  if (unit.keyword === 'required') {
    const missing = [...path, /"(.*)"/s.exec(unit.error)?.[1] ?? ''];
    return { path: missing, message: `${subjectAt(root, missing)} is required.` };
  }
  const message = sentence(root, unit.keyword, at(root, place), path, at(input, path), asSchema(at(root, place.slice(0, -1))));
  return message === undefined ? undefined : { path, message };
}

// The faults where the form can show them. What one widget draws as a whole takes the faults of its parts.
export function errorsAt(form: PlainForm, found: Fault[]): ErrorSchema {
  const out: ErrorSchema = {};
  for (const { path, message } of found) {
    const { shown, inner } = shownAt(form, path);
    let here: ErrorSchema = out;
    for (const name of shown) here = ((here as Record<string, ErrorSchema>)[String(name)] ??= {});
    // Some sentences name the part themselves.
    const named = inner.length === 0 || /^(Item |")/.test(message);
    here.__errors = [...(here.__errors ?? []), named ? message : `${partName(inner)}: ${message}`];
  }
  return out;
}

function partName(inner: (string | number)[]): string {
  const [first] = inner;
  return /^[0-9]+$/.test(String(first)) ? `Entry ${Number(first) + 1}` : String(first);
}

function shownAt(form: PlainForm, path: (string | number)[]): { shown: (string | number)[]; inner: (string | number)[] } {
  let schema = form.schema;
  let ui: Ui = form.ui_schema;
  for (let depth = 0; depth < path.length; depth++) {
    const name = path[depth] as string | number;
    if (depth > 0 && drawnWhole(schema, ui)) return { shown: path.slice(0, depth), inner: path.slice(depth) };
    const property = schema.properties?.[name] ?? (schema.items !== undefined ? schema.items : undefined);
    if (property === undefined) return { shown: path.slice(0, depth), inner: path.slice(depth) };
    ui = uiOf(ui, schema.properties?.[name] !== undefined ? String(name) : 'items');
    schema = asSchema(property);
  }
  return { shown: path, inner: [] };
}

const drawnWhole = (schema: { properties?: unknown; items?: unknown }, ui: Ui): boolean =>
  schema.properties === undefined ? asSchema(schema.items).properties === undefined : options(ui).keys === true || options(ui).widget === 'key_value';
