// A text field with a list of choices below it, after the combobox pattern of the ARIA Authoring Practices: arrows move,
// Enter picks, Escape closes, typing searches.
import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import type { Choice } from '../context';
import type { AccountChoices } from './choices_of_account';

interface Props {
  id: string;
  choices: AccountChoices;
  shown: string; // the text of the closed field
  isPicked: (choice: Choice) => boolean;
  onPick: (choice: Choice) => void;
  onClear?: (() => void) | undefined;
  allowOther: boolean;
  staysOpen?: boolean;
  disabled?: boolean | undefined;
  placeholder?: string | undefined;
  describedBy: Record<string, unknown>;
  children?: ReactNode;
}

type Row = { kind: 'choice'; choice: Choice } | { kind: 'other'; text: string } | { kind: 'more' };

const SEARCH_AFTER_MS = 250;
const ENOUGH = 8;

export function Combobox({ id, choices, shown, isPicked, onPick, onClear, allowOther, staysOpen, disabled, placeholder, describedBy, children }: Props) {
  const [open, setOpen] = useState(false);
  const [query, setQuery] = useState('');
  const [active, setActive] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const blocked = choices.missing.length > 0;

  const wanted = query.trim().toLowerCase();
  const found = choices.searches
    ? choices.items
    : choices.items.filter(({ label, hint, value }) => `${label} ${hint ?? ''} ${String(value)}`.toLowerCase().includes(wanted));
  const typed = query.trim();
  const rows: Row[] = found.map(choice => ({ kind: 'choice', choice }));
  if (choices.hasMore) rows.push({ kind: 'more' });
  if ((allowOther || choices.state === 'failed') && typed !== '' && !found.some(({ value, label }) => String(value) === typed || label === typed))
    rows.push({ kind: 'other', text: typed });

  const { searches, load, more, hasMore, state } = choices;
  useEffect(() => {
    if (!open || !searches) return;
    const timer = setTimeout(() => load(wanted), wanted === '' ? 0 : SEARCH_AFTER_MS);
    return () => clearTimeout(timer);
  }, [open, searches, wanted]);
  // Where the service cannot search, load further pages until enough choices match.
  useEffect(() => {
    if (open && !searches && wanted !== '' && hasMore && state === 'ready' && found.length < ENOUGH) more();
  }, [open, searches, wanted, hasMore, state, found.length]);
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView?.({ block: 'nearest' });
  }, [active, open]);

  const show = () => {
    if (blocked || disabled) return;
    setOpen(true);
    setActive(0);
    load(searches ? wanted : '');
  };
  const hide = () => {
    setOpen(false);
    setQuery('');
  };
  const clear = () => {
    hide();
    onClear?.();
  };
  const pick = (row: Row | undefined) => {
    if (row === undefined) return;
    if (row.kind === 'more') return more();
    onPick(row.kind === 'choice' ? row.choice : { value: row.text, label: row.text });
    if (staysOpen) setQuery('');
    else hide();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!open && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) show();
    else if (!open) return;
    else if (event.key === 'ArrowDown') setActive(at => Math.min(at + 1, rows.length - 1));
    else if (event.key === 'ArrowUp') setActive(at => Math.max(at - 1, 0));
    else if (event.key === 'Home' && wanted === '') setActive(0);
    else if (event.key === 'End' && wanted === '') setActive(rows.length - 1);
    else if (event.key === 'Enter') pick(rows[active]);
    else if (event.key === 'Escape') hide();
    else return;
    event.preventDefault();
  };

  const said =
    state === 'loading' ? 'Loading…' : state === 'failed' ? (choices.error ?? 'The choices could not be loaded. Try again.') : rows.length === 0 ? 'No matches.' : '';
  const optionId = (index: number) => `${id}__option_${index}`;
  return (
    // The list closes when the focus leaves all of this: its button can be reached with Tab.
    <div className="combobox" onBlur={event => (event.currentTarget.contains(event.relatedTarget) ? undefined : hide())}>
      {children}
      <div className="joined">
        <input
          id={id}
          type="text"
          role="combobox"
          aria-expanded={open}
          aria-controls={`${id}__list`}
          aria-autocomplete="list"
          aria-activedescendant={open && rows.length > 0 ? optionId(active) : undefined}
          autoComplete="off"
          spellCheck={false}
          disabled={disabled || blocked}
          value={open ? query : shown}
          placeholder={blocked ? `Fill in first: ${choices.missing.join(', ')}` : open && shown !== '' ? shown : (placeholder ?? 'Choose…')}
          onChange={event => {
            setQuery(event.target.value);
            setActive(0);
            if (!open) show();
          }}
          onClick={() => (open ? undefined : show())}
          onKeyDown={onKeyDown}
          {...describedBy}
        />
        {onClear !== undefined && !disabled && (
          <button type="button" className="button quiet" onClick={clear} aria-label="Clear">
            ✕
          </button>
        )}
      </div>
      <div className="hidden-text" role="status">
        {open ? said || `${found.length} choices` : ''}
      </div>
      <div className="popup" hidden={!open}>
        <ul
          id={`${id}__list`}
          role="listbox"
          aria-label="Choices"
          ref={list}
          // The field keeps the focus, so that a click in the list does not close it.
          onMouseDown={event => event.preventDefault()}
          onScroll={({ currentTarget: box }) => {
            if (box.scrollTop + box.clientHeight > box.scrollHeight - 40) more();
          }}
        >
          {open &&
            rows.map((row, index) => (
              <li
                key={row.kind === 'choice' ? `choice ${JSON.stringify(row.choice.value)} ${index}` : row.kind}
                id={optionId(index)}
                role="option"
                aria-selected={index === active}
                className={`option${row.kind === 'choice' && isPicked(row.choice) ? ' picked' : ''}`}
                onMouseMove={() => setActive(index)}
                onClick={() => pick(row)}
              >
                {row.kind === 'choice' && (
                  <>
                    <span>{row.choice.label}</span>
                    {row.choice.hint !== undefined && <span className="hint">{row.choice.hint}</span>}
                  </>
                )}
                {row.kind === 'more' && <span className="hint">Load more…</span>}
                {row.kind === 'other' && <span>Use “{row.text}”</span>}
              </li>
            ))}
        </ul>
        {said !== '' && <p className="hint said">{said}</p>}
        {open && state !== 'idle' && (
          <button
            type="button"
            className="button quiet small"
            aria-disabled={state === 'loading'}
            onMouseDown={event => event.preventDefault()}
            onClick={state === 'loading' ? undefined : choices.again}
          >
            Load again
          </button>
        )}
      </div>
    </div>
  );
}
