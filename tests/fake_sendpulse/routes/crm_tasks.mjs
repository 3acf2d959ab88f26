// CRM boards and tasks [OA:crm]. Times are `YYYY-MM-DD hh:mm` in the account's own zone, in answers and filters alike;
// the list of tasks has no pages.

import { created, emptyAnswer, noContent } from '../answers.mjs';
import { assignGiven, crmCheck, found, invalid, NOTIFY, oneOf } from '../crm_refusals.mjs';
import { changeField, FIELD, newField } from './crm_pipelines.mjs';

const boardOf = ({ account, params }) => found(account.crm.boards, params.boardId, 'Board');
const taskOf = ({ account, params }) => found(account.crm.tasks, params.taskId, 'Task');
const minute = (account, ms) => (ms === null ? null : account.stamp(ms).slice(0, 16));

const boardRow = (account, board) => ({
  id: board.id,
  name: board.name,
  userId: account.userId,
  order: board.order,
  steps: [...board.columns.values()],
  settings: board.settings.map((setting, i) => ({ id: i + 1, ...setting, boardId: board.id })),
  attributes: [...board.fields.values()],
});

function settings(body) {
  for (const each of body.settings ?? []) {
    crmCheck(each, { name: 'text!', value: 'string!' });
    oneOf(each, 'name', ['responsibleUser', 'color']);
  }
  return body.settings;
}

const checklistRow = (task, list) => ({ id: list.id, name: list.name, taskId: task.id, isDone: list.items.every(item => item.isDone), items: list.items });

const commentRow = (account, task, comment) => ({
  id: comment.id,
  taskId: task.id,
  userId: account.userId,
  body: comment.body,
  createdAt: minute(account, comment.at),
  updatedAt: minute(account, comment.at),
  attachments: [],
  childCount: 0,
  childUsers: [],
});

const taskRow = (account, task) => ({
  id: task.id,
  name: task.name,
  userId: account.userId,
  responsibleId: task.responsibleId,
  parentId: task.parentId,
  boardId: task.boardId,
  stepId: task.stepId,
  priority: task.priority,
  order: 1,
  description: task.description,
  alert: task.alert ?? '0',
  repeat: task.repeat ?? 0,
  startAt: task.startAt ?? null,
  finishAt: task.finishAt ?? null,
  observers: task.observers,
  checklists: [...task.checklists.values()].map(list => checklistRow(task, list)),
  attachments: [],
  attributes: task.attributes,
  comments: [...task.comments.values()].map(comment => commentRow(account, task, comment)),
  histories: [],
  tags: task.tags.map(id => account.crm.taskTags.get(id)).filter(Boolean),
  createdAt: minute(account, task.createdAt),
  updatedAt: minute(account, task.updatedAt),
});

const FILTER = {
  name: 'string', boardId: 'integer', stepId: 'integer[]', priority: 'any', type: 'integer', responsibleId: 'integer[]', parentId: 'integer[]',
  dealName: 'string', observers: 'integer[]', tags: 'integer[]', tagMatch: 'string', attributes: 'object[]', contacts: 'string',
  startAtFrom: 'minute', startAtTo: 'minute', finishAtFrom: 'minute', finishAtTo: 'minute', createdAtFrom: 'minute', createdAtTo: 'minute',
  updatedAtFrom: 'minute', updatedAtTo: 'minute', endedAtFrom: 'minute', endedAtTo: 'minute', sort: 'object', status: 'integer',
};

// What a filter compares, as text of the same form.
const TIMES = { start: task => task.startAt, finish: task => task.finishAt };

const tagged = task => id => task.tags.includes(id);

