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

test.each<[Schema, unknown, string]>([
  [{ type: 'integer' }, 'x', 'The value must be a whole number.'],
  [{ type: ['integer', 'string'] }, true, 'The value must be a whole number or text.'],
  [{ type: 'string', minLength: 1 }, '', 'Fill in this field.'],
  [{ type: 'string', minLength: 3 }, 'ab', 'Too short: at least 3 characters.'],
  [{ type: 'string', maxLength: 1 }, 'ab', 'Too long: at most 1 character.'],
  [{ type: 'string', format: 'email' }, 'jane', 'Enter an email address, for example jane@example.org.'],
  [{ type: 'string', format: 'date-time' }, 'soon', 'Enter a date and a time.'],
  [{ type: 'string', pattern: '^[0-9]+$' }, 'x', 'The format is not valid. See the description of this field.'],
  [{ minimum: 1 }, 0, 'Enter at least 1.'],
  [{ maximum: 10 }, 11, 'Enter at most 10.'],
  [{ oneOf: [{ const: 'a', title: 'A' }] }, 'b', 'Choose one of the options.'],
  [{ type: 'array', minItems: 2 }, [], 'Enter at least 2 entries.'],
  [{ type: 'array', uniqueItems: true }, [1, 1], 'The list has the same entry twice.'],
])('%j of %j', (schema, value, message) => expect(one(schema, value)).toEqual([message]));

test('what is missing is said at its own field', () => {
  expect(faults(form({ a: { type: 'string' } }, { required: ['a'] }), {})).toEqual([{ path: ['a'], message: 'Fill in this field.' }]);
});

test('what a condition asks for is said at its field', () => {
  const conditional = form({ a: { type: 'integer' }, b: { type: 'string' } }, { allOf: [{ if: { properties: { a: { const: 1 } } }, then: { required: ['b'] } }] });
  expect(faults(conditional, { a: 1 })).toEqual([{ path: ['b'], message: 'Fill in this field.' }]);
  expect(faults(conditional, { a: 2 })).toEqual([]);
});

test('"this or that" is one fault', () => {
  const either = form({ a: { type: 'string' }, b: { type: 'string' } }, { anyOf: [{ required: ['a'] }, { required: ['b'] }] });
  expect(faults(either, {})).toEqual([{ path: [], message: 'Fill in one of these fields.' }]);
});

test('a field may be called like a keyword', () => {
  expect(faults(form({ not: { type: 'integer' } }), { not: 'x' })).toHaveLength(1);
});

test('names with special characters are found', () => {
  expect(faults(form({ 'a/b ü': { type: 'integer' } }), { 'a/b ü': 'x' })).toEqual([{ path: ['a/b ü'], message: 'The value must be a whole number.' }]);
});

test('a field that is drawn as a whole takes the faults of its parts', () => {
  const lines = form({ emails: { type: 'array', items: { type: 'string', format: 'email' } } });
  expect(errorsAt(lines, faults(lines, { emails: ['jane@example.org', 'jane'] }))).toEqual({
    emails: { __errors: ['Entry 2: Enter an email address, for example jane@example.org.'] },
  });
});

test('the fields of a list of objects take their own faults', () => {
  const list = form({ rows: { type: 'array', items: { type: 'object', properties: { a: { type: 'integer' } } } } });
  expect(errorsAt(list, faults(list, { rows: [{ a: 'x' }] }))).toEqual({ rows: { '0': { a: { __errors: ['The value must be a whole number.'] } } } });
});

test('faults at places the form does not have are shown around them', () => {
  expect(errorsAt(form({ a: { type: 'string' } }), [{ path: ['unknown'], message: 'is not known' }])).toEqual({ __errors: ['unknown: is not known'] });
});
