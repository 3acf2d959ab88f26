// The components that all pages share.
import { useEffect, useId, useRef, useState, type ReactNode } from 'react';
import { picture, type Failure } from '../api/client';
import type { Resource } from '../api/resource';
import { hrefOf } from '../route';
import { agoText, timeText } from './words';

let isFirstPage = true;

export function Page({ title, lead, back, actions, children }: { title: string; lead?: ReactNode; back?: { to: string[]; title: string }; actions?: ReactNode; children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Connector host`;
  }, [title]);
  // On a new page the heading takes the focus, so that a screen reader starts there; the first page is read from its top.
  useEffect(() => {
    if (!isFirstPage && (document.activeElement === document.body || document.activeElement?.closest('nav'))) heading.current?.focus();
    isFirstPage = false;
  }, []);
  return (
    <>
      {back && (
        <a className="back" href={hrefOf(back.to)}>
          ← {back.title}
        </a>
      )}
      <header className="page-head">
        <div>
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {lead !== undefined && <div className="lead">{lead}</div>}
        </div>
        {actions !== undefined && <div className="page-actions">{actions}</div>}
      </header>
      {children}
    </>
  );
}

export type Tone = 'good' | 'busy' | 'doubtful' | 'bad' | 'quiet';

export const Badge = ({ tone, children }: { tone: Tone; children: ReactNode }) => <span className={`badge ${tone}`}>{children}</span>;

export function FailureNote({ failure, children }: { failure: Failure; children?: ReactNode }) {
  const more = [
    failure.http_status === undefined ? undefined : `HTTP status ${failure.http_status}`,
    failure.vendor_code === undefined ? undefined : `service error code ${failure.vendor_code}`,
  ].filter(text => text !== undefined);
  return (
    <div className="note bad" role="alert">
      <p className="note-title">{failure.message}</p>
      {failure.problems.length > 0 && (
        <ul>
          {failure.problems.map(({ pointer, message }) => (
            <li key={pointer + message}>
              {pointer === '' ? '' : `${pointer.slice(1).replaceAll('/', ', ')}: `}
              {message}
            </li>
          ))}
        </ul>
      )}
      {failure.advice !== undefined && <p>{failure.advice}</p>}
      {failure.retry_after_ms !== undefined && <p>Try again in {Math.max(1, Math.ceil(failure.retry_after_ms / 1000))} s.</p>}
      {more.length > 0 && <p className="hint">{more.join(', ')}</p>}
      {children}
    </div>
  );
}

export const Note = ({ tone, title, children }: { tone: 'good' | 'doubtful' | 'info'; title?: ReactNode; children?: ReactNode }) => (
  <div className={`note ${tone}`} role="status">
    {title !== undefined && <p className="note-title">{title}</p>}
    {children}
  </div>
);

export const Empty = ({ title, children }: { title: string; children?: ReactNode }) => (
  <div className="empty">
    <p className="empty-title">{title}</p>
    {children}
  </div>
);

// A resource of the host: its value once it has loaded, otherwise the failure or a spinner.
export function Loaded<T>({ of, children }: { of: Resource<T>; children: (value: T) => ReactNode }) {
  if (of.value !== undefined) return children(of.value);
  if (of.failure !== undefined)
    return (
      <FailureNote failure={of.failure}>
        <button type="button" className="button" onClick={of.reload}>
          Try again
        </button>
      </FailureNote>
    );
  return <Waiting />;
}

export const Waiting = ({ children = 'Loading…' }: { children?: ReactNode }) => (
  <p className="waiting" role="status">
    <span className="spinner" aria-hidden="true" />
    {children}
  </p>
);

export function Ago({ time }: { time: string }) {
  const now = useNow(10_000);
  return (
    <time dateTime={time} title={timeText(time)}>
      {agoText(time, now)}
    </time>
  );
}

// The current time, updated at an interval.
export function useNow(every_ms: number): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every_ms);
    return () => clearInterval(timer);
  }, [every_ms]);
  return now;
}

export function SearchField({ label, value, onChange, placeholder }: { label: string; value: string; onChange: (text: string) => void; placeholder?: string }) {
  const id = useId();
  return (
    <div className="search">
      <label htmlFor={id} className="hidden-text">
        {label}
      </label>
      <input id={id} type="search" autoComplete="off" placeholder={placeholder ?? label} value={value} onChange={event => onChange(event.target.value)} />
    </div>
  );
}

interface DialogProps {
  title: string;
  confirm: string;
  destructive?: boolean;
  onConfirm: () => void;
  onCancel: () => void;
  children: ReactNode;
}

// Asks before an operation that cannot be undone.
export function ConfirmDialog({ title, confirm, destructive = true, onConfirm, onCancel, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={id} onCancel={onCancel}>
      <h2 id={id}>{title}</h2>
      <div className="dialog-text">{children}</div>
      <div className="buttons end">
        <button type="button" className="button" onClick={onCancel}>
          Cancel
        </button>
        <button type="button" className={`button ${destructive ? 'danger' : 'primary'}`} onClick={onConfirm}>
          {confirm}
        </button>
      </div>
    </dialog>
  );
}

// A connector's icon, fetched once: an <img> cannot send the session's key. Without an icon the first letter of the title is shown.
const pictures = new Map<string, Promise<string>>();

function usePicture(path: string | undefined): string | undefined {
  const [shown, setShown] = useState<{ path: string; address: string }>();
  useEffect(() => {
    if (path === undefined) return;
    let isCurrent = true;
    const coming = pictures.get(path) ?? picture(path);
    pictures.set(path, coming);
    coming.then(
      address => isCurrent && setShown({ path, address }),
      () => pictures.delete(path),
    );
    return () => {
      isCurrent = false;
    };
  }, [path]);
  return shown?.path === path ? shown?.address : undefined;
}

export function Icon({ icon, title }: { icon: { light?: string; dark?: string }; title: string }) {
  const light = usePicture(icon.light);
  const dark = usePicture(icon.dark);
  if (light === undefined)
    return (
      <span className="icon letter" aria-hidden="true">
        {title.charAt(0)}
      </span>
    );
  return (
    <picture>
      {dark !== undefined && <source srcSet={dark} media="(prefers-color-scheme: dark)" />}
      <img className="icon" src={light} alt="" width={44} height={44} />
    </picture>
  );
}

// A list of names with their values.
export const Facts = ({ facts }: { facts: (readonly [string, ReactNode])[] }) => (
  <dl className="facts">
    {facts
      .filter(([, value]) => value !== undefined && value !== '' && value !== null)
      .map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
  </dl>
);
