// Holds a JSON body or a query against a small description of it, and refuses what it does not allow: unknown members,
// missing ones, wrong types. A description maps names to `[type]`, with `!` for required ones:
//
//   check(body, { email: 'object!', 'emails': 'string[]', priority: 'integer' })

import { isObject } from './arguments.mjs';

const DATE = /^\d{4}-\d\d-\d\d$/;
const MINUTE = /^\d{4}-\d\d-\d\d \d\d:\d\d$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const TYPES = {
  string: value => typeof value === 'string',
  text: value => typeof value === 'string' && value !== '',
  integer: Number.isInteger,
  number: Number.isFinite,
  boolean: value => typeof value === 'boolean',
  object: isObject,
  array: Array.isArray,
  any: () => true,
  date: value => typeof value === 'string' && DATE.test(value) && !Number.isNaN(Date.parse(value)),
  minute: value => typeof value === 'string' && MINUTE.test(value) && !Number.isNaN(Date.parse(`${value.replace(' ', 'T')}Z`)),
  uuid: value => typeof value === 'string' && UUID.test(value),
  // In a query everything is text.
  digits: value => typeof value === 'string' && /^\d+$/.test(value),
};

function fits(type, value) {
  if (type.endsWith('?')) return value === null || fits(type.slice(0, -1), value);
  if (type.endsWith('[]')) return Array.isArray(value) && value.every(item => fits(type.slice(0, -2), item));
  return TYPES[type](value);
}

// Calls `refuse(name, complaint)` for the first thing that is wrong, and throws what it gives.
export function check(body, description, refuse) {
  for (const name of Object.keys(body)) if (!(name in description)) throw refuse(name, 'is unknown');
  for (const [name, written] of Object.entries(description)) {
    const required = written.endsWith('!');
    const type = required ? written.slice(0, -1) : written;
    const value = body[name];
    if (value === undefined) {
      if (required) throw refuse(name, 'missing');
    } else if (!fits(type, value)) throw refuse(name, `must be ${type}`);
  }
  return body;
}
