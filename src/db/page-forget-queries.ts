import type { Database } from './connect.ts';
import { queryRows } from './query.ts';

/** What erasing a page takes away with it. */
export interface ForgetCounts {
  pages: number;
  chunks: number;
  assertions: number;
  jobs: number;
  runs: number;
  artifacts: number;
}

const runsOfPage = `WITH version AS (
        SELECT source_page_id FROM ingest.source_page WHERE source_system = ? AND external_id = ?
     ), job AS (
        SELECT j.job_id, j.run_id FROM llm.job AS j JOIN version AS v ON v.source_page_id = j.source_page_id
        UNION SELECT a.job_id, a.run_id FROM llm.job_archive AS a JOIN version AS v ON v.source_page_id = a.source_page_id
     ), run AS (
        SELECT r.run_id FROM llm.run AS r JOIN job AS j ON j.job_id = r.job_id AND r.status <> 'SUCCEEDED'
        UNION SELECT j.run_id FROM job AS j WHERE j.run_id IS NOT NULL
     )`;

export async function countForgotten(db: Database, source_system: string, external_id: string): Promise<ForgetCounts> {
  const [row] = await queryRows<ForgetCounts>(
    db,
    `${runsOfPage}
     SELECT (SELECT count(*)::integer FROM version) AS pages,
        (SELECT count(*)::integer FROM ingest.chunk AS c JOIN version AS v ON v.source_page_id = c.source_page_id) AS chunks,
        (SELECT count(*)::integer FROM kb.assertion AS a JOIN version AS v ON v.source_page_id = a.source_page_id) AS assertions,
        (SELECT count(*)::integer FROM job) AS jobs,
        (SELECT count(*)::integer FROM run) AS runs,
        (SELECT count(*)::integer FROM llm.artifact AS a JOIN run AS r ON r.run_id = a.run_id) AS artifacts`,
    [source_system, external_id],
  );
  return row ?? { pages: 0, chunks: 0, assertions: 0, jobs: 0, runs: 0, artifacts: 0 };
}

/** Jobs of a page that are not over; `is_held` while a runner works on it. */
export function readOpenJobs(
  db: Database,
  source_system: string,
  external_id: string,
): Promise<{ job_id: number; is_held: boolean }[]> {
  return queryRows(
    db,
    `SELECT j.job_id, j.status = 'RUNNING' AND j.lease_expires_at > clock_timestamp() AS is_held
     FROM llm.job AS j
     JOIN ingest.source_page AS s ON s.source_page_id = j.source_page_id
     WHERE s.source_system = ? AND s.external_id = ? AND j.status IN ('NEW', 'SCHEDULED', 'RUNNING')
     ORDER BY j.job_id`,
    [source_system, external_id],
  );
}

/** The lake's files of all runs about a page. */
export async function readPageArtifacts(db: Database, source_system: string, external_id: string): Promise<string[]> {
  const rows = await queryRows<{ lake_uri: string }>(
    db,
    `${runsOfPage} SELECT a.lake_uri FROM llm.artifact AS a JOIN run AS r ON r.run_id = a.run_id ORDER BY a.lake_uri`,
    [source_system, external_id],
  );
  return rows.map((row) => row.lake_uri);
}
