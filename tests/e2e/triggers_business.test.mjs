// Verifier, pop-ups, courses and files: what each trigger tells, and its traps.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inWorld } from './harness.mjs';
import { happens, watching } from './watching.mjs';

const PROJECT = '3f0c1a52-8f6b-4c7e-9a41-5d2e7b90c101';
const POPUP = '7b1d4e60-2c3a-4f5b-8d6e-9f0a1b2c3d01';

test('verifier: a list is told of when it is finished, and again when it is verified again', inWorld(async world => {
  const watch = await watching(world, { list: ['verifier.list_finished'], second: ['verifier.list_finished', { list_id: 501002 }] });
  const clock = s => world.fake.control('POST', '/clock', { advance_s: s });
  await world.fake.control('PATCH', '/verifier', { list_takes_s: 600 });
  const verify = list_id => () => world.act(watch.connection, 'verifier.verify_list', { list_id });
  await happens(watch, verify(501002), {});
  await happens(watch, () => clock(601), { list: [501002], second: [501002] });
  await happens(watch, verify(501001), {});
  await world.fake.control('POST', '/settings', { numbers_as_strings: true });
  await happens(watch, () => clock(601), { list: [501001] });
}));

test('verifier: one address, when its result is there', inWorld(async world => {
  await world.fake.control('PATCH', '/verifier', { asks_until_done: 2 });
  const watch = await watching(world, { address: ['verifier.address_verified', { email: 'invalid@example.org' }] });
  const send = () => world.act(watch.connection, 'verifier.send_address', { email: 'invalid@example.org' });
  await send();
  const told = [];
  for (let i = 0; i < 4; i += 1) told.push(await watch.tells());
  assert.deepEqual(told.map(({ address }) => address?.[0].checks.status), [undefined, undefined, 3, undefined]);
}));

test('pop-ups: a lead, a new pop-up, one turned off, a new project', inWorld(async world => {
  const watch = await watching(world, {
    lead: ['popup.lead.created', { project_id: PROJECT }],
    project: ['popup.project.created'],
    popup: ['popup.created'],
    state: ['popup.state_changed', { project_id: PROJECT, popup_id: POPUP }],
  });
  const control = (path, body, method = 'POST') => world.fake.control(method, `/popups${path}`, body);
  await happens(watch, () => control('/leads', { popup_id: POPUP, email: 'new@example.org' }), { lead: [['new@example.org', 'Ten percent off']] }, data => [data.email, data.popup.name]);
  await happens(watch, () => control(`/${POPUP}`, { enabled: false }, 'PATCH'), { state: [[false, true]] }, data => [data.isEnabled, data.previous.isEnabled]);
  await happens(watch, () => control('', { project_id: PROJECT, name: 'Winter' }), { popup: ['Winter'] }, ({ name }) => name);
  await happens(watch, () => control('/projects', { name: 'Blog' }), { project: ['Blog'] }, ({ name }) => name);
  await happens(watch, () => control('/leads/90210', {}, 'DELETE'), {});
}));

test('quizzes: a lead, a new one, one turned off; of pop-ups, nothing is told', inWorld(async world => {
  const control = (path, body, method = 'POST') => world.fake.control(method, `/popups${path}`, body);
  const { id } = await control('', { project_id: PROJECT, name: 'Which cat are you?', isQuiz: true });
  const watch = await watching(world, {
    lead: ['popup.lead.created', { project_id: PROJECT, kind: 'quiz' }],
    quiz: ['popup.created', { kind: 'quiz' }],
    state: ['popup.state_changed', { project_id: PROJECT, kind: 'quiz' }],
  });
  await happens(watch, () => control('/leads', { popup_id: POPUP, email: 'old@example.org' }), {});
  await happens(watch, () => control('/leads', { popup_id: id, email: 'new@example.org' }), { lead: [['new@example.org', 'Which cat are you?']] }, data => [data.email, data.popup.name]);
  await happens(watch, () => control(`/${id}`, { enabled: false }, 'PATCH'), { state: [[id, false]] }, data => [data.id, data.isEnabled]);
  await happens(watch, () => control('', { project_id: PROJECT, name: 'Winter' }), {});
  await happens(watch, () => control('', { project_id: PROJECT, name: 'Which dog are you?', isQuiz: true }), { quiz: ['Which dog are you?'] }, ({ name }) => name);
}));

test('pop-ups: a lead that SendPulse does not count is not lost', inWorld(async world => {
  const watch = await watching(world, { lead: ['popup.lead.created', { project_id: PROJECT }] });
  await happens(watch, () => world.fake.control('POST', '/popups/leads', { popup_id: POPUP, name: 'Nameless' }), {});
  // The same reading finds it that finds the next one.
  const next = () => world.fake.control('POST', '/popups/leads', { popup_id: POPUP, email: 'next@example.org' });
  await happens(watch, next, { lead: ['Nameless', null] }, ({ name }) => name);
}));

test('courses: students join, finish and leave; new courses, schools and groups', inWorld(async world => {
  const watch = await watching(world, {
    joined: ['student.joined'], progressed: ['student.progressed', { course_id: 3101 }], finished: ['student.progressed', { statuses: ['success'] }],
    course: ['course.created'], school: ['school.created'], group: ['course.group_created'],
  });
  const control = (path, body, method = 'POST') => world.fake.control(method, `/courses${path}`, body);
  const name = data => data.name ?? data.firstName;
  await happens(watch, () => control('/3101/students', { email: 'new@example.org', firstName: 'Nia' }), { joined: ['Nia'] }, name);
  await happens(watch, () => control('/3101/students/3502', { status: 'inProgress' }, 'PATCH'), { progressed: ['Sam'] }, name);
  await happens(watch, () => control('/3101/students/3501', { status: 'success' }, 'PATCH'), { progressed: ['inProgress'], finished: ['inProgress'] }, data => data.previous.studentStatusOnCourse);
  await happens(watch, () => control('', { name: 'Crochet' }), { course: ['Crochet'] }, name);
  await happens(watch, () => control('/3102/students', { email: 'jane@example.org' }), { joined: [[3102, 3501]] }, data => [data.course.id, data.id]);
  await happens(watch, () => control('/3102/groups', { name: 'Autumn' }), { group: ['Autumn'] }, name);
  await happens(watch, () => control('/schools', { name: 'Second' }), { school: ['Second'] }, name);
  await happens(watch, () => control('/3101/students/3502', {}, 'DELETE'), {});
  assert.ok((await watch.samples('joined')).length > 0);
}));

test('files: a new file, and one that is replaced; other folders are not watched', inWorld(async world => {
  const watch = await watching(world, { file: ['file.added', { folder: '/test' }] });
  const put = (path, at) => () => world.fake.control('POST', '/files', { path, at });
  await happens(watch, put('/test/new.csv'), { file: ['/test/new.csv'] }, ({ path }) => path);
  await happens(watch, put('/other.csv'), {});
  await world.fake.control('POST', '/clock', { advance_s: 60 });
  await happens(watch, put('/test/new.csv'), { file: ['/test/new.csv'] }, ({ path }) => path);
  // Older than what is known, and no counter grew: it may be an old row that is shown again. The second poll believes it.
  await put('/test/late.csv', Date.now() - 20 * 3_600_000)();
  assert.deepEqual(await watch.tells(), {});
  await happens(watch, () => {}, { file: ['/test/late.csv'] }, ({ path }) => path);
}));
