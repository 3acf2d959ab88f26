// The products besides email. An area:
//
//   name      its state is account[name], made anew with each account and reset
//   State     a class; `new State(account)`, `seed(name)`, `describe()` for the control door
//   routes    'METHOD /path' -> handler, as the application calls them
//   control   the same for the control door: handlers get {account, params, query, body}

import { Automation } from './automation.mjs';
import { Chatbots } from './chatbots.mjs';
import { automationControl } from './control/automation.mjs';
import { chatbotsControl } from './control/chatbots.mjs';
import { smsControl } from './control/sms.mjs';
import { viberControl } from './control/viber.mjs';
import { webPushControl } from './control/web_push.mjs';
import { automation } from './routes/automation.mjs';
import { chatbots } from './routes/chatbots.mjs';
import { courses } from './routes/courses.mjs';
import { crm } from './routes/crm.mjs';
import { files } from './routes/files.mjs';
import { popups } from './routes/popups.mjs';
import { sms } from './routes/sms.mjs';
import { smtp } from './routes/smtp.mjs';
import { verifier } from './routes/verifier.mjs';
import { viber } from './routes/viber.mjs';
import { webPush } from './routes/web_push.mjs';
import { Sms } from './sms.mjs';
import { Viber } from './viber.mjs';
import { WebPush } from './web_push.mjs';

export const areas = [
  { name: 'chatbots', State: Chatbots, routes: chatbots, control: chatbotsControl },
  { name: 'automation', State: Automation, routes: automation, control: automationControl },
  { name: 'sms', State: Sms, routes: sms, control: smsControl },
  { name: 'webPush', State: WebPush, routes: webPush, control: webPushControl },
  { name: 'viber', State: Viber, routes: viber, control: viberControl },
  smtp,
  crm,
  verifier,
  popups,
  courses,
  files,
];
