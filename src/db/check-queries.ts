import { callProcedure } from './call.ts';
import type { Database } from './connect.ts';

export const checkMetrics = [
  'queue_depth',
  'oldest_age_s',
  'dead_letters',
  'ready_without_runner',
  'total_ready',
  'total_oldest_age_s',
  'total_dead_letters',
  'running_without_worker',
  'expired_leases',
  'schedule_overdue_s',
  'invariant_violations',
  'budget_percent',
  'lake_unreachable',
] as const;
export type CheckMetric = (typeof checkMetrics)[number];

/** One figure that a monitor bounds; `scope` is a job type, `all`, a schedule, an invariant, a model, `dag:<dag_id>` or the lake. */
export interface Figure {
  metric: CheckMetric;
  scope: string;
  value: number;
  is_paused: boolean;
  /** Why, where the value does not say it. */
  detail?: string;
}

/** The figures of the moment; those of invariants read the whole queue. */
export async function readFigures(db: Database, invariants: boolean): Promise<Figure[]> {
  const rows = await callProcedure<Figure>(db, 'llm.usp_check_health', { invariants });
  return rows.map((row) => ({ ...row, value: Number(row.value) }));
}
