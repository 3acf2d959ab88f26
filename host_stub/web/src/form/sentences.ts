// What is wrong with a value, in the words of the server (plugin_api/json/src/schema_validate.cpp and format.cpp): whoever finds it first, a
// person reads the same. Say a new kind there and here.
import { isObject } from './json';
import { asSchema, type Schema } from './schema';

const TYPES: Record<string, string> = {
  null: 'null',
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
  string: 'text',
  array: 'a list',
  object: 'an object',
};
const FORMATS: Record<string, string> = {
  date: 'a date like 2025-03-01',
  'date-time': 'a date and time with its time zone, like 2025-03-01T09:00:00Z',
  'date-time-local': 'a date and time as the account shows it, like 2025-03-01T09:00:00',
  email: 'an email address like jane@example.org',
  hostname: 'a host name like example.org',
  ipv4: 'an IPv4 address like 192.0.2.1',
  ipv6: 'an IPv6 address like 2001:db8::1',
  time: 'a time with its zone, like 09:00:00Z',
  uri: 'a link like https://example.org/page',
  uuid: 'a UUID like 123e4567-e89b-12d3-a456-426614174000',
};

const LONGEST = 60;
const quoted = (text: string): string => `"${text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text}"`;
const joined = (parts: string[], last: string): string => (parts.length < 2 ? parts.join('') : parts.slice(0, -1).join(', ') + last + String(parts.at(-1)));
const counted = (count: unknown, one: string, many: string): string => `${String(count)} ${count === 1 ? one : many}`;

function shown(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return 'a list';
  return isObject(value) ? 'an object' : String(value);
}

function kindOf(value: unknown, secret: boolean): string {
  if (typeof value === 'string') return secret ? 'text' : `the text ${shown(value)}`;
  if (typeof value === 'number') return secret ? 'a number' : `the number ${shown(value)}`;
  if (typeof value === 'boolean') return secret ? 'true or false' : shown(value);
  return shown(value);
}

const MOST_CHOICES = 12;
function oneOf(choices: unknown[], value: unknown, secret: boolean): string {
  if (secret) return 'has a value that is not allowed';
  const some = choices.slice(0, MOST_CHOICES).map(shown);
  const others = choices.length > MOST_CHOICES ? ` (or ${choices.length - MOST_CHOICES} others)` : '';
  return `must be ${some.length > 1 ? 'one of ' : ''}${joined(some, ' or ')}${others}, not ${shown(value)}`;
}

const isName = (step: string | number, schema: Schema): boolean => typeof step !== 'number' && !(/^[0-9]+$/.test(step) && schema.items !== undefined && schema.properties === undefined);

// How a person knows what is at a place: by its title, else by its name.
export function subjectAt(root: Schema, path: (string | number)[]): string {
  let schema = root;
  let name = 'The input';
  for (const [depth, step] of path.entries()) {
    if (isName(step, schema)) {
      const property = asSchema(schema.properties?.[step]);
      name = property.title ?? quoted(String(step));
      schema = property;
    } else {
      const number = Number(step) + 1;
      name = depth + 1 < path.length ? `item ${number}` : `Item ${number}${depth > 0 ? ` of ${name}` : ''}`;
      schema = asSchema(schema.items);
    }
  }
  return name;
}

// The names of which one way has to be given, for the branches of an anyOf or oneOf; nothing when they ask for more than that.
function ways(branches: unknown, value: unknown): string[][] | undefined {
  if (!Array.isArray(branches)) return undefined;
  const out: string[][] = [];
  for (const branch of branches) {
    const required: unknown = isObject(branch) ? branch.required : undefined;
    if (!Array.isArray(required)) return undefined;
    out.push(required.map(String).filter(name => !(isObject(value) && name in value)));
  }
  return out;
}

const constants = (branches: unknown): unknown[] | undefined =>
  Array.isArray(branches) && branches.every(branch => isObject(branch) && 'const' in branch) ? branches.map(branch => (branch as { const: unknown }).const) : undefined;

