// Every call of every product, in one router.

import { areas } from '../areas.mjs';
import { Router } from '../router.mjs';
import { addresses } from './addresses.mjs';
import { balance } from './balance.mjs';
import { blacklist } from './blacklist.mjs';
import { campaigns } from './campaigns.mjs';
import { mailingLists } from './mailing_lists.mjs';
import { senders } from './senders.mjs';
import { subscribers } from './subscribers.mjs';
import { tags } from './tags.mjs';
import { templates } from './templates.mjs';
import { user } from './user.mjs';
import { webhooks } from './webhooks.mjs';

export const routes = new Router();
for (const area of [
  mailingLists,
  subscribers,
  addresses,
  campaigns,
  templates,
  senders,
  tags,
  blacklist,
  balance,
  webhooks,
  user,
  ...areas.map(area => area.routes),
]) {
  routes.addAll(area);
}
