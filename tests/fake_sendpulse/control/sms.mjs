// What tests make happen to SMS.

import { required, when } from '../control_arguments.mjs';

const campaignOf = (account, id) => required(account.sms.campaigns, id, 'SMS campaign');

export const smsControl = {
  'POST /sms/campaigns': ({ account, body }) =>
    account.sms.addCampaign({ ...body, created: when(account, body.created), send_at: when(account, body.send_at) }),
  'PATCH /sms/campaigns/{id}': ({ account, params, body }) => {
    const campaign = campaignOf(account, params.id);
    for (const phone of campaign.phones) if (body.phone === undefined || body.phone === phone.phone) phone.status = body.status;
    return campaign;
  },
  'DELETE /sms/campaigns/{id}': ({ account, params }) => ({ removed: account.sms.campaigns.delete(params.id) }),
  'POST /sms/phones': ({ account, body }) => ({ added: body.phones.filter(phone => account.sms.addPhone(body.list_id, phone, body.variables)).length }),
  'POST /sms/senders': ({ account, body }) => account.sms.addSender(body),
  'PATCH /sms/senders/{id}': ({ account, params, body }) => Object.assign(required(account.sms.senders, params.id, 'SMS sender'), body),
  'POST /sms/blacklist': ({ account, body }) => ({ added: body.phones.filter(phone => account.sms.block(phone, body.description)).length }),
  'DELETE /sms/blacklist': ({ account, body }) => ({ removed: body.phones.filter(phone => account.sms.blacklist.delete(phone)).length }),
};
