// The products besides e-mail. An area:
//
//   name      its state is account[name], made anew with each account and reset
//   State     a class; `new State(account)`, `seed(name)`, `describe()` for the control door
//   routes    'METHOD /path' -> handler, as the application calls them
//   control   the same for the control door: handlers get {account, params, query, body}

import { courses } from './routes/courses.mjs';
import { crm } from './routes/crm.mjs';
import { files } from './routes/files.mjs';
import { popups } from './routes/popups.mjs';
import { smtp } from './routes/smtp.mjs';
import { verifier } from './routes/verifier.mjs';

export const areas = [
  smtp,
  crm,
  verifier,
  popups,
  courses,
  files,
];
