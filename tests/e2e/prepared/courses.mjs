// What the course actions need. The small account has a course with two students and what belongs to it.

import assert from 'node:assert/strict';

const course = ({ courses }) => courses.courses[0];
const emails = state => course(state).students.map(({ email }) => email);

export const courses = {
  name: 'courses',
  groups: ['Courses'],
  count: 12,
  lookupInput: { course_tariffs: { course_id: 3101 }, course_students: { course_id: 3101 } },
  variants: {
    'course.students': [
      { order: 'progress', tag_ids: [3401], tags_condition: 'all', tariff_ids: [3201], lesson_id: 1, used_promo_code: true, promo_code_ids: [1] },
      { order: 'test', without_tariff: true },
    ],
    'student.list': [{ used_promo_code: false, promo_code_ids: [1], access: 'none', paid_courses: { compare: '>=', number: 1 } }],
  },
  prepared: {
    'course.list': { after: (_, { items }) => assert.equal(items[0].studentCount, 2) },
    'course.students': { after: (_, { items }) => assert.deepEqual(items.map(({ firstName }) => firstName), ['Jane']) },
    'student.list': { after: (_, { items }) => assert.deepEqual(items.map(({ courses: of }) => of[0].courseId), [3101]) },
    'student.add': {
      after: state => {
        const { tariffId } = course(state).students.find(({ email }) => email === 'joe@example.org');
        assert.equal(tariffId, 3201);
        assert.deepEqual(state.courses.students.at(-1).tags, [3401]);
      },
    },
    'student.progress': { after: (_, { schools }) => assert.equal(schools[0].courses[0].statusStudentOnCourse, 'inProgress') },
    'student.mark_paid': { after: state => assert.equal(course(state).students[0].isPaid, true) },
    'student.remove': { after: state => assert.deepEqual(emails(state), ['sam@example.org']) },
    'student.delete': { after: state => assert.deepEqual([emails(state), state.courses.students.length], [['sam@example.org'], 1]) },
  },
};
