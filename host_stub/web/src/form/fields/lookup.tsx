// Fields whose choices come from the account, for one choice or several.
import type { FieldProps } from '@rjsf/utils';
import { useEffect, useState } from 'react';
import { contextOf, type Choice } from '../context';
import { described } from '../described';
import { same } from '../json';
import { asSchema, options as fieldOptions, typesOf, uiOf, type Schema } from '../schema';
import { useAccountChoices } from './choices_of_account';
import { Combobox } from './combobox';

// A choice's value in the type of the field: services return the same ID as a number or as text.
function fitting(schema: Schema, value: unknown): unknown {
  const types = typesOf(schema);
  const isText = typeof value === 'string';
  if (isText && !types.includes('string') && types.length > 0 && value.trim() !== '' && Number.isFinite(Number(value))) return Number(value);
  if (typeof value === 'number' && types.includes('string') && !types.includes('integer') && !types.includes('number')) return String(value);
  return value;
}

const alike = (a: unknown, b: unknown): boolean => same(a, b) || (typeof a !== 'object' && typeof b !== 'object' && String(a) === String(b));

export function Lookup({ fieldPathId, formData, onChange, schema, uiSchema, registry, required, disabled, rawErrors }: FieldProps) {
  const options = fieldOptions(uiSchema);
  const { path, $id: id } = fieldPathId;
  const choices = useAccountChoices(registry, options, path);
  const [picked, setPicked] = useState<Choice>();
  const isSet = formData !== undefined;
  const named = [picked, ...choices.items].find(choice => choice !== undefined && alike(choice.value, formData));
  useEffect(() => {
    if (isSet && named === undefined) choices.load();
  }, [isSet, named === undefined, choices.missing.length]);

  if (contextOf(registry).lookUp === undefined) return <ByHand id={id} value={formData} onChange={value => onChange(fitting(schema, value), path)} />;
  const shown = !isSet ? '' : named === undefined ? String(formData) : named.hint === undefined ? named.label : `${named.label} (${named.hint})`;
  return (
    <Combobox
      id={id}
      choices={choices}
      shown={shown}
      isPicked={choice => alike(choice.value, formData)}
      onPick={choice => {
        setPicked(choice);
        onChange(fitting(schema, choice.value), path);
      }}
      onClear={isSet ? () => onChange(undefined, path) : undefined}
      allowOther={options.allow_other === true}
      disabled={disabled}
      placeholder={options.placeholder}
      describedBy={described(id, { errors: rawErrors, required })}
    />
  );
}

export function Lookups({ fieldPathId, formData, onChange, schema, uiSchema, registry, required, disabled, rawErrors }: FieldProps) {
  const items = asSchema(schema.items);
  const own = fieldOptions(uiSchema);
  const options = own.lookup === undefined ? fieldOptions(uiOf(uiSchema, 'items')) : own;
  const { path, $id: id } = fieldPathId;
  const choices = useAccountChoices(registry, options, path);
  const [picked, setPicked] = useState<Choice[]>([]);
  const values: unknown[] = Array.isArray(formData) ? formData : [];
  const nameOf = (value: unknown) => [...picked, ...choices.items].find(choice => alike(choice.value, value))?.label;
  const unnamed = values.some(value => nameOf(value) === undefined);
  useEffect(() => {
    if (unnamed) choices.load();
  }, [unnamed, choices.missing.length]);

  const change = (next: unknown[]) => onChange(next.length === 0 ? undefined : next, path);
  return (
    <Combobox
      id={id}
      choices={choices}
      shown=""
      isPicked={choice => values.some(value => alike(value, choice.value))}
      onPick={choice => {
        setPicked(known => [...known, choice]);
        const had = values.some(value => alike(value, choice.value));
        change(had ? values.filter(value => !alike(value, choice.value)) : [...values, fitting(items, choice.value)]);
      }}
      allowOther={options.allow_other === true}
      staysOpen
      disabled={disabled}
      placeholder={options.placeholder ?? (values.length === 0 ? 'Choose…' : 'Choose another…')}
      describedBy={described(id, { errors: rawErrors, required })}
    >
      {values.length > 0 && (
        <ul className="chips">
          {values.map((value, index) => {
            const name = nameOf(value) ?? String(value);
            return (
              <li key={index} className="chip">
                {name}
                <button type="button" aria-label={`Remove ${name}`} disabled={disabled} onClick={() => change(values.filter((_, at) => at !== index))}>
                  ✕
                </button>
              </li>
            );
          })}
        </ul>
      )}
    </Combobox>
  );
}

// Without an account there are no choices: the value is typed.
function ByHand({ id, value, onChange }: { id: string; value: unknown; onChange: (value: unknown) => void }) {
  return (
    <input
      id={id}
      type="text"
      value={value === undefined ? '' : String(value)}
      onChange={event => onChange(event.target.value === '' ? undefined : event.target.value)}
      {...described(id, {})}
    />
  );
}
