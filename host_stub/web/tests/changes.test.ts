// What a change from the host does to what a page shows.
import { createHash, createHmac, webcrypto } from 'node:crypto';
import { renderHook } from '@testing-library/react';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { followChanges, useChanges, type Change } from '../src/api/changes';
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

describe('the stream of changes', () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
    localStorage.clear();
  });

  // What was asked for, and the streams that came back.
  function aHost() {
    if (globalThis.crypto?.subtle === undefined) vi.stubGlobal('crypto', webcrypto);
    const asked: Headers[] = [];
    const streams: ReadableStreamDefaultController<Uint8Array>[] = [];
    const say = (text: string) => streams.at(-1)?.enqueue(new TextEncoder().encode(text));
    let refusal: Response | undefined;
    vi.stubGlobal('fetch', (_path: string, init: RequestInit) => {
      asked.push(new Headers(init.headers));
      if (refusal !== undefined) return Promise.resolve(refusal.clone());
      const body = new ReadableStream<Uint8Array>({ start: controller => void streams.push(controller) });
      return Promise.resolve(new Response(body, { headers: { 'Content-Type': 'text/event-stream' } }));
    });
    return { asked, streams, say, refuse: (answer: Response) => (refusal = answer) };
  }

  function listening() {
    const heard: Change[] = [];
    renderHook(() => useChanges(change => heard.push(change)));
    return heard;
  }

  // What the description of the API says: HMAC-SHA-256 of the start, under the SHA-256 of the key.
  const proofOf = (key: string, start: string) => createHmac('sha256', createHash('sha256').update(key).digest()).update(start).digest('base64url');

  test('is read with a proof of the session’s key, never the key itself, in whatever pieces it comes', async () => {
    localStorage.setItem('connector_session_key', 'the-key');
    localStorage.setItem('connector_session_start', 'the-start');
    const host = aHost();
    const heard = listening();
    const states: boolean[] = [];
    const stop = followChanges(state => states.push(state));
    await vi.waitFor(() => expect(host.streams).toHaveLength(1));
    expect(host.asked[0]?.get('x-session-proof')).toBe(proofOf('the-key', 'the-start'));
    expect([...(host.asked[0]?.values() ?? [])].join()).not.toContain('the-key');
    expect(host.asked[0]?.get('last-event-id')).toBeNull();
    host.say('retry: 2000\n\nid: r.1\nevent: trig');
    host.say('ger_removed\ndata: {"id":"tr');
    host.say('g_1"}\n\n:\n\nid: r.2\nevent: something_new\ndata: {}\n\n');
    await vi.waitFor(() => expect(heard).toEqual([{ kind: 'trigger_removed', id: 'trg_1' }, { kind: 'reset' }]));
    expect(states).toEqual([true]);
    stop();
  });

  test('is proved again, once, to a host that was started anew', async () => {
    localStorage.setItem('connector_session_key', 'the-key');
    localStorage.setItem('connector_session_start', 'the-start');
    const host = aHost();
    host.refuse(new Response('{"error":{"class":"no_session","fault":"user","message":"No.","problems":[]}}', { status: 401, headers: { 'X-Session-Start': 'another' } }));
    const stop = followChanges(() => {});
    await vi.waitFor(() => expect(host.asked).toHaveLength(2));
    expect(host.asked[1]?.get('x-session-proof')).toBe(proofOf('the-key', 'another'));
    expect(localStorage.getItem('connector_session_start')).toBe('another');
    stop();
  });

  test('is read on after the last message when it broke off, and pages read everything anew', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const host = aHost();
    const heard = listening();
    const states: boolean[] = [];
    const stop = followChanges(state => states.push(state));
    await vi.waitFor(() => expect(host.streams).toHaveLength(1));
    host.say('id: r.7\nevent: connection_removed\ndata: {"id":"con_1"}\n\n');
    await vi.waitFor(() => expect(heard).toHaveLength(1));
    host.streams[0]?.error(new Error('gone'));
    await vi.waitFor(() => expect(states).toEqual([true, false]));
    await vi.advanceTimersByTimeAsync(3_000);
    await vi.waitFor(() => expect(host.streams).toHaveLength(2));
    expect(host.asked[1]?.get('last-event-id')).toBe('r.7');
    await vi.waitFor(() => expect(states).toEqual([true, false, true]));
    expect(heard.at(-1)).toEqual({ kind: 'reset' });
    stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(host.asked).toHaveLength(2);
  });

  test('is asked for again when it is refused', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const host = aHost();
    const error = { class: 'unavailable', fault: 'host', message: 'Too many pages listen at the moment.', problems: [] };
    host.refuse(new Response(JSON.stringify({ error }), { status: 503 }));
    const states: boolean[] = [];
    const stop = followChanges(state => states.push(state));
    await vi.waitFor(() => expect(states).toEqual([false]));
    await vi.advanceTimersByTimeAsync(3_000);
    await vi.waitFor(() => expect(host.asked).toHaveLength(2));
    stop();
  });
});
