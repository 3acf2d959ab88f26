// What the adapter makes of forms, case by case.
import { describe, expect, test } from 'vitest';
import { adapt, toInput, withoutStaleChoices, type PlainForm } from '../src/form/adapter';
import { requiredNames } from '../src/form/conditions';
import { at, pointerNames, replaced, same } from '../src/form/json';
import { fieldAround } from '../src/form/places';
import { options, type Schema, type Ui } from '../src/form/schema';

const form = (properties: Record<string, Schema>, more: Schema = {}, ui: Ui = {}): PlainForm => ({
  schema: { type: 'object', additionalProperties: false, properties, ...more } as Schema,
  ui_schema: ui,
});
const lookOf = (property: Schema, ui: Ui = {}): unknown => {
  const { uiSchema } = adapt(form({ it: property }, {}, { it: ui }));
  const it = uiSchema.it as Ui;
  return it['ui:field'] ?? it['ui:widget'];
};

describe('which field draws what', () => {
  test.each<[string, Schema, Ui, unknown]>([
    ['a text', { type: 'string' }, {}, 'line'],
    ['text or a number', { type: ['integer', 'string'] }, {}, 'line'],
    ['a secret', { type: 'string', writeOnly: true }, { 'ui:widget': 'password' }, 'secret'],
    ['a long text', { type: 'string' }, { 'ui:widget': 'textarea', 'ui:options': { rows: 12 } }, 'textarea'],
    ['HTML', { type: 'string', contentMediaType: 'text/html' }, { 'ui:widget': 'textarea' }, 'code'],
    ['a time', { type: 'string', format: 'date-time' }, {}, 'date_time'],
    ['a time of the account', { type: 'string', format: 'date-time-local' }, {}, 'date_time_local'],
    ['a day', { type: 'string', format: 'date' }, {}, 'date'],
    ['a file', { type: 'string', contentEncoding: 'base64' }, { 'ui:widget': 'file' }, 'file'],
    ['a colour', { type: 'string' }, { 'ui:widget': 'color' }, 'colour'],
    ['named choices without a type', { oneOf: [{ const: 'a', title: 'A' }] }, {}, 'choice'],
    ['named choices as buttons', { oneOf: [{ const: 'a', title: 'A' }] }, { 'ui:widget': 'radio' }, 'choices'],
    ['yes or no', { type: 'boolean' }, {}, 'yes_no'],
    ['a choice of the account', { type: 'integer' }, { 'ui:options': { lookup: 'lists' } }, 'lookup'],
    ['choices of the account', { type: 'array', items: { type: 'integer' } }, { items: { 'ui:options': { lookup: 'lists' } } }, 'lookups'],
    ['choices of the account, said at the list', { type: 'array', items: { type: 'integer' } }, { 'ui:options': { lookup: 'lists' } }, 'lookups'],
    ['several named choices', { type: 'array', items: { oneOf: [{ const: 1, title: 'One' }] } }, {}, 'several'],
    ['a list of texts', { type: 'array', items: { type: 'string' } }, {}, 'lines'],
    ['a list of objects', { type: 'array', items: { type: 'object', properties: { a: { type: 'string' } } } }, {}, undefined],
    ['names with values', { type: 'object', additionalProperties: { type: 'string' } }, {}, 'keyed'],
    ['names of the account with values', { type: 'object', additionalProperties: true }, { 'ui:options': { lookup: 'variables', keys: true } }, 'keyed'],
    ['an object as JSON', { type: 'object' }, { 'ui:widget': 'json' }, 'anything'],
    ['anything', { title: 'Value' }, {}, 'anything'],
  ])('%s', (_, schema, ui, look) => expect(lookOf(schema, ui)).toBe(look));

  test('the type of named choices is that of their values', () => {
    expect(adapt(form({ it: { oneOf: [{ const: 1 }, { const: 2 }] } })).schema.properties?.it).toMatchObject({ type: 'integer' });
  });

  test('"this or that" is a sentence, not a choice of forms', () => {
    const { schema, uiSchema } = adapt(form({ a: { type: 'string' }, b: { type: 'string' } }, { anyOf: [{ required: ['a'] }, { required: ['b'] }] }));
    expect(schema.anyOf).toBeUndefined();
    expect(options(uiSchema).one_of).toEqual([[['a'], ['b']]]);
  });
});

