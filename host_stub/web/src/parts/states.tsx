// The badges of connections, triggers and events: the text and the tone of each state.
import type { Connection, EventState, Trigger } from '../api/client';
import { Badge, type Tone } from './basics';

const CONNECTION: Record<Connection['state'], [Tone, string]> = {
  ok: ['good', 'Connected'],
  refresh_delayed: ['doubtful', 'Token renewal delayed'],
  needs_sign_in: ['bad', 'Needs sign-in'],
  app_misconfigured: ['bad', 'Check the client ID and secret'],
};
const TRIGGER: Record<Trigger['state'], [Tone, string]> = {
  initialising: ['busy', 'Starting'],
  active: ['good', 'Active'],
  paused: ['quiet', 'Paused'],
  needs_sign_in: ['bad', 'Needs sign-in'],
  failing: ['doubtful', 'Failing'],
  stopped: ['bad', 'Stopped'],
};
const EVENT: Record<EventState, [Tone, string]> = {
  pending: ['busy', 'Pending'],
  held: ['doubtful', 'On hold'],
  delivered: ['good', 'Delivered'],
  dead: ['bad', 'Not delivered'],
  discarded: ['quiet', 'Discarded'],
};
export const EVENT_STATES = Object.entries(EVENT).map(([state, [, title]]) => ({ state, title }));

const badge = ([tone, text]: [Tone, string] = ['quiet', 'Unknown']) => <Badge tone={tone}>{text}</Badge>;
export const ConnectionBadge = ({ state }: { state: Connection['state'] }) => badge(CONNECTION[state]);
// A part that is refused, or too many requests, show only while the trigger works: any other state matters more.
export const TriggerBadge = ({ state, refused, last_poll }: Pick<Trigger, 'state' | 'refused' | 'last_poll'>) => {
  if (state !== 'active') return badge(TRIGGER[state]);
  if (refused !== undefined) return badge(['doubtful', 'Partly failing']);
  return badge(last_poll?.excess !== undefined ? ['doubtful', 'Many requests'] : TRIGGER.active);
};
export const EventBadge = ({ state }: { state: EventState }) => badge(EVENT[state]);
export const DeliveryBadge = ({ state }: { state: 'pending' | 'held' | 'delivered' | 'dead' }) => badge(EVENT[state]);
