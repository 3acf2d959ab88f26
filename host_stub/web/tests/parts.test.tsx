// What people read: values, times, addresses of pages.
import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, test } from 'vitest';
import { Result } from '../src/pages/action';
import { withRow } from '../src/pages/events';
import { RefusedParts } from '../src/pages/trigger';
import { TriggerRows } from '../src/pages/triggers';
import type { EventRow, OperationForm, Trigger } from '../src/api/client';
import { Readable } from '../src/parts/readable';
import { TriggerBadge } from '../src/parts/states';
import { agoText, countdownText, counted, spanText, titleOf } from '../src/parts/words';
import { hrefOf, parseRoute } from '../src/route';

afterEach(cleanup);

describe('a value for people', () => {
  test('has the names of the manifest, in its order', () => {
    const { container } = render(<Readable value={{ b: 1, a: true }} schema={{ type: 'object', properties: { a: { title: 'First' }, b: { title: 'Second' } } }} />);
    expect([...container.querySelectorAll('dt')].map(node => node.textContent)).toEqual(['First', 'Second']);
    expect(container.textContent).toBe('FirstYesSecond1');
  });
  test('names constants', () => {
    render(<Readable value={3} schema={{ oneOf: [{ const: 3, title: 'Sent' }] }} />);
    expect(screen.getByText(/Sent/).textContent).toBe('Sent (3)');
  });
  test('keeps names that a person chose, and makes words of others', () => {
    const { container } = render(<Readable value={{ variables: { first_name: 'x' }, add_date: 'y' }} schema={{ type: 'object', properties: { variables: { type: 'object', title: 'Variables' } } }} />);
    expect([...container.querySelectorAll('dt')].map(node => node.textContent)).toEqual(['Variables', 'first_name', 'Add date']);
  });
  test('is text, whatever is in it', () => {
    const { container } = render(<Readable value={{ '<img src=x onerror=alert(1)>': '<script>alert(1)</script>' }} />);
    expect(container.querySelector('img, script')).toBeNull();
    expect(container.textContent).toContain('<script>alert(1)</script>');
  });
  test('of like things is a table', () => {
    render(<Readable value={[{ a: 1 }, { a: 2, b: 'x' }]} schema={{ items: { properties: { a: { title: 'Number' } } } }} />);
    expect(screen.getAllByRole('columnheader').map(node => node.textContent)).toEqual(['Number', 'B']);
    expect(screen.getAllByRole('row')).toHaveLength(3);
  });
  test('that is empty is a dash', () => {
    const { container } = render(<Readable value={{ a: null, b: '', c: [], d: {} }} />);
    expect([...container.querySelectorAll('dd')].map(node => node.textContent)).toEqual(['–', '–', '–', '–']);
  });
  test('that is long is folded', () => {
    const { container } = render(<Readable value={'x'.repeat(1000)} />);
    expect(container.querySelector('details summary')?.textContent).toHaveLength(81);
  });
});

describe('the result of an action', () => {
  const form = { id: 'thing.get', title: 'Get a thing', output: {} } as OperationForm;
  const result = { connection: 'con_1', action: 'thing.get', output: { id: 7 }, replayed: false, requests: 1 };
  test('has its notes beside it', () => {
    render(<Result form={form} result={{ ...result, notes: ['/name had another type than described and was left out of the output.'] }} />);
    expect(screen.getByText(/^\/name had another type/)).toBeTruthy();
  });
  test('has the notes of a list, too', () => {
    render(<Result form={form} result={{ ...result, output: { items: [], notes: ['/items/*/name was left out of 2 items.'] } }} />);
    expect(screen.getByText(/left out of 2 items/)).toBeTruthy();
  });
  test('has no empty note', () => {
    render(<Result form={form} result={result} />);
    expect(screen.queryByText('About this result')).toBeNull();
  });
});

