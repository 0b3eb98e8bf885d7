import type { Database } from './connect.ts';
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
  return queryRows<JobRow>(
    db,
    `SELECT job_id, job_type, subject, status, priority, attempt_count, available_at, last_error_code, last_error
     FROM llm.job
     WHERE (?::text IS NULL OR job_type = ?::text) AND (?::text IS NULL OR status = ?::text)
       AND (?::text IS NULL OR subject ILIKE ?::text)
     ORDER BY job_id DESC LIMIT ?`,
    [
      filter.job_type ?? null,
      filter.job_type ?? null,
      filter.status ?? null,
      filter.status ?? null,
      filter.subject_like ?? null,
      filter.subject_like ?? null,
      filter.limit,
    ],
  );
}

export interface JobStory {
  job: Record<string, unknown>;
  runs: Record<string, unknown>[];
  calls: Record<string, unknown>[];
  artifacts: Record<string, unknown>[];
}

/** The attempt that succeeded is its job's run_id; llm.run finds the others by their job. */
const runsOfJob = `SELECT o.run_id
     FROM (SELECT ?::bigint AS job_id) AS w
     CROSS JOIN LATERAL (
         SELECT r.run_id FROM llm.run AS r WHERE r.job_id = w.job_id AND r.status <> 'SUCCEEDED'
         UNION ALL
         SELECT j.run_id FROM llm.job AS j WHERE j.job_id = w.job_id
         UNION ALL
         SELECT a.run_id FROM llm.job_archive AS a WHERE a.job_id = w.job_id) AS o`;

/** One job with its runs, calls and artifacts; undefined if there is none. */
export async function readJob(db: Database, jobId: number): Promise<JobStory | undefined> {
  const [job] = await queryRows(db, 'SELECT * FROM llm.job WHERE job_id = ?', [jobId]);
  if (!job) return undefined;
  const [runs, calls, artifacts] = await Promise.all([
    queryRows(db, `SELECT * FROM llm.run WHERE run_id IN (${runsOfJob}) ORDER BY started_at`, [jobId]),
    queryRows(
      db,
      `SELECT c.* FROM llm.call AS c
       WHERE c.run_id IN (${runsOfJob})
       ORDER BY c.started_at, c.call_no`,
      [jobId],
    ),
    queryRows(
      db,
      `SELECT a.run_id, a.artifact_type, a.lake_uri, a.byte_count FROM llm.artifact AS a
       WHERE a.run_id IN (${runsOfJob})
       ORDER BY a.created_at, a.lake_uri`,
      [jobId],
    ),
  ]);
  return { job, runs, calls, artifacts };
}

/** Rows of llm.artifact after a key, in order, at most `limit`; of one run if it is named. */
export function readArtifacts(
  db: Database,
  after: string,
  limit: number,
  runId?: string,
): Promise<{ lake_uri: string; content_sha256: string; byte_count: number }[]> {
  return queryRows(
    db,
    `SELECT lake_uri, content_sha256, byte_count FROM llm.artifact
     WHERE lake_uri > ? AND (?::uuid IS NULL OR run_id = ?::uuid) ORDER BY lake_uri LIMIT ?`,
    [after, runId ?? null, runId ?? null, limit],
  );
}

/** Runs as the lake lists them, newest first; by run, job, page or correlation id. */
export function readRuns(
  db: Database,
  filter: {
    run_id?: string | undefined;
    job_id?: number | undefined;
    source_page_id?: number | undefined;
    correlation_id?: string | undefined;
    date?: string | undefined;
    limit: number;
  },
): Promise<Record<string, unknown>[]> {
  const conditions: [string, string | number | undefined][] = [
    ['r.run_id = ?::uuid', filter.run_id],
    [`r.run_id IN (${runsOfJob})`, filter.job_id],
    ['j.source_page_id = ?', filter.source_page_id],
    ['r.correlation_id = ?::uuid', filter.correlation_id],
    ["to_char(r.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') LIKE ? || '%'", filter.date],
  ];
  const given = conditions.flatMap(([sql, value]) => (value === undefined ? [] : [{ sql, value }]));
  return queryRows(
    db,
    `SELECT r.run_id, r.job_id, j.subject, j.job_type, r.status, r.started_at, r.model, r.input_tokens, r.output_tokens,
        (SELECT a.lake_uri FROM llm.artifact AS a WHERE a.run_id = r.run_id AND a.artifact_type = 'manifest') AS manifest_uri
     FROM llm.run AS r LEFT JOIN llm.job AS j ON j.job_id = r.job_id
     ${given.length > 0 ? `WHERE ${given.map(({ sql }) => sql).join(' AND ')}` : ''}
     ORDER BY r.started_at DESC LIMIT ?`,
    [...given.map(({ value }) => value), filter.limit],
  );
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
  return queryRows<QueueRow>(
    db,
    `SELECT t.job_type, t.paused,
        count(*) FILTER (WHERE j.status = 'NEW')::integer AS new,
        count(*) FILTER (WHERE j.status = 'SCHEDULED')::integer AS scheduled,
        count(*) FILTER (WHERE j.status = 'RUNNING')::integer AS running,
        count(*) FILTER (WHERE j.status = 'SUCCEEDED')::integer AS succeeded,
        count(*) FILTER (WHERE j.status = 'DEADLETTER')::integer AS deadletter,
        count(*) FILTER (WHERE j.status = 'CANCELLED')::integer AS cancelled,
        round(extract(epoch FROM clock_timestamp() - min(j.available_at) FILTER (WHERE j.status = 'NEW')))::integer AS oldest_ready_seconds
     FROM llm.job_type AS t LEFT JOIN llm.job AS j ON j.job_type = t.job_type
     GROUP BY t.job_type, t.paused ORDER BY t.job_type`,
  );
}
