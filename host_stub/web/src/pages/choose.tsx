// Choosing an account, and one of its triggers or actions, by group or by search.
import { useMemo, useState, type ReactNode } from 'react';
import { api, type Connection } from '../api/client';
import { useResource, type Resource } from '../api/resource';
import { Empty, SearchField } from '../parts/basics';
import { counted } from '../parts/words';
import { hrefOf } from '../route';

export const useConnections = (): Resource<Connection[]> => useResource('connections', api.connections);

export const NoAccount = () => (
  <Empty title="No account is connected yet.">
    <p>
      <a className="button primary" href={hrefOf([])}>
        Connect an account
      </a>
    </p>
  </Empty>
);

export function AccountField({ connections, chosen, onChoose }: { connections: Connection[]; chosen: string; onChoose: (id: string) => void }) {
  return (
    <div className="field account-field">
      <label className="label" htmlFor="account">
        Account
      </label>
      <select id="account" value={chosen} onChange={event => onChoose(event.target.value)}>
        {connections.map(connection => (
          <option key={connection.id} value={connection.id}>
            {connection.label} ({connection.plugin_title}
            {connection.state === 'ok' ? '' : `, ${connection.state_text}`})
          </option>
        ))}
      </select>
    </div>
  );
}

// "E-mail" and "email" find each other.
const folded = (text: string): string => text.toLowerCase().replaceAll('e-mail', 'email');

interface Operation {
  id: string;
  title: string;
  description: string;
  group: string;
  deprecated?: unknown;
}

export function OperationList<T extends Operation>({ what, operations, hrefOfOne, mark }: { what: string; operations: T[]; hrefOfOne: (one: T) => string; mark?: (one: T) => ReactNode }) {
  const [text, setText] = useState('');
  const [only, setOnly] = useState<string>();
  const names = useMemo(() => [...new Set(operations.map(({ group }) => group))], [operations]);
  const groups = useMemo(() => {
    const words = folded(text).split(/\s+/).filter(Boolean);
    const out = new Map<string, T[]>();
    for (const one of operations) {
      const all = folded(`${one.title} ${one.description} ${one.group} ${one.id}`);
      if ((only === undefined || one.group === only) && words.every(word => all.includes(word))) out.set(one.group, [...(out.get(one.group) ?? []), one]);
    }
    return [...out];
  }, [operations, text, only]);
  const count = groups.reduce((sum, [, members]) => sum + members.length, 0);
  return (
    <>
      <SearchField label={`Search ${what}s`} value={text} onChange={setText} placeholder={`Search ${counted(operations.length, what)}`} />
      {names.length > 1 && (
        <div className="groups" role="group" aria-label="Groups">
          {[undefined, ...names].map(name => (
            <button key={name ?? ''} type="button" aria-pressed={only === name} onClick={() => setOnly(name)}>
              {name ?? 'All'}
            </button>
          ))}
        </div>
      )}
      <p className="hidden-text" role="status">
        {text === '' ? '' : `${counted(count, what)} found`}
      </p>
      {count === 0 && <Empty title={`No ${what} matches “${text}”.`} />}
      {groups.map(([group, members]) => (
        <section key={group} className="group">
          <h2>{group}</h2>
          <ul className="tiles">
            {members.map(one => (
              <li key={one.id}>
                <a className="tile" href={hrefOfOne(one)}>
                  <strong>{one.title}</strong>
                  <span className="hint">{one.description}</span>
                  {mark?.(one)}
                </a>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}
