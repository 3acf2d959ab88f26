// Running an action: its form, a preview of the exact request, the result, and what to do when the outcome is unknown.
import { useMemo, useRef, useState, type ReactNode } from 'react';
import { api, failureOf, type ActionPreview, type ActionResult, type Connection, type Failure, type OperationForm } from '../api/client';
import { useResource } from '../api/resource';
import { isObject, same } from '../form/json';
import { fieldsOf } from '../form/places';
import { asSchema, type Schema } from '../form/schema';
import { ConfirmDialog, FailureNote, Loaded, Note, Page, Waiting } from '../parts/basics';
import { FormFromManifest } from '../parts/form_loader';
import { Readable } from '../parts/readable';
import { counted } from '../parts/words';
import { hrefOf } from '../route';
import { EffectBadges } from './effects';

export function ActionPage({ connection: connectionId, action }: { connection: string; action: string }) {
  const connection = useResource(`connection ${connectionId}`, () => api.connection(connectionId));
  const plugin = connection.value?.plugin;
  const form = useResource(plugin === undefined ? undefined : `form ${plugin} ${action}`, () => api.operationForm(plugin ?? '', action, 'action'));
  return (
    <Page title={form.value?.title ?? 'Action'} lead={form.value?.description} back={{ to: ['actions'], title: 'Actions' }}>
      <Loaded of={connection}>{account => <Loaded of={form}>{value => <Run connection={account} form={value} />}</Loaded>}</Loaded>
    </Page>
  );
}

interface Try {
  input: Record<string, unknown>;
  key: string;
}

function Run({ connection, form }: { connection: Connection; form: OperationForm }) {
  const lookUp = useMemo(() => api.lookUp(connection.id), [connection.id]);
  const hasClock = useMemo(() => fieldsOf(form.schema, form.ui_schema, {}).some(({ schema }) => schema.format === 'date-time-local'), [form]);
  const tested = useResource(hasClock ? `time zone ${connection.id}` : undefined, () => api.testConnection(connection.id));
  const [busy, setBusy] = useState('');
  const [failure, setFailure] = useState<Failure>();
  const [preview, setPreview] = useState<ActionPreview>();
  const [result, setResult] = useState<ActionResult>();
  const [confirming, setConfirming] = useState<Record<string, unknown>>();
  // The same input keeps its idempotency key until the run has ended, so that it takes effect once.
  const last = useRef<Try>(undefined);

  const attempt = async (what: string, work: () => Promise<void>) => {
    setBusy(what);
    setFailure(undefined);
    setPreview(undefined);
    setResult(undefined);
    try {
      await work();
    } catch (error) {
      setFailure(failureOf(error));
    }
    setBusy('');
  };
  const run = (input: Record<string, unknown>) =>
    attempt('Running…', async () => {
      if (last.current === undefined || !same(last.current.input, input)) last.current = { input, key: crypto.randomUUID() };
      const done = await api.runAction(connection.id, form.id, input, last.current.key);
      last.current = undefined;
      setResult(done);
    });
  const submit = (input: Record<string, unknown>, intent: string) => {
    if (intent === 'preview') void attempt('Preparing the request…', async () => setPreview(await api.previewAction(connection.id, form.id, input)));
    else if (form.effects?.destructive) setConfirming(input);
    else void run(input);
  };
  const tried = last.current;
  return (
    <>
      <section className="card" aria-label="Settings">
        <p className="hint">
          Account: {connection.label} {form.effects !== undefined && <EffectBadges effects={form.effects} />}
        </p>
        {Object.keys(form.schema.properties ?? {}).length === 0 && <p>This action needs no settings.</p>}
        <FormFromManifest form={form} lookups={form.lookups} lookUp={lookUp} timeZone={tested.value?.time_zone} problems={failure?.problems} disabled={busy !== ''} onSubmit={submit}>
          <div className="buttons">
            <button type="submit" className="button primary" value="run" disabled={busy !== ''}>
              Run
            </button>
            <button type="submit" className="button" value="preview" disabled={busy !== ''}>
              Preview request
            </button>
          </div>
        </FormFromManifest>
        {busy !== '' && <Waiting>{busy}</Waiting>}
      </section>
      {failure !== undefined && failure.class !== 'unknown_outcome' && (
        <FailureNote failure={failure}>
          {(failure.class === 'needs_reauth' || failure.class === 'app_misconfigured') && (
            <p>
              <a className="button primary" href={hrefOf(['connections', connection.id])}>
                Sign in again
              </a>
            </p>
          )}
        </FailureNote>
      )}
      {failure?.class === 'unknown_outcome' && (
        <UnknownOutcome failure={failure} title={form.title}>
          {tried !== undefined && (
            <button type="button" className="button" onClick={() => void run(tried.input)}>
              Check again
            </button>
          )}
        </UnknownOutcome>
      )}
      {preview !== undefined && <Preview preview={preview} />}
      {result !== undefined && <Result result={result} form={form} />}
      {confirming !== undefined && (
        <ConfirmDialog
          title={`${form.title}?`}
          confirm="Run"
          onCancel={() => setConfirming(undefined)}
          onConfirm={() => {
            setConfirming(undefined);
            void run(confirming);
          }}
        >
          <p>This cannot be undone.</p>
        </ConfirmDialog>
      )}
    </>
  );
}

