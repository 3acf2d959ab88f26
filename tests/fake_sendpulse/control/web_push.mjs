// What tests make happen to web push.

import { missing, required, when } from '../control_arguments.mjs';

const websiteOf = (account, id) => required(account.webPush.websites, id, 'website');
const at = (account, body) => ({ ...body, at: when(account, body.at) });

export const webPushControl = {
  'POST /push/websites': ({ account, body }) => {
    const { id, url } = account.webPush.addWebsite({ ...body, created: when(account, body.created) });
    return { id, url };
  },
  'DELETE /push/websites/{id}': ({ account, params }) => ({ removed: account.webPush.websites.delete(params.id) }),
  'POST /push/websites/{id}/subscribers': ({ account, params, body }) =>
    Array.from({ length: body.count ?? 1 }, () => account.webPush.addSubscriber(websiteOf(account, params.id), at(account, body))),
  'PATCH /push/subscribers/{id}': ({ account, params, body }) => {
    const subscriber = account.webPush.subscriber(params.id);
    if (!subscriber) throw missing('push subscriber');
    return Object.assign(subscriber, body);
  },
  'POST /push/websites/{id}/campaigns': ({ account, params, body }) => account.webPush.addCampaign(websiteOf(account, params.id), at(account, body)),
  'PATCH /push/campaigns/{id}': ({ account, params, body }) => {
    const campaign = required(account.webPush.campaigns, params.id, 'push campaign');
    if (body.status !== undefined) campaign.status = body.status;
    Object.assign(campaign.statistics, body.statistics);
    return campaign;
  },
};
