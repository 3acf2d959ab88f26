// What a change from the host does to what a page shows.
import { expect, test } from 'vitest';
import type { Poll, Trigger } from '../src/api/client';
import { withPoll } from '../src/pages/triggers';

const trigger = { id: 'trg_1', state: 'paused', held: 0, next_poll_at: '2026-05-01T10:00:00Z' } as Trigger;
const poll = { trigger: 'trg_1', state: 'active', ok: true, events: 2, held: 0, at: '2026-05-01T10:00:01Z' } as Poll;

test('a poll that ended while somebody paused the trigger does not un-pause it', () => {
  expect(withPoll(trigger, poll)).toMatchObject({ state: 'paused', last_poll: poll });
});

test('a poll says when the next one is', () => {
  expect(withPoll(trigger, poll).next_poll_at).toBeUndefined();
  expect(withPoll(trigger, { ...poll, next_poll_at: '2026-05-01T10:05:00Z' }).next_poll_at).toBe('2026-05-01T10:05:00Z');
});

test('the poll of another trigger changes nothing', () => {
  expect(withPoll(trigger, { ...poll, trigger: 'trg_2' })).toBe(trigger);
});
