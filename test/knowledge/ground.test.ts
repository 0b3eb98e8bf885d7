import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createGrounder, isWeak } from '../../src/knowledge/ground.ts';
import { normalForm } from '../../src/knowledge/normal-form.ts';
import { cleanText } from '../../src/knowledge/text-hygiene.ts';

const page =
  'The **Treaty of Versailles** was signed on 28 June 1919 — in the “Hall of Mirrors”, by Germany and the Allies. ' +
  'Prices grew 1.5 percent from 1939–1945, at −5 °C; 1 200 people came. Café Zoë co-\nfounded “it” with J. R. R. ' +
  'Tolkien, the well-known author of The Lord of the Rings and many other works. It was not easy. 东京是日本的首都。';

/** The grounding and the page's own slice. */
function find(content: string, quote: string): [string, string | null] {
  const { grounding, char_start, char_end } = createGrounder(content).ground(quote);
  return [grounding, char_start === null ? null : content.slice(char_start, char_end)];
}

test.each(['Treaty of Versailles', 'a', '—', '1.5', '“Hall of Mirrors”', '是', ' signed '])('%j is exact', (quote) => {
  expect(find(page, quote)).toEqual(['exact', quote]);
});

test('an exact quote is the first one', () => {
  expect(createGrounder('b ab ab').ground('ab')).toEqual({ grounding: 'exact', char_start: 2, char_end: 4 });
});

test.each([
  ['treaty of VERSAILLES was  signed', 'Treaty of Versailles** was signed'],
  ['in the "Hall of Mirrors"', 'in the “Hall of Mirrors'],
  ['from 1939-1945', 'from 1939–1945'],
  ['From 1939', 'from 1939'],
  ['at -5 °C', 'at −5 °C'],
  ['cafe\u0301 zoe\u0308', 'Café Zoë'],
  ['cofounded it', 'co-\nfounded “it'],
  ['J.R.R. Tolkien the well known author', 'J. R. R. Tolkien, the well-known author'],
  ['...the Lord of the Rings…', 'The Lord of the Rings'],
  ['东京 是 日本', '东京是日本'],
  ['IT', 'it'],
  ['TREATY OF VERS', 'Treaty of Vers'],
])('%j is normalized', (quote, slice) => {
  expect(find(page, quote)).toEqual(['normalized', slice]);
});

test.each([
  ['The treaty of Versailles ... Hall of Mirrors', /^The \*\*Treaty.*Hall of Mirrors$/],
  ['Prices grew … people came', /^Prices grew.*people came$/],
  ['The Treaty was signed on 28 June 1919', /^The \*\*Treaty.*1919$/],
  ['Tolkien, the well-known famous author of The Lord of the Rings and many other works', /^Tolkien.*works$/],
  ['"It was easy"', /^It was not easy$/],
])('%j is fuzzy', (quote, slice) => {
  const [grounding, found] = find(page, quote);
  expect(grounding).toBe('fuzzy');
  expect(found).toMatch(slice);
});

test.each([
  ['nothing', ''],
  ['white space', ' \n\t'],
  ['punctuation that is not there', '?!'],
  ['only an ellipsis', '...'],
  ['another number', 'Prices grew 15 percent'],
  ['a longer number', 'Prices grew 1.55 percent'],
  ['a number without its sign', 'At 5 °C'],
  ['digits set together', '1200 people came'],
  ['another day', 'The Treaty of Versailles was signed on 29 June 1919 in the Hall of Mirrors by Germany'],
  ['a part of a word', 'REATY'],
  ['other words', 'The treaty was ratified by the parliament of Luxembourg'],
  ['the words in another order', 'signed was Versailles of Treaty the'],
  ['words far from each other', 'The Treaty percent Tolkien works'],
  ['parts far from each other', 'Treaty of Versailles ... unheard of'],
  ['parts in the wrong order', 'Hall of Mirrors ... Treaty of Versailles'],
])('%s is none', (_, quote) => {
  expect(find(page, quote)).toEqual(['none', null]);
});

test('a short quote is found between words, where there is such a place', () => {
  expect(createGrounder('with it').ground('IT')).toEqual({ grounding: 'normalized', char_start: 5, char_end: 7 });
});

test('a fuzzy stretch is the tightest', () => {
  const words = 'one two three four five six seven eight nine ten';
  const content = `one two three. ${words.replace('four', 'vier')} six seven eight. nine ten`;
  expect(find(content, words)).toEqual(['fuzzy', words.replace('four', 'vier')]);
});

