// The form of a message in each channel, as the examples of the channels' descriptions have it. Whoever sends another
// form is refused.

import { isObject } from './arguments.mjs';
import { each, fields, oneOf, required, shape, text } from './fields.mjs';
import { invalidArgument } from './refusals.mjs';

const row = shape({ text: 'text!', type: required(oneOf('web_url', 'postback')), url: 'text', web_app: 'object', data: 'object', to_chain_id: 'text' });
const buttonRows = each(each(row));
const elements = each(shape({ title: 'text!', subtitle: 'text', image_url: 'text', is_external_attachment: 'boolean', buttons: each('object') }));
const caption = (value, name) => value === null || text(1024)(value, name);

const TELEGRAM = {
  text: { text: required(text(4096)), parse_mode: 'text', reply_markup: shape({ inline_keyboard: required(buttonRows) }), message_effect_id: 'text' },
  photo: { photo: 'text!', caption },
  document: { document: 'text!', caption },
  audio: { audio: 'text!', caption },
  voice: { voice: 'text!', caption },
  video: { video: 'text!', caption },
  carousel: { carousel: required(each(shape({ title: 'text!', description: 'text', text: 'text', photo: 'text', parse_mode: 'text', reply_markup: shape({ inline_keyboard: required(buttonRows) }) }))) },
  action: { action: required(oneOf('typing')) },
};

const WHATSAPP = {
  text: shape({ body: required(text(1024)) }),
  image: shape({ link: 'text!', caption }),
  document: shape({ link: 'text!', caption, filename: 'text' }),
  audio: shape({ link: 'text!', voice: 'boolean' }),
  interactive: shape({
    type: required(oneOf('button')),
    body: required(shape({ text: required(text(1024)) })),
    action: required(shape({ buttons: required(each(shape({ type: required(oneOf('reply')), to_chain_id: 'text!', reply: required(shape({ title: required(text(20)) })) }))) })),
  }),
  reaction: shape({ message_id: 'text!', emoji: 'text!' }),
};

const genericTemplate = shape({
  attachment: required(shape({ type: required(oneOf('template')), payload: required(shape({ template_type: required(oneOf('generic')), elements: required(elements) })) })),
});

const MESSENGER = {
  message: { text: 'text!' },
  media_img: { img: 'text!' },
  media_file: { file: 'text!' },
  template: {
    data: required(genericTemplate),
  },
};

// In a campaign a picture has no title but its caption.
const pictures = each(shape({ title: 'text', subtitle: 'text', image_url: 'text!' }));
const MESSENGER_CAMPAIGN = {
  text: { data: required(shape({ text: 'text!' })) },
  template: { data: required(genericTemplate) },
  media_img: {
    data: required(
      shape({ attachment: required(shape({ type: required(oneOf('template')), payload: required(shape({ template_type: required(oneOf('generic')), elements: required(pictures) })) })) }),
    ),
  },
};

const plainText = shape({ text: 'text!', buttons: buttonRows });
const LISTED = {
  instagram: {
    text: { message: required(shape({ text: 'text!' })) },
    image: {
      message: required(
        shape({ attachment: required(shape({ type: required(oneOf('image')), payload: required(shape({ is_external_attachment: 'boolean', url: 'text!' })) })) }),
      ),
    },
    generic_template: { message: required(shape({ attachment: required(shape({ payload: required(shape({ elements: required(elements) })) })) })) },
  },
  viber: {
    text: { text: required(plainText) },
    image: { image: required(shape({ file: required(shape({ is_path_absolute: 'boolean', path: 'text!' })) })) },
    generic_template: {
      generic_template: required(each(shape({ title: 'text!', subtitle: 'text', image: shape({ is_path_absolute: 'boolean', path: 'text!' }), buttons: buttonRows }))),
    },
  },
  live_chat: {
    text: { text: required(plainText) },
    image: { image: required(shape({ file: required(shape({ path: 'text!' })), buttons: buttonRows })) },
    document: { document: required(shape({ file: required(shape({ path: 'text!' })), buttons: buttonRows })) },
  },
  tiktok: { text: { text: required(plainText) } },
};

function typed(message, table, name, more = {}) {
  if (!isObject(message)) throw invalidArgument(name, 'must be object');
  if (!Object.hasOwn(table, message.type)) throw invalidArgument(`${name}.type`, 'is invalid');
  fields(message, { type: 'text!', ...more, ...table[message.type] }, `${name}.`);
}

const whatsapp = (message, name) => typed(message, Object.fromEntries(Object.entries(WHATSAPP).map(([type, kind]) => [type, { [type]: required(kind) }])), name);

// `message` of contacts/send.
const ONE = {
  telegram: (message, name) => typed(message, TELEGRAM, name),
  whatsapp,
  messenger: (message, name) => {
    if (!isObject(message)) throw invalidArgument(name, 'must be object');
    if (!Object.hasOwn(MESSENGER, message.content_type)) throw invalidArgument(`${name}.content_type`, 'is invalid');
    const type = required(oneOf('UPDATE', 'RESPONSE', 'MESSAGE_TAG'));
    const tag = oneOf('HUMAN_AGENT', 'CUSTOMER_FEEDBACK');
    if (message.type === 'MESSAGE_TAG' && message.tag === undefined) throw invalidArgument(`${name}.tag`, 'missing');
    fields(message, { type, tag, content_type: 'text!', ...MESSENGER[message.content_type] }, `${name}.`);
  },
};

export const isListed = channel => channel in LISTED;

// The table of contacts/send for a channel: `message`, or a list `messages`.
export const messageFields = channel =>
  isListed(channel)
    ? { messages: required(each((message, name) => typed(message, LISTED[channel], name))) }
    : { message: required(ONE[channel]) };

export const whatsappMessage = required(whatsapp);

// campaigns/send: always a list, and Telegram wraps the rest of a message.
export function campaignMessages(channel) {
  const one = {
    telegram: (message, name) => {
      fields(message, { type: 'text!', message: 'object!' }, `${name}.`);
      typed({ type: message.type, ...message.message }, TELEGRAM, name);
    },
    messenger: (message, name) => typed(message, MESSENGER_CAMPAIGN, name),
    whatsapp,
  };
  return required(each(one[channel] ?? ((message, name) => typed(message, LISTED[channel], name))));
}

// A button of a message to one contact has its flow in a payload, one of a campaign beside it; there are at most three.
const buttonIndex = oneOf(0, 1, 2);
const templateWith = more => {
  const parameter = shape({ type: 'text!', text: 'text', image: 'object', video: 'object', document: 'object', ...more });
  return required(
    shape({
      name: 'text!',
      language: required(shape({ code: 'text!' })),
      components: each(shape({ type: 'text!', sub_type: oneOf('url', 'quick_reply', 'catalog'), index: buttonIndex, parameters: each(parameter) })),
    }),
  );
};
export const whatsappTemplate = templateWith({ payload: 'object' });
export const whatsappCampaignTemplate = templateWith({ to_chain_id: 'text' });
