import { z } from 'zod';
import { type EntityRow, type RelationshipRow, readEntities } from '../../db/ontology-queries.ts';
import { known } from './known.ts';
import { Budget, isBehind } from './page.ts';
import type { Part, Served } from './served.ts';

export const servedEntitySchema = z.strictObject({
  name: z.string().describe('what people call one of it'),
  table: z.string(),
  kind: z.enum(['entity', 'bridge', 'subtype', 'staging']).describe('by structure'),
  subtype_of: z.string().optional().describe('the table whose primary key it shares'),
  description: z.string().optional(),
  domain: z.string().optional(),
  aliases: z.array(z.string()).optional(),
  key_columns: z
    .array(z.strictObject({ name: z.string(), synonyms: z.array(z.string()).optional() }))
    .optional()
    .describe('the columns by which people know one of it'),
  occurrence_count: z.int().optional().describe('relationships that refer to it'),
  occurrences: z
    .array(z.strictObject({ table: z.string(), columns: z.array(z.string()), role: z.string().optional() }))
    .optional()
    .describe('columns that refer to it, the first of them'),
  edited: z.array(z.string()).optional().describe('fields that a person or an agent set'),
});
export type ServedEntity = z.infer<typeof servedEntitySchema>;

/** What everything refers to would fill the answer by itself. */
const mostOccurrences = 20;

/** What the tables stand for. */
export async function entitiesDepth(served: Served): Promise<Part<{ entities: ServedEntity[] }>> {
  const { ontology, tables, isChosen, accepted, head, after } = served;
  const keys = new Set(tables.map(({ table_key }) => table_key));
  const all = await readEntities(served.db, ontology.ontology_id);
  const chosen = all
    .filter(({ table_key }) => keys.has(table_key))
    .toSorted((a, b) => (a.table_key < b.table_key ? -1 : 1));
  const without = isChosen ? tables.filter(({ table_key }) => !chosen.some((row) => row.table_key === table_key)) : [];
  const notes = [
    all.length === 0 && 'No entity is known yet: get_progress says how far the extraction is.',
    all.length > 0 &&
      without.length > 0 &&
      `No entity is known of ${without
        .slice(0, 10)
        .map((table) => table.table_key)
        .join(', ')}${without.length > 10 ? ` and ${without.length - 10} more` : ''}.`,
  ].filter((note) => note !== false);
  const budget = new Budget(served.max_tokens, { ...head, notes });
  const rest = chosen.filter(({ table_key }) => isBehind([table_key], after));
  const entities: ServedEntity[] = [];
  for (const row of rest) {
    const entity = servedEntity(row, accepted);
    if (!budget.takes(entities.length === 0, entity)) break;
    entities.push(entity);
  }
  const left = rest.length - entities.length;
  const last = entities.at(-1)?.table;
  return {
    body: { entities },
    notes,
    returned: entities.length,
    total: chosen.length,
    last: left > 0 && last !== undefined ? [last] : undefined,
    left_out: left > 0 ? `${left} entities` : undefined,
  };
}

/** An entity as depth entities shows it. */
export function servedEntity(row: EntityRow, accepted: readonly RelationshipRow[] | undefined): ServedEntity {
  const into = accepted?.filter(({ to_table }) => to_table === row.table_key);
  return servedEntitySchema.parse(
    known({
      name: row.name,
      table: row.table_key,
      kind: row.kind,
      subtype_of: row.subtype_of,
      description: row.description,
      domain: row.domain,
      aliases: row.aliases,
      key_columns: row.key_columns.map(({ name, synonyms }) => known({ name, synonyms })),
      occurrence_count: into?.length,
      occurrences: into
        ?.slice(0, mostOccurrences)
        .map(({ from_table, from_columns, to_role }) =>
          known({ table: from_table, columns: from_columns, role: to_role }),
        ),
      edited: row.edited?.split(','),
    }),
  );
}
