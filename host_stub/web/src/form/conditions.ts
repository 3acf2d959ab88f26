// Checks that depend on the value: whether it is valid for a schema, and which fields its conditions require or exclude.
import { validate, type Schema as ValidatorSchema } from '@cfworker/json-schema';
import { isObject } from './json';
import type { Schema } from './schema';

// Inputs are JSON; a form leaves undefined where nothing was entered.
export const isValid = (schema: unknown, value: unknown): boolean =>
  value !== undefined && validate(withoutUndefined(value), schema as ValidatorSchema | boolean, '7').valid;

export function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(each => (each === undefined ? null : withoutUndefined(each)));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== undefined)
      .map(([name, each]) => [name, withoutUndefined(each)]),
  );
}

// The names of the members that an object must have, conditions (allOf, if/then/else) included, given its value.
export function requiredNames(schema: Schema, value: unknown): Set<string> {
  const names = new Set(schema.required ?? []);
  const add = (part: unknown) => {
    if (isObject(part)) for (const name of requiredNames(part as Schema, value)) names.add(name);
  };
  for (const part of schema.allOf ?? []) add(part);
  if (schema.if !== undefined) add(isValid(schema.if, value ?? {}) ? schema.then : schema.else);
  return names;
}

// The names of the members that an object must not have, given its value: a condition sets them to `false`.
export function excludedNames(schema: Schema, value: unknown): Set<string> {
  const names = new Set<string>();
  for (const [name, property] of Object.entries(schema.properties ?? {})) if (property === false) names.add(name);
  const add = (part: unknown) => {
    if (isObject(part)) for (const name of excludedNames(part as Schema, value)) names.add(name);
  };
  for (const part of schema.allOf ?? []) add(part);
  if (schema.if !== undefined) add(isValid(schema.if, value ?? {}) ? schema.then : schema.else);
  return names;
}
