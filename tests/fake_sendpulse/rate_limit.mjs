// 10 requests a second for each account [DOC]. Refused requests do not count, there is no Retry-After, and the time is
// real time: a virtual second may last no time at all.

const WINDOW_MS = 1000;

export class RateLimit {
  #times = new Map();

  allows(key, perSecond) {
    const now = performance.now();
    const times = this.#times.get(key) ?? [];
    while (times.length > 0 && times[0] <= now - WINDOW_MS) times.shift();
    if (times.length >= perSecond) return false;
    times.push(now);
    this.#times.set(key, times);
    return true;
  }

  clear() {
    this.#times.clear();
  }
}
