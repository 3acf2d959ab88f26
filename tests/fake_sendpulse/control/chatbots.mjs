// What tests make happen to the chatbots.

import { missing, required, when } from '../control_arguments.mjs';

const botOf = (account, id) => required(account.chatbots.bots, id, 'bot');
const contactOf = (account, id) => required(account.chatbots.contacts, id, 'chatbot contact');
const dated = (account, body) => ({ ...body, created: when(account, body.created) });
const bare = ({ tags, ...contact }) => ({ ...contact, tags: [...tags] });

function addMessages({ account, params, body }) {
  const contact = contactOf(account, params.contact);
  const count = body.count ?? 1;
  const at = when(account, body.at) ?? account.now;
  const texts = Array.from({ length: count }, (_, i) => (count === 1 ? body.text : `${body.text ?? 'Message'} ${i + 1}`));
  return texts.map((text, i) => account.chatbots.addMessage(contact, { ...body, text, data: body.data ?? { text }, at: at + i * (body.step_s ?? 0) * 1000 }));
}

export const chatbotsControl = {
  'POST /bots': ({ account, body }) => {
    const { id, channel, name } = account.chatbots.addBot(dated(account, body));
    return { id, channel, name };
  },
  'PATCH /bots/{bot}': ({ account, params, body }) => {
    const bot = botOf(account, params.bot);
    for (const name of ['name', 'status']) if (body[name] !== undefined) bot[name] = body[name];
    return { id: bot.id, name: bot.name, status: bot.status };
  },
  'DELETE /bots/{bot}': ({ account, params }) => ({ removed: account.chatbots.bots.delete(params.bot) }),
  'POST /bots/{bot}/flows': ({ account, params, body }) => account.chatbots.addFlow(botOf(account, params.bot), dated(account, body)),
  'POST /bots/{bot}/templates': ({ account, params, body }) => account.chatbots.addTemplate(botOf(account, params.bot), dated(account, body)),
  'PATCH /bots/{bot}/templates/{name}': ({ account, params, body }) => {
    const template = [...botOf(account, params.bot).templates.values()].find(({ name }) => name === params.name);
    if (!template) throw missing('template');
    Object.assign(template, { status: body.status, rejectedReason: body.rejected_reason ?? null });
    return template;
  },
  'POST /contacts': ({ account, body }) => bare(account.chatbots.addContact(dated(account, body))),
  'PATCH /contacts/{contact}': ({ account, params, body }) => {
    const contact = contactOf(account, params.contact);
    if (body.status !== undefined) contact.status = body.status;
    if (body.name !== undefined) contact.name = body.name;
    if (body.is_chat_opened !== undefined) contact.isChatOpened = body.is_chat_opened;
    if (body.unread !== undefined) contact.unread = body.unread;
    for (const tag of body.tags ?? []) account.chatbots.tag(contact, tag);
    for (const tag of body.untag ?? []) contact.tags.delete(tag);
    for (const [name, value] of Object.entries(body.variables ?? {})) account.chatbots.setVariable(contact, name, value);
    return bare(contact);
  },
  'DELETE /contacts/{contact}': ({ account, params }) => ({ removed: account.chatbots.contacts.delete(params.contact) }),
  'POST /contacts/{contact}/messages': addMessages,
  'DELETE /contacts/{contact}/messages/{message}': ({ account, params }) => {
    const contact = contactOf(account, params.contact);
    contact.messages = contact.messages.filter(({ id }) => id !== params.message);
    return { left: contact.messages.length };
  },
};
