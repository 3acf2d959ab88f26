// Pop-ups [OA:popups]. An envelope of its own: `result`, `data`, `pageInfo`, and `errors` by field with 400. Statistics are a
// list of one; leads come without pages; dates have a fraction and a zone.

import { created } from '../answers.mjs';
import { check } from '../checks.mjs';
import { Refusal } from '../refusals.mjs';
import { Popups, popupsControl } from '../popups.mjs';

function refusal(status, errors) {
  const made = new Refusal(status, undefined, 'refused');
  made.body = { result: false, errors };
  return made;
}

const invalid = (name, complaint) => refusal(400, { [name]: `The field ${name} ${complaint}` });

function found(map, id, what) {
  const item = map.get(id);
  if (!item) throw refusal(404, { id: `The ${what} was not found` });
  return item;
}

const projectOf = ({ account, params }) => found(account.popups.projects, params.projectId, 'project');
const popupOf = ({ account, params }) => found(account.popups.popups, params.popupId, 'pop-up');
const stamp = ms => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}.000000+00:00`;

const projectRow = project => ({
  id: project.id,
  name: project.name,
  urls: [project.url],
  domains: [new URL(project.url).hostname],
  integrationCode: `<script src="https://web.webformscr.com/apps/fc3/build/loader.js" sp-form-id="${project.id}"></script>`,
  updatedAt: stamp(project.updatedAt),
  createdAt: stamp(project.createdAt),
});

const popupRow = (account, popup) => ({
  id: popup.id,
  widgetId: popup.projectId,
  isEnabled: popup.isEnabled,
  type: 2,
  style: 1,
  position: 1,
  text: null,
  name: popup.name,
  color: null,
  containsNPS: popup.votes.length > 0,
  statistic: account.popups.statistic([popup]),
  preview: `https://login.sendpulse.com/popups/${popup.id}.png`,
  updatedAt: stamp(popup.updatedAt),
  createdAt: stamp(popup.createdAt),
});

const leadRow = lead => ({
  id: lead.id,
  clientId: `client-${lead.id}`,
  name: lead.name,
  projectId: lead.projectId,
  popupId: lead.popupId,
  gender: 0,
  email: lead.email,
  city: lead.city,
  phone: lead.phone,
  createdAt: stamp(lead.at),
  updatedAt: stamp(lead.at),
});

function page(query, rows) {
  check(query, { first: 'digits', offset: 'digits' }, invalid);
  const [first, offset] = [Number(query.first ?? 10), Number(query.offset ?? 0)];
  if (first < 1 || first > 100) throw invalid('first', 'is out of range');
  return { result: true, data: rows.slice(offset, offset + first), pageInfo: { total: rows.length, offset, first, arguments: {} } };
}

const all = data => ({ result: true, data });

// Unix seconds.
function period(query) {
  check(query, { start: 'digits', end: 'digits' }, invalid);
  return [Number(query.start ?? 0) * 1000, query.end === undefined ? Infinity : Number(query.end) * 1000];
}

function createProject({ account, body }) {
  check(body, { name: 'text!', url: 'text!' }, invalid);
  if (!URL.canParse(body.url)) throw invalid('url', 'is not a valid URL');
  return created(all(projectRow(account.popups.addProject(body))));
}

function setState(call) {
  check(call.body, { is_enabled: 'boolean!' }, invalid);
  const popup = popupOf(call);
  popup.isEnabled = call.body.is_enabled;
  popup.updatedAt = call.account.now;
  return all(popupRow(call.account, popup));
}

function score({ votes }) {
  const sum = belongs => votes.filter(({ option }) => belongs(Number(option))).reduce((total, vote) => total + vote.total, 0);
  const [promoter, critic, total] = [sum(n => n >= 9), sum(n => n <= 6), sum(() => true)];
  const percent = part => (total ? Math.round((part / total) * 100) : 0);
  const neutral = total - promoter - critic;
  return { average: percent(promoter) - percent(critic), total, promoter, neutral, critic, promoterPercent: percent(promoter), neutralPercent: percent(neutral), criticPercent: percent(critic) };
}

function votes(call) {
  period(call.query);
  const button = { id: 'b1', caption: 'Would you recommend us?', contactVariableName: 'nps', variants: [], variantsCount: 11, displayType: 1 };
  return all(popupOf(call).votes.map(({ option, total }) => ({ button, date: stamp(call.account.now).slice(0, 10), option, total })));
}

const BASE = '/v2/pop-ups/public/api';

export const popups = {
  name: 'popups',
  State: Popups,
  control: popupsControl,
  routes: {
    [`GET ${BASE}/widgets/list`]: ({ account, query }) => page(query, [...account.popups.projects.values()].map(projectRow)),
    [`POST ${BASE}/widgets`]: createProject,
    [`GET ${BASE}/popups/list/{projectId}`]: call =>
      page(call.query, call.account.popups.popupsOf(projectOf(call).id, false).map(popup => popupRow(call.account, popup))),
    [`GET ${BASE}/popups/list/quiz/{projectId}`]: call =>
      page(call.query, call.account.popups.popupsOf(projectOf(call).id, true).map(popup => popupRow(call.account, popup))),
    [`POST ${BASE}/popups/{popupId}/set-state`]: setState,
    [`DELETE ${BASE}/popups/{popupId}`]: call => {
      call.account.popups.popups.delete(popupOf(call).id);
      return { result: true };
    },
    [`GET ${BASE}/statistics/widget/{projectId}`]: call => {
      const { id } = projectOf(call);
      const [from, until] = period(call.query);
      const { popups: state } = call.account;
      return all([{ ...state.statistic([...state.popupsOf(id, false), ...state.popupsOf(id, true)], from, until), widget: 7 }]);
    },
    [`GET ${BASE}/statistics/popup/{popupId}`]: call => all([call.account.popups.statistic([popupOf(call)], ...period(call.query))]),
    [`GET ${BASE}/statistics/nps/{popupId}`]: votes,
    [`GET ${BASE}/statistics/nps/{popupId}/aggregated`]: call => {
      period(call.query);
      return all([score(popupOf(call))]);
    },
    [`GET ${BASE}/subscribers/get/{subscriberId}`]: ({ account, params }) => all(leadRow(found(account.popups.leads, Number(params.subscriberId), 'subscriber'))),
    [`GET ${BASE}/subscribers/by-popup/{popupId}`]: call => {
      const { id } = popupOf(call);
      return all(call.account.popups.leadsBy(({ popupId }) => popupId === id).map(leadRow));
    },
    [`GET ${BASE}/subscribers/by-project/{projectId}`]: call => {
      const { id } = projectOf(call);
      return all(call.account.popups.leadsBy(({ projectId }) => projectId === id).map(leadRow));
    },
    [`GET ${BASE}/popups/conditions`]: () => all([{ groupId: 2, dataType: 'number', name: 'time_on_page', uniq: true }, { groupId: 5, dataType: 'string', name: 'url', uniq: false }]),
    [`GET ${BASE}/tariff/limits`]: ({ account }) =>
      all([
        {
          expiredAt: stamp(account.now + 300 * 86_400_000).slice(0, 10),
          daysAmount: 365,
          currentDaysAmount: 65,
          daysLeft: 300,
          nextLimitsDrop: stamp(account.now + 20 * 86_400_000).slice(0, 10),
          options: { views: { amount: 10_000, amountLeft: 9588, currentAmount: 412 } },
        },
      ]),
  },
};