describe('what is sent', () => {
  const shown: PlainForm = form(
    { content: { oneOf: [{ const: 'html' }, { const: 'template' }], default: 'html' }, html: { type: 'string' }, template: { type: 'string' }, tags: { type: 'array' }, test: { type: 'boolean' } },
    {},
    { html: { 'ui:options': { visible_when: { content: ['html'] } } }, template: { 'ui:options': { visible_when: { content: ['template'] } } } },
  );
  test('nothing of what was not touched', () => expect(toInput(shown, {})).toEqual({}));
  test('false and 0 are values', () => expect(toInput(form({ a: { type: 'boolean' }, b: { type: 'integer' } }), { a: false, b: 0 })).toEqual({ a: false, b: 0 }));
  test('nothing of what is hidden', () => {
    expect(toInput(shown, { content: 'template', html: 'x', template: '7' })).toEqual({ content: 'template', template: '7' });
  });
  test('nothing of what a condition excludes, nor of what hangs on that', () => {
    const reason = { if: { required: ['channel'], properties: { channel: { const: 'messenger' } } }, else: { properties: { reason: false } } };
    const tag = { if: { required: ['reason'], properties: { reason: { const: 'later' } } }, then: { required: ['tag'] }, else: { properties: { tag: false } } };
    const one = form({ channel: { type: 'string' }, reason: { type: 'string' }, tag: { type: 'string' } }, { allOf: [reason, tag] });
    const all = { channel: 'messenger', reason: 'later', tag: 'agent' };
    expect(toInput(one, all)).toEqual(all);
    expect(toInput(one, { ...all, channel: 'viber' })).toEqual({ channel: 'viber' });
  });
  test('a field that nobody touched has its default when another depends on it', () => {
    expect(toInput(shown, { html: 'x', template: '7' })).toEqual({ html: 'x' });
  });
  test('no empty lists and groups, unless they are required', () => {
    expect(toInput(shown, { tags: [] })).toEqual({});
    expect(toInput(form({ tags: { type: 'array' } }, { required: ['tags'] }), { tags: [] })).toEqual({ tags: [] });
  });
  test('no list entries that were never filled in', () => {
    const list = form({ rows: { type: 'array', items: { type: 'object', properties: { a: { type: 'string' } } } } });
    expect(toInput(list, { rows: [undefined, { a: 'x', b: undefined }] })).toEqual({ rows: [{ a: 'x' }] });
  });
  test('the default of what is required', () => {
    const required = form({ kind: { type: 'string', default: 'text' }, other: { type: 'string', default: 'x' } }, { required: ['kind'] });
    expect(toInput(required, {})).toEqual({ kind: 'text' });
  });
});

test('what is required depends on conditions', () => {
  const { schema } = form({}, { required: ['a'], allOf: [{ if: { required: ['a'], properties: { a: { const: 1 } } }, then: { required: ['b'] }, else: { required: ['c'] } }] });
  expect([...requiredNames(schema, { a: 1 })]).toEqual(['a', 'b']);
  expect([...requiredNames(schema, { a: 2 })]).toEqual(['a', 'c']);
});

describe('choices that depend on another field', () => {
  const dependent = form(
    { list: { type: 'integer' }, name: { type: 'string' }, rows: { type: 'array', items: { type: 'object', properties: { variable: { type: 'string' } } } } },
    {},
    {
      name: { 'ui:options': { lookup: 'variables', depends_on: { list_id: 'list' } } },
      rows: { items: { variable: { 'ui:options': { lookup: 'variables', depends_on: { list_id: 'list' } } } } },
    },
  );
  test('are emptied when it changes, also inside of lists', () => {
    const before = { list: 1, name: 'x', rows: [{ variable: 'y' }] };
    expect(withoutStaleChoices(dependent, before, { ...before, list: 2 })).toEqual({ list: 2, rows: [{}] });
  });
  test('stay when something else changes', () => {
    const before = { list: 1, name: 'x' };
    expect(withoutStaleChoices(dependent, before, { ...before, other: 2 })).toEqual({ ...before, other: 2 });
  });
  test('stay when they change together with it', () => {
    expect(withoutStaleChoices(dependent, {}, { list: 1, name: 'x' })).toEqual({ list: 1, name: 'x' });
  });
  test('a field is looked for in the objects around, the innermost first', () => {
    const data = { list: 1, rows: [{ list: 2 }, {}] };
    expect(fieldAround(data, ['rows', 0, 'variable'], 'list')).toBe(2);
    expect(fieldAround(data, ['rows', 1, 'variable'], 'list')).toBe(1);
    expect(fieldAround(data, ['name'], 'nothing')).toBeUndefined();
  });
});

test('JSON pointers and places', () => {
  expect(pointerNames('/a~1b/0/~0')).toEqual(['a/b', '0', '~']);
  expect(at({ a: [{ b: 1 }] }, ['a', 0, 'b'])).toBe(1);
  expect(at({ a: 1 }, ['toString'])).toBeUndefined();
  expect(replaced({ a: [{ b: 1 }], c: 2 }, ['a', 0, 'b'], undefined)).toEqual({ a: [{}], c: 2 });
  expect(same({ a: 1, b: [null] }, { b: [null], a: 1 })).toBe(true);
  expect(same({ a: 1 }, { a: 1, b: undefined })).toBe(false);
});
