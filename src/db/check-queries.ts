import { callProcedure } from './call.ts';
import type { Database } from './connect.ts';

export const checkMetrics = [
  'queue_depth',
  'oldest_age_s',
  'dead_letters',
  'invariant_violations',
  'budget_percent',
] as const;
export type CheckMetric = (typeof checkMetrics)[number];

/** One figure that a monitor bounds; `scope` is a job type, an invariant, a model or `dag:<dag_id>`. */
export interface Figure {
  metric: CheckMetric;
  scope: string;
  value: number;
  is_paused: boolean;
}

/** The figures of the moment; those of invariants read the whole queue. */
export async function readFigures(db: Database, invariants: boolean): Promise<Figure[]> {
  const rows = await callProcedure<Figure>(db, 'llm.usp_check_health', { invariants });
  return rows.map((row) => ({ ...row, value: Number(row.value) }));
}
