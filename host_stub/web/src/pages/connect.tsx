// Connecting an account: choose a sign-in method and fill in its form; the account is tested before anything is saved.
import { useEffect, useState } from 'react';
import { api, failureOf, type Failure, type Method, type PluginDetail } from '../api/client';
import { useResource } from '../api/resource';
import { FailureNote, Loaded, Note, Page, Waiting } from '../parts/basics';
import { go } from '../route';
import { MethodFields } from './method_form';

export function ConnectPage({ plugin: id, flow }: { plugin: string; flow: string | undefined }) {
  const plugin = useResource(`plugin ${id}`, () => api.plugin(id));
  return (
    <Page title={`Connect ${plugin.value?.title ?? 'an account'}`} back={{ to: [], title: 'Connectors' }}>
      <Loaded of={plugin}>{value => <Connect plugin={value} flow={flow} />}</Loaded>
    </Page>
  );
}

function Connect({ plugin, flow }: { plugin: PluginDetail; flow: string | undefined }) {
  const former = useResource(flow === undefined ? undefined : `flow ${flow}`, () => api.oauth(flow ?? ''));
  const [chosen, setChosen] = useState<string>();
  const method = chosen ?? former.value?.method ?? plugin.methods[0]?.id;
  const done = former.value?.state === 'done' ? former.value.connection : undefined;
  useEffect(() => {
    if (done !== undefined) go(['connections', done]);
  }, [done]);
  return (
    <>
      {former.value?.error !== undefined && <FailureNote failure={former.value.error} />}
      {former.failure !== undefined && <FailureNote failure={former.failure} />}
      <fieldset className="ways">
        <legend>How do you want to sign in?</legend>
        {plugin.methods.map(one => (
          <Way key={one.id} method={one} isChosen={one.id === method} onChoose={() => setChosen(one.id)} />
        ))}
      </fieldset>
      {method !== undefined && <ConnectBy key={method} plugin={plugin} method={method} />}
    </>
  );
}

const Way = ({ method, isChosen, onChoose }: { method: Method; isChosen: boolean; onChoose: () => void }) => (
  <label className={`way${isChosen ? ' chosen' : ''}`}>
    <input type="radio" name="way" checked={isChosen} onChange={onChoose} />
    <span>
      <strong>{method.title}</strong>
      {method.description !== undefined && <span className="hint">{method.description}</span>}
    </span>
  </label>
);

function ConnectBy({ plugin, method: id }: { plugin: PluginDetail; method: string }) {
  const form = useResource(`method ${plugin.id} ${id}`, () => api.methodForm(plugin.id, id));
  const [busy, setBusy] = useState('');
  const [failure, setFailure] = useState<Failure>();
  return (
    <Loaded of={form}>
      {method => {
        const byBrowser = method.sign_in === 'browser';
        const submit = async (input: object, settings: object | undefined) => {
          const body = { plugin: plugin.id, method: id, input, ...(settings === undefined ? {} : { settings }) };
          setFailure(undefined);
          setBusy(byBrowser ? `Going to ${plugin.title}…` : 'Testing the account…');
          try {
            if (byBrowser) {
              const { authorize_url } = await api.startOAuth(body);
              window.location.assign(authorize_url);
              return;
            }
            const { connection, notes } = await api.connect(body);
            go(['connections', connection.id], { new: '1', note: notes.join(' ') });
          } catch (error) {
            setFailure(failureOf(error));
            setBusy('');
          }
        };
        return (
          <section className="card" aria-label={method.title}>
            <MethodFields
              method={method}
              isBusy={busy !== ''}
              problems={failure?.problems}
              submit={byBrowser ? `Continue at ${plugin.title}` : 'Test and connect'}
              onSubmit={(input, settings) => void submit(input, settings)}
            />
            {busy !== '' && <Waiting>{busy}</Waiting>}
            {failure !== undefined && <FailureNote failure={failure} />}
            {byBrowser && <p className="hint">You sign in on {plugin.title}'s own page and return here.</p>}
            <p className="hint">Your entries are encrypted on this machine and never shown again.</p>
          </section>
        );
      }}
    </Loaded>
  );
}

export const SignedInNote = ({ isNew, note }: { isNew: boolean; note: string }) => (
  <Note tone="good" title={isNew ? 'Account connected and tested.' : 'Signed in again. Triggers continue where they stopped.'}>
    {note !== '' && <p>{note}</p>}
  </Note>
);
