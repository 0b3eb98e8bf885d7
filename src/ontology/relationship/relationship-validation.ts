import { z } from 'zod';
import { type ColumnRow, type RelationshipRow, readRelationships } from '../../db/ontology-queries.ts';
import type { ItemKind } from '../items.ts';
import { rounded, wholePercent } from '../material.ts';
import type { OntologyContext } from '../ontology-context.ts';
import { databaseFacts, keyFacts, sourceFacts, wordsFor } from './facts.ts';
import { type Schema, schemaOf } from './schema.ts';

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
});

/** Whether one candidate is a foreign key. */
export const relationshipValidation: ItemKind = {
  job_type: 'relationship_validation',
  material: async (context, { subject_key }) => {
    const schema = await schemaOf(context);
    const rows = await candidatesOf(context);
    const row = rows.get(subject_key);
    const source = row && columnsOf(schema, row.from_table, row.from_columns);
    const target = row && columnsOf(schema, row.to_table, row.to_columns);
    const table = row && schema.byTable.get(row.to_table);
    if (!row || !source || !target || !table) return undefined;
    const measured = statistics.parse({ source_rows: null, key_rows: null, ...row.statistics });
    const join = joinFacts(row, measured);
    const others = (await candidatesBySource(context, rows))(row);
    const { source_samples, target_samples, orphan_samples } = measured;
    const is_primary = table.primary_key.join(' ') === row.to_columns.join(' ');
    const facts = {
      source: sourceFacts(schema, source, row.source_distinct),
      target: keyFacts(table, target, is_primary),
    };
    const isSensitive = [...source, ...target].some((column) => column.is_sensitive);
    return {
      title: subject_key,
      stable: { ...facts, source: lasting(facts.source), target: lasting(facts.target), join },
      content: {
        source: { ...facts.source, ...(source_samples && !isSensitive && { samples: source_samples }) },
        target: { ...facts.target, ...(target_samples && !isSensitive && { samples: target_samples }) },
        join: { ...join, ...(orphan_samples?.length && !isSensitive && { orphan_samples }) },
        other_candidates: others.map((other) => ({
          target: other.to_table,
          columns: other.to_columns,
          ...joinFacts(other, statistics.parse({ source_rows: null, key_rows: null, ...other.statistics })),
        })),
        words: wordsFor(schema, source, [{ table, columns: target, is_primary }]),
        database: databaseFacts(schema),
      },
    };
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

/** Ranges move with every row that is added; what columns are called is worded anew by a later node. */
const passing = ['lowest', 'highest', 'role', 'semantic_type'];

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

/** All that was inferred, by key; read once a plan, and once a thread by the jobs of a node. */
export function candidatesOf(context: OntologyContext): Promise<Map<string, RelationshipRow>> {
  return context.shared('inferred relationships', async () => {
    const rows = await readRelationships(context.db, context.ontology_id);
    const inferred = rows.filter(({ provenance }) => provenance === 'inferred' || provenance === 'feature');
    return new Map(inferred.map((row) => [row.relationship_key, row]));
  });
}

/** The other candidates of the same columns. */
async function candidatesBySource(context: OntologyContext, rows: ReadonlyMap<string, RelationshipRow>) {
  const sourceOf = ({ from_table, from_columns }: RelationshipRow) => `${from_table} ${from_columns.join(' ')}`;
  const bySource = await context.shared('candidates by source', async () => Map.groupBy(rows.values(), sourceOf));
  return (row: RelationshipRow) => (bySource.get(sourceOf(row)) ?? []).filter((other) => other !== row);
}

export function columnsOf(schema: Schema, table_key: string, keys: readonly string[]): ColumnRow[] | undefined {
  const columns = schema.columns.get(table_key) ?? [];
  const found = keys.flatMap((key) => columns.find(({ column_key }) => column_key === key) ?? []);
  return found.length === keys.length ? found : undefined;
}
