// The session of this browser: when it ends, and the password with which one is opened without the terminal.
import { useId, useState, type FormEvent, type ReactNode } from 'react';
import { api, failureOf, type Failure, type Session } from '../api/client';
import { useResource } from '../api/resource';
import { FailureNote, Note, Page, Waiting } from '../parts/basics';
import { timeText } from '../parts/words';

const SHORTEST = 12;

function PasswordField({ title, hint, value, isNew, onChange }: { title: string; hint?: string; value: string; isNew: boolean; onChange: (value: string) => void }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{title}</label>
      <input id={id} type="password" autoComplete={isNew ? 'new-password' : 'current-password'} required value={value} onChange={event => onChange(event.target.value)} aria-describedby={hint && `${id}-hint`} />
      {hint !== undefined && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

// A form that sends one request, and shows what came of it.
function SendingForm({ submit, send, children }: { submit: string; send: () => Promise<void>; children: ReactNode }) {
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setFailure(undefined);
    send()
      .catch((error: unknown) => setFailure(failureOf(error)))
      .finally(() => setBusy(false));
  };
  return (
    <form className="fields" onSubmit={onSubmit}>
      {children}
      {failure !== undefined && <FailureNote failure={failure} />}
      <div>
        <button type="submit" className="button primary" disabled={isBusy}>
          {submit}
        </button>
      </div>
    </form>
  );
}

export function SignIn({ onSignedIn }: { onSignedIn: (session: Session) => void }) {
  const [password, setPassword] = useState('');
  return (
    <SendingForm submit="Sign in" send={async () => onSignedIn(await api.signIn(password))}>
      <PasswordField title="Password" isNew={false} value={password} onChange={setPassword} />
    </SendingForm>
  );
}

export function SessionPage() {
  const session = useResource('session', () => api.session());
  const [done, setDone] = useState<string>();
  if (session.failure !== undefined)
    return (
      <Page title="Session">
        <FailureNote failure={session.failure} />
      </Page>
    );
  if (session.value === undefined) return <Waiting />;
  const { has_password: hasPassword, expires_at: ends } = session.value;
  const change = async (to: string, current: string, says: string) => {
    setDone(undefined);
    await api.changePassword(to, current);
    setDone(says);
    session.reload();
  };
  return (
    <Page title="Session" lead={ends === undefined ? undefined : <>If it is not used, this session ends at {timeText(ends)}.</>}>
      {done !== undefined && <Note tone="good" title={done} />}
      <section className="card">
        <h2>{hasPassword ? 'Change the password' : 'Set a password'}</h2>
        <p>With a password, this page opens without a link from the terminal.{hasPassword && ' A change ends all other sessions.'}</p>
        <ChangePassword key={`change-${hasPassword}`} asksCurrent={hasPassword} onChange={(to, current) => change(to, current, 'The password is set.')} />
      </section>
      {hasPassword && (
        <section className="card">
          <h2>Remove the password</h2>
          <p>Browsers then need a link from the terminal, and all other sessions end.</p>
          <RemovePassword onRemove={current => change('', current, 'The password is removed.')} />
        </section>
      )}
    </Page>
  );
}

function ChangePassword({ asksCurrent, onChange }: { asksCurrent: boolean; onChange: (to: string, current: string) => Promise<void> }) {
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const send = async () => {
    await onChange(password, current);
    setCurrent('');
    setPassword('');
  };
  return (
    <SendingForm submit={asksCurrent ? 'Change password' : 'Set password'} send={send}>
      {asksCurrent && <PasswordField title="Current password" isNew={false} value={current} onChange={setCurrent} />}
      <PasswordField title="New password" hint={`At least ${SHORTEST} characters, such as four random words.`} isNew value={password} onChange={setPassword} />
    </SendingForm>
  );
}

function RemovePassword({ onRemove }: { onRemove: (current: string) => Promise<void> }) {
  const [current, setCurrent] = useState('');
  return (
    <SendingForm submit="Remove password" send={() => onRemove(current)}>
      <PasswordField title="Password to remove" isNew={false} value={current} onChange={setCurrent} />
    </SendingForm>
  );
}