test('spans, counts and countdowns', () => {
  expect(spanText(300)).toBe('5 minutes');
  expect(spanText(86_400)).toBe('1 day');
  expect(spanText(90)).toBe('90 seconds');
  expect(counted(1, 'event')).toBe('1 event');
  expect(counted(1200, 'event')).toBe('1,200 events');
  expect(countdownText(192)).toBe('3:12');
  expect(countdownText(3793)).toBe('1:03:13');
  expect(countdownText(-1)).toBe('0:00');
  expect(titleOf('add_date')).toBe('Add date');
  const now = Date.parse('2026-11-23T12:00:00Z');
  expect(agoText('2026-11-23T11:58:00Z', now)).toBe('2 minutes ago');
  expect(agoText('2026-11-23T11:59:58Z', now)).toBe('just now');
  expect(agoText('2026-11-22T12:00:00Z', now)).toBe('yesterday');
});

test('addresses of pages go there and back', () => {
  const href = hrefOf(['actions', 'con_1', 'a/b c'], { text: 'x&y', none: undefined });
  expect(href).toBe('#/actions/con_1/a%2Fb%20c?text=x%26y');
  const { names, query } = parseRoute(href);
  expect(names).toEqual(['actions', 'con_1', 'a/b c']);
  expect(query.get('text')).toBe('x&y');
  expect(parseRoute('').names).toEqual([]);
  expect(parseRoute('#/%zz').names).toEqual(['%zz']);
});

test('a live list takes new rows at the top and known ones in place', () => {
  const row = (id: string, seq: number, state = 'pending') => ({ id, seq, state }) as EventRow;
  const rows = [row('b', 2), row('a', 1)];
  expect(withRow(rows, row('c', 3), true).map(({ id }) => id)).toEqual(['c', 'b', 'a']);
  expect(withRow(rows, row('a', 1, 'delivered'), false)[1]?.state).toBe('delivered');
  expect(withRow(rows, row('c', 3), false)).toBe(rows);
});

describe('the badge of a trigger', () => {
  const refused = [{ name: 'Wool (2)', since: '2026-03-01T09:00:00Z' }];
  test('says that some of what it reads is refused', () => {
    render(<TriggerBadge state="active" refused={refused} />);
    expect(screen.getByText('Partly failing')).toBeTruthy();
  });
  test('says what matters more while there is such a thing', () => {
    render(<TriggerBadge state="needs_sign_in" refused={refused} />);
    expect(screen.getByText('Needs sign-in')).toBeTruthy();
    render(<TriggerBadge state="active" />);
    expect(screen.getByText('Active')).toBeTruthy();
  });
});

describe('a trigger that the service refuses in part', () => {
  const refused = [{ name: 'Bot 2 (2)', reason: 'Bot is disabled <b>', since: new Date(Date.now() - 7_200_000).toISOString() }, { name: '2026-03-01', since: new Date().toISOString() }];
  const trigger = { id: 'trg_1', title: 'New message', connection_label: 'owner@example.com', plugin_title: 'SendPulse', interval_s: 300, held: 0, state: 'active' } as Trigger;
  test('is partly failing in its row, as long as it is active', () => {
    const { container, rerender } = render(<TriggerRows triggers={[{ ...trigger, refused }]} />);
    expect(container.textContent).toContain('Partly failing');
    expect(container.textContent).not.toContain('Active');
    rerender(<TriggerRows triggers={[{ ...trigger, refused, state: 'paused' }]} />);
    expect(container.textContent).toContain('Paused');
    rerender(<TriggerRows triggers={[trigger]} />);
    expect(container.textContent).not.toContain('Partly failing');
    expect(container.textContent).toContain('Active');
  });
  test('names each part on its page, since when and why', () => {
    const { container, rerender } = render(<RefusedParts trigger={{ ...trigger, refused }} />);
    expect(screen.getByRole('status').textContent).toContain('Partly failing: SendPulse refuses some of what this trigger reads.');
    expect(screen.getAllByRole('listitem').map(item => item.textContent)).toEqual([expect.stringMatching(/^Bot 2 \(2\), since .*2 hours.*: Bot is disabled <b>$/), expect.stringMatching(/^2026-03-01, since [^:]*$/)]);
    rerender(<RefusedParts trigger={trigger} />);
    expect(container.textContent).toBe('');
  });
});
