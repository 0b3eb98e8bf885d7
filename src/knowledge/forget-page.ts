import { setTimeout as wait } from 'node:timers/promises';
import { callProcedure } from '../db/call.ts';
import type { Database } from '../db/connect.ts';
import { type ForgetCounts, readOpenJobs, readPageArtifacts } from '../db/page-forget-queries.ts';
import { SprouteError } from '../errors.ts';
import type { Lake } from '../lake/open.ts';

export interface PageIdentity {
  source_system: string;
  external_id: string;
}

/** How long runners have to let go of the page; they hear of it when they renew their leases. */
const longestWaitMs = 90_000;

/**
 * Erases a page: all its versions, chunks, jobs, runs, answers and files of the lake, and what rests on it alone. Jobs
 * that read it are stopped first. The files go before the rows that name them, so that an end at any instant leaves
 * nothing that a second call does not find. Throws INVALID_STATE while a runner works on it, LAKE_FAILED.
 */
export async function forgetPage(
  db: Database,
  lake: Lake,
  page: PageIdentity,
  wait_ms = longestWaitMs,
): Promise<ForgetCounts> {
  const { source_system, external_id } = page;
  await stopReaders(db, page, wait_ms);
  const known = await readPageArtifacts(db, source_system, external_id);
  await erase(lake, known);
  const [row] = await callProcedure<Omit<ForgetCounts, 'artifacts'> & { artifacts: string[] }>(
    db,
    'kb.usp_forget_page',
    { source_system, external_id },
  );
  if (!row) throw new SprouteError('DATABASE_ERROR', 'kb.usp_forget_page returned no row.');
  const erased = new Set(known);
  const late = row.artifacts.filter((uri) => !erased.has(uri));
  await erase(lake, late);
  return { ...row, artifacts: known.length + late.length };
}

async function stopReaders(db: Database, { source_system, external_id }: PageIdentity, wait_ms: number): Promise<void> {
  const deadline = Date.now() + wait_ms;
  for (;;) {
    const open = await readOpenJobs(db, source_system, external_id);
    if (open.length > 0) {
      await callProcedure(db, 'llm.usp_cancel_jobs', { filter: { job_ids: open.map((job) => job.job_id) } });
    }
    const held = open.filter((job) => job.is_held);
    if (held.length === 0) return;
    if (Date.now() > deadline) {
      throw new SprouteError(
        'INVALID_STATE',
        `${held.length} jobs about the page are still running: ${held.map((job) => job.job_id).join(', ')}.`,
        { hint: 'They were told to stop and nothing was erased. Try again in a minute.' },
      );
    }
    await wait(250);
  }
}

/** Every URI is checked before the first file goes: a lake of elsewhere is no reason to erase half. */
async function erase(lake: Lake, uris: readonly string[]): Promise<void> {
  const paths = uris.map((uri) => lake.pathOf(uri));
  for (const path of paths) await lake.delete(path);
}
