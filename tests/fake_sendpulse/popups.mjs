// What the pop-ups of an account hold: projects, pop-ups and quizzes in them, and the leads they brought.

import { randomUUID } from 'node:crypto';
import { required, when } from './control_arguments.mjs';

const DAY = 86_400_000;

export class Popups {
  #account;
  #nextLead = 90_210;

  constructor(account) {
    this.#account = account;
    this.projects = new Map();
    this.popups = new Map();
    this.leads = new Map();
  }

  // The small account has the ids that the manifest's samples name.
  seed(name) {
    if (name === 'empty') return;
    const { now } = this.#account;
    const project = this.addProject({ id: '3f0c1a52-8f6b-4c7e-9a41-5d2e7b90c101', name: 'Shop', url: 'https://shop.example.com', at: now - 30 * DAY });
    const popup = this.addPopup({ id: '7b1d4e60-2c3a-4f5b-8d6e-9f0a1b2c3d01', projectId: project.id, name: 'Ten percent off', at: now - 29 * DAY });
    popup.votes = [{ option: '9', total: 4 }, { option: '3', total: 1 }];
    this.addPopup({ projectId: project.id, name: 'Which yarn are you?', isQuiz: true, at: now - 20 * DAY });
    this.addLead({ popupId: popup.id, name: 'Jane', email: 'jane@example.org', city: 'Kyiv', at: now - DAY });
  }

  addProject({ id = randomUUID(), name, url, at = this.#account.now }) {
    const project = { id, name, url, createdAt: at, updatedAt: at };
    this.projects.set(id, project);
    return project;
  }

  addPopup({ id = randomUUID(), projectId, name, isQuiz = false, isEnabled = true, at = this.#account.now }) {
    const popup = { id, projectId, name, isQuiz, isEnabled, votes: [], seen: 412, uncounted: 0, createdAt: at, updatedAt: at };
    this.popups.set(id, popup);
    return popup;
  }

  // Who leaves neither address nor number is in the list, but SendPulse need not count it.
  addLead({ popupId, name = null, email = null, phone = null, city = null, at = this.#account.now }) {
    const popup = this.popups.get(popupId);
    const lead = { id: this.#nextLead, name, email, phone, city, popupId, projectId: popup.projectId, at };
    this.#nextLead += 1;
    this.leads.set(lead.id, lead);
    if (!email && !phone) popup.uncounted += 1;
    return lead;
  }

  popupsOf(projectId, isQuiz) {
    return [...this.popups.values()].filter(popup => popup.projectId === projectId && popup.isQuiz === isQuiz);
  }

  leadsBy(belongs) {
    return [...this.leads.values()].filter(belongs);
  }

  statistic(popups, from = 0, until = Infinity) {
    const ids = new Set(popups.map(({ id }) => id));
    const leads = this.leadsBy(({ popupId, email, phone, at }) => ids.has(popupId) && (email || phone) && at >= from && at <= until);
    const seen = popups.reduce((sum, popup) => sum + popup.seen, 0);
    return { peopleReached: seen, engagements: leads.length + 2, subscriptions: leads.length, formEngagements: 0, wereClosed: 120 };
  }

  describe() {
    return { projects: [...this.projects.values()], popups: [...this.popups.values()], leads: [...this.leads.values()] };
  }
}

export const popupsControl = {
  'POST /popups/projects': ({ account, body }) => account.popups.addProject({ url: 'https://blog.example.com', ...body, at: when(account, body.created) }),
  'POST /popups': ({ account, body }) => account.popups.addPopup({ ...body, projectId: required(account.popups.projects, body.project_id, 'project').id }),
  'PATCH /popups/{popup_id}': ({ account, params, body }) => {
    const popup = required(account.popups.popups, params.popup_id, 'pop-up');
    popup.isEnabled = body.enabled ?? popup.isEnabled;
    return popup;
  },
  'DELETE /popups/{popup_id}': ({ account, params }) => ({ removed: account.popups.popups.delete(params.popup_id) }),
  'POST /popups/leads': ({ account, body }) => {
    required(account.popups.popups, body.popup_id, 'pop-up');
    return account.popups.addLead({ ...body, popupId: body.popup_id });
  },
  'DELETE /popups/leads/{id}': ({ account, params }) => ({ removed: account.popups.leads.delete(params.id) }),
};
