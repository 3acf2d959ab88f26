// One event: its data and its deliveries.
import { useState } from 'react';
import { useChanges } from '../api/changes';
import { api, failureOf, type Failure } from '../api/client';
import { useResource } from '../api/resource';
import { asSchema } from '../form/schema';
import { Ago, Facts, FailureNote, Loaded, Note, Page } from '../parts/basics';
import { Readable } from '../parts/readable';
import { DeliveryBadge, EventBadge } from '../parts/states';
import { counted, timeText } from '../parts/words';
import { hrefOf } from '../route';

export function EventPage({ id }: { id: string }) {
  const detail = useResource(`event ${id}`, () => api.event(id));
  const [failure, setFailure] = useState<Failure>();
  const [isReplayed, setReplayed] = useState(false);
  useChanges(change => {
    if (change.kind === 'delivery' && change.row.id === id) detail.reload();
  });
  const replay = async () => {
    setFailure(undefined);
    try {
      const fresh = await api.replay(id);
      setReplayed(true);
      detail.patch(() => fresh);
    } catch (error) {
      setFailure(failureOf(error));
    }
  };
  return (
    <Page
      title={detail.value?.event.title ?? 'Event'}
      lead={
        detail.value && (
          <>
            <EventBadge state={detail.value.event.state} /> {timeText(detail.value.event.time)}
          </>
        )
      }
      back={{ to: ['events'], title: 'Events' }}
      actions={
        detail.value && (
          <button type="button" className="button" onClick={() => void replay()}>
            Deliver again
          </button>
        )
      }
    >
      {isReplayed && <Note tone="good" title="The event will be delivered again under the same ID." />}
      {failure !== undefined && <FailureNote failure={failure} />}
      <Loaded of={detail}>
        {({ event, deliveries, output }) => (
          <>
            <section className="card" aria-label="Event data">
              <Readable value={event.data} schema={output === undefined ? {} : asSchema(output)} />
            </section>
            <section>
              <h2>Delivery</h2>
              {deliveries.length === 0 ? (
                <p className="hint">No destination is configured. The event is stored here and not delivered.</p>
              ) : (
                <ul className="rows card">
                  {deliveries.map(delivery => (
                    <li key={delivery.sink} className="row">
                      <span className="row-main">
                        <strong>{delivery.sink}</strong>
                        <span className="hint">
                          {delivery.attempts === 0 ? 'not attempted yet' : counted(delivery.attempts, 'attempt')}
                          {delivery.next_try !== undefined && (
                            <>
                              , next <Ago time={delivery.next_try} />
                            </>
                          )}
                          {delivery.last_error !== undefined && `: ${delivery.last_error}`}
                        </span>
                      </span>
                      <DeliveryBadge state={delivery.state} />
                    </li>
                  ))}
                </ul>
              )}
            </section>
            <section>
              <h2>Details</h2>
              <div className="card">
                <Facts
                  facts={[
                    ['Trigger', <a key="trigger" href={hrefOf(['triggers', event.trigger_id])}>{event.title}</a>],
                    ['Account', event.connection_label === '' ? 'removed' : <a key="account" href={hrefOf(['connections', event.connection])}>{event.connection_label}</a>],
                    ['Found', timeText(event.time)],
                    ['Delivered', event.delivered_at === undefined ? undefined : timeText(event.delivered_at)],
                    ['Subject', event.subject],
                    ['Event ID', <code key="id">{event.id}</code>],
                  ]}
                />
              </div>
            </section>
          </>
        )}
      </Loaded>
    </Page>
  );
}
