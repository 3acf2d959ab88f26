// What each area of SendPulse needs so that the samples of its actions can be run, in one table. An area:
//
//   name, groups     who it is, and the headings of the manifest that are its own
//   count            how many actions they hold, so that none is lost unseen
//   furnish(world)   puts into the fake account what the samples name
//   prepared         action id -> {before(world, connection), after(state, output), requests}: `before` prepares and
//                    gives fields to replace in the sample; `after` looks at the account when it is done; `requests`
//                    is how many an action sends, when it is not one
//   variants         action id -> inputs laid over the sample in further runs, for the branches that the sample does not take
//   lookupInput      lookup id -> the fields that it depends on
//   triggers         trigger id -> {before(world, connection), change(world), expect(data, text)}: `before` as for actions;
//                    `change` makes happen what the trigger tells, once; `expect` looks at the one event

import { automation } from './automation.mjs';
import { chatbots } from './chatbots.mjs';
import { courses } from './courses.mjs';
import { crm } from './crm.mjs';
import { email } from './email.mjs';
import { files } from './files.mjs';
import { popups } from './popups.mjs';
import { sms } from './sms.mjs';
import { smtp } from './smtp.mjs';
import { verifier } from './verifier.mjs';
import { viber } from './viber.mjs';
import { webPush } from './web_push.mjs';

export const areas = [
  email,
  chatbots,
  automation,
  sms,
  webPush,
  viber,
  smtp,
  crm,
  verifier,
  popups,
  courses,
  files,
];

export const prepared = Object.assign({}, ...areas.map(area => area.prepared));
export const variants = Object.assign({}, ...areas.map(area => area.variants));
export const lookupInput = Object.assign({}, ...areas.map(area => area.lookupInput));
export const triggers = Object.assign({}, ...areas.map(area => area.triggers));

export async function furnish(world) {
  await world.fake.control('POST', '/reset', { seed: 'small', keep_tokens: true });
  for (const area of areas) await area.furnish?.(world);
}
