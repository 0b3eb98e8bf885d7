import fc from 'fast-check';
import { expect, test } from 'vitest';
import { alignNames, haveSameLetters } from '../../../src/knowledge/identity/align.ts';
import { editDistance, slipBetween, wordSimilarity } from '../../../src/knowledge/identity/edit-distance.ts';
import { type IdentityEntity, kindOf, type NameKind } from '../../../src/knowledge/identity/entity.ts';
import { nameEntropy } from '../../../src/knowledge/identity/entropy.ts';
import { latin, skeleton } from '../../../src/knowledge/identity/latin.ts';
import { nameForm } from '../../../src/knowledge/identity/name-form.ts';
import { numberOfRoman } from '../../../src/knowledge/identity/numeral.ts';
import { anyName } from './entities.ts';

const kinds: NameKind[] = ['person', 'organization', 'place', 'work', 'thing', 'open'];

test.each<[string, NameKind, string, string[]]>([
  ['J.R.R. Tolkien', 'person', 'j r r tolkien', []],
  ['JRR Tolkien', 'person', 'j r r tolkien', []],
  ['Tolkien, J. R. R.', 'person', 'j r r tolkien', []],
  ['King, Martin Luther, Jr.', 'person', 'martin luther king', []],
  ['Prof. Dr. Max Planck', 'person', 'max planck', []],
  ['Niels Bohr, Ph.D.', 'person', 'niels bohr', []],
  ['Duke of Wellington', 'person', 'duke of wellington', []],
  ['Louis XIV of France', 'person', 'louis of france', ['14']],
  ['Malcolm X', 'person', 'malcolm', ['10']],
  ['Xi Jinping', 'person', 'xi jinping', []],
  ['Procter & Gamble Co.', 'organization', 'procter and gamble', []],
  ['Koninklijke Philips N.V.', 'organization', 'koninklijke philips', []],
  ['N.A.T.O.', 'organization', 'nato', []],
  ['Hague, The', 'place', 'hague', []],
  ['Washington, D.C.', 'place', 'washington', []],
  ['Mt. Everest', 'place', 'mount everest', []],
  ['One Hundred Years of Solitude', 'work', 'years of solitude', ['100']],
  ['Star Wars: Episode IV', 'work', 'star wars episode', ['4']],
  ['Twenty-first Amendment', 'thing', 'amendment', ['21']],
  ['Python 3.11', 'thing', 'python', ['3.11']],
  ['Apollo 1,000', 'thing', 'apollo', ['1000']],
  ['iPhone 4S', 'thing', 'iphone 4s', ['4']],
])('%s as the name of a %s is the words %j and the numbers %j', (name, kind, words, numbers) => {
  const form = nameForm(name, kind);
  expect(form.words.map((word) => word.latin).join(' ')).toBe(words);
  expect(form.numbers).toEqual(numbers);
});

test.each([
  ['Пётр Ильич Чайковский', 'petr ilich chaykovskiy'],
  ['Νίκος Καζαντζάκης', 'nikos kazantzakis'],
  ['Μελίνα Μερκούρη', 'melina merkouri'],
  ['łódź', 'lodz'],
])('%s is %s in latin letters', (text, expected) => {
  expect(latin(text.toLowerCase())).toBe(expected);
});

test.each([
  ['tchaikovsky', 'chaykovskiy'],
  ['dostoyevsky', 'dostoevskiy'],
  ['khrushchev', 'khrushchev'],
  ['rachmaninoff', 'rakhmaninov'],
  ['yekaterinburg', 'ekaterinburg'],
])('%s and %s have one skeleton', (one, other) => {
  expect(skeleton(one)).toBe(skeleton(other));
});

test.each([
  ['XIV', 14],
  ['iv', 4],
  ['LII', 52],
  ['Li', undefined],
  ['IIX', undefined],
  ['mix', undefined],
])('the roman numeral %s is %s', (written, value) => {
  expect(numberOfRoman(written, true)).toBe(value);
});

