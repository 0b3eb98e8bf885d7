import { setTimeout as wait } from 'node:timers/promises';
import type { Command } from 'commander';
import { callProcedure } from '../db/call.ts';
import type { Database } from '../db/connect.ts';
import { SprouteError } from '../errors.ts';
import { refuseUnknownTypes } from './known-types.ts';
import { commaList, jobStatus, numberList } from './options.ts';
import { counted, print, printJson } from './output.ts';
import { type Progress, startProgress } from './progress.ts';
import { withSession } from './session.ts';

/** Rows of one call: each is a transaction. */
const batch = 10_000;

/** Which jobs a bulk operation is about. */
export interface FilterOptions {
  ids?: number[];
  type?: string[];
  status?: string;
  subject?: string;
  source?: string;
  entityType?: string;
  dryRun?: boolean;
  json?: boolean;
}

export function withFilter(command: Command): Command {
  return command
    .option('--ids <ids>', 'job ids, with commas', numberList)
    .option('--type <types>', 'job types, with commas', commaList)
    .option('--status <status>', 'only jobs in this status', jobStatus)
    .option('--subject <pattern>', 'SQL LIKE pattern on the subject')
    .option('--source <pattern>', "SQL LIKE pattern on the page's external id")
    .option('--entity-type <type>', 'pages that speak of entities of this type')
    .option('--dry-run', 'say how many jobs it would be')
    .option('--json', 'print JSON');
}

/** Throws USAGE without any condition. */
export function filterOf(options: FilterOptions, others = ''): Record<string, unknown> {
  const filter = {
    ...(options.ids && { job_ids: options.ids }),
    ...(options.type && { job_types: options.type }),
    ...(options.status && { status: options.status }),
    ...(options.subject && { subject_like: options.subject }),
    ...(options.source && { source_like: options.source }),
    ...(options.entityType && { entity_type: options.entityType }),
  };
  if (Object.keys(filter).length > 0) return filter;
  throw new SprouteError('USAGE', 'Which jobs?', {
    hint: `Use at least one of --ids, --type, --status, --subject, --source and --entity-type${others}.`,
  });
}

/** What a bulk operation that may touch no job finds to do. */
export async function showMatching(
  procedure: string,
  parameters: Record<string, object | number | undefined>,
  { type, json }: FilterOptions,
): Promise<void> {
  const [row] = await withSession(async ({ db }) => {
    await refuseUnknownTypes(db, type);
    return callProcedure<{ remaining: number }>(db, procedure, { ...parameters, limit: 0 });
  });
  const jobs = row?.remaining ?? 0;
  if (json) printJson({ jobs, affected: 0 });
  else print(`${counted(jobs, 'job')} match; nothing was changed.`);
}

interface Step {
  affected: number;
  remaining: number;
  last_job_id: number | null;
}

export interface BatchOptions {
  /** Jobs at most. */
  cap?: number | undefined;
  /** What is being done, for the progress: `cancelling`. */
  what?: string;
  /** Rows of one call. */
  size?: number;
}

/** How often, and after how many milliseconds, jobs are tried again that somebody held: a renewal or a routing ends soon. */
const patience = { tries: 5, pause: 200 };

/**
 * A function cannot commit, so bulk operations work in batches, each where the last one ended. A call passes
 * over jobs that somebody holds: those to cancel are met again a moment later. Returns how many jobs changed.
 */
export async function everyBatch(
  db: Database,
  procedure: string,
  parameters: Record<string, object | number | undefined>,
  { cap = Number.POSITIVE_INFINITY, what = 'changing', size = batch }: BatchOptions = {},
): Promise<number> {
  // What is added twice is added once too often.
  const repeatable = parameters.delta === undefined;
  // What is retried may have failed again by now, and what has its new priority matches still: these are met once.
  const isFinal = procedure === 'llm.usp_cancel_jobs';
  const call = async (limit: number, after?: number) =>
    (await callProcedure<Step>(db, procedure, { ...parameters, after, limit }, { repeatable }))[0];
  let total = 0;
  let progress: Progress | undefined;
  /** All that match, once, but not all that is enqueued meanwhile: that may have no end. Tells whether some did. */
  const pass = async () => {
    let left: number | undefined;
    for (let after = 0; total < cap; ) {
      const limit = Math.min(size, cap - total);
      const row = await call(limit, after);
      total += row?.affected ?? 0;
      const last = Number(row?.last_job_id ?? after);
      if (!row || last === after || row.remaining === 0) return last > 0;
      left = left === undefined ? ((await call(0, last))?.remaining ?? 0) : left - limit;
      if (left <= 0) return true;
      progress ??= startProgress(what, Math.min(cap, total + left));
      progress.update(total, '');
      after = last;
    }
    return false;
  };
  try {
    for (let tries = patience.tries; ; tries -= 1) {
      const before = total;
      const isMet = await pass();
      if (!isFinal || !isMet || total >= cap || tries === 0) return total;
      if (total === before) await wait(patience.pause);
    }
  } finally {
    progress?.stop();
  }
}
