import { z } from 'zod';
import { type RelationshipRow, readRelationships } from '../../db/ontology-queries.ts';
import type { ItemKind } from '../items.ts';
import { type Material, rounded, wholePercent } from '../material.ts';
import type { OntologyContext } from '../ontology-context.ts';
import { databaseFacts, keyFacts, rivalFacts, sourceFacts, wordsFor } from './facts.ts';
import { nothingOfOwnRows } from './own-rows.ts';
import { columnsOf, type Schema, schemaOf } from './schema.ts';

/** What looking a candidate up gave, beside the counts of its row. */
const statistics = z.object({
  source_rows: z.number().nullable(),
  key_rows: z.number().nullable(),
  matched_rows: z.number().nullish(),
  chance_percent: z.number().nullish(),
  expected_matches: z.number().nullish(),
  reach_percent: z.number().nullish(),
  source_samples: z.array(z.string()).optional(),
  target_samples: z.array(z.string()).optional(),
  orphan_samples: z.array(z.string()).optional(),
  rivals: z.number().default(0),
  smaller_rivals: z.number().default(0),
  own_rows: z
    .object({
      follows_key: z.number().nullable(),
      below_key: z.number().nullable(),
      same_as_key: z.number().nullable(),
      counts_within: z.number().nullable(),
    })
    .optional(),
});

/** Whether one candidate is a foreign key. */
export const relationshipValidation: ItemKind = {
  job_type: 'relationship_validation',
  material: async (context, { subject_key }) => {
    return candidateMaterial(await schemaOf(context), await candidatesOf(context), subject_key);
  },
  payload: (answer, { content }) => {
    const { cardinality } = z.object({ cardinality: z.string() }).parse(answer);
    const { join } = z
      .object({
        join: z.object({
          cardinality: z.string().nullable(),
          matched_percent: z.number().nullable(),
          is_exact: z.boolean(),
        }),
      })
      .parse(content);
    const isNothing = join.is_exact && join.matched_percent === 0;
    const isKey = cardinality === '1:1' || cardinality === 'N:1';
    return {
      evidence: {
        cardinality: join.cardinality ?? (isKey ? cardinality : 'N:1'),
        veto: isNothing ? 'No value of the source is in the key.' : null,
      },
    };
  },
};

/** What a model is shown of one of the candidates. */
export function candidateMaterial(
  schema: Schema,
  candidates: Candidates,
  relationship_key: string,
): Material | undefined {
  const row = candidates.byKey.get(relationship_key);
  const source = row && columnsOf(schema, row.from_table, row.from_columns);
  const target = row && columnsOf(schema, row.to_table, row.to_columns);
  const table = row && schema.byTable.get(row.to_table);
  if (!row || !source || !target || !table) return undefined;
  const measured = measuredOf(row);
  const join = joinFacts(row, measured);
  const others = (candidates.bySource.get(sourceOf(row)) ?? []).filter((other) => other !== row);
  const { source_samples, target_samples, orphan_samples, own_rows = nothingOfOwnRows } = measured;
  const is_primary = table.primary_key.join(' ') === row.to_columns.join(' ');
  const isOwnKey = row.from_table === row.to_table && is_primary;
  const facts = {
    source: sourceFacts(schema, source, row.source_distinct, own_rows),
    target: keyFacts(table, target, is_primary),
  };
  const isSensitive = [...source, ...target].some((column) => column.is_sensitive);
  return {
    title: relationship_key,
    stable: { ...facts, source: lasting(facts.source), target: lasting(facts.target), join },
    content: {
      source: { ...facts.source, ...(source_samples && !isSensitive && { samples: source_samples }) },
      target: { ...facts.target, ...(target_samples && !isSensitive && { samples: target_samples }) },
      join: {
        ...join,
        ...rivalFacts(measured, own_rows, isOwnKey, row.candidate_rank ?? 1),
        ...claimsOn(candidates, row),
        ...(orphan_samples?.length && !isSensitive && { orphan_samples }),
      },
      other_candidates: others.map((other) => ({
        target: other.to_table,
        columns: other.to_columns,
        ...joinFacts(other, measuredOf(other)),
      })),
      words: wordsFor(schema, source, [{ table, columns: target, is_primary }]),
      database: databaseFacts(schema),
    },
  };
}

