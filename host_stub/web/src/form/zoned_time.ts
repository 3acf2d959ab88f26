// Converts between a local date and time in a time zone and RFC 3339 with an offset. Pure.

export interface ZonedTime {
  clock: string; // YYYY-MM-DDThh:mm[:ss], as in <input type="datetime-local">
  zone: string; // an IANA name, or an offset like +05:30
}

const DAY_MS = 86_400_000;
const PATTERN = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2})(:\d{2}(?:\.\d+)?)?([Zz]|[+-]\d{2}:\d{2})$/;

export const localZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

// `zones`: the first of these zones with the same offset gives the zone's name. Undefined when the text is not an RFC 3339 time.
export function parseZonedTime(text: string, zones: readonly string[] = [localZone(), 'UTC']): ZonedTime | undefined {
  const found = PATTERN.exec(text);
  if (!found) return undefined;
  const [, day = '', minute = '', second = '', offset = ''] = found;
  const clock = `${day}T${minute}${Number(second.slice(1)) === 0 ? '' : second}`;
  const plain = offset.toUpperCase() === 'Z' ? '+00:00' : offset;
  return { clock, zone: zones.find(zone => offsetOf({ clock, zone }) === plain) ?? plain };
}

// RFC 3339; undefined while the clock is incomplete.
export function formatZonedTime(time: ZonedTime): string | undefined {
  if (!/^\d{4,}-\d{2}-\d{2}T\d{2}:\d{2}/.test(time.clock)) return undefined;
  const seconds = time.clock.length > 16 ? '' : ':00';
  return `${time.clock}${seconds}${offsetOf(time)}`;
}

// The zone's offset at that local time, like +02:00. A local time that a daylight-saving change skips or repeats takes the
// offset before the change.
export function offsetOf({ clock, zone }: ZonedTime): string {
  if (/^[+-]\d{2}:\d{2}$/.test(zone)) return zone;
  const asIfUtc = Date.parse(`${clock}Z`);
  if (Number.isNaN(asIfUtc)) return '+00:00';
  const [before, after] = [offsetMinutes(asIfUtc - DAY_MS, zone), offsetMinutes(asIfUtc + DAY_MS, zone)];
  const holds = (offset: number) => offsetMinutes(asIfUtc - 60_000 * offset, zone) === offset;
  const minutes = !holds(before) && holds(after) ? after : before;
  const sign = minutes < 0 ? '-' : '+';
  const two = (number: number) => String(number).padStart(2, '0');
  return `${sign}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
}

function offsetMinutes(at: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(at);
  const part = (type: string) => Number(parts.find(each => each.type === type)?.value ?? 0);
  const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return Math.round((wall - Math.floor(at / 1000) * 1000) / 60_000);
}

// The zones to choose from, the browser's own first.
export function knownZones(): string[] {
  return [...new Set([localZone(), 'UTC', ...Intl.supportedValuesOf('timeZone')])];
}
