// The shapes of a `shape` fault: ways in which a real answer is given differently from what its service documents, each
// seen in a real service. They may be combined; they are applied in the order of this table, so that what changes rows
// comes before what changes lists, and what changes lists before what changes bytes.
//
// `seed` and the number of times that the fault has happened decide whatever is random: the same requests get the same
// answers.

const BOM = '\ufeff';
const CUT = '\u0001';
const DATE = /^\d{4}-\d\d-\d\d/;
const COUNTER = /^(total|count)$|_qty$|[a-z]Count$|_count$/;
const ODD_DATES = [null, '', 0, '0000-00-00 00:00:00'];
const NO = ['false', 'False', '0', 0, 'no', false];
const SIZES = ['limit', 'size', 'count', 'per_page'];

// `list`: it needs the rows. Each takes what stands beside its name in the fault, and the exchange.
const KINDS = {
  page_cap: { type: 'number', list: true, apply: (cap, { rows }) => rows.splice(cap) },
  one_short: { type: 'boolean', list: true, apply: (_, { rows, asked }) => rows.splice(Math.max(asked - 1, 1)) },
  few_rows: { type: 'number', list: true, apply: (count, { rows }) => rows.splice(count) },
  no_rows: { type: 'boolean', list: true, apply: (_, { rows }) => rows.splice(0) },
  twin_rows: { type: 'boolean', list: true, apply: (_, { rows, random }) => twice(rows, random) },
  no_key: { type: 'string', list: true, apply: (name, { rows, random }) => withoutKey(rows, name, random) },
  odd_date: { type: 'boolean', apply: (_, exchange) => change(exchange, oddDate) },
  hidden_total: { type: 'number', apply: (surplus, exchange) => change(exchange, surplusOf(surplus)) },
  number_as_text: { type: 'boolean', apply: (_, exchange) => change(exchange, numberAsText) },
  text_as_number: { type: 'boolean', apply: (_, exchange) => change(exchange, textAsNumber) },
  list_for_object: { type: 'boolean', apply: (_, exchange) => change(exchange, listForObject) },
  null_for_list: { type: 'boolean', apply: (_, exchange) => change(exchange, nullForList) },
  cut_letter: { type: ['emoji', 'utf8'], apply: (_, exchange) => change(exchange, withCut) },
  numbered_list: { type: 'boolean', list: true, apply: (_, exchange) => exchange.replaceRows(numbered(exchange)) },
  refusal: { type: ['success', 'result'], apply: (name, exchange) => refuse(name, exchange) },
  success_alone: { type: 'boolean', apply: (_, exchange) => Object.assign(exchange, { document: { success: true } }) },
  error: { type: 'object', apply: (error, exchange) => replace(error, exchange) },
  double_member: { type: 'boolean', apply: (_, exchange) => Object.assign(exchange, { doubles: true }) },
  byte_order_mark: { type: 'boolean', apply: (_, exchange) => Object.assign(exchange, { before: BOM }) },
};
const OPTIONS = { seed: 'number', rows: 'string' };
const ERROR = { code: 'number', status: 'number', as_text: 'boolean', message: 'string' };

// Throws a TypeError for what is no shape.
export function checkShape(shape) {
  if (!isObject(shape)) throw new TypeError('shape is an object: {"numbered_list": true, "seed": 1}');
  for (const [name, value] of Object.entries(shape)) {
    const type = KINDS[name]?.type ?? OPTIONS[name];
    if (type === undefined) throw new TypeError(`no such shape: ${name}`);
    if (Array.isArray(type) && !type.includes(value)) throw new TypeError(`${name} is one of ${type.join(', ')}`);
    if (!Array.isArray(type) && typeof value !== type) throw new TypeError(`${name} must be of type ${type}`);
  }
  for (const [name, value] of Object.entries(shape.error ?? {})) {
    if (typeof value !== ERROR[name]) throw new TypeError(`error has ${Object.keys(ERROR).join(', ')}`);
  }
}

// The answer in this shape; as it is when it is no JSON. `hits`: how often the fault has happened.
export function shaped(answer, shape, request, hits) {
  const document = parsed(answer.body);
  if (document === undefined) return answer;
  const exchange = {
    document,
    status: answer.status,
    random: generator((shape.seed ?? 1) * 7919 + hits),
    asked: Number(SIZES.map(name => request.query[name]).find(value => value !== undefined) ?? 100),
    doubles: false,
    before: '',
    ...listIn(document, shape.rows),
  };
  exchange.replaceRows = rows => putRows(exchange, rows);
  for (const [name, { apply, list }] of Object.entries(KINDS)) {
    const wanted = shape[name] !== undefined && shape[name] !== false;
    if (wanted && (!list || exchange.rows !== null)) apply(shape[name], exchange);
  }
  return { ...answer, status: exchange.status, body: written(exchange, shape.cut_letter) };
}

const isObject = value => typeof value === 'object' && value !== null && !Array.isArray(value);
const isEmpty = value => isObject(value) && Object.keys(value).length === 0;
const isNone = value => Array.isArray(value) && value.length === 0;
const digits = text => typeof text === 'string' && /^(0|[1-9]\d{0,14})$/.test(text);

