// The form's own fields, used as a person uses them.
import { act, cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { PlainForm } from '../src/form/adapter';
import type { FormLookup, LookUp } from '../src/form/context';
import { OperationForm, type Problem } from '../src/form/operation_form';
import type { Schema, Ui } from '../src/form/schema';

afterEach(cleanup);

const form = (properties: Record<string, Schema>, more: Schema = {}, ui: Ui = {}): PlainForm => ({
  schema: { type: 'object', additionalProperties: false, properties, ...more } as Schema,
  ui_schema: ui,
});

let submitted: ReturnType<typeof vi.fn>;
beforeEach(() => {
  submitted = vi.fn();
});

interface Extra {
  initial?: Record<string, unknown>;
  lookups?: FormLookup[];
  lookUp?: LookUp;
  problems?: Problem[];
  timeZone?: string;
}
const element = (one: PlainForm, extra: Extra = {}) => (
  <OperationForm form={one} {...extra} onSubmit={submitted as never}>
    <button type="submit" value="go">
      Go
    </button>
  </OperationForm>
);
const draw = (one: PlainForm, extra?: Extra) => render(element(one, extra));
const submit = () => {
  fireEvent.click(screen.getByText('Go'));
  return submitted.mock.calls.at(-1)?.[0] as unknown;
};
const type = (label: string, value: string) => fireEvent.change(screen.getByLabelText(label), { target: { value } });

test('nothing is sent of what was not touched, and a cleared field is untouched again', () => {
  draw(form({ a: { type: 'string', title: 'A' }, b: { type: 'boolean', title: 'B' }, c: { title: 'C', default: 'x', oneOf: [{ const: 'x', title: 'X' }, { const: 'y', title: 'Y' }] } }));
  expect(submit()).toEqual({});
  type('A', 'text');
  expect(submit()).toEqual({ a: 'text' });
  type('A', '');
  expect(submit()).toEqual({});
});

test('numbers are numbers, and what is no number is said to be none', () => {
  draw(form({ a: { type: 'integer', title: 'A' } }));
  type('A', '12');
  expect(submit()).toEqual({ a: 12 });
  type('A', 'twelve');
  fireEvent.click(screen.getByText('Go'));
  expect(submitted).toHaveBeenCalledTimes(1);
  expect(screen.getByText('A must be a whole number, not the text "twelve".')).toBeTruthy();
  expect(screen.getByLabelText('A').getAttribute('aria-invalid')).toBe('true');
});

test('yes, no, and not set are three things', () => {
  draw(form({ a: { type: 'boolean', title: 'A' } }));
  type('A', 'no');
  expect(submit()).toEqual({ a: false });
  type('A', '');
  expect(submit()).toEqual({});
});

test('fields are shown and hidden with the field they wait for', () => {
  draw(
    form({ kind: { title: 'Kind', oneOf: [{ const: 'a', title: 'A' }, { const: 'b', title: 'B' }] }, text: { type: 'string', title: 'Text' } }, {}, { text: { 'ui:options': { visible_when: { kind: ['b'] } } } }),
    { initial: { kind: 'a', text: 'old' } },
  );
  expect(screen.queryByLabelText('Text')).toBeNull();
  expect(submit()).toEqual({ kind: 'a' });
  type('Kind', '1');
  expect(screen.getByLabelText('Text')).toBeTruthy();
  expect(submit()).toEqual({ kind: 'b', text: 'old' });
});

test('a condition may leave fewer choices, with their names', () => {
  draw(
    form(
      { channel: { title: 'Channel', oneOf: [{ const: 'x', title: 'X' }, { const: 'y', title: 'Y' }] }, content: { title: 'Content', oneOf: [{ const: 'text', title: 'A text' }, { const: 'image', title: 'A picture' }] } },
      { allOf: [{ if: { required: ['channel'], properties: { channel: { const: 'y' } } }, then: { properties: { content: { enum: ['text'] } } } }] },
    ),
  );
  expect(within(screen.getByLabelText('Content')).queryByText('A picture')).toBeTruthy();
  type('Channel', '1');
  expect(within(screen.getByLabelText('Content')).queryByText('A picture')).toBeNull();
  expect(within(screen.getByLabelText('Content')).queryByText('A text')).toBeTruthy();
});

test('a secret is hidden until it is asked for', () => {
  draw(form({ secret: { type: 'string', title: 'Secret', writeOnly: true } }));
  const field = screen.getByLabelText('Secret');
  expect(field.getAttribute('type')).toBe('password');
  fireEvent.click(screen.getByRole('button', { name: 'Show Secret' }));
  expect(field.getAttribute('type')).toBe('text');
});

test('a column is pasted as a list', () => {
  draw(form({ emails: { type: 'array', title: 'Emails', items: { type: 'string', format: 'email' } } }));
  type('Emails', 'a@example.org\n\n  b@example.org \n');
  expect(submit()).toEqual({ emails: ['a@example.org', 'b@example.org'] });
  type('Emails', 'a@example.org\nnobody');
  fireEvent.click(screen.getByText('Go'));
  expect(screen.getByText('Item 2 of Emails must be an email address like jane@example.org, not "nobody".')).toBeTruthy();
});

test('what the server finds wrong is shown at its field', () => {
  const one = form({ a: { type: 'string', title: 'A' } });
  const { rerender } = draw(one);
  rerender(element(one, { problems: [{ pointer: '/a', message: 'is taken' }] }));
  expect(screen.getByText('is taken')).toBeTruthy();
  expect(screen.getByLabelText('A').getAttribute('aria-describedby')).toContain('__error');
});

test('a time has a zone', () => {
  draw(form({ at: { type: 'string', format: 'date-time', title: 'At' } }), { initial: { at: '2026-07-15T09:00:00+05:30' } });
  expect(screen.getByLabelText('At: time zone')).toHaveProperty('value', '+05:30');
  expect(submit()).toEqual({ at: '2026-07-15T09:00:00+05:30' });
  type('At: date and time', '2026-07-16T10:15');
  type('At: time zone', 'Europe/Berlin');
  expect(submit()).toEqual({ at: '2026-07-16T10:15:00+02:00' });
});

test('a time of the account has no zone', () => {
  draw(form({ at: { type: 'string', format: 'date-time-local', title: 'At', description: 'In the time zone of your account.' } }), { initial: { at: '2026-07-15T09:00:00' } });
  expect(screen.getByLabelText('At')).toHaveProperty('value', '2026-07-15T09:00');
  expect(screen.queryByLabelText('At: time zone')).toBeNull();
  expect(submit()).toEqual({ at: '2026-07-15T09:00:00' });
  type('At', '2026-07-16T10:15');
  expect(submit()).toEqual({ at: '2026-07-16T10:15:00' });
  type('At', '');
  expect(submit()).toEqual({});
});

test('a time of the account names the zone where it is known', () => {
  const one = form({ at: { type: 'string', format: 'date-time-local', title: 'At' }, day: { type: 'string', format: 'date', title: 'Day' } });
  const { rerender } = draw(one);
  expect(screen.queryByText(/time zone/)).toBeNull();
  rerender(element(one, { timeZone: 'America/New_York' }));
  expect(screen.getAllByText("The account's time zone is America/New York.")).toHaveLength(1);
});

test('what a condition excludes is not shown, and what was entered there is not sent', () => {
  const rule = { if: { required: ['to'], properties: { to: { const: 'tag' } } }, then: { required: ['tag'] }, else: { properties: { tag: false } } };
  draw(form({ to: { title: 'To', oneOf: [{ const: 'all', title: 'All' }, { const: 'tag', title: 'A tag' }] }, tag: { type: 'string', title: 'Tag' } }, { allOf: [rule] } as Schema), {
    initial: { to: 'tag', tag: 'vip' },
  });
  expect(screen.getByLabelText('Tag')).toHaveProperty('value', 'vip');
  expect(submit()).toEqual({ to: 'tag', tag: 'vip' });
  const to = screen.getByLabelText('To');
  fireEvent.change(to, { target: { value: [...(to as HTMLSelectElement).options].find(({ text }) => text === 'All')?.value } });
  expect(screen.queryByLabelText('Tag')).toBeNull();
  expect(submit()).toEqual({ to: 'all' });
});

test('a file is sent as base64, and names itself', async () => {
  draw(
    form(
      { files: { type: 'array', title: 'Files', items: { type: 'object', properties: { name: { type: 'string', title: 'File name' }, content: { type: 'string', title: 'File', contentEncoding: 'base64' } } } } },
      {},
      { files: { items: { content: { 'ui:widget': 'file' } } } },
    ),
  );
  fireEvent.click(screen.getByText('Add one'));
  fireEvent.change(screen.getByLabelText('File'), { target: { files: [new File(['hello'], 'hello.txt')] } });
  await waitFor(() => expect(screen.getByLabelText('File name')).toHaveProperty('value', 'hello.txt'));
  expect(submit()).toEqual({ files: [{ name: 'hello.txt', content: 'aGVsbG8=' }] });
});

test('a file that is too large is refused before it is read', () => {
  draw(form({ content: { type: 'string', title: 'File', contentEncoding: 'base64', maxLength: 4 } }));
  fireEvent.change(screen.getByLabelText('File'), { target: { files: [new File(['hello'], 'hello.txt')] } });
  expect(screen.getByRole('alert').textContent).toContain('hello.txt is too large');
  expect(submit()).toEqual({});
});

test('anything may be text, a number, or JSON', () => {
  draw(form({ it: { title: 'It' } }), { initial: { it: '12' } });
  expect(submit()).toEqual({ it: '12' });
  type('It', '12');
  expect(submit()).toEqual({ it: 12 });
  type('It', '{"a": [1]}');
  expect(submit()).toEqual({ it: { a: [1] } });
  type('It', 'plain words');
  expect(submit()).toEqual({ it: 'plain words' });
});

describe('names with values', () => {
  test('are added, renamed and removed', () => {
    draw(form({ vars: { type: 'object', title: 'Variables', additionalProperties: { type: ['string', 'number'] } } }));
    fireEvent.click(screen.getByText('Add a name and value'));
    type('Name', 'city');
    type('Value of city', 'Kyiv');
    expect(submit()).toEqual({ vars: { city: 'Kyiv' } });
    type('Name', 'town');
    expect(submit()).toEqual({ vars: { town: 'Kyiv' } });
    fireEvent.click(screen.getByRole('button', { name: 'Remove town' }));
    expect(submit()).toEqual({});
  });

  test('keep numbers that were numbers', () => {
    draw(form({ vars: { type: 'object', title: 'Variables', additionalProperties: { type: ['string', 'number'] } } }), { initial: { vars: { age: 30, zip: '01001' } } });
    expect(submit()).toEqual({ vars: { age: 30, zip: '01001' } });
    type('Value of age', '31');
    type('Value of zip', '01002');
    expect(submit()).toEqual({ vars: { age: 31, zip: '01002' } });
  });

  test('are real fields where the account knows the names', async () => {
    const lookUp: LookUp = vi.fn(async (_, { input }) => ({ items: input.list_id === 7 ? [{ value: 'city', label: 'City', hint: 'text' }] : [] }));
    draw(
      form(
        { list_id: { type: 'integer', title: 'List' }, vars: { type: 'object', title: 'Variables', additionalProperties: { type: 'string' } } },
        {},
        { vars: { 'ui:options': { lookup: 'variables', depends_on: { list_id: 'list_id' }, keys: true } } },
      ),
      { lookups: [{ id: 'variables', title: 'Variables', depends_on: ['list_id'], pages: false, search: false }], lookUp },
    );
    expect(screen.getByText('Fill in first: List.')).toBeTruthy();
    type('List', '7');
    await screen.findByLabelText(/City/);
    fireEvent.change(screen.getByLabelText(/City/), { target: { value: 'Kyiv' } });
    expect(submit()).toEqual({ list_id: 7, vars: { city: 'Kyiv' } });
    fireEvent.click(screen.getByRole('button', { name: 'Load again' }));
    await waitFor(() => expect(lookUp).toHaveBeenLastCalledWith('variables', { input: { list_id: 7 }, fresh: true }));
    expect(submit()).toEqual({ list_id: 7, vars: { city: 'Kyiv' } });
  });
});

describe('a choice of the account', () => {
  const lists = form({ list: { type: 'integer', title: 'List' } }, {}, { list: { 'ui:options': { lookup: 'lists' } } });
  const paged: FormLookup[] = [{ id: 'lists', title: 'Lists', depends_on: [], pages: true, search: false }];
  const names = ['Newsletter', 'Customers', 'Berlin', 'VIP'];
  const twoPages: LookUp = async (_, { page }) =>
    page === undefined
      ? { items: names.slice(0, 2).map((label, index) => ({ value: index + 1, label })), next: 'b' }
      : { items: names.slice(2).map((label, index) => ({ value: index + 3, label })) };

  test('is picked with the keyboard', async () => {
    draw(lists, { lookups: paged, lookUp: twoPages });
    const field = screen.getByLabelText('List');
    fireEvent.keyDown(field, { key: 'ArrowDown' });
    await screen.findByRole('option', { name: 'Customers' });
    fireEvent.keyDown(field, { key: 'ArrowDown' });
    expect(field.getAttribute('aria-activedescendant')).toBe(screen.getByRole('option', { name: 'Customers' }).id);
    fireEvent.keyDown(field, { key: 'Enter' });
    expect(field).toHaveProperty('value', 'Customers');
    expect(submit()).toEqual({ list: 2 });
    fireEvent.click(screen.getByRole('button', { name: 'Clear' }));
    expect(submit()).toEqual({});
  });

  test('is found by typing, also on a page that was not read yet', async () => {
    draw(lists, { lookups: paged, lookUp: twoPages });
    const field = screen.getByLabelText('List');
    fireEvent.click(field);
    await screen.findByRole('option', { name: 'Customers' });
    fireEvent.change(field, { target: { value: 'ber' } });
    const found = await screen.findByRole('option', { name: 'Berlin' });
    expect(screen.getAllByRole('option')).toHaveLength(1);
    fireEvent.click(found);
    expect(submit()).toEqual({ list: 3 });
  });

  test('is searched by the service where it can', async () => {
    const lookUp = vi.fn<LookUp>(async (_, { search }) => ({ items: [{ value: 9, label: search ?? 'everything' }] }));
    draw(lists, { lookups: [{ ...paged[0], search: true } as FormLookup], lookUp });
    const field = screen.getByLabelText('List');
    fireEvent.click(field);
    await screen.findByRole('option', { name: 'everything' });
    fireEvent.change(field, { target: { value: 'spring' } });
    await screen.findByRole('option', { name: 'spring' });
    expect(lookUp).toHaveBeenLastCalledWith('lists', { input: {}, search: 'spring' });
  });

  test('shows the name of what was chosen before', async () => {
    draw(lists, { lookups: paged, lookUp: twoPages, initial: { list: 2 } });
    await waitFor(() => expect(screen.getByLabelText('List')).toHaveProperty('value', 'Customers'));
  });

  test('says why there is nothing, and then takes what is typed', async () => {
    draw(lists, { lookups: paged, lookUp: () => Promise.reject(new Error('SendPulse answered 503.')) });
    const field = screen.getByLabelText('List');
    fireEvent.click(field);
    expect(await screen.findAllByText('SendPulse answered 503.')).not.toHaveLength(0);
    fireEvent.change(field, { target: { value: '77' } });
    fireEvent.click(screen.getByRole('option', { name: 'Use “77”' }));
    expect(submit()).toEqual({ list: 77 });
  });

  test('is loaded again, past what the host has kept, when somebody wants that', async () => {
    const lookUp = vi.fn<LookUp>(async (_, { fresh }) => ({ items: [{ value: 1, label: fresh === true ? 'Just made' : 'Kept' }] }));
    draw(lists, { lookups: paged, lookUp });
    const field = screen.getByLabelText('List');
    fireEvent.click(field);
    await screen.findByRole('option', { name: 'Kept' });
    fireEvent.click(screen.getByRole('button', { name: 'Load again' }));
    await screen.findByRole('option', { name: 'Just made' });
    expect(lookUp).toHaveBeenLastCalledWith('lists', { input: {}, fresh: true });
    expect(lookUp).toHaveBeenCalledTimes(2);
    fireEvent.blur(field, { relatedTarget: screen.getByRole('button', { name: 'Load again' }) });
    expect(screen.queryByRole('option')).not.toBeNull();
    fireEvent.blur(field);
    expect(screen.queryByRole('option')).toBeNull();
  });

  test('an answer that comes too late is not shown', async () => {
    const answers: ((items: { value: number; label: string }[]) => void)[] = [];
    const lookUp: LookUp = () => new Promise(resolve => answers.push(items => resolve({ items })));
    draw(
      form({ a: { type: 'integer', title: 'A' }, list: { type: 'integer', title: 'List' } }, {}, { list: { 'ui:options': { lookup: 'lists', depends_on: { a: 'a' } } } }),
      { lookups: [{ ...paged[0], depends_on: ['a'] } as FormLookup], lookUp, initial: { a: 1 } },
    );
    fireEvent.click(screen.getByLabelText('List'));
    type('A', '2');
    fireEvent.blur(screen.getByLabelText('List'));
    fireEvent.click(screen.getByLabelText('List'));
    await act(async () => {
      answers[0]?.([{ value: 1, label: 'of the first' }]);
      answers[1]?.([{ value: 2, label: 'of the second' }]);
    });
    await screen.findByRole('option', { name: 'of the second' });
    expect(screen.queryByRole('option', { name: 'of the first' })).toBeNull();
  });

  test('several are picked and taken back', async () => {
    draw(form({ lists: { type: 'array', title: 'Lists', items: { type: 'integer' } } }, {}, { lists: { items: { 'ui:options': { lookup: 'lists' } } } }), { lookups: paged, lookUp: twoPages });
    fireEvent.click(screen.getByLabelText('Lists'));
    fireEvent.click(await screen.findByRole('option', { name: 'Newsletter' }));
    fireEvent.click(await screen.findByRole('option', { name: 'Customers' }));
    expect(submit()).toEqual({ lists: [1, 2] });
    fireEvent.click(screen.getByRole('button', { name: 'Remove Newsletter' }));
    expect(submit()).toEqual({ lists: [2] });
  });
});

test('the sentence of "this or that" becomes a fault when it is not heeded', () => {
  draw(form({ a: { type: 'string', title: 'A' }, b: { type: 'string', title: 'B' } }, { anyOf: [{ required: ['a'] }, { required: ['b'] }] }));
  const sentence = screen.getByText('Fill in A or B.');
  expect(sentence.className).not.toContain('wrong');
  fireEvent.click(screen.getByText('Go'));
  expect(submitted).not.toHaveBeenCalled();
  expect(sentence.className).toContain('wrong');
  type('B', 'x');
  expect(submit()).toEqual({ b: 'x' });
});
