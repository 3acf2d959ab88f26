// What watching costs the account, and what it cannot see.
import type { Cost, OperationForm } from '../api/client';
import { counted } from '../parts/words';

const VERDICTS = { A: 'Sees everything.', B: 'Sees well, but for what is said below.', C: 'Does what it can; it may miss things.' } as const;

const requests = (count: number | string): string => (typeof count === 'number' ? counted(count, 'request') : count);

// `interval_s`: where it is another than the cost was counted for.
export function CostText({ cost, interval_s }: { cost: Cost; interval_s?: number | undefined }) {
  const polls = interval_s === undefined ? cost.polls_per_day : 86_400 / interval_s;
  const idle = typeof cost.idle_requests === 'number' ? Math.round(polls * cost.idle_requests) : undefined;
  return (
    <>
      <p>
        <strong>{idle === undefined ? `${counted(Math.round(polls), 'look')} a day` : `${counted(idle, 'request')} a day`}</strong>
        {idle !== undefined && ' while nothing is new'}
        {idle === undefined && cost.idle_requests !== undefined && <>, each {requests(cost.idle_requests)}</>}
        {cost.shared && ', shared with other triggers of the account'}.
      </p>
      {cost.change_requests !== undefined && <p className="hint">A look that finds something: {requests(cost.change_requests)}.</p>}
    </>
  );
}

export function BlindSpots({ form }: { form: Pick<OperationForm, 'blind_spots' | 'verdict'> }) {
  const spots = form.blind_spots ?? [];
  if (form.verdict === undefined && spots.length === 0) return null;
  return (
    <>
      {form.verdict !== undefined && <p>{VERDICTS[form.verdict]}</p>}
      {spots.length > 0 && (
        <>
          <p>What it cannot see:</p>
          <ul>
            {spots.map(spot => (
              <li key={spot}>{spot}</li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