/** Which other columns have the same key as their likeliest, of other tables and of the same one, and whether its table may refer back. */
function claimsOn({ firstByTarget }: Candidates, row: RelationshipRow): object {
  const same = firstByTarget.get(targetOf(row)) ?? [];
  const referring = row.from_table === row.to_table ? [] : (firstByTarget.get(sourceOf(row)) ?? []);
  const own = same.filter(({ from_table }) => from_table === row.from_table);
  return {
    other_tables_with_this_key_first: same.length - own.length,
    may_refer_back: referring.some(
      ({ from_table, cardinality }) => from_table === row.to_table && cardinality === 'N:1',
    ),
    other_columns_with_this_key_first: own.filter((other) => sourceOf(other) !== sourceOf(row)).length,
  };
}

function measuredOf(row: RelationshipRow): z.infer<typeof statistics> {
  return statistics.parse({ source_rows: null, key_rows: null, ...row.statistics });
}

/** Ranges move with every row that is added; what columns are called is worded anew by a later node. */
const passing = [
  'lowest',
  'highest',
  'role',
  'semantic_type',
  'place',
  'frequency_trend_percent',
  'mean_percent',
  'follows_own_key_percent',
];

function lasting(facts: object): object {
  return Object.fromEntries(Object.entries(facts).filter(([key]) => !passing.includes(key)));
}

function joinFacts(row: RelationshipRow, measured: z.infer<typeof statistics>): object {
  const { source_distinct, source_matched, target_matched } = row;
  return {
    is_exact: row.is_exact === true,
    matched: rounded(source_matched),
    matched_percent: wholePercent(source_matched, source_distinct),
    orphans: row.orphan_count === 0 ? 0 : rounded(row.orphan_count),
    orphan_percent: wholePercent(row.orphan_count, source_distinct),
    target_covered_percent: wholePercent(target_matched, measured.key_rows),
    expected_covered_percent: wholePercent(measured.expected_matches, measured.key_rows),
    reverse_orphans: rounded(row.reverse_orphans),
    found_by_chance_percent: measured.chance_percent ?? 0,
    range_reached_percent: measured.reach_percent ?? null,
    is_all_of_the_key: source_matched === source_distinct && target_matched === measured.key_rows,
    rows_joined: rounded(row.join_count),
    // Where no row meets another the model's guess is all there is.
    cardinality: row.join_count && (row.cardinality === '1:1' || row.cardinality === 'N:1') ? row.cardinality : null,
  };
}

/** What was inferred, and what a model is told of the neighbours of a candidate. */
export interface Candidates {
  byKey: ReadonlyMap<string, RelationshipRow>;
  bySource: ReadonlyMap<string, readonly RelationshipRow[]>;
  /** The likeliest of each source, by the key that it refers to. */
  firstByTarget: ReadonlyMap<string, readonly RelationshipRow[]>;
}

export function asCandidates(rows: readonly RelationshipRow[]): Candidates {
  const first = rows.filter(({ candidate_rank }) => candidate_rank === 1);
  return {
    byKey: new Map(rows.map((row) => [row.relationship_key, row])),
    bySource: Map.groupBy(rows, sourceOf),
    firstByTarget: Map.groupBy(first, targetOf),
  };
}

function sourceOf({ from_table, from_columns }: RelationshipRow): string {
  return `${from_table} ${from_columns.join(' ')}`;
}

function targetOf({ to_table, to_columns }: RelationshipRow): string {
  return `${to_table} ${to_columns.join(' ')}`;
}

/** All that was inferred; read once a plan, and once a thread by the jobs of a node. */
export function candidatesOf(context: OntologyContext): Promise<Candidates> {
  return context.shared('inferred relationships', async () => {
    const rows = await readRelationships(context.db, context.ontology_id);
    return asCandidates(rows.filter(({ provenance }) => provenance === 'inferred' || provenance === 'feature'));
  });
}
