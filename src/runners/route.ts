import { isObject } from '../contracts/json.ts';
import { callProcedure } from '../db/call.ts';
import type { Database } from '../db/connect.ts';
import { inSpan } from '../telemetry/span.ts';
import type { JobTask } from './protocol.ts';
import type { WorkerContext } from './worker-context.ts';

/** Hands what was found to the routing procedure of the job's type, which completes the job. */
export function route(
  { db }: WorkerContext,
  { job: { job_id, run_id }, job_type: { route_procedure } }: JobTask,
  payload: object,
): Promise<'succeeded' | 'cancelled'> {
  const options = { of: route_procedure, attributes: () => attributesOf(db, route_procedure) };
  return inSpan('route', options, async (span) => {
    try {
      const [row] = await callProcedure<{ status: string }>(db, route_procedure, { job_id, run_id, payload });
      return row?.status === 'CANCELLED' ? 'cancelled' : 'succeeded';
    } catch (error) {
      span.set(() => ({ 'db.response.status_code': engineCode(error) }));
      throw error;
    }
  });
}

const systems = { postgres: 'postgresql', mssql: 'microsoft.sql_server' } as const;
const ports = { postgres: 5432, mssql: 1433 } as const;

function attributesOf({ engine, shown_url }: Database, procedure: string) {
  const { hostname, port, pathname } = new URL(shown_url);
  return {
    'db.system.name': systems[engine],
    'db.namespace': pathname.slice(1),
    'db.operation.name': 'CALL',
    'db.stored_procedure.name': procedure,
    'db.query.summary': `CALL ${procedure}`,
    'server.address': hostname,
    'server.port': port === '' ? ports[engine] : Number(port),
  };
}

/** What the engine itself called the error. */
function engineCode(error: unknown): string | undefined {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  return isObject(cause) && typeof cause.code === 'string' ? cause.code : undefined;
}
