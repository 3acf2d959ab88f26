// What values a JSON Schema of an input lets through, as a list of atoms: a value is of one of them. An atom has one type,
// and as far as they are known `values` (all of them), `format`, `bounds`, `properties` {name: {shape, always}}, `open`
// (other members too: their shape, or undefined), and `items` (a shape). {any: true} is a value nobody knows anything of.
//
// A form with branches (if/then, visible_when, anyOf of required fields) gives an object atom for each branch: there a
// field that its condition hides is not sent, and one that its condition asks for always is.

export const ANY = [{ any: true }];

const BOUNDS = ['minLength', 'maxLength', 'minimum', 'maximum', 'minItems', 'maxItems'];
const TYPES = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'];
const MOST_BRANCHES = 20_000;

export const typeOf = value => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
};

// The shape of one value.
export function literal(value) {
  const type = typeOf(value);
  if (type === 'array') return [{ type, values: [value], items: value.flatMap(literal), bounds: { minItems: value.length, maxItems: value.length } }];
  if (type !== 'object') return [{ type, values: [value] }];
  const properties = Object.entries(value).map(([name, member]) => [name, { shape: literal(member), always: true }]);
  return [{ type, properties: Object.fromEntries(properties) }];
}

export class Shapes {
  // `definitions`: the manifest's $defs.
  constructor(definitions = {}) {
    this.definitions = definitions;
    this.shapes = new Map();
  }

  resolve(schema) {
    while (schema?.$ref) schema = this.definitions[schema.$ref.replace('#/$defs/', '')];
    return schema ?? true;
  }

  of(given) {
    const schema = this.resolve(given);
    if (typeof schema !== 'object') return ANY;
    if (!this.shapes.has(schema)) this.shapes.set(schema, this.made(schema));
    return this.shapes.get(schema);
  }

  made(schema) {
    if ('const' in schema) return literal(schema.const);
    if (schema.enum) return schema.enum.flatMap(literal);
    const choices = schema.oneOf ?? schema.anyOf;
    const isObject = schema.type === 'object' || schema.properties;
    if (choices && !isObject) return choices.flatMap(choice => this.of({ ...without(schema, ['oneOf', 'anyOf']), ...this.resolve(choice) }));
    const types = [schema.type ?? (isObject ? 'object' : TYPES)].flat();
    if (types.length === TYPES.length) return ANY;
    return types.flatMap(type => {
      if (type === 'object') return this.objects(schema);
      const atom = { type };
      if (type === 'boolean') atom.values = [false, true];
      if (type === 'array') atom.items = this.of(schema.items ?? true);
      if (schema.format) atom.format = schema.format;
      if (schema.contentEncoding) atom.encoding = schema.contentEncoding;
      if (schema['x-options']) atom.chosen = true;
      const bounds = BOUNDS.filter(name => name in schema).map(name => [name, schema[name]]);
      if (bounds.length > 0) atom.bounds = Object.fromEntries(bounds);
      return [atom];
    });
  }

  // The object atoms of a form, one for each choice in `asked` fields too.
  forms(given, asked) {
    const schema = this.resolve(given);
    return schema?.type === 'object' ? this.objects(schema, asked) : this.of(schema);
  }

  objects(schema, asked = []) {
    const extra = schema.additionalProperties;
    const open = extra === false ? undefined : this.of(extra ?? true);
    return this.branches(schema, asked).map(({ fields, required, when }) => ({
      type: 'object',
      when,
      open,
      properties: Object.fromEntries(
        Object.entries(fields).map(([name, field]) => [name, { shape: this.of(field), always: required.has(name) }]),
      ),
    }));
  }