test('a slice never cuts a grapheme', () => {
  const family = '👨‍👩‍👧';
  expect(find(`A ${family} b`, `a ${family}  B`)).toEqual(['normalized', `A ${family} b`]);
  expect(find(`The ${family} of Paris`, 'THE 👨')).toEqual(['fuzzy', `The ${family}`]);
  expect(find(`the ${family} of Paris`, '👨')).toEqual(['exact', '👨']);
  expect(find('caf\u0065\u0301 au lait', 'CAFE')).toEqual(['none', null]);
  expect(find('😀😀', '\uDE00')).toEqual(['none', null]);
});

test('ligatures, full width, sharp s, sigma and Hangul jamo are what they stand for', () => {
  for (const [content, quote] of [
    ['the ﬁnal oﬃce', 'The final office'],
    ['ＡＢＣ１２３ here', 'abc123 Here'],
    ['Große Straße', 'GROSSE STRASSE'],
    ['ο δρόμος', 'Ο ΔΡΌΜΟΣ'],
    ['한국어 말', '한국어 말'.normalize('NFD').toUpperCase()],
  ] as const) {
    expect(find(content, quote)).toEqual(['normalized', content]);
  }
});

test.each([
  ['Luke Skywalker’s ship', ['luke  SKYWALKER'], false],
  ['**Luke** went', ['Luke'], false],
  ['(Vader)', ['Darth Vader', 'Vader'], false],
  ['the rapist', ['therapist'], true],
  ['therapist', ['rapist'], true],
  ['therapist and rapist', ['rapist'], false],
  ['join us', ['U.S.'], true],
  ['日本の東京都', ['東京'], false],
  ['anything', ['', '\u200B'], true],
  ['anything', [], true],
  ['𐐀𐐁 here', ['𐐀'], true],
] as const)('whether %j says none of %j: %s', (passage, names, weak) => {
  expect(isWeak(passage, names)).toBe(weak);
});

function prose(length: number): string {
  let seed = 7;
  const words: string[] = [];
  for (let total = 0; total < length; total += (words.at(-1)?.length ?? 0) + 1) {
    seed = (seed * 48_271) % 2_147_483_647;
    words.push(`w${Math.floor((seed / 2_147_483_647) ** 3 * 3000).toString(36)}`);
  }
  return words.join(' ');
}

test('300 quotes of a chunk of 30 kB take a moment, found or not', () => {
  const content = prose(30_000);
  const quotes = Array.from({ length: 300 }, (_, index) => {
    const quote = content.slice(index * 90, index * 90 + 200);
    return (
      [quote, quote.toUpperCase(), quote.replace(/ w\w+ /, ' '), `${quote} zzz yyy xxx ${quote}`][index % 4] ?? quote
    );
  });
  const started = process.threadCpuUsage();
  const { ground } = createGrounder(content);
  const found = new Set(quotes.map((quote) => ground(quote).grounding));
  expect(process.threadCpuUsage(started).user / 1_000).toBeLessThan(2_000);
  expect([...found].sort()).toEqual(['exact', 'fuzzy', 'none', 'normalized']);
});

test.each([
  ['a long quote', prose(30_000), `${'x '.repeat(500_000)}`],
  ['a quote in capitals that is longer than the chunk', prose(30_000), prose(60_000).toUpperCase()],
  ['white space', prose(30_000), `${' '.repeat(1_000_000)}w1`],
  ['one word over and over', 'a '.repeat(15_000), `${'a '.repeat(2_000)}b`],
  ['one word over and over, almost', 'a '.repeat(15_000), `${'a '.repeat(1_000)}B ${'a '.repeat(1_000)}`],
  ['one letter over and over', 'a'.repeat(30_000), `${'a'.repeat(4_000)}b`],
  ['one letter over and over, after another', 'a'.repeat(30_000), `b${'A'.repeat(4_000)}`],
  ['ellipses', 'ab '.repeat(10_000), 'ab ... '.repeat(7)],
  ['dots', '. '.repeat(15_000), '.'.repeat(1_000_000)],
  ['marks', `a${'\u0301'.repeat(15_000)}${'\u0323'.repeat(15_000)}`, `A${'\u0301'.repeat(20_000)}`],
  ['joiners', '👩\u200D'.repeat(10_000), `${'👩\u200D'.repeat(3_000)}x`],
])('hostile quotes take bounded time: %s', (_, content, quote) => {
  const started = process.threadCpuUsage();
  const { ground } = createGrounder(content);
  for (let times = 0; times < 30; times += 1) ground(quote);
  expect(process.threadCpuUsage(started).user / 1_000).toBeLessThan(5_000);
});

const unit = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...'abcdefgh ABC éÜß.,;:—-“”\'"123 \n\t'.split('')) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('е\u0301', '\u0323', '\u200B', '\u200D', '😀', '👩‍👧', '한', '日', 'ﬁ', '½', '…'),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 2 }) },
);
const contents = fc.string({ unit, minLength: 1, maxLength: 120 }).map(cleanText);

