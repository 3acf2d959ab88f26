// Reading what a caller sent: query strings the way PHP reads them, bodies as JSON or forms, and checks that
// refuse in SendPulse's words.

import { readMultipart } from './multipart.mjs';
import { invalidArgument, refuse } from './refusals.mjs';

// PHP keeps the last of repeated names, collects `name[]`, and makes an object of `name[key]`; so `status=2&status=3` is
// 3, not both (I).
export function readQuery(text) {
  const query = {};
  if (!text) return query;
  for (const [name, value] of new URLSearchParams(text)) {
    const list = /^([^[]+)\[\d*\]$/.exec(name);
    const member = /^([^[]+)\[([^\]]+)\]$/.exec(name);
    if (!list && member) query[member[1]] = { ...query[member[1]], [member[2]]: value };
    else if (!list) query[name] = value;
    else if (Array.isArray(query[list[1]])) query[list[1]].push(value);
    else query[list[1]] = [value];
  }
  return query;
}

export function readBody(contentType, text, bytes) {
  if (!text) return {};
  if (contentType?.startsWith('multipart/form-data')) {
    const form = readMultipart(contentType, bytes);
    if (form === null) throw refuse(999);
    return form;
  }
  if (contentType?.startsWith('application/x-www-form-urlencoded')) return readQuery(text);
  try {
    return JSON.parse(text);
  } catch {
    throw refuse(999);
  }
}

export const isObject = value => typeof value === 'object' && value !== null && !Array.isArray(value);

function integer(query, name, { min, max, otherwise }) {
  const text = query[name];
  if (text === undefined || text === '') return otherwise;
  if (!/^-?\d+$/.test(text)) throw invalidArgument(name, 'must be integer');
  const value = Number(text);
  if (value < min) throw invalidArgument(name, `must be at least ${min}`);
  if (value > max) throw invalidArgument(name, `may not be greater than ${max}`);
  return value;
}

// `cap`: rows that are given at once, whatever is asked for; 0: as many as that.
export function page(query, limit = 100, cap = 0) {
  const asked = integer(query, 'limit', { min: 1, max: 100, otherwise: limit });
  return {
    limit: cap > 0 ? Math.min(asked, cap) : asked,
    offset: integer(query, 'offset', { min: 0, max: Number.MAX_SAFE_INTEGER, otherwise: 0 }),
  };
}

export function order(query, otherwise) {
  const value = query.order ?? otherwise;
  if (value !== 'asc' && value !== 'desc') throw invalidArgument('order', 'is invalid');
  return value;
}

// A boolean in a query: 1 or 0, as Laravel's rule of that name has it, by which the refusals are called [OA:bulk-email].
export function queryFlag({ account, query }, name) {
  if (account.settings.boolean_words || query[name] === undefined) return flag(query, name);
  if (query[name] !== '1' && query[name] !== '0') throw invalidArgument(name, 'is invalid');
  return query[name] === '1';
}

export function flag(query, name) {
  const value = query[name];
  if (value === undefined) return undefined;
  if (['1', 'true', true, 1].includes(value)) return true;
  if (['0', 'false', '', false, 0].includes(value)) return false;
  throw invalidArgument(name, 'is invalid');
}

export function text(body, name) {
  if (body[name] === undefined || body[name] === null || body[name] === '') throw invalidArgument(name, 'missing');
  if (typeof body[name] !== 'string') throw invalidArgument(name, 'must be string');
  return body[name];
}

export function optionalText(body, name) {
  if (body[name] === undefined || body[name] === null) return undefined;
  if (typeof body[name] !== 'string') throw invalidArgument(name, 'must be string');
  return body[name];
}

const EMAIL = /^[^\s@,"<>]+@[^\s@,"<>]+\.[^\s@,"<>]+$/;
export const isEmail = value => typeof value === 'string' && value.length <= 254 && EMAIL.test(value);

export function emails(body, max = Infinity) {
  const list = body.emails;
  if (list === undefined) throw invalidArgument('emails', 'missing');
  if (!Array.isArray(list)) throw invalidArgument('emails', 'must be array');
  if (list.length > max) throw invalidArgument('emails', `may not have more than ${max} items`);
  if (list.some(item => typeof item !== 'string')) throw invalidArgument('emails', 'is invalid');
  return list;
}

const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/;

// The documents ask for base64 of UTF-8 text in several fields; null when the value is not that.
export function fromBase64(value) {
  if (typeof value !== 'string' || !BASE64.test(value)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(value, 'base64'));
  } catch {
    return null;
  }
}

export function base64(body, name) {
  const decoded = fromBase64(text(body, name));
  if (decoded === null) throw invalidArgument(name, 'is invalid string');
  return decoded;
}