  // {fields, required, when}: what the form is for each choice in the fields that its conditions ask about.
  branches(schema, asked) {
    const rules = (schema.allOf ?? []).map(rule => this.resolve(rule)).concat(schema.if ? [schema] : []);
    const alternatives = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].map(choice => this.resolve(choice));
    let found = [];
    for (const alternative of alternatives.length > 0 ? alternatives : [{}]) {
      const fields = { ...schema.properties };
      for (const [name, more] of Object.entries(alternative.properties ?? {}))
        fields[name] = { ...this.resolve(fields[name]), ...this.resolve(more) };
      const all = rules.filter(rule => !rule.if);
      for (const rule of all) Object.assign(fields, rule.properties);
      const required = [schema, alternative, ...all].flatMap(part => part.required ?? []);
      found = found.concat(this.choices(fields, new Set(required), rules.filter(rule => rule.if), asked));
    }
    return found;
  }

  choices(fields, required, rules, more) {
    const asked = new Set(more);
    for (const rule of rules) for (const name of namesIn(rule.if)) asked.add(name);
    for (const field of Object.values(fields)) for (const name of Object.keys(conditionOf(this.resolve(field)))) asked.add(name);
    const deciding = [...asked].filter(name => name in fields && this.finite(fields[name]));

    let assignments = [{}];
    for (const name of deciding) {
      const values = this.of(fields[name]).flatMap(atom => atom.values);
      if (!required.has(name)) values.push(undefined);
      assignments = assignments.flatMap(start => values.map(value => ({ ...start, [name]: value })));
      if (assignments.length > MOST_BRANCHES) throw new Error(`more than ${MOST_BRANCHES} branches in one form`);
    }
    const made = assignments.map(chosen => this.branch(fields, required, rules, deciding, chosen));
    const different = new Map(made.filter(Boolean).map(one => [JSON.stringify([one.when, [...one.required]]), one]));
    return [...different.values()];
  }

  branch(fields, required, rules, deciding, chosen) {
    const needed = new Set(required);
    const excluded = new Set();
    for (const rule of rules) {
      const holds = evaluate(rule.if, chosen, deciding);
      const part = holds === true ? rule.then : holds === false ? rule.else : undefined;
      for (const name of part?.required ?? []) needed.add(name);
      // What the rule does not let through was not chosen.
      for (const [name, narrowed] of Object.entries(part?.properties ?? {})) {
        if (narrowed === false) excluded.add(name);
        if (deciding.includes(name) && chosen[name] !== undefined && takes(this.resolve(narrowed), chosen[name]) === false) return undefined;
      }
    }
    const shown = ([name, field]) => !excluded.has(name) && (needed.has(name) || isVisible(conditionOf(this.resolve(field)), chosen, deciding));
    const kept = Object.fromEntries(Object.entries(fields).filter(shown));
    // Nobody chooses in a field that is not shown, nor leaves out what is needed.
    for (const name of deciding) {
      if (chosen[name] === undefined && needed.has(name)) return undefined;
      if (chosen[name] !== undefined && !(name in kept)) return undefined;
    }
    for (const name of deciding) {
      if (chosen[name] === undefined) delete kept[name];
      else {
        kept[name] = { const: chosen[name] };
        needed.add(name);
      }
    }
    return { fields: kept, required: needed, when: JSON.parse(JSON.stringify(chosen)) };
  }

  finite(field) {
    return this.of(field).every(atom => atom.values);
  }
}

const without = (object, names) => Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
const conditionOf = field => field?.['x-ui']?.visible_when ?? {};
const namesIn = condition => [
  ...(condition?.required ?? []),
  ...Object.keys(condition?.properties ?? {}),
  ...[...(condition?.allOf ?? []), ...(condition?.anyOf ?? []), ...(condition?.not ? [condition.not] : [])].flatMap(namesIn),
];

const isVisible = (condition, chosen, deciding) =>
  Object.entries(condition).every(([name, wanted]) => !deciding.includes(name) || [wanted].flat().includes(chosen[name]));

// Whether an `if` holds for what was chosen: true, false, or undefined where it asks about other fields.
function evaluate(condition, chosen, deciding) {
  const verdicts = [];
  for (const name of condition.required ?? []) verdicts.push(deciding.includes(name) ? chosen[name] !== undefined : undefined);
  for (const [name, schema] of Object.entries(condition.properties ?? {})) {
    if (!deciding.includes(name)) verdicts.push(undefined);
    else if (chosen[name] !== undefined) verdicts.push(takes(schema, chosen[name]));
  }
  for (const part of condition.allOf ?? []) verdicts.push(evaluate(part, chosen, deciding));
  if (condition.anyOf) verdicts.push(either(condition.anyOf.map(part => evaluate(part, chosen, deciding))));
  if (condition.not) {
    const inner = evaluate(condition.not, chosen, deciding);
    verdicts.push(inner === undefined ? undefined : !inner);
  }
  if (verdicts.includes(false)) return false;
  return verdicts.includes(undefined) ? undefined : true;
}

const either = verdicts => (verdicts.includes(true) ? true : verdicts.includes(undefined) ? undefined : false);

function takes(schema, value) {
  if (schema === false) return false;
  if ('const' in schema) return schema.const === value;
  if (schema.enum) return schema.enum.includes(value);
  if (schema.not) {
    const inner = takes(schema.not, value);
    return inner === undefined ? undefined : !inner;
  }
  return undefined;
}
