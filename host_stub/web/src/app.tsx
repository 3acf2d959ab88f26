// The application: opens the session, shows the page that the address names, and follows the stream of changes.
import { useEffect, useMemo, useRef, useState } from 'react';
import { followChanges } from './api/changes';
import { api, failureOf, onSessionLost, type Failure, type Session } from './api/client';
import { FailureNote, Page, Waiting } from './parts/basics';
import { ActionPage } from './pages/action';
import { ActionsPage } from './pages/actions';
import { ConnectPage } from './pages/connect';
import { ConnectionPage } from './pages/connection';
import { ConnectorsPage } from './pages/connectors';
import { EventPage } from './pages/event';
import { EventsPage } from './pages/events';
import { NewTriggerPage } from './pages/new_trigger';
import { SessionPage, SignIn } from './pages/session';
import { TriggerPage } from './pages/trigger';
import { TriggersPage } from './pages/triggers';
import { goSilently, hrefOf, parseRoute, useHash, type Route } from './route';

const PLACES = [
  { names: [], title: 'Connectors', owns: ['', 'connect', 'connections'] },
  { names: ['triggers'], title: 'Triggers', owns: ['triggers'] },
  { names: ['events'], title: 'Events', owns: ['events'] },
  { names: ['actions'], title: 'Actions', owns: ['actions'] },
];

// What follows the # in the link that opens a session.
const LINK = /^#\/open\/([\w-]+)$/;

// A link that was used already is ignored when there is a session.
async function enter(link: string | undefined): Promise<Session> {
  if (link === undefined) return api.session();
  try {
    return await api.openSession(link);
  } catch (error) {
    return api.session().catch(() => {
      throw error;
    });
  }
}

export function App() {
  const [session, setSession] = useState<Session>();
  const [failure, setFailure] = useState<Failure>();
  const [isLive, setLive] = useState(true);
  const hash = useHash();
  const route = useMemo(() => parseRoute(hash), [hash]);

  useEffect(() => onSessionLost(setFailure), []);
  const link = LINK.exec(hash)?.[1];
  const isEntering = useRef(false);
  useEffect(() => {
    if (link === undefined && (session !== undefined || isEntering.current)) return;
    isEntering.current = true;
    if (link !== undefined) goSilently([]); // the link is a secret: it leaves the address and the history
    enter(link)
      .then(
        entered => {
          setFailure(undefined);
          setSession(entered);
        },
        (error: unknown) => setFailure(failureOf(error)),
      )
      .finally(() => (isEntering.current = false));
  }, [link, session]);
  const signedIn = (entered: Session) => {
    setFailure(undefined);
    setSession(entered);
  };
  const leave = () => api.endSession().then(() => setSession(undefined), (error: unknown) => setFailure(failureOf(error)));
  useEffect(() => (session === undefined ? undefined : followChanges(setLive)), [session]);

  const [section = ''] = route.names;
  return (
    <>
      <a className="skip" href="#content" onClick={event => (event.preventDefault(), document.getElementById('content')?.focus())}>
        Skip to the content
      </a>
      <header className="top">
        <a className="brand" href={hrefOf([])}>
          <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
            <rect width="32" height="32" rx="8" className="brand-ground" />
            <path d="M7 16h5l3-7 4 14 3-7h3" className="brand-line" />
          </svg>
          Connector host
        </a>
        <nav aria-label="Main">
          {PLACES.map(({ names, title, owns }) => (
            <a key={title} href={hrefOf(names)} aria-current={owns.includes(section) ? 'page' : undefined}>
              {title}
            </a>
          ))}
        </nav>
        {session !== undefined && (
          <>
            <span className={isLive ? 'live' : 'live lost'} role="status">
              {isLive ? 'Live' : 'Reconnecting…'}
            </span>
            <a className="leave" href={hrefOf(['session'])} aria-current={section === 'session' ? 'page' : undefined}>
              Session
            </a>
            <button type="button" className="leave" onClick={() => void leave()}>
              Log out
            </button>
          </>
        )}
      </header>
      <main id="content" tabIndex={-1}>
        {failure !== undefined ? <NoSession failure={failure} onSignedIn={signedIn} /> : session === undefined ? <Waiting /> : <Place key={route.names.join('/')} route={route} />}
      </main>
    </>
  );
}

function Place({ route: { names, query } }: { route: Route }) {
  const [section = '', first, second] = names;
  if (section === '') return <ConnectorsPage />;
  if (section === 'connect' && first !== undefined) return <ConnectPage plugin={first} flow={query.get('flow') ?? undefined} />;
  if (section === 'connections' && first !== undefined) return <ConnectionPage id={first} query={query} />;
  if (section === 'triggers') {
    if (first === undefined) return <TriggersPage />;
    return first === 'new' ? <NewTriggerPage key={query.get('trigger')} query={query} /> : <TriggerPage id={first} query={query} />;
  }
  if (section === 'events') return first === undefined ? <EventsPage query={query} /> : <EventPage id={first} />;
  if (section === 'session') return <SessionPage />;
  if (section === 'actions') return first === undefined || second === undefined ? <ActionsPage query={query} /> : <ActionPage connection={first} action={second} />;
  return (
    <Page title="Page not found">
      <p>
        <a href={hrefOf([])}>Go to connectors</a>
      </p>
    </Page>
  );
}

function NoSession({ failure, onSignedIn }: { failure: Failure; onSignedIn: (session: Session) => void }) {
  if (failure.class !== 'no_session')
    return (
      <Page title="The host cannot be used">
        <FailureNote failure={failure}>
          <button type="button" className="button" onClick={() => window.location.reload()}>
            Try again
          </button>
        </FailureNote>
      </Page>
    );
  if (failure.has_password === true)
    return (
      <Page title="Sign in">
        <SignIn onSignedIn={onSignedIn} />
        <p className="hint">
          Without the password: <Commands text={failure.advice ?? ''} />
        </p>
      </Page>
    );
  return (
    <Page title="Open the link from the terminal">
      <p>{failure.message}</p>
      <p>
        This page is for the person who started the host. <Commands text={failure.advice ?? ''} />
      </p>
    </Page>
  );
}

// Text between backquotes is a command for the terminal.
const Commands = ({ text }: { text: string }) => text.split('`').map((part, i) => (i % 2 === 1 ? <code key={i}>{part}</code> : part));
