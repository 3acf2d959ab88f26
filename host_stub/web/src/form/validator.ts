// Validates the entered values against the manifest's own schema, so that the form shows errors at once. It interprets the
// schema: the usual validator compiles it to a function, which the page's security policy forbids. The server validates again.
import { validate, type OutputUnit, type Schema as ValidatorSchema } from '@cfworker/json-schema';
import { toErrorList, type ErrorSchema, type RJSFValidationError, type ValidatorType } from '@rjsf/utils';
import { toInput, type PlainForm } from './adapter';
import { isValid, withoutUndefined } from './conditions';
import { at, isObject } from './json';
import { asSchema, options, uiOf, type Ui } from './schema';

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
    const fault = faultOf(form.schema, unit);
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

function faultOf(schema: unknown, unit: OutputUnit): Fault | undefined {
  const place = names(unit.keywordLocation);
  // Faults inside a branch are reported once, by the anyOf or oneOf itself.
  if (place.slice(0, -1).some((name, index) => BRANCHES.has(name) && place[index - 1] !== 'properties')) return undefined;
  const path = names(unit.instanceLocation);
  if (unit.keyword === 'required') return { path: [...path, /"(.*)"/s.exec(unit.error)?.[1] ?? ''], message: 'Fill in this field.' };
  const message = sentence(unit.keyword, at(schema, place));
  return message === undefined ? undefined : { path, message };
}

const TYPES: Record<string, string> = { integer: 'a whole number', number: 'a number', string: 'text', boolean: 'yes or no', array: 'a list', object: 'a group of fields' };
const FORMATS: Record<string, string> = {
  email: 'Enter an email address, for example jane@example.org.',
  uri: 'Enter a web address, for example https://example.org.',
  date: 'Enter a date.',
  'date-time': 'Enter a date and a time.',
  'date-time-local': 'Enter a date and a time without a time zone.',
};

function sentence(keyword: string, limit: unknown): string | undefined {
  const count = (what: string) => `${String(limit)} ${what}${limit === 1 ? '' : 's'}`;
  switch (keyword) {
    case 'type':
      return `The value must be ${(Array.isArray(limit) ? limit : [limit]).map(type => TYPES[String(type)] ?? String(type)).join(' or ')}.`;
    case 'const':
      return `The value must be ${String(limit)}.`;
    case 'enum':
    case 'oneOf':
      return 'Choose one of the options.';
    case 'anyOf':
      return requirementText(limit);
    case 'minimum':
      return `Enter at least ${String(limit)}.`;
    case 'maximum':
      return `Enter at most ${String(limit)}.`;
    case 'exclusiveMinimum':
      return `Enter more than ${String(limit)}.`;
    case 'exclusiveMaximum':
      return `Enter less than ${String(limit)}.`;
    case 'multipleOf':
      return `Enter a multiple of ${String(limit)}.`;
    case 'minLength':
      return limit === 1 ? 'Fill in this field.' : `Too short: at least ${count('character')}.`;
    case 'maxLength':
      return `Too long: at most ${count('character')}.`;
    case 'pattern':
      return 'The format is not valid. See the description of this field.';
    case 'format':
      return FORMATS[String(limit)] ?? 'The format is not valid.';
    case 'minItems':
    case 'minProperties':
      return `Enter at least ${count('entry').replace('entrys', 'entries')}.`;
    case 'maxItems':
    case 'maxProperties':
      return `Enter at most ${count('entry').replace('entrys', 'entries')}.`;
    case 'uniqueItems':
      return 'The list has the same entry twice.';
    case 'false':
      return 'This field cannot be combined with the other values. Leave it empty.';
    case 'propertyNames':
    case 'not':
    case 'dependentRequired':
    case 'dependencies':
    case 'contains':
      return 'This value does not match the other fields.';
    default:
return undefined; // only points to another fault
  }
}

const requirementText = (branches: unknown): string =>
  Array.isArray(branches) && branches.every(branch => isObject(branch) && Array.isArray(branch.required))
    ? 'Fill in one of these fields.'
    : 'The value is not valid.';

// The faults at the places where the form can show them: a widget that draws a whole value shows the faults of its parts.
export function errorsAt(form: PlainForm, found: Fault[]): ErrorSchema {
  const out: ErrorSchema = {};
  for (const { path, message } of found) {
    const { shown, inner } = shownAt(form, path);
    let here: ErrorSchema = out;
    for (const name of shown) here = ((here as Record<string, ErrorSchema>)[String(name)] ??= {});
    here.__errors = [...(here.__errors ?? []), inner.length === 0 ? message : `${partName(inner)}: ${message}`];
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