function list({ account, body }) {
  crmCheck(body, FILTER);
  oneOf(body, 'status', [1, 2]);
  oneOf(body, 'tagMatch', ['any', 'all']);
  for (const each of body.attributes ?? []) crmCheck(each, { id: 'integer!', type: 'integer', value: 'any!' });
  const { field = 'name', direction = 'asc' } = crmCheck(body.sort ?? {}, { field: 'string', direction: 'string' });
  oneOf({ direction }, 'direction', ['asc', 'desc']);
  const inTime = (task, name) => {
    const at = TIMES[name] ? (TIMES[name](task) ?? null) : minute(account, task[`${name}At`]);
    const [from, to] = [body[`${name}AtFrom`], body[`${name}AtTo`]];
    if (from === undefined && to === undefined) return true;
    return at !== null && (from === undefined || at >= from) && (to === undefined || at <= to);
  };
  const rows = [...account.crm.tasks.values()].filter(
    task =>
      (body.name === undefined || task.name.includes(body.name)) &&
      (body.boardId === undefined || task.boardId === body.boardId) &&
      (body.stepId === undefined || body.stepId.includes(task.stepId)) &&
      (body.responsibleId === undefined || body.responsibleId.includes(task.responsibleId)) &&
      (body.status === undefined || (task.endedAt !== null) === (body.status === 2)) &&
      (body.priority === undefined || task.priority === body.priority) &&
      (body.parentId === undefined || body.parentId.includes(task.parentId)) &&
      (body.observers === undefined || body.observers.some(id => task.observers.includes(id))) &&
      (body.tags === undefined || (body.tagMatch === 'all' ? body.tags.every(tagged(task)) : body.tags.some(tagged(task)))) &&
      (body.attributes ?? []).every(({ id, value: wanted }) => task.attributes.some(({ value: [{ id: field, value }] }) => field === id && value === wanted)) &&
      ['start', 'finish', 'created', 'updated', 'ended'].every(name => inTime(task, name)),
  );
  const text = task => String(task[field] ?? '');
  rows.sort((a, b) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : a.id - b.id) * (direction === 'desc' ? -1 : 1));
  return { data: rows.map(task => taskRow(account, task)), searchRequest: '' };
}

const TASK = {
  name: 'text', boardId: 'integer', stepId: 'integer', priority: 'integer', sourceType: 'integer', responsibleId: 'integer', parentId: 'integer',
  description: 'string', repeat: 'integer', startAt: 'minute', finishAt: 'minute', tags: 'integer[]', observers: 'integer[]',
};
const NEW_TASK = { ...TASK, name: 'text!', boardId: 'integer!', stepId: 'integer!', alert: 'string', repeatSetting: 'object', attributes: 'object[]', checklists: 'object[]', connections: 'object', attachments: 'string[]' };
const CONNECTIONS = { dealIds: 'integer[]', contactIds: 'integer[]', taskIds: 'integer[]', subTasksIds: 'integer[]' };

function checkTask(account, body, description) {
  crmCheck(body, description);
  oneOf(body, 'priority', [1, 2, 3]);
  oneOf(body, 'alert', NOTIFY);
  if (body.boardId !== undefined) {
    const board = found(account.crm.boards, body.boardId, 'Board');
    if (body.stepId !== undefined) found(board.columns, body.stepId, 'Step');
  }
  for (const id of body.tags ?? []) found(account.crm.taskTags, id, 'Tag');
  crmCheck(body.connections ?? {}, CONNECTIONS);
}

const filledField = (field, value) => ({ type: field.type, name: field.name, status: true, value: [{ id: field.id, value: String(value) }] });

function newLists(account, task, lists) {
  return lists.map(each => {
    crmCheck(each, { name: 'text!', items: 'object[]' });
    for (const item of each.items ?? []) crmCheck(item, { name: 'text!', isDone: 'integer' });
    return account.crm.addChecklist(task, each);
  });
}

const REPEAT = { type: 'integer!', startDate: 'minute', endSetting: 'object', setting: 'object!' };
const SETTING = { everyDay: 'number', days: 'integer[]', everyWeekOfMonth: 'integer', numberOfMonth: 'object', dayOfMonth: 'object' };

function checkRepeat({ repeat, repeatSetting }) {
  if (repeatSetting === undefined) return;
  if (repeat !== 1) throw invalid('repeat', 'is required with repeatSetting');
  crmCheck(repeatSetting, REPEAT);
  oneOf(repeatSetting, 'type', [1, 2, 3, 4]);
  crmCheck(repeatSetting.setting, SETTING);
  crmCheck(repeatSetting.setting.numberOfMonth ?? {}, { everyDay: 'integer', everyMonth: 'integer' });
  crmCheck(repeatSetting.setting.dayOfMonth ?? {}, { dayOfWeek: 'integer', everyMonth: 'integer', everyWeek: 'integer' });
  if (repeatSetting.endSetting !== undefined) {
    crmCheck(repeatSetting.endSetting, { type: 'text!', value: 'any!' });
    oneOf(repeatSetting.endSetting, 'type', ['byDate', 'byCount']);
  }
}

