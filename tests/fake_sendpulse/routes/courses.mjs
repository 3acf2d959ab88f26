// Courses [OA:edu]. Mostly `data`; schools and groups are bare lists; students by course come without a total, all students
// with one. How it says no is not described: a sentence in `error`.

import { created, noContent } from '../answers.mjs';
import { isEmail } from '../arguments.mjs';
import { check } from '../checks.mjs';
import { Courses, coursesControl } from '../courses.mjs';
import { Refusal } from '../refusals.mjs';

const STATUSES = ['registered', 'inProgress', 'success', 'failed', 'certificated'];
const SORTED_BY = {
  firstName: ({ student }) => student.firstName ?? '',
  studentStatusOnCourse: ({ status }) => STATUSES.indexOf(status),
  studentTest: () => 0,
  studentDateRegistrationOnCourse: ({ registeredAt }) => registeredAt,
};

function refusal(status, error) {
  const made = new Refusal(status, undefined, error);
  made.body = { error };
  return made;
}

const invalid = (name, complaint) => refusal(422, `${name} ${complaint}`);

function found(map, id, what) {
  const item = map.get(Number(id));
  if (!item) throw refusal(404, `${what} not found`);
  return item;
}

const courseOf = ({ account, params }) => found(account.courses.courses, params.courseId, 'Course');
const studentOf = ({ account, params }) => found(account.courses.students, params.studentId, 'Student');
const iso = ms => `${new Date(ms).toISOString().slice(0, 19)}+00:00`;

const courseRow = (account, course) => ({
  id: course.id,
  schoolId: course.schoolId,
  userId: account.userId,
  status: 'inProgress',
  name: course.name,
  slug: course.name.toLowerCase().replaceAll(' ', '-'),
  landingImage: null,
  startDate: null,
  endDate: null,
  timezone: null,
  passingScore: null,
  isLinear: true,
  createdAt: iso(course.createdAt),
  studentCount: course.students.size,
  isCertificate: true,
  hasPaidTariffs: true,
  groupId: null,
});

const studentRow = (account, student) => ({
  id: student.id,
  uuid: student.uuid,
  firstName: student.firstName ?? '',
  lastName: student.lastName ?? '',
  status: 'active',
  responsibleId: account.userId,
  email: student.email,
  domainId: 1,
  language: student.language,
  phone: null,
  avatar: null,
  schoolId: 3001,
});

const placeRow = (account, course, { student, status, registeredAt, updatedAt, isPaid, tariffId }) => ({
  id: student.id,
  uuid: student.uuid,
  domainId: 1,
  schoolId: course.schoolId,
  firstName: student.firstName ?? '',
  lastName: student.lastName ?? '',
  status: 'active',
  responsibleId: account.userId,
  tags: student.tags,
  language: student.language,
  studentStatusOnCourse: status,
  studentDateRegistrationOnCourse: iso(registeredAt),
  studentLastEntry: iso(updatedAt),
  updatedAt: iso(updatedAt),
  groups: [],
  studentTariff: tariffId === null ? undefined : { id: tariffId, courseId: course.id, name: course.tariffs.get(tariffId)?.name, isPaid: true, studentTariffStatus: isPaid ? 'paid' : 'unPaid' },
  timezone: null,
});

const PAGE = { offset: 'integer!', limit: 'integer!' };
const FILTER = {
  ...PAGE, tags: 'integer[]', firstName: 'string', lastName: 'string', email: 'string', courseStatus: 'string[]', orderBy: 'string', sort: 'string',
  isPaid: 'boolean', dateRegistrationOnCourse: 'object', dateLastEntry: 'object', promoCodeIds: 'integer[]', usedPromoCode: 'boolean?', searchString: 'string',
};
const BY_COURSE = { ...FILTER, tagsCondition: 'string', lessonId: 'integer', tariffIds: 'integer[]', progress: 'object', withoutTariff: 'boolean?' };
const AUDITORY = { ...FILTER, courseId: 'integer', courseRestrictions: 'string', paidCoursesCondition: 'string', paidCoursesValue: 'integer' };

const has = (text, part) => part === undefined || (text ?? '').toLowerCase().includes(part.toLowerCase());

// Whole days, both included.
function within(range, ms) {
  if (range === undefined) return true;
  check(range, { dateFrom: 'date', dateTo: 'date' }, invalid);
  const day = iso(ms).slice(0, 10);
  return (range.dateFrom === undefined || day >= range.dateFrom) && (range.dateTo === undefined || day <= range.dateTo);
}

function fits(body, place) {
  const { student } = place;
  return (
    has(student.firstName, body.firstName) &&
    has(student.lastName, body.lastName) &&
    has(student.email, body.email) &&
    has(`${student.firstName} ${student.lastName} ${student.email}`, body.searchString) &&
    (body.courseStatus === undefined || body.courseStatus.includes(place.status)) &&
    (body.isPaid === undefined || place.isPaid === body.isPaid) &&
    (body.tags === undefined || body.tags.some(id => student.tags.includes(id))) &&
    within(body.dateRegistrationOnCourse, place.registeredAt) &&
    within(body.dateLastEntry, place.updatedAt)
  );
}

function checkFilter(body, description) {
  check(body, description, invalid);
  for (const status of body.courseStatus ?? []) if (!STATUSES.includes(status)) throw invalid('courseStatus', 'is invalid');
  if (body.orderBy !== undefined && !SORTED_BY[body.orderBy]) throw invalid('orderBy', 'is invalid');
  if (!['asc', 'desc', undefined].includes(body.sort)) throw invalid('sort', 'is invalid');
  if (body.limit < 1 || body.limit > 100) throw invalid('limit', 'is invalid');
}

