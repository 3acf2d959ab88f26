// The host's local API (../../../server/openapi.yaml), typed from that file. Every failure is an ApiFailure with words for a person.
import { parseWithDigits } from './digits';
import type { LookUp } from '../form/context';
import type { PlainForm } from '../form/adapter';
import type { components } from './openapi';

type Schemas = components['schemas'];
export type Failure = Schemas['Error'];
export type Session = Schemas['Session'];
type OpenedSession = Schemas['OpenedSession'];
export type Server = Schemas['Server'];
export type Plugins = Schemas['Plugins'];
export type Plugin = Schemas['Plugin'];
export type PluginDetail = Schemas['PluginDetail'];
export type Method = Schemas['Method'];
export type Connection = Schemas['Connection'];
export type Connected = Schemas['Connected'];
export type TestedConnection = Schemas['TestedConnection'];
export type StartedOAuth = Schemas['StartedOAuth'];
export type OAuthFlow = Schemas['OAuthFlow'];
export type Trigger = Schemas['Trigger'];
export type AddedTrigger = Schemas['AddedTrigger'];
export type TriggerTest = Schemas['TriggerTest'];
export type EditPreview = Schemas['EditPreview'];
export type Poll = Schemas['Poll'];
export type Cost = Schemas['Cost'];
export type Settled = Schemas['Settled'];
export type EventRow = Schemas['EventRow'];
export type EventDetail = Schemas['EventDetail'];
export type EventState = Schemas['EventState'];
export type ActionPreview = Schemas['ActionPreview'];
export type ActionResult = Schemas['ActionResult'];
export type Choices = Schemas['Choices'];
export type Deprecated = Schemas['Deprecated'];
export type Effects = Schemas['Effects'];
export type OperationForm = Omit<Schemas['OperationForm'], keyof PlainForm> & PlainForm;
export type MethodForm = Omit<Schemas['MethodForm'], keyof PlainForm> & PlainForm;
export interface EventPage {
  events: EventRow[];
  next?: number;
}

export class ApiFailure extends Error {
  constructor(readonly failure: Failure) {
    super(failure.message);
  }
}

export const failureOf = (error: unknown): Failure =>
  error instanceof ApiFailure
    ? error.failure
    : { class: 'host_fault', fault: 'host', message: error instanceof Error ? error.message : String(error), problems: [] };

let sessionLost: (failure: Failure) => void = () => {};

// Called when the session ends while the page is open.
export const onSessionLost = (told: (failure: Failure) => void) => {
  sessionLost = told;
};

// One half of the session; the other half is a cookie. A cookie is sent to every port of this machine; this key is readable by this
// origin only. All tabs share it, and it is read for every request, since another tab may have opened another session.
const KEY = 'connector_session_key';
const START = 'connector_session_start';
const ofThisPage = new Map<string, string>(); // for browsers without storage

function stored(name: string): string {
  try {
    return localStorage.getItem(name) ?? ofThisPage.get(name) ?? '';
  } catch {
    return ofThisPage.get(name) ?? '';
  }
}

function store(name: string, value: string) {
  ofThisPage.set(name, value);
  try {
    if (value === '') localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // Without storage only this page has the session.
  }
}

function keepSession(key: string, start: string) {
  store(KEY, key);
  store(START, start);
}

