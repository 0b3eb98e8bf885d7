import type { BackfillScope } from './backfill-queries.ts';
import type { Database } from './connect.ts';
import { asBoolean, exists } from './dialect.ts';
import { queryRows } from './query.ts';
import type { SqlFragment } from './sql-fragment.ts';
import type { Engine } from './url.ts';

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
export function backfillKeySql(
  engine: Engine,
  { backfill_id, unit, rerun }: BackfillScope,
  column: string,
): SqlFragment {
  const key = {
    postgres: `(?::text || ${column} || ?::text) COLLATE "C"`,
    mssql: `CONVERT(nvarchar(800), CONCAT(?, ${column}, ?))`,
  }[engine];
  const live = `FROM llm.job AS k WHERE k.dedupe_key = ${key}`;
  const archived = `FROM llm.job_archive AS k WHERE k.status = 'SUCCEEDED' AND k.dedupe_key = ${key}`;
  const isKnown = `${exists(engine, live)} OR ${exists(engine, archived)}`;
  return {
    sql: asBoolean(engine, isKnown),
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
    {
      postgres: `WITH RECURSIVE given AS (SELECT ?::text COLLATE "C" AS first_key, ?::text COLLATE "C" AS end_key),
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
      // An id is leapt to by the index, one statement of a loop each; SQL Server has no other way to look at but one key of many.
      mssql: `DECLARE @first nvarchar(800) = ?, @end nvarchar(800) = ?, @key nvarchar(800), @id nvarchar(200);
        DECLARE @found TABLE (backfill_id nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY);
        WHILE 1 = 1
        BEGIN
            SELECT @key = MIN(k.dedupe_key)
            FROM (
                SELECT MIN(j.dedupe_key) AS dedupe_key FROM llm.job AS j
                WHERE j.dedupe_key >= @first AND j.dedupe_key < @end
                UNION ALL
                SELECT MIN(a.dedupe_key) FROM llm.job_archive AS a
                WHERE a.dedupe_key >= @first AND a.dedupe_key < @end AND a.status = N'SUCCEEDED') AS k;
            IF @key IS NULL BREAK;
            SET @id = SUBSTRING(@key, 10, CHARINDEX(N':', CONCAT(@key, N':'), 10) - 10);
            INSERT INTO @found (backfill_id) VALUES (@id);
            SET @first = CONCAT(N'backfill:', @id, N';');
        END;
        SELECT f.backfill_id, n.job_type, n.selection, CONVERT(bit, IIF(n.fresh = N'true', 1, 0)) AS fresh, c.priority,
            COALESCE(c.waiting, 0) AS waiting, COALESCE(c.running, 0) AS running, COALESCE(c.done, 0) + z.done AS done,
            COALESCE(c.failed, 0) AS failed, COALESCE(c.cancelled, 0) AS cancelled, c.total + z.done AS total,
            (SELECT MIN(t.at) FROM (VALUES (c.started_at), (z.started_at)) AS t (at)) AS started_at,
            CASE WHEN COALESCE(c.waiting, 0) + COALESCE(c.running, 0) = 0
                THEN (SELECT MAX(t.at) FROM (VALUES (c.finished_at), (z.finished_at)) AS t (at)) END AS finished_at
        FROM @found AS f
        CROSS APPLY (
            SELECT SUM(IIF(j.status IN (N'NEW', N'SCHEDULED'), 1, 0)) AS waiting,
                SUM(IIF(j.status = N'RUNNING', 1, 0)) AS running, SUM(IIF(j.status = N'SUCCEEDED', 1, 0)) AS done,
                SUM(IIF(j.status = N'DEADLETTER', 1, 0)) AS failed, SUM(IIF(j.status = N'CANCELLED', 1, 0)) AS cancelled,
                COUNT(*) AS total, MIN(j.created_at) AS started_at, MAX(j.finished_at) AS finished_at,
                MIN(j.priority) AS priority
            FROM llm.job AS j WHERE ${ofBackfillMssql('j')}) AS c
        CROSS APPLY (
            SELECT COUNT(*) AS done, MIN(a.created_at) AS started_at, MAX(a.finished_at) AS finished_at
            FROM llm.job_archive AS a WHERE a.status = N'SUCCEEDED' AND ${ofBackfillMssql('a')}) AS z
        CROSS APPLY (
            SELECT TOP (1) o.job_type, JSON_QUERY(o.input, '$.backfill.selection') AS selection,
                JSON_VALUE(o.input, '$.fresh') AS fresh
            FROM (
                SELECT j.job_type, j.input, 1 AS place FROM llm.job AS j
                WHERE j.job_id = (SELECT MIN(k.job_id) FROM llm.job AS k WHERE ${ofBackfillMssql('k')})
                UNION ALL
                SELECT a.job_type, a.input, 2 FROM llm.job_archive AS a
                WHERE a.job_id = (SELECT MIN(k.job_id) FROM llm.job_archive AS k
                                  WHERE k.status = N'SUCCEEDED' AND ${ofBackfillMssql('k')})) AS o
            ORDER BY o.place) AS n
        ORDER BY started_at DESC, f.backfill_id OFFSET 0 ROWS FETCH NEXT ? ROWS ONLY`,
    },
    [from, end, limit],
    { json: ['selection'] },
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

function ofBackfillMssql(table: string): string {
  const bound = (end: string) => `CONCAT(N'backfill:', f.backfill_id, N'${end}')`;
  return `${table}.dedupe_key >= ${bound(':')} AND ${table}.dedupe_key < ${bound(';')}`;
}

function ofBackfill(table: string): string {
  return `${table}.dedupe_key >= 'backfill:' || f.backfill_id || ':' AND ${table}.dedupe_key < 'backfill:' || f.backfill_id || ';'`;
}
