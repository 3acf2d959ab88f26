import { expect, test } from 'vitest';
import { parseWithDigits } from '../src/api/digits';

test('an integer that JavaScript would round keeps its digits as text', () => {
  expect(parseWithDigits('{"id":9007199254740993,"n":-123456789012345678901,"list":[18446744073709551615]}'))
    .toEqual({ id: '9007199254740993', n: '-123456789012345678901', list: ['18446744073709551615'] });
});

test('everything else is read as by JSON.parse', () => {
  const text = '{"a":9007199254740991,"b":0.10,"c":1e300,"d":"9007199254740993 \\" 9007199254740993","9007199254740993":-5,"e":[true,null]}';
  expect(parseWithDigits(text)).toEqual(JSON.parse(text));
});

test('what is not JSON throws', () => {
  expect(() => parseWithDigits('<html>9007199254740993')).toThrow();
});
