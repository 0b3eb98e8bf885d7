import type { KeyReader } from '../../datasource/key-reader.ts';
import type { ColumnRow } from '../../db/ontology-queries.ts';
import { canAgree, mayBePart, present } from './eligibility.ts';
import { type Evidence, type EvidenceOptions, gatherEvidence } from './evidence.ts';
import { promise, ranked } from './rank.ts';
import { holdsRows, type Schema, type TargetKey } from './schema.ts';
import { namesAgree } from './words.ts';

/** How many columns of a table stand for one column of a composite key, at most, and how many pairings are looked up. */
const mostColumns = 3;
const mostPairings = 4;
/** Keys that the columns of one table are looked up in. */
const mostKeys = 8;

/**
 * Columns of a table that together may refer to a composite key: each value for itself occurs in its column of the key,
 * then the pairings are looked up as a whole.
 */
export async function compositeEvidence(
  reader: KeyReader,
  schema: Schema,
  table_key: string,
  options: EvidenceOptions,
): Promise<{ found: Evidence[]; skipped: string[] }> {
  const table = schema.byTable.get(table_key);
  if (!table || !holdsRows(table)) return { found: [], skipped: [] };
  const columns = (schema.columns.get(table_key) ?? []).filter((column) => mayBePart(column) && present(column) > 0);
  const keys = schema.keys
    .filter((key) => key.columns.length > 1 && (key.table.row_count ?? 0) > 0)
    .map((key) => ({ key, pairings: pairingsOf(schema, columns, key) }))
    .filter(({ pairings }) => pairings.length > 0)
    .sort((a, b) => (b.pairings[0]?.score ?? 0) - (a.pairings[0]?.score ?? 0))
    .slice(0, mostKeys);
  const found: Evidence[] = [];
  const skipped: string[] = [];
  for (const { key, pairings } of keys) {
    const own: Evidence[] = [];
    for (const { source } of pairings.slice(0, mostPairings)) {
      options.signal?.throwIfAborted();
      const gathered = await gatherEvidence(reader, schema, source, [key], options);
      own.push(...gathered.found.filter(({ matched }) => matched > 0));
      skipped.push(...gathered.skipped);
    }
    const [best] = own.sort((a, b) => promise(b) - promise(a));
    if (best) found.push(best);
  }
  const bySource = Map.groupBy(found, ({ source }) => source.map(({ column_key }) => column_key).join(' '));
  return { found: [...bySource.values()].flatMap(ranked), skipped };
}

interface Pairing {
  source: ColumnRow[];
  score: number;
}

/** For each column of the key those of the table that are likest to it, in all combinations without repetition, best first. */
function pairingsOf(schema: Schema, columns: readonly ColumnRow[], key: TargetKey): Pairing[] {
  const lists = key.columns.map((target) =>
    columns
      .filter((source) => source !== target && canAgree(source, target) && isFiner(source, target))
      .map((source) => ({ source, score: likeness(schema, source, target, key) }))
      .sort((a, b) => b.score - a.score)
      .slice(0, mostColumns),
  );
  const pairings = lists.reduce<Pairing[]>(
    (all, list) =>
      all.flatMap(({ source, score }) =>
        list
          .filter((next) => !source.includes(next.source))
          .map((next) => ({ source: [...source, next.source], score: score + next.score })),
      ),
    [{ source: [], score: 0 }],
  );
  return pairings.sort((a, b) => b.score - a.score);
}

/** Not more different values than the column of the key has, where both were counted. */
function isFiner(source: ColumnRow, target: ColumnRow): boolean {
  if (!source.is_distinct_exact || !target.is_distinct_exact) return true;
  return (source.distinct_count ?? 0) <= (target.distinct_count ?? 0) * 1.1;
}

function likeness(schema: Schema, source: ColumnRow, target: ColumnRow, key: TargetKey): number {
  const tableName = schema.byTable.get(source.table_key)?.table_name ?? '';
  const names = namesAgree(
    { table: tableName, columns: [source.column_name] },
    { table: key.table.table_name, columns: [target.column_name] },
    schema.words,
  );
  const [one, other] = [source.distinct_count ?? 0, target.distinct_count ?? 0];
  const alike = one === 0 || other === 0 ? 0 : Math.min(one, other) / Math.max(one, other);
  const ends = Number(source.min_value === target.min_value) + Number(source.max_value === target.max_value);
  return 2 * names + alike + 0.5 * ends + (source.data_type === target.data_type ? 0.5 : 0);
}
