import { expect, test } from 'vitest';
import { findContract } from '../../src/contracts/registry.ts';
import { validateAnswer } from '../../src/contracts/validate.ts';
import { composeSql } from '../../src/ontology/glossary/compose-sql.ts';
import { itemKind } from '../../src/ontology/items.ts';

const term = {
  columns_used: [],
  filters: [],
  aggregation: 'COUNT',
  aliases: [],
  confidence: 1,
  base_table: 'public.a',
};
const part = { title: 'x', content: { tables: [{ name: 'public.a', columns: [] }] }, stable: {} };

test.each<[string, (text: string) => object, string]>([
  [
    'business_entity_enrichment',
    (entity_name) => ({
      ...{ entity_name, description: 'A.', domain: 'a', key_columns: [], alternative_names: [], confidence: 1 },
    }),
    'entity_name',
  ],
  ['ontology_finalization', (description) => ({ description, confidence: 1 }), 'description'],
  ['glossary_suggestion', (text) => ({ terms: [{ ...term, term: text, definition: 'A.' }] }), 'term'],
  ['glossary_suggestion', (text) => ({ terms: [{ ...term, term: 'A', definition: text }] }), 'definition'],
])('of %s a text that says nothing, which routing refuses, is asked about again', (contract, answerOf, field) => {
  for (const blank of [' ', '\t\n', '\u00a0']) {
    expect(validateAnswer(findContract(contract), answerOf(blank)).issues).toEqual([]);
    expect(itemKind(contract).check?.(answerOf(blank), part)).toBe(`${field} is blank`);
  }
  expect(itemKind(contract).check?.(answerOf('Something'), part)).toBeUndefined();
});

test('a statement that is longer than a term may have is a fault of the term alone', () => {
  const base = {
    engine: 'postgres' as const,
    table: { schema_name: 'public', table_name: 'a' },
    columns: [{ column_name: 'b', type_family: 'text' as const, details: {} }],
  };
  const composed = (count: number) =>
    composeSql(
      {
        ...{ term: 'A', columns_used: [], aggregation: 'COUNT' },
        filters: [{ column: 'b', operator: 'in', values: Array.from({ length: count }, (_, n) => `${n}`.padEnd(900)) }],
      },
      base,
    );
  expect(composed(20)).toMatchObject({ sql: expect.any(String) });
  expect(composed(30)).toEqual({ fault: 'it would have more than 20000 characters' });
});
