// Patterns mean in plugins and hosts what they mean in JavaScript, whose forms check them as well.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge, seeded } from './judge.mjs';

const PROGRAM = process.env.JSON_JUDGE ?? new URL('../../../build/dev/tests/unit/json/json_judge', import.meta.url).pathname;

const random = seeded('patterns');
const { pick, below } = random;

const ATOMS = ['a', 'b', 'c', '1', '_', ' ', '.', 'é', 'ю', '😀', '\\n', '\\t', '\\u0041', '\\u{1F600}', '\\uD83D\\uDE00', '\\x42', '\\.', '\\/', '\\$', '\\d', '\\D', '\\w', '\\W',
  '\\s', '\\S', '\\b', '\\B', '^', '$'];
const IN_CLASS = ['a', 'b-d', '1', '0-9', '_', '-', 'é', 'а-я', '😀', '\\d', '\\w', '\\s', '\\W', '\\]', '\\-', '\\b', '\\u{1F600}-\\u{1F64F}', '.', '$'];
const TIMES = ['*', '+', '?', '{2}', '{0,}', '{1,3}', '{0}', '*?', '+?', '??', '{1,2}?'];

const bracket = () => {
  let inner = '';
  for (let count = below(4); count >= 0; --count) {
    const item = pick(IN_CLASS);
    // A hyphen between two items would make a range of them.
    inner += item === '-' && inner !== '' && count > 0 ? '\\-' : item;
  }
  return `[${pick(['', '^'])}${inner}]`;
};

function pattern(depth) {
  if (depth === 0) return below(4) === 0 ? bracket() : pick(ATOMS);
  const part = () => pattern(depth - 1);
  switch (below(7)) {
    case 0:
    case 1:
      return part() + part();
    case 2:
      return `(${part()}|${part()})`;
    case 3:
      return `(?:${part()})${pick(TIMES)}`;
    case 4:
      return `${pick(['(?=', '(?!'])}${part()})${part()}`;
    case 5:
      return `${bracket()}${pick(TIMES)}${part()}`;
    default:
      return part();
  }
}

const LETTERS = ['a', 'b', 'c', 'd', 'A', 'B', '1', '7', '_', ' ', '-', '.', '$', '/', ']', '\n', '\t', '\u2028', '\u00a0', 'é', 'ю', '😀', '\b'];
const text = () => Array.from({ length: below(9) }, () => pick(LETTERS)).join('');

test('generated patterns find what RegExp finds', () => {
  const questions = [];
  const expected = [];
  while (questions.length < 6000) {
    const made = pattern(4);
    let reference;
    try {
      // From the start on, letter by letter: V8's own search also looks between the halves of a surrogate pair.
      reference = new RegExp(`^[^]*?(?:${made})`, 'u');
    } catch {
      continue; // such as a range of classes
    }
    const texts = Array.from({ length: 12 }, text);
    questions.push({ pattern: made, texts });
    expected.push(texts.map(each => reference.test(each)));
  }
  const answers = judge(PROGRAM, questions);
  let found = 0;
  let total = 0;
  for (const [index, answer] of answers.entries()) {
    const { pattern: made, texts } = questions[index];
    assert.equal(answer.error, undefined, `${JSON.stringify(made)}: ${answer.error}`);
    for (const [at, each] of texts.entries()) {
      assert.equal(answer.matches[at], expected[index][at], `${JSON.stringify(made)} on ${JSON.stringify(each)}`);
      ++total;
      found += answer.matches[at] ? 1 : 0;
    }
  }
  assert.ok(found > total / 10 && found < (total * 9) / 10, `${found} of ${total} match: they prove little`);
});

test('what RegExp refuses is not taken for something else', () => {
  const refused = ['(', ')', 'a)', '[a', '*', 'a**', 'a{2,1}', 'a{', '{1}', '\\', '[b-a]', '[\\d-x]', '\\u12', '(?', '(?<a', '(?=a)*', ']', '}', '\\k', '\\q', '^*', '\\u{110000}', '\\c'];
  for (const each of refused) assert.throws(() => new RegExp(each, 'u'), `RegExp takes ${each}`);
  const answers = judge(PROGRAM, refused.map(each => ({ pattern: each, texts: [''] })));
  for (const [index, answer] of answers.entries()) assert.ok(answer.error, `${refused[index]} is taken`);
});

// Backtracking takes years for each of these; a machine that starts anew at each place would take hours.
test('long texts do not stall it', () => {
  const long = 'a'.repeat(300_000);
  const questions = [
    { pattern: '^(a+)+$', texts: [`${long}b`] },
    { pattern: '^(a|aa)+$', texts: [`${long}b`] },
    { pattern: '(.*)*x', texts: [long] },
    { pattern: '(?=.*b)a', texts: [long, `${long}b`] },
    { pattern: '(?!.*b)a', texts: [`${long}b`, long] },
    { pattern: '(?=(?=.*b)a*c)a', texts: [`${long}b`] },
    { pattern: '^(?=.*[0-9])(?=.*[a-z]).{4,}$', texts: [long, `${long}1`] },
  ];
  const answers = judge(PROGRAM, questions);
  assert.deepEqual(answers.map(answer => answer.matches), [[false], [false], [false], [false, true], [false, true], [false], [false, true]]);
});