// What is sent instead of the key: it is valid for this start of the host only. A program that listens on the port of a host that has ended
// gets from an open page nothing that the next host accepts.
async function proofOf(key: string, start: string): Promise<string> {
  if (key === '' || start === '') return '';
  const bytes = (text: string) => new TextEncoder().encode(text);
  const digest = await crypto.subtle.digest('SHA-256', bytes(key));
  const secret = await crypto.subtle.importKey('raw', digest, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', secret, bytes(start)));
  return btoa(String.fromCharCode(...mac)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

// Sends a request to the API; returns its answer or throws an ApiFailure.
export async function ask(path: string, { headers, ...init }: RequestInit & { headers?: Record<string, string> } = {}): Promise<Response> {
  const key = stored(KEY);
  let answer: Response;
  try {
    const send = async (start: string) => fetch(path, { credentials: 'same-origin', ...init, headers: { 'X-Session-Proof': await proofOf(key, start), ...headers } });
    const start = stored(START);
    answer = await send(start);
    const newStart = answer.status === 401 && key !== '' ? answer.headers.get('X-Session-Start') : null;
    if (newStart !== null && newStart !== start) {
      // The host was started anew: the same session, proved again.
      if (key === stored(KEY)) store(START, newStart);
      answer = await send(newStart);
    }
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new ApiFailure({
      class: 'unavailable',
      fault: 'host',
      message: 'The host does not respond.',
      advice: 'Check that connector-host serve is running, and try again.',
      problems: [],
    });
  }
  if (answer.ok) return answer;
  const failure = ((await jsonOf(answer)) as { error: Failure }).error;
  // Another tab may have opened a new session in the meantime.
  if (answer.status === 401 && key === stored(KEY)) sessionLost(failure);
  throw new ApiFailure(failure);
}

async function jsonOf(answer: Response): Promise<unknown> {
  try {
    return parseWithDigits(await answer.text());
  } catch {
    throw new ApiFailure({ class: 'host_fault', fault: 'host', message: `The host answered HTTP ${answer.status} without a readable error.`, problems: [] });
  }
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await ask(`api/${path}`, {
    method,
    ...(body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
  });
  return (answer.status === 204 ? undefined : await jsonOf(answer)) as T;
}

// An icon from the API as an address that an <img> can show.
export async function picture(path: string): Promise<string> {
  const blob = await (await ask(path)).blob();
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(new Error(`${path} could not be read.`));
    reader.readAsDataURL(blob);
  });
}

// Encodes one path segment.
const of = encodeURIComponent;
const query = (fields: Record<string, string | number | undefined>): string => {
  const set = Object.entries(fields).filter(([, value]) => value !== undefined && value !== '');
  return set.length === 0 ? '' : `?${new URLSearchParams(set.map(([name, value]) => [name, String(value)])).toString()}`;
};

export interface EventFilter {
  trigger?: string | undefined;
  connection?: string | undefined;
  state?: string | undefined;
  text?: string | undefined;
}

export const api = {
  session: () => call<Session>('GET', 'session'),
  // With the token of a link.
  async openSession(link: string): Promise<Session> {
    const { key, start, ...session } = await call<OpenedSession>('POST', 'session', { link });
    keepSession(key, start);
    return { scope: 'admin', ...session };
  },
  async signIn(password: string): Promise<Session> {
    const { key, start, ...session } = await call<OpenedSession>('POST', 'session', { password });
    keepSession(key, start);
    return { scope: 'admin', ...session };
  },
  // An empty password removes it.
  changePassword: (password: string, current: string) => call<undefined>('PUT', 'password', { password, ...(current !== '' && { current }) }),
  async endSession(): Promise<void> {
    await call<undefined>('DELETE', 'session');
    keepSession('', '');
  },
  server: () => call<Server>('GET', 'server'),
  plugins: () => call<Plugins>('GET', 'plugins'),
  plugin: (id: string) => call<PluginDetail>('GET', `plugins/${of(id)}`),
  operationForm: (plugin: string, operation: string, kind: 'trigger' | 'action') =>
    call<OperationForm>('GET', `plugins/${of(plugin)}/operations/${of(operation)}/form${query({ kind })}`),
  methodForm: (plugin: string, method: string) => call<MethodForm>('GET', `plugins/${of(plugin)}/methods/${of(method)}/form`),

  connections: async () => (await call<{ connections: Connection[] }>('GET', 'connections')).connections,
  connection: (id: string) => call<Connection>('GET', `connections/${of(id)}`),
  connect: (body: { plugin: string; method: string; input: object; settings?: object }) => call<Connected>('POST', 'connections', body),
  testConnection: (id: string) => call<TestedConnection>('POST', `connections/${of(id)}/test`, {}),
  reauthorize: (id: string, body: { input: object; settings?: object; allow_other_account?: boolean }) =>
    call<Connected>('POST', `connections/${of(id)}/reauthorize`, body),
  removeConnection: (id: string) => call<{ id: string; triggers: number }>('DELETE', `connections/${of(id)}`),
  startOAuth: (body: { plugin: string; method: string; input: object; settings?: object } | { connection: string; input?: object; settings?: object; allow_other_account?: boolean }) =>
    call<StartedOAuth>('POST', 'oauth', body),
  oauth: (flow: string) => call<OAuthFlow>('GET', `oauth/${of(flow)}`),
  lookUp:
    (connection: string): LookUp =>
    (lookup, ask) =>
      call<Choices>('POST', `connections/${of(connection)}/lookups/${of(lookup)}`, ask),

  triggers: async (connection?: string) => (await call<{ triggers: Trigger[] }>('GET', `triggers${query({ connection })}`)).triggers,
  trigger: (id: string) => call<Trigger>('GET', `triggers/${of(id)}`),
  addTrigger: (body: { connection: string; trigger: string; input: object; start?: string; interval_s?: number; accept_cost?: boolean }) => call<AddedTrigger>('POST', 'triggers', body),
  editTrigger: (id: string, body: { input?: object; interval_s?: number; accept_cost?: boolean }) => call<Trigger>('PATCH', `triggers/${of(id)}`, body),
  previewTriggerEdit: (id: string, body: { input?: object; interval_s?: number }) => call<EditPreview>('POST', `triggers/${of(id)}/preview`, body),
  removeTrigger: (id: string) => call<undefined>('DELETE', `triggers/${of(id)}`),
  testNewTrigger: (connection: string, trigger: string, body: { input: object; interval_s?: number }) =>
    call<TriggerTest>('POST', `connections/${of(connection)}/triggers/${of(trigger)}/test`, body),
  testTrigger: (id: string) => call<TriggerTest>('POST', `triggers/${of(id)}/test`, {}),
  pauseTrigger: (id: string) => call<Trigger>('POST', `triggers/${of(id)}/pause`, {}),
  resumeTrigger: (id: string) => call<Trigger>('POST', `triggers/${of(id)}/resume`, {}),
  releaseHeld: (id: string) => call<Settled>('POST', `triggers/${of(id)}/release`, {}),
  discardHeld: (id: string) => call<Settled>('POST', `triggers/${of(id)}/discard`, {}),

  events: (filter: EventFilter & { before?: number | undefined; limit?: number }) => call<EventPage>('GET', `events${query({ ...filter })}`),
  event: (id: string) => call<EventDetail>('GET', `events/${of(id)}`),
  replay: (id: string) => call<EventDetail>('POST', `events/${of(id)}/replay`, {}),

  previewAction: (connection: string, action: string, input: object) =>
    call<ActionPreview>('POST', `connections/${of(connection)}/actions/${of(action)}/preview`, { input }),
  runAction: (connection: string, action: string, input: object, idempotency_key: string) =>
    call<ActionResult>('POST', `connections/${of(connection)}/actions/${of(action)}/run`, { input, idempotency_key }),
};
