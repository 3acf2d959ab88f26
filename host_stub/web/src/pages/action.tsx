// Running an action: its form, the exact request before it is sent, the result; and what to do when nobody knows the outcome.
import { useMemo, useRef, useState, type ReactNode } from 'react';
import { api, failureOf, type ActionPreview, type ActionResult, type Connection, type Failure, type OperationForm } from '../api/client';
import { useResource } from '../api/resource';
import { isObject, same } from '../form/json';
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
  const [busy, setBusy] = useState('');
  const [failure, setFailure] = useState<Failure>();
  const [preview, setPreview] = useState<ActionPreview>();
  const [result, setResult] = useState<ActionResult>();
  const [confirming, setConfirming] = useState<Record<string, unknown>>();
  // The same input keeps its key until it has ended, so that nothing is done twice.
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
    if (intent === 'preview') void attempt('Making the request…', async () => setPreview(await api.previewAction(connection.id, form.id, input)));
    else if (form.effects?.destructive) setConfirming(input);
    else void run(input);
  };
  const tried = last.current;
  return (
    <>
      <section className="card" aria-label="Settings">
        <p className="hint">
          In {connection.label} {form.effects !== undefined && <EffectBadges effects={form.effects} />}
        </p>
        {Object.keys(form.schema.properties ?? {}).length === 0 && <p>This action needs no settings.</p>}
        <FormFromManifest form={form} lookups={form.lookups} lookUp={lookUp} problems={failure?.problems} disabled={busy !== ''} onSubmit={submit}>
          <div className="buttons">
            <button type="submit" className="button primary" value="run" disabled={busy !== ''}>
              Run
            </button>
            <button type="submit" className="button" value="preview" disabled={busy !== ''}>
              Show the request
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
              Ask again
            </button>
          )}
        </UnknownOutcome>
      )}
      {preview !== undefined && <Preview preview={preview} />}
      {result !== undefined && <Result result={result} form={form} />}
      {confirming !== undefined && (
        <ConfirmDialog
          title={`${form.title}?`}
          confirm="Run it"
          onCancel={() => setConfirming(undefined)}
          onConfirm={() => {
            setConfirming(undefined);
            void run(confirming);
          }}
        >
          <p>This cannot be taken back.</p>
        </ConfirmDialog>
      )}
    </>
  );
}

// What a lookup finds: the choices of a dropdown.
const FOUND: Schema = { type: 'array', items: { type: 'object', properties: { value: { title: 'ID' }, label: { title: 'Name' }, hint: { title: 'More' } } } };

const CHECKED = {
  there: 'The action probably took effect. This was found in the account:',
  not_there: 'Nothing was found in the account. That proves nothing: the service may still be processing the request.',
  unknown: 'It is unknown whether the action took effect.',
} as const;

function UnknownOutcome({ failure, title, children }: { failure: Failure; title: string; children: ReactNode }) {
  const check = failure.duplicate_check;
  return (
    <div className="note doubtful" role="alert">
      <p className="note-title">Nobody knows whether this took effect.</p>
      <p>
        {failure.message} So “{title}” may have been done or not. It was not sent a second time.
      </p>
      {check !== undefined && (
        <>
          <p>{CHECKED[check.outcome]}</p>
          {check.outcome === 'unknown' && check.found.length > 0 && <p>This has the same name, but may be older:</p>}
          {check.found.length > 0 && <Readable value={check.found} schema={FOUND} />}
        </>
      )}
      <p>Look in the account before you run the action again: it may then take effect twice. “Ask again” only shows what the host knows; nothing is sent. To run the action again on purpose, change a field or reload this page.</p>
      {children}
    </div>
  );
}

function Preview({ preview }: { preview: ActionPreview }) {
  const { request } = preview;
  if (request === undefined)
    return (
      <section className="card" aria-label="The request" role="status">
        <h2>No request is needed</h2>
        <Readable value={preview.output} />
      </section>
    );
  const { method, url, headers, body, body_text, body_base64 } = request;
  return (
    <section className="card" aria-label="The request" role="status">
      <h2>This would be sent</h2>
      <p className="hint">Nothing was sent. Secrets are masked.</p>
      <p className="request-line">
        <strong>{method}</strong> <code>{url}</code>
      </p>
      <Headers headers={headers} />
      {body !== undefined && (
        <>
          <h3>Content</h3>
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

function Result({ result, form }: { result: ActionResult; form: OperationForm }) {
  const output = result.output;
  const isList = isObject(output) && Array.isArray(output.items);
  return (
    <section className="card" aria-label="The result">
      <Note tone="good" title={result.replayed ? 'This was done before; nothing was sent again.' : form.effects?.queued ? 'Accepted. The service does it later.' : 'Done.'}>
        {isList && <p>{counted((output.items as unknown[]).length, 'entry').replace('entrys', 'entries')}{output.complete === false ? '; there are more' : ''}.</p>}
      </Note>
      <Readable value={isList ? output.items : output} schema={isList ? asSchema(asSchema(form.output).properties?.items) : asSchema(form.output)} />
    </section>
  );
}
