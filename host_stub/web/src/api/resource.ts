// A value that a page reads from the host: loading, loaded or failed; it can be read again and patched.
import { useCallback, useEffect, useRef, useState } from 'react';
import { useChanges } from './changes';
import { failureOf, type Failure } from './client';

export interface Resource<T> {
  value: T | undefined;
  failure: Failure | undefined;
  isLoading: boolean;
  reload: () => void;
  patch: (change: (value: T) => T) => void;
}

// Read again whenever `key` changes, and when changes were missed. With an undefined key nothing is read.
export function useResource<T>(key: string | undefined, read: () => Promise<T>): Resource<T> {
  const [state, setState] = useState<{ key: string | undefined; value?: T; failure?: Failure }>({ key: undefined });
  const [isLoading, setLoading] = useState(key !== undefined);
  const reader = useRef(read);
  reader.current = read;
  const turn = useRef(0);

  const reload = useCallback(() => {
    if (key === undefined) return;
    const mine = ++turn.current;
    setLoading(true);
    reader
      .current()
      .then(
        value => mine === turn.current && setState({ key, value }),
        (error: unknown) => mine === turn.current && setState({ key, failure: failureOf(error) }),
      )
      .finally(() => mine === turn.current && setLoading(false));
  }, [key]);
  useEffect(reload, [reload]);
  useChanges(change => {
    if (change.kind === 'reset') reload();
  });
  const patch = useCallback((change: (value: T) => T) => setState(now => (now.value === undefined ? now : { ...now, value: change(now.value) })), []);

  const isCurrent = state.key === key;
  return { value: isCurrent ? state.value : undefined, failure: isCurrent ? state.failure : undefined, isLoading, reload, patch };
}
