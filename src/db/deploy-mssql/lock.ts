import { SprouteError } from '../../errors.ts';
import type { Connection } from './connection.ts';

/** Held by the session, so that a killed deploy leaves nothing behind. */
const deployLock = 'sproute deploy';
/** Named after the database too: not every server keeps the locks of its databases apart. */
const resource = "DECLARE @resource nvarchar(255) = CONCAT(@lock, N' of ', DB_NAME());";
const longestWaitMs = 10 * 60_000;

/**
 * Makes this session the only one that deploys. Whoever has to wait for another one is told so, through `onWait`, and
 * no longer than ten minutes. Throws DATABASE_TRANSIENT.
 */
export async function takeDeployLock(
  connection: Connection,
  onWait: (holder: string) => void,
  longest_ms = longestWaitMs,
): Promise<void> {
  if (await take(connection, 0)) return;
  const { holder, session } = await holderOf(connection);
  onWait(holder);
  if (await take(connection, longest_ms)) return;
  throw new SprouteError('DATABASE_TRANSIENT', `Another deploy has not ended in ${longest_ms / 1000} s: ${holder}.`, {
    hint: `Wait for it, or end it with KILL ${session}.`,
  });
}

/** Throws DATABASE_TRANSIENT if the lock went with a connection that was lost. */
export async function checkDeployLock(connection: Connection): Promise<void> {
  const [row] = await connection.query<{ mode: string }>(
    `${resource} SELECT APPLOCK_MODE(N'public', @resource, N'Session') AS mode;`,
    {
      lock: deployLock,
    },
  );
  if (row?.mode === 'Exclusive') return;
  throw new SprouteError('DATABASE_TRANSIENT', 'The connection that deploys was lost.', {
    hint: 'Deploy again: what was done stays, and nothing is half-done.',
  });
}

async function take(connection: Connection, timeout_ms: number): Promise<boolean> {
  const [row] = await connection.query<{ result: number }>(
    `${resource} DECLARE @result int;
     EXEC @result = sys.sp_getapplock @Resource = @resource, @LockMode = N'Exclusive', @LockOwner = N'Session',
        @LockTimeout = @timeout_ms;
     SELECT @result AS result;`,
    { lock: deployLock, timeout_ms },
  );
  return row !== undefined && row.result >= 0;
}

interface Holder {
  session_id: number;
  login_name: string | null;
  host_name: string | null;
  login_time: Date | null;
}

/** Who holds a lock is told to those who may see the state of the server. */
async function holderOf(connection: Connection): Promise<{ holder: string; session: number | string }> {
  const rows = await connection
    .query<Holder>(
      `SELECT l.request_session_id AS session_id, s.login_name, s.host_name, s.login_time
       FROM sys.dm_tran_locks AS l
       LEFT JOIN sys.dm_exec_sessions AS s ON s.session_id = l.request_session_id
       WHERE l.resource_type = N'APPLICATION' AND l.request_status = N'GRANT' AND l.resource_database_id = DB_ID()
         AND l.resource_description LIKE N'%' + @lock + N'%';`,
      { lock: deployLock },
    )
    .catch(() => undefined);
  if (rows === undefined) return { holder: 'another session', session: '<its session>' };
  const row = rows[0];
  if (!row) return { holder: 'it has just ended', session: '<its session>' };
  const { session_id, login_name, host_name, login_time } = row;
  const since = login_time === null ? '' : `, connected since ${login_time.toISOString()}`;
  const holder = `session ${session_id} of ${login_name ?? 'somebody'} at ${host_name ?? 'the server'}${since}`;
  return { holder, session: session_id };
}
