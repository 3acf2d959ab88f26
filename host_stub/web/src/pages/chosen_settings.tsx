// A trigger's settings for people: IDs chosen from the account are shown with their names.
import { useEffect, useState } from 'react';
import type { OperationForm } from '../api/client';
import type { LookUp } from '../form/context';
import { replaced } from '../form/json';
import { fieldAround, fieldsOf } from '../form/places';
import { asSchema, options, uiOf } from '../form/schema';
import { Readable } from '../parts/readable';

export function ChosenSettings({ form, input, lookUp }: { form: OperationForm | undefined; input: Record<string, unknown>; lookUp: LookUp }) {
  const [named, setNamed] = useState<unknown>();
  useEffect(() => {
    let isCurrent = true;
    if (form !== undefined)
      void withNames(form, input, lookUp).then(
        value => isCurrent && setNamed(value),
        () => undefined, // the IDs are shown without names
      );
    return () => {
      isCurrent = false;
    };
  }, [form, input, lookUp]);
  if (Object.keys(input).length === 0) return 'None';
  return <Readable value={named ?? input} schema={form === undefined ? {} : asSchema(form.schema)} />;
}

async function withNames(form: OperationForm, input: Record<string, unknown>, lookUp: LookUp): Promise<unknown> {
  let out: unknown = input;
  for (const { path, schema, ui } of fieldsOf(form.schema, form.ui_schema, input)) {
    const { lookup, depends_on } = { ...options(uiOf(ui, 'items')), ...options(ui) };
    const value = path.reduce<unknown>((here, name) => (here as Record<string | number, unknown> | undefined)?.[name], input);
    if (lookup === undefined || value === undefined || schema.type === 'object') continue;
    const known = form.lookups.find(({ id }) => id === lookup);
    const needed = depends_on ?? Object.fromEntries((known?.depends_on ?? []).map(name => [name, name]));
    const fields = Object.entries(needed).map(([name, field]) => [name, fieldAround(input, path, field)] as const);
    const { items } = await lookUp(lookup, { input: Object.fromEntries(fields.filter(([, given]) => given !== undefined)) });
    const nameOf = (id: unknown) => {
      const choice = items.find(item => String(item.value) === String(id));
      return choice === undefined || choice.label === String(id) ? id : `${choice.label} (${String(id)})`;
    };
    out = replaced(out, path, Array.isArray(value) ? value.map(nameOf) : nameOf(value));
  }
  return out;
}
