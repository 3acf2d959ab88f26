// Every form of the built catalogue, as the host gives them to any front end.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FormLookup } from '../src/form/context';
import type { Schema, Ui } from '../src/form/schema';

export interface CatalogueForm {
  id: string;
  kind: 'trigger' | 'action' | 'method';
  title: string;
  schema: Schema;
  ui_schema: Ui;
  sample_input?: Record<string, unknown>;
  output?: Schema;
  sample?: unknown;
  lookups?: FormLookup[];
}

function read(): string {
  const { CONNECTOR_FORMS: file, CONNECTOR_BUILD: build = new URL('../../../build/dev', import.meta.url).pathname } = process.env;
  if (file !== undefined) return readFileSync(file, 'utf8');
  const args = ['--plugin-dir', join(build, 'plugins'), '--data-dir', join(build, 'no-data'), '--json', 'describe', 'sendpulse', '--forms'];
  return execFileSync(join(build, 'connector-host'), args, { encoding: 'utf8', maxBuffer: 1 << 28 });
}

export const forms = (JSON.parse(read()) as { forms: CatalogueForm[] }).forms;
export const operations = forms.filter(({ kind }) => kind !== 'method');
