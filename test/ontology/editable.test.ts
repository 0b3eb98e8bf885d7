import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodesAfter } from '../../src/ontology/edit/after-edit.ts';
import { parseAssignment } from '../../src/ontology/edit/editable.ts';
import { endOf, objectKey, relationshipEnds, relationshipKey } from '../../src/ontology/object-key.ts';

describe('a field that is set on the command line', () => {
  test.each([
    ['column', 'description=a = b', 'a = b'],
    ['column', 'description=', ''],
    ['column', 'is_sensitive=true', true],
    ['column', 'synonyms= a, b ,', ['a', 'b']],
    ['column', 'synonyms=["a, b"]', ['a, b']],
    ['entity', 'key_columns=[{"name":"id","synonyms":[]}]', [{ name: 'id', synonyms: [] }]],
    ['ontology', 'conventions={}', {}],
  ] as const)('of a %s as %s', (kind, text, value) => {
    expect(parseAssignment(kind, text).value).toEqual(value);
  });

  test.each([
    ['column', 'colour=red', /A column has no field "colour".*/],
    ['entity', 'toString=x', /An entity has no field "toString"/],
    ['column', 'is_sensitive=yes', /true or false/],
    ['column', 'enum_values={', /is no JSON/],
    ['column', '=x', /sets nothing/],
    ['column', 'description', /sets nothing/],
  ] as const)('of a %s is refused as %s', (kind, text, reason) => {
    expect(() => parseAssignment(kind, text)).toThrow(reason);
  });
});

const part = fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' });
const end = fc.record({
  table_key: fc.array(part, { minLength: 2, maxLength: 2 }).map(objectKey),
  columns: fc.array(
    part.map((each) => objectKey([each])),
    { minLength: 1, maxLength: 3 },
  ),
});

test('the key of a relationship tells its ends, whatever their names', () => {
  fc.assert(
    fc.property(end, end, (from, to) => {
      expect(relationshipEnds(relationshipKey(from, to))).toEqual({ from, to });
    }),
  );
});

test.each(['a.b', 'a.b()', 'a.b(c', 'a.b(c))', 'a.b(c)(d)', '(c)', 'a.b(c d)', 'a.b(c)->d.e(f)'])(
  'what is no end is none: %s',
  (text) => {
    expect(endOf(text)).toBeUndefined();
  },
);

describe('what follows from an edit', () => {
  const names = (...args: Parameters<typeof nodesAfter>) => nodesAfter(...args).map(({ name }) => name);
  const key = 's.a(b_id)->s.b(id)';

  test('is that entity again', () => {
    const edits = [{ target_kind: 'entity', target_key: 's.a', field: 'name' }] as const;
    expect(nodesAfter(edits)).toEqual([{ name: 'EntityEnrichment', subject_keys: ['s.a'], full: true }]);
  });

  test('is that relationship again and what its columns say, unless it is none', () => {
    const edit = { target_kind: 'relationship', target_key: key, field: 'status' } as const;
    expect(nodesAfter([{ ...edit, value: 'accepted' }]).slice(0, 2)).toEqual([
      { name: 'RelationshipDiscovery', subject_keys: ['s.a'] },
      { name: 'RelationshipEnrichment', subject_keys: [key], full: true },
    ]);
    expect(names([{ ...edit, value: 'rejected' }])).toEqual(['EntityEnrichment', 'ColumnEnrichment']);
  });

  test('is the profile of a table whose column is sensitive, first of all', () => {
    const edit = { target_kind: 'column', target_key: 's.a.b', field: 'is_sensitive' } as const;
    expect(names([edit])).toEqual([
      'SchemaProfile',
      'ColumnClassification',
      'EnumAnalysis',
      'EntityEnrichment',
      'ColumnEnrichment',
    ]);
  });

  test('of the ontology as a whole is nothing', () => {
    expect(names([{ target_kind: 'ontology', target_key: 'ontology', field: 'description' }])).toEqual([]);
  });
});
