import { callProcedure } from '../db/call.ts';
import type { Database } from '../db/connect.ts';
import { SprouteError } from '../errors.ts';
import { hasGauge, showQueue, type TypeDepth } from './job-metrics.ts';

/** What a runner may claim. */
export interface Claimable {
  /** Undefined = all. */
  job_types: string[] | undefined;
  min_priority: number | undefined;
}

/** A row of llm.usp_read_queue_depth. */
interface QueueDepth {
  new_count: number;
  scheduled_count: number;
  running_count: number;
}

/** Jobs that are due, scheduled or running, of types that are not paused. One look at the queue, which metrics share. */
export async function countOutstanding(db: Database, { job_types, min_priority }: Claimable): Promise<number> {
  const parameters = { job_types: job_types ?? null, min_priority: min_priority ?? null };
  if (hasGauge()) {
    const types = await callProcedure<TypeDepth>(db, 'llm.usp_read_queue_depths', parameters);
    showQueue(types);
    return types.filter(({ paused }) => !paused).reduce((sum, type) => sum + total(type), 0);
  }
  const [depth] = await callProcedure<QueueDepth>(db, 'llm.usp_read_queue_depth', parameters);
  if (!depth) throw new SprouteError('DATABASE_ERROR', 'llm.usp_read_queue_depth returned no row.');
  return total(depth);
}

function total({ new_count, scheduled_count, running_count }: QueueDepth): number {
  return new_count + scheduled_count + running_count;
}
