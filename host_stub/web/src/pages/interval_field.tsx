// How often a trigger is checked.
import { useId } from 'react';
import type { OperationForm } from '../api/client';
import { everyText } from '../parts/words';

const USUAL_S = 300;
const CHOICES_S = [60, 120, 600, 1_800, 3_600, 21_600, 86_400];

export const intervalOf = (form: OperationForm): number => form.interval_s ?? USUAL_S;

export function IntervalField({ form, value, onChange }: { form: OperationForm; value: number; onChange: (seconds: number) => void }) {
  const id = useId();
  const usual = intervalOf(form);
  const choices = [...new Set([...CHOICES_S, usual, value])].filter(each => each === value || each >= (form.min_interval_s ?? 60)).sort((a, b) => a - b);
  return (
    <div className="field">
      <label className="label" htmlFor={id}>
        Check every
      </label>
      <select id={id} value={value} onChange={event => onChange(Number(event.target.value))}>
        {choices.map(each => (
          <option key={each} value={each}>
            {everyText(each)}
            {each === usual ? ' (default)' : ''}
          </option>
        ))}
      </select>
    </div>
  );
}
