// The virtual clock. Everything the fake dates or expires reads it; only the per-second rate limit,
// which is about real traffic, uses real time.

export class Clock {
  #offsetMs = 0;
  #frozenAt = null;

  now() {
    return this.#frozenAt ?? Date.now() + this.#offsetMs;
  }

  advance(seconds) {
    this.#moveTo(this.now() + seconds * 1000);
  }

  set(when) {
    const ms = typeof when === 'number' ? when : Date.parse(when);
    if (!Number.isFinite(ms)) throw new TypeError(`not a time: ${when}`);
    this.#moveTo(ms);
  }

  // A frozen clock moves only when it is told to, so that dates in a test are exact.
  freeze(frozen) {
    const now = this.now();
    this.#frozenAt = frozen ? now : null;
    this.#offsetMs = now - Date.now();
  }

  reset() {
    this.#offsetMs = 0;
    this.#frozenAt = null;
  }

  describe() {
    const ms = this.now();
    return { now_ms: ms, now: new Date(ms).toISOString(), frozen: this.#frozenAt !== null };
  }

  #moveTo(ms) {
    if (this.#frozenAt !== null) this.#frozenAt = ms;
    else this.#offsetMs = ms - Date.now();
  }
}

// The email API writes dates without a zone, to the second [GO]. Which zone is not documented, so the fake
// writes the account's own (settings.zone_offset_min), which is deliberately not UTC.
export function stamp(ms, zoneOffsetMin) {
  return new Date(ms + zoneOffsetMin * 60_000).toISOString().slice(0, 19).replace('T', ' ');
}

const STAMP = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)$/;

function isZone(name) {
  try {
    return name !== '' && new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

// The instant at which clocks of an IANA zone, or of an offset like +03:00, show `YYYY-MM-DD hh:mm[:ss]`; of two the
// first, and of an hour that is left out what PHP makes of it: the clock before the change goes on. By Node's own rules,
// which are independent of the plugin's.
export function instantIn(zone, text) {
  const wall = Date.parse(`${text.replace(' ', 'T')}${text.length === 16 ? ':00' : ''}Z`);
  const fixed = /^([+-])(\d\d):(\d\d)$/.exec(zone);
  if (fixed) return wall - (fixed[1] === '-' ? -1 : 1) * (fixed[2] * 60 + Number(fixed[3])) * 60_000;
  if (!isZone(zone)) return wall;
  const shown = ms => Date.parse(`${new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' }).format(ms).replace(' ', 'T')}Z`);
  const offsets = [-86_400_000, 86_400_000].map(far => shown(wall + far) - wall - far);
  for (const offset of [Math.max(...offsets), Math.min(...offsets)]) if (shown(wall - offset) === wall) return wall - offset;
  return wall - offsets[0];
}

// The reverse of stamp(); null when the text is not such a date.
export function parseStamp(text, zoneOffsetMin) {
  if (typeof text !== 'string' || !STAMP.test(text)) return null;
  const ms = Date.parse(`${text.replace(' ', 'T')}Z`);
  return Number.isNaN(ms) ? null : ms - zoneOffsetMin * 60_000;
}
