// A file, sent as base64. Its name fills an empty file name field next to it.
import type { FieldProps } from '@rjsf/utils';
import { useRef, useState } from 'react';
import { contextOf } from '../context';
import { described } from '../described';
import { at } from '../json';
import { asSchema, type Schema } from '../schema';

const NAMES = ['name', 'file_name', 'filename'];

export function File({ fieldPathId, formData, onChange, schema, registry, disabled, required, rawErrors }: FieldProps) {
  const { path, $id: id } = fieldPathId;
  const { data, form } = contextOf(registry);
  const [name, setName] = useState('');
  const [problem, setProblem] = useState('');
  const input = useRef<HTMLInputElement>(null);
  const limit = schema.maxLength === undefined ? Infinity : Math.floor(schema.maxLength / 4) * 3;

  const take = async (file: globalThis.File | undefined) => {
    if (file === undefined) return;
    if (file.size > limit) {
      setProblem(`${file.name} is too large. The limit is ${sizeText(limit)}.`);
      return;
    }
    setProblem('');
    setName(file.name);
    onChange(await base64Of(file), path);
    const beside = NAMES.find(known => schemaAt(form.schema, path.slice(0, -1)).properties?.[known] !== undefined);
    if (beside === undefined) return;
    const besidePath = [...path.slice(0, -1), beside];
    if (at(data, besidePath) === undefined) onChange(file.name as never, besidePath);
  };
  const isSet = typeof formData === 'string' && formData !== '';
  return (
    <div className="file">
      <input
        id={id}
        ref={input}
        type="file"
        disabled={disabled}
        onChange={event => void take(event.target.files?.[0])}
        {...described(id, { errors: rawErrors, required })}
      />
      {isSet && (
        <p className="hint">
          {name === '' ? 'A file' : name}, {sizeText(Math.floor(((formData as string).length * 3) / 4))}
          <button
            type="button"
            className="button quiet small"
            disabled={disabled}
            onClick={() => {
              if (input.current) input.current.value = '';
              setName('');
              onChange(undefined, path);
            }}
          >
            Remove file
          </button>
        </p>
      )}
      {problem !== '' && (
        <p className="faults" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

function schemaAt(schema: Schema, path: readonly (string | number)[]): Schema {
  let here = schema;
  for (const name of path) here = asSchema(here.properties?.[name] ?? here.items);
  return here;
}

const sizeText = (bytes: number): string =>
  bytes < 1024 ? `${bytes} bytes` : bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;

async function base64Of(file: Blob): Promise<string> {
  const address = await new Promise<string>((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error ?? new Error('The file could not be read.'));
    reader.readAsDataURL(file);
  });
  return address.slice(address.indexOf(',') + 1);
}
