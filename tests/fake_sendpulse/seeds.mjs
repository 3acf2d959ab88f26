// What an account holds at the start. Dates lie in the past of the virtual clock's now.

import { areas } from './areas.mjs';
import { STATUS } from './campaign.mjs';

const DAY = 86_400_000;
const HOUR = 3_600_000;

export const SEEDS = ['demo', 'small', 'empty'];

export function seed(account, name) {
  if (!SEEDS.includes(name)) throw new TypeError(`no such seed: ${name}`);
  account.clear();
  if (name === 'small') small(account);
  if (name === 'demo') demo(account);
  for (const area of areas) account[area.name].seed(name);
}

// Two lists, three members each, one of everything else: enough to see each answer, small enough to count by hand.
function small(account) {
  const { now } = account;
  account.addSender({ email: 'shop@example.com', name: 'Shop' });
  const first = account.addList('First list', { createdAt: now - 10 * DAY });
  const second = account.addList('Second list', { createdAt: now - 5 * DAY });
  for (const [i, person] of ['ann', 'bob', 'cid'].entries()) {
    account.addMember(first, {
      email: `${person}@example.com`,
      addedAt: now - 9 * DAY + i * HOUR,
      variables: i === 0 ? { Name: 'Ann', Age: 33, Birthday: '1993-04-05' } : {},
      phone: i === 1 ? '380501234567' : undefined,
    });
    account.addMember(second, {
      email: `${person}@example.org`,
      addedAt: now - 4 * DAY + i * HOUR,
      status: i === 2 ? 4 : 1,
    });
  }
  account.addTemplate({ name: 'Plain letter', body: '<p>Hello</p>', createdAt: now - 3 * DAY });
  account.addTag({ name: 'regular', color: '#f0f4f6' });
  account.blacklist.set('never@example.com', '');
  const campaign = account.addCampaign({
    name: 'First letter',
    subject: 'Hello',
    senderName: 'Shop',
    senderEmail: 'shop@example.com',
    body: '<p>Hello</p>',
    listId: first.id,
    createdAt: now - 2 * DAY,
    startAt: now - 2 * DAY,
  });
  campaign.pinnedStatus = STATUS.sent;
}

const PEOPLE = [
  'Olivia Hart',
  'Noah Bennett',
  'Emma Castellan',
  'Liam Okafor',
  'Sofia Lindqvist',
  'Mateo Rivera',
  'Hanna Kovalenko',
  'Ethan Brooks',
  'Amara Diallo',
  'Lucas Moreau',
  'Ines Carvalho',
  'Jonas Weber',
  'Mila Petrova',
  'Oscar Nyberg',
  'Zoe Marchetti',
  'Daniel Sato',
  'Freya Jensen',
  'Adam Nowak',
  'Clara Fontaine',
  'Yusuf Demir',
  'Elena Popescu',
  'Hugo Alvarez',
  'Nina Horvat',
  'Felix Wagner',
  'Marta Silva',
  'Theo Laurent',
  'Alice Romano',
  'Viktor Balan',
  'Lena Fischer',
  'Paul Janssen',
];
const CITIES = ['Kyiv', 'Lisbon', 'Warsaw', 'Berlin', 'Lyon', 'Oslo'];

export const addressOf = person => `${person.toLowerCase().replace(' ', '.')}@example.com`;

function demo(account) {
  const { now } = account;
  account.addSender({ email: 'hello@maple-thread.example', name: 'Maple & Thread' });
  account.addSender({ email: 'orders@maple-thread.example', name: 'Maple & Thread Orders' });
  account.addSender({ email: 'ivy@maple-thread.example', name: 'Ivy Marlow', active: false });

  const newsletter = account.addList('Newsletter', { createdAt: now - 400 * DAY });
  const customers = account.addList('Customers', { createdAt: now - 390 * DAY });
  const vip = account.addList('VIP early access', { createdAt: now - 60 * DAY });
  for (const [i, person] of PEOPLE.entries()) {
    const member = {
      email: addressOf(person),
      source: i % 3 === 0 ? 'form' : 'import',
      variables: { Name: person.split(' ')[0], City: CITIES[i % CITIES.length], Orders: i % 5 },
      phone: i % 4 === 0 ? String(380_500_000_000 + i * 10_007) : undefined,
    };
    const addedAt = now - (200 - i * 6) * DAY + i * HOUR;
    account.addMember(newsletter, { ...member, addedAt, status: i % 11 === 10 ? 4 : 1 });
    if (i % 3 === 0) account.addMember(customers, { ...member, addedAt: addedAt + HOUR });
    if (i % 7 === 0) account.addMember(vip, { ...member, addedAt: now - (50 - i) * DAY });
  }

  account.addTemplate({
    name: 'New arrivals',
    body: '<h1>New this week</h1><p>Hand-dyed yarn is back.</p>',
    createdAt: now - 90 * DAY,
  });
  account.addTemplate({ name: 'Order shipped', body: '<p>Your parcel is on its way.</p>', createdAt: now - 80 * DAY });
  account.addTemplate({
    name: 'Autumn lookbook',
    isStructure: true,
    createdAt: now - 20 * DAY,
    category: 'promo',
    tags: ['autumn'],
  });
  account.addTag({ name: 'wholesale', color: '#ffd166' });
  account.addTag({ name: 'knitter', color: '#06d6a0' });
  account.blacklist.set('noreply@spam.example', 'bounced for a month');

  const letter = {
    senderName: 'Maple & Thread',
    senderEmail: 'hello@maple-thread.example',
    body: '<h1>Maple &amp; Thread</h1>',
  };
  const sentAt = (name, daysAgo, listId) =>
    account.addCampaign({
      ...letter,
      name,
      subject: name,
      listId,
      createdAt: now - daysAgo * DAY,
      startAt: now - daysAgo * DAY,
    });
  sentAt('Spring yarn is here', 120, newsletter.id);
  sentAt('A thank-you for our customers', 45, customers.id);
  sentAt('Autumn lookbook', 12, newsletter.id);
  account.addCampaign({
    ...letter,
    name: 'Winter sale (draft)',
    subject: 'Winter sale',
    listId: newsletter.id,
    isDraft: true,
  });
  account.addCampaign({
    ...letter,
    name: 'VIP preview',
    subject: 'Before everybody else',
    listId: vip.id,
    createdAt: now - HOUR,
    startAt: now + 2 * DAY,
  });
}
