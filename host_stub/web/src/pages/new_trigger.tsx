// Adding a trigger: choose it, fill in its settings, test it with real items, add it.
import { useMemo, useState } from 'react';
import { api, failureOf, type Connection, type Failure, type OperationForm, type TriggerTest } from '../api/client';
import { useResource } from '../api/resource';
import { Badge, FailureNote, Loaded, Page, Waiting } from '../parts/basics';
import { FormFromManifest } from '../parts/form_loader';
import { go, goSilently, hrefOf } from '../route';
import { AccountField, NoAccount, OperationList, useConnections } from './choose';
import { DeprecatedBadge } from './deprecated';
import { IntervalField, intervalOf } from './interval_field';
import { TestResult } from './test_result';
import { BlindSpots, CostText } from './trigger_cost';

export function NewTriggerPage({ query }: { query: URLSearchParams }) {
  const connections = useConnections();
  const trigger = query.get('trigger') ?? undefined;
  const wanted = query.get('connection');
  const connection = connections.value?.find(({ id }) => id === wanted) ?? connections.value?.find(({ state }) => state === 'ok') ?? connections.value?.[0];
  if (trigger !== undefined && connection !== undefined) return <Configure connection={connection} trigger={trigger} />;
  return (
    <Page title="Add a trigger" lead="Choose which changes become events." back={{ to: ['triggers'], title: 'Triggers' }}>
      <Loaded of={connections}>
        {list =>
          connection === undefined ? (
            <NoAccount />
          ) : (
            <>
              {list.length > 1 && <AccountField connections={list} chosen={connection.id} onChoose={id => goSilently(['triggers', 'new'], { connection: id })} />}
              <TriggerChoice connection={connection} />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

function TriggerChoice({ connection }: { connection: Connection }) {
  const plugin = useResource(`plugin ${connection.plugin}`, () => api.plugin(connection.plugin));
  return (
    <Loaded of={plugin}>
      {({ triggers, limitations }) => (
        <>
          <OperationList
            what="trigger"
            operations={triggers}
            hrefOfOne={({ id }) => hrefOf(['triggers', 'new'], { connection: connection.id, trigger: id })}
            mark={one => (
              <span className="marks">
                {one.verdict === 'C' && <Badge tone="doubtful">Best effort</Badge>}
                <DeprecatedBadge deprecated={one.deprecated} />
              </span>
            )}
          />
          {limitations.length > 0 && (
            <section className="group">
              <h2>Limitations</h2>
              <ul className="limits">
                {limitations.map(({ id, message, instead }) => (
                  <li key={id}>
                    {message} {instead !== undefined && <span className="hint">{instead}</span>}
                  </li>
                ))}
              </ul>
            </section>
          )}
        </>
      )}
    </Loaded>
  );
}

function Configure({ connection, trigger }: { connection: Connection; trigger: string }) {
  const form = useResource(`form ${connection.plugin} ${trigger}`, () => api.operationForm(connection.plugin, trigger, 'trigger'));
  return (
    <Page title={form.value?.title ?? 'Add a trigger'} lead={form.value?.description} back={{ to: ['triggers', 'new'], title: 'Choose another trigger' }}>
      <Loaded of={form}>{value => <ConfigureForm connection={connection} form={value} />}</Loaded>
    </Page>
  );
}

type Start = 'now' | 'last_n' | 'all';
const STARTS: Record<Start, [string, string]> = {
  now: ['From now on', 'Existing items do not produce events.'],
  last_n: ['With the newest items', 'The newest existing items produce events.'],
  all: ['With all items', 'Every existing item produces an event.'],
};

function ConfigureForm({ connection, form }: { connection: Connection; form: OperationForm }) {
  const lookUp = useMemo(() => api.lookUp(connection.id), [connection.id]);
  const [start, setStart] = useState<Start>(form.start?.default ?? 'now');
  const [count, setCount] = useState('5');
  const [interval, setInterval] = useState(intervalOf(form));
  const [accepted, setAccepted] = useState(false);
  // What the trigger costs with these settings, if a person has to accept it.
  const [costly, setCostly] = useState<Failure>();
  const [busy, setBusy] = useState('');
  const [failure, setFailure] = useState<Failure>();
  const [test, setTest] = useState<TriggerTest>();

  const submit = async (input: object, intent: string) => {
    setFailure(undefined);
    setTest(undefined);
    setBusy(intent === 'test' ? 'Testing with real items…' : 'Adding the trigger…');
    try {
      if (intent === 'test') setTest(await api.testNewTrigger(connection.id, form.id, { input, interval_s: interval }));
      else {
        const startText = start === 'last_n' ? `last:${Math.max(1, Number(count) || 5)}` : start;
        const { trigger, notes } = await api.addTrigger({ connection: connection.id, trigger: form.id, input, start: startText, interval_s: interval, ...(costly !== undefined && { accept_cost: accepted }) });
        go(['triggers', trigger.id], { new: '1', note: notes.join(' ') });
      }
    } catch (error) {
      const why = failureOf(error);
      if (why.accept_cost === true) setCostly(why);
      else setFailure(why);
    }
    setBusy('');
  };
  const allowed = form.start?.allow ?? ['now'];
  const asksNothing = Object.keys(form.schema.properties ?? {}).length === 0;
  return (
    <div className="two-columns">
      <section className="card" aria-label="Settings">
        <p className="hint">Account: {connection.label}</p>
        {asksNothing && <p>This trigger needs no settings.</p>}
        <FormFromManifest form={form} lookups={form.lookups} lookUp={lookUp} problems={failure?.problems} disabled={busy !== ''} onSubmit={(input, intent) => void submit(input, intent)}>
          <fieldset className="ways compact">
            <legend>Start</legend>
            {allowed.map(each => (
              <label key={each} className={`way${start === each ? ' chosen' : ''}`}>
                <input type="radio" name="start" checked={start === each} onChange={() => setStart(each)} />
                <span>
                  <strong>{STARTS[each][0]}</strong>
                  <span className="hint">{STARTS[each][1]}</span>
                  {each === 'last_n' && start === 'last_n' && (
                    <label className="inline">
                      How many <input type="text" inputMode="numeric" size={5} value={count} onChange={event => setCount(event.target.value)} />
                    </label>
                  )}
                </span>
              </label>
            ))}
          </fieldset>
          <IntervalField
            form={form}
            value={interval}
            onChange={seconds => {
              setInterval(seconds);
              setCostly(undefined);
              setAccepted(false);
            }}
          />
          {costly !== undefined && (
            <fieldset className="ways compact" role="group" aria-live="polite">
              <legend>This trigger uses many requests</legend>
              <p>{costly.message}</p>
              {costly.advice !== undefined && <p className="hint">{costly.advice}</p>}
              <label className="inline">
                <input type="checkbox" checked={accepted} onChange={event => setAccepted(event.target.checked)} /> I accept the cost
              </label>
            </fieldset>
          )}
          <div className="buttons">
            <button type="submit" className="button primary" value="add" disabled={busy !== '' || (costly !== undefined && !accepted)}>
              Add trigger
            </button>
            <button type="submit" className="button" value="test" disabled={busy !== ''}>
              Test
            </button>
          </div>
        </FormFromManifest>
        {busy !== '' && <Waiting>{busy}</Waiting>}
        {failure !== undefined && <FailureNote failure={failure} />}
        {test !== undefined && <TestResult test={test} />}
      </section>
      <aside className="card side" aria-label="Cost and limitations">
        {form.cost !== undefined && (
          <>
            <h2>Cost</h2>
            <CostText cost={form.cost} interval_s={interval} />
          </>
        )}
        <h2>Limitations</h2>
        <BlindSpots form={form} />
      </aside>
    </div>
  );
}
