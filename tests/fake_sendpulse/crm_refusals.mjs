// How the CRM says no. Its error bodies are not described anywhere, so the fake takes the form of the framework that its
// answers look like: a sentence, and a list of complaints for each field.

import { check } from './checks.mjs';
import { Refusal } from './refusals.mjs';

export function crmRefusal(status, message, errors) {
  const refusal = new Refusal(status, undefined, message);
  refusal.body = errors ? { message, errors } : { message };
  return refusal;
}

export const invalid = (name, complaint) =>
  crmRefusal(422, 'The given data was invalid.', { [name]: [`The ${name} field ${complaint}.`] });

export const crmCheck = (body, description) => check(body, description, invalid);

export function found(map, id, what) {
  const item = map.get(Number(id));
  if (!item) throw crmRefusal(404, `${what} not found`);
  return item;
}

export const oneOf = (body, name, values) => {
  if (body[name] !== undefined && !values.includes(body[name])) throw invalid(name, 'is invalid');
};

export const NOTIFY = ['0', '15min', '30min', '1h', '2h', '3h', '6h', '12h', '24h', '2d', '3d', '4d', '5d', '6d', '7d'];

export function assignGiven(target, body, names) {
  for (const name of names) if (body[name] !== undefined) target[name] = body[name];
  return target;
}
