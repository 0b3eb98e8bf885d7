import { callProcedure } from '../db/call.ts';
import type { Database } from '../db/connect.ts';
import { enqueueJobs, type NewJob } from '../db/enqueue.ts';
import {
  highestReplayRerun,
  type ReplayRow,
  type ReplaySelection,
  readReplayRows,
  readRouteChecksums,
  replayKey,
} from '../db/replay-queries.ts';
import { newCorrelationId } from '../telemetry/span.ts';

export interface ReplayRequest {
  selection: ReplaySelection;
  /** Once more, although the procedures have not changed since. */
  rerun: boolean;
  /** Recompute all derived rows first. */
  rebuild: boolean;
  priority?: number | undefined;
  /** Of the jobs; a new one if absent. */
  correlation_id?: string | undefined;
}

export interface ReplayCounts {
  /** Answers of pages and about entities that match. */
  rows: number;
  /** To be applied. */
  ready: number;
  /** Have their replay through these procedures already. */
  done: number;
  /** No stored output is recorded. */
  no_answers: number;
  /** Given under another MAJOR of the contract. */
  other_major: number;
}

/** What a replay selects and under which keys. */
export interface Replay {
  selection: ReplaySelection;
  routes: Map<string, string>;
  rerun: number;
  rebuild: boolean;
  priority: number | undefined;
  correlation_id: string;
}

const belowFreshWork = 50;
const jobsACall = 1_000;
/** It is one transaction over all assertions. */
const longestRebuildMs = 24 * 3_600_000;

export async function planReplay(db: Database, request: ReplayRequest): Promise<Replay> {
  const { selection, rebuild, priority } = request;
  const routes = await readRouteChecksums(db);
  const correlation_id = request.correlation_id ?? newCorrelationId();
  return {
    selection,
    rebuild,
    priority,
    correlation_id,
    routes,
    rerun: request.rerun ? (await highestReplayRerun(db)) + 1 : 0,
  };
}

/** Counts what a replay would do; `onProgress` is told the last id that was looked at. */
export async function countReplay(
  db: Database,
  replay: Replay,
  onProgress: (seen: number) => void = () => {},
): Promise<ReplayCounts> {
  const counts = noCounts();
  for await (const { seen, rows } of readReplayRows(db, replay.selection, replay)) {
    count(counts, rows);
    onProgress(seen);
  }
  return counts;
}

/**
 * Recomputes every derived row once with the procedures of today, then enqueues a job for each answer that was not
 * replayed through them yet. What a job finds unchanged it leaves alone, so it is the recomputing that mends rows whose
 * evidence stays: doing that once costs less than touching a popular entity for each of its pages.
 */
export async function enqueueReplay(
  db: Database,
  replay: Replay,
  onProgress: (created: number) => void = () => {},
): Promise<{ created: number; assertions: number }> {
  const patient = { ...db, answer_ms: longestRebuildMs };
  const [rebuilt] = replay.rebuild ? await callProcedure<{ assertions: number }>(patient, 'kb.usp_rebuild_all') : [];
  let created = 0;
  for await (const { rows } of readReplayRows(db, replay.selection, replay)) {
    const ready = rows.filter((row) => row.state === 'ready');
    for (let from = 0; from < ready.length; from += jobsACall) {
      const jobs = ready.slice(from, from + jobsACall).map((row) => jobOf(replay, row));
      const placed = await enqueueJobs(db, jobs);
      created += placed.filter((row) => row.created).length;
      onProgress(created);
    }
  }
  return { created, assertions: rebuilt?.assertions ?? 0 };
}

function jobOf({ routes, rerun, priority, correlation_id }: Replay, row: ReplayRow): NewJob {
  const { job_type, source_page_id, entity_id, run_id, title, default_priority } = row;
  const about = entity_id === null ? { source_page_id } : { entity_id };
  return {
    job_type,
    subject: title,
    ...(entity_id === null && about),
    correlation_id,
    priority: priority ?? default_priority - belowFreshWork,
    dedupe_key: replayKey(job_type, run_id, routes.get(job_type) ?? ''),
    ...(rerun > 0 && { rerun }),
    input: { ...about, replay: { run_id } },
  };
}

function noCounts(): ReplayCounts {
  return { rows: 0, ready: 0, done: 0, no_answers: 0, other_major: 0 };
}

function count(counts: ReplayCounts, rows: readonly ReplayRow[]): void {
  counts.rows += rows.length;
  for (const { state } of rows) counts[state] += 1;
}
