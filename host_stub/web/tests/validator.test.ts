// What the form says is wrong, and where.
import { expect, test } from 'vitest';
import type { PlainForm } from '../src/form/adapter';
import type { Schema, Ui } from '../src/form/schema';
import { errorsAt, faults } from '../src/form/validator';

const form = (properties: Record<string, Schema>, more: Schema = {}, ui: Ui = {}): PlainForm => ({
  schema: { type: 'object', additionalProperties: false, properties, ...more } as Schema,
  ui_schema: ui,
});
const one = (property: Schema, value: unknown) => faults(form({ it: property }), { it: value }).map(({ message }) => message);

// The sentences of the server; tests/unit/json/schema_test.cpp has them as well.
test.each<[Schema, unknown, string]>([
  [{ type: 'integer' }, 'x', '"it" must be a whole number, not the text "x".'],
  [{ type: ['integer', 'string'] }, true, '"it" must be a whole number or text, not true.'],
  [{ type: 'boolean' }, [], '"it" must be true or false, not a list.'],
  [{ type: 'string', title: 'Subject', minLength: 1 }, '', 'Subject must not be empty.'],
  [{ type: 'string', minLength: 3 }, 'ab', '"it" must have at least 3 characters, and has 2.'],
  [{ type: 'string', maxLength: 1 }, 'ab', '"it" must have at most 1 character, and has 2.'],
  [{ type: 'string', format: 'email' }, 'jane', '"it" must be an email address like jane@example.org, not "jane".'],
  [{ type: 'string', format: 'date' }, 'soon', '"it" must be a date like 2025-03-01, not "soon".'],
  [{ type: 'string', pattern: '^[0-9]+$' }, 'x', '"it" must match the pattern ^[0-9]+$.'],
  [{ type: 'string', pattern: '^[0-9]+$', examples: ['380501234567'] }, 'x', '"it" must be written like 380501234567.'],
  [{ minimum: 1 }, 0, '"it" must be 1 or more, not 0.'],
  [{ maximum: 10 }, 11, '"it" must be 10 or less, not 11.'],
  [{ enum: ['a', 2, null] }, 'b', '"it" must be one of "a", 2 or null, not "b".'],
  [{ oneOf: [{ const: 'a', title: 'A' }] }, 'b', '"it" must be "a", not "b".'],
  [{ type: 'array', minItems: 2 }, [], '"it" must have at least 2 items, and has 0.'],
  [{ type: 'array', uniqueItems: true }, [1, 1], '"it" has the same item twice, as number 1 and 2.'],
  [{ type: 'string', writeOnly: true, enum: ['one'] }, 's3cr3t', '"it" has a value that is not allowed.'],
  [{ type: 'integer', writeOnly: true }, 's3cr3t', '"it" must be a whole number, not text.'],
])('%j of %j', (schema, value, message) => expect(one(schema, value)).toEqual([message]));

test('what is missing is said at its own field', () => {
  expect(faults(form({ a: { type: 'string' } }, { required: ['a'] }), {})).toEqual([{ path: ['a'], message: '"a" is required.' }]);
});

test('what a condition asks for is said at its field', () => {
  const conditional = form({ a: { type: 'integer' }, b: { type: 'string' } }, { allOf: [{ if: { properties: { a: { const: 1 } } }, then: { required: ['b'] } }] });
  expect(faults(conditional, { a: 1 })).toEqual([{ path: ['b'], message: '"b" is required.' }]);
  expect(faults(conditional, { a: 2 })).toEqual([]);
});

test('"this or that" is one fault', () => {
  const either = form({ a: { type: 'string' }, b: { type: 'string' } }, { anyOf: [{ required: ['a'] }, { required: ['b'] }] });
  expect(faults(either, {})).toEqual([{ path: [], message: '"a" or "b" is required.' }]);
});

test('a field may be called like a keyword', () => {
  expect(faults(form({ not: { type: 'integer' } }), { not: 'x' })).toHaveLength(1);
});

test('names with special characters are found', () => {
  expect(faults(form({ 'a/b ü': { type: 'integer' } }), { 'a/b ü': 'x' })).toEqual([{ path: ['a/b ü'], message: '"a/b ü" must be a whole number, not the text "x".' }]);
});

test('a field that is drawn as a whole takes the faults of its parts', () => {
  const lines = form({ emails: { type: 'array', items: { type: 'string', format: 'email' } } });
  expect(errorsAt(lines, faults(lines, { emails: ['jane@example.org', 'jane'] }))).toEqual({
    emails: { __errors: ['Item 2 of "emails" must be an email address like jane@example.org, not "jane".'] },
  });
});

test('the fields of a list of objects take their own faults', () => {
  const list = form({ rows: { type: 'array', items: { type: 'object', properties: { a: { type: 'integer' } } } } });
  expect(errorsAt(list, faults(list, { rows: [{ a: 'x' }] }))).toEqual({ rows: { '0': { a: { __errors: ['"a" must be a whole number, not the text "x".'] } } } });
});

test('faults at places the form does not have are shown around them', () => {
  expect(errorsAt(form({ a: { type: 'string' } }), [{ path: ['unknown'], message: 'is not known' }])).toEqual({ __errors: ['unknown: is not known'] });
});
