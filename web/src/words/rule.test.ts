import { expect, test } from 'vitest';
import { compact } from './rule';

test('only the spaces of the editor go', () => {
  expect(compact('{\n  "a b": [ "c  d\\" e", 7.00 ]\n}')).toBe('{"a b":["c  d\\" e",7.00]}');
});

test('what is no JSON stays as it is', () => {
  expect(compact('{ "a": ')).toBe('{ "a": ');
});
