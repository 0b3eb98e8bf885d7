import { entityCandidates, entityMatches } from './backfill-entity-sql.ts';
import { pageCandidates, pageMatches } from './backfill-page-sql.ts';
import type { BackfillSelection } from './backfill-selection.ts';
import type { Database } from './connect.ts';
import { truth } from './dialect.ts';
import { queryRows } from './query.ts';
import { joined, type SqlFragment } from './sql-fragment.ts';
import { type ChunkSizes, chunkSql } from './text-size-sql.ts';
import type { Engine } from './url.ts';

/** What a job of the type is about. */
export type BackfillUnit = 'page' | 'entity';

export interface BackfillScope {
  backfill_id: string;
  /** The ordinal in the dedupe keys of its jobs. */
  rerun: number;
  job_type: string;
  unit: BackfillUnit;
  selection: BackfillSelection;
  /** Only a job that passes the cache by counts as waiting already. */
  fresh: boolean;
}

/** A page or an entity that a backfill is for. */
export interface BackfillRow {
  /** source_page_id or entity_id. */
  unit_id: number;
  title: string;
  /** Of the page's text in UTF-8, or of an entity's evidence. */
  byte_count: number;
  /** This backfill has its job already. */
  is_known: boolean;
  /** A job of the type is waiting or running already. */
  is_waiting: boolean;
}

/** What matched in one step; those that are known or wait already count as such, and for nothing else. */
export interface BackfillSum {
  rows: number;
  known: number;
  waiting: number;
  chunks: number;
  content_tokens: number;
}

/** So many pages or entities are looked at in one statement, whatever share of them matches. */
export const backfillStep = 10_000;

/** The matching rows in order of id, step by step; `seen` is the last id that was looked at. */
export async function* readBackfillRows(
  db: Database,
  scope: BackfillScope,
  step = backfillStep,
): AsyncGenerator<{ seen: number; rows: BackfillRow[] }> {
  const columns = 'm.unit_id, m.title, m.byte_count, m.is_known, m.is_waiting';
  for (let after = 0; ; ) {
    const { sql, values } = statement(db.engine, scope, after, step, columns, 'ORDER BY m.unit_id');
    const found = await queryRows<{ seen: number | null } & Nullable<BackfillRow>>(db, sql, values);
    const seen = found[0]?.seen ?? null;
    if (seen === null) return;
    yield { seen, rows: found.filter(isRow) };
    after = seen;
  }
}

/** The same, only counted. */
export async function* sumBackfillRows(
  db: Database,
  scope: BackfillScope,
  sizes: ChunkSizes,
  step = backfillStep,
): AsyncGenerator<{ seen: number } & BackfillSum> {
  const { overlap_tokens } = sizes;
  const { tokens, chunks } = chunkSql('m.byte_count', sizes);
  const { t, f } = truth[db.engine];
  const wanted = `m.is_known = ${f} AND m.is_waiting = ${f}`;
  const count = (condition: string) => `count(CASE WHEN ${condition} THEN 1 END)`;
  const sum = (size: string) => `coalesce(sum(CASE WHEN ${wanted} THEN ${size} END), 0)`;
  const columns = `count(m.unit_id) AS rows, ${count(`m.is_known = ${t}`)} AS known,
    ${count(`m.is_waiting = ${t} AND m.is_known = ${f}`)} AS waiting, ${sum(chunks)} AS chunks,
    ${sum(`${tokens} + (${chunks} - 1) * ${Number(overlap_tokens)}`)} AS content_tokens`;
  for (let after = 0; ; ) {
    const { sql, values } = statement(db.engine, scope, after, step, columns, '');
    const [found] = await queryRows<{ seen: number | null } & BackfillSum>(db, sql, values);
    if (!found || found.seen === null) return;
    yield { ...found, seen: found.seen };
    after = found.seen;
  }
}

/** The highest id there is, for showing how far a walk has come. */
export async function highestUnit(db: Database, unit: BackfillUnit): Promise<number> {
  const column = unit === 'page' ? 'source_page_id' : 'entity_id';
  const table = unit === 'page' ? 'ingest.source_page' : 'kb.dim_entity';
  const [row] = await queryRows<{ id: number | null }>(db, `SELECT max(${column}) AS id FROM ${table}`);
  return row?.id ?? 0;
}

function statement(
  engine: Engine,
  scope: BackfillScope,
  after: number,
  step: number,
  columns: string,
  order: string,
): SqlFragment {
  const candidates = scope.unit === 'page' ? pageCandidates : entityCandidates;
  const matches = scope.unit === 'page' ? pageMatches : entityMatches;
  return joined(
    [
      { sql: `WITH candidate AS ${engine === 'postgres' ? 'MATERIALIZED ' : ''}(`, values: [] },
      candidates(engine, scope.selection, after, step),
      { sql: '), matching AS (', values: [] },
      ...matches(engine, scope),
      {
        sql: `) SELECT k.seen, ${columns}
              FROM (SELECT max(c.unit_id) AS seen FROM candidate AS c) AS k
              LEFT JOIN matching AS m ON 1 = 1
              ${order === '' ? 'GROUP BY k.seen' : order}`,
        values: [],
      },
    ],
    '\n',
  );
}

type Nullable<Row> = { [Column in keyof Row]: Row[Column] | null };

function isRow<Row extends { unit_id: number | null }>(row: Row): row is Row & BackfillRow {
  return row.unit_id !== null;
}
