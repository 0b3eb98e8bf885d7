import { setTimeout as wait } from 'node:timers/promises';
import { callProcedure } from '../db/call.ts';
import type { Database } from '../db/connect.ts';
import { readOpenJobs, readPageRuns } from '../db/page-forget-queries.ts';
import { isSprouteError, SprouteError } from '../errors.ts';
import type { Lake } from '../lake/lake.ts';
import { folderOf, runFolder } from '../lake/layout.ts';

export interface PageIdentity {
  source_system: string;
  external_id: string;
}

/** What erasing a page takes away with it. */
export interface ForgetCounts {
  pages: number;
  chunks: number;
  assertions: number;
  entities: number;
  /** Decisions that are over because what they were about is gone, or that lost words. */
  decisions: number;
  jobs: number;
  runs: number;
  /** Files of the lake. */
  files: number;
}

/** How long runners have to let go of the page; they hear of it when they renew their leases. Milliseconds. */
const longestWaitMs = 90_000;

/** What {@link forgetPage} would erase. Throws NOT_FOUND, INVALID_STATE while a job of the page runs. */
export async function planForgetting(db: Database, lake: Lake, page: PageIdentity): Promise<ForgetCounts> {
  const { counts, artifacts } = await callForget(db, page, true);
  return { ...counts, files: (await filesOf(db, lake, page, artifacts)).length };
}

/**
 * Erases a page: all its versions, chunks, jobs, runs, answers and files of the lake, and what rests on it alone. Jobs
 * that read it, or may have been shown it, are stopped first; those about an entity run again afterwards. The files go
 * before the rows that name them, so that an end at any instant leaves nothing that a second call does not find. Throws
 * NOT_FOUND, INVALID_STATE while a runner works on it, LAKE_FAILED.
 */
export async function forgetPage(
  db: Database,
  lake: Lake,
  page: PageIdentity,
  wait_ms = longestWaitMs,
): Promise<ForgetCounts> {
  const stopping = { patience_over: Date.now() + wait_ms / 2, deadline: Date.now() + wait_ms };
  const questions = new Set<number>();
  try {
    for (;;) {
      await stopReaders(db, page, stopping, questions);
      const erased = await erase(db, lake, page);
      if (erased) return erased;
    }
  } finally {
    await askAgain(db, [...questions]);
  }
}

/** Undefined if a job began that reads the page: nothing but files is gone then. */
async function erase(db: Database, lake: Lake, page: PageIdentity): Promise<ForgetCounts | undefined> {
  try {
    const planned = await callForget(db, page, true);
    const files = new Set(await filesOf(db, lake, page, planned.artifacts));
    await deleteFiles(lake, [...files]);
    const { counts, artifacts } = await callForget(db, page, false);
    const late = artifacts.map((uri) => lake.pathOf(uri)).filter((path) => !files.has(path));
    await deleteFiles(lake, late);
    return { ...counts, files: files.size + late.length };
  } catch (error) {
    if (isSprouteError(error, 'INVALID_STATE')) return undefined;
    throw error;
  }
}

/** With the folders of their runs: a writer that was killed may have left a part of a file there. */
async function deleteFiles(lake: Lake, paths: readonly string[]): Promise<void> {
  for (const path of paths) await lake.delete(path);
  for (const folder of new Set(paths.map(folderOf))) if (folder) await lake.deleteFolder(folder);
}

async function callForget(db: Database, { source_system, external_id }: PageIdentity, dry_run: boolean) {
  type Row = Omit<ForgetCounts, 'files'> & { artifacts: string[] };
  const parameters = { source_system, external_id, dry_run };
  // A repeat would find no page.
  const [row] = await callProcedure<Row>(db, 'kb.usp_forget_page', parameters, { repeatable: false });
  if (!row) throw new SprouteError('DATABASE_ERROR', 'kb.usp_forget_page returned no row.');
  const { artifacts, ...counts } = row;
  return { counts, artifacts };
}

/**
 * The files of all runs: the recorded ones and what killed runs left in their folders. A lake that is not the one of the
 * artifacts is found out here, before the first file goes.
 */
async function filesOf(
  db: Database,
  lake: Lake,
  { source_system, external_id }: PageIdentity,
  artifacts: readonly string[],
): Promise<string[]> {
  const paths = new Set(artifacts.map((uri) => lake.pathOf(uri)));
  for (const { run_id, started_at } of await readPageRuns(db, source_system, external_id)) {
    for (const day of [started_at, new Date(started_at.getTime() + 86_400_000)]) {
      // The run names its folder when it begins to work, which may be after midnight.
      for await (const { path } of lake.list(runFolder(run_id, day))) paths.add(path);
    }
  }
  return [...paths];
}

/**
 * Ends open jobs about the page, and running ones about what it speaks of: these have half of the time to end by
 * themselves, then they are stopped and their ids go to `questions`.
 */
async function stopReaders(
  db: Database,
  { source_system, external_id }: PageIdentity,
  { patience_over, deadline }: { patience_over: number; deadline: number },
  questions: Set<number>,
): Promise<void> {
  for (;;) {
    const open = await readOpenJobs(db, source_system, external_id);
    if (open.length === 0) return;
    const isImpatient = Date.now() > patience_over && Date.now() <= deadline;
    const stopped = open.filter((job) => job.is_of_page || job.is_abandoned || isImpatient);
    for (const job of stopped) if (!job.is_of_page) questions.add(job.job_id);
    const job_ids = stopped.map((job) => job.job_id);
    if (job_ids.length > 0) await callProcedure(db, 'llm.usp_cancel_jobs', { filter: { job_ids } });
    // Nobody else may be there to take back the jobs of a runner that was killed.
    if (open.some((job) => job.is_abandoned)) await callProcedure(db, 'llm.usp_rescue_expired_jobs');
    const running = open.filter((job) => job.is_running && !job.is_abandoned);
    if (running.length > 0 && Date.now() > deadline) {
      throw new SprouteError(
        'INVALID_STATE',
        `${running.length} jobs about the page, or what it speaks of, are still running: ${running.map((job) => job.job_id).join(', ')}.`,
        { hint: 'Those about the page were told to stop, and nothing was erased. Try again in a minute.' },
      );
    }
    if (running.length > 0) await wait(250);
  }
}

/** What was stopped although it was not about the page itself; what is gone by now is not found. */
async function askAgain(db: Database, job_ids: number[]): Promise<void> {
  if (job_ids.length > 0) await callProcedure(db, 'llm.usp_retry_jobs', { filter: { job_ids } });
}
