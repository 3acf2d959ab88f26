// What a node of a request template places, for one branch of the form: {shape, presence}, where presence is `always`,
// `maybe` or `never`. The language is that of cpi/language/placement.hpp.

import { ANY, literal, typeOf } from './shape.mjs';

// What there is to point into: `root` is an object atom, `item` the atom of an element.
export class Placing {
  constructor(root, item) {
    this.root = root;
    this.item = item;
  }

  find(pointer) {
    const relative = pointer.startsWith('./') || pointer === '.';
    const names = pointer.replace(/^\./, '').split('/').slice(1).map(name => name.replaceAll('~1', '/').replaceAll('~0', '~'));
    let shape = relative ? [this.item] : [this.root];
    let presence = 'always';
    for (const name of names) {
      const found = shape.map(atom => memberOf(atom, name));
      const there = found.filter(Boolean);
      if (there.length === 0) return NOTHING;
      if (there.length < found.length || there.some(({ always }) => !always)) presence = 'maybe';
      shape = there.flatMap(member => member.shape);
    }
    return { shape, presence };
  }

  place(node) {
    if (Array.isArray(node)) return { presence: 'always', shape: [{ type: 'array', items: this.elements(node), bounds: countOf(node) }] };
    if (typeOf(node) !== 'object') return { presence: 'always', shape: literal(node) };
    if ('$merge' in node) return this.encoded(node, this.merged(node.$merge));
    if ('$concat' in node) return this.encoded(node, { presence: 'always', shape: [this.joined(node.$concat)] });
    if ('$switch' in node) return this.encoded({ $encode: node.$encode }, this.choice(node));
    if ('$each' in node) return this.encoded(node, this.each(node));
    if ('$with' in node) return this.with(node);
    if ('$from' in node) return this.encoded(node, this.from(node));
    const properties = {};
    for (const [name, member] of Object.entries(node)) {
      const { shape, presence } = this.place(member);
      if (presence !== 'never') properties[name] = { shape, always: presence === 'always' };
    }
    return { presence: 'always', shape: [{ type: 'object', properties }] };
  }

  elements(nodes) {
    return nodes.flatMap(node => this.place(node)).filter(({ presence }) => presence !== 'never').flatMap(({ shape }) => shape);
  }

  from({ $from, $values }) {
    const found = this.find($from);
    if (!$values || found.presence === 'never') return found;
    if (!found.shape.every(atom => atom.values)) return { shape: Object.values($values).flatMap(literal), presence: 'maybe' };
    const given = found.shape.flatMap(atom => atom.values).map(String);
    const named = given.filter(value => value in $values);
    if (named.length === 0) return NOTHING;
    const presence = named.length < given.length ? 'maybe' : found.presence;
    return { shape: named.flatMap(value => literal($values[value])), presence };
  }

  each({ $each, $item }) {
    const { shape, presence } = this.find($each);
    if (presence === 'never') return NOTHING;
    const lists = shape.map(list => {
      const items = list.any ? ANY : list.items ?? [];
      const made = items.flatMap(item => new Placing(this.root, item).place($item));
      return { type: 'array', items: made.filter(each => each.presence !== 'never').flatMap(each => each.shape), bounds: list.bounds };
    });
    return { shape: lists, presence };
  }

  with({ $with, $item }) {
    const { shape, presence } = $with === '' ? { shape: [this.root], presence: 'always' } : this.find($with);
    if (presence === 'never') return NOTHING;
    const placed = shape.map(atom => new Placing(this.root, atom).place($item));
    if (placed.every(each => each.presence === 'never')) return NOTHING;
    return {
      shape: placed.filter(each => each.presence !== 'never').flatMap(each => each.shape),
      presence: presence === 'always' && placed.every(each => each.presence === 'always') ? 'always' : 'maybe',
    };
  }

  // One list of the elements of several.
  joined(nodes) {
    const lists = this.elements(nodes);
    const most = lists.reduce((sum, { bounds }) => sum + (bounds?.maxItems ?? Infinity), 0);
    return {
      type: 'array',
      items: lists.flatMap(list => (list.any ? ANY : list.items ?? [])),
      bounds: Number.isFinite(most) ? { maxItems: most } : undefined,
    };
  }

