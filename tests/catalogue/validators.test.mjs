// The validator of plugins and hosts takes and refuses what Ajv takes and refuses: on every schema of the catalogue, on the
// schema of the manifest format, and on schemas that were made at random. Formats are left out: Ajv's are another set.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Ajv from 'ajv';
import Ajv2020 from 'ajv/dist/2020.js';
import { builtManifest } from './reference.mjs';
import { judge, seeded } from '../unit/json/judge.mjs';

const BUILD = process.env.CONNECTOR_BUILD ?? new URL('../../build/dev', import.meta.url).pathname;
const JUDGE = join(BUILD, 'tests/unit/json/json_judge');
const random = seeded('validators');
const { below, pick, chance } = random;
const ajv = () => new Ajv({ strict: false, validateFormats: false, allErrors: true });
const clone = value => JSON.parse(JSON.stringify(value));

// The names under `properties` are no keywords.
function withoutFormats(schema, named = false) {
  if (Array.isArray(schema)) return schema.map(each => withoutFormats(each));
  if (schema === null || typeof schema !== 'object') return schema;
  const out = {};
  for (const [key, value] of Object.entries(schema)) {
    if (!named && (key === 'format' || key === 'contentEncoding')) continue;
    const literal = !named && ['const', 'enum', 'default', 'examples', 'required'].includes(key);
    out[key] = literal ? value : withoutFormats(value, !named && ['properties', 'patternProperties', '$defs', 'definitions', 'dependencies'].includes(key));
  }
  return out;
}

// ---- Values for a schema ----

const TEXTS = ['', 'a', 'text', 'Ünïcödé 😀', '#aabbcc', 'en', 'EN', 'USD', 'off', 'en_US', '12:30', '2026-01-01', 'https://example.com/x', '/path', '380501234567', '+380 50 123', 'text/plain',
  'mail.example.com', '123e4567-e89b-12d3-a456-426614174000', '5f8f8c44b54764421b7156c1', 'x'.repeat(300), 'a name', 'a_name', 'x-ray', '1.0'];
const junk = (depth = 2) =>
  pick([
    () => null,
    () => chance(0.5),
    () => below(7) - 3,
    () => (below(70) - 30) / 4,
    () => 2 ** 53 - 1,
    () => pick(TEXTS),
    () => (depth > 0 ? Array.from({ length: below(4) }, () => junk(depth - 1)) : []),
    () => (depth > 0 ? Object.fromEntries(Array.from({ length: below(4) }, () => [pick(['a', 'b', 'id', 'name', 'x-y', ...TEXTS]), junk(depth - 1)])) : {}),
  ])();

function valueFor(schema, root, depth = 0) {
  if (schema === true || schema === undefined || depth > 8) return junk(1);
  if (schema === false) return junk(0);
  if (chance(0.02)) return junk();
  if (schema.$ref) return valueFor(schema.$ref === '#' ? root : schema.$ref.slice(2).split('/').reduce((at, name) => at[name], root), root, depth + 1);
  if ('const' in schema) return schema.const;
  if (schema.enum) return pick(schema.enum);
  const forms = schema.oneOf ?? (schema.properties ? undefined : schema.anyOf);
  if (forms && !forms.every(each => each.required)) return valueFor(pick(forms), root, depth + 1);
  const types = [schema.type ?? (schema.properties ? 'object' : schema.items ? 'array' : schema.pattern ? 'string' : 'any')].flat();
  switch (pick(types)) {
    case 'object': {
      const out = {};
      const crowded = chance(0.5);
      for (const [name, property] of Object.entries(schema.properties ?? {}))
        if (schema.required?.includes(name) ? !chance(0.03) : chance(crowded ? 0.5 : 0.1)) out[name] = valueFor(property, root, depth + 1);
      if (schema.additionalProperties !== false || chance(0.05))
        for (let count = schema.properties ? below(2) : 1 + below(3); count > 0; --count) out[pick(TEXTS)] = typeof schema.additionalProperties === 'object' ? valueFor(schema.additionalProperties, root, depth + 1) : junk(1);
      return out;
    }
    case 'array': {
      const least = schema.minItems ?? 0;
      return Array.from({ length: least + below(chance(0.05) ? 14 : 3) }, () => valueFor(schema.items, root, depth + 1));
    }
    case 'string': {
      if (schema.examples && chance(0.7)) return pick(schema.examples);
      const fitting = TEXTS.filter(text => (!schema.pattern || new RegExp(schema.pattern, 'u').test(text)) && [...text].length >= (schema.minLength ?? 0) && [...text].length <= (schema.maxLength ?? 1e9));
      return fitting.length > 0 && !chance(0.05) ? pick(fitting) : pick(TEXTS);
    }
    case 'integer':
      return (schema.minimum ?? 0) + below(chance(0.1) ? 1000 : 3) - (chance(0.05) ? 1 : 0);
    case 'number':
      return (schema.minimum ?? 0) + below(20) / 4;
    case 'boolean':
      return chance(0.5);
    case 'null':
      return null;
    default:
      return junk();
  }
}

