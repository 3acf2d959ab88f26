// CRM: tags of tasks, what tasks are linked to, items of checklists, and values of fields [OA:crm].

import { created, emptyAnswer, noContent } from '../answers.mjs';
import { assignGiven, crmCheck, crmRefusal, found, invalid, oneOf } from '../crm_refusals.mjs';

const tagOf = ({ account, params }) => found(account.crm.taskTags, params.tagId, 'Tag');

function checkTag(body, description) {
  crmCheck(body, description);
  if (body.name?.length > 64) throw invalid('name', 'may not be greater than 64 characters');
  return { ...(body.name === undefined ? {} : { name: body.name }), ...(body.color === undefined ? {} : { colorBackground: body.color }) };
}

// Ends a link of a task: `list` of its connections holds the other one.
const detached = (list, other) => call => {
  const task = found(call.account.crm.tasks, call.params.taskHeadId ?? call.params.taskId, 'Task');
  const id = Number(call.params[other]);
  if (!task.connections[list]?.includes(id)) throw crmRefusal(404, 'Connection not found');
  task.connections[list] = task.connections[list].filter(each => each !== id);
  return noContent();
};

function checklistOf({ account, params }) {
  for (const task of account.crm.tasks.values()) if (task.checklists.has(Number(params.checklistId))) return task.checklists.get(Number(params.checklistId));
  throw crmRefusal(404, 'Checklist not found');
}

function itemOf(call) {
  const item = checklistOf(call).items.find(({ id }) => id === Number(call.params.itemId));
  if (!item) throw crmRefusal(404, 'Item not found');
  return item;
}

// A single item is described with 1 and 0, an item of a list with true and false.
const inNumbers = item => ({ ...item, isDone: Number(item.isDone) });

function checkItem(body, description) {
  crmCheck(body, description);
  oneOf(body, 'isDone', [0, 1]);
}

// {task, place}: which value of which task.
function valueOf({ account, params }) {
  const board = found(account.crm.boards, params.boardId, 'Board');
  const field = found(board.fields, params.attributeId, 'Attribute');
  for (const task of account.crm.tasks.values()) {
    const value = task.attributes[Number(params.valueId) - 1];
    if (task.boardId === board.id && value?.value[0].id === field.id) return { task, value };
  }
  throw crmRefusal(404, 'Value not found');
}

export const crmTaskParts = {
  'GET /crm/v1/task-tags': ({ account }) => ({ data: [...account.crm.taskTags.values()] }),
  'POST /crm/v1/task-tags': ({ account, body }) => ({
    data: account.crm.addPart(account.crm.taskTags, 'taskTag', { colorText: '#ffffff', colorBackground: '#48c774', ...checkTag(body, { name: 'text!', color: 'string' }) }),
  }),
  'PUT /crm/v1/task-tags/{tagId}': call => ({ data: Object.assign(tagOf(call), checkTag(call.body, { name: 'text', color: 'string' })) }),
  'DELETE /crm/v1/task-tags/{tagId}': call => {
    call.account.crm.taskTags.delete(tagOf(call).id);
    return noContent();
  },
  'DELETE /crm/v1/task-tags/{tagId}/task/{taskId}': call => {
    const tag = tagOf(call);
    const task = found(call.account.crm.tasks, call.params.taskId, 'Task');
    task.tags = task.tags.filter(id => id !== tag.id);
    return noContent();
  },
  'DELETE /crm/v1/task-contacts/{taskId}/contact/{contactId}': detached('contactIds', 'contactId'),
  'DELETE /crm/v1/task-deals/{taskId}/deal/{dealId}': detached('dealIds', 'dealId'),
  'DELETE /crm/v1/task-to-task/{taskHeadId}/task/{taskId}': detached('taskIds', 'taskId'),
  'POST /crm/v1/checklists/{checklistId}/items': call => {
    checkItem(call.body, { name: 'text!', isDone: 'number' });
    const list = checklistOf(call);
    call.account.crm.addCheckItem(list, call.body);
    return created({ data: inNumbers(list.items.at(-1)) });
  },
  'POST /crm/v1/checklists/{checklistId}/items/{itemId}': call => {
    crmCheck(call.body, { order: 'number!' });
    itemOf(call).order = call.body.order;
    return emptyAnswer(200);
  },
  'PUT /crm/v1/checklists/{checklistId}/items/{itemId}': call => {
    checkItem(call.body, { name: 'text', isDone: 'number' });
    const item = assignGiven(itemOf(call), call.body, ['name']);
    if (call.body.isDone !== undefined) item.isDone = Boolean(call.body.isDone);
    return { data: inNumbers(item) };
  },
  'DELETE /crm/v1/checklists/{checklistId}/items/{itemId}': call => {
    const item = itemOf(call);
    const list = checklistOf(call);
    list.items = list.items.filter(each => each !== item);
    return noContent();
  },
  'PUT /crm/v1/{boardId}/attributes/{attributeId}/values/{valueId}': call => {
    crmCheck(call.body, { value: 'any!' });
    valueOf(call).value.value[0].value = call.body.value;
    return emptyAnswer(200);
  },
  'DELETE /crm/v1/{boardId}/attributes/{attributeId}/values/{valueId}': call => {
    const { task, value } = valueOf(call);
    task.attributes = task.attributes.filter(each => each !== value);
    return noContent();
  },
};