function create({ account, body }) {
  checkTask(account, body, NEW_TASK);
  checkRepeat(body);
  const { checklists = [], attributes = [], ...fields } = body;
  for (const each of attributes) crmCheck(each, { attributeId: 'integer!', value: 'any!' });
  const known = account.crm.boards.get(body.boardId).fields;
  const filled = attributes.map(({ attributeId, value }) => filledField(found(known, attributeId, 'Attribute'), value));
  const task = account.crm.addTask({ ...fields, attributes: filled });
  newLists(account, task, checklists);
  return created({ data: taskRow(account, task) });
}

function changeLists(call) {
  const task = taskOf(call);
  crmCheck(call.body, { checklists: 'object[]!' });
  for (const change of call.body.checklists) {
    crmCheck(change, { id: 'integer!', name: 'text', items: 'object[]' });
    const listed = found(task.checklists, change.id, 'Checklist');
    if (change.name !== undefined) listed.name = change.name;
    for (const item of change.items ?? []) {
      crmCheck(item, { id: 'integer', name: 'text', isDone: 'integer' });
      const old = listed.items.find(({ id }) => id === item.id);
      if (!old) throw invalid('items', 'is invalid');
      if (item.name !== undefined) old.name = item.name;
      if (item.isDone !== undefined) old.isDone = Boolean(item.isDone);
    }
  }
  return { data: [...task.checklists.values()].map(each => checklistRow(task, each)) };
}

function attach(call) {
  const task = taskOf(call);
  crmCheck(call.body, { connections: 'object!' });
  crmCheck(call.body.connections, CONNECTIONS);
  const { dealIds = [], contactIds = [], taskIds = [], subTasksIds = [] } = call.body.connections;
  const { crm } = call.account;
  const deals = dealIds.map(id => found(crm.deals, id, 'Deal')).map(({ id, name, stepId }) => ({ id, name, responsibleId: 700_100, stepId }));
  const contacts = contactIds.map(id => found(crm.contacts, id, 'Contact'))
    .map(({ id, firstName, lastName, emails, phones }) => ({ id, firstName, lastName, email: [...emails.values()][0]?.email, phone: [...phones.values()][0]?.phone }));
  const rows = ids => ids.map(id => found(crm.tasks, id, 'Task')).map(({ id, name, boardId, stepId }) => ({ id, name, boardId, stepId, observers: [] }));
  const [tasks, subTasks] = [rows(taskIds), rows(subTasksIds)];
  for (const { id } of subTasks) crm.changeTask(crm.tasks.get(id), { parentId: task.id });
  Object.assign(task.connections, call.body.connections);
  return created({ data: { tasks, deals, contacts, subTasks } });
}

function history(call) {
  const task = taskOf(call);
  const time = name => {
    const ms = Date.parse(call.query[name] ?? '');
    if (Number.isNaN(ms)) throw invalid(name, 'is not a valid date');
    return ms;
  };
  const [from, to] = [time('fromDate'), time('toDate')];
  const events = task.history.map((event, i) => ({ id: i + 1, ...event })).filter(({ at }) => at >= from && at <= to);
  return { data: events.map(({ id, eventType, at }) => ({ id, taskId: task.id, eventTime: call.account.stamp(at), eventType, eventData: {}, userId: call.account.userId })) };
}

