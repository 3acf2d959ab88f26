import { describe, expect, test } from 'vitest';
import { formatZonedTime, knownZones, offsetOf, parseZonedTime } from '../src/form/zoned_time';

describe('a wall clock in a zone is written with the offset of that day', () => {
  test.each([
    ['2026-03-01T09:00', 'UTC', '2026-03-01T09:00:00+00:00'],
    ['2026-01-15T09:00', 'Europe/Kyiv', '2026-01-15T09:00:00+02:00'],
    ['2026-07-15T09:00', 'Europe/Kyiv', '2026-07-15T09:00:00+03:00'],
    ['2026-07-15T23:30', 'America/St_Johns', '2026-07-15T23:30:00-02:30'],
    ['2026-07-15T09:00', 'Asia/Kathmandu', '2026-07-15T09:00:00+05:45'],
    ['2026-07-15T09:00:30', '+05:30', '2026-07-15T09:00:30+05:30'],
    ['2026-03-29T03:30', 'Europe/Kyiv', '2026-03-29T03:30:00+02:00'], // skipped by the change of that night
    ['2026-10-25T03:30', 'Europe/Kyiv', '2026-10-25T03:30:00+03:00'], // there twice
  ])('%s in %s', (clock, zone, text) => expect(formatZonedTime({ clock, zone })).toBe(text));
});

test('a clock that is not whole is no time', () => {
  expect(formatZonedTime({ clock: '', zone: 'UTC' })).toBeUndefined();
  expect(formatZonedTime({ clock: '2026-03-01', zone: 'UTC' })).toBeUndefined();
});

test('a time is read with its wall clock and a zone that fits', () => {
  expect(parseZonedTime('2026-07-15T09:00:00+03:00', ['Europe/Kyiv'])).toEqual({ clock: '2026-07-15T09:00', zone: 'Europe/Kyiv' });
  expect(parseZonedTime('2026-01-15T09:00:00+03:00', ['Europe/Kyiv'])).toEqual({ clock: '2026-01-15T09:00', zone: '+03:00' });
  expect(parseZonedTime('2026-01-15T09:00:05Z', ['UTC'])).toEqual({ clock: '2026-01-15T09:00:05', zone: 'UTC' });
  expect(parseZonedTime('tomorrow')).toBeUndefined();
});

test('every zone that is offered has an offset', () => {
  for (const zone of knownZones()) expect(offsetOf({ clock: '2026-07-15T09:00', zone }), zone).toMatch(/^[+-]\d{2}:\d{2}$/);
});