function* boundaries(text: string): Generator<number> {
  let at = 0;
  for (const point of text) {
    yield at;
    at += point.length;
  }
  yield at;
}

test('any part of a text is found exactly, at an equal slice', () => {
  fc.assert(
    fc.property(contents, fc.nat(), fc.nat(), (content, one, other) => {
      const places = [...boundaries(content)];
      const [from = 0, to = 0] = [one, other].map((at) => places[at % places.length] ?? 0).sort((a, b) => a - b);
      const quote = content.slice(from, to);
      const expected = quote.trim() === '' ? ['none', null] : ['exact', quote];
      expect(find(content, quote)).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});

/** Words of a text with what stands between them, to be written differently. */
const sentence = fc.array(
  fc.tuple(
    fc.constantFrom(
      'Alpha',
      'bêta',
      'gamma',
      'straße',
      'ΔΈΛΤΑ',
      'don’t',
      '1977',
      '3.14',
      'naïve',
      'ﬁne',
      'co\u00ADop',
      '한국',
      'x',
      'II',
    ),
    fc.constantFrom(' ', ', ', ' — ', '\n', '. ', ' “', '” ', ' (', ') ', ': ', ' \u200B'),
  ),
  { minLength: 3, maxLength: 25 },
);
const rewriting = fc.record({
  case: fc.constantFrom('upper', 'lower', 'same'),
  form: fc.constantFrom('NFC', 'NFD', 'NFKC', 'NFKD'),
  gap: fc.constantFrom(' ', '  ', '\n\n', ', ', '; ', ' "', ' – '),
});

test('any run of words in another case, spacing, punctuation or form is found, and its slice says the same', () => {
  fc.assert(
    fc.property(sentence, fc.nat(), fc.nat(), rewriting, (words, one, other, how) => {
      const content = words.flat().join('');
      const [from = 0, to = 0] = [one, other].map((at) => at % words.length).sort((a, b) => a - b);
      const chosen = words.slice(from, to + 1);
      const isBetweenDigits = (index: number) =>
        /\d$/.test(chosen[index]?.[0] ?? '') && /^\d/.test(chosen[index + 1]?.[0] ?? '');
      // Between numbers, what stands there tells them apart, so it stays.
      const rewritten = chosen.map(([word, gap], index) => {
        const cased = how.case === 'upper' ? word.toUpperCase() : how.case === 'lower' ? word.toLowerCase() : word;
        return (cased + (isBetweenDigits(index) ? gap : index < chosen.length - 1 ? how.gap : '')).normalize(how.form);
      });
      const quote = rewritten.join('');
      const [grounding, slice] = find(content, quote);
      expect(['exact', 'normalized']).toContain(grounding);
      expect(normalForm(slice ?? '').text).toBe(normalForm(quote).text);
    }),
    { numRuns: 1000 },
  );
});

test('any run of ten words or more with one word too many or too few is found', () => {
  const many = fc.array(fc.integer({ min: 0, max: 999 }), { minLength: 30, maxLength: 60 });
  fc.assert(
    fc.property(many, fc.nat(19), fc.integer({ min: 1, max: 8 }), fc.boolean(), (numbers, start, at, isMissing) => {
      const spelled = numbers.map((number) => [...String(number)].map((digit) => 'abcdefghij'[Number(digit)]).join(''));
      const chosen = spelled.slice(start, start + 10);
      const quote = (isMissing ? chosen.toSpliced(at, 1) : chosen.toSpliced(at, 1, 'zzz')).join(' ');
      const [grounding, slice] = find(spelled.join(' '), quote);
      expect(grounding).not.toBe('none');
      expect(slice?.split(' ').length).toBeLessThanOrEqual(13);
    }),
    { numRuns: 500 },
  );
});

test('any quote of any text gets a valid slice or none', () => {
  fc.assert(
    fc.property(
      contents,
      fc.oneof(contents, fc.string({ unit, maxLength: 12 }), fc.string({ unit: 'binary' })),
      (content, quote) => {
        const { grounding, char_start, char_end } = createGrounder(content).ground(quote);
        if (char_start === null) {
          expect(grounding).toBe('none');
          return;
        }
        const slice = content.slice(char_start, char_end);
        expect(slice.trim()).not.toBe('');
        expect(slice.isWellFormed()).toBe(true);
        expect(char_start >= 0 && char_start < char_end && char_end <= content.length).toBe(true);
        if (grounding === 'exact') expect(slice).toBe(quote);
        if (grounding === 'normalized') expect(normalForm(slice).text).toBe(normalForm(quote).text);
        if (grounding !== 'exact') {
          const starts = [...new Intl.Segmenter('und').segment(content)].map(({ index }) => index);
          expect(starts).toContain(char_start);
          expect([...starts, content.length]).toContain(char_end);
        }
      },
    ),
    { numRuns: 3000 },
  );
});
