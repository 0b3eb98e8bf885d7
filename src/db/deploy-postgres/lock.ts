import type pg from 'pg';
import { SprouteError } from '../../errors.ts';

/** Held by the session, so that a killed deploy leaves nothing behind. */
const deployLock = 7_365_526_010;
const longestWaitMs = 10 * 60_000;

/**
 * Makes this session the only one that deploys. Whoever has to wait for another one is told so, through `onWait`, and
 * no longer than ten minutes. Throws DATABASE_TRANSIENT.
 */
export async function takeDeployLock(
  client: pg.Client,
  onWait: (holder: string) => void,
  longest_ms = longestWaitMs,
): Promise<void> {
  const tried = await client.query<{ got: boolean }>('SELECT pg_try_advisory_lock($1) AS got', [deployLock]);
  if (tried.rows[0]?.got === true) return;
  const { holder, pid } = await holderOf(client);
  onWait(holder);
  await client.query("SELECT set_config('lock_timeout', $1, false)", [String(longest_ms)]);
  try {
    await client.query('SELECT pg_advisory_lock($1)', [deployLock]);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === '55P03')) throw error;
    throw new SprouteError('DATABASE_TRANSIENT', `Another deploy has not ended in ${longest_ms / 1000} s: ${holder}.`, {
      hint: `Wait for it, or end it with SELECT pg_terminate_backend(${pid}).`,
      cause: error,
    });
  }
  await client.query('RESET lock_timeout');
}

interface Holder {
  pid: number;
  usename: string | null;
  client_addr: string | null;
  backend_start: Date | null;
}

async function holderOf(client: pg.Client): Promise<{ holder: string; pid: number | string }> {
  const found = await client.query<Holder>(
    `SELECT l.pid, a.usename, host(a.client_addr) AS client_addr, a.backend_start
     FROM pg_locks AS l LEFT JOIN pg_stat_activity AS a ON a.pid = l.pid
     WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
       AND (l.classid::bigint << 32) + l.objid::bigint = $1
       AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())`,
    [deployLock],
  );
  const row = found.rows[0];
  if (!row) return { holder: 'it has just ended', pid: '<pid>' };
  const { pid, usename, client_addr, backend_start } = row;
  const since = backend_start === null ? '' : `, connected since ${backend_start.toISOString()}`;
  return { holder: `process ${pid} of ${usename ?? 'somebody'} at ${client_addr ?? 'the server'}${since}`, pid };
}
