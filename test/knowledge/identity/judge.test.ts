import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareAttributes, comparedAttribute } from '../../../src/knowledge/identity/attribute.ts';
import type { IdentityEntity } from '../../../src/knowledge/identity/entity.ts';
import { judge } from '../../../src/knowledge/identity/judge.ts';
import { profileOf } from '../../../src/knowledge/identity/profile.ts';
import { anyEntity, entity } from './entities.ts';

/** What two entities may have in common besides their names: as much as there is. */
const inCommon = {
  attributes: [
    { key: 'birth_date', value: '1871-08-19' },
    { key: 'occupation', value: 'engineer' },
    { key: 'birth_place', value: 'Dayton' },
  ],
  neighbours: ['kitty hawk', 'wright flyer', 'dayton', 'katharine wright'],
};

function verdict(one: IdentityEntity, other: IdentityEntity): 'strong' | 'weak' | 'none' {
  const found = judge(profileOf(one), profileOf({ ...other, entity_id: one.entity_id + 1 }));
  return found ? (found.is_strong ? 'strong' : 'weak') : 'none';
}

test.each<[string, string, string]>([
  ['person', 'Curie, Marie', 'Marie Curie'],
  ['person', 'Pyotr Ilyich Tchaikovsky', 'Пётр Ильич Чайковский'],
  ['person', 'J.R.R. Tolkien', 'JRR Tolkien'],
  ['person', 'Sir Isaac Newton', 'Isaac Newton'],
  ['organization', 'Volkswagen AG', 'Volkswagen'],
  ['organization', 'Massachusetts Institute of Technology', 'Massachusets Institute of Technology'],
  ['event', '2012 Summer Olympics', 'Summer Olympics 2012'],
])('of one family (%s), %s and %s are strong by their names', (family, one, other) => {
  expect(verdict(entity(one, family), entity(other, family))).toBe('strong');
});

test.each<[string, string, string]>([
  ['event', 'Apollo 11', 'Apollo 12'],
  ['product', 'Windows 10', 'Windows 11'],
  ['person', 'Henry IV', 'Henry V'],
  ['person', 'John Smith', 'James Smith'],
  ['person', 'Orville Wright', 'Wilbur Wright'],
  ['person', 'J. S. Bach', 'J. C. Bach'],
  ['person', 'Lord Byron', 'Lady Byron'],
  ['person', 'Martin Luther King Sr.', 'Martin Luther King Jr.'],
  ['product', 'C++', 'C#'],
  ['product', 'Vitamin C', 'Vitamin D'],
  ['location', 'Paris, France', 'Paris, Texas'],
  ['work', 'Godzilla (1954)', 'Godzilla (1998)'],
])('of one family (%s), %s and %s are no candidate, whatever they have in common', (family, one, other) => {
  expect(verdict(entity(one, family, inCommon), entity(other, family, inCommon))).toBe('none');
});

test.each<[string, string, string]>([
  ['person', 'John Adams', 'John Quincy Adams'],
  ['person', 'J. Bernoulli', 'Johann Bernoulli'],
  ['person', 'J. C. Bach', 'Johann Christoph Bach'],
  ['person', 'Theodore Roosevelt', 'Theodore Roosevelt Jr.'],
  ['person', 'Saint Augustine', 'Augustine'],
  ['work', 'The Lord of the Rings', 'The Lord of the Rings: The Two Towers'],
])('neighbours and traits in common do not make %s %s and %s one: to be asked', (family, one, other) => {
  const { neighbours, attributes } = inCommon;
  const more = { neighbours, attributes: attributes.filter(({ key }) => key !== 'birth_date') };
  expect(verdict(entity(one, family, more), entity(other, family, more))).not.toBe('strong');
});

test('a name that many bear is no candidate by itself, and a strong one with the same birth date', () => {
  const [one, other] = [entity('John Smith', 'person'), entity('J. Smith', 'person')];
  expect(verdict(one, other)).toBe('none');
  const attributes = [{ key: 'birth_date', value: '1580-01-06' }];
  const born = [{ key: 'born', value: 'January 6, 1580' }];
  expect(verdict({ ...one, attributes }, { ...other, attributes: born })).toBe('strong');
});

test('different birth dates veto what would be strong', () => {
  const [one, other] = [
    entity('Subrahmanyan Chandrasekhar', 'person'),
    entity('Chandrasekhar, Subrahmanyan', 'person'),
  ];
  expect(verdict(one, other)).toBe('strong');
  const born = (value: string) => ({ attributes: [{ key: 'birth_date', value }] });
  expect(verdict({ ...one, ...born('1910') }, { ...other, ...born('1910-10-19') })).toBe('strong');
  expect(verdict({ ...one, ...born('1910') }, { ...other, ...born('1911-10-19') })).toBe('none');
});

