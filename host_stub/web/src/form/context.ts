// What the fields of a form share: where choices come from, and what has been entered so far.
import type { Registry } from '@rjsf/utils';
import type { PlainForm } from './adapter';

export interface Choice {
  value: unknown;
  label: string;
  hint?: string;
}

export interface ChoicePage {
  items: Choice[];
  next?: string;
}

export interface FormLookup {
  id: string;
  title: string;
  description?: string;
  depends_on: string[];
  pages: boolean;
  search: boolean;
}

// Asks the account for the choices of a dropdown; throws what can be shown to a person.
export type LookUp = (lookup: string, ask: { input: Record<string, unknown>; search?: string; page?: string }) => Promise<ChoicePage>;

export interface FormContext {
  form: PlainForm;
  data: unknown;
  lookups: FormLookup[];
  lookUp: LookUp | undefined;
  wasTried: boolean; // it was submitted, and something was wrong
}

export const contextOf = (registry: Registry): FormContext => registry.formContext as FormContext;
