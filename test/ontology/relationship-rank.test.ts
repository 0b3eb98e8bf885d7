import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { ColumnRow } from '../../src/db/ontology-queries.ts';
import { answerFor } from '../../src/llm/builtin/answers.ts';
import { chosen } from '../../src/ontology/relationship/discover.ts';
import type { Evidence } from '../../src/ontology/relationship/evidence.ts';
import { mostCandidates, ranked } from '../../src/ontology/relationship/rank.ts';
import { settled } from '../../src/ontology/relationship/settle.ts';
import { numberColumn, relationshipRow, tableRow } from '../support/relationship-rows.ts';

function column(table_key: string, low: number, high: number, distinct_count: number, row_count = distinct_count) {
  const [min_value, max_value] = [String(low), String(high)];
  return numberColumn(table_key, { row_count, distinct_count, min_value, max_value });
}

function evidence(source: ColumnRow, target: ColumnRow, matched: number, more: Partial<Evidence> = {}): Evidence {
  const table = tableRow(target.table_key, { row_count: target.row_count });
  const distinct = source.distinct_count ?? 0;
  return {
    source: [source],
    target: { table, columns: [target], is_primary: true },
    rows: source.row_count ?? 0,
    rows_with_value: source.row_count ?? 0,
    distinct,
    matched,
    matched_rows: matched,
    is_exact: true,
    key_rows: target.row_count ?? 0,
    in_range: matched,
    chance_matched: null,
    names: 0,
    is_own_key: false,
    rivals: 0,
    smaller_rivals: 0,
    ...more,
  };
}

const targets = (found: readonly Evidence[]) => found.map(({ target }) => target.table.table_key);

describe('the candidates of a column', () => {
  const source = column('orders', 1, 8, 8, 500);
  const key = (name: string, rows: number) => column(name, 1, rows, rows);

  test('are three at most, the key whose ends agree with it first, the smaller before the larger', () => {
    const found = [40, 8, 900, 25, 60].map((rows, at) =>
      evidence(source, key(`t${rows}`, rows), 8, { rivals: 4, smaller_rivals: [2, 0, 4, 1, 3][at] ?? 0 }),
    );
    expect(mostCandidates).toBe(3);
    expect(targets(ranked(found))).toEqual(['t8', 't25', 't40']);
  });

  test('are those whose names agree where the data says no less', () => {
    const found = [evidence(source, key('t8', 8), 8), evidence(source, key('t9', 8), 8, { names: 0.9 })];
    expect(targets(ranked(found))).toEqual(['t9']);
  });

  test('are none that have not one of its values, and none of a key that merely counts its rows', () => {
    expect(ranked([evidence(source, key('t8', 8), 0)])).toEqual([]);
    const counted = column('orders', 1, 300, 300);
    expect(ranked([evidence(counted, key('t900', 900), 300, { is_own_key: true })])).toEqual([]);
    expect(targets(ranked([evidence(counted, key('t300', 300), 300, { is_own_key: true })]))).toEqual(['t300']);
  });

  test('that a model picked goes first, and alone only where the data leaves no doubt', () => {
    const resolution = { to_table: 't25', to_columns: ['c'], confidence: 0.9, reasoning: 'So it seems.' };
    const picked = (more: Partial<Evidence>) => {
      const [one, other] = [evidence(source, key('t8', 8), 8), evidence(source, key('t25', 25), 8, more)];
      return chosen([one, other], undefined, other.target, resolution).map(({ evidence: found, isClean }) => [
        found.target.table.table_key,
        isClean,
      ]);
    };
    const open = [
      ['t25', false],
      ['t8', false],
    ];
    expect(picked({})).toEqual([['t25', true]]);
    expect(picked({ rivals: 1 })).toEqual(open);
    expect(picked({ matched: 7 })).toEqual(open);
    expect(picked({ is_exact: false })).toEqual(open);
    expect(picked({ is_own_key: true })).toEqual(open);
  });
});

describe('the built-in model', () => {
  const sides = {
    source: {
      table: 'lines',
      columns: ['a'],
      data_types: ['integer'],
      rows: 900,
      distinct: 20,
      is_unique: false,
      primary_key: 'part of it',
      counts_rows: false,
    },
    target: { table: 'things', columns: ['b'], data_types: ['integer'], is_primary_key: true, rows: 20 },
    join: {
      is_exact: true,
      matched: 20,
      matched_percent: 100,
      target_covered_percent: 100,
      expected_covered_percent: 100,
      found_by_chance_percent: 100,
      range_reached_percent: 100,
      is_all_of_the_key: true,
    },
    words: {},
    database: { tables_named_elsewhere_percent: 0 },
  };
  const likely = (source: object, join: object = {}) => {
    const content = JSON.stringify({
      ...sides,
      source: { ...sides.source, lowest: 1, highest: 20, ...source },
      target: { ...sides.target, lowest: 1, highest: 20 },
      join: { ...sides.join, ...join },
    });
    const { is_valid_fk, confidence } = z
      .object({ is_valid_fk: z.boolean(), confidence: z.number() })
      .parse(answerFor('relationship_validation', { title: '', content }));
    return is_valid_fk ? confidence : 1 - confidence;
  };

  test('takes what uses a key evenly and to its end for a reference', () => {
    expect(likely({})).toBeGreaterThan(0.7);
  });

  test.each([
    ['numbers the lines of something', { numbers_lines_percent: 100 }, {}],
    ['is mostly small and rarer the larger', { mean_percent: 10, frequency_trend_percent: -95, has_default: true }, {}],
    ['has values that the key lacks', {}, { matched: 10, matched_percent: 50 }],
    ['has a likelier key', {}, { place_among_candidates: 3 }],
    ['is the key that others refer to', { primary_key: 'all of it' }, { may_refer_back: true }],
    ['repeats the key of its own row', { table: 'things' }, { same_as_own_key_percent: 100, below_own_key_percent: 0 }],
  ])('believes less in what %s', (_, source, join) => {
    expect(likely(source, join)).toBeLessThan(likely({}) - 0.1);
  });
});

describe('of several targets that were found valid', () => {
  test('the surest is kept, of equally sure ones the likelier by the data', () => {
    expect(settled([relationshipRow('b'), relationshipRow('c', { confidence: 0.9 })]).changes).toEqual([
      { relationship_key: 'a(x)->b(id)', status: 'rejected' },
    ]);
    expect(settled([relationshipRow('b', { candidate_rank: 2 }), relationshipRow('c')]).changes).toEqual([
      { relationship_key: 'a(x)->b(id)', status: 'rejected' },
    ]);
  });

  test('what is declared or added by a person wins, and is never rejected itself', () => {
    for (const provenance of ['declared', 'manual'] as const)
      expect(
        settled([relationshipRow('b', { provenance, confidence: 0.1 }), relationshipRow('c', { confidence: 0.9 })])
          .changes,
      ).toEqual([{ relationship_key: 'a(x)->c(id)', status: 'rejected' }]);
  });

  test('one that lost comes back when the better one is gone; other sources are their own', () => {
    const lost = relationshipRow('b', {
      status: 'rejected',
      inferred_status: 'rejected',
      rejected_because: 'better_target',
    });
    expect(settled([lost]).changes).toEqual([{ relationship_key: 'a(x)->b(id)', status: 'accepted' }]);
    expect(
      settled([relationshipRow('b'), relationshipRow('c', { from_columns: ['x', 'y'], to_columns: ['id', 'no'] })])
        .changes,
    ).toEqual([]);
  });
});