test('an alias that is the other name makes a pen name strong', () => {
  const author = entity('Samuel Langhorne Clemens', 'person', { aliases: ['Mark Twain'] });
  expect(verdict(author, entity('Mark Twain', 'person'))).toBe('strong');
});

test.each<[string, string, string, string]>([
  ['person', 'Johann Sebastian Bach', 'Bach', 'Bach'],
  ['person', 'Narendra Modi', 'Prime Minister of India', 'Prime Minister of India'],
  ['person', 'Thomas Becket', 'Archbishop of Canterbury', 'Archbishop of Canterbury'],
  ['person', 'George H. W. Bush', 'George Bush', 'George Bush'],
  ['location', 'Springfield (Illinois)', 'Springfield', 'Springfield'],
  ['event', 'Apollo 11', 'Apollo 12', 'Apollo 12'],
])('an alias that others have too is never enough: %s %s, called %s', (family, name, alias, other) => {
  expect(verdict(entity(name, family, { aliases: [alias] }), entity(other, family))).not.toBe('strong');
});

test('relatives are not merged: who is related to an entity is not it', () => {
  const father = entity('Alexandre Dumas', 'person', { entity_id: 10, attributes: inCommon.attributes });
  const son = entity('Alexandre Davy Dumas', 'person', { attributes: inCommon.attributes });
  expect(verdict(father, son)).toBe('strong');
  expect(verdict(father, { ...son, neighbours: ['alexandre dumas'] })).toBe('weak');
  expect(verdict(father, { ...son, neighbours: [10] })).toBe('weak');
});

test('a disambiguator keeps those of one name apart, and asks about others', () => {
  const plain = entity('Alexander von Humboldt', 'person');
  const marked = { ...plain, disambiguator: 'the ship' };
  expect(verdict(plain, marked)).toBe('none');
  expect(verdict(plain, entity('Humboldt, Alexander von', 'person'))).toBe('strong');
  expect(verdict(plain, entity('Humboldt, Alexander von', 'person', { disambiguator: 'the ship' }))).toBe('weak');
});

test('known families contradict, an unknown one contradicts none but makes nothing strong', () => {
  const name = 'Nicolaus Copernicus';
  expect(verdict(entity(name, 'person'), entity('NICOLAUS  COPERNICUS', 'person'))).toBe('strong');
  expect(verdict(entity(name, 'person'), entity(name, 'location'))).toBe('none');
  expect(verdict(entity(name, 'person'), entity(name, 'unknown'))).toBe('weak');
});

test.each<[string, string, string, string, 'agree' | 'contradict' | 'neither']>([
  ['birth_date', '1867-11-07', 'born', '7 Nov 1867', 'agree'],
  ['birth_date', 'c. 1867', 'date_of_birth', 'November 1867', 'agree'],
  ['birth_date', '1867-11-07', 'birth_date', '1867-11-08', 'contradict'],
  ['birth_date', '100 BC', 'birth_date', '100', 'neither'],
  ['release_date', '1999-12-31', 'released', '2000-01-07', 'neither'],
  ['release_date', '1932', 'released', '1999', 'contradict'],
  ['wikidata', 'Q1', 'wikidata_id', 'q1', 'agree'],
  ['imdb', 'nm1', 'imdb_id', 'nm2', 'contradict'],
  ['website', 'https://www.apple.com/', 'url', 'apple.com', 'agree'],
  ['website', 'apple.com', 'website', 'apple.com/uk', 'neither'],
  ['gender', 'female', 'sex', 'male', 'contradict'],
  ['occupation', 'chemist', 'occupation', 'painter', 'neither'],
])('%s %s and %s %s %s', (key, value, otherKey, otherValue, expected) => {
  const found = compareAttributes([comparedAttribute(key, value)], [comparedAttribute(otherKey, otherValue)]);
  const said = found.contradicting.length > 0 ? 'contradict' : found.agreeing.length > 0 ? 'agree' : 'neither';
  expect(said).toBe(expected);
});

test('of several values one that agrees is enough', () => {
  const born = (value: string) => comparedAttribute('birth_date', value);
  const found = compareAttributes([born('1900'), born('1901')], [born('1901-05-05'), born('1902')]);
  expect(found).toMatchObject({ agreeing: ['birth_date'], contradicting: [] });
});

test('a pair is judged the same whichever side comes first and whatever the ids are', () => {
  fc.assert(
    fc.property(anyEntity, anyEntity, (one, other) => {
      const [a, b] = [
        { ...one, entity_id: 1001 },
        { ...other, entity_id: 1002 },
      ];
      const found = judge(profileOf(a), profileOf(b));
      expect(judge(profileOf(b), profileOf(a))).toEqual(found);
      const swapped = judge(profileOf({ ...a, entity_id: 1002 }), profileOf({ ...b, entity_id: 1001 }));
      expect(swapped).toEqual(found);
    }),
    { numRuns: 1000 },
  );
});
