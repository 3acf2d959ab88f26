// One campaign and its life: creating, moderation, sending, sent, and statistics that keep growing. Nothing runs in the
// background: status and figures follow from the virtual clock at the moment somebody looks.
//
// Recipient number i has a fixed fate, so that totals and single recipients always agree: every 48th bounces, every
// third opens, every twelfth clicks, every 240th unsubscribes. None of these collides with a bounce.

export const STATUS = Object.freeze({
  moderation: 1,
  sending: 2,
  sent: 3,
  test: 4,
  testSent: 8,
  noActive: 12,
  creating: 13,
  queued: 14,
  cancelled: 16,
  draft: 26,
});

const FINAL = new Set([3, 5, 8, 12, 16, 23, 25]);
const ACTIVE = new Set([1, 2, 9, 10, 13, 14, 22]);

const upTo = (count, every) => Math.ceil(count / every);

export class Campaign {
  constructor(fields) {
    Object.assign(
      this,
      {
        name: '',
        subject: '',
        senderName: '',
        senderEmail: '',
        body: '',
        preheader: '',
        listId: 0,
        attachments: [],
        recipients: [],
        createdAt: 0,
        startAt: 0,
        isSms: false,
        isViber: false,
        isDraft: false,
        isTest: false,
        stats: { opens: true, clicks: true },
        links: ['https://shop.example.com/'],
      },
      fields,
    );
    this.pinnedStatus = null;
    this.pinnedFigures = {};
    this.cancelledAt = null;
  }

  status(now, pace) {
    if (this.pinnedStatus !== null) return this.pinnedStatus;
    if (this.cancelledAt !== null) return STATUS.cancelled;
    if (this.isDraft) return STATUS.draft;
    const age = (now - this.createdAt) / 1000;
    if (age < pace.moderation_s) return STATUS.creating;
    if (this.recipients.length === 0) return STATUS.noActive;
    if (age < pace.sending_s) return STATUS.moderation;
    if (now < this.startAt) return STATUS.queued;
    const running = this.#runningSeconds(now, pace);
    if (this.isTest) return running < pace.sent_s - pace.sending_s ? STATUS.test : STATUS.testSent;
    return running < pace.sent_s - pace.sending_s ? STATUS.sending : STATUS.sent;
  }

  isFinal(now, pace) {
    return FINAL.has(this.status(now, pace));
  }

  // A list with such a campaign cannot be deleted.
  isActive(now, pace) {
    return ACTIVE.has(this.status(now, pace));
  }

  figures(now, pace) {
    const { sent, opened } = this.#reach(now, pace);
    const figures = {
      sent,
      delivered: sent - bounces(sent),
      opening: this.stats.opens ? upTo(opened, 3) : 0,
      link_redirected: this.stats.clicks ? upTo(opened, 12) : 0,
      unsubscribe: unsubscribes(opened),
      error: bounces(sent),
    };
    return { ...figures, ...this.pinnedFigures };
  }

  // The recipient's state as one of the codes of the campaign statistics; undefined for a stranger.
  fateOf(email, now, pace) {
    const i = this.recipients.indexOf(email.toLowerCase());
    if (i < 0) return undefined;
    const { sent, opened } = this.#reach(now, pace);
    if (i >= sent) return 0;
    if (i % 48 === 1) return 10;
    if (i >= opened || !this.stats.opens) return 2;
    if (i % 240 === 120) return 5;
    if (i % 12 === 0 && this.stats.clicks) return 4;
    return i % 3 === 0 ? 3 : 2;
  }

  #runningSeconds(now, pace) {
    return (now - Math.max(this.startAt, this.createdAt + pace.sending_s * 1000)) / 1000;
  }

  // How many recipients the sending has reached, and how many of those had time to react.
  #reach(now, pace) {
    const total = this.recipients.length;
    const status = this.status(now, pace);
    if (this.pinnedStatus !== null) {
      const all = status === STATUS.sent || status === STATUS.testSent ? total : 0;
      return { sent: all, opened: all };
    }
    if (![STATUS.sending, STATUS.sent, STATUS.test, STATUS.testSent].includes(status)) return { sent: 0, opened: 0 };
    const running = this.#runningSeconds(now, pace);
    const sendingFor = Math.max(pace.sent_s - pace.sending_s, 1);
    const sent = Math.min(total, Math.floor((total * running) / sendingFor));
    const opened = Math.min(sent, Math.floor((total * Math.max(running, 0)) / Math.max(pace.opens_for_s, 1)));
    return { sent, opened };
  }
}

// How many of the first n recipients have such a number.
const bounces = n => (n < 2 ? 0 : upTo(n - 1, 48));
const unsubscribes = n => (n < 121 ? 0 : upTo(n - 120, 240));
