// Answers from a recording of `connector-host probe`: the kinds, formats, counts, members and orders of a real account,
// with values that are made up here. Row number i always has the same values, in whichever answer and page it comes.
//
// What a recording does not have cannot come back: how members hang together (sums, the same ID in two lists), the
// meaning of numbers, error codes.

import { Answer } from './answers.mjs';

const FORMAT = 'connector-probe/1';
const FIRST_ID = { 1: 0, '2-4': 1000, '5-9': 500_000, '10-18': 380_501_000_000, '19+': 1e19 };
const START = Date.UTC(2026, 0, 5, 10);
const PLACEHOLDER = '{}';

// The ID of the place in which the writes of a recording are answered: the mailing list of `probe --writes`.
export const WRITTEN_PLACE = '4242';

export class Recording {
  #requests;
  #writes;

  constructor(recording) {
    if (recording?.recording !== FORMAT) throw new TypeError(`not a recording of the format ${FORMAT}`);
    this.#requests = recording.requests
      .filter(({ answered }) => answered)
      .map(request => ({ ...request, pattern: patternOf(request.path) }));
    this.#writes = (recording.writes?.requests ?? []).map(request => ({
      ...request,
      pattern: patternOf(request.path.replace(PLACEHOLDER, WRITTEN_PLACE)),
      given: 0,
    }));
  }

  // Null for a path that was not recorded.
  answerTo({ method, path, query }) {
    const written = this.#nextWrite(method, path, query);
    if (written) return written.answered ? answer(written, aboutPlace(written, path)) : null;
    const ofPath = this.#requests.filter(each => each.method === method && each.pattern.test(path));
    if (ofPath.length === 0) return null;
    const exact = ofPath.filter(each => asks(each.query, query)).sort((a, b) => blanks(a) - blanks(b))[0];
    if (exact) return answer(exact, this.#valueOf(exact, path));
    const whole = this.#longest(ofPath);
    if (whole === null) return answer(ofPath[0], valueOf(ofPath[0].body, 0));
    const rows = rowsOf(whole.value);
    if (rows.length < 2) return answer(whole.each, this.#valueOf(whole.each, path));
    const from = Number(query.offset ?? query.skip ?? 0);
    rows.splice(0, from);
    rows.splice(Number(query.limit ?? query.size ?? rows.length));
    return answer(whole.each, whole.value);
  }

  // What was recorded while writing comes in the recorded order; after the last one, that one again.
  #nextWrite(method, path, query) {
    const same = this.#writes.filter(each => each.method === method && each.pattern.test(path) && asks(each.query, query));
    const next = same.find(each => each.given === 0) ?? same.at(-1);
    if (next) next.given += 1;
    return next;
  }

  // The answer with the most rows, or null if none was a success.
  #longest(requests) {
    return (
      requests
        .filter(each => each.status < 300 && each.body)
        .map(each => ({ each, value: valueOf(each.body, 0) }))
        .sort((a, b) => rowsOf(b.value).length - rowsOf(a.value).length)[0] ?? null
    );
  }

  // A single item, /things/ID, is the row of /things that has the ID: what both have is the same.
  #valueOf(request, path) {
    const value = valueOf(request.body, 0);
    if (!request.path.endsWith(`/${PLACEHOLDER}`) || request.status > 299) return value;
    const of = path.slice(0, path.lastIndexOf('/'));
    const list = this.#longest(this.#requests.filter(each => each.method === request.method && each.pattern.test(of)));
    const id = path.slice(of.length + 1);
    const row = list === null ? undefined : rowsOf(list.value).find(each => String(each?.id) === id);
    const item = Array.isArray(value) ? value[0] : value;
    if (row === undefined || item === null || typeof item !== 'object') return value;
    for (const name of Object.keys(item)) if (name in row) item[name] = row[name];
    return value;
  }
}

// The place itself, /things/ID, is answered with the ID that was asked for.
function aboutPlace(request, path) {
  const value = valueOf(request.body, 0);
  const item = Array.isArray(value) ? value[0] : value;
  if (request.path.endsWith(`/${PLACEHOLDER}`) && item?.id !== undefined) {
    const id = path.slice(path.lastIndexOf('/') + 1);
    item.id = typeof item.id === 'number' ? Number(id) : id;
  }
  return value;
}

function patternOf(path) {
  const parts = path.split(PLACEHOLDER).map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^/]+')}$`);
}

const blanks = ({ query }) => Object.values(query).filter(value => value === PLACEHOLDER).length;

// true and false are 1 and 0 in a query.
const written = value => ({ true: '1', false: '0' })[value] ?? String(value);

function asks(recorded, query) {
  const names = Object.keys(recorded);
  return (
    names.length === Object.keys(query).length &&
    names.every(name => name in query && (recorded[name] === PLACEHOLDER || written(recorded[name]) === written(query[name])))
  );
}

// The longest list at the root, or one or two members below it.
function rowsOf(value) {
  const found = [];
  const look = (node, depth) => {
    if (Array.isArray(node)) found.push(node);
    else if (node !== null && typeof node === 'object' && depth < 2)
      for (const each of Object.values(node)) look(each, depth + 1);
  };
  look(value, 0);
  return found.sort((a, b) => b.length - a.length)[0] ?? [];
}

const HEADER = { '{digits}': '1', '{decimal}': '1.5', date: null };

