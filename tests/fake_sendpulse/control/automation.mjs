// What tests make happen to Automation360.

import { required, when } from '../control_arguments.mjs';

const flowOf = (account, id) => required(account.automation.flows, id, 'automation');

export const automationControl = {
  'POST /automations': ({ account, body }) => account.automation.add({ ...body, created: when(account, body.created) }),
  'PATCH /automations/{id}': ({ account, params, body }) => {
    const flow = flowOf(account, params.id);
    if (body.status !== undefined) flow.status = body.status;
    if (body.name !== undefined) flow.name = body.name;
    account.automation.count(flow, body.count ?? {});
    flow.changedAt = account.now;
    return flow;
  },
  'DELETE /automations/{id}': ({ account, params }) => ({ removed: account.automation.flows.delete(params.id) }),
  'POST /automations/{id}/conversions': ({ account, params, body }) =>
    account.automation.convert(flowOf(account, params.id), { ...body, at: when(account, body.at) }),
};
