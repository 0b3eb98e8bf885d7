import { readFileSync } from 'node:fs';
import pg from 'pg';
import { z } from 'zod';
import { objectKey, partsOf } from '../../src/datasource/object-key.ts';
import { quotePostgres } from '../../src/datasource/quote.ts';
import type { RelationshipRow } from '../../src/db/ontology-queries.ts';
import type { TrueKey } from './copy-database.ts';

const file = z.object({
  foreign_keys: z.array(
    z.object({ from: z.string(), columns: z.array(z.string()), to: z.string(), to_columns: z.array(z.string()) }),
  ),
});

/** The foreign keys that a file tells; its columns are plain names. */
export function readTruth(path: string): TrueKey[] {
  const { foreign_keys } = file.parse(JSON.parse(readFileSync(path, 'utf8')));
  const keys = (names: readonly string[]) => names.map((name) => objectKey([name]));
  return foreign_keys.map(({ from, columns, to, to_columns }) => ({
    from,
    columns: keys(columns),
    to,
    to_columns: keys(to_columns),
  }));
}

/** The cardinalities that the data of the copy shows; undefined where it has no rows. */
export async function asKnown(url: string, rows: readonly RelationshipRow[]): Promise<(string | undefined)[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const known: (string | undefined)[] = [];
  for (const { from_table, from_columns, cardinality } of rows) {
    const columns = from_columns.map((key) => quotePostgres(...partsOf(key)));
    const { rows: found } = await client.query<{ rows: string; different: string }>(
      `SELECT count(*) AS rows, count(DISTINCT (${columns.join(', ')})) AS different FROM ${quotePostgres(...partsOf(from_table))}
       WHERE ${columns.map((column) => `${column} IS NOT NULL`).join(' AND ')}`,
    );
    const [row] = found;
    const isEmpty = !row || row.rows === '0';
    known.push(isEmpty ? (cardinality ?? undefined) : row.rows === row.different ? '1:1' : 'N:1');
  }
  await client.end();
  return known;
}
