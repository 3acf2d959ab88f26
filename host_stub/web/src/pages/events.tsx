// The events, newest first, updated live.
import { useEffect, useRef, useState } from 'react';
import { useChanges } from '../api/changes';
import { api, failureOf, type EventRow, type Failure } from '../api/client';
import { useResource } from '../api/resource';
import { isObject } from '../form/json';
import { Ago, Badge, Empty, FailureNote, Loaded, Page, SearchField } from '../parts/basics';
import { EVENT_STATES, EventBadge } from '../parts/states';
import { counted } from '../parts/words';
import { goSilently, hrefOf } from '../route';

// Adds a new row at the top, or updates a row that is shown already. `mayAdd`: the row is new.
export function withRow(rows: EventRow[], row: EventRow, mayAdd: boolean): EventRow[] {
  if (rows.some(({ id }) => id === row.id)) return rows.map(each => (each.id === row.id ? row : each));
  return mayAdd ? [row, ...rows].sort((a, b) => b.seq - a.seq) : rows;
}

const SEARCH_AFTER_MS = 300;

export function EventsPage({ query }: { query: URLSearchParams }) {
  const filter = {
    trigger: query.get('trigger') ?? undefined,
    connection: query.get('connection') ?? undefined,
    state: query.get('state') ?? undefined,
    text: query.get('text') ?? undefined,
  };
  const [text, setText] = useState(filter.text ?? '');
  const setFilter = (change: Partial<typeof filter>) => goSilently(['events'], { ...filter, ...change });
  useEffect(() => {
    if (text === (filter.text ?? '')) return;
    const timer = setTimeout(() => setFilter({ text }), SEARCH_AFTER_MS);
    return () => clearTimeout(timer);
  }, [text, filter.text]);

  const triggers = useResource('triggers', () => api.triggers());
  const server = useResource('server', api.server);
  const events = useResource(`events ${JSON.stringify(filter)}`, () => api.events(filter));
  const [failure, setFailure] = useState<Failure>();
  const [isLoadingMore, setLoadingMore] = useState(false);
  const fresh = useRef(new Set<string>());
  useChanges(change => {
    if (change.kind !== 'event' && change.kind !== 'delivery') return;
    const { row } = change;
    const fits =
      (filter.trigger === undefined || row.trigger_id === filter.trigger) &&
      (filter.connection === undefined || row.connection === filter.connection) &&
      (filter.state === undefined || row.state === filter.state) &&
      (filter.text === undefined || JSON.stringify([row.subject, row.key, row.data]).toLowerCase().includes(filter.text.toLowerCase()));
    if (change.kind === 'event') fresh.current.add(row.id);
    events.patch(page => ({ ...page, events: withRow(page.events, row, change.kind === 'event' && fits) }));
  });
  const more = async (before: number) => {
    setLoadingMore(true);
    setFailure(undefined);
    try {
      const { events: older, next } = await api.events({ ...filter, before });
      events.patch(({ events: known }) => ({ events: [...known, ...older], ...(next === undefined ? {} : { next }) }));
    } catch (error) {
      setFailure(failureOf(error));
    }
    setLoadingMore(false);
  };
  const isFiltered = Object.values(filter).some(value => value !== undefined);
  return (
    <Page title="Events" lead="Changes found in your accounts. New events appear automatically.">
      {server.value?.sinks.map(sink => (
        <p key={sink.sink} className="hint">
          Delivered to <strong>{sink.sink}</strong>
          {sink.disabled && (
            <>
              {' '}
              <Badge tone="bad">Disabled</Badge> {sink.reason}; {counted(sink.waiting, 'event')} waiting. To deliver them, run{' '}
              <code>connector-host destination enable {sink.sink}</code>
            </>
          )}
        </p>
      ))}
      {server.value?.unnamed_sinks.map(sink => (
        <p key={sink.sink} className="hint">
          <Badge tone="doubtful">Waiting</Badge> {counted(sink.waiting + sink.on_hold, 'event')} kept for <strong>{sink.sink}</strong>, a destination
          that this run does not use{sink.disabled && <> (disabled: {sink.reason})</>}. To deliver them, start the host with that destination.
        </p>
      ))}
      <div className="filters" role="search" aria-label="Filter events">
        <SearchField label="Search events" value={text} onChange={setText} placeholder="Search, for example an email address" />
        <select aria-label="Trigger" value={filter.trigger ?? ''} onChange={event => setFilter({ trigger: event.target.value })}>
          <option value="">All triggers</option>
          {(triggers.value ?? []).map(trigger => (
            <option key={trigger.id} value={trigger.id}>
              {trigger.title} ({trigger.connection_label})
            </option>
          ))}
        </select>
        <select aria-label="Delivery" value={filter.state ?? ''} onChange={event => setFilter({ state: event.target.value })}>
          <option value="">Any delivery state</option>
          {EVENT_STATES.map(({ state, title }) => (
            <option key={state} value={state}>
              {title}
            </option>
          ))}
        </select>
        {isFiltered && (
          <button
            type="button"
            className="button quiet"
            onClick={() => {
              setText('');
              goSilently(['events']);
            }}
          >
            Clear filters
          </button>
        )}
      </div>
      <Loaded of={events}>
        {page => (
          <>
            <p className="hidden-text" role="status" aria-live="polite">
              {counted(page.events.length, 'event')} shown
            </p>
            {page.events.length === 0 ? (
              <Empty title={isFiltered ? 'No event matches.' : 'No events yet.'}>
                {!isFiltered && (
                  <p>
                    Events appear here when a trigger finds a change. <a href={hrefOf(['triggers'])}>Show triggers</a>
                  </p>
                )}
              </Empty>
            ) : (
              <EventRows events={page.events} fresh={fresh.current} />
            )}
            {page.next !== undefined && (
              <button type="button" className="button" disabled={isLoadingMore} onClick={() => void more(page.next ?? 0)}>
                Show older events
              </button>
            )}
            {failure !== undefined && <FailureNote failure={failure} />}
          </>
        )}
      </Loaded>
    </Page>
  );
}

export const EventRows = ({ events, fresh }: { events: EventRow[]; fresh?: Set<string> }) => (
  <ul className="rows card">
    {events.map(event => (
      <li key={event.id} className={fresh?.has(event.id) ? 'fresh' : undefined}>
        <a className="row" href={hrefOf(['events', event.id])}>
          <span className="row-main">
            <strong>{event.title}</strong>
            <span className="hint gist">{gistOf(event)}</span>
          </span>
          <span className="row-side hint">
            <Ago time={event.time} />
          </span>
          <EventBadge state={event.state} />
        </a>
      </li>
    ))}
  </ul>
);

// A line of what an event is about: its first plain values.
function gistOf({ data, subject, connection_label }: EventRow): string {
  const out: string[] = [];
  const take = (value: unknown) => {
    if (out.length >= 3) return;
    if (typeof value === 'string' && value !== '' && value.length <= 80 && !/^\d{4}-\d{2}-\d{2}/.test(value)) out.push(value);
    else if (isObject(value)) for (const name of ['name', 'title', 'email', 'subject']) take(value[name]);
  };
  for (const name of ['email', 'name', 'title', 'phone', 'subject']) if (name in data) take(data[name]);
  for (const [name, value] of Object.entries(data)) if (!['email', 'name', 'title', 'phone', 'subject', 'id'].includes(name)) take(value);
  const gist = [...new Set(out)].slice(0, 3).join(' · ');
  return gist !== '' ? gist : (subject ?? connection_label);
}
