// What a trigger costs in requests, and what it cannot detect.
import type { Cost, OperationForm } from '../api/client';
import { counted } from '../parts/words';

const VERDICTS = { A: 'Reliable.', B: 'Reliable, with the exceptions below.', C: 'Best effort: may miss changes.' } as const;

const requests = (count: number | string): string => (typeof count === 'number' ? counted(count, 'request') : count);

// `interval_s`: the chosen interval, where it differs from the one that the cost was calculated for.
export function CostText({ cost, interval_s }: { cost: Cost; interval_s?: number | undefined }) {
  const polls = interval_s === undefined ? cost.polls_per_day : 86_400 / interval_s;
  const idle = typeof cost.idle_requests === 'number' ? Math.round(polls * cost.idle_requests) : undefined;
  return (
    <>
      <p>
        <strong>{idle === undefined ? `${counted(Math.round(polls), 'check')} a day` : `${counted(idle, 'request')} a day`}</strong>
        {idle !== undefined && ' while nothing changes'}
        {idle === undefined && cost.idle_requests !== undefined && <>, each when nothing changed: {requests(cost.idle_requests)}</>}
        {cost.shared && ', shared with other triggers of the account'}.
      </p>
      {cost.change_requests !== undefined && <p className="hint">When something changed: {requests(cost.change_requests)}.</p>}
      {cost.full_requests !== undefined && (
        <p className="hint">
          Every {counted(Math.round((cost.full_every_s ?? 21_600) / 3600), 'hour')}, when everything is read: {requests(cost.full_requests)}.
        </p>
      )}
      {cost.large_account !== undefined && (interval_s === undefined || Math.round(86_400 / interval_s) === cost.polls_per_day) && (
        <p className="hint">
          In an account with {cost.large_account.of_each} of each: {counted(cost.large_account.requests_per_day, 'request')} a day while nothing changes.
        </p>
      )}
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
          <p>It cannot detect:</p>
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
