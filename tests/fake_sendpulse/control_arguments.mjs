// What a control call was given, and what is wrong with it.

import { parseStamp } from './clock.mjs';

export class BadRequest extends Error {
  constructor(message, status = 400) {
    super(message);
    this.status = status;
  }
}

export const missing = what => new BadRequest(`no such ${what}`, 404);

export function required(map, key, what) {
  const found = map.get(key);
  if (!found) throw missing(what);
  return found;
}

// A time may be given as milliseconds, ISO 8601, or the way SendPulse writes it.
export function when(account, value) {
  if (value === undefined || value === null) return undefined;
  const ms =
    typeof value === 'number' ? value : (parseStamp(value, account.settings.zone_offset_min) ?? Date.parse(value));
  if (!Number.isFinite(ms)) throw new BadRequest(`not a time: ${value}`);
  return ms;
}
