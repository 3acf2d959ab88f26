// Fields of one plain value: a line, text, a secret, a date, a colour, a list with one value per line, and choices from the manifest.
import type { WidgetProps } from '@rjsf/utils';
import { useId, useState, type InputHTMLAttributes } from 'react';
import { described, labelId } from '../described';
import { same } from '../json';
import { asSchema, constantsOf, options as fieldOptions, typesOf, type Schema } from '../schema';

const shownDefault = (schema: Schema): string | undefined =>
  typeof schema.default === 'string' || typeof schema.default === 'number' ? String(schema.default) : undefined;

const textOf = (value: unknown): string => (value === undefined || value === null ? '' : String(value));

type Keyboard = Pick<InputHTMLAttributes<HTMLInputElement>, 'type' | 'inputMode' | 'autoComplete'>;

function keyboard(schema: Schema, widget: string | undefined): Keyboard {
  const types = typesOf(schema);
  if (types.includes('integer') && !types.includes('string')) return { inputMode: 'numeric' };
  if (types.includes('number') && !types.includes('string')) return { inputMode: 'decimal' };
  if (schema.format === 'email') return { inputMode: 'email' };
  if (schema.format === 'uri') return { inputMode: 'url' };
  return widget === 'phone' ? { inputMode: 'tel' } : {};
}

export function Line({ id, value, onChange, schema, uiSchema, required, rawErrors, disabled, placeholder }: WidgetProps) {
  const said = shownDefault(schema);
  return (
    <input
      id={id}
      type="text"
      autoComplete="off"
      {...keyboard(schema, fieldOptions(uiSchema).widget)}
      value={textOf(value)}
      placeholder={placeholder || (said === undefined ? undefined : `${said} (default)`)}
      disabled={disabled}
      onChange={event => onChange(event.target.value === '' ? undefined : event.target.value)}
      {...described(id, { errors: rawErrors, required })}
    />
  );
}

export function Text({ id, value, onChange, uiSchema, options, required, rawErrors, disabled, placeholder }: WidgetProps) {
  const isCode = fieldOptions(uiSchema).widget === 'code';
  return (
    <textarea
      id={id}
      className={isCode ? 'code' : undefined}
      rows={options.rows ?? (isCode ? 10 : 5)}
      spellCheck={!isCode}
      value={textOf(value)}
      placeholder={placeholder}
      disabled={disabled}
      onChange={event => onChange(event.target.value === '' ? undefined : event.target.value)}
      {...described(id, { errors: rawErrors, required })}
    />
  );
}

// The server never returns a secret, so the field starts empty.
export function Secret({ id, value, onChange, label, required, rawErrors, disabled }: WidgetProps) {
  const [shown, setShown] = useState(false);
  return (
    <div className="joined">
      <input
        id={id}
        type={shown ? 'text' : 'password'}
        autoComplete="off"
        spellCheck={false}
        value={textOf(value)}
        disabled={disabled}
        onChange={event => onChange(event.target.value === '' ? undefined : event.target.value)}
        {...described(id, { errors: rawErrors, required })}
      />
      <button type="button" className="button quiet" aria-pressed={shown} aria-label={`Show ${label}`} onClick={() => setShown(!shown)}>
        {shown ? 'Hide' : 'Show'}
      </button>
    </div>
  );
}

export function Day({ id, value, onChange, required, rawErrors, disabled }: WidgetProps) {
  return (
    <input
      id={id}
      type="date"
      value={textOf(value)}
      disabled={disabled}
      onChange={event => onChange(event.target.value === '' ? undefined : event.target.value)}
      {...described(id, { errors: rawErrors, required })}
    />
  );
}

