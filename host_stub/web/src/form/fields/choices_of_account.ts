// The choices of a dropdown from the account: loaded page by page when the dropdown opens, and again whenever a field that they
// depend on changes.
import type { Registry } from '@rjsf/utils';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { contextOf, type Choice, type FormLookup } from '../context';
import { asSchema, type FieldOptions } from '../schema';
import { at, same } from '../json';
import { fieldAround } from '../places';

export interface AccountChoices {
  items: Choice[];
  state: 'idle' | 'loading' | 'ready' | 'failed';
  error?: string;
  hasMore: boolean;
  missing: string[]; // titles of the fields to fill first
  searches: boolean; // the service searches; otherwise the loaded choices are searched
  load: (search?: string) => void;
  more: () => void;
  again: () => void; // asks the service, also where the host has kept the choices
}

// `path`: the field's place in the form.
export function useAccountChoices(registry: Registry, options: FieldOptions, path: readonly (string | number)[]): AccountChoices {
  const { lookups, lookUp, data, form } = contextOf(registry);
  const id = options.lookup ?? '';
  const lookup: FormLookup | undefined = lookups.find(each => each.id === id);
  const dependencies: Record<string, string> = useMemo(
    () => options.depends_on ?? Object.fromEntries((lookup?.depends_on ?? []).map(name => [name, name])),
    [options.depends_on, lookup],
  );
  const input: Record<string, unknown> = {};
  const missing: string[] = [];
  for (const [name, field] of Object.entries(dependencies)) {
    const value = fieldAround(data, path, field);
    if (value !== undefined) input[name] = value;
    else if (lookup?.depends_on.includes(name) ?? true) missing.push(asSchema(at(form.schema, ['properties', field])).title ?? field);
  }

  const [answer, setAnswer] = useState<{ items: Choice[]; next?: string; state: AccountChoices['state']; error?: string }>({ items: [], state: 'idle' });
  const asked = useRef({ number: 0, input, search: '' });

  const ask = useCallback(
    async (search: string, page: string | undefined, fresh = false) => {
      if (lookUp === undefined) return;
      const number = ++asked.current.number;
      Object.assign(asked.current, { input, search });
      setAnswer(known => ({ ...known, items: page === undefined ? [] : known.items, state: 'loading' }));
      try {
        const found = await lookUp(id, { input, ...(search === '' ? {} : { search }), ...(page === undefined ? {} : { page }), ...(fresh ? { fresh } : {}) });
        if (asked.current.number !== number) return;
        setAnswer(known => ({ items: [...known.items, ...found.items], state: 'ready', ...(found.next === undefined ? {} : { next: found.next }) }));
      } catch (error) {
        if (asked.current.number === number) setAnswer({ items: [], state: 'failed', error: error instanceof Error ? error.message : String(error) });
      }
    },
    // `input` is a new object at every render, so it is compared by its content.
    [lookUp, id, JSON.stringify(input)],
  );

  const forgotten = answer.state !== 'idle' && !same(asked.current.input, input);
  useEffect(() => {
    if (!forgotten) return;
    asked.current.number++;
    setAnswer({ items: [], state: 'idle' });
  }, [forgotten]);

  return {
    items: forgotten ? [] : answer.items,
    state: forgotten ? 'idle' : answer.state,
    ...(answer.error === undefined ? {} : { error: answer.error }),
    hasMore: answer.next !== undefined,
    missing,
    searches: lookup?.search ?? false,
    load: (search = '') => {
      if (missing.length === 0 && (answer.state === 'idle' || answer.state === 'failed' || forgotten || search !== asked.current.search)) void ask(search, undefined);
    },
    again: () => {
      if (missing.length === 0) void ask(asked.current.search, undefined, true);
    },
    more: () => {
      if (answer.next !== undefined && answer.state === 'ready') void ask(asked.current.search, answer.next);
    },
  };
}
