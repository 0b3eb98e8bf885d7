import fc from 'fast-check';
import type { IdentityEntity } from '../../../src/knowledge/identity/entity.ts';
import { nameKey } from '../../../src/knowledge/name-key.ts';

/** An entity of which only what matters is said. */
export function entity(
  name: string,
  type_family: string,
  more: Partial<Omit<IdentityEntity, 'name' | 'type_family' | 'name_key'>> = {},
): IdentityEntity {
  return {
    entity_id: 1,
    aliases: [],
    attributes: [],
    neighbours: [],
    disambiguator: '',
    ...more,
    name,
    name_key: nameKey(name),
    type_family,
  };
}

const words = [
  'John',
  'James',
  'J.',
  'Marie',
  'Maria',
  'Smith',
  'Curie',
  'Tolkien',
  'Wittgenstein',
  'Чайковский',
  'Tchaikovsky',
  '北京大学',
  'محمد',
  'Dr.',
  'Lady',
  'Lord',
  'Jr.',
  'Inc.',
  'AG',
  'the',
  'of',
  'University',
  'NASA',
  'National',
  'II',
  'IV',
  'X',
  '12',
  '3.11',
  'A380',
  'C++',
  'Müller',
  'Mueller',
  ',',
  '(film)',
  '(1984)',
  ': ',
  ' – ',
  '&',
  '',
];

/** Names that the rules have something to say about, and some that nobody would write. */
export const anyName = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 5 }).map((list) => list.join(' ')),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
);

const anyAttribute = fc.constantFrom(
  { key: 'birth_date', value: '1867-11-07' },
  { key: 'born', value: '7 November 1867' },
  { key: 'birth_date', value: '1934' },
  { key: 'occupation', value: 'chemist' },
  { key: 'occupation', value: 'painter' },
  { key: 'gender', value: 'female' },
  { key: 'wikidata', value: 'Q7186' },
);

export const anyEntity: fc.Arbitrary<IdentityEntity> = fc
  .record({
    entity_id: fc.integer({ min: 1, max: 1_000_000 }),
    name: anyName,
    type_family: fc.constantFrom('person', 'organization', 'location', 'work', 'event', 'unknown', 'droid'),
    aliases: fc.array(anyName, { maxLength: 2 }),
    attributes: fc.array(anyAttribute, { maxLength: 2 }),
    neighbours: fc.array(fc.constantFrom('paris', 'nobel prize', 'physics', 7, 8), { maxLength: 4 }),
    disambiguator: fc.constantFrom('', '', '', 'elder', 'younger'),
  })
  .map((made) => entity(made.name, made.type_family, made));

/** Entities of a pool, each id once. */
export const anyPool = fc
  .array(anyEntity, { maxLength: 25 })
  .map((list) => list.map((each, at) => ({ ...each, entity_id: at + 1 })));
