// All triggers with their states.
import { useChanges } from '../api/changes';
import { api, type Poll, type Trigger } from '../api/client';
import { useResource } from '../api/resource';
import { Badge, Empty, Loaded, Page, useNow } from '../parts/basics';
import { TriggerBadge } from '../parts/states';
import { counted, countdownText, everyText } from '../parts/words';
import { hrefOf } from '../route';

// A poll updates only its part of the trigger. It does not set the state: a poll that was running when the trigger was paused
// would report the state before the pause. The state comes with the trigger's own change.
export const withPoll = (trigger: Trigger, poll: Poll): Trigger => {
  if (trigger.id !== poll.trigger) return trigger;
  const { next_poll_at: _, ...rest } = trigger;
  return { ...rest, last_poll: poll, held: Math.max(trigger.held, poll.held), ...(poll.next_poll_at === undefined ? {} : { next_poll_at: poll.next_poll_at }) };
};

export function TriggersPage() {
  const triggers = useResource('triggers', () => api.triggers());
  useChanges(change => {
    if (change.kind === 'poll') triggers.patch(list => list.map(trigger => withPoll(trigger, change.poll)));
    if (change.kind === 'trigger') {
      const fresh = change.trigger;
      triggers.patch(list => (list.some(({ id }) => id === fresh.id) ? list.map(one => (one.id === fresh.id ? fresh : one)) : [...list, fresh]));
    }
    if (change.kind === 'trigger_removed') triggers.patch(list => list.filter(({ id }) => id !== change.id));
    if (change.kind === 'connection_removed') triggers.reload();
  });
  return (
    <Page
      title="Triggers"
      lead="A trigger checks an account at a regular interval. Each change it finds becomes an event."
      actions={
        <a className="button primary" href={hrefOf(['triggers', 'new'])}>
          Add a trigger
        </a>
      }
    >
      <Loaded of={triggers}>
        {list =>
          list.length === 0 ? (
            <Empty title="No triggers yet.">
              <p>
                <a href={hrefOf(['triggers', 'new'])}>Add a trigger</a>
              </p>
            </Empty>
          ) : (
            <TriggerRows triggers={list} />
          )
        }
      </Loaded>
    </Page>
  );
}

export const TriggerRows = ({ triggers }: { triggers: Trigger[] }) => (
  <ul className="rows card">
    {triggers.map(trigger => (
      <li key={trigger.id}>
        <a className="row" href={hrefOf(['triggers', trigger.id])}>
          <span className="row-main">
            <strong>{trigger.title}</strong>
            <span className="hint">
              {trigger.connection_label} · every {everyText(trigger.interval_s)}
            </span>
          </span>
          {trigger.held > 0 && <Badge tone="doubtful">{counted(trigger.held, 'event')} on hold</Badge>}
          <span className="row-side hint">
            <NextPoll trigger={trigger} />
          </span>
          <TriggerBadge {...trigger} />
        </a>
      </li>
    ))}
  </ul>
);

export function NextPoll({ trigger }: { trigger: Trigger }) {
  const now = useNow(1000);
  if (trigger.next_poll_at === undefined) return null;
  const seconds = (Date.parse(trigger.next_poll_at) - now) / 1000;
  return seconds <= 0 ? <>checking now</> : <>next check in {countdownText(seconds)}</>;
}