function answer({ status, headers, body, unreadable_body: unreadable }, value) {
  const given = Object.entries(headers)
    .map(([name, shown]) => [name, shown in HEADER ? HEADER[shown] : shown === 'other' ? 'application/octet-stream' : shown])
    .filter(([, shown]) => shown !== null);
  const text = body ? JSON.stringify(value) : unreadable === '0' ? '' : '<p>not JSON</p>';
  return new Answer(status, Buffer.from(text), Object.fromEntries(given));
}

// ---- Values

// The value of one place: `index` is that of its row, `seat` its number among all values that were seen there; `orders`
// and `total` are those of the list that it is in.
function valueOf(shape, index, seat = 0, orders = {}, total = 1) {
  let left = seat;
  for (const kind of shape?.kinds ?? []) {
    if (left < kind.count) return made(kind, index, seat, left, orders, total);
    left -= kind.count;
  }
  return undefined;
}

function made(kind, index, seat, left, orders, total) {
  if (kind.kind === 'object') return object(kind, index, left, orders, total);
  if (kind.kind === 'list') return list(kind, index, left);
  const place = placed(orders[''], index, seat, total);
  switch (kind.kind) {
    case 'null':
      return null;
    case 'boolean':
      return true;
    case 'integer':
      return (kind.negative ? -1 : 1) * integer(kind.digits, place);
    case 'decimal':
      return (kind.negative ? -1 : 1) * (integer(kind.digits, place) + 0.5);
    case 'text':
      return text(kind, place);
    default:
      throw new TypeError(`unknown kind in a recording: ${kind.kind}`);
  }
}

// "a/b": the order of b in a.
const under = (orders, name) =>
  Object.fromEntries(
    Object.entries(orders)
      .filter(([path]) => path === name || path.startsWith(`${name}/`))
      .map(([path, order]) => [path.slice(name.length + 1), order]),
  );

function object({ members, count }, index, seat, orders, total) {
  const entries = [];
  for (const [name, shape] of Object.entries(members)) {
    const values = shape.kinds.reduce((sum, kind) => sum + kind.count, 0);
    // A name in braces stands for names that were data.
    const isData = name.startsWith('{');
    const times = isData ? Math.ceil(values / count) : 1;
    for (let i = 0; i < times; ++i) {
      const value = valueOf(shape, index, seat * times + i, under(orders, name), total);
      if (value !== undefined) entries.push([isData ? madeUpName(name, i) : name, value]);
    }
  }
  return Object.fromEntries(entries);
}

const madeUpName = (name, i) => (name === '{digits}' ? String(i) : name === '{email}' ? `person${i}@example.org` : `member ${i}`);

// Values are made from a number, and grow with it. A list without an order gets none.
function placed(order, index, seat, total) {
  const first = index - seat;
  if (order === 'descending') return first + total - 1 - seat;
  if (order === 'equal') return first;
  if (order === 'ascending' || total < 3) return index;
  return first + ((seat * 2 + 1) % (total % 2 === 0 ? total + 1 : total)) % total;
}

function list({ least, most, elements, order = {} }, index, seat) {
  const length = seat === 0 ? most : least;
  return Array.from({ length }, (_, i) => valueOf(elements, index + i, i, order, length) ?? null);
}

const integer = (digits, index) => (digits === '1' ? index % 10 : FIRST_ID[digits] + index);

const shortest = length => Number(length.split(/[-+]/)[0]);
const padded = (value, length) => value.padEnd(shortest(length), 'x');

function time(index, fraction) {
  const stamp = new Date(START + index * 60_000).toISOString();
  return { day: stamp.slice(0, 10), clock: stamp.slice(11, 19) + (fraction ? '.000' : '') };
}

function text({ format, length, fraction, value }, index) {
  if (value !== undefined) return value;
  const { day, clock } = time(index, fraction);
  switch (format) {
    case 'empty':
      return '';
    case 'digits':
      return length === '1-4' ? String(1000 + (index % 9000)) : String(10 ** (shortest(length) - 1) + index);
    case 'decimal':
      return `${index}.5`.padEnd(shortest(length), '0');
    case 'email':
      return `${`person${index}`.padEnd(shortest(length) - '@example.org'.length, 'x')}@example.org`;
    case 'url':
      return padded(`https://example.org/${index}`, length);
    case 'uuid':
      return `00000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`;
    case 'hex':
      return index.toString(16).padStart(length === '17-32' ? 24 : shortest(length), '0').replace(/^0/, '6');
    case 'date':
      return day;
    case 'zero-date':
      return '0000-00-00 00:00:00';
    case 'date-time-space':
      return `${day} ${clock}`;
    case 'date-time-space-minute':
      return `${day} ${clock.slice(0, 5)}`;
    case 'date-time-space-offset':
      return `${day} ${clock}+03:00`;
    case 'date-time-space-utc':
      return `${day} ${clock}Z`;
    case 'date-time-t':
      return `${day}T${clock}`;
    case 'date-time-t-offset':
      return `${day}T${clock}+03:00`;
    case 'date-time-t-utc':
      return `${day}T${clock}Z`;
    case 'offset':
      return '+03:00';
    case 'zone-name':
      return 'Europe/Kyiv';
    case 'phone':
      return `+${380_501_000_000 + index}`;
    case 'html':
      return padded(`<p>${index}</p>`, length);
    case 'word':
      return padded(`w${index}`, length);
    default:
      return padded(`Text ${index}.`, length);
  }
}
