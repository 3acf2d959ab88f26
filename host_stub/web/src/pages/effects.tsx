// An action's effects as badges.
import type { Effects } from '../api/client';
import { Badge } from '../parts/basics';

export const EffectBadges = ({ effects }: { effects: Effects }) => (
  <>
    {effects.read_only && <Badge tone="quiet">Read-only</Badge>}
    {effects.destructive && <Badge tone="doubtful">Cannot be undone</Badge>}
    {effects.queued && <Badge tone="quiet">Runs later</Badge>}
  </>
);
