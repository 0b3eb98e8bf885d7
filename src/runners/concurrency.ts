/**
 * How many jobs run at a time so that a number of model calls is kept in flight: while one job reads its page, writes its
 * artifacts or routes its answer, another one calls. Half as many more, and one a thread at least.
 */
export function jobsFor(calls: number, threads: number): number {
  return calls + Math.max(threads, Math.ceil(calls / 2));
}