function parsed(body) {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

// mulberry32: small, and the same everywhere.
function generator(seed) {
  let state = seed >>> 0;
  return below => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

// The list at a JSON Pointer, or the first one from outside to inside.
function listIn(document, pointer) {
  if (pointer !== undefined) {
    const path = pointer.split('/').slice(1);
    const found = path.reduce((at, token) => at?.[token], document);
    return { rows: Array.isArray(found) ? found : null, path };
  }
  let level = [{ value: document, path: [] }];
  while (level.length > 0) {
    const found = level.find(({ value }) => Array.isArray(value));
    if (found) return { rows: found.value, path: found.path };
    level = level.flatMap(({ value, path }) =>
      isObject(value) ? Object.entries(value).map(([name, inner]) => ({ value: inner, path: [...path, name] })) : [],
    );
  }
  return { rows: null, path: [] };
}

function putRows(exchange, rows) {
  const { path } = exchange;
  if (path.length === 0) {
    exchange.document = rows;
    return;
  }
  const holder = path.slice(0, -1).reduce((at, token) => at[token], exchange.document);
  holder[path.at(-1)] = rows;
}

// Calls `make` with every value and the name it has, from inside to outside.
function change(exchange, make) {
  const walk = (value, name) => {
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i += 1) value[i] = walk(value[i], '');
    } else if (isObject(value)) {
      for (const key of Object.keys(value)) value[key] = walk(value[key], key);
    }
    return make(value, name, exchange);
  };
  exchange.document = walk(exchange.document, '');
}

const oddDate = (value, _, { random }) =>
  typeof value === 'string' && DATE.test(value) && random(3) === 0 ? ODD_DATES[random(ODD_DATES.length)] : value;

const surplusOf = surplus => (value, name) => {
  if (!COUNTER.test(name)) return value;
  if (typeof value === 'number') return value + surplus;
  return digits(value) ? String(Number(value) + surplus) : value;
};

const listForObject = value => (isEmpty(value) ? [] : value);
const nullForList = value => (isNone(value) ? null : value);
const numberAsText = value => (typeof value === 'number' ? String(value) : value);
const textAsNumber = value => (digits(value) ? Number(value) : value);
// Texts that somebody wrote: no numbers, dates and addresses.
const withCut = value =>
  typeof value === 'string' && /[^\d\s:.TZ+-]/.test(value) && !value.includes('@') ? value + CUT : value;

// One row in two, the other one in capital letters where it has an address.
function twice(rows, random) {
  for (let i = rows.length - 1; i >= 0; i -= 1) {
    if (random(2) === 0) continue;
    const twin = structuredClone(rows[i]);
    if (isObject(twin) && typeof twin.email === 'string') twin.email = twin.email.toUpperCase();
    rows.splice(i + random(2), 0, twin);
  }
}

function withoutKey(rows, name, random) {
  if (rows.length === 0 || !isObject(rows[0])) return;
  const row = structuredClone(rows[0]);
  const how = random(3);
  if (how === 0) delete row[name];
  else row[name] = how === 1 ? null : '';
  rows.splice(random(rows.length + 1), 0, row);
}

// {"0": .., "2": ..}: an array of PHP from which something was taken out. Its members are in no particular order.
function numbered({ rows, random }) {
  const entries = rows.map((row, index) => [`${index * 2}`, row]);
  const object = new Map();
  while (entries.length > 0) object.set(...entries.splice(random(entries.length), 1)[0]);
  return object;
}

function refuse(name, exchange) {
  const no = NO[exchange.random(NO.length)];
  const { document } = exchange;
  exchange.document = { [name]: no, ...(isObject(document) ? document : { data: document }) };
}

function replace({ code = 401, status, as_text: asText = false, message = 'Unauthorized!' }, exchange) {
  exchange.document = { message, error_code: asText ? String(code) : code };
  exchange.status = status ?? exchange.status;
}

// JSON.stringify would sort the numbers of a list, and cannot give a name twice.
function written({ document, doubles, before, random }, cut) {
  const text = value => {
    if (Array.isArray(value)) return `[${value.map(text).join(',')}]`;
    const entries = value instanceof Map ? [...value] : isObject(value) ? Object.entries(value) : null;
    if (entries === null) return JSON.stringify(value) ?? 'null';
    const members = entries.map(([name, inner]) => {
      const member = `${JSON.stringify(name)}:${text(inner)}`;
      // What counts is the last one.
      const stale = doubles && !digits(name) && random(3) === 0;
      return stale ? `${JSON.stringify(name)}:${['null', '0', '"old"'][random(3)]},${member}` : member;
    });
    return `{${members.join(',')}}`;
  };
  const [first, ...rest] = (before + text(document)).split('\\u0001');
  const pieces = [Buffer.from(first)];
  for (const piece of rest) {
    pieces.push(cut === 'utf8' ? Buffer.from([0xd0]) : Buffer.from('\\ud83d'), Buffer.from(piece));
  }
  return Buffer.concat(pieces);
}
