// What the courses (EDU) of an account hold: schools, courses with tariffs and groups, and who learns in them.

import { randomUUID } from 'node:crypto';
import { required, when } from './control_arguments.mjs';

const DAY = 86_400_000;
const FIRST_IDS = { school: 3001, course: 3101, tariff: 3201, group: 3301, tag: 3401, student: 3501 };

export class Courses {
  #account;
  #nextId = { ...FIRST_IDS };

  constructor(account) {
    this.#account = account;
    for (const name of ['schools', 'courses', 'tags', 'students']) this[name] = new Map();
  }

  #id(kind) {
    const id = this.#nextId[kind];
    this.#nextId[kind] += 1;
    return id;
  }

  seed(name) {
    if (name === 'empty') return;
    const { now } = this.#account;
    const school = this.addSchool('Maple academy');
    const course = this.addCourse({ schoolId: school.id, name: 'Knitting for beginners', at: now - 90 * DAY });
    this.addTariff(course, 'With a tutor');
    this.addGroup(course, 'Spring');
    this.tags.set(FIRST_IDS.tag, { id: this.#id('tag'), name: 'wholesale' });
    this.enrol(course, { email: 'jane@example.org', firstName: 'Jane', lastName: 'Doe', status: 'inProgress', at: now - 20 * DAY });
    this.enrol(course, { email: 'sam@example.org', firstName: 'Sam', status: 'registered', at: now - 3 * DAY });
  }

  addSchool(name) {
    const school = { id: this.#id('school'), name };
    this.schools.set(school.id, school);
    return school;
  }

  addCourse({ schoolId, name, at = this.#account.now }) {
    const course = { id: this.#id('course'), schoolId, name, createdAt: at, tariffs: new Map(), groups: new Map(), students: new Map() };
    this.courses.set(course.id, course);
    return course;
  }

  addTariff(course, name) {
    const tariff = { id: this.#id('tariff'), name };
    course.tariffs.set(tariff.id, tariff);
    return tariff;
  }

  addGroup(course, name) {
    const group = { id: this.#id('group'), name };
    course.groups.set(group.id, group);
    return group;
  }

  findStudent(email) {
    return [...this.students.values()].find(student => student.email.toLowerCase() === email.toLowerCase());
  }

  // The same person may be on several courses; each time with a status of its own.
  enrol(course, { email, firstName = null, lastName = null, language = 'en_US', tagIds = [], tariffId = null, status = 'registered', at = this.#account.now }) {
    let student = this.findStudent(email);
    if (!student) {
      student = { id: this.#id('student'), uuid: randomUUID(), email, firstName, lastName, language, tags: tagIds };
      this.students.set(student.id, student);
    }
    if (!course.students.has(student.id)) course.students.set(student.id, { student, status, tariffId, isPaid: false, registeredAt: at, updatedAt: at });
    return student;
  }

  describe() {
    return {
      schools: [...this.schools.values()],
      courses: [...this.courses.values()].map(({ id, name, students, groups }) => ({
        id,
        name,
        groups: [...groups.values()],
        students: [...students.values()].map(({ student, status, isPaid, tariffId }) => ({ id: student.id, email: student.email, status, isPaid, tariffId })),
      })),
      students: [...this.students.values()],
    };
  }
}

const courseOf = (account, id) => required(account.courses.courses, id, 'course');

export const coursesControl = {
  'POST /courses/schools': ({ account, body }) => account.courses.addSchool(body.name),
  'POST /courses': ({ account, body }) => ({ id: account.courses.addCourse({ schoolId: FIRST_IDS.school, ...body }).id }),
  'POST /courses/{id}/groups': ({ account, params, body }) => account.courses.addGroup(courseOf(account, params.id), body.name),
  'POST /courses/{id}/students': ({ account, params, body }) =>
    account.courses.enrol(courseOf(account, params.id), { ...body, at: when(account, body.joined) }),
  'PATCH /courses/{id}/students/{student_id}': ({ account, params, body }) => {
    const place = required(courseOf(account, params.id).students, Number(params.student_id), 'student');
    Object.assign(place, { status: body.status, updatedAt: account.now });
    return { status: place.status };
  },
  'DELETE /courses/{id}/students/{student_id}': ({ account, params }) => ({
    removed: courseOf(account, params.id).students.delete(Number(params.student_id)),
  }),
};
