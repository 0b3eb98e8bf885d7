import type { ColumnRow, RelationshipRow, TableRow } from '../../src/db/ontology-queries.ts';
import { sourcesOf } from '../../src/ontology/relationship/eligibility.ts';
import { asSchema, type Schema } from '../../src/ontology/relationship/schema.ts';
import { shortlist } from '../../src/ontology/relationship/shortlist.ts';
import type { TrueKey } from './copy-database.ts';
import { asKey, keyName } from './score.ts';

/** Where true keys are lost, in the order of the pipeline. */
export const losses = [
  'no source',
  'not looked up',
  'not among the candidates',
  'no candidate as a pair',
  'model',
  'low_confidence',
  'evidence',
  'better_target',
] as const;
export type Loss = (typeof losses)[number];

/** For each key that was not found the step that lost it. */
export function lostKeys(
  missed: readonly TrueKey[],
  { tables, columns, relationships }: Found,
): { key: TrueKey; loss: Loss }[] {
  const schema = asSchema(tables, columns);
  const rows = new Map(relationships.map((row) => [keyName(asKey(row)), row]));
  return missed.map((key) => ({ key, loss: lossOf(key, schema, rows.get(keyName(key))) }));
}

interface Found {
  tables: readonly TableRow[];
  columns: readonly ColumnRow[];
  relationships: readonly RelationshipRow[];
}

function lossOf({ from, columns, to, to_columns }: TrueKey, schema: Schema, row: RelationshipRow | undefined): Loss {
  if (row) return losses.find((loss) => loss === row.rejected_because) ?? 'model';
  if (columns.length > 1) return 'no candidate as a pair';
  const source = sourcesOf(schema, from).find(({ column_key }) => column_key === columns[0]);
  if (!source) return 'no source';
  const isListed = shortlist(schema, source).some(
    (target) => target.table.table_key === to && target.columns[0]?.column_key === to_columns[0],
  );
  return isListed ? 'not among the candidates' : 'not looked up';
}
