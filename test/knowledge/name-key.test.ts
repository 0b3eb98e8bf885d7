import fc from 'fast-check';
import { expect, test } from 'vitest';
import { foldName, nameKey, typeKey } from '../../src/knowledge/name-key.ts';
import { cleanText } from '../../src/knowledge/text-hygiene.ts';

const peculiar = fc.constantFrom(
  ...' \t\n_-–\0\u00A0\u200B\u200D\uFEFF\u0301\u0323\u0344\u0345\u0307\u034F\uFF9E\uFFA0\u3164\u115F\u1E9E\u00DF\u0130\u0131\u03A3\u03C2\u03C3\u1FB3\u2126\u212B\uFB03\uFDFA\uFF21\u2460\u00BD\u01C4\u0149\u1E96\uAC00\u1100\u1161\u11A8\u0F73~#',
  '\u{1F468}\u200D\u{1F469}',
  '\u{1D400}',
  '\u{10400}',
  '\u{E0041}',
  '\uD83D',
  '\uDE00',
);
const anyName = fc.string({
  unit: fc.oneof(peculiar, fc.constantFrom('a', 'B', 'É', 'Ж'), fc.string()),
  maxLength: 40,
});
const anyLongName = fc
  .array(fc.tuple(anyName, fc.integer({ min: 1, max: 400 })), { maxLength: 4 })
  .map((parts) => parts.map(([name, times]) => name.repeat(times)).join(''));

test.each([
  ['  Ada \t\n Lovelace ', 'ada lovelace'],
  ['ADA\u200BLOVELACE', 'adalovelace'],
  ['Ａｄａ', 'ada'],
  ['ﬁn', 'fin'],
  ['H\u0331', 'ẖ'],
  ['Cafe\u0301', 'café'],
  ['e\u200D\u0301', 'é'],
  ['I', 'i'],
  ['İ', 'i\u0307'],
  ['Straße', 'straße'],
  ['ΟΔΟΣ', 'οδος'],
  ['R2-D2', 'r2-d2'],
  ['\u3164', ''],
  [' \u200B\n', ''],
  ['', ''],
])('the key of %j is %j', (name, key) => {
  expect(nameKey(name)).toBe(key);
});

test('the locale of the machine does not matter', () => {
  expect(nameKey('TITLE ID')).toBe('title id');
});

test.each([
  ['Born in', 'born_in'],
  ['born-in', 'born_in'],
  ['born_in', 'born_in'],
  [' BORN \u2013 IN ', 'born_in'],
  ['__born__in_', 'born_in'],
  ['bornIn', 'bornin'],
  ['C++', 'c++'],
  ['person/artist', 'person/artist'],
  ['-_ -', ''],
  ['', ''],
])('the type key of %j is %j', (raw, key) => {
  expect(typeKey(raw)).toBe(key);
});

test('a long key is its first part and a hash of the whole', () => {
  const long = 'x'.repeat(2000);
  expect(nameKey('x'.repeat(999))).toBe('x'.repeat(999));
  expect(nameKey(long)).toMatch(/^x{934}~[0-9a-f]{64}$/);
  expect(nameKey(`${long}a`)).not.toBe(nameKey(`${long}b`));
  expect(nameKey(`${long}A`)).toBe(nameKey(`${long}a`));
  expect(nameKey('😀'.repeat(500))).toMatch(/^(?:😀){233}~[0-9a-f]{64}$/u);
});

test('hostile runs of marks take no quadratic time, and stay different names', () => {
  const started = process.threadCpuUsage();
  const [one, other] = ['\u0323', '\u0324'].map((mark) =>
    nameKey(`a${'\u0301'.repeat(200_000)}${mark.repeat(200_000)}`),
  );
  expect(one).not.toBe(other);
  nameKey(`${'\u0301'.repeat(32)}\uFF9E`.repeat(20_000));
  nameKey(`${'\u0301'.repeat(16)}\u200D${'\u0323'.repeat(16)}`.repeat(20_000));
  nameKey('Σ.'.repeat(1_000_000));
  nameKey(' \u200B'.repeat(1_000_000));
  expect(process.threadCpuUsage(started).user / 1_000).toBeLessThan(20_000);
});

test('overlong runs of marks that invisible characters hide stay different names, too', () => {
  const hidden = (mark: string) => nameKey(`a${`${'\u0301'.repeat(20)}\u200D`.repeat(3)}${mark}`);
  expect(hidden('\u0323')).not.toBe(hidden('\u0324'));
});

test('any name has a key that is short, well-formed and its own key', () => {
  fc.assert(
    fc.property(fc.oneof(anyName, anyLongName), (name) => {
      for (const keyOf of [nameKey, typeKey]) {
        const key = keyOf(name);
        expect(keyOf(key)).toBe(key);
        expect(Buffer.byteLength(key)).toBeLessThan(1000);
        expect(key.isWellFormed()).toBe(true);
        expect(key).toBe(key.trim());
        expect(key).not.toMatch(/\0|\s\s/);
        expect(keyOf(cleanText(name))).toBe(key);
        expect(keyOf(` ${name}\u200B\n`)).toBe(key);
      }
    }),
    { numRuns: 500 },
  );
});

test('any name folds to the same in capitals or not, composed or not, however spaced', () => {
  const plain = fc.string({ unit: fc.constantFrom(...'abcxyz éüñçжщ日本 '), maxLength: 30 });
  fc.assert(
    fc.property(plain, (name) => {
      const key = nameKey(name);
      expect(nameKey(name.toUpperCase())).toBe(key);
      expect(nameKey(name.normalize('NFD'))).toBe(key);
      expect(nameKey(name.replaceAll(' ', ' \u00A0\t'))).toBe(key);
      expect(foldName(name)).toBe(key);
    }),
  );
});
