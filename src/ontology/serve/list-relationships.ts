import { z } from 'zod';
import type { Database } from '../../db/connect.ts';
import { inSnapshot } from '../../db/in-snapshot.ts';
import { type RelationshipRow, readRelationships, readTables } from '../../db/ontology-queries.ts';
import { asked } from './asked.ts';
import { tableNamed } from './chosen-tables.ts';
import { known } from './known.ts';
import { cursorSchema, datasourceSchema, maxTokensSchema, pageSchema, placeOf } from './page.ts';
import { pageList } from './page-list.ts';
import { servedOntology } from './served-ontology.ts';

export const provenances = ['declared', 'feature', 'inferred', 'manual'] as const;
export const statuses = ['accepted', 'rejected', 'candidate'] as const;

export const relationshipsQuestionSchema = z.strictObject({
  datasource: datasourceSchema,
  table: z.string().min(1).max(1_000).optional().describe('only those of this table, from either side'),
  status: z
    .enum([...statuses, 'all'])
    .default('accepted')
    .describe('accepted: to join by; rejected: with the reason; candidate: not decided yet'),
  provenance: z
    .enum(provenances)
    .optional()
    .describe('declared: a foreign key; feature: by the data alone; inferred: a model said so; manual: a person did'),
  max_tokens: maxTokensSchema.default(6_000).describe('the most that the answer may take, tokens'),
  cursor: cursorSchema.optional(),
});
export type RelationshipsQuestion = z.input<typeof relationshipsQuestionSchema>;

export const servedRelationshipSchema = z.strictObject({
  relationship: z.string().describe('its key'),
  from_table: z.string(),
  from_columns: z.array(z.string()),
  to_table: z.string(),
  to_columns: z.array(z.string()).describe('paired with from_columns'),
  status: z.enum(statuses),
  provenance: z.enum(provenances),
  rejected_because: z
    .enum(['model', 'low_confidence', 'evidence', 'better_target', 'person'])
    .optional()
    .describe('what spoke against it; reasoning says more'),
  cardinality: z.enum(['1:1', 'N:1', '1:N', 'N:M']).optional(),
  confidence: z.number().optional(),
  reasoning: z.string().optional(),
  description: z.string().optional(),
  from_role: z.string().optional(),
  to_role: z.string().optional(),
  evidence: z
    .strictObject({
      join_rows: z.number().optional(),
      source_distinct: z.number().optional(),
      source_matched: z.number().optional().describe('distinct values that refer to a row that there is'),
      orphans: z.number().optional().describe('distinct values that refer to none'),
      source_nulls: z.number().optional(),
      target_matched: z.number().optional(),
      reverse_orphans: z.number().optional().describe('distinct target values that nothing refers to'),
      is_exact: z.boolean().optional().describe('false: counted in a sample'),
    })
    .optional(),
  edited: z.array(z.string()).optional().describe('fields that a person or an agent set'),
});

export const relationshipsAnswerSchema = z.strictObject({
  datasource: z.string(),
  relationships: z.array(servedRelationshipSchema),
  page: pageSchema,
});
export type RelationshipsAnswer = z.infer<typeof relationshipsAnswerSchema>;

/** Which columns refer to which, and why those that seemed to do not. Throws NOT_FOUND, INPUT_INVALID. */
export async function listRelationships(db: Database, given: RelationshipsQuestion): Promise<RelationshipsAnswer> {
  const { max_tokens, cursor, ...about } = asked(relationshipsQuestionSchema, given);
  const { datasource, table, status, provenance } = about;
  const found = await inSnapshot(db, async (snapshot) => {
    const { ontology_id } = await servedOntology(snapshot, datasource);
    const tables = table === undefined ? [] : await readTables(snapshot, ontology_id);
    const table_key = table === undefined ? undefined : tableNamed(datasource, tables, table).table_key;
    return readRelationships(snapshot, ontology_id, {
      ...(status !== 'all' && { status }),
      ...(table_key && { table_key }),
    });
  });
  const rows = found
    .filter((row) => provenance === undefined || row.provenance === provenance)
    .toSorted((a, b) => (a.relationship_key < b.relationship_key ? -1 : 1));
  const question = { tool: 'list_relationships', ...about };
  return pageList({
    rows,
    place: ({ relationship_key }) => [relationship_key],
    tell: served,
    body: (relationships) => ({ datasource, relationships }),
    max_tokens,
    after: placeOf(question, cursor),
    question,
    called: 'relationships',
  });
}

function served(row: RelationshipRow): z.infer<typeof servedRelationshipSchema> {
  return servedRelationshipSchema.parse(
    known({
      relationship: row.relationship_key,
      from_table: row.from_table,
      from_columns: row.from_columns,
      to_table: row.to_table,
      to_columns: row.to_columns,
      status: row.status,
      provenance: row.provenance,
      rejected_because: row.rejected_because,
      cardinality: row.cardinality,
      confidence: row.confidence,
      reasoning: row.reasoning,
      description: row.description,
      from_role: row.from_role,
      to_role: row.to_role,
      evidence: known({
        join_rows: row.join_count,
        source_distinct: row.source_distinct,
        source_matched: row.source_matched,
        orphans: row.orphan_count,
        source_nulls: row.source_nulls,
        target_matched: row.target_matched,
        reverse_orphans: row.reverse_orphans,
        is_exact: row.is_exact,
      }),
      edited: row.edited?.split(','),
    }),
  );
}
