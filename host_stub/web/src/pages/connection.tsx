// One account: its state, a button to sign in again, and its triggers.
import { useState } from 'react';
import { useChanges } from '../api/changes';
import { api, failureOf, type Connection, type Failure } from '../api/client';
import { useResource } from '../api/resource';
import { Ago, ConfirmDialog, Facts, FailureNote, Loaded, Note, Page, Waiting } from '../parts/basics';
import { Readable } from '../parts/readable';
import { ConnectionBadge } from '../parts/states';
import { capital, counted } from '../parts/words';
import { go, hrefOf } from '../route';
import { SignedInNote } from './connect';
import { MethodFields } from './method_form';
import { TriggerRows } from './triggers';

export function ConnectionPage({ id, query }: { id: string; query: URLSearchParams }) {
  const connection = useResource(`connection ${id}`, () => api.connection(id));
  const triggers = useResource(`triggers of ${id}`, () => api.triggers(id));
  const flow = query.get('flow') ?? undefined;
  const former = useResource(flow === undefined ? undefined : `flow ${flow}`, () => api.oauth(flow ?? ''));
  useChanges(change => {
    if (change.kind === 'connection' && change.connection.id === id) connection.patch(() => change.connection);
    if ((change.kind === 'trigger' && change.trigger.connection === id) || change.kind === 'trigger_removed') triggers.reload();
  });
  return (
    <Page
      title={connection.value?.label ?? 'Account'}
      lead={connection.value && <ConnectionBadge state={connection.value.state} />}
      back={{ to: [], title: 'Connectors' }}
      actions={
        connection.value &&
        works(connection.value) && (
          <>
            <a className="button" href={hrefOf(['actions'], { connection: id })}>
              Run an action
            </a>
            <a className="button primary" href={hrefOf(['triggers', 'new'], { connection: id })}>
              Add a trigger
            </a>
          </>
        )
      }
    >
      {(query.has('new') || query.has('signed_in')) && connection.value?.state === 'ok' && <SignedInNote isNew={!query.has('signed_in') || triggers.value?.length === 0} note={query.get('note') ?? ''} />}
      {former.value?.error !== undefined && <FailureNote failure={former.value.error} />}
      <Loaded of={connection}>
        {value => (
          <>
            <Health connection={value} onChange={fresh => connection.patch(() => fresh)} />
            <section>
              <h2>Triggers</h2>
              <Loaded of={triggers}>
                {list =>
                  list.length === 0 ? (
                    <p className="hint">
                      No triggers yet. <a href={hrefOf(['triggers', 'new'], { connection: id })}>Add a trigger</a>
                    </p>
                  ) : (
                    <TriggerRows triggers={list} />
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

const works = ({ state }: Connection): boolean => state === 'ok' || state === 'refresh_delayed';

function Health({ connection, onChange }: { connection: Connection; onChange: (connection: Connection) => void }) {
  const [busy, setBusy] = useState('');
  const [failure, setFailure] = useState<Failure>();
  const [account, setAccount] = useState<unknown>();
  const [asks, setAsks] = useState<'keys' | 'remove'>();

  const attempt = async (what: string, work: () => Promise<void>) => {
    setBusy(what);
    setFailure(undefined);
    try {
      await work();
    } catch (error) {
      setFailure(failureOf(error));
    }
    setBusy('');
  };
  const test = () =>
    attempt('Testing the account…', async () => {
      setAccount(undefined);
      const tested = await api.testConnection(connection.id);
      setAccount(tested.account);
      onChange(tested.connection);
    });
  const signIn = () =>
    connection.sign_in === 'browser'
      ? attempt(`Going to ${connection.plugin_title}…`, async () => {
          window.location.assign((await api.startOAuth({ connection: connection.id })).authorize_url);
        })
      : setAsks('keys');
  const remove = () =>
    attempt('Removing…', async () => {
      await api.removeConnection(connection.id);
      go([]);
    });
  const signInButton = (
    <button type="button" className={works(connection) ? 'button' : 'button primary'} disabled={busy !== ''} onClick={() => void signIn()}>
      Sign in again
    </button>
  );
  return (
    <section className="card" aria-label="Health">
      {!works(connection) && (
        <div className="note bad" role="alert">
          <p className="note-title">{capital(connection.state_reason ?? connection.state_text)}.</p>
          <p>{connection.advice ?? 'Its triggers are not polled. They continue where they stopped after you sign in again.'}</p>
          {signInButton}
        </div>
      )}
      {connection.state === 'refresh_delayed' && <Note tone="doubtful" title={capital(connection.state_text)} />}
      <Facts
        facts={[
          ['Connector', connection.plugin_title],
          ['Signed in with', connection.method_title],
          ['Connected', <Ago key="since" time={connection.created_at} />],
          ['Token', connection.token_expires_at === undefined || !works(connection) ? undefined : <>renewed automatically; expires <Ago time={connection.token_expires_at} /></>],
        ]}
      />
      <div className="buttons">
        {works(connection) && signInButton}
        <button type="button" className="button" disabled={busy !== ''} onClick={() => void test()}>
          Test
        </button>
        {connection.sign_in === 'browser' && (
          <button type="button" className="button quiet" disabled={busy !== ''} onClick={() => setAsks('keys')}>
            Change credentials or addresses
          </button>
        )}
        <button type="button" className="button quiet danger-text" disabled={busy !== ''} onClick={() => setAsks('remove')}>
          Remove
        </button>
      </div>
      {busy !== '' && <Waiting>{busy}</Waiting>}
      {failure !== undefined && <FailureNote failure={failure} />}
      {account !== undefined && (
        <Note tone="good" title="The account works. The service reports:">
          <Readable value={account} />
        </Note>
      )}
      {asks === 'keys' && (
        <NewKeys
          connection={connection}
          onDone={fresh => {
            setAsks(undefined);
            onChange(fresh);
            go(['connections', connection.id], { signed_in: '1' });
          }}
        />
      )}
      {asks === 'remove' && (
        <ConfirmDialog title={`Remove ${connection.label}?`} confirm="Remove" onCancel={() => setAsks(undefined)} onConfirm={() => (setAsks(undefined), void remove())}>
          <p>This deletes the account's credentials and {counted(connection.triggers, 'trigger')} with their recorded state. Delivered events remain until their retention period ends.</p>
          <p>The credentials stay valid at {connection.plugin_title} until you revoke them there.</p>
        </ConfirmDialog>
      )}
    </section>
  );
}

function NewKeys({ connection, onDone }: { connection: Connection; onDone: (connection: Connection) => void }) {
  const form = useResource(`method ${connection.plugin} ${connection.method}`, () => api.methodForm(connection.plugin, connection.method));
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const byBrowser = connection.sign_in === 'browser';
  const submit = async (input: object, settings: object | undefined) => {
    const entered = { input, ...(settings === undefined ? {} : { settings }) };
    setBusy(true);
    setFailure(undefined);
    try {
      if (byBrowser) {
        window.location.assign((await api.startOAuth({ connection: connection.id, ...entered })).authorize_url);
        return;
      }
      onDone((await api.reauthorize(connection.id, entered)).connection);
    } catch (error) {
      setFailure(failureOf(error));
      setBusy(false);
    }
  };
  return (
    <section className="inset" aria-label="New credentials">
      <h2>Sign in again</h2>
      <p className="hint">Use the credentials of the same account. Its triggers are kept.</p>
      {byBrowser && <p className="hint">Stored credentials are only sent to the addresses they were entered for. To change an address, enter the credentials again. Leave all addresses empty to keep the current ones; if you change one, enter the others too.</p>}
      <Loaded of={form}>
        {method => (
          <MethodFields
            method={method}
            isBusy={isBusy}
            problems={failure?.problems}
            submit={byBrowser ? `Continue at ${connection.plugin_title}` : 'Test and sign in'}
            onSubmit={(input, settings) => void submit(input, settings)}
          />
        )}
      </Loaded>
      {isBusy && <Waiting>{byBrowser ? `Going to ${connection.plugin_title}…` : 'Testing the account…'}</Waiting>}
      {failure !== undefined && <FailureNote failure={failure} />}
    </section>
  );
}
