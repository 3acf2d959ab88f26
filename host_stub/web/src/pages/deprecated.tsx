// That a trigger or an action is deprecated: since when, how long it stays, and what to use instead.
import type { Deprecated } from '../api/client';
import { Badge } from '../parts/basics';

export function DeprecatedBadge({ deprecated }: { deprecated: Deprecated | undefined }) {
  if (deprecated === undefined) return null;
  const { since, remove_after, use } = deprecated;
  return (
    <>
      <Badge tone="quiet">Deprecated</Badge>
      <span className="hint">
        Since version {since}
        {remove_after !== undefined && `; may be removed after ${remove_after}`}
        {use !== undefined && `; use ${use} instead`}.
      </span>
    </>
  );
}
