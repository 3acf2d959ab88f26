// What an action does to the account, in a word.
import type { Effects } from '../api/client';
import { Badge } from '../parts/basics';

export const EffectBadges = ({ effects }: { effects: Effects }) => (
  <>
    {effects.read_only && <Badge tone="quiet">Only reads</Badge>}
    {effects.destructive && <Badge tone="doubtful">Cannot be taken back</Badge>}
    {effects.queued && <Badge tone="quiet">Done later</Badge>}
  </>
);
