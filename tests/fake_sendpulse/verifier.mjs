// What the verifier of an account knows: mailing lists and single addresses that were sent to it. A single result is there
// after it was asked for a few times, so that a client has to wait without a test having to.

export class Verifier {
  #account;

  constructor(account) {
    this.#account = account;
    this.lists = new Map();
    this.addresses = new Map();
    this.reports = new Map();
    this.asksUntilDone = 1;
    this.listTakesS = 0;
  }

  seed(name) {
    if (name === 'empty') return;
    const [list] = this.#account.lists.values();
    this.sendList(list, this.#account.now - 3 * 86_400_000);
    this.sendAddress('ann@example.com');
    this.addresses.get('ann@example.com').asks = this.asksUntilDone;
  }

  sendList(list, at = this.#account.now) {
    this.lists.set(list.id, { list, startedAt: at, finishedAt: at + this.listTakesS * 1000 });
  }

  isFinished(run) {
    return run.finishedAt <= this.#account.now;
  }

  sendAddress(email) {
    this.addresses.set(email.toLowerCase(), { email, asks: 0, status: this.statusOf(email) });
  }

  // The fake judges by the look of an address.
  statusOf(email) {
    if (email.includes('invalid')) return 3;
    return email.includes('unsure') ? 2 : 1;
  }

  describe() {
    return {
      lists: [...this.lists.values()].map(({ list, finishedAt }) => ({ id: list.id, finished: finishedAt <= this.#account.now })),
      addresses: [...this.addresses.values()],
      reports: [...this.reports.keys()],
    };
  }
}

export const verifierControl = {
  'PATCH /verifier': ({ account: { verifier }, body }) => {
    if (body.asks_until_done !== undefined) verifier.asksUntilDone = body.asks_until_done;
    if (body.list_takes_s !== undefined) verifier.listTakesS = body.list_takes_s;
    return { asks_until_done: verifier.asksUntilDone, list_takes_s: verifier.listTakesS };
  },
};
