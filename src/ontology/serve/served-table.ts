import { z } from 'zod';
import type { EntityRow, RelationshipRow, TableRow } from '../../db/ontology-queries.ts';
import { known } from './known.ts';
import { briefColumnSchema, fullColumnSchema } from './served-column.ts';
import { relationshipsOf, tableRelationshipsSchema } from './served-relationship.ts';

const headSchema = z.strictObject({
  table: z.string().describe('as it is written in SQL'),
  business_name: z.string().optional(),
  description: z.string().optional(),
  domain: z.string().optional(),
  aliases: z.array(z.string()).optional(),
  kind: z.string().describe('table, partitioned, partition, view, materialized_view or foreign'),
  entity_kind: z.enum(['entity', 'bridge', 'subtype', 'staging']).optional(),
  rows: z.number().optional().describe('exactly, or as the catalog has it'),
  primary_key: z.array(z.string()).optional(),
  relationships: tableRelationshipsSchema.optional(),
  comment: z.string().optional().describe('what its own database says about it'),
  note: z.string().optional().describe('why it was not looked into'),
  column_count: z.int(),
  columns_left_out: z.int().optional().describe('so many of its columns are on other pages'),
});
export type TableHead = z.infer<typeof headSchema>;

/** A table as depth tables shows it. */
export const briefTableSchema = z.strictObject({ ...headSchema.shape, columns: z.array(briefColumnSchema) });
/** A table as depth columns shows it. */
export const fullTableSchema = z.strictObject({ ...headSchema.shape, columns: z.array(fullColumnSchema) });
export type ServedTable = z.infer<typeof fullTableSchema> | z.infer<typeof briefTableSchema>;

/** All about a table but its columns. */
export function tableHead(
  table: TableRow,
  entity: EntityRow | undefined,
  accepted: readonly RelationshipRow[] | undefined,
): TableHead {
  return headSchema.parse(
    known({
      table: table.table_key,
      business_name: entity?.name,
      description: entity?.description,
      domain: entity?.domain,
      aliases: entity?.aliases,
      kind: table.kind,
      entity_kind: entity?.kind,
      rows: table.row_count ?? table.row_estimate,
      primary_key: table.primary_key,
      relationships: accepted && relationshipsOf(table.table_key, accepted),
      comment: table.comment,
      note: table.profile_status === 'PROFILED' ? null : table.profile_message,
      column_count: table.column_count,
    }),
  );
}
