import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseTimeRange } from '../../src/knowledge/time-range.ts';

describe('a range of time', () => {
  test.each([
    ['2024-01..2024-03', '2024-01-01T00:00:00.000Z', '2024-04-01T00:00:00.000Z'],
    ['2024', '2024-01-01T00:00:00.000Z', '2025-01-01T00:00:00.000Z'],
    ['2024-02', '2024-02-01T00:00:00.000Z', '2024-03-01T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z', '2024-03-01T00:00:00.000Z'],
    ['2024-05-01..', '2024-05-01T00:00:00.000Z', undefined],
    [' .. 2023 ', undefined, '2024-01-01T00:00:00.000Z'],
    ['2024-05-01T12:00..2024-05-01T13:00+02:00', undefined, undefined],
    ['2024-05-01T12:00..2024-05-01T13:00', '2024-05-01T12:00:00.000Z', '2024-05-01T13:00:00.001Z'],
    ['2024..9999', '2024-01-01T00:00:00.000Z', undefined],
    ['2024-05-01T12:00:30Z..', '2024-05-01T12:00:30.000Z', undefined],
  ])('%s', (text, from, before) => {
    if (from === undefined && before === undefined) expect(() => parseTimeRange(text)).toThrow('ends before it begins');
    else expect(parseTimeRange(text)).toEqual({ ...(from && { from }), ...(before && { before }) });
  });

  test.each([
    '',
    '..',
    'yesterday',
    '2024-13',
    '2024-02-30',
    '2024..2025..2026',
    '197X',
    '2024-1-1',
    '2024-05-01T25:00',
  ])('%j is none, and the error shows what one looks like', (text) => {
    expect(() => parseTimeRange(text)).toThrow('is no range of time');
  });

  test('covers each of its days, and neither the one before nor the one after', () => {
    const day = fc.date({ min: new Date('0002-01-01'), max: new Date('9990-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(day, fc.nat(2_000), (first, days) => {
        const shown = (date: Date) => date.toISOString().slice(0, 10);
        const last = new Date(first.getTime() + days * 86_400_000);
        const range = parseTimeRange(`${shown(first)}..${shown(last)}`);
        expect(range.from).toBe(`${shown(first)}T00:00:00.000Z`);
        expect(range.before).toBe(`${shown(new Date(last.getTime() + 86_400_000))}T00:00:00.000Z`);
      }),
    );
  });
});
