import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseTimeBound, timeKey } from '../../src/knowledge/time-bound.ts';

test.each([
  ['1977', '1977-01-01', '1977-12-31', 'year'],
  [' 1977 ', '1977-01-01', '1977-12-31', 'year'],
  ['１９７７', '1977-01-01', '1977-12-31', 'year'],
  ['0001', '0001-01-01', '0001-12-31', 'year'],
  ['9999', '9999-01-01', '9999-12-31', 'year'],
  ['+1977', '1977-01-01', '1977-12-31', 'year'],
  ['+001977-05', '1977-05-01', '1977-05-31', 'month'],
  ['1977-XX', '1977-01-01', '1977-12-31', 'year'],
  ['1977-XX-XX', '1977-01-01', '1977-12-31', 'year'],
  ['1977-02', '1977-02-01', '1977-02-28', 'month'],
  ['2000-02', '2000-02-01', '2000-02-29', 'month'],
  ['1900-02', '1900-02-01', '1900-02-28', 'month'],
  ['1977-05-XX', '1977-05-01', '1977-05-31', 'month'],
  ['1977-05-25', '1977-05-25', '1977-05-25', 'day'],
  ['19770525', '1977-05-25', '1977-05-25', 'day'],
  ['2024-02-29', '2024-02-29', '2024-02-29', 'day'],
  ['1977-05-25T20:00', '1977-05-25', '1977-05-25', 'day'],
  ['1977-05-25 20:00:30.125Z', '1977-05-25', '1977-05-25', 'day'],
  ['1977-05-25T23:59:60+14:00', '1977-05-25', '1977-05-25', 'day'],
  ['19770525T200030Z', '1977-05-25', '1977-05-25', 'day'],
  ['1977-05-25T24:00', '1977-05-25', '1977-05-25', 'day'],
  ['197X', '1970-01-01', '1979-12-31', 'decade'],
  ['19xx', '1900-01-01', '1999-12-31', 'century'],
])('%j is from %s to %s', (text, earliest, latest, precision) => {
  expect(parseTimeBound(text)).toEqual({ earliest, latest, precision, text });
});

test.each([
  ...[
    '',
    ' ',
    '32 BBY',
    'spring 1977',
    '1970s',
    '19th century',
    '77',
    '197',
    '12020',
    '+12020',
    '-0044-03-15',
    '-1977',
  ],
  ...[
    '0000',
    '0000-01-01',
    '000X',
    '00XX',
    '1977-00',
    '1977-13',
    '1977-02-30',
    '1977-02-29',
    '1900-02-29',
    '1977-5-25',
  ],
  ...['1977-05-00', '1977-05-32', '1977-XX-25', '197X-05', '1977?', '1977~', '1977-05-25T', '1977-05-25T25:00', '19X7'],
  ...[
    '1977-05-25T24:01',
    '1977-05-25T20:60',
    '1977-05-25T20:00:61',
    '1977-05-25 noon',
    '1977/1980',
    '1977–78',
    '1977-78',
  ],
  ...['1977-W21', '1977-145', '197705', '25/05/1977', '1977-05-XXT10:00', 'xxxx', '1977\0', '1'.repeat(1_000_000)],
])('%j keeps its text only', (text) => {
  expect(parseTimeBound(text)).toEqual({ earliest: null, latest: null, precision: 'text', text });
});

test('spellings of one date have one key, and other times their own', () => {
  for (const text of ['1977', ' 1977\n', '+1977', '+001977', '1977-XX', '1977-xx-xx'])
    expect(timeKey(text)).toBe('1977');
  expect(timeKey('19770525')).toBe('1977-05-25');
  expect(timeKey('197X')).toBe(timeKey('197x'));
  expect(timeKey(' 32  bby')).toBe(timeKey('32 BBY'));
  expect(timeKey('1977-05-25T10:00')).not.toBe(timeKey('1977-05-25T11:00'));
  expect(timeKey('')).toBe('');
});

test('any date is its own bound', () => {
  const date = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
  fc.assert(
    fc.property(date, (when) => {
      const iso = when.toISOString();
      const day = iso.slice(0, 10);
      for (const text of [day, iso, day.replaceAll('-', '')]) {
        expect(parseTimeBound(text)).toEqual({ earliest: day, latest: day, precision: 'day', text });
      }
      const month = parseTimeBound(day.slice(0, 7));
      expect(month).toMatchObject({ earliest: `${day.slice(0, 7)}-01`, precision: 'month' });
      const after = new Date(`${month.latest}T00:00:00Z`);
      after.setUTCDate(after.getUTCDate() + 1);
      expect(after.getUTCDate()).toBe(1);
    }),
  );
});

test('any text has bounds in order that a database can hold, or none', () => {
  const near = fc.string({ unit: fc.constantFrom(...'0123456789-+xXTZ:. '), maxLength: 30 });
  const almost = fc
    .tuple(fc.nat(99_999), fc.nat(14), fc.nat(33))
    .map((parts) => parts.map((part, index) => String(part).padStart(index === 0 ? 4 : 2, '0')).join('-'));
  fc.assert(
    fc.property(fc.oneof(near, almost, fc.string()), (text) => {
      const bound = parseTimeBound(text);
      expect(bound.text).toBe(text);
      if (bound.earliest === null || bound.latest === null) {
        expect(bound).toMatchObject({ earliest: null, latest: null, precision: 'text' });
        return;
      }
      expect(bound.earliest <= bound.latest).toBe(true);
      for (const day of [bound.earliest, bound.latest]) {
        expect(day).toMatch(/^\d{4}-\d{2}-\d{2}$/);
        expect(day >= '0001-01-01').toBe(true);
        expect(new Date(`${day}T00:00:00Z`).toISOString().slice(0, 10)).toBe(day);
      }
      expect(timeKey(timeKey(text))).toBe(timeKey(text));
    }),
    { numRuns: 2000 },
  );
});
