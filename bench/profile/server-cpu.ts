import { readFileSync } from 'node:fs';
import type { DatasourceConnection } from '../../src/datasource/connect.ts';

/** /proc counts in hundredths of a second. */
const tickMs = 10;

/**
 * Milliseconds of processor time that the server has spent on this session so far, its helpers not among them; undefined
 * where it is on another machine. Unlike the time that passes, it is the same whatever else the machine does.
 */
export async function serverCpu(connection: DatasourceConnection): Promise<() => number | undefined> {
  const [row] = await connection.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return () => {
    try {
      const [name, fields = ''] = readFileSync(`/proc/${Number(row?.pid)}/stat`, 'utf8').split(') ');
      const [user, system] = fields.split(' ').slice(11, 13).map(Number);
      return name?.includes('postgres') ? ((user ?? 0) + (system ?? 0)) * tickMs : undefined;
    } catch {
      return undefined;
    }
  };
}
