import type { Database } from './connect.ts';
import { now, textList, truth } from './dialect.ts';
import { queryRows } from './query.ts';

/** What a server is like, whether sproute is deployed there or not. */
export interface ServerHealth {
  major: number;
  now: Date;
  /** Settings under which a crash of the machine may lose what was committed. */
  unsafe: string[];
  /** Settings of the database without which who reads and who writes wait for each other. */
  blocking: string[];
}

export async function readServerHealth(db: Database): Promise<ServerHealth> {
  const [row] = await queryRows<ServerHealth>(
    db,
    {
      postgres: `SELECT current_setting('server_version_num')::integer / 10000 AS major, clock_timestamp() AS now,
            ARRAY (SELECT s.name FROM pg_settings AS s
                WHERE s.name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND s.setting = 'off' ORDER BY 1) AS unsafe, '{}'::text[] AS blocking`,
      mssql: `SELECT CASE
                -- Azure SQL is ahead of every server, and says 12.
                WHEN CONVERT(int, SERVERPROPERTY('EngineEdition')) IN (5, 8, 12) THEN 17
                ELSE CONVERT(int, PARSENAME(CONVERT(nvarchar(128), SERVERPROPERTY('ProductVersion')), 4)) END AS major,
            SYSUTCDATETIME() AS now,
            IIF(d.delayed_durability = 2, N'["delayed_durability"]', N'[]') AS unsafe,
            CONCAT(N'[', CONCAT_WS(N',', IIF(d.is_read_committed_snapshot_on = 1, NULL, N'"READ_COMMITTED_SNAPSHOT"'),
                IIF(d.snapshot_isolation_state = 1, NULL, N'"ALLOW_SNAPSHOT_ISOLATION"')), N']') AS blocking
        FROM sys.databases AS d
        WHERE d.name = DB_NAME()`,
    },
    [],
    { json: ['unsafe', 'blocking'] },
  );
  return row ?? { major: 0, now: new Date(), unsafe: [], blocking: [] };
}

/** What in the queue wants a person. */
export interface QueueHealth {
  dead_letters: number;
  violations: number;
  paused_jobs: number;
  silent_workers: number;
}

export async function readQueueHealth(db: Database): Promise<QueueHealth> {
  const [row] = await queryRows<QueueHealth>(
    db,
    `SELECT (SELECT count(*) FROM llm.job AS j WHERE j.status = 'DEADLETTER') AS dead_letters,
        (SELECT count(*) FROM llm.vw_invariant_violations) AS violations,
        (SELECT count(*) FROM llm.job AS j JOIN llm.job_type AS t ON t.job_type = j.job_type AND t.paused = ${truth[db.engine].t}
         WHERE j.status IN ('NEW', 'SCHEDULED')) AS paused_jobs,
        (SELECT count(DISTINCT j.locked_by) FROM llm.job AS j
         WHERE j.status = 'RUNNING' AND j.lease_expires_at < ${now[db.engine]}) AS silent_workers`,
  );
  return row ?? { dead_letters: 0, violations: 0, paused_jobs: 0, silent_workers: 0 };
}

/** Jobs that wait though nobody may claim them, by type; of all types, or of those that are named. */
export function readPausedJobs(db: Database, types?: readonly string[]): Promise<{ job_type: string; jobs: number }[]> {
  return queryRows(
    db,
    `SELECT j.job_type, count(*) AS jobs
     FROM llm.job AS j JOIN llm.job_type AS t ON t.job_type = j.job_type AND t.paused = ${truth[db.engine].t}
     WHERE j.status IN ('NEW', 'SCHEDULED')${types === undefined ? '' : ` AND j.job_type IN (${textList[db.engine]})`}
     GROUP BY j.job_type ORDER BY j.job_type`,
    types === undefined ? [] : [JSON.stringify(types)],
  );
}