// A lookup's result: the choices of a dropdown.
const FOUND: Schema = { type: 'array', items: { type: 'object', properties: { value: { title: 'ID' }, label: { title: 'Name' }, hint: { title: 'Details' } } } };

const CHECKED = {
  there: 'The action probably took effect. This was found in the account:',
  not_there: 'Nothing was found in the account yet. The service may still be processing the request.',
  unknown: 'It is unknown whether the action took effect.',
} as const;

function UnknownOutcome({ failure, title, children }: { failure: Failure; title: string; children: ReactNode }) {
  const check = failure.duplicate_check;
  return (
    <div className="note doubtful" role="alert">
      <p className="note-title">The outcome is unknown.</p>
      <p>
        {failure.message} “{title}” may or may not have taken effect. The request was not sent a second time.
      </p>
      {check !== undefined && (
        <>
          <p>{CHECKED[check.outcome]}</p>
          {check.outcome === 'unknown' && check.found.length > 0 && <p>This item has the same name, but it may be older:</p>}
          {check.found.length > 0 && <Readable value={check.found} schema={FOUND} />}
        </>
      )}
      <p>Check the account before you run the action again: a second run may take effect twice. “Check again” only shows the result that the host has recorded; it sends no request. To run the action again on purpose, change a field or reload this page.</p>
      {children}
    </div>
  );
}

function Preview({ preview }: { preview: ActionPreview }) {
  const { request } = preview;
  if (request === undefined)
    return (
      <section className="card" aria-label="The request" role="status">
        <h2>This action sends no request</h2>
        <Readable value={preview.output} />
      </section>
    );
  const { method, url, headers, body, body_text, body_base64 } = request;
  return (
    <section className="card" aria-label="The request" role="status">
      <h2>Request preview</h2>
      <p className="hint">Nothing was sent. Secrets are masked.</p>
      {preview.prepares && <p>This first request only reads. The requests after it depend on its answer and are not shown.</p>}
      <p className="request-line">
        <strong>{method}</strong> <code>{url}</code>
      </p>
      <Headers headers={headers} />
      {body !== undefined && (
        <>
          <h3>Body</h3>
          <Readable value={body} verbatim />
          <details className="more">
            <summary>Exactly as sent</summary>
            <pre>{JSON.stringify(body, undefined, 2)}</pre>
          </details>
        </>
      )}
      {body_text !== undefined && <pre>{body_text}</pre>}
      {body_base64 !== undefined && <p className="hint">{counted(Math.floor((body_base64.length * 3) / 4), 'byte')} of data</p>}
    </section>
  );
}

const Headers = ({ headers }: { headers: Record<string, string> }) => (
  <dl className="members">
    {Object.entries(headers).map(([name, value]) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>
          <code>{value}</code>
        </dd>
      </div>
    ))}
  </dl>
);

export function Result({ result, form }: { result: ActionResult; form: OperationForm }) {
  const output = result.output;
  const isList = isObject(output) && Array.isArray(output.items);
  // A list has its notes inside.
  const notes = [...(result.notes ?? []), ...(isList && Array.isArray(output.notes) ? output.notes.map(String) : [])];
  return (
    <section className="card" aria-label="The result">
      <Note tone="good" title={result.replayed ? 'This run had already completed. No request was sent again.' : form.effects?.queued ? 'Accepted. The service will process the request later.' : `“${form.title}” completed.`}>
        {isList && <p>{counted((output.items as unknown[]).length, 'entry').replace('entrys', 'entries')}{output.complete === false ? '; more are available' : ''}.</p>}
      </Note>
      {notes.length > 0 && (
        <Note tone="info" title="About this result">
          {notes.map(note => (
            <p key={note}>{note}</p>
          ))}
        </Note>
      )}
      <Readable value={isList ? output.items : output} schema={isList ? asSchema(asSchema(form.output).properties?.items) : asSchema(form.output)} />
    </section>
  );
}
