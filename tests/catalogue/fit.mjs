// Whether every value of a shape fits a schema of an OpenAPI file. Problems are {place, problem}.

import { typeOf } from './shape.mjs';

const JOINED = { allOf: 1, oneOf: 1, anyOf: 1, $ref: 1 };
const MOST_ALTERNATIVES = 500;

// An OpenAPI format and what of ours is written that way.
const FORMATS = {
  'date-time': { ours: ['date-time'], example: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/ },
  date: { ours: ['date'], example: /^\d{4}-\d\d-\d\d$/ },
  'Y-m-d H:i': { ours: ['datetime_minute', 'utc_minute'], example: /^\d{4}-\d\d-\d\d \d\d:\d\d$/ },
  time: { ours: ['time'], example: /^\d\d:\d\d/ },
  email: { ours: ['email'], example: /@/ },
  uri: { ours: ['uri'], example: /^[a-z]+:/ },
  uuid: { ours: ['uuid'], example: /^[0-9a-f-]{36}$/i },
};

export class Fit {
  // `asText`: values are written as text (query, path, form), so that 1 fits "1" and the other way round where the text
  // of every value does.
  constructor(description, asText = false) {
    this.description = description;
    this.asText = asText;
  }

  // Every atom must fit one of the schema's alternatives; of those that don't, the nearest is told about.
  problems(shape, schema, place) {
    const alternatives = this.alternatives(schema);
    return shape.flatMap(atom => {
      let nearest;
      for (const alternative of alternatives) {
        const found = this.atomProblems(atom, alternative, place);
        if (found.length === 0) return [];
        if (!nearest || found.length < nearest.length) nearest = found;
      }
      return nearest;
    });
  }

  // The schema without $ref, allOf, oneOf and anyOf: a list of plain schemas of which one must fit.
  alternatives(given) {
    const schema = this.description.resolve(given);
    if (typeof schema !== 'object') return [{}];
    const own = Object.fromEntries(Object.entries(schema).filter(([name]) => !(name in JOINED)));
    let made = [own];
    const spread = choices => {
      made = made.flatMap(base => choices.map(choice => merged(base, choice)));
      if (made.length > MOST_ALTERNATIVES) throw new Error(`${this.description.file}: a schema with more than ${MOST_ALTERNATIVES} alternatives`);
    };
    for (const part of schema.allOf ?? []) spread(this.alternatives(part));
    for (const choices of [schema.oneOf, schema.anyOf])
      if (choices) spread(choices.flatMap(choice => this.alternatives(choice)));
    return made;
  }

  atomProblems(atom, schema, place) {
    if (atom.any) return [];
    const types = typesOf(schema);
    if (types.length > 0 && !types.some(type => this.fitsType(atom, type)))
      return [{ place, problem: `is ${atom.type}, not ${types.join(' or ')}` }];
    const allowed = 'const' in schema ? [schema.const] : schema.enum;
    if (allowed) return this.notAllowed(atom, allowed, place);
    if (atom.type === 'object') return this.objectProblems(atom, schema, place);
    if (atom.type === 'array') return [...boundProblems(atom, schema, place), ...this.itemProblems(atom, schema, place)];
    return [...this.formatProblems(atom, schema, place), ...(atom.values ? valueProblems(atom, schema, place) : boundProblems(atom, schema, place))];
  }

  fitsType(atom, type) {
    if (atom.type === type || (atom.type === 'integer' && type === 'number')) return true;
    if (atom.type === 'number' && type === 'integer' && atom.values?.every(Number.isInteger)) return true;
    if (!this.asText) return false;
    if (type === 'string') return !['object', 'array', 'null'].includes(atom.type);
    return atom.type === 'string' && (atom.values?.every(value => reads(value, type)) ?? false);
  }

  notAllowed(atom, allowed, place) {
    const takes = `it takes ${allowed.map(value => JSON.stringify(value)).join(', ')}`;
    if (!atom.values) return [{ place, problem: `may be any ${atom.type}; ${takes}` }];
    const same = this.asText ? (a, b) => String(a) === String(b) : (a, b) => a === b;
    const wrong = atom.values.filter(value => !allowed.some(one => same(one, value)));
    return wrong.map(value => ({ place, problem: `may be ${JSON.stringify(value)}; ${takes}` }));
  }

