// One mailing list: its members in the order they were added, its counters, the variables its members use.
// Counters are kept, not counted, so that GET /addressbooks stays cheap for large lists.

const DATE = /^\d{4}-\d\d-\d\d$/;

const typeOf = value => (typeof value === 'number' ? 'number' : DATE.test(value) ? 'date' : 'string');

const memberKey = email => email.toLowerCase();

export class MailingList {
  #byKey = new Map();
  #byAge = [];
  #byEmail = null;
  #filtered = new Map();
  #activeStatuses;

  constructor({ id, name, createdAt, activeStatuses }) {
    this.id = id;
    this.name = name;
    this.createdAt = createdAt;
    this.status = 0;
    this.variables = new Map();
    this.activeCount = 0;
    this.phoneCount = 0;
    this.madeUp = 0;
    this.#activeStatuses = new Set(activeStatuses);
  }

  get size() {
    return this.#byAge.length;
  }

  find(email) {
    return this.#byKey.get(memberKey(email));
  }

  isActive(member) {
    return this.#activeStatuses.has(member.status);
  }

  // An address that is there already is rewritten, not re-added: its date, place and status stay.
  upsert({ email, variables = {}, phone, status, addedAt, source }) {
    const present = this.find(email);
    if (present) {
      this.#write(present, variables, phone);
      return { member: present, added: false };
    }
    const member = { email, status, addedAt, source, phone: '', variables: {}, tags: new Set() };
    this.#write(member, variables, phone);
    this.#byKey.set(memberKey(email), member);
    this.#insert(member);
    if (this.isActive(member)) this.activeCount += 1;
    this.#forgetViews();
    return { member, added: true };
  }

  write(member, variables, phone) {
    this.#write(member, variables, phone);
  }

  remove(emails) {
    const gone = new Set();
    for (const email of emails) {
      const member = this.find(email);
      if (!member) continue;
      if (this.isActive(member)) this.activeCount -= 1;
      if (member.phone) this.phoneCount -= 1;
      this.#byKey.delete(memberKey(email));
      gone.add(member);
    }
    if (gone.size > 0) {
      this.#byAge = this.#byAge.filter(member => !gone.has(member));
      this.#forgetViews();
    }
    return gone.size;
  }

  setStatus(member, status) {
    const was = this.isActive(member);
    member.status = status;
    this.activeCount += Number(this.isActive(member)) - Number(was);
    this.#forgetViews();
  }

  countAsActive(statuses) {
    this.#activeStatuses = new Set(statuses);
    this.activeCount = this.#byAge.filter(member => this.isActive(member)).length;
    this.#forgetViews();
  }

  // `filter` is 'all', 'active' or 'inactive'; `key` is 'added' or 'email'.
  page({ filter = 'all', key = 'added', descending = false, offset, limit }) {
    const view = this.#view(filter, key);
    if (!descending) return view.slice(offset, offset + limit);
    const end = Math.max(view.length - offset, 0);
    return view.slice(Math.max(end - limit, 0), end).reverse();
  }

  members() {
    return this.#byAge;
  }

  count(filter) {
    if (filter === 'active') return this.activeCount;
    return filter === 'inactive' ? this.size - this.activeCount : this.size;
  }

  // Members are sorted by date; one that is added late with an early date goes to its place, as a row that a
  // replica shows late would.
  #insert(member) {
    const rows = this.#byAge;
    if (rows.length === 0 || rows[rows.length - 1].addedAt <= member.addedAt) {
      rows.push(member);
      return;
    }
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (rows[middle].addedAt <= member.addedAt) low = middle + 1;
      else high = middle;
    }
    rows.splice(low, 0, member);
  }

  #write(member, variables, phone) {
    for (const [name, value] of Object.entries(variables)) {
      if (name.toLowerCase() === 'phone') {
        this.#setPhone(member, value);
        continue;
      }
      member.variables[name] = value;
      if (!this.variables.has(name)) this.variables.set(name, typeOf(value));
    }
    if (phone !== undefined) this.#setPhone(member, phone);
  }

  #setPhone(member, phone) {
    const had = member.phone !== '';
    member.phone = String(phone).replace(/\D/g, '');
    this.phoneCount += Number(member.phone !== '') - Number(had);
  }

  #view(filter, key) {
    if (filter === 'all' && key === 'added') return this.#byAge;
    const name = `${filter} ${key}`;
    if (!this.#filtered.has(name)) {
      const rows = key === 'email' ? this.#sortedByEmail() : this.#byAge;
      this.#filtered.set(
        name,
        filter === 'all' ? rows : rows.filter(member => this.isActive(member) === (filter === 'active')),
      );
    }
    return this.#filtered.get(name);
  }

  #sortedByEmail() {
    this.#byEmail ??= [...this.#byAge].sort((a, b) => (a.email < b.email ? -1 : 1));
    return this.#byEmail;
  }

  #forgetViews() {
    this.#filtered.clear();
    this.#byEmail = null;
  }
}
