import { callProcedure } from '../db/call.ts';
import type { Database } from '../db/connect.ts';
import { inParallel } from '../in-parallel.ts';
import type { Lake } from './lake.ts';
import { type RunFolder, runFolders } from './run-folders.ts';

export interface PruneOptions {
  /** Runs that ended before this instant. */
  older_than: Date;
  /** Removes and notes nothing. */
  dry_run: boolean;
  /** Also folders of runs that this database does not know, if all their files are old. */
  orphans: boolean;
  /** Ends after the batch at hand; a later call goes on. */
  signal: AbortSignal;
  onProgress?: (days: number, total: number, note: string) => void;
}

/** Why a run stays: see llm.usp_prune_artifacts. */
export type Verdict = 'pruned' | 'running' | 'young' | 'live' | 'replay' | 'unknown';

export interface PruneReport {
  /** Runs of which files went (or would go). */
  runs: number;
  files: number;
  bytes: number;
  /** Files of those runs that stay: answers in the response cache, and their manifests. */
  cached_files: number;
  /** Runs that stay, by why. */
  kept: Record<Exclude<Verdict, 'pruned'>, number>;
  is_stopped: boolean;
}

interface Decision {
  run_id: string;
  verdict: Verdict;
  kept: string[];
}

const batchSize = 200;
const deletesAtATime = 16;

/**
 * Removes the files that nobody needs any more, day by day, oldest first. First the database notes which files go, then
 * they go: after an end at any instant nothing is missing that was meant to be there, and a second call does the rest.
 * Throws LAKE_*, DATABASE_*.
 */
export async function pruneLake(db: Database, lake: Lake, options: PruneOptions): Promise<PruneReport> {
  const { older_than, dry_run, signal, onProgress } = options;
  const report: PruneReport = {
    runs: 0,
    files: 0,
    bytes: 0,
    cached_files: 0,
    kept: { running: 0, young: 0, live: 0, replay: 0, unknown: 0 },
    is_stopped: false,
  };
  let place = { done: 0, total: 0, date: '' };
  const tell = () => onProgress?.(place.done, place.total, `${place.date}, ${report.files} files`);
  const days = { to: older_than.toISOString().slice(0, 10) };
  const batches = runFolders(lake, days, batchSize, (done, total, date) => {
    place = { done, total, date };
    tell();
  });
  for await (const runs of batches) {
    if (signal.aborted) return { ...report, is_stopped: true };
    const decisions = await decide(db, lake, runs, older_than, dry_run);
    for (const run of runs) {
      await pruneRun(lake, run, decisions.get(run.run_id), options, report);
      tell();
    }
  }
  return report;
}

async function decide(db: Database, lake: Lake, runs: readonly RunFolder[], older_than: Date, dry_run: boolean) {
  // A run that worked past midnight may have two folders, and both its files.
  const uris = new Map<string, string[]>();
  for (const { run_id, files } of runs) {
    uris.set(run_id, [...(uris.get(run_id) ?? []), ...files.map(({ path }) => lake.uri(path))]);
  }
  const decisions = await callProcedure<Decision>(db, 'llm.usp_prune_artifacts', {
    runs: [...uris].map(([run_id, lake_uris]) => ({ run_id, lake_uris })),
    older_than,
    dry_run,
  });
  return new Map(decisions.map((decision) => [decision.run_id, decision]));
}

async function pruneRun(
  lake: Lake,
  { folder, files }: RunFolder,
  decision: Decision | undefined,
  { dry_run, orphans, older_than }: PruneOptions,
  report: PruneReport,
): Promise<void> {
  const verdict = decision?.verdict ?? 'unknown';
  const isOldOrphan = verdict === 'unknown' && orphans && files.every(({ modified_at }) => modified_at < older_than);
  if (verdict !== 'pruned' && !isOldOrphan) {
    report.kept[verdict] += 1;
    return;
  }
  const kept = new Set(decision?.kept);
  const going = files.filter(({ path }) => !kept.has(lake.uri(path)));
  report.cached_files += files.length - going.length;
  if (going.length === 0) return;
  report.runs += 1;
  report.files += going.length;
  report.bytes += going.reduce((sum, { byte_count }) => sum + byte_count, 0);
  if (dry_run) return;
  await inParallel(going, deletesAtATime, ({ path }) => lake.delete(path));
  if (going.length === files.length) await lake.deleteFolder(folder);
}
