import { callProcedure } from '../db/call.ts';
import type { Database } from '../db/connect.ts';

/**
 * Takes the steps of llm.retention_policy whose turn it is, each a transaction of its own, until there is none or the
 * time is up. Returns how many rows were archived or purged.
 */
export async function keepRetention(db: Database, most_ms: number): Promise<number> {
  const end = performance.now() + most_ms;
  let removed = 0;
  while (performance.now() < end) {
    const [step] = await callProcedure<{ removed: number }>(db, 'llm.usp_keep_retention');
    if (!step) break;
    removed += step.removed;
  }
  return removed;
}
