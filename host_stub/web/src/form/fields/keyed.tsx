// Names with values: an object whose members the manifest does not declare. Names that the account knows (the variables of a
// mailing list) are fields of their own; others can be added.
import type { FieldProps } from '@rjsf/utils';
import { useEffect, useRef, useState } from 'react';
import { described, labelId } from '../described';
import { isObject } from '../json';
import { asSchema, options as fieldOptions, typesOf, type Schema } from '../schema';
import { useAccountChoices } from './choices_of_account';

interface Row {
  key: number;
  name: string;
  text: string;
}

// A value as text for editing. Where text is allowed, text stays text.
const textOf = (value: unknown): string => (typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value));

function valueOf(schema: Schema, text: string, before: unknown): unknown {
  const types = typesOf(schema);
  const wasText = typeof before === 'string';
  if ((types.length === 0 || types.includes('string')) && (wasText || before === undefined || text === '')) return text;
  try {
    const value: unknown = JSON.parse(text);
    const fits = types.length === 0 || types.includes(typeof value) || (types.includes('integer') && Number.isInteger(value)) || (types.includes('array') && Array.isArray(value));
    return fits ? value : text;
  } catch {
    return text;
  }
}

export function Keyed({ fieldPathId, formData, onChange, schema, uiSchema, registry, disabled, rawErrors }: FieldProps) {
  const { path, $id: id } = fieldPathId;
  const options = fieldOptions(uiSchema);
  const fromAccount = options.lookup !== undefined;
  const choices = useAccountChoices(registry, options, path);
  const known = fromAccount ? choices.items : [];
  const value: Record<string, unknown> = isObject(formData) ? formData : {};
  const each = asSchema(schema.additionalProperties);
  const nextKey = useRef(0);
  const knownNames = new Set(known.map(choice => String(choice.value)));
  // Added rows; a row without a name is not part of the value yet.
  const [rows, setRows] = useState<Row[]>(() => Object.entries(value).map(([name, text]) => ({ key: nextKey.current++, name, text: textOf(text) })));
  const others = rows.filter(row => !knownNames.has(row.name));

  const { state, missing, hasMore, load, more } = choices;
  useEffect(() => {
    if (fromAccount && state === 'idle' && missing.length === 0) load();
    if (fromAccount && state === 'ready' && hasMore) more();
  }, [fromAccount, state, missing.length, hasMore]);
  // The value was emptied from outside because a field that it depends on has changed.
  const isGone = formData === undefined && rows.some(row => row.name !== '' && row.text !== '');
  useEffect(() => {
    if (isGone) setRows([]);
  }, [isGone]);

  const send = (next: Record<string, unknown>) => onChange(Object.keys(next).length === 0 ? undefined : next, path);
  const setKnown = (name: string, text: string) => {
    const { [name]: before, ...rest } = value;
    send(text === '' ? rest : { ...rest, [name]: valueOf(each, text, before) });
  };
  const setRowsAndSend = (next: Row[]) => {
    setRows(next);
    const out: Record<string, unknown> = Object.fromEntries(Object.entries(value).filter(([name]) => knownNames.has(name)));
    for (const row of next) if (row.name !== '' && !knownNames.has(row.name)) out[row.name] = valueOf(each, row.text, value[row.name]);
    send(out);
  };

  const { 'aria-required': _, 'aria-invalid': __, ...tied } = described(id, { errors: rawErrors });
  const kind = typesOf(each).every(type => type === 'integer' || type === 'number') && typesOf(each).length > 0 ? 'decimal' : undefined;
  return (
    <div id={id} tabIndex={-1} role="group" aria-labelledby={labelId(id)} className="keyed" {...tied}>
      {fromAccount && missing.length > 0 && <p className="hint">Fill in first: {missing.join(', ')}.</p>}
      {fromAccount && state === 'loading' && <p className="hint">Loading…</p>}
      {fromAccount && state === 'failed' && <p className="hint">{choices.error}</p>}
      {fromAccount && (state === 'ready' || state === 'failed') && (
        <button type="button" className="button quiet small" disabled={disabled} onClick={choices.again}>
          Load again
        </button>
      )}
      {known.map(choice => {
        const name = String(choice.value);
        return (
          <div className="keyed-known" key={name}>
            <label htmlFor={`${id}__${name}`}>
              {choice.label}
              {choice.hint !== undefined && <span className="hint"> {choice.hint}</span>}
            </label>
            <input
              id={`${id}__${name}`}
              type="text"
              autoComplete="off"
              inputMode={kind}
              value={textOf(value[name])}
              disabled={disabled}
              onChange={event => setKnown(name, event.target.value)}
            />
          </div>
        );
      })}
      {others.map(row => (
        <div className="keyed-row" key={row.key}>
          <input
            type="text"
            aria-label="Name"
            placeholder="Name"
            autoComplete="off"
            value={row.name}
            disabled={disabled}
            onChange={event => setRowsAndSend(rows.map(one => (one.key === row.key ? { ...one, name: event.target.value } : one)))}
          />
          <input
            type="text"
            aria-label={`Value of ${row.name || 'the new name'}`}
            placeholder="Value"
            autoComplete="off"
            inputMode={kind}
            value={row.text}
            disabled={disabled}
            onChange={event => setRowsAndSend(rows.map(one => (one.key === row.key ? { ...one, text: event.target.value } : one)))}
          />
          <button
            type="button"
            className="button quiet small"
            aria-label={`Remove ${row.name || 'this row'}`}
            disabled={disabled}
            onClick={() => setRowsAndSend(rows.filter(one => one.key !== row.key))}
          >
            ✕
          </button>
        </div>
      ))}
      <button type="button" className="button quiet small" disabled={disabled} onClick={() => setRows([...rows, { key: nextKey.current++, name: '', text: '' }])}>
        Add {known.length > 0 || others.length > 0 ? 'another' : 'a name and value'}
      </button>
    </div>
  );
}
