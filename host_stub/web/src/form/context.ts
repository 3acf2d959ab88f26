// The context that the fields of a form share: the lookups for choices, and the values entered so far.
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
  age_s?: number; // of choices that the host had kept
}

export interface FormLookup {
  id: string;
  title: string;
  description?: string;
  depends_on: string[];
  pages: boolean;
  search: boolean;
}

// Asks the account for the choices of a dropdown, also where the host has kept them when `fresh`; throws an error whose message can be shown to a person.
export type LookUp = (lookup: string, ask: { input: Record<string, unknown>; search?: string; page?: string; fresh?: boolean }) => Promise<ChoicePage>;

export interface FormContext {
  form: PlainForm;
  data: unknown;
  lookups: FormLookup[];
  lookUp: LookUp | undefined;
  timeZone: string | undefined; // of the account
  wasTried: boolean; // the form was submitted with errors
}

export const contextOf = (registry: Registry): FormContext => registry.formContext as FormContext;