// Nothing where the keyword only names the place of another fault. `limit` is the keyword's value.
export function sentence(root: Schema, keyword: string, limit: unknown, path: (string | number)[], value: unknown, field: Schema): string | undefined {
  const subject = subjectAt(root, path);
  const secret = field.writeOnly === true;
  const not = secret ? '' : `, not ${shown(value)}`;
  const must = (what: string): string => `${subject} must ${what}.`;
  const length = typeof value === 'string' ? [...value].length : Array.isArray(value) ? value.length : 0;
  switch (keyword) {
    case 'type': {
      const types = (Array.isArray(limit) ? limit : [limit]).map(String);
      return must(`be ${joined(Object.keys(TYPES).filter(type => types.includes(type)).map(type => TYPES[type] ?? type), ' or ')}, not ${kindOf(value, secret)}`);
    }
    case 'const':
      return secret ? `${subject} has a value that is not allowed.` : must(`be ${shown(limit)}, not ${shown(value)}`);
    case 'enum':
      return `${subject} ${oneOf(limit as unknown[], value, secret)}.`;
    case 'oneOf':
    case 'anyOf': {
      const choices = constants(limit);
      if (choices !== undefined) return `${subject} ${oneOf(choices, value, secret)}.`;
      const given = ways(limit, value);
      if (given === undefined) return `${subject} does not have one of the forms that it may have.`;
      const several = given.some(names => names.length > 1);
      const titles = given.map(names => joined(names.map(name => subjectAt(root, [...path, name])), ' and '));
      return `${path.length > 0 ? `${subject}: ` : ''}${joined(titles, several ? ', or ' : ' or ')} ${several ? 'are' : 'is'} required.`;
    }
    case 'minimum':
      return must(`be ${String(limit)} or more${not}`);
    case 'maximum':
      return must(`be ${String(limit)} or less${not}`);
    case 'exclusiveMinimum':
      return must(`be more than ${String(limit)}${not}`);
    case 'exclusiveMaximum':
      return must(`be less than ${String(limit)}${not}`);
    case 'multipleOf':
      return must(`be a multiple of ${String(limit)}${not}`);
    case 'minLength':
      return must(length === 0 ? 'not be empty' : `have at least ${counted(limit, 'character', 'characters')}, and has ${length}`);
    case 'maxLength':
      return must(`have at most ${counted(limit, 'character', 'characters')}, and has ${length}`);
    case 'pattern': {
      const example: unknown = Array.isArray(field.examples) ? field.examples.find(each => typeof each === 'string') : undefined;
      return must(typeof example === 'string' && !secret ? `be written like ${example}` : `match the pattern ${String(limit)}`);
    }
    case 'format':
      return must(`be ${FORMATS[String(limit)] ?? 'written otherwise'}${not}`);
    case 'minItems':
      return must(`have at least ${counted(limit, 'item', 'items')}, and has ${length}`);
    case 'maxItems':
      return must(`have at most ${counted(limit, 'item', 'items')}, and has ${length}`);
    case 'minProperties':
      return must(`have at least ${counted(limit, 'member', 'members')}`);
    case 'maxProperties':
      return must(`have at most ${counted(limit, 'member', 'members')}`);
    case 'uniqueItems':
      return `${subject} ${twice(value)}.`;
    case 'false':
      return `${subject} is not used with the other values given; leave it out.`;
    case 'propertyNames':
    case 'not':
    case 'dependentRequired':
    case 'dependencies':
      return `${subject} has a form that is not allowed.`;
    case 'contains':
      return `${subject} has no item of the kind it must have.`;
    default:
      return undefined;
  }
}

function twice(value: unknown): string {
  const known = new Map<string, number>();
  for (const [index, item] of (Array.isArray(value) ? value : []).entries()) {
    const text = JSON.stringify(item);
    const first = known.get(text);
    if (first !== undefined) return `has the same item twice, as number ${first + 1} and ${index + 1}`;
    known.set(text, index);
  }
  return 'has the same item twice';
}
