// What tests make happen to Viber campaigns.

import { required, when } from '../control_arguments.mjs';

export const viberControl = {
  'POST /viber/campaigns': ({ account, body }) =>
    account.viber.addCampaign({ ...body, created: when(account, body.created), send_at: when(account, body.send_at) }),
  'PATCH /viber/campaigns/{id}': ({ account, params, body }) => {
    const campaign = required(account.viber.campaigns, params.id, 'Viber campaign');
    if (body.status !== undefined) campaign.status = body.status;
    Object.assign(campaign.statistic, body.statistic);
    return campaign;
  },
  'POST /viber/blacklist': ({ account, body }) => {
    for (const phone of body.phones) account.viber.blacklist.set(phone, body.description ?? '');
    return { size: account.viber.blacklist.size };
  },
};
