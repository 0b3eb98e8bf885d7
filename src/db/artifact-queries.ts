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
    {
      postgres: `SELECT run_id, artifact_type, lake_uri, content_sha256, byte_count FROM llm.artifact
        WHERE (run_id, lake_uri) > (?::uuid, ?::text) AND (?::uuid IS NULL OR run_id = ?::uuid) AND pruned_at IS NULL
        ORDER BY run_id, lake_uri LIMIT ?`,
      // SQL Server orders uuids by their last bytes first, in comparing as in sorting.
      mssql: `SELECT a.run_id, a.artifact_type, a.lake_uri, a.content_sha256, a.byte_count
        FROM (SELECT CONVERT(uniqueidentifier, ?) AS run_id, CONVERT(nvarchar(2000), ?) COLLATE Latin1_General_100_BIN2 AS lake_uri,
                CONVERT(uniqueidentifier, ?) AS only_run_id) AS w
        JOIN llm.artifact AS a ON a.run_id >= w.run_id AND (a.run_id > w.run_id OR a.lake_uri > w.lake_uri)
        WHERE (w.only_run_id IS NULL OR a.run_id = w.only_run_id) AND a.pruned_at IS NULL
        ORDER BY a.run_id, a.lake_uri OFFSET 0 ROWS FETCH NEXT ? ROWS ONLY
        OPTION (RECOMPILE)`,
    },
    db.engine === 'mssql'
      ? [after.run_id, after.lake_uri, runId ?? null, limit]
      : [after.run_id, after.lake_uri, runId ?? null, runId ?? null, limit],
  );
}

/** Those of these rows that still are as they were read: what was pruned, erased or written again meanwhile is not. */
export async function readUnchanged(db: Database, rows: readonly ArtifactRow[]): Promise<Set<string>> {
  const still = await queryRows<{ lake_uri: string }>(
    db,
    {
      postgres: `SELECT a.lake_uri FROM llm.artifact AS a
        JOIN jsonb_to_recordset(?::jsonb) AS w (run_id uuid, lake_uri text, content_sha256 text)
            ON w.run_id = a.run_id AND w.lake_uri = a.lake_uri AND w.content_sha256 = a.content_sha256
        WHERE a.pruned_at IS NULL`,
      mssql: `SELECT a.lake_uri
        FROM OPENJSON(?) WITH (run_id uniqueidentifier '$.run_id', lake_uri nvarchar(2000) '$.lake_uri',
            content_sha256 nvarchar(64) '$.content_sha256') AS w
        JOIN llm.artifact AS a ON a.run_id = w.run_id AND a.lake_uri = w.lake_uri COLLATE Latin1_General_100_BIN2
            AND a.content_sha256 = w.content_sha256 COLLATE Latin1_General_100_BIN2
        WHERE a.pruned_at IS NULL`,
    },
    [JSON.stringify(rows)],
  );
  return new Set(still.map(({ lake_uri }) => lake_uri));
}

/** How many files are kept; of one run if it is named. */
export async function countArtifacts(db: Database, runId?: string): Promise<number> {
  const [row] = await queryRows<{ files: number }>(
    db,
    `SELECT count(*) AS files FROM llm.artifact WHERE pruned_at IS NULL${runId === undefined ? '' : ' AND run_id = ?'}`,
    runId === undefined ? [] : [runId],
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
    {
      postgres: `SELECT w.run_id, coalesce(bool_or(j.status = 'RUNNING'), false) AS is_running,
            coalesce(jsonb_agg(a.lake_uri) FILTER (WHERE a.lake_uri IS NOT NULL AND a.pruned_at IS NULL), '[]') AS kept,
            coalesce(jsonb_agg(a.lake_uri) FILTER (WHERE a.pruned_at IS NOT NULL), '[]') AS pruned
        FROM jsonb_array_elements_text(?::jsonb) AS g (id)
        CROSS JOIN LATERAL (SELECT g.id::uuid AS run_id) AS w
        LEFT JOIN llm.run AS r ON r.run_id = w.run_id
        LEFT JOIN llm.artifact AS a ON a.run_id = w.run_id
        LEFT JOIN llm.job AS j ON j.run_id = w.run_id AND j.status = 'RUNNING'
        GROUP BY w.run_id
        HAVING count(r.run_id) + count(a.run_id) + count(j.job_id) > 0`,
      mssql: `SELECT w.run_id, CONVERT(bit, MAX(IIF(j.job_id IS NULL, 0, 1))) AS is_running,
            COALESCE(N'[' + STRING_AGG(IIF(a.pruned_at IS NULL, llm.fn_json_string(a.lake_uri), NULL), N',') + N']', N'[]')
                AS kept,
            COALESCE(N'[' + STRING_AGG(IIF(a.pruned_at IS NULL, NULL, llm.fn_json_string(a.lake_uri)), N',') + N']', N'[]')
                AS pruned
        FROM (SELECT CONVERT(uniqueidentifier, g.[value]) AS run_id FROM OPENJSON(?) AS g) AS w
        LEFT JOIN llm.run AS r ON r.run_id = w.run_id
        LEFT JOIN llm.artifact AS a ON a.run_id = w.run_id
        LEFT JOIN llm.job AS j ON j.run_id = w.run_id AND j.status = N'RUNNING'
        GROUP BY w.run_id
        HAVING COUNT(r.run_id) + COUNT(a.run_id) + COUNT(j.job_id) > 0`,
    },
    [JSON.stringify(runIds)],
    { json: ['pruned'] },
  );
}

/** The recorded files of runs, pruned ones too, in the order of the runs. */
export function readRunFiles(db: Database, runIds: readonly string[]): Promise<Record<string, unknown>[]> {
  return queryRows(
    db,
    {
      postgres: `SELECT a.run_id, a.artifact_type, a.byte_count, a.content_sha256, a.pruned_at, a.lake_uri
        FROM jsonb_array_elements_text(?::jsonb) WITH ORDINALITY AS g (id, place)
        JOIN llm.artifact AS a ON a.run_id = g.id::uuid
        ORDER BY g.place, a.lake_uri`,
      mssql: `SELECT a.run_id, a.artifact_type, a.byte_count, a.content_sha256, a.pruned_at, a.lake_uri
        FROM OPENJSON(?) AS g
        JOIN llm.artifact AS a ON a.run_id = CONVERT(uniqueidentifier, g.[value])
        ORDER BY CONVERT(int, g.[key]), a.lake_uri`,
    },
    [JSON.stringify(runIds)],
  );
}
