// What changes at the host, as it happens: one stream of server-sent events for the whole page. While the page is hidden
// there is none (browsers allow few per server); then everything is read anew when it is seen again.
import { useEffect, useRef } from 'react';
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

const AGAIN_AFTER_MS = 5_000;
const KINDS = ['event', 'delivery', 'poll', 'trigger', 'connection', 'trigger_removed', 'connection_removed', 'reset'];

// Follows the stream until the returned function is called. `onState` hears whether it is connected.
export function followChanges(onState: (connected: boolean) => void): () => void {
  let source: EventSource | undefined;
  let wasOpen = false;
  let again: ReturnType<typeof setTimeout> | undefined;
  const open = () => {
    clearTimeout(again);
    source = new EventSource('api/changes');
    source.onopen = () => {
      onState(true);
      // What happened before is read by the pages; what happened while nobody listened is not.
      if (wasOpen) tell({ kind: 'reset' });
      wasOpen = true;
    };
    source.onerror = () => {
      onState(false);
      // A browser comes back by itself after a lost connection, but not after an answer it did not like.
      if (source?.readyState === EventSource.CLOSED) again = setTimeout(open, AGAIN_AFTER_MS);
    };
    for (const kind of KINDS)
      source.addEventListener(kind, message => {
        const text = (message as MessageEvent<string>).data;
        tell(changeOf(kind, text === '' ? {} : JSON.parse(text)));
      });
  };
  const close = () => {
    clearTimeout(again);
    source?.close();
    source = undefined;
  };
  const seen = () => {
    if (document.hidden) close();
    else if (source === undefined) open();
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
