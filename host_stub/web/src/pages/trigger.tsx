// One trigger: its state, its latest events, and the commands on it.
import { useMemo, useState } from 'react';
import { useChanges } from '../api/changes';
import { api, failureOf, type Failure, type Trigger, type TriggerTest } from '../api/client';
import { useResource } from '../api/resource';
import { Ago, ConfirmDialog, Facts, FailureNote, Loaded, Note, Page, Waiting } from '../parts/basics';
import { FormFromManifest } from '../parts/form_loader';
import { TriggerBadge } from '../parts/states';
import { counted, everyText } from '../parts/words';
import { go, hrefOf } from '../route';
import { ChosenSettings } from './chosen_settings';
import { EventRows, withRow } from './events';
import { IntervalField } from './interval_field';
import { TestResult } from './test_result';
import { BlindSpots, CostText } from './trigger_cost';
import { NextPoll, withPoll } from './triggers';

export function TriggerPage({ id, query }: { id: string; query: URLSearchParams }) {
  const trigger = useResource(`trigger ${id}`, () => api.trigger(id));
  const events = useResource(`events of ${id}`, () => api.events({ trigger: id, limit: 5 }));
  useChanges(change => {
    if (change.kind === 'poll') {
      trigger.patch(value => withPoll(value, change.poll));
      if (change.poll.trigger === id && change.poll.held > 0) trigger.reload();
    }
    if (change.kind === 'trigger' && change.trigger.id === id) trigger.patch(() => change.trigger);
    if ((change.kind === 'event' || change.kind === 'delivery') && change.row.trigger_id === id)
      events.patch(page => ({ ...page, events: withRow(page.events, change.row, change.kind === 'event').slice(0, 5) }));
    if (change.kind === 'trigger_removed' && change.id === id) go(['triggers']);
  });
  const { value } = trigger;
  return (
    <Page
      title={value?.title ?? 'Trigger'}
      lead={
        value && (
          <>
            <TriggerBadge {...value} /> <NextPoll trigger={value} />
          </>
        )
      }
      back={{ to: ['triggers'], title: 'Triggers' }}
    >
      {query.has('new') && (
        <Note tone="good" title="Trigger added. The first check runs now.">
          {(query.get('note') ?? '') !== '' && <p>{query.get('note')}</p>}
        </Note>
      )}
      <Loaded of={trigger}>
        {known => (
          <>
            <Working trigger={known} onChange={fresh => trigger.patch(() => fresh)} onReload={trigger.reload} />
            <section>
              <h2>Latest events</h2>
              <Loaded of={events}>
                {page =>
                  page.events.length === 0 ? (
                    <p className="hint">No events yet.</p>
                  ) : (
                    <>
                      <EventRows events={page.events} />
                      <p>
                        <a href={hrefOf(['events'], { trigger: id })}>All events of this trigger</a>
                      </p>
                    </>
                  )
                }
              </Loaded>
            </section>
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Working({ trigger, onChange, onReload }: { trigger: Trigger; onChange: (trigger: Trigger) => void; onReload: () => void }) {
  const form = useResource(`form ${trigger.plugin} ${trigger.trigger}`, () => api.operationForm(trigger.plugin, trigger.trigger, 'trigger'));
  const lookUp = useMemo(() => api.lookUp(trigger.connection), [trigger.connection]);
  const server = useResource('server', api.server);
  const [busy, setBusy] = useState('');
  const [failure, setFailure] = useState<Failure>();
  const [test, setTest] = useState<TriggerTest>();
  const [said, setSaid] = useState('');
  const [interval, setInterval] = useState(trigger.interval_s);
  const [asks, setAsks] = useState<'edit' | 'remove' | 'discard'>();
  // An edit that waits for the user's consent to what it costs.
  const [costly, setCostly] = useState<{ input: object; message: string; requests: boolean }>();
  const attempt = async (what: string, work: () => Promise<void>) => {
    setBusy(what);
    setFailure(undefined);
    setTest(undefined);
    setSaid('');
    try {
      await work();
    } catch (error) {
      setFailure(failureOf(error));
    }
    setBusy('');
  };
  const decide = (which: 'release' | 'discard') =>
    attempt(which === 'release' ? 'Releasing…' : 'Discarding…', async () => {
      const { events } = await (which === 'release' ? api.releaseHeld(trigger.id) : api.discardHeld(trigger.id));
      setSaid(which === 'release' ? `${counted(events, 'event')} released for delivery.` : `${counted(events, 'event')} discarded.`);
      onReload();
    });
  const save = async (input: object, accept_cost = false) => {
    try {
      onChange(await api.editTrigger(trigger.id, { input, interval_s: interval, ...(accept_cost && { accept_cost }) }));
    } catch (error) {
      const { accept_cost: mayAccept, message } = failureOf(error);
      if (mayAccept !== true) throw error;
      setCostly({ input, message, requests: true });
      return false;
    }
    setAsks(undefined);
    return true;
  };
  const isPaused = trigger.state === 'paused' || trigger.state === 'stopped';
  const last = trigger.last_poll;
  return (
    <>
      {trigger.held > 0 && (
        <div className="note doubtful" role="status">
          <p className="note-title">{counted(trigger.held, 'event')} on hold.</p>
          <p>This many at once usually means an import or a mistake, so they are on hold until you decide.</p>
          <div className="buttons">
            <button type="button" className="button primary" disabled={busy !== ''} onClick={() => void decide('release')}>
              Release
            </button>
            <button type="button" className="button" disabled={busy !== ''} onClick={() => setAsks('discard')}>
              Discard
            </button>
          </div>
        </div>
      )}
      {trigger.last_error !== undefined && trigger.state !== 'active' && trigger.state !== 'paused' && (
        <FailureNote failure={trigger.last_error}>
          {trigger.failures !== undefined && (
            <p className="hint">
              {counted(trigger.failures, 'failure')} in a row
              {trigger.failing_since !== undefined && (
                <>
                  , since <Ago time={trigger.failing_since} />
                </>
              )}
              .
            </p>
          )}
          {trigger.state === 'needs_sign_in' && (
            <p>
              <a className="button primary" href={hrefOf(['connections', trigger.connection])}>
                Sign in again
              </a>
            </p>
          )}
        </FailureNote>
      )}
      <RefusedParts trigger={trigger} />
      {last?.excess !== undefined && (
        <Note tone="doubtful" title="The checks need more requests than stated.">
          <p>{last.excess}</p>
        </Note>
      )}
      <section className="card" aria-label="Settings">
        <Facts
          facts={[
            ['Account', <a key="account" href={hrefOf(['connections', trigger.connection])}>{trigger.connection_label}</a>],
            ['Settings', <ChosenSettings key="input" form={form.value} input={trigger.input} lookUp={lookUp} />],
            ['Checked every', intervalText(trigger.interval_s, server.value?.interval_override_s)],
            ['Last check', last && <LastCheck key="last" poll={last} />],
            ['Cost', <CostText key="cost" cost={trigger.cost} />],
            ['Added', <Ago key="added" time={trigger.created_at} />],
          ]}
        />
        <div className="buttons">
          <button type="button" className="button" disabled={busy !== ''} onClick={() => void attempt('Testing with real items…', async () => setTest(await api.testTrigger(trigger.id)))}>
            Test
          </button>
          <button
            type="button"
            className="button"
            disabled={busy !== ''}
            onClick={() => void attempt(isPaused ? 'Resuming…' : 'Pausing…', async () => onChange(await (isPaused ? api.resumeTrigger(trigger.id) : api.pauseTrigger(trigger.id))))}
          >
            {isPaused ? 'Resume' : 'Pause'}
          </button>
          <button type="button" className="button" disabled={busy !== '' || form.value === undefined} aria-expanded={asks === 'edit'} onClick={() => setAsks(asks === 'edit' ? undefined : 'edit')}>
            Edit
          </button>
          <button type="button" className="button quiet danger-text" disabled={busy !== ''} onClick={() => setAsks('remove')}>
            Remove
          </button>
        </div>
        {busy !== '' && <Waiting>{busy}</Waiting>}
        {said !== '' && <Note tone="good" title={said} />}
        {failure !== undefined && <FailureNote failure={failure} />}
        {test !== undefined && <TestResult test={test} />}
        {asks === 'edit' && form.value !== undefined && (
          <section className="inset" aria-label="Edit">
            <p className="hint">If you change what is read, the trigger restarts; you are asked before it is saved. A changed filter does not restart it.</p>
            <FormFromManifest
              form={form.value}
              lookups={form.value.lookups}
              lookUp={lookUp}
              initial={trigger.input}
              problems={failure?.problems}
              disabled={busy !== ''}
              onSubmit={input =>
                void attempt('Saving…', async () => {
                  const { effect, message } = await api.previewTriggerEdit(trigger.id, { input, interval_s: interval });
                  if (effect === 'new_baseline') {
                    setCostly({ input, message, requests: false });
                    return;
                  }
                  if ((await save(input)) && effect === 'keeps_place') setSaid(message);
                })
              }
            >
              <IntervalField form={form.value} value={interval} onChange={setInterval} />
              <div className="buttons">
                <button type="submit" className="button primary" disabled={busy !== ''}>
                  Save
                </button>
                <button type="button" className="button" onClick={() => setAsks(undefined)}>
                  Cancel
                </button>
              </div>
            </FormFromManifest>
          </section>
        )}
        {form.value !== undefined && (
          <details className="more">
            <summary>Limitations</summary>
            <p>{form.value.description}</p>
            <BlindSpots form={form.value} />
          </details>
        )}
      </section>
      {asks === 'remove' && (
        <ConfirmDialog
          title={`Remove the trigger “${trigger.title}”?`}
          confirm="Remove"
          onCancel={() => setAsks(undefined)}
          onConfirm={() => {
            setAsks(undefined);
            void attempt('Removing…', async () => {
              await api.removeTrigger(trigger.id);
              go(['triggers']);
            });
          }}
        >
          <p>This deletes the trigger and its recorded state. Delivered events remain until their retention period ends.</p>
        </ConfirmDialog>
      )}
      {costly !== undefined && (
        <ConfirmDialog
          title={costly.requests ? 'Accept the cost of this trigger?' : 'Restart this trigger?'}
          confirm={costly.requests ? 'Accept and save' : 'Save and restart'}
          destructive={false}
          onCancel={() => setCostly(undefined)}
          onConfirm={() => {
            setCostly(undefined);
            void attempt('Saving…', async () => void (await save(costly.input, costly.requests)));
          }}
        >
          <p>{costly.message}</p>
        </ConfirmDialog>
      )}
      {asks === 'discard' && (
        <ConfirmDialog
          title={`Discard ${counted(trigger.held, 'event')}?`}
          confirm="Discard"
          onCancel={() => setAsks(undefined)}
          onConfirm={() => {
            setAsks(undefined);
            void decide('discard');
          }}
        >
          <p>Discarded events are never delivered, and these changes are not reported again.</p>
        </ConfirmDialog>
      )}
    </>
  );
}

export const RefusedParts = ({ trigger: { refused, plugin_title } }: { trigger: Pick<Trigger, 'refused' | 'plugin_title'> }) =>
  refused === undefined ? null : (
    <div className="note doubtful" role="status">
      <p className="note-title">Partly failing: {plugin_title} refuses some of what this trigger reads.</p>
      <ul>
        {refused.map(part => (
          <li key={part.name}>
            <strong>{part.name}</strong>, since <Ago time={part.since} />
            {part.reason !== undefined && `: ${part.reason}`}
          </li>
        ))}
      </ul>
      <p>Everything else is checked as usual. The connector tries these again at least once an hour; changes that happen meanwhile are reported then.</p>
    </div>
  );

// The host can be started with one interval for all triggers, for demonstrations.
const intervalText = (own: number, override: number | undefined) =>
  override === undefined ? everyText(own) : `${everyText(own)}; currently every ${everyText(override)}, because the host was started with this interval`;

function LastCheck({ poll }: { poll: NonNullable<Trigger['last_poll']> }) {
  const found = poll.ok ? (poll.baseline ? 'baseline recorded' : poll.events === 0 ? 'no changes' : `${counted(poll.events, 'new event')}`) : 'failed';
  return (
    <>
      <Ago time={poll.at} />: {found}, {counted(poll.requests, 'request')}
      {poll.usual_requests !== undefined && `; on average ${poll.usual_requests.average.toLocaleString('en')} in the last ${counted(poll.usual_requests.polls, 'check')}`}
      {(poll.notes ?? []).map(note => (
        <p key={note} className="hint">
          {note}
        </p>
      ))}
    </>
  );
}
