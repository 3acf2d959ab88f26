// Scripted misbehaviour. A fault says which requests it hits and what goes wrong with them; the first fault that hits a
// request is used, others do not see it.
//
//   match   method, path (exact), path_regex, query {name: value}, account (client id), nth (hits only the n-th match)
//   times   how often it happens; -1 for ever; default 1
//   action  what replaces the answer: status + body/body_base64/headers, html, redirect, size_mb, gzip_bomb_mb
//           in what shape it comes:   shape {kind: value}, see shapes.mjs
//           what spoils the answer:   merge {field: value}, bom, trailing, truncate, bad_gzip, headers
//           how it arrives:           delay_ms, drip {bytes, every_ms}, drop
//           what happens meanwhile:   before / after [control ops], run just before or after the request's own effect
//
// A replaced answer leaves the state alone unless the action says `apply: true`; a spoilt one is the real answer, so
// its effect on the state has happened. `drop` is one of DROPS; all but before_read happen after the effect.

import { gzipSync } from 'node:zlib';
import { checkShape } from './shapes.mjs';

const DROPS = ['before_read', 'after_read', 'after_headers', 'mid_body', 'reset_stream', 'refused_stream'];
const MATCHES = ['method', 'path', 'path_regex', 'query', 'account', 'nth'];
const ACTIONS = [
  'status',
  'body',
  'body_base64',
  'headers',
  'html',
  'redirect',
  'size_mb',
  'gzip_bomb_mb',
  'shape',
  'bom',
  'merge',
  'trailing',
  'truncate',
  'bad_gzip',
  'delay_ms',
  'drip',
  'drop',
  'apply',
  'before',
  'after',
];
const REPLACING = ['status', 'body', 'body_base64', 'html', 'redirect', 'size_mb', 'gzip_bomb_mb'];

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const MEGABYTE = 1024 * 1024;

export class Faults {
  #faults = [];
  #nextId = 1;

  add({ match = {}, times = 1, action = {}, ...rest }) {
    refuseUnknown(rest, [], 'field');
    refuseUnknown(match, MATCHES, 'match');
    refuseUnknown(action, ACTIONS, 'action');
    if (action.drop !== undefined && !DROPS.includes(action.drop))
      throw new TypeError(`drop is one of ${DROPS.join(', ')}`);
    if (action.shape !== undefined) checkShape(action.shape);
    const pattern = match.path_regex === undefined ? null : new RegExp(match.path_regex);
    const fault = { id: this.#nextId, match, times, action, pattern, seen: 0, hits: 0 };
    this.#nextId += 1;
    this.#faults.push(fault);
    return describe(fault);
  }

  // Called twice for a request: before its body is read (only before_read faults can strike then) and after.
  take(request, stage) {
    for (const fault of this.#faults) {
      if ((fault.action.drop === 'before_read') !== (stage === 'before_read')) continue;
      if (fault.times >= 0 && fault.hits >= fault.times) continue;
      if (!isHit(fault, request)) continue;
      fault.seen += 1;
      if (fault.match.nth !== undefined && fault.seen !== fault.match.nth) continue;
      fault.hits += 1;
      return fault;
    }
    return null;
  }

  list() {
    return this.#faults.map(describe);
  }

  remove(id) {
    this.#faults = id === undefined ? [] : this.#faults.filter(fault => fault.id !== id);
  }
}

function refuseUnknown(object, known, what) {
  for (const name of Object.keys(object)) if (!known.includes(name)) throw new TypeError(`no such ${what}: ${name}`);
}

const describe = ({ id, match, times, action, seen, hits }) => ({ id, match, times, action, seen, hits });

function isHit({ match, pattern }, request) {
  if (match.method !== undefined && match.method !== request.method) return false;
  if (match.path !== undefined && match.path !== request.path) return false;
  if (pattern && !pattern.test(request.path)) return false;
  if (match.account !== undefined && match.account !== request.clientId) return false;
  return Object.entries(match.query ?? {}).every(([name, value]) => String(request.query[name]) === String(value));
}

export const replaces = action => REPLACING.some(name => action[name] !== undefined && action[name] !== false);

const bombs = new Map();

function gzipBomb(megabytes) {
  if (!bombs.has(megabytes)) {
    bombs.set(
      megabytes,
      gzipSync(Buffer.concat([Buffer.from('["'), Buffer.alloc(megabytes * MEGABYTE, 'a'), Buffer.from('"]')])),
    );
  }
  return bombs.get(megabytes);
}

// An answer is { status, headers, body: Buffer }.
export function scripted(action) {
  const status = action.status ?? 200;
  const json = { 'content-type': 'application/json' };
  const extra = action.headers ?? {};
  if (action.redirect) return answer(action.status ?? 302, { ...json, location: action.redirect, ...extra }, '');
  if (action.html) {
    const page = typeof action.html === 'string' ? action.html : '<html><body><h1>502 Bad Gateway</h1></body></html>';
    return answer(status, { 'content-type': 'text/html; charset=utf-8', ...extra }, page);
  }
  if (action.size_mb) {
    return answer(status, { ...json, ...extra }, `["${'a'.repeat(action.size_mb * MEGABYTE)}"]`);
  }
  if (action.gzip_bomb_mb) {
    return answer(status, { ...json, 'content-encoding': 'gzip', ...extra }, gzipBomb(action.gzip_bomb_mb));
  }
  if (action.body_base64 !== undefined) {
    return answer(status, { ...json, ...extra }, Buffer.from(action.body_base64, 'base64'));
  }
  const body = action.body ?? (status >= 400 ? { message: 'Scripted failure', error_code: status } : '');
  return answer(status, { ...json, ...extra }, typeof body === 'string' ? body : JSON.stringify(body));
}

const answer = (status, headers, body) => ({ status, headers, body: Buffer.isBuffer(body) ? body : Buffer.from(body) });

export function spoilt(answered, action) {
  let { body } = answered;
  const headers = { ...answered.headers, ...action.headers };
  if (action.merge) body = Buffer.from(JSON.stringify({ ...JSON.parse(body.toString()), ...action.merge }));
  if (action.bom) body = Buffer.concat([BOM, body]);
  if (action.trailing) {
    body = Buffer.concat([body, Buffer.from(action.trailing === true ? '\n<!-- served by 7 -->' : action.trailing)]);
  }
  if (action.bad_gzip) {
    headers['content-encoding'] = 'gzip';
    // 'plain': not gzip at all; otherwise a stream that ends too early.
    if (action.bad_gzip !== 'plain') {
      const packed = gzipSync(body);
      body = packed.subarray(0, Math.max(packed.length - 12, 10));
    }
  }
  if (action.truncate !== undefined) body = body.subarray(0, action.truncate);
  return { status: answered.status, headers, body };
}
