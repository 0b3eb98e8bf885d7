import { callProcedure } from './call.ts';
import type { Database } from './connect.ts';
import type { TopWorkerRow } from './top-queries.ts';

/** The runners that are alive, those that went silent lately, and whoever holds running jobs. */
export function readWorkers(db: Database): Promise<Pick<TopWorkerRow, 'state' | 'job_types'>[]> {
  return callProcedure<TopWorkerRow>(db, 'llm.usp_top_workers', {});
}
