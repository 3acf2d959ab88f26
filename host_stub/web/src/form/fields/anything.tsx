// A value whose type the manifest leaves open: text, a number, or JSON for lists and objects.
import type { FieldProps } from '@rjsf/utils';
import { useState } from 'react';
import { described } from '../described';
import { same } from '../json';
import { typesOf } from '../schema';

export function Anything({ fieldPathId, formData, onChange, schema, required, disabled, rawErrors }: FieldProps) {
  const { path, $id: id } = fieldPathId;
  const types = typesOf(schema);
  const isText = types.length === 0 || types.includes('string');
  const read = (text: string): unknown => {
    if (text.trim() === '') return undefined;
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return text;
    }
  };
  // "12" in quotes is text; 12 without quotes is a number.
  const write = (value: unknown): string =>
    value === undefined ? '' : typeof value === 'string' && isText && read(value) === value ? value : JSON.stringify(value, undefined, 2);
  const [text, setText] = useState(() => write(formData));
  const shown = same(read(text), formData) ? text : write(formData);
  return (
    <>
      <textarea
        id={id}
        className="code"
        rows={Math.min(12, Math.max(2, shown.split('\n').length))}
        spellCheck={false}
        value={shown}
        disabled={disabled}
        onChange={event => {
          setText(event.target.value);
          onChange(read(event.target.value), path);
        }}
        {...described(id, { errors: rawErrors, required })}
      />
      <p className="hint">{isText ? 'Enter text or a number; lists and objects as JSON.' : 'Enter JSON.'}</p>
    </>
  );
}
