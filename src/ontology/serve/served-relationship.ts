import { z } from 'zod';
import type { RelationshipRow } from '../../db/ontology-queries.ts';

const cardinality = z
  .enum(['1:1', 'N:1', '1:N', 'N:M'])
  .optional()
  .describe('read from the columns that refer to those referred to');

/** What a table refers to: how to join it. */
export const referenceSchema = z.strictObject({
  columns: z.array(z.string()).describe('columns of this table'),
  to_table: z.string(),
  to_columns: z.array(z.string()).describe('paired with columns'),
  cardinality,
  to_role: z.string().optional().describe('what the row that is referred to is to this one'),
  description: z.string().optional(),
});

/** What refers to a table. */
export const referrerSchema = z.strictObject({
  columns: z.array(z.string()).describe('columns of this table that are referred to'),
  from_table: z.string(),
  from_columns: z.array(z.string()).describe('paired with columns'),
  cardinality,
  from_role: z.string().optional().describe('what the row that refers is to this one'),
});

export const tableRelationshipsSchema = z.strictObject({
  references: z.array(referenceSchema),
  referenced_by: z.array(referrerSchema),
  referenced_by_left_out: z
    .int()
    .optional()
    .describe('so many more tables refer to it: list_relationships with its name'),
});
export type TableRelationships = z.infer<typeof tableRelationshipsSchema>;

/** Tables that everything refers to would fill the answer with what is said at the other end. */
const mostReferrers = 20;

/** The accepted relationships of one table, from both sides. */
export function relationshipsOf(
  table_key: string,
  accepted: readonly RelationshipRow[],
): TableRelationships | undefined {
  const out = accepted.filter(({ from_table }) => from_table === table_key);
  const into = accepted.filter(({ to_table }) => to_table === table_key);
  if (out.length + into.length === 0) return undefined;
  return {
    references: out.map((row) => ({
      columns: row.from_columns,
      to_table: row.to_table,
      to_columns: row.to_columns,
      ...(row.cardinality !== null && { cardinality: row.cardinality }),
      ...(row.to_role !== null && { to_role: row.to_role }),
      ...(row.description !== null && { description: row.description }),
    })),
    referenced_by: into.slice(0, mostReferrers).map((row) => ({
      columns: row.to_columns,
      from_table: row.from_table,
      from_columns: row.from_columns,
      ...(row.cardinality !== null && { cardinality: row.cardinality }),
      ...(row.from_role !== null && { from_role: row.from_role }),
    })),
    ...(into.length > mostReferrers && { referenced_by_left_out: into.length - mostReferrers }),
  };
}
