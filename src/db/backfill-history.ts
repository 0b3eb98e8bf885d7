import type { BackfillScope } from './backfill-queries.ts';
import type { Database } from './connect.ts';
import { queryRows } from './query.ts';
import type { SqlFragment } from './sql-fragment.ts';

/** A backfill and how far its jobs are; it is nothing but its jobs, found by the beginning of their dedupe keys. */
export interface BackfillProgress {
  backfill_id: string;
  job_type: string;
  /** As it was given to the first of its jobs; null if all of them are archived without it. */
  selection: unknown;
  fresh: boolean;
  priority: number | null;
  waiting: number;
  running: number;
  done: number;
  failed: number;
  cancelled: number;
  total: number;
  started_at: Date;
  /** When the last job ended; null while any is open. */
  finished_at: Date | null;
}

/** `backfill:<id>:page:<source_page_id>`; usp_enqueue_jobs puts the ordinal of the rerun behind it. */
export function backfillKey(backfill_id: string, unit: string, unit_id: number): string {
  return `${keyPrefix}${backfill_id}:${unit}:${unit_id}`;
}

/** Whether the backfill has a job for the unit whose id is in `column`. */
export function backfillKeySql({ backfill_id, unit, rerun }: BackfillScope, column: string): SqlFragment {
  const key = `(?::text || ${column} || ?::text) COLLATE "C"`;
  return {
    sql: `coalesce((SELECT true FROM llm.job AS k WHERE k.dedupe_key = ${key} LIMIT 1),
        (SELECT true FROM llm.job_archive AS k WHERE k.status = 'SUCCEEDED' AND k.dedupe_key = ${key} LIMIT 1), false)`,
    values: [0, 1].flatMap(() => [`${keyPrefix}${backfill_id}:${unit}:`, `:rerun:${rerun}`]),
  };
}

const keyPrefix = 'backfill:';

/**
 * Backfills whose id begins with `prefix`, newest first. The ids are found by leaping through the index of dedupe keys;
 * `;` follows `:` in the "C" collation. Archived jobs that failed are not counted: their keys are free again.
 */
export function readBackfills(db: Database, prefix: string, limit: number): Promise<BackfillProgress[]> {
  const from = `${keyPrefix}${prefix}`;
  const end = prefix === '' ? 'backfill;' : `${from}\u{10ffff}`;
  return queryRows<BackfillProgress>(
    db,
    `WITH RECURSIVE given AS (SELECT ?::text COLLATE "C" AS first_key, ?::text COLLATE "C" AS end_key),
     found (backfill_id) AS (
         SELECT ${nextId('(SELECT g.first_key FROM given AS g)')}
         UNION ALL
         SELECT ${nextId("'backfill:' || f.backfill_id || ';'")} FROM found AS f WHERE f.backfill_id IS NOT NULL
     )
     SELECT f.backfill_id, n.job_type, n.selection, coalesce(n.fresh, false) AS fresh, c.priority, c.waiting, c.running,
         c.done + z.done AS done, c.failed, c.cancelled, c.total + z.done AS total,
         least(c.started_at, z.started_at) AS started_at,
         CASE WHEN c.waiting + c.running = 0 THEN greatest(c.finished_at, z.finished_at) END AS finished_at
     FROM found AS f
     CROSS JOIN LATERAL (
         SELECT count(*) FILTER (WHERE j.status IN ('NEW', 'SCHEDULED')) AS waiting,
             count(*) FILTER (WHERE j.status = 'RUNNING') AS running,
             count(*) FILTER (WHERE j.status = 'SUCCEEDED') AS done,
             count(*) FILTER (WHERE j.status = 'DEADLETTER') AS failed,
             count(*) FILTER (WHERE j.status = 'CANCELLED') AS cancelled,
             count(*) AS total, min(j.created_at) AS started_at, max(j.finished_at) AS finished_at,
             min(j.priority) AS priority
         FROM llm.job AS j WHERE ${ofBackfill('j')}) AS c
     CROSS JOIN LATERAL (
         SELECT count(*) AS done, min(a.created_at) AS started_at, max(a.finished_at) AS finished_at
         FROM llm.job_archive AS a WHERE a.status = 'SUCCEEDED' AND ${ofBackfill('a')}) AS z
     CROSS JOIN LATERAL (
         SELECT o.job_type, o.input #> '{backfill,selection}' AS selection, (o.input ->> 'fresh')::boolean AS fresh
         FROM (SELECT * FROM (SELECT j.job_type, j.input FROM llm.job AS j WHERE ${ofBackfill('j')} LIMIT 1) AS live
               UNION ALL
               SELECT * FROM (SELECT a.job_type, a.input FROM llm.job_archive AS a
                              WHERE a.status = 'SUCCEEDED' AND ${ofBackfill('a')} LIMIT 1) AS archived) AS o
         LIMIT 1) AS n
     ORDER BY started_at DESC, f.backfill_id
     LIMIT ?`,
    [from, end, limit],
  );
}

/** The id within the first key at or after `key`, live or archived; null after the last. */
function nextId(key: string): string {
  const first = (table: string, condition: string) =>
    `(SELECT k.dedupe_key FROM ${table} AS k
      WHERE k.dedupe_key >= (${key}) AND k.dedupe_key < (SELECT g.end_key FROM given AS g) ${condition}
      ORDER BY k.dedupe_key LIMIT 1)`;
  return `split_part(least(${first('llm.job', '')}, ${first('llm.job_archive', "AND k.status = 'SUCCEEDED'")}), ':', 2)`;
}

function ofBackfill(table: string): string {
  return `${table}.dedupe_key >= 'backfill:' || f.backfill_id || ':' AND ${table}.dedupe_key < 'backfill:' || f.backfill_id || ';'`;
}