// What Ajv says is missing is put in, what it says is too much is taken out, until it fits or nothing helps.
function repaired(value, schema, check) {
  for (let round = 0; round < 6 && !check(value); ++round) {
    for (const error of check.errors) {
      const names = error.instancePath.split('/').slice(1).map(name => name.replaceAll('~1', '/').replaceAll('~0', '~'));
      const parent = names.slice(0, -1).reduce((at, name) => at?.[name], value);
      const here = names.reduce((at, name) => at?.[name], value);
      if (error.keyword === 'required' && here && names.length === 0) here[error.params.missingProperty] = valueFor(schema.properties?.[error.params.missingProperty], schema);
      if (error.keyword === 'additionalProperties' && here) delete here[error.params.additionalProperty];
      if (error.keyword === 'false schema' && parent && !Array.isArray(parent)) delete parent[names.at(-1)];
    }
  }
  return value;
}

// One thing somewhere in a value is something else.
function spoilt(value) {
  const copy = clone(value);
  const places = [];
  const walk = at => {
    if (at === null || typeof at !== 'object') return;
    for (const key of Object.keys(at)) {
      places.push([at, key]);
      walk(at[key]);
    }
  };
  walk(copy);
  if (places.length === 0) return junk();
  const [at, key] = pick(places);
  switch (below(4)) {
    case 0:
      if (Array.isArray(at)) at.splice(Number(key), 1);
      else delete at[key];
      break;
    case 1:
      if (!Array.isArray(at)) {
        at[`${key}${pick(['s', '_', 'x'])}`] = at[key];
        break;
      }
    // falls through
    default:
      at[key] = junk(1);
  }
  return copy;
}

// Both judge every value; {valid, total}.
function compare(name, cases) {
  const questions = [];
  const expected = [];
  for (const { schema, values } of cases) {
    const check = ajv().compile(schema);
    questions.push({ schema, values });
    expected.push(values.map(value => check(value)));
  }
  let valid = 0;
  let total = 0;
  for (const [index, answer] of judge(JUDGE, questions).entries()) {
    const { values } = questions[index];
    assert.equal(answer.error, undefined, `${name}: ${answer.error}\n${JSON.stringify(cases[index].schema)}`);
    for (const [at, violations] of answer.violations.entries()) {
      assert.equal(violations.length === 0, expected[index][at],
        `${cases[index].name ?? name}: ${JSON.stringify(values[at]).slice(0, 2000)}\n${JSON.stringify(violations).slice(0, 1000)}\n${JSON.stringify(cases[index].schema).slice(0, 3000)}`);
      ++total;
      valid += expected[index][at] ? 1 : 0;
    }
  }
  console.log(`${name}: ${cases.length} schemas, ${total} values, ${valid} of them fit`);
  assert.ok(valid > total / 20 && valid < (total * 19) / 20, `${valid} of ${total} fit: they prove little`);
}

const described = JSON.parse(execFileSync(join(BUILD, 'connector-host'), ['--plugin-dir', join(BUILD, 'plugins'), '--json', 'describe', 'sendpulse'], { maxBuffer: 1 << 28, encoding: 'utf8' }));

test('every schema of the catalogue', () => {
  const cases = [];
  for (const [kind, list] of Object.entries({ action: described.actions, trigger: described.triggers, lookup: described.lookups, method: described.auth?.methods ?? described.methods }))
    for (const operation of list)
      for (const part of ['input', 'output']) {
        if (!operation[part]) continue;
        const schema = withoutFormats(operation[part]);
        const check = ajv().compile(schema);
        const values = [];
        for (const sample of [part === 'input' ? operation.sample_input : operation.sample].filter(each => each !== undefined)) values.push(sample, spoilt(sample), spoilt(sample));
        for (let count = 0; count < 8; ++count) {
          const made = repaired(valueFor(schema, schema), schema, check);
          values.push(made, spoilt(made));
        }
        cases.push({ name: `${kind} ${operation.id} ${part}`, schema, values });
      }
  assert.ok(cases.length > 600, `${cases.length} schemas only`);
  compare('catalogue', cases);
});

const TOOL = join(BUILD, 'plugin_api/manifest/cpi-manifest');
const VOCABULARY = ['x-ui', 'x-options', 'x-zone'];
const strict = [Ajv, Ajv2020.default ?? Ajv2020].map(Validator => schema =>
  new Validator({ strict: true, validateFormats: false }).addVocabulary(VOCABULARY).compile(schema));

