// Automation360 of an account: flows with their counters, conversions, and the events that were sent to it. Within one
// answer a flow's stamps are in the account's zone less three hours, its elements' are not: recorded so [GO automation360].

export class Automation {
  #account;
  #nextId = { automation: 6101, element: 7101, conversion: 9101 };

  constructor(account) {
    this.#account = account;
    this.flows = new Map();
    this.events = [];
  }

  #next(kind) {
    const id = this.#nextId[kind];
    this.#nextId[kind] += 1;
    return id;
  }

  add({ id, name = 'Flow', status = 1, created }) {
    const createdAt = created ?? this.#account.now;
    const flow = {
      id: id ?? this.#next('automation'),
      name,
      status,
      createdAt,
      changedAt: createdAt,
      counters: { starts: 0, in_queue: 0, end_count: 0, send_messages: 0 },
      elements: ['main-trigger', 'email', 'goal'].map(kind => ({ id: this.#next('element'), kind, executed: 0 })),
      conversions: [],
    };
    this.flows.set(flow.id, flow);
    return flow;
  }

  count(flow, change) {
    for (const [name, by] of Object.entries(change)) {
      if (!(name in flow.counters)) throw new TypeError(`no such counter: ${name}`);
      flow.counters[name] += by;
    }
  }

  convert(flow, { email = 'jane@example.org', phone = '', type = 'goal', at = this.#account.now }) {
    const element = flow.elements.find(({ kind }) => kind === (type === 'goal' ? 'goal' : 'main-trigger'));
    const conversion = { id: this.#next('conversion'), type, elementId: element.id, email, phone, at };
    flow.conversions.push(conversion);
    element.executed += 1;
    return conversion;
  }

  seed(name) {
    if (name === 'empty') return;
    const { now } = this.#account;
    const flow = this.add({ name: 'Welcome series', created: now - 40 * 86_400_000 });
    this.count(flow, { starts: 120, in_queue: 4, end_count: 116, send_messages: 230 });
    this.convert(flow, { at: now - 86_400_000 });
  }

  describe() {
    return { flows: [...this.flows.values()], events: this.events };
  }
}
