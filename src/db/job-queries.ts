import type { Database } from './connect.ts';
import { instant, likeInAnyCase, likePattern, uuid } from './dialect.ts';
import { queryRows } from './query.ts';

export interface JobRow {
  job_id: number;
  job_type: string;
  subject: string;
  status: string;
  priority: number;
  attempt_count: number;
  available_at: Date;
  last_error_code: string | null;
  last_error: string | null;
}

/** Jobs by id, newest first; undefined conditions do not count. */
export function readJobs(
  db: Database,
  filter: {
    job_type?: string | undefined;
    status?: string | undefined;
    subject_like?: string | undefined;
    limit: number;
  },
): Promise<JobRow[]> {
  const conditions: [string, string | undefined][] = [
    ['job_type = ?', filter.job_type],
    ['status = ?', filter.status],
    [likeInAnyCase[db.engine]('subject'), likePattern(db.engine, filter.subject_like)],
  ];
  const given = conditions.flatMap(([sql, value]) => (value === undefined ? [] : [{ sql, value }]));
  return queryRows<JobRow>(
    db,
    `SELECT job_id, job_type, subject, status, priority, attempt_count, available_at, last_error_code, last_error
     FROM llm.job
     ${given.length > 0 ? `WHERE ${given.map(({ sql }) => sql).join(' AND ')}` : ''}
     ORDER BY job_id DESC OFFSET 0 ROWS FETCH NEXT ? ROWS ONLY`,
    [...given.map(({ value }) => value), filter.limit],
  );
}

export interface JobStory {
  job: Record<string, unknown>;
  runs: Record<string, unknown>[];
  calls: Record<string, unknown>[];
  artifacts: Record<string, unknown>[];
}

/** The attempt that succeeded is its job's run_id; llm.run finds the others by their job. */
const runsOfJob = (() => {
  const runs = `(
         SELECT r.run_id FROM llm.run AS r WHERE r.job_id = w.job_id AND r.status <> 'SUCCEEDED'
         UNION ALL
         SELECT j.run_id FROM llm.job AS j WHERE j.job_id = w.job_id
         UNION ALL
         SELECT a.run_id FROM llm.job_archive AS a WHERE a.job_id = w.job_id) AS o`;
  const job = 'SELECT o.run_id FROM (SELECT CAST(? AS bigint) AS job_id) AS w';
  return { postgres: `${job} CROSS JOIN LATERAL ${runs}`, mssql: `${job} CROSS APPLY ${runs}` };
})();

/** One job with its runs, calls and artifacts; undefined if there is none. */
export async function readJob(db: Database, jobId: number): Promise<JobStory | undefined> {
  const [job] = await queryRows(db, 'SELECT * FROM llm.job WHERE job_id = ?', [jobId]);
  if (!job) return undefined;
  const ofJob = runsOfJob[db.engine];
  const [runs, calls, artifacts] = await Promise.all([
    queryRows(db, `SELECT * FROM llm.run WHERE run_id IN (${ofJob}) ORDER BY started_at`, [jobId]),
    queryRows(
      db,
      `SELECT c.* FROM llm.call AS c
       WHERE c.run_id IN (${ofJob})
       ORDER BY c.started_at, c.call_no`,
      [jobId],
    ),
    queryRows(
      db,
      `SELECT a.run_id, a.artifact_type, a.lake_uri, a.byte_count FROM llm.artifact AS a
       WHERE a.run_id IN (${ofJob})
       ORDER BY a.created_at, a.lake_uri`,
      [jobId],
    ),
  ]);
  return { job, runs, calls, artifacts };
}

export interface RunFilter {
  run_id?: string | undefined;
  job_id?: number | undefined;
  source_page_id?: number | undefined;
  correlation_id?: string | undefined;
  job_type?: string | undefined;
  /** Started at this instant or later. */
  from?: Date | undefined;
  /** Started before this instant. */
  before?: Date | undefined;
}

export interface RunRow {
  run_id: string;
  job_id: number;
  subject: string | null;
  job_type: string | null;
  correlation_id: string;
  status: string;
  started_at: Date;
  model: string | null;
  input_tokens: number;
  output_tokens: number;
  /** Files that are kept, and since when there are none because they were pruned. */
  files: number;
  byte_count: number;
  pruned_at: Date | null;
  /** Where its files lie or lay. */
  lake_uri: string | null;
  manifest_uri: string | null;
}

