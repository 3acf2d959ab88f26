// Which page the address names: everything after the #, so that the server serves one document only.
import { useSyncExternalStore } from 'react';

export interface Route {
  names: string[]; // the path's segments, decoded
  query: URLSearchParams;
}

export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  return { names: path.split('/').filter(name => name !== '').map(decodeSegment), query: new URLSearchParams(query) };
}

function decodeSegment(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

// "#/triggers/trg_1?x=y" of ["triggers", "trg_1"] and {x: "y"}.
export function hrefOf(names: string[], query: Record<string, string | undefined> = {}): string {
  const set = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '');
  const text = new URLSearchParams(set).toString();
  return `#/${names.map(encodeURIComponent).join('/')}${text === '' ? '' : `?${text}`}`;
}

export const go = (names: string[], query?: Record<string, string | undefined>) => {
  window.location.hash = hrefOf(names, query);
};

// The same page with another query, without a new entry in the history.
export const goSilently = (names: string[], query?: Record<string, string | undefined>) => {
  window.history.replaceState(null, '', hrefOf(names, query));
  window.dispatchEvent(new HashChangeEvent('hashchange'));
};

const subscribe = (changed: () => void) => {
  window.addEventListener('hashchange', changed);
  return () => window.removeEventListener('hashchange', changed);
};

export const useHash = (): string => useSyncExternalStore(subscribe, () => window.location.hash);