test.each<[string, string, string]>([
  ['organization', 'Müller Söhne', 'Mueller Soehne'],
  ['person', 'Muller Hans', 'Müller Hans'],
  ['person', "Sinéad O'Connor", 'Sinead O’Connor'],
  ['character', 'R2-D2', 'R2D2'],
  ['person', 'みやざき はやお', 'ミヤザキ ハヤオ'],
  ['person', 'أحمد شوقي', 'احمد شوقي'],
  ['organization', 'Warner Bros.', 'Warner Brothers'],
  ['work', 'Les Misérables', 'LES MISERABLES'],
])('as a %s, %s and %s have the same letters', (family, one, other) => {
  const kind = kindOf(family);
  expect(haveSameLetters(nameForm(one, kind), nameForm(other, kind))).toBe(true);
});

test.each<[IdentityEntity['type_family'], string, string]>([
  ['person', '张伟', '章伟'],
  ['person', 'Иван Петров', 'Иван Петровский'],
  ['location', 'North Korea', 'South Korea'],
  ['organization', 'Siemens AG', 'Siemens Energy AG'],
  ['work', 'Alien', 'Predator'],
])('as a %s, %s and %s do not', (family, one, other) => {
  const kind = kindOf(family);
  expect(haveSameLetters(nameForm(one, kind), nameForm(other, kind))).toBe(false);
});

test('a common name tells less than a rare one, a generic one less than either', () => {
  const entropy = (name: string) => nameEntropy(nameForm(name, 'open'));
  expect(entropy('National Bank')).toBeLessThan(entropy('John Smith'));
  expect(entropy('John Smith')).toBeLessThan(entropy('Isaac Newton'));
  expect(entropy('Isaac Newton')).toBeLessThan(entropy('Subrahmanyan Chandrasekhar'));
});

test('a name of any characters is taken apart without an error, and the same way each time', () => {
  fc.assert(
    fc.property(
      fc.oneof(anyName, fc.string({ unit: 'binary', maxLength: 300 })),
      fc.constantFrom(...kinds),
      (name, kind) => {
        expect(nameForm(name, kind)).toEqual(nameForm(name, kind));
      },
    ),
  );
});

test('a name of ten megabytes is only compared as a whole', () => {
  const long = 'Anna '.repeat(2_000_000);
  const form = nameForm(long, 'person');
  expect(form.words).toEqual([]);
  expect(haveSameLetters(form, nameForm(`${long} Berta`, 'person'))).toBe(false);
});

test('two names align in the same way whichever comes first', () => {
  fc.assert(
    fc.property(anyName, anyName, fc.constantFrom(...kinds), (one, other, kind) => {
      const [a, b] = [nameForm(one, kind), nameForm(other, kind)];
      expect(alignNames(a, b)).toEqual(alignNames(b, a));
    }),
    { numRuns: 500 },
  );
});

test('a name that has letters aligns with itself at 1', () => {
  fc.assert(
    fc.property(anyName, fc.constantFrom(...kinds), (name, kind) => {
      const form = nameForm(name, kind);
      expect(alignNames(form, form)).toMatchObject({ similarity: 1, doubts: [], is_same_letters: true });
    }),
  );
});

test.each<[string, string, number, string | undefined]>([
  ['wittgenstein', 'wittgestein', 1, 'missing'],
  ['mozart', 'mozrat', 1, 'swapped'],
  ['schwarzenegger', 'schwarzeneger', 1, 'doubled'],
  ['ramanujan', 'ramanujam', 1, 'replaced'],
  ['kitten', 'sitting', 3, undefined],
  ['', 'abc', 3, undefined],
])('from %j to %j are %i edits (%s)', (one, other, distance, slip) => {
  expect(editDistance(one, other, 9)).toBe(distance);
  expect(editDistance(one, other, distance - 1)).toBe(distance);
  expect(slipBetween(one, other)).toBe(slip);
});

test('edit distance and similarity are symmetric, bounded, and 0 and 1 for equal words alone', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'é', '\u{1F600}'), maxLength: 8 });
  fc.assert(
    fc.property(word, word, fc.integer({ min: 0, max: 8 }), (one, other, most) => {
      expect(editDistance(one, other, most)).toBe(editDistance(other, one, most));
      expect(editDistance(one, other, 8) === 0).toBe(one === other);
      expect(editDistance(one, other, most)).toBe(Math.min(most + 1, editDistance(one, other, 99)));
      const similarity = wordSimilarity(one, other);
      expect(similarity).toBe(wordSimilarity(other, one));
      expect(similarity).toBeGreaterThanOrEqual(0);
      expect(similarity === 1).toBe(one === other);
    }),
    { numRuns: 500 },
  );
});