test('every schema can be taken alone: strict validators compile it and judge as before', () => {
  const portable = JSON.parse(execFileSync(TOOL, ['schema', join(BUILD, 'plugins/sendpulse/sendpulse.yaml')], { maxBuffer: 1 << 28, encoding: 'utf8' }));
  const aliases = new Set();
  let judged = 0;
  let compiled = 0;
  for (const kind of ['actions', 'triggers', 'lookups'])
    for (const operation of described[kind]) {
      const { alias, ...parts } = portable[kind][operation.id];
      assert.match(alias, /^[a-zA-Z0-9_-]{1,64}$/);
      aliases.add(`${kind} ${alias}`);
      for (const [part, schema] of Object.entries(parts)) {
        const place = `${operation.id} ${part}`;
        assert.equal(schema.type, 'object', place);
        for (const keyword of ['$ref', 'allOf', 'anyOf', 'oneOf', 'not', 'enum', 'const']) assert.ok(!(keyword in schema), `${place}: ${keyword} at the top`);
        const judges = strict.map(compile => {
          try {
            return compile(schema);
          } catch (error) {
            throw new Error(`${place}: ${error.message}`);
          }
        });
        ++compiled;
        const before = ajv().compile(withoutFormats(operation[part]));
        const made = Array.from({ length: 4 }, () => repaired(valueFor(operation[part], operation[part]), operation[part], before));
        for (const value of [...made, ...made.map(spoilt), {}]) {
          ++judged;
          for (const judge of judges) assert.equal(judge(value), before(value), `${place}: ${JSON.stringify(value).slice(0, 1000)}`);
        }
      }
    }
  assert.equal(aliases.size, ['actions', 'triggers', 'lookups'].reduce((sum, kind) => sum + described[kind].length, 0));
  console.log(`taken alone: ${compiled} schemas, ${judged} values`);
  assert.ok(compiled > 600);
});

test('the schema of the manifest format', async () => {
  const schema = withoutFormats(JSON.parse(readFileSync(new URL('../../plugin_api/manifest.schema.json', import.meta.url), 'utf8')));
  const whole = await builtManifest(join(BUILD, 'plugins/sendpulse/sendpulse.yaml'));
  const values = [whole];
  for (let count = 0; count < 400; ++count) {
    const small = { ...whole };
    for (const list of ['actions', 'triggers', 'lookups']) small[list] = Array.from({ length: below(3) }, () => pick(whole[list]));
    small.$defs = Object.fromEntries(Object.entries(whole.$defs).filter(() => chance(0.05)));
    const copy = clone(small);
    values.push(chance(0.2) ? copy : spoilt(copy));
  }
  compare('manifest format', [{ schema, values }]);
});

// ---- Schemas at random ----

const name = () => pick(['a', 'b', 'c', 'ab', 'x']);
const small = () => below(4);
const document = depth =>
  pick([
    () => null,
    () => chance(0.5),
    () => below(5) - 1,
    () => (below(10) - 2) / 2,
    () => pick(['', 'a', 'b', 'ab', 'abc', 'ю', '😀']),
    ...(depth > 0 ? [() => Array.from({ length: below(4) }, () => document(depth - 1)), () => Object.fromEntries(Array.from({ length: below(4) }, () => [name(), document(depth - 1)]))] : []),
  ])();

function schemaAtRandom(depth) {
  if (depth === 0 || chance(0.05)) return chance(0.8) ? { type: pick(['null', 'boolean', 'integer', 'number', 'string', 'array', 'object']) } : chance(0.7);
  const out = {};
  const inner = () => schemaAtRandom(depth - 1);
  const several = () => Array.from({ length: 1 + below(3) }, inner);
  const KEYWORDS = [
    () => (out.type = pick(['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'])),
    () => (out.type = [pick(['integer', 'number', 'null']), pick(['string', 'array', 'object', 'boolean'])]),
    () => (out.enum = [document(1), document(0), document(0)].filter((each, at, all) => all.findIndex(other => JSON.stringify(other) === JSON.stringify(each)) === at)),
    () => (out.const = document(1)),
    () => (out[pick(['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'])] = small()),
    () => (out.multipleOf = pick([1, 2, 0.5])),
    () => (out[pick(['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'])] = small()),
    () => (out.pattern = pick(['^a', 'b', '^.{2}$'])),
    () => (out.required = [name()]),
    () => (out.uniqueItems = true),
    () => {
      out.properties = Object.fromEntries(Array.from({ length: 1 + below(3) }, () => [name(), inner()]));
      if (chance(0.5)) out.additionalProperties = false;
    },
    () => (out.additionalProperties = inner()),
    () => (out.patternProperties = { '^[ab]': inner() }),
    () => (out.propertyNames = { maxLength: 1 }),
    () => (out.items = inner()),
    () => (out.contains = inner()),
    () => (out[pick(['allOf', 'anyOf', 'oneOf'])] = several()),
    () => (out.not = inner()),
    () => Object.assign(out, { if: inner(), then: inner(), else: inner() }),
    () => (out.dependencies = { [name()]: chance(0.5) ? [name()] : inner() }),
    () => (out.properties = { ...out.properties, [name()]: { $ref: '#/definitions/one' } }),
  ];
  for (let count = 1 + below(3); count > 0; --count) pick(KEYWORDS)();
  return out;
}

test('schemas at random', () => {
  const cases = Array.from({ length: 3000 }, () => {
    const schema = schemaAtRandom(3);
    const whole = typeof schema === 'boolean' ? schema : { ...schema, definitions: { one: schemaAtRandom(1) } };
    return { schema: whole, values: Array.from({ length: 10 }, () => document(3)) };
  });
  compare('at random', cases);
});
