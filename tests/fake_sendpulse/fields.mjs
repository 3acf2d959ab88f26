// Checks what a caller sent against a small table: {name: kind}, where a kind is the name of one below, with "!" behind
// it when the field is required, or a function that takes the value and its name. What the table does not name is refused.

import { isObject } from './arguments.mjs';
import { invalidArgument } from './refusals.mjs';

const isText = value => typeof value === 'string';
const isScalar = value => ['string', 'number', 'boolean'].includes(typeof value);

const KINDS = {
  text: [isText, 'must be string'],
  integer: [Number.isInteger, 'must be integer'],
  number: [value => typeof value === 'number', 'must be number'],
  boolean: [value => typeof value === 'boolean', 'must be boolean'],
  scalar: [isScalar, 'must be string, number or boolean'],
  object: [isObject, 'must be object'],
  // PHP sends and takes [] for {}.
  map: [value => isObject(value) || (Array.isArray(value) && value.length === 0), 'must be object'],
  list: [Array.isArray, 'must be array'],
  texts: [value => Array.isArray(value) && value.every(isText), 'must be array of strings'],
  integers: [value => Array.isArray(value) && value.every(Number.isInteger), 'must be array of integers'],
  // In a query everything is text.
  digits: [value => isText(value) && /^\d+$/.test(value), 'must be integer'],
};

function check(value, kind, name) {
  if (typeof kind === 'function') {
    kind(value, name);
    return;
  }
  const [fits, complaint] = KINDS[kind];
  if (!fits(value)) throw invalidArgument(name, complaint);
}

export function fields(given, table, path = '') {
  for (const name of Object.keys(given)) if (!(name in table)) throw invalidArgument(path + name, 'is unknown');
  for (const [name, kind] of Object.entries(table)) {
    const required = typeof kind === 'string' && kind.endsWith('!');
    const value = given[name];
    if (value === undefined || (required && value === '')) {
      if (required || kind.required) throw invalidArgument(path + name, 'missing');
    } else {
      check(value, required ? kind.slice(0, -1) : kind, path + name);
    }
  }
  return given;
}

// Kinds made of others.
export const required = kind => {
  const checker = (value, name) => check(value, kind, name);
  return Object.assign(checker, { required: true });
};
export const shape = table => (value, name) => {
  if (!isObject(value)) throw invalidArgument(name, 'must be object');
  fields(value, table, `${name}.`);
};
export const each = kind => (value, name) => {
  if (!Array.isArray(value)) throw invalidArgument(name, 'must be array');
  value.forEach((item, i) => check(item, kind, `${name}.${i}`));
};
export const oneOf =
  (...values) =>
  (value, name) => {
    if (!values.includes(value)) throw invalidArgument(name, 'is invalid');
  };
export const text =
  (max = Infinity) =>
  (value, name) => {
    if (!isText(value)) throw invalidArgument(name, 'must be string');
    if (value.length > max) throw invalidArgument(name, `may not be longer than ${max}`);
  };
