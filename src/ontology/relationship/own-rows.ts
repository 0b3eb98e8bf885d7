import type { Beside, KeyReader } from '../../datasource/key-reader.ts';
import type { ColumnRow, TableRow } from '../../db/ontology-queries.ts';
import { attempt, type EvidenceOptions, sliceOf } from './evidence.ts';
import type { Schema } from './schema.ts';

/** How a column of whole numbers stands to the primary key of its own row. */
export interface OwnRows {
  /** How far it rises as the key does, -1 to 1: rows that came with the row that they refer to. */
  follows_key: number | null;
  /** Share of the rows whose value is lower than their key, and the same as it. */
  below_key: number | null;
  same_as_key: number | null;
  /** Share of the groups of rows with the same other parts of the key whose rows it merely counts: a line's number. */
  counts_within: number | null;
}

/** What is not told of a column that is no whole number, or whose table has no such key. */
export const nothingOfOwnRows: OwnRows = { follows_key: null, below_key: null, same_as_key: null, counts_within: null };

/** Columns that one statement looks at. */
const atOnce = 50;

/** What the rows of a table say of its columns before anything is looked up, by column_key. */
export async function ownRows(
  reader: KeyReader,
  schema: Schema,
  table_key: string,
  sources: readonly ColumnRow[],
  options: EvidenceOptions,
): Promise<Map<string, OwnRows>> {
  const table = schema.byTable.get(table_key);
  const numbers = sources.filter(({ type_family }) => type_family === 'integer');
  const found = new Map<string, OwnRows>();
  if (!table || (table.row_count ?? 0) === 0) return found;
  const key = table.primary_key.flatMap((part) => columnOf(schema, table, part) ?? []);
  const [own] = key;
  const others = numbers.filter((column) => column !== own);
  // What holds up one statement holds up the next: the lookups learn of it, and the rest is left open.
  const refuse = () => options.refused?.sources.set(table_key, (options.refused.sources.get(table_key) ?? 0) + 1);
  if (key.length === 1 && own?.type_family === 'integer') {
    for (let at = 0; at < others.length; at += atOnce) {
      const columns = others.slice(at, at + atOnce);
      const list = await attempt(() => reader.beside(sliceOf(table, [...columns, own], options)));
      if (!list) {
        refuse();
        break;
      }
      for (const [place, { column_key }] of columns.entries()) {
        const told = list[place] && ownKeyOf(list[place]);
        if (told) found.set(column_key, told);
      }
    }
  }
  for (const part of key.length > 1 ? key.filter((column) => numbers.includes(column)) : []) {
    const slice = sliceOf(table, [part, ...key.filter((column) => column !== part)], options);
    // Of a sample no group is whole.
    if (slice.percent !== undefined) continue;
    const counted = await attempt(() => reader.countsWithin(slice));
    if (!counted) {
      refuse();
      break;
    }
    if (counted.groups > 0)
      found.set(part.column_key, { ...nothingOfOwnRows, counts_within: rate(counted.counted / counted.groups) });
  }
  return found;
}

function ownKeyOf({ rows, lower, same, correlation }: Beside): OwnRows | undefined {
  if (rows === 0) return undefined;
  const follows_key = correlation === null ? null : rate(correlation);
  return { ...nothingOfOwnRows, follows_key, below_key: rate(lower / rows), same_as_key: rate(same / rows) };
}

/** To a thousandth: what is counted twice is the same. */
function rate(share: number): number {
  return Math.max(-1, Math.min(1, Math.round(share * 1000) / 1000));
}

function columnOf(schema: Schema, { table_key }: TableRow, key: string): ColumnRow | undefined {
  return schema.columns.get(table_key)?.find(({ column_key }) => column_key === key);
}