export const crmTasks = {
  'GET /crm/v1/boards': ({ account }) => ({ data: [...account.crm.boards.values()].map(board => boardRow(account, board)) }),
  'POST /crm/v1/boards': ({ account, body }) => {
    crmCheck(body, { name: 'text!', settings: 'object[]' });
    return created({ data: boardRow(account, account.crm.addBoard(body.name, settings(body))) });
  },
  'GET /crm/v1/boards/{boardId}': call => ({ data: boardRow(call.account, boardOf(call)) }),
  'PUT /crm/v1/boards/{boardId}': call => {
    crmCheck(call.body, { name: 'text', settings: 'object[]' });
    settings(call.body);
    return { data: boardRow(call.account, assignGiven(boardOf(call), call.body, ['name', 'settings'])) };
  },
  'GET /crm/v1/boards/{boardId}/attributes': call => ({ data: [...boardOf(call).fields.values()] }),
  'POST /crm/v1/boards/{boardId}/attributes': call => {
    newField(call.body, { ...FIELD, type: 'integer!' });
    call.account.crm.addField(boardOf(call).fields, 'taskField', call.body);
    return emptyAnswer(201);
  },
  'PUT /crm/v1/boards/{boardId}/attributes/{attributeId}': call => {
    changeField(found(boardOf(call).fields, call.params.attributeId, 'Attribute'), call.body);
    return emptyAnswer(200);
  },
  'POST /crm/v1/boards/{boardId}/steps': call => {
    crmCheck(call.body, { name: 'text!', color: 'string' });
    return created({ data: call.account.crm.addColumn(boardOf(call), call.body) });
  },
  'PUT /crm/v1/boards/{boardId}/steps/{stepId}': call => {
    crmCheck(call.body, { name: 'text', color: 'string', order: 'integer' });
    return { data: assignGiven(found(boardOf(call).columns, call.params.stepId, 'Step'), call.body, ['name', 'color', 'order']) };
  },

  'POST /crm/v1/tasks/list': list,
  'POST /crm/v1/tasks': create,
  'GET /crm/v1/tasks/{taskId}': call => ({ data: taskRow(call.account, taskOf(call)) }),
  'PUT /crm/v1/tasks/{taskId}': call => {
    checkTask(call.account, call.body, TASK);
    return { data: taskRow(call.account, call.account.crm.changeTask(taskOf(call), call.body)) };
  },
  'DELETE /crm/v1/tasks/{taskId}': call => {
    call.account.crm.tasks.delete(taskOf(call).id);
    return noContent();
  },
  'POST /crm/v1/tasks/{taskId}/parent': call => {
    crmCheck(call.body, { parentId: 'integer?!' });
    if (call.body.parentId !== null) found(call.account.crm.tasks, call.body.parentId, 'Task');
    call.account.crm.changeTask(taskOf(call), call.body);
    return emptyAnswer(200);
  },
  'POST /crm/v1/tasks/{taskId}/steps/{stepId}/order': call => {
    crmCheck(call.body, { order: 'number!', newStepId: 'integer' });
    const task = taskOf(call);
    const { columns } = call.account.crm.boards.get(task.boardId);
    found(columns, call.params.stepId, 'Step');
    call.account.crm.changeTask(task, { stepId: found(columns, call.body.newStepId ?? call.params.stepId, 'Step').id });
    return emptyAnswer(200);
  },
  'POST /crm/v1/tasks/{taskId}/comments': call => {
    crmCheck(call.body, { message: 'text!' });
    const task = taskOf(call);
    return created({ data: commentRow(call.account, task, call.account.crm.addTaskComment(task, call.body.message)) });
  },
  'PUT /crm/v1/tasks/{taskId}/comments/{commentId}': call => {
    crmCheck(call.body, { message: 'text!' });
    const task = taskOf(call);
    const comment = found(task.comments, call.params.commentId, 'Comment');
    comment.body = call.body.message;
    return { data: commentRow(call.account, task, comment) };
  },
  'POST /crm/v1/tasks/{taskId}/entity-attach': attach,
  'GET /crm/v1/tasks/{taskId}/checklists': call => ({ data: [...taskOf(call).checklists.values()].map(each => checklistRow(taskOf(call), each)) }),
  'POST /crm/v1/tasks/{taskId}/checklists': call => {
    crmCheck(call.body, { checklists: 'object[]!' });
    const task = taskOf(call);
    return created({ data: newLists(call.account, task, call.body.checklists).map(each => checklistRow(task, each)) });
  },
  'PUT /crm/v1/tasks/{taskId}/checklists': changeLists,
  'DELETE /crm/v1/tasks/{taskId}/checklists/{checklistId}': call => {
    const { checklists } = taskOf(call);
    checklists.delete(found(checklists, call.params.checklistId, 'Checklist').id);
    return noContent();
  },
  'POST /crm/v1/tasks/{taskId}/attributes': call => {
    crmCheck(call.body, { attributeId: 'integer!', value: 'any!' });
    const task = taskOf(call);
    const field = found(call.account.crm.boards.get(task.boardId).fields, call.body.attributeId, 'Attribute');
    task.attributes.push(filledField(field, call.body.value));
    return created({ data: [{ attributeable_type: 'task', attributeable_id: task.id, value: String(call.body.value), attribute_id: field.id, user_id: call.account.userId, id: task.attributes.length }] });
  },
  'GET /crm/v1/tasks/{taskId}/history': history,
};
