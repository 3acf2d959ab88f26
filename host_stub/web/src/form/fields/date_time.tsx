// A date and time with its time zone, by default the browser's; and a date and time without a zone, in the account's time zone,
// which the field's description names.
import type { WidgetProps } from '@rjsf/utils';
import { useMemo, useState } from 'react';
import { described, labelId } from '../described';
import { formatZonedTime, knownZones, localZone, parseZonedTime, type ZonedTime } from '../zoned_time';

export function DateTime({ id, value, onChange, label, required, rawErrors, disabled }: WidgetProps) {
  const [kept, setKept] = useState<ZonedTime>({ clock: '', zone: localZone() });
  // The entry is kept as typed while it stands for the value; a different value from outside replaces it.
  const parsed = typeof value === 'string' && formatZonedTime(kept) !== value ? parseZonedTime(value) : undefined;
  const time = parsed ?? kept;
  const zones = useMemo(() => knownZones(), []);
  const change = (next: ZonedTime) => {
    setKept(next);
    onChange(formatZonedTime(next));
  };
  const { 'aria-required': _, 'aria-invalid': __, ...tied } = described(id, { errors: rawErrors });
  return (
    <div role="group" aria-labelledby={labelId(id)} className="joined date-time" {...tied}>
      <input
        id={id}
        type="datetime-local"
        aria-label={`${label}: date and time`}
        aria-required={required || undefined}
        aria-invalid={(rawErrors?.length ?? 0) > 0 || undefined}
        value={time.clock}
        disabled={disabled}
        onChange={event => change({ ...time, clock: event.target.value })}
      />
      <select aria-label={`${label}: time zone`} value={time.zone} disabled={disabled} onChange={event => change({ ...time, zone: event.target.value })}>
        {!zones.includes(time.zone) && <option value={time.zone}>UTC{time.zone}</option>}
        {zones.map(zone => (
          <option key={zone} value={zone}>
            {zone.replaceAll('_', ' ')}
            {zone === localZone() ? ' (this browser)' : ''}
          </option>
        ))}
      </select>
    </div>
  );
}

export function DateTimeLocal({ id, value, onChange, required, rawErrors, disabled }: WidgetProps) {
  const clock = typeof value === 'string' ? value.replace(/:00$/, '') : '';
  return (
    <input
      id={id}
      type="datetime-local"
      value={/T\d{2}$/.test(clock) ? `${clock}:00` : clock}
      disabled={disabled}
      onChange={event => onChange(wholeClock(event.target.value))}
      {...described(id, { errors: rawErrors, required })}
    />
  );
}

// Adds the seconds that the control leaves out when they are zero; undefined while the entry is incomplete.
const wholeClock = (clock: string): string | undefined => {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(clock)) return undefined;
  return clock.length > 16 ? clock : `${clock}:00`;
};