  choice({ $switch, $cases, $default }) {
    const { shape, presence } = this.find($switch);
    const named = value => $cases[value] ?? $cases['*'] ?? $default;
    let nodes = presence === 'never' ? [] : [undefined, ...Object.values($cases)];
    if (presence !== 'never' && shape.every(atom => atom.values)) nodes = shape.flatMap(atom => atom.values).map(named);
    if (presence !== 'always') nodes = [...nodes, $default];
    const placed = nodes.map(node => (node === undefined ? NOTHING : this.place(node)));
    if (placed.every(each => each.presence === 'never')) return NOTHING;
    return {
      shape: placed.flatMap(each => each.shape),
      presence: placed.every(each => each.presence === 'always') ? 'always' : 'maybe',
    };
  }

  merged(nodes) {
    let objects = [{ type: 'object', properties: {} }];
    for (const node of nodes) {
      const { shape, presence } = this.place(node);
      if (presence === 'never') continue;
      objects = objects.flatMap(under => shape.map(over => laidOver(under, over, presence)));
    }
    return { shape: objects, presence: 'always' };
  }

  encoded({ $encode = [], $default }, { shape, presence }) {
    if (presence !== 'never') for (const name of [$encode].flat()) shape = shape.map(ENCODERS[name] ?? (() => ({ any: true })));
    if ($default === undefined || presence === 'always') return { shape, presence };
    return { shape: presence === 'never' ? literal($default) : [...shape, ...literal($default)], presence: 'always' };
  }
}

const NOTHING = { shape: [], presence: 'never' };
const countOf = list => ({ maxItems: list.length });

function memberOf(atom, name) {
  if (atom.any) return { shape: ANY, always: true };
  if (atom.properties?.[name]) return atom.properties[name];
  if (atom.type === 'array' && /^\d+$/.test(name)) return { shape: atom.items, always: false };
  return atom.open && { shape: atom.open, always: false };
}

function laidOver(under, over, presence) {
  if (over.any || over.type !== 'object') return { ...under, open: ANY };
  const properties = { ...under.properties };
  for (const [name, member] of Object.entries(over.properties ?? {})) {
    const always = member.always && presence === 'always';
    const below = properties[name];
    properties[name] = always || !below
      ? { shape: member.shape, always }
      : { shape: [...below.shape, ...member.shape], always: below.always };
  }
  return { type: 'object', properties, open: over.open ?? under.open, when: under.when };
}

const text = (more = {}) => ({ type: 'string', ...more });
const lengthless = ({ values, bounds, ...atom }) => atom;
const ENCODERS = {
  base64: () => text({ encoding: 'base64' }),
  comma: () => text(),
  json: () => text(),
  text: atom => (atom.values ? text({ values: atom.values.map(String) }) : text({ format: atom.format, bounds: atom.type === 'string' ? atom.bounds : undefined })),
  number: atom => (atom.values ? { type: 'number', values: atom.values.map(Number) } : { type: 'number' }),
  date: () => text({ format: 'date' }),
  datetime: () => text({ format: 'datetime' }),
  datetime_minute: () => text({ format: 'datetime_minute' }),
  name_value: ({ open = ANY, properties = {} }) => ({
    type: 'array',
    items: [{
      type: 'object',
      properties: {
        name: { shape: [text()], always: true },
        value: { shape: [...open, ...Object.values(properties).flatMap(({ shape }) => shape)], always: true },
      },
    }],
  }),
  by_name: ({ items = ANY }) => ({
    type: 'object',
    properties: {},
    open: items.flatMap(item => memberOf(item, 'value')?.shape ?? []),
  }),
  lower: atom => (atom.values ? text({ values: atom.values.map(value => String(value).toLowerCase()) }) : lengthless(atom)),
  digits: atom => (atom.type === 'array' ? { ...atom, items: [text()] } : text()),
  unique: atom => atom,
  bool01: () => ({ type: 'integer', values: [0, 1] }),
  unix: () => ({ type: 'integer' }),
};
