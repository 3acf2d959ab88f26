// The adapter and the form, over every action, trigger and way to connect of the built catalogue.
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { adapt, toInput } from '../src/form/adapter';
import { OperationForm } from '../src/form/operation_form';
import { requiredNames } from '../src/form/conditions';
import { asSchema, constantsOf, isVisible, options, propertiesOf, typesOf, uiOf, type Schema, type Ui } from '../src/form/schema';
import { faults } from '../src/form/validator';
import { forms, operations, type CatalogueForm } from './catalogue';

// A pause after each test, in which the runner hears how it goes: a thousand tests without one are taken for a hang.
afterEach(async () => {
  cleanup();
  await new Promise(resolve => setTimeout(resolve));
});

const named = (list: CatalogueForm[]) => list.map(form => [`${form.kind} ${form.id}`, form] as const);

function draw(form: CatalogueForm, initial: Record<string, unknown> = {}) {
  const submitted = vi.fn();
  const view = render(
    <OperationForm form={form} lookups={form.lookups ?? []} lookUp={() => new Promise(() => {})} initial={initial} onSubmit={submitted}>
      <button type="submit">Go</button>
    </OperationForm>,
  );
  return { ...view, submitted };
}

test('the catalogue is there', () => {
  expect(operations.length).toBeGreaterThan(60);
});

describe.each(named(forms))('%s', (_, form) => {
  test('renders, with a name for every control', () => {
    const { container } = draw(form);
    expect(container.querySelector('.rjsf-config-error, .unsupported-field')).toBeNull();
    for (const control of container.querySelectorAll<HTMLInputElement>('input, select, textarea')) {
      const name = control.labels?.[0]?.textContent || control.getAttribute('aria-label');
      expect(name, control.id).toBeTruthy();
    }
    const visible = propertiesOf(form.schema).filter(([name]) => isVisible(form.schema, uiOf(form.ui_schema, name), {}));
    for (const [name, property] of visible)
      expect(screen.getAllByText((text, node) => text === (property.title ?? name) && node !== null).length, name).toBeGreaterThan(0);
  });

  test('sends nothing that was not touched', () => {
    const untouched = toInput(form, {});
    const required = requiredNames(form.schema, untouched);
    for (const name of Object.keys(untouched)) expect(required, name).toContain(name);
  });

  test('has nothing that other form libraries cannot take', () => {
    expect(membersOf(form.schema).filter(name => name === '$ref' || name === '$defs' || name.startsWith('x-'))).toEqual([]);
  });

  test('no required field is hidden for good', () => {
    for (const path of hiddenForGood(form.schema, form.ui_schema)) expect.fail(`${path} is required and can never be seen`);
  });
});

describe.each(named(operations))('%s', (_, form) => {
  test('its sample input round-trips', () => {
    const sample = form.sample_input ?? {}; // a trigger that asks for nothing has none
    expect(faults(form, sample)).toEqual([]);
    const { submitted } = draw(form, sample);
    fireEvent.click(screen.getByText('Go'));
    expect(submitted).toHaveBeenCalledOnce();
    expect(submitted.mock.calls[0]?.[0]).toEqual(toInput(form, sample));
    expect(toInput(form, sample)).toEqual({ ...requiredDefaults(form.schema, sample), ...sample });
  });

  test('its choices from the account are known lookups', () => {
    const known = new Set((form.lookups ?? []).map(({ id }) => id));
    for (const ui of everyUi(adapt(form).uiSchema)) {
      const { lookup } = options(ui);
      if (lookup !== undefined) expect(known).toContain(lookup);
    }
  });
});

function requiredDefaults(schema: Schema, value: Record<string, unknown>): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const name of schema.required ?? []) {
    const { default: said } = asSchema(schema.properties?.[name]);
    if (value[name] === undefined && said !== undefined) out[name] = said;
  }
  return out;
}

function* everyUi(ui: Ui): Generator<Ui> {
  yield ui;
  for (const [name, inner] of Object.entries(ui)) if (!name.startsWith('ui:') && typeof inner === 'object' && inner !== null) yield* everyUi(inner as Ui);
}

// The names of all members of a schema, but for the fields' own names and for what only looks like a schema.
function membersOf(schema: unknown): string[] {
  if (Array.isArray(schema)) return schema.flatMap(membersOf);
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([name, value]) => {
    if (['const', 'enum', 'default', 'examples'].includes(name)) return [name];
    return [name, ...(name === 'properties' ? Object.values(value as object).flatMap(membersOf) : membersOf(value))];
  });
}

// Tries every combination of the fields that others depend on; a field that is required in one of them has to be seen in it.
function hiddenForGood(schema: Schema, ui: Ui, path = ''): string[] {
  const out: string[] = [];
  const properties = propertiesOf(schema);
  const deciding = new Set(properties.flatMap(([name]) => Object.keys(options(uiOf(ui, name)).visible_when ?? {})));
  for (const name of deciding) if (schema.properties?.[name] === undefined) out.push(`${path}/${name}`);
  const decided = [...deciding].map(name => [name, valuesOf(asSchema(schema.properties?.[name]), name, ui)] as const);
  for (const value of combinations(decided)) {
    // What is hidden is not sent, so it decides nothing.
    const seen = Object.fromEntries(Object.entries(value).filter(([name]) => isVisible(schema, uiOf(ui, name), value)));
    for (const name of requiredNames(schema, seen))
      if (schema.properties?.[name] !== undefined && !isVisible(schema, uiOf(ui, name), seen)) out.push(`${path}/${name} (with ${JSON.stringify(seen)})`);
  }
  for (const [name, property] of properties) {
    out.push(...hiddenForGood(property, uiOf(ui, name), `${path}/${name}`));
    out.push(...hiddenForGood(asSchema(property.items), uiOf(uiOf(ui, name), 'items'), `${path}/${name}/*`));
  }
  return out;
}

function valuesOf(schema: Schema, name: string, ui: Ui): unknown[] {
  const constants = constantsOf(schema)?.map(({ value }) => value);
  if (constants !== undefined) return [...constants, undefined];
  if (typesOf(schema).includes('boolean')) return [true, false, undefined];
  // Any value decides: the ones that some field waits for.
  const awaited = Object.values(ui).flatMap(inner => options(inner as Ui).visible_when?.[name] ?? []);
  return [...new Set(awaited), undefined];
}

function* combinations(fields: readonly (readonly [string, unknown[]])[]): Generator<Record<string, unknown>> {
  const [first, ...rest] = fields;
  if (first === undefined) {
    yield {};
    return;
  }
  const [name, values] = first;
  for (const value of values) for (const other of combinations(rest)) yield value === undefined ? other : { [name]: value, ...other };
}
