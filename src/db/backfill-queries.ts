import { entityCandidates, entityMatches } from './backfill-entity-sql.ts';
import { pageCandidates, pageMatches } from './backfill-page-sql.ts';
import type { BackfillSelection } from './backfill-selection.ts';
import type { Database } from './connect.ts';
import { queryRows } from './query.ts';
import { joined, type SqlFragment } from './sql-fragment.ts';

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

/** How bytes become chunks, for the estimate. Sizes in tokens. */
export interface ChunkSizes {
  bytes_per_token: number;
  max_tokens: number;
  overlap_tokens: number;
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
    const { sql, values } = statement(scope, after, step, columns, 'ORDER BY m.unit_id');
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
  const wanted = 'FILTER (WHERE NOT m.is_known AND NOT m.is_waiting)';
  const columns = `count(m.unit_id) AS rows, count(*) FILTER (WHERE m.is_known) AS known,
    count(*) FILTER (WHERE m.is_waiting AND NOT m.is_known) AS waiting,
    coalesce(sum(${chunks}) ${wanted}, 0)::bigint AS chunks,
    coalesce(sum(${tokens} + (${chunks} - 1) * ${Number(overlap_tokens)}) ${wanted}, 0)::bigint AS content_tokens`;
  for (let after = 0; ; ) {
    const { sql, values } = statement(scope, after, step, columns, '');
    const [found] = await queryRows<{ seen: number | null } & BackfillSum>(db, sql, values);
    if (!found || found.seen === null) return;
    yield { ...found, seen: found.seen };
    after = found.seen;
  }
}

/** How many tokens and chunks a text of so many bytes has. */
export function chunkSql(
  bytes: string,
  { bytes_per_token, max_tokens, overlap_tokens }: ChunkSizes,
): { tokens: string; chunks: string } {
  const tokens = `ceil(${bytes} / ${Number(bytes_per_token)}.0)`;
  const chunks = `CASE WHEN ${tokens} <= ${Number(max_tokens)} THEN 1
    ELSE 1 + ceil((${tokens} - ${Number(max_tokens)}) / ${Number(max_tokens - overlap_tokens)}.0) END`;
  return { tokens, chunks };
}

/** The highest id there is, for showing how far a walk has come. */
export async function highestUnit(db: Database, unit: BackfillUnit): Promise<number> {
  const column = unit === 'page' ? 'source_page_id' : 'entity_id';
  const table = unit === 'page' ? 'ingest.source_page' : 'kb.dim_entity';
  const [row] = await queryRows<{ id: number | null }>(db, `SELECT max(${column}) AS id FROM ${table}`);
  return row?.id ?? 0;
}

function statement(scope: BackfillScope, after: number, step: number, columns: string, order: string): SqlFragment {
  const candidates = scope.unit === 'page' ? pageCandidates : entityCandidates;
  const matches = scope.unit === 'page' ? pageMatches : entityMatches;
  return joined(
    [
      { sql: 'WITH candidate AS MATERIALIZED (', values: [] },
      candidates(scope.selection, after, step),
      { sql: '), matching AS (', values: [] },
      ...matches(scope),
      {
        sql: `) SELECT k.seen, ${columns}
              FROM (SELECT max(c.unit_id) AS seen FROM candidate AS c) AS k
              LEFT JOIN matching AS m ON true
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
