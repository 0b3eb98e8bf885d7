import { createHash } from 'node:crypto';
import {
  type ArtifactRow,
  countArtifacts,
  readArtifacts,
  readKnownRuns,
  readUnchanged,
} from '../db/artifact-queries.ts';
import type { Database } from '../db/connect.ts';
import { isSprouteError } from '../errors.ts';
import { inParallel } from '../in-parallel.ts';
import type { Days } from './days.ts';
import type { Lake, StoredFile } from './lake.ts';
import { parseRunPath } from './layout.ts';
import { type RunFolder, runFolders } from './run-folders.ts';

/**
 * What a file is: as recorded; not there; not what was recorded; recorded in another lake than this; of a run that this
 * database does not know.
 */
export type FileState = 'ok' | 'missing' | 'changed' | 'elsewhere' | 'orphan';

export interface FileCheck {
  lake_uri: string;
  state: FileState;
}

export interface VerifyReport extends Record<FileState, number> {
  /** Recorded files that were looked at. */
  files: number;
  /** Files that killed runs left unrecorded; no harm, `lake prune` removes them in time. */
  unrecorded: number;
  /** Files that were pruned and are there still, for a prune was cut off; the next one removes them. */
  leftover: number;
  /** All that are not ok, the first {@link mostListed} of them. */
  wrong: FileCheck[];
  is_stopped: boolean;
}

export interface VerifyOptions {
  run_id?: string | undefined;
  days?: Days;
  signal: AbortSignal;
  onProgress?: (done: number, total: number, note: string) => void;
}

const mostListed = 10_000;
const batchSize = 500;
const readsAtATime = 8;
const noRun = '00000000-0000-0000-0000-000000000000';

/** Holds the lake against the database: every recorded file is hashed again, every file of the lake is looked up. */
export async function verifyLake(db: Database, lake: Lake, options: VerifyOptions): Promise<VerifyReport> {
  const report: VerifyReport = {
    files: 0,
    ok: 0,
    missing: 0,
    changed: 0,
    elsewhere: 0,
    orphan: 0,
    unrecorded: 0,
    leftover: 0,
    wrong: [],
    is_stopped: false,
  };
  await verifyRecorded(db, lake, options, report);
  if (options.run_id === undefined && !options.signal.aborted) await findUnrecorded(db, lake, options, report);
  return { ...report, is_stopped: options.signal.aborted };
}

/** Re-hashes a file that the database recorded. Throws LAKE_UNAVAILABLE and its like: nothing is known then. */
export async function verifyArtifact(
  lake: Lake,
  recorded: { lake_uri: string; content_sha256: string; byte_count: number },
): Promise<FileCheck> {
  const { lake_uri } = recorded;
  const path = pathIn(lake, lake_uri);
  if (path === undefined) return { lake_uri, state: 'elsewhere' };
  const bytes = await lake.get(path);
  if (!bytes) return { lake_uri, state: 'missing' };
  const isSame =
    bytes.length === recorded.byte_count &&
    createHash('sha256').update(bytes).digest('hex') === recorded.content_sha256;
  return { lake_uri, state: isSame ? 'ok' : 'changed' };
}

async function verifyRecorded(
  db: Database,
  lake: Lake,
  { run_id, days, signal, onProgress }: VerifyOptions,
  report: VerifyReport,
): Promise<void> {
  const total = await countArtifacts(db, run_id);
  let seen = 0;
  for (let after = { run_id: noRun, lake_uri: '' }; !signal.aborted; ) {
    const rows = await readArtifacts(db, after, batchSize, run_id);
    const last = rows.at(-1);
    if (!last) break;
    after = last;
    const doubtful: { row: ArtifactRow; check: FileCheck }[] = [];
    await inParallel(rows, readsAtATime, async (row) => {
      seen += 1;
      if (signal.aborted || !isWithin(lake, row.lake_uri, days)) return;
      const check = await verifyArtifact(lake, row);
      if (check.state === 'ok') report.ok += 1;
      else doubtful.push({ row, check });
      onProgress?.(seen, total, '');
    });
    // Runners write, and others prune, while this reads.
    const still =
      doubtful.length > 0
        ? await readUnchanged(
            db,
            doubtful.map(({ row }) => row),
          )
        : new Set();
    for (const { check } of doubtful) if (still.has(check.lake_uri)) find(report, check);
    report.files = report.ok + report.missing + report.changed + report.elsewhere;
  }
}

async function findUnrecorded(
  db: Database,
  lake: Lake,
  { days, signal, onProgress }: VerifyOptions,
  report: VerifyReport,
): Promise<void> {
  const batches = runFolders(lake, days ?? {}, batchSize, (done, total, date) =>
    onProgress?.(done, total, `looking for orphans, ${date}`),
  );
  for await (const runs of batches) {
    if (signal.aborted) return;
    const known = await readKnownRuns(db, [...new Set(runs.map(({ run_id }) => run_id))]);
    const byId = new Map(known.map((run) => [run.run_id, run]));
    for (const run of runs) lookUp(lake, run, byId.get(run.run_id), report);
  }
}

function lookUp(
  lake: Lake,
  { files }: RunFolder,
  known: Awaited<ReturnType<typeof readKnownRuns>>[number] | undefined,
  report: VerifyReport,
): void {
  if (known?.is_running) return;
  const kept = new Set(known?.kept);
  const pruned = new Set(known?.pruned);
  for (const { path } of files satisfies StoredFile[]) {
    const lake_uri = lake.uri(path);
    if (kept.has(lake_uri)) continue;
    if (!known) find(report, { lake_uri, state: 'orphan' });
    else if (pruned.has(lake_uri)) report.leftover += 1;
    else report.unrecorded += 1;
  }
}

function find(report: VerifyReport, check: FileCheck): void {
  report[check.state] += 1;
  if (report.wrong.length < mostListed) report.wrong.push(check);
}

function isWithin(lake: Lake, uri: string, { from, to }: Days = {}): boolean {
  if (from === undefined && to === undefined) return true;
  const date = parseRunPath(pathIn(lake, uri) ?? '')?.date;
  if (date === undefined) return false;
  return (from === undefined || date >= from) && (to === undefined || date.slice(0, to.length) <= to);
}

function pathIn(lake: Lake, uri: string): string | undefined {
  try {
    return lake.pathOf(uri);
  } catch (error) {
    if (isSprouteError(error, 'LAKE_FAILED')) return undefined;
    throw error;
  }
}
