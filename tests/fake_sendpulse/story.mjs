// The demo's story: each step makes the next believable thing happen in a shop's account and says what it was.

import { STATUS } from './campaign.mjs';
import { addressOf } from './seeds.mjs';

const NEWCOMERS = [
  'Ruby Ellison',
  'Tomasz Zielinski',
  'Leila Haddad',
  'Gustav Holm',
  'Bianca Costa',
  'Ivan Melnyk',
  'Chloe Dubois',
  'Kenji Mori',
  'Salma Rahimi',
  'Peter Novak',
  'Greta Olsen',
  'Diego Torres',
];
const SUBJECTS = ['Wool weekend: 20% off', 'Three new patterns', 'The last of the indigo', 'A box of surprises'];
const LISTS = ['Workshop guests', 'Spring fair 2027', 'Pattern testers', 'Gift card buyers'];

const newsletterOf = account => account.lists.values().next().value ?? account.addList('Newsletter');

function newSubscriber(account, turn) {
  const list = newsletterOf(account);
  const person = NEWCOMERS[turn % NEWCOMERS.length];
  const round = Math.floor(turn / NEWCOMERS.length);
  const email = round === 0 ? addressOf(person) : addressOf(`${person}${round + 1}`);
  account.addMember(list, { email, source: 'form', variables: { Name: person.split(' ')[0], Orders: 0 } });
  return `${person} <${email}> subscribed to "${list.name}"`;
}

function unsubscribe(account, turn) {
  const list = newsletterOf(account);
  const active = list.members().filter(member => list.isActive(member));
  if (active.length === 0) return newSubscriber(account, turn);
  const member = active[(turn * 7) % active.length];
  list.setStatus(member, 4);
  return `${member.email} unsubscribed from "${list.name}"`;
}

// The newest campaign that the story itself has started; the clock does not move these.
function storyCampaign(account) {
  return [...account.campaigns.values()].reverse().find(campaign => campaign.isStory);
}

function announceCampaign(account, turn) {
  const list = newsletterOf(account);
  const subject = SUBJECTS[turn % SUBJECTS.length];
  const sender =
    account.senders.values().next().value ??
    account.addSender({ email: 'hello@maple-thread.example', name: 'Maple & Thread' });
  const campaign = account.addCampaign({
    name: subject,
    subject,
    senderName: sender.name,
    senderEmail: sender.email,
    body: `<h1>${subject}</h1>`,
    listId: list.id,
  });
  campaign.isStory = true;
  campaign.pinnedStatus = STATUS.moderation;
  return `campaign "${subject}" was created for ${campaign.recipients.length} recipients and waits for moderation`;
}

function sendCampaign(account, turn) {
  const campaign = storyCampaign(account);
  if (!campaign) return announceCampaign(account, turn);
  const half = Math.ceil(campaign.recipients.length / 2);
  campaign.pinnedStatus = STATUS.sending;
  campaign.pinnedFigures = figures(half, 0);
  return `campaign "${campaign.name}" is being sent, ${half} mails are out`;
}

function finishCampaign(account, turn) {
  const campaign = storyCampaign(account);
  if (!campaign) return announceCampaign(account, turn);
  campaign.pinnedStatus = STATUS.sent;
  campaign.pinnedFigures = figures(campaign.recipients.length, 2);
  return `campaign "${campaign.name}" was sent to ${campaign.recipients.length} recipients`;
}

function growOpens(account, turn) {
  const campaign = storyCampaign(account);
  if (!campaign) return announceCampaign(account, turn);
  const { sent = 0, opening = 0 } = campaign.pinnedFigures;
  campaign.pinnedFigures = figures(sent, Math.min(opening + 3, sent));
  return `campaign "${campaign.name}" was opened ${campaign.pinnedFigures.opening} times`;
}

function figures(sent, opening) {
  return { sent, delivered: sent, opening, link_redirected: Math.floor(opening / 3), unsubscribe: 0, error: 0 };
}

function newList(account, turn) {
  const list = account.addList(LISTS[turn % LISTS.length] + (turn < LISTS.length ? '' : ` ${turn + 1}`));
  return `a new list "${list.name}" was made`;
}

function spendMoney(account) {
  account.balance.main = Math.max(Number(account.balance.main) - 1.15, 0).toFixed(2);
  account.tariff.emails_left = Math.max(account.tariff.emails_left - 250, 0);
  return `the balance fell to ${account.balance.main} ${account.balance.currency}`;
}

function newTemplate(account, turn) {
  const template = account.addTemplate({ name: `Letter of week ${turn + 1}`, body: '<p>What happened this week</p>' });
  return `a template "${template.name}" was saved`;
}

function blacklistSomebody(account, turn) {
  const email = `bot${turn + 1}@spam.example`;
  account.blacklist.set(email, 'filled in the form by machine');
  return `${email} was put on the blacklist`;
}

const CHAPTER = [
  newSubscriber,
  announceCampaign,
  newSubscriber,
  sendCampaign,
  unsubscribe,
  finishCampaign,
  newSubscriber,
  growOpens,
  newList,
  growOpens,
  newTemplate,
  spendMoney,
  blacklistSomebody,
];

export function nextStep(account) {
  const step = account.storyStep;
  account.storyStep += 1;
  const act = CHAPTER[step % CHAPTER.length];
  const turn = Math.floor(step / CHAPTER.length);
  // The chapter holds three new subscribers, so each needs a person of their own.
  const occurrences = CHAPTER.slice(0, step % CHAPTER.length).filter(other => other === act).length;
  const perChapter = CHAPTER.filter(other => other === act).length;
  return act(account, turn * perChapter + occurrences);
}
