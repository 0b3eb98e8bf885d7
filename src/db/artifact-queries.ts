import type { Database } from './connect.ts';
import { queryRows } from './query.ts';

export interface ArtifactRow {
  run_id: string;
  artifact_type: string;
  lake_uri: string;
  content_sha256: string;
  byte_count: number;
}

/** Files that are kept, after a key, in its order, at most `limit`; of one run if it is named. */
export function readArtifacts(
  db: Database,
  after: { run_id: string; lake_uri: string },
  limit: number,
  runId?: string,
): Promise<ArtifactRow[]> {
  return queryRows(
    db,
    `SELECT run_id, artifact_type, lake_uri, content_sha256, byte_count FROM llm.artifact
     WHERE (run_id, lake_uri) > (?::uuid, ?::text) AND (?::uuid IS NULL OR run_id = ?::uuid) AND pruned_at IS NULL
     ORDER BY run_id, lake_uri LIMIT ?`,
    [after.run_id, after.lake_uri, runId ?? null, runId ?? null, limit],
  );
}

/** Those of these rows that still are as they were read: what was pruned, erased or written again meanwhile is not. */
export async function readUnchanged(db: Database, rows: readonly ArtifactRow[]): Promise<Set<string>> {
  const still = await queryRows<{ lake_uri: string }>(
    db,
    `SELECT a.lake_uri FROM llm.artifact AS a
     JOIN jsonb_to_recordset(?::jsonb) AS w (run_id uuid, lake_uri text, content_sha256 text)
         ON w.run_id = a.run_id AND w.lake_uri = a.lake_uri AND w.content_sha256 = a.content_sha256
     WHERE a.pruned_at IS NULL`,
    [JSON.stringify(rows)],
  );
  return new Set(still.map(({ lake_uri }) => lake_uri));
}

/** How many files are kept; of one run if it is named. */
export async function countArtifacts(db: Database, runId?: string): Promise<number> {
  const [row] = await queryRows<{ files: number }>(
    db,
    'SELECT count(*) AS files FROM llm.artifact WHERE pruned_at IS NULL AND (?::uuid IS NULL OR run_id = ?::uuid)',
    [runId ?? null, runId ?? null],
  );
  return row?.files ?? 0;
}

export interface KnownRun {
  run_id: string;
  is_running: boolean;
  /** Recorded and kept. */
  kept: string[];
  /** Recorded and pruned: the file may be there still. */
  pruned: string[];
}

/** Which of these runs the database knows, and what it recorded of them. */
export function readKnownRuns(db: Database, runIds: readonly string[]): Promise<KnownRun[]> {
  return queryRows(
    db,
    `SELECT w.run_id, coalesce(bool_or(j.status = 'RUNNING'), false) AS is_running,
        coalesce(jsonb_agg(a.lake_uri) FILTER (WHERE a.lake_uri IS NOT NULL AND a.pruned_at IS NULL), '[]') AS kept,
        coalesce(jsonb_agg(a.lake_uri) FILTER (WHERE a.pruned_at IS NOT NULL), '[]') AS pruned
     FROM jsonb_array_elements_text(?::jsonb) AS g (id)
     CROSS JOIN LATERAL (SELECT g.id::uuid AS run_id) AS w
     LEFT JOIN llm.run AS r ON r.run_id = w.run_id
     LEFT JOIN llm.artifact AS a ON a.run_id = w.run_id
     LEFT JOIN llm.job AS j ON j.run_id = w.run_id AND j.status = 'RUNNING'
     GROUP BY w.run_id
     HAVING count(r.run_id) + count(a.run_id) + count(j.job_id) > 0`,
    [JSON.stringify(runIds)],
  );
}

/** The recorded files of runs, pruned ones too, in the order of the runs. */
export function readRunFiles(db: Database, runIds: readonly string[]): Promise<Record<string, unknown>[]> {
  return queryRows(
    db,
    `SELECT a.run_id, a.artifact_type, a.byte_count, a.content_sha256, a.pruned_at, a.lake_uri
     FROM jsonb_array_elements_text(?::jsonb) WITH ORDINALITY AS g (id, place)
     JOIN llm.artifact AS a ON a.run_id = g.id::uuid
     ORDER BY g.place, a.lake_uri`,
    [JSON.stringify(runIds)],
  );
}
