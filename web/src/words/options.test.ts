import { expect, test } from 'vitest';
import { ackFault, optionsFine, optionsOf, optionsText, repeatFault, taggedMinutes, tagsOfOptions } from './options';

const all = { 'tocsin/repeat': '2', 'tocsin/ack-minutes': '60', 'tocsin/fallback': 'arn:boss', 'tocsin/stage-minutes': '120 45  0' };

test('options come from tags and go back to them', () => {
  expect(optionsOf({ team: 'x' })).toEqual({ repeat: '', ackMinutes: '', fallback: '' });
  expect(optionsOf(all)).toEqual({ repeat: '2', ackMinutes: '60', fallback: 'arn:boss' });
  expect(taggedMinutes(all)).toEqual([120, 45, 0]);
  expect(taggedMinutes({})).toEqual([]);
  expect(tagsOfOptions(optionsOf(all), [120, 45, 0])).toEqual({ ...all, 'tocsin/stage-minutes': '120 45 0' });
});

test('what is off has no tag', () => {
  expect(tagsOfOptions({ repeat: '0', ackMinutes: '', fallback: '' }, undefined)).toEqual({});
});

test.each<[string, boolean, boolean]>([
  ['', true, true],
  ['0', true, true],
  ['20', true, true],
  ['21', false, true],
  ['1440', false, true],
  ['1441', false, false],
  ['-1', false, false],
  ['x', false, false],
])('%s as repeats, as minutes', (text, repeats, minutes) => {
  expect([!repeatFault(text), !ackFault(text)]).toEqual([repeats, minutes]);
  expect(optionsFine({ repeat: text, ackMinutes: text, fallback: '' })).toBe(repeats && minutes);
});

test('options in a sentence', () => {
  const name = () => 'the boss';
  expect(optionsText(optionsOf({}), name)).toBe('');
  expect(optionsText(optionsOf({ 'tocsin/repeat': '1' }), name)).toBe('Repeats once');
  expect(optionsText(optionsOf(all), name)).toBe('Repeats 2 times, then pages the boss, begins anew 1 h after an acknowledgment');
});
