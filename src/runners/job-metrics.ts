import { count, hasMetrics, record, show } from '../telemetry/metrics.ts';
import type { JobOutcome } from './protocol.ts';

/** A row of llm.usp_read_queue_depths. */
export interface TypeDepth {
  job_type: string;
  paused: boolean;
  new_count: number;
  scheduled_count: number;
  running_count: number;
}

/** Counts an attempt that ended; one that never had a thread to itself has no duration. */
export function measureEnd(
  job_type: string,
  status: JobOutcome['result'],
  error_code: string | undefined,
  duration_ms?: number,
): void {
  const error = error_code === undefined ? {} : { 'error.type': error_code };
  const ended = { 'sproute.job_type': job_type, 'sproute.status': status, ...error };
  count('sproute.job.ended', 1, ended);
  if (duration_ms !== undefined) record('sproute.job.duration', duration_ms / 1000, ended);
  if (status === 'failed') count('sproute.job.retries', 1, { 'sproute.job_type': job_type, ...error });
}

/** Whether the queue is to be counted by type. */
export const hasGauge = hasMetrics;

/** Shows how deep the queue is; nothing once the runner has ended. */
export function showQueue(types: readonly TypeDepth[]): void {
  show(
    'sproute.queue.jobs',
    types.flatMap(({ job_type, new_count, scheduled_count, running_count }) =>
      Object.entries({ ready: new_count, scheduled: scheduled_count, running: running_count }).map(
        ([state, value]) => ({
          value,
          attributes: { 'sproute.job_type': job_type, 'sproute.queue.state': state },
        }),
      ),
    ),
  );
}
