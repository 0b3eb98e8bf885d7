import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planAudit } from '../../../src/knowledge/identity/audit-plan.ts';
import { type IdentityEntity, kindOf } from '../../../src/knowledge/identity/entity.ts';
import { areNicknames, givenNameSpelling } from '../../../src/knowledge/identity/given-name.ts';
import { entityGuards, nameGuards } from '../../../src/knowledge/identity/guards.ts';
import { judge } from '../../../src/knowledge/identity/judge.ts';
import { plainSpelling } from '../../../src/knowledge/identity/latin.ts';
import { nameForm } from '../../../src/knowledge/identity/name-form.ts';
import { profileOf } from '../../../src/knowledge/identity/profile.ts';
import { anyEntity, anyPool, entity } from './entities.ts';

const everything = {
  aliases: ['The Same Rare Alias Zwetschgenbaum'],
  attributes: [
    { key: 'birth_date', value: '1871-08-19' },
    { key: 'wikidata', value: 'Q42' },
  ],
  neighbours: ['one', 'two', 'three', 'four'],
};

const anySurname = fc.constantFrom(
  'Wittgenstein',
  'Smith',
  'Chandrasekhar',
  'Достоевский',
  'van der Waals',
  'Ångström',
);
const anyGiven = fc.constantFrom(
  ...'John James Joan Jean Jane Jan Marie Mary Mark Maria Mario Paul Paula Carl Carla Daniel Daniela Peter Petra'.split(
    ' ',
  ),
  ...'Anna Hanna Hans Tim Tom Jim Dan Don Ron Ivan Ivana Oleg Olga Eric Erica Martin Martina George Georgina'.split(
    ' ',
  ),
);
const anyTitle = fc.constantFrom('Apollo', 'Windows', 'World War', 'Symphony No.', 'Boeing', 'Super Bowl', 'Пятилетка');

function spelt(number: number): fc.Arbitrary<string> {
  const roman = [
    'I',
    'II',
    'III',
    'IV',
    'V',
    'VI',
    'VII',
    'VIII',
    'IX',
    'X',
    'XI',
    'XII',
    'XIII',
    'XIV',
    'XV',
    'XVI',
    'XVII',
    'XVIII',
    'XIX',
  ];
  const words =
    'One Two Three Four Five Six Seven Eight Nine Ten Eleven Twelve Thirteen Fourteen Fifteen Sixteen Seventeen Eighteen Nineteen';
  return fc.constantFrom(String(number), roman[number - 1] ?? '', words.split(' ')[number - 1] ?? '');
}

const anyNumbers = fc.tuple(fc.integer({ min: 1, max: 19 }), fc.integer({ min: 1, max: 19 }));

test('names that differ in a number are never one, in digits, roman numerals or words, whatever else is the same', () => {
  const arbitrary = anyNumbers
    .filter(([one, other]) => one !== other)
    .chain(([one, other]) => fc.tuple(anyTitle, spelt(one), spelt(other)));
  fc.assert(
    fc.property(arbitrary, fc.constantFrom('event', 'product', 'work', 'unknown'), ([title, one, other], family) => {
      const [a, b] = [entity(`${title} ${one}`, family, everything), entity(`${title} ${other}`, family, everything)];
      expect(judge(profileOf(a), profileOf({ ...b, entity_id: 2 }))).toBeUndefined();
      const bare = entity(title, family, { ...everything, entity_id: 3 });
      expect(judge(profileOf(a), profileOf(bare))).toBeUndefined();
    }),
    { numRuns: 300 },
  );
});

test('one number in digits, roman numerals and words is one number', () => {
  const arbitrary = fc.integer({ min: 1, max: 19 }).chain((number) => fc.tuple(anyTitle, spelt(number), spelt(number)));
  fc.assert(
    fc.property(arbitrary, ([title, one, other]) => {
      const [a, b] = [nameForm(`${title} ${one}`, 'thing'), nameForm(`${title} ${other}`, 'thing')];
      expect(nameGuards(a, b)).toEqual([]);
    }),
  );
});

test('people of one family name with different given names are never one, whatever else is the same', () => {
  const areOne = (one: string, other: string) =>
    one === other ||
    areNicknames(one, other) ||
    plainSpelling(one) === plainSpelling(other) ||
    givenNameSpelling(one) === givenNameSpelling(other);
  fc.assert(
    fc.property(anyGiven, anyGiven, anySurname, fc.constantFrom('', 'Dr. ', 'Sir '), (one, other, surname, title) => {
      fc.pre(!areOne(one.toLowerCase(), other.toLowerCase()));
      const a = entity(`${title}${one} ${surname}`, 'person', everything);
      const b = entity(`${other} ${surname}`, 'person', { ...everything, entity_id: 2 });
      expect(judge(profileOf(a), profileOf(b))?.is_strong ?? false).toBe(false);
      if (one.charAt(0) === other.charAt(0)) return;
      const initials = entity(`${other.charAt(0)}. ${surname}`, 'person', { ...everything, entity_id: 2 });
      expect(judge(profileOf(a), profileOf(initials))).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});

test('known families that differ are never one', () => {
  const anyFamily = fc.constantFrom('person', 'organization', 'location', 'work', 'droid', 'character');
  fc.assert(
    fc.property(anyEntity, anyFamily, anyFamily, (one, family, other) => {
      fc.pre(family !== other);
      const [a, b] = [
        { ...one, type_family: family },
        { ...one, entity_id: one.entity_id + 1, type_family: other },
      ];
      expect(judge(profileOf(a), profileOf(b))).toBeUndefined();
    }),
  );
});

test('guards are symmetric, and none is up between a name and itself', () => {
  fc.assert(
    fc.property(anyEntity, anyEntity, (one, other) => {
      const [a, b] = [profileOf(one), profileOf(other)];
      expect(nameGuards(a.form, b.form).toSorted()).toEqual(nameGuards(b.form, a.form).toSorted());
      expect(entityGuards(one, other)).toEqual(entityGuards(other, one));
      expect(nameGuards(a.form, a.form)).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test('no two entities that a plan puts into one group have a guard between them', () => {
  fc.assert(
    fc.property(anyPool, (pool) => {
      for (const group of groupsOf(pool)) {
        for (const one of group) {
          for (const other of group) {
            if (one.entity_id === other.entity_id) continue;
            const forms = [one, other].map(({ name, type_family }) => nameForm(name, kindOf(type_family)));
            const [a, b] = forms;
            if (one.name_key !== other.name_key && a && b) expect(nameGuards(a, b)).toEqual([]);
            expect(entityGuards(one, other)).toEqual([]);
          }
        }
      }
    }),
    { numRuns: 300 },
  );
});

function groupsOf(pool: readonly IdentityEntity[]): IdentityEntity[][] {
  const groups = new Map<number, number[]>();
  for (const { first_entity_id, second_entity_id, action } of planAudit(pool, []).rows) {
    if (action !== 'merge') continue;
    groups.set(first_entity_id, [...(groups.get(first_entity_id) ?? [first_entity_id]), second_entity_id]);
  }
  return [...groups.values()].map((ids) => pool.filter(({ entity_id }) => ids.includes(entity_id)));
}