/** Runs as the lake lists them, newest first, those of archived jobs too. */
export function readRuns(db: Database, filter: RunFilter & { limit: number }): Promise<RunRow[]> {
  const conditions: [string, string | number | undefined][] = [
    [`r.run_id = ${uuid[db.engine]}`, filter.run_id],
    [`r.run_id IN (${runsOfJob[db.engine]})`, filter.job_id],
    ['coalesce(j.source_page_id, h.source_page_id) = ?', filter.source_page_id],
    [`r.correlation_id = ${uuid[db.engine]}`, filter.correlation_id],
    ['coalesce(j.job_type, h.job_type) = ?', filter.job_type],
    [`r.started_at >= ${instant[db.engine]}`, filter.from?.toISOString()],
    [`r.started_at < ${instant[db.engine]}`, filter.before?.toISOString()],
  ];
  const given = conditions.flatMap(([sql, value]) => (value === undefined ? [] : [{ sql, value }]));
  const [each, on] = { postgres: ['LEFT JOIN LATERAL', 'ON true'], mssql: ['OUTER APPLY', ''] }[db.engine];
  const kept = (value: string) => `CASE WHEN k.pruned_at IS NULL THEN ${value} END`;
  return queryRows<RunRow>(
    db,
    `SELECT r.run_id, r.job_id, coalesce(j.subject, h.subject) AS subject, coalesce(j.job_type, h.job_type) AS job_type,
        r.correlation_id, r.status, r.started_at, r.model, r.input_tokens, r.output_tokens, a.files, a.byte_count,
        a.pruned_at, a.lake_uri, a.manifest_uri
     FROM (
        SELECT r.run_id, r.job_id, r.correlation_id, r.status, r.started_at, r.model, r.input_tokens, r.output_tokens
        FROM llm.run AS r LEFT JOIN llm.job AS j ON j.job_id = r.job_id
        LEFT JOIN llm.job_archive AS h ON h.job_id = r.job_id AND j.job_id IS NULL
        ${given.length > 0 ? `WHERE ${given.map(({ sql }) => sql).join(' AND ')}` : ''}
        ORDER BY r.started_at DESC, r.run_id OFFSET 0 ROWS FETCH NEXT ? ROWS ONLY) AS r
     LEFT JOIN llm.job AS j ON j.job_id = r.job_id
     LEFT JOIN llm.job_archive AS h ON h.job_id = r.job_id AND j.job_id IS NULL
     ${each} (
        SELECT count(${kept('1')}) AS files, coalesce(sum(CAST(${kept('k.byte_count')} AS bigint)), 0) AS byte_count,
            max(k.pruned_at) AS pruned_at, min(k.lake_uri) AS lake_uri,
            max(CASE WHEN k.artifact_type = 'manifest' AND k.pruned_at IS NULL THEN k.lake_uri END) AS manifest_uri
        FROM llm.artifact AS k WHERE k.run_id = r.run_id) AS a ${on}
     ORDER BY r.started_at DESC, r.run_id`,
    [...given.map(({ value }) => value), filter.limit],
  );
}

/** Ids of runs that begin or end so, two at most. */
export async function findRuns(db: Database, part: string): Promise<string[]> {
  const rows = await queryRows<{ run_id: string }>(
    db,
    `SELECT run_id FROM llm.run WHERE CAST(run_id AS varchar(36)) LIKE ? OR CAST(run_id AS varchar(36)) LIKE ?
     ORDER BY run_id OFFSET 0 ROWS FETCH NEXT 2 ROWS ONLY`,
    db.engine === 'mssql' ? [`${part.toUpperCase()}%`, `%${part.toUpperCase()}`] : [`${part}%`, `%${part}`],
  );
  return rows.map(({ run_id }) => run_id);
}

export interface QueueRow {
  job_type: string;
  paused: boolean;
  new: number;
  scheduled: number;
  running: number;
  succeeded: number;
  deadletter: number;
  cancelled: number;
  oldest_ready_seconds: number | null;
}

/** How many jobs of each type stand where. */
export function readQueue(db: Database): Promise<QueueRow[]> {
  return queryRows<QueueRow>(db, 'SELECT * FROM llm.vw_queue ORDER BY job_type');
}
