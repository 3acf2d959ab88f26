// Live changes from the host: one stream of server-sent events for the whole page. While the page is hidden the stream is closed
// (browsers allow few connections per server); when the page is shown again, everything is read again.
import { createParser } from 'eventsource-parser';
import { useEffect, useRef } from 'react';
import { ask } from './client';
import { parseWithDigits } from './digits';
import type { Connection, EventRow, Poll, Trigger } from './client';

export type Change =
  | { kind: 'event' | 'delivery'; row: EventRow }
  | { kind: 'poll'; poll: Poll }
  | { kind: 'trigger'; trigger: Trigger }
  | { kind: 'trigger_removed' | 'connection_removed'; id: string }
  | { kind: 'connection'; connection: Connection }
  | { kind: 'reset' };

type Listener = (change: Change) => void;

const listeners = new Set<Listener>();
const tell = (change: Change) => listeners.forEach(listener => listener(change));

function changeOf(kind: string, data: unknown): Change {
  switch (kind) {
    case 'event':
    case 'delivery':
      return { kind, row: data as EventRow };
    case 'poll':
      return { kind, poll: data as Poll };
    case 'trigger':
      return { kind, trigger: data as Trigger };
    case 'connection':
      return { kind, connection: data as Connection };
    case 'trigger_removed':
    case 'connection_removed':
      return { kind, id: (data as { id: string }).id };
    default:
      return { kind: 'reset' };
  }
}

const AGAIN_AFTER_MS = 3_000;

// Reads the stream until it ends. It is fetched, since an EventSource cannot send the session's key.
async function readChanges(signal: AbortSignal, lastId: string, onOpen: () => void, onId: (id: string) => void): Promise<void> {
  const answer = await ask('api/changes', { signal, headers: { Accept: 'text/event-stream', ...(lastId !== '' && { 'Last-Event-ID': lastId }) } });
  if (answer.body === null) return;
  onOpen();
  const parser = createParser({
    onEvent: ({ id, event, data }) => {
      if (id !== undefined) onId(id);
      tell(changeOf(event ?? '', data === '' ? {} : parseWithDigits(data)));
    },
  });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    parser.feed(value);
  }
}

// Follows the stream until the returned function is called. `onState` is called with whether it is connected.
export function followChanges(onState: (connected: boolean) => void): () => void {
  let reading: AbortController | undefined;
  let lastId = '';
  let wasOpen = false;
  let again: ReturnType<typeof setTimeout> | undefined;
  const opened = () => {
    onState(true);
    // The pages read the state before the first stream; changes between two streams would be missed.
    if (wasOpen) tell({ kind: 'reset' });
    wasOpen = true;
  };
  const open = async () => {
    clearTimeout(again);
    const mine = new AbortController();
    reading = mine;
    // Whether the stream ended, broke off or was refused: try again.
    await readChanges(mine.signal, lastId, opened, id => (lastId = id)).catch(() => {});
    if (mine.signal.aborted) return;
    onState(false);
    again = setTimeout(() => void open(), AGAIN_AFTER_MS);
  };
  const close = () => {
    clearTimeout(again);
    reading?.abort();
    reading = undefined;
  };
  const seen = () => {
    if (document.hidden) close();
    else if (reading === undefined) void open();
  };
  document.addEventListener('visibilitychange', seen);
  seen();
  return () => {
    document.removeEventListener('visibilitychange', seen);
    close();
  };
}

export function useChanges(listener: Listener) {
  const current = useRef(listener);
  current.current = listener;
  useEffect(() => {
    const hear: Listener = change => current.current(change);
    listeners.add(hear);
    return () => {
      listeners.delete(hear);
    };
  }, []);
}
