// Viber campaigns [OA:viber, GO]. The status of a campaign is a text in the account's language, or null while it waits.

import { page } from '../arguments.mjs';
import { parseStamp } from '../clock.mjs';
import { fields, oneOf, required, shape } from '../fields.mjs';
import { invalidArgument, refuse, Refusal } from '../refusals.mjs';

const STATUS = { ru: { Sent: 'Отправлена' }, uk: { Sent: 'Надіслана' } };

function campaignOf(account, id) {
  const campaign = account.viber.campaigns.get(id);
  if (!campaign) throw refuse(802);
  return campaign;
}

const statusText = (account, status) => (status === null ? null : (STATUS[account.settings.lang]?.[status] ?? status));

const row = (account, campaign) => ({
  id: campaign.id,
  name: campaign.name,
  message: campaign.text,
  sender_name: account.viber.senders.get(campaign.senderId)?.name ?? '',
  send_date: account.stamp(campaign.sendAt),
  status: statusText(account, campaign.status),
  created: account.stamp(campaign.createdAt),
});

const senderRow = sender => ({
  ...sender,
  service_type: 'Shop',
  web_site: 'shop.example.com',
  description: 'A shop',
  country: 'Ukraine',
  traffic_type: 'promo',
  admin_comment: null,
});

const within = (min, max) => (value, name) => {
  if (!Number.isInteger(value) || value < min || value > max) throw invalidArgument(name, 'is invalid');
};
const CAMPAIGN = {
  task_name: 'text',
  message_type: required(oneOf(2, 3)),
  sender_id: 'integer!',
  message_live_time: required(within(60, 86_400)),
  send_date: 'text!',
  address_book: 'integer',
  recipients: 'integers',
  message: 'text',
  stretch_time: within(0, 5),
  additional: shape({
    button: shape({ text: 'text', link: 'text' }),
    image: shape({ link: 'text' }),
    resend_sms: shape({ status: 'boolean', sms_text: 'text', sms_sender_name: 'text' }),
  }),
};

// A text, a text with a button, a text with a button and a picture, or a picture alone; a system message is a text alone.
function content({ message_type: type, message, additional = {} }) {
  const { button, image } = additional;
  if (message === undefined && (image === undefined || button !== undefined)) throw invalidArgument('message', 'missing');
  if (message !== undefined && image !== undefined && button === undefined) throw invalidArgument('additional.button', 'missing');
  if (type === 3 && (button !== undefined || image !== undefined)) throw invalidArgument('additional', 'is invalid');
}

function create({ account, body }) {
  fields(body, CAMPAIGN);
  content(body);
  if ((body.address_book === undefined) === (body.recipients === undefined)) throw invalidArgument('recipients', 'is invalid');
  if (!account.viber.senders.has(body.sender_id)) throw refuse(704);
  if (body.address_book !== undefined && !account.lists.has(body.address_book)) throw refuse(703);
  const at = body.send_date === 'now' ? account.now : parseStamp(body.send_date, account.settings.zone_offset_min);
  if (at === null || at < account.now) throw refuse(799);
  const campaign = account.viber.addCampaign({
    name: body.task_name,
    text: body.message,
    sender_id: body.sender_id,
    phones: body.recipients ?? [...account.sms.phonesOf(body.address_book).keys()].map(Number),
    status: null,
    send_at: at,
    additional: body.additional,
  });
  return { result: true, data: { task_id: campaign.id } };
}

const phones = { phones: 'texts!', description: 'text' };

export const viber = {
  'POST /viber': create,
  // The newest first, as recorded.
  'GET /viber/task': ({ account, query }) => {
    const { limit, offset } = page(query);
    return [...account.viber.campaigns.values()].sort((a, b) => b.id - a.id).slice(offset, offset + limit).map(each => row(account, each));
  },
  'GET /viber/task/{id}': ({ account, params }) => {
    const campaign = campaignOf(account, params.id);
    return { ...row(account, campaign), statistic: campaign.statistic };
  },
  'GET /viber/task/{id}/recipients': ({ account, params }) => {
    const campaign = campaignOf(account, params.id);
    return {
      task_id: campaign.id,
      recipients: campaign.recipients.map(({ phone, status }) => ({ phone, address_book_id: 0, status, send_date: account.stamp(campaign.sendAt), price: 0.03, currency: 'USD' })),
    };
  },
  'GET /viber/senders': ({ account }) => [...account.viber.senders.values()].map(senderRow),
  'GET /viber/senders/{id}': ({ account, params }) => {
    const sender = account.viber.senders.get(params.id);
    if (!sender) throw new Refusal(404, 404, 'Sender not found');
    return senderRow(sender);
  },
  'GET /v2/viber-service/phone-exception': ({ account, query }) => {
    const { limit, offset } = page(query);
    return { data: [...account.viber.blacklist].slice(offset, offset + limit).map(([phone, description]) => ({ phone: Number(phone), description })) };
  },
  'POST /v2/viber-service/phone-exception': ({ account, body }) => {
    fields(body, phones);
    for (const phone of body.phones) account.viber.blacklist.set(phone, body.description ?? '');
    return { success: true };
  },
  'DELETE /v2/viber-service/phone-exception': ({ account, body }) => {
    fields(body, phones);
    for (const phone of body.phones) account.viber.blacklist.delete(phone);
    return { success: true };
  },
};