function sorted(places, { orderBy, sort = 'asc' }) {
  if (orderBy === undefined) return places;
  const key = SORTED_BY[orderBy];
  const sign = sort === 'desc' ? -1 : 1;
  return places.sort((a, b) => (key(a) < key(b) ? -sign : key(a) > key(b) ? sign : (a.student.id - b.student.id) * sign));
}

function byCourse(call) {
  const course = courseOf(call);
  checkFilter(call.body, BY_COURSE);
  const places = sorted([...course.students.values()].filter(place => fits(call.body, place)), call.body);
  const { offset, limit } = call.body;
  return { data: places.slice(offset, offset + limit).map(place => placeRow(call.account, course, place)) };
}

function auditory({ account, body }) {
  checkFilter(body, AUDITORY);
  const rows = [];
  for (const student of account.courses.students.values()) {
    const places = [...account.courses.courses.values()]
      .filter(course => course.students.has(student.id) && (body.courseId === undefined || course.id === body.courseId))
      .map(course => ({ course, place: course.students.get(student.id) }));
    const fitting = places.filter(({ place }) => fits(body, place));
    if (fitting.length === 0) continue;
    rows.push({
      ...studentRow(account, student),
      contactFirstName: null,
      contactLastName: null,
      tags: student.tags,
      courses: fitting.map(({ course, place }) => ({
        courseId: course.id,
        courseName: course.name,
        coverImage: null,
        studentStatus: place.status,
        paymentStatus: place.isPaid ? 'paid' : null,
        studentDateRegistrationOnCourse: iso(place.registeredAt),
        studentLastEntry: iso(place.updatedAt),
      })),
    });
  }
  return { data: rows.slice(body.offset, body.offset + body.limit), meta: { searchString: body.searchString ?? '', total: rows.length } };
}

function add({ account, body }) {
  check(body, { courseId: 'integer!', email: 'string!', firstName: 'string', lastName: 'string', tagIds: 'integer[]', language: 'string', courseTariffId: 'integer' }, invalid);
  if (!isEmail(body.email)) throw invalid('email', 'is invalid');
  const course = found(account.courses.courses, body.courseId, 'Course');
  if (body.courseTariffId !== undefined) found(course.tariffs, body.courseTariffId, 'Tariff');
  for (const id of body.tagIds ?? []) found(account.courses.tags, id, 'Tag');
  const { courseTariffId: tariffId = null, ...student } = body;
  return created(studentRow(account, account.courses.enrol(course, { ...student, tariffId })));
}

function progress(call) {
  const student = studentOf(call);
  const courses = [...call.account.courses.courses.values()].filter(({ students }) => students.has(student.id));
  return {
    data: {
      schools: [...call.account.courses.schools.values()].map(school => ({
        schoolId: school.id,
        schoolName: school.name,
        isLms: true,
        courses: courses
          .filter(({ schoolId }) => schoolId === school.id)
          .map(course => ({ id: course.id, status: 'inProgress', name: course.name, statusStudentOnCourse: course.students.get(student.id).status, studentEmail: student.email, sections: [], tests: [], homeworks: [] })),
      })),
    },
  };
}

function markPaid(call) {
  const course = courseOf(call);
  check(call.body, { ids: 'integer[]!' }, invalid);
  const places = call.body.ids.map(id => found(course.students, id, 'Student'));
  for (const place of places) place.isPaid = true;
  return noContent();
}

const BASE = '/edu/public/v1';

export const courses = {
  name: 'courses',
  State: Courses,
  control: coursesControl,
  routes: {
    [`GET ${BASE}/courses`]: ({ account }) => ({ data: [...account.courses.courses.values()].map(course => courseRow(account, course)) }),
    [`GET ${BASE}/courses/{courseId}/tariffs`]: call => {
      const course = courseOf(call);
      return {
        data: [...course.tariffs.values()].map(({ id, name }) => ({ id, courseId: course.id, name, isMain: false, isPaid: true, status: 'active', order: null, countOfStudents: 0, paymentMethodsCollection: [{ id: 1, name: 'Card', price: 1999, currency: 'USD', paymentType: 'Stripe' }] })),
      };
    },
    [`GET ${BASE}/schools`]: ({ account }) =>
      [...account.courses.schools.values()].map(({ id, name }) => ({ id, userId: account.userId, name, isLms: true, status: 'active', coursesCount: [...account.courses.courses.values()].filter(({ schoolId }) => schoolId === id).length, order: null, groups: [] })),
    [`GET ${BASE}/groups/{courseId}`]: call => {
      const course = courseOf(call);
      return [...course.groups.values()].map(({ id, name }) => ({ id, userId: call.account.userId, responsibleId: null, courseId: course.id, name, color: '#48c774' }));
    },
    [`GET ${BASE}/tags`]: ({ account }) => ({ data: [...account.courses.tags.values()].map(({ id, name }) => ({ id, name, colorBackground: '#48c774', colorText: '#ffffff', contactCount: 0, taskCount: 0 })) }),
    [`POST ${BASE}/students`]: add,
    [`POST ${BASE}/students/auditory`]: auditory,
    [`POST ${BASE}/students/by-course/{courseId}`]: byCourse,
    [`POST ${BASE}/students/{courseId}/mark-as-paid`]: markPaid,
    [`GET ${BASE}/students/course-statistics/{studentId}`]: progress,
    [`DELETE ${BASE}/students/{studentId}`]: call => {
      const { id } = studentOf(call);
      call.account.courses.students.delete(id);
      for (const course of call.account.courses.courses.values()) course.students.delete(id);
      return noContent();
    },
    [`DELETE ${BASE}/students/{studentId}/{courseId}`]: call => {
      found(courseOf(call).students, call.params.studentId, 'Student');
      courseOf(call).students.delete(Number(call.params.studentId));
      return noContent();
    },
  },
};
