// CRM pipelines, their steps and attributes, and the team [OA:crm]. Every answer lies in `data`.

import { created, noContent } from '../answers.mjs';
import { FIELD_TYPES } from '../crm.mjs';
import { assignGiven, crmCheck, found, invalid, NOTIFY, oneOf } from '../crm_refusals.mjs';

const STEP = { name: 'text', order: 'integer', color: 'string', addEndHours: 'integer?', notifyIn: 'string' };
const SETTINGS = { name: 'text!', value: 'string!' };
export const FIELD = { name: 'text!', type: 'integer', mandatory: 'boolean', options: 'array', order: 'integer', status: 'integer' };

const pipelineOf = ({ account, params }) => found(account.crm.pipelines, params.pipelineId, 'Pipeline');

const row = (account, pipeline) => ({
  id: pipeline.id,
  userId: account.userId,
  name: pipeline.name,
  status: 1,
  order: pipeline.order,
  steps: [...pipeline.stages.values()].map(stage => ({ ...stage })),
  settings: pipeline.settings,
});

function settings(body) {
  for (const each of body.settings ?? []) crmCheck(each, SETTINGS);
  return body.settings;
}

function step(body) {
  crmCheck(body, STEP);
  oneOf(body, 'addEndHours', [null, 1, 2, 3, 4, 5, 6, 8, 9, 10]);
  oneOf(body, 'notifyIn', NOTIFY);
  if (body.color !== undefined && !/^(#[0-9a-f]{6}|[a-z]+)$/i.test(body.color)) throw invalid('color', 'is invalid');
  return body;
}

const TYPES = Object.values(FIELD_TYPES);
const CHOICES = [FIELD_TYPES.select, FIELD_TYPES.multiselect];

// A new field: of one of the six types, and with choices where there are any to make.
export function newField(body, description = FIELD) {
  crmCheck(body, description);
  oneOf(body, 'type', TYPES);
  if (body.options !== undefined && !CHOICES.includes(body.type)) throw invalid('options', 'is prohibited');
  return body;
}

export function changeField(field, body) {
  const description = { ...FIELD, contactCardShow: 'boolean' };
  crmCheck(body, description);
  oneOf(body, 'type', TYPES);
  oneOf(body, 'status', [0, 1, 2]);
  return assignGiven(field, body, Object.keys(description));
}

export const crmPipelines = {
  'GET /crm/v1/users': ({ account }) => ({ data: account.crm.users }),
  'GET /crm/v1/pipelines': ({ account }) => ({ data: [...account.crm.pipelines.values()].map(each => row(account, each)) }),
  'POST /crm/v1/pipelines': ({ account, body }) => {
    crmCheck(body, { name: 'text!', settings: 'object[]' });
    return created({ data: row(account, account.crm.addPipeline(body.name, settings(body))) });
  },
  'GET /crm/v1/pipelines/{pipelineId}': call => ({ data: row(call.account, pipelineOf(call)) }),
  'PUT /crm/v1/pipelines/{pipelineId}': call => {
    crmCheck(call.body, { name: 'text', order: 'integer', settings: 'object[]' });
    settings(call.body);
    return { data: row(call.account, assignGiven(pipelineOf(call), call.body, ['name', 'order', 'settings'])) };
  },
  'GET /crm/v1/pipelines/{pipelineId}/steps': call => ({ data: [...pipelineOf(call).stages.values()] }),
  'POST /crm/v1/pipelines/{pipelineId}/steps': call => ({ data: call.account.crm.addStage(pipelineOf(call), step(call.body)) }),
  'PUT /crm/v1/pipelines/{pipelineId}/steps/{stepId}': call => ({
    data: assignGiven(found(pipelineOf(call).stages, call.params.stepId, 'Step'), step(call.body), Object.keys(STEP)),
  }),
  'DELETE /crm/v1/pipelines/{pipelineId}/steps/{stepId}': call => {
    const { stages } = pipelineOf(call);
    stages.delete(found(stages, call.params.stepId, 'Step').id);
    return noContent();
  },
  'GET /crm/v1/pipelines/{pipelineId}/attributes': call => ({ data: [...pipelineOf(call).fields.values()] }),
  'POST /crm/v1/pipelines/{pipelineId}/attributes': call => {
    newField(call.body, { ...FIELD, type: 'integer!' });
    return { data: call.account.crm.addField(pipelineOf(call).fields, 'dealField', call.body) };
  },
  'PUT /crm/v1/pipelines/{pipelineId}/attributes/{attributeId}': call => ({
    data: changeField(found(pipelineOf(call).fields, call.params.attributeId, 'Attribute'), call.body),
  }),
  'DELETE /crm/v1/pipelines/{pipelineId}/attributes/{attributeId}': call => {
    const { fields } = pipelineOf(call);
    fields.delete(found(fields, call.params.attributeId, 'Attribute').id);
    return noContent();
  },
};
