// What is watched, and how it goes.
import { useChanges } from '../api/changes';
import { api, type Poll, type Trigger } from '../api/client';
import { useResource } from '../api/resource';
import { Badge, Empty, Loaded, Page, useNow } from '../parts/basics';
import { TriggerBadge } from '../parts/states';
import { counted, countdownText, spanText } from '../parts/words';
import { hrefOf } from '../route';

// A poll changes the trigger's row; the rest of it stays.
// A poll that was under way when somebody paused the trigger says the state before: states come with the change of the trigger.
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
      lead="What is watched in your accounts. Each is looked at again and again; what is new becomes an event."
      actions={
        <a className="button primary" href={hrefOf(['triggers', 'new'])}>
          Watch something
        </a>
      }
    >
      <Loaded of={triggers}>
        {list =>
          list.length === 0 ? (
            <Empty title="Nothing is watched yet.">
              <p>
                <a href={hrefOf(['triggers', 'new'])}>Choose what to watch</a>
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
              {trigger.connection_label} · every {spanText(trigger.interval_s)}
            </span>
          </span>
          {trigger.held > 0 && <Badge tone="doubtful">{counted(trigger.held, 'event')} held</Badge>}
          <span className="row-side hint">
            <NextPoll trigger={trigger} />
          </span>
          <TriggerBadge state={trigger.state} />
        </a>
      </li>
    ))}
  </ul>
);

export function NextPoll({ trigger }: { trigger: Trigger }) {
  const now = useNow(1000);
  if (trigger.next_poll_at === undefined) return null;
  const seconds = (Date.parse(trigger.next_poll_at) - now) / 1000;
  return seconds <= 0 ? <>looking now</> : <>next look in {countdownText(seconds)}</>;
}
