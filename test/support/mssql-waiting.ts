import type { Database } from '../../src/db/connect.ts';
import { queryRows } from '../../src/db/query.ts';

/**
 * See untilWaiting. A server without the views of SQL Server's sessions has those of what it is made of. Being asked takes
 * the server longer than what it is asked about: it is left alone for a moment.
 */
export async function isWaiting(db: Database, procedure: string): Promise<boolean> {
  const [found] = await queryRows<{ id: number | null }>(db, "SELECT OBJECT_ID(N'sys.dm_exec_requests') AS id");
  const waiting = await queryRows(db, found?.id == null ? byActivity : byRequests, [procedure]);
  if (waiting.length === 0) await new Promise((resolve) => setTimeout(resolve, 100));
  return waiting.length > 0;
}

const byRequests = `SELECT 1 AS waits FROM sys.dm_exec_requests AS r
  CROSS APPLY sys.dm_exec_input_buffer(r.session_id, r.request_id) AS b
  WHERE r.blocking_session_id <> 0 AND r.database_id = DB_ID() AND b.event_info LIKE CONCAT(N'%', ?, N'%')`;
const byActivity = `SELECT 1 AS waits FROM sys.sysprocesses AS p
  JOIN pg_catalog.pg_stat_activity AS a ON a.pid = p.spid
  WHERE p.dbid = DB_ID() AND a.wait_event_type = 'Lock' AND a.query LIKE CONCAT(N'%', ?, N'%')`;