export function Colour({ id, value, onChange, label, required, rawErrors, disabled }: WidgetProps) {
  const text = textOf(value);
  return (
    <div className="joined">
      <input
        id={id}
        type="text"
        autoComplete="off"
        value={text}
        placeholder="#1a2b3c"
        disabled={disabled}
        onChange={event => onChange(event.target.value === '' ? undefined : event.target.value)}
        {...described(id, { errors: rawErrors, required })}
      />
      <input
        type="color"
        aria-label={`Pick ${label}`}
        value={/^#[0-9a-f]{6}$/i.test(text) ? text : '#888888'}
        disabled={disabled}
        onChange={event => onChange(event.target.value)}
      />
    </div>
  );
}

// A list of texts or numbers, one per line, so that a column can be pasted.
export function Lines({ id, value, onChange, schema, required, rawErrors, disabled, placeholder }: WidgetProps) {
  const isNumber = !typesOf(asSchema(schema.items)).includes('string');
  const read = (text: string): unknown[] =>
    text
      .split('\n')
      .map(line => line.trim())
      .filter(line => line !== '')
      .map(line => (isNumber && Number.isFinite(Number(line)) ? Number(line) : line));
  const values: unknown[] = Array.isArray(value) ? value : [];
  const [text, setText] = useState(values.join('\n'));
  const shown = same(read(text), values) ? text : values.join('\n');
  return (
    <textarea
      id={id}
      rows={Math.min(12, Math.max(3, shown.split('\n').length + 1))}
      spellCheck={false}
      value={shown}
      placeholder={placeholder || 'One per line'}
      disabled={disabled}
      onChange={event => {
        setText(event.target.value);
        const next = read(event.target.value);
        onChange(next.length === 0 ? undefined : next);
      }}
      {...described(id, { errors: rawErrors, required })}
    />
  );
}

export function Choice({ id, value, onChange, schema, required, rawErrors, disabled, placeholder }: WidgetProps) {
  const constants = constantsOf(schema) ?? [];
  const said = constants.find(constant => same(constant.value, schema.default));
  const index = constants.findIndex(constant => same(constant.value, value));
  const empty = said === undefined ? placeholder || (required ? 'Choose…' : 'Not set') : `${said.label} (default)`;
  return (
    <select
      id={id}
      value={index < 0 ? '' : String(index)}
      disabled={disabled}
      onChange={event => onChange(event.target.value === '' ? undefined : constants[Number(event.target.value)]?.value)}
      {...described(id, { errors: rawErrors, required })}
    >
      {!(required && said !== undefined && index >= 0) && <option value="">{empty}</option>}
      {constants.map((constant, at) => (
        <option key={at} value={at}>
          {constant.label}
        </option>
      ))}
    </select>
  );
}

export function Choices({ id, value, onChange, schema, required, rawErrors, disabled }: WidgetProps) {
  const name = useId();
  return (
    <div id={id} tabIndex={-1} role="radiogroup" aria-labelledby={labelId(id)} className="ticks" {...described(id, { errors: rawErrors, required })}>
      {(constantsOf(schema) ?? []).map((constant, at) => (
        <label key={at} className="tick">
          <input
            type="radio"
            name={name}
            checked={same(constant.value, value ?? schema.default)}
            disabled={disabled}
            onChange={() => onChange(constant.value)}
          />
          {constant.label}
        </label>
      ))}
    </div>
  );
}

export function Several({ id, value, onChange, schema, rawErrors, disabled }: WidgetProps) {
  const values: unknown[] = Array.isArray(value) ? value : [];
  const constants = constantsOf(asSchema(schema.items)) ?? [];
  const turn = (each: unknown, on: boolean) => {
    const next = constants.map(constant => constant.value).filter(known => (same(known, each) ? on : values.some(had => same(had, known))));
    onChange(next.length === 0 ? undefined : next);
  };
  const { 'aria-required': _, 'aria-invalid': __, ...tied } = described(id, { errors: rawErrors });
  return (
    <div id={id} tabIndex={-1} role="group" aria-labelledby={labelId(id)} className="ticks" {...tied}>
      {constants.map((constant, at) => (
        <label key={at} className="tick">
          <input
            type="checkbox"
            checked={values.some(had => same(had, constant.value))}
            disabled={disabled}
            onChange={event => turn(constant.value, event.target.checked)}
          />
          {constant.label}
        </label>
      ))}
    </div>
  );
}

// "Not set" differs from "No": the service then uses its own default.
export function YesNo({ id, value, onChange, schema, required, rawErrors, disabled }: WidgetProps) {
  const said = typeof schema.default === 'boolean' ? `${schema.default ? 'Yes' : 'No'} (default)` : undefined;
  return (
    <select
      id={id}
      value={value === true ? 'yes' : value === false ? 'no' : ''}
      disabled={disabled}
      onChange={event => onChange(event.target.value === '' ? undefined : event.target.value === 'yes')}
      {...described(id, { errors: rawErrors, required })}
    >
      {!(required && said !== undefined && typeof value === 'boolean') && <option value="">{said ?? (required ? 'Choose…' : 'Not set')}</option>}
      <option value="yes">Yes</option>
      <option value="no">No</option>
    </select>
  );
}