  formatProblems(atom, { format, type }, place) {
    const known = FORMATS[format];
    if (!known || atom.type !== 'string' || (type && typeOf(type) === 'array' && type.length > 1)) return [];
    if (atom.values) {
      const wrong = atom.values.filter(value => !known.example.test(value));
      return wrong.map(value => ({ place, problem: `may be ${JSON.stringify(value)}, which is not written as ${format}` }));
    }
    // What was chosen from the account is written as SendPulse writes it.
    if (known.ours.includes(atom.format) || atom.chosen) return [];
    return [{ place, problem: `is written as ${atom.format ?? 'any text'}, not as ${format}` }];
  }

  objectProblems(atom, schema, place) {
    const { properties, additionalProperties: extra } = schema;
    const found = [];
    for (const name of Array.isArray(schema.required) ? schema.required : [])
      if (!atom.properties?.[name]?.always) found.push({ place: `${place}.${name}`, problem: 'is required and not always sent' });
    const isFree = !properties && extra === undefined;
    for (const [name, { shape }] of Object.entries(atom.properties ?? {})) {
      if (properties?.[name]) found.push(...this.problems(shape, properties[name], `${place}.${name}`));
      else if (typeof extra === 'object') found.push(...this.problems(shape, extra, `${place}.${name}`));
      else if (!isFree && extra !== true) found.push({ place: `${place}.${name}`, problem: 'is not known' });
    }
    if (atom.open && !isFree && extra !== true) {
      if (typeof extra === 'object') found.push(...this.problems(atom.open, extra, `${place}.*`));
      else found.push({ place: `${place}.*`, problem: 'may have any members; it takes those it knows' });
    }
    return found;
  }

  itemProblems({ items = [] }, { items: schema }, place) {
    return schema === undefined ? [] : this.problems(items, schema, `${place}[]`);
  }
}

// SendPulse writes some types in its own way.
const SPELLED = { int: 'integer', sting: 'string', bool: 'boolean', float: 'number' };
const typesOf = ({ type, properties, items }) => {
  if (type === undefined) return properties ? ['object'] : items ? ['array'] : [];
  return [type].flat().map(name => SPELLED[name] ?? name);
};

const reads = (value, type) =>
  type === 'boolean' ? ['true', 'false', '1', '0'].includes(value) : ['integer', 'number'].includes(type) && /^-?\d+(\.\d+)?$/.test(value);

function valueProblems({ values }, { minimum, maximum, minLength, maxLength }, place) {
  const wrong = values.filter(value =>
    typeof value === 'number' ? value < minimum || value > maximum
    : typeof value === 'string' && (value.length < minLength || value.length > maxLength));
  return wrong.map(value => ({ place, problem: `may be ${JSON.stringify(value)}, outside the limits` }));
}

// Ours must be at least as narrow.
function boundProblems({ type, bounds = {} }, schema, place) {
  const own = { string: ['minLength', 'maxLength'], array: ['minItems', 'maxItems'], integer: ['minimum', 'maximum'], number: ['minimum', 'maximum'] }[type] ?? [];
  return own.filter(name => {
    const theirs = schema[name];
    if (theirs === undefined) return false;
    if (bounds[name] === undefined) return !(name.startsWith('min') && name !== 'minimum' && theirs === 0);
    return name.startsWith('min') ? bounds[name] < theirs : bounds[name] > theirs;
  }).map(name => ({ place, problem: `${name} is ${bounds[name] ?? 'not set'}; it takes ${schema[name]}` }));
}

function merged(base, more) {
  const all = { ...base, ...more };
  if (base.properties || more.properties) all.properties = { ...base.properties, ...more.properties };
  if (base.required || more.required) all.required = [...new Set([...(base.required ?? []), ...(more.required ?? [])])];
  return all;
}
