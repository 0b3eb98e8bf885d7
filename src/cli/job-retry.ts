import type { Command } from 'commander';
import type { Database } from '../db/connect.ts';
import { type RetryPart, readDeadLetterGroups, readRetryParts } from '../db/dead-letter-queries.ts';
import { SprouteError } from '../errors.ts';
import { confirmed } from './confirm.ts';
import { oneGroup } from './job-dead.ts';
import { everyBatch, type FilterOptions, filterOf, withFilter } from './job-filter.ts';
import { refuseUnknownTypes } from './known-types.ts';
import { errorGroup, wholeNumber } from './options.ts';
import { counted, grouped, print, printJson, say } from './output.ts';
import { withSession } from './session.ts';

interface RetryOptions extends FilterOptions {
  group?: string;
  all?: boolean;
  cap?: number;
  yes?: boolean;
}

/** `sproute job retry`: one, a group, or all, after showing what it would be. */
export function registerRetry(job: Command): void {
  withFilter(job.command('retry').description('run dead letters and cancelled jobs again; shows first which'))
    .option('--group <id>', 'the dead letters of this group of `sproute job dead`', errorGroup)
    .option('--all', 'all dead letters')
    .option('--cap <n>', 'the oldest so many at most (default: no cap)', wholeNumber(1))
    .option('--yes', 'go ahead without asking (--ids never asks)')
    .addHelpText(
      'after',
      '\nExamples:\n  sproute job retry --ids 12\n  sproute job retry --group 3f2a --cap 10 --yes\n  sproute job retry --all --dry-run\n  sproute job retry --type entity_extraction',
    )
    .action(async (options: RetryOptions) => {
      await withSession(async ({ db }) => {
        await refuseUnknownTypes(db, options.type);
        await retry(db, options);
      });
    });
}

async function retry(db: Database, options: RetryOptions): Promise<void> {
  const { cap, json } = options;
  const filter = await retryFilter(db, options);
  const parts = await readRetryParts(db, filter, cap);
  const jobs = parts.reduce((sum, part) => sum + part.jobs, 0);
  if (!json) show(parts, jobs, cap);
  if (options.dryRun || jobs === 0) {
    if (json) return printJson({ jobs, affected: 0, parts });
    return print(jobs === 0 ? 'No job matches; nothing was changed.' : `${jobs} jobs match; nothing was changed.`);
  }
  if (!options.yes && options.ids === undefined && !(await confirmed(`Run ${counted(jobs, 'job')} again?`))) {
    return print('Nothing was changed.');
  }
  const affected = await everyBatch(db, 'llm.usp_retry_jobs', { filter }, { cap, what: 'retrying' });
  if (json) return printJson({ affected, status: 'NEW', parts });
  print(`${counted(affected, 'job')} will run again.`);
  if (affected < jobs && cap === undefined) {
    say(
      `${counted(jobs - affected, 'job')} stay: their dag ended and a later one of its subject takes its place, or they changed meanwhile.`,
    );
  }
  if (affected > 0) say('Next: sproute run --drain');
}

async function retryFilter(db: Database, options: RetryOptions): Promise<Record<string, unknown>> {
  const { group, all, status } = options;
  if (status !== undefined && status !== 'DEADLETTER' && status !== 'CANCELLED') {
    throw new SprouteError('USAGE', `Jobs that are ${status} are not run again.`, {
      hint: 'Dead letters and cancelled jobs are: --status DEADLETTER or CANCELLED. Done work is repeated by `sproute backfill --rerun`.',
    });
  }
  if (all && (group !== undefined || options.ids !== undefined || options.status !== undefined)) {
    throw new SprouteError('USAGE', '--all means every dead letter, so --group, --ids and --status do not go with it.');
  }
  if (all)
    return {
      ...(options.type || options.subject || options.source || options.entityType ? filterOf(options) : {}),
      status: 'DEADLETTER',
    };
  if (group === undefined) return filterOf(options, ', or --group or --all');
  const { error_group } = oneGroup(await readDeadLetterGroups(db, { group, limit: 2 }), group);
  const others = { ...options, group: undefined };
  const hasOthers = [
    options.ids,
    options.type,
    options.status,
    options.subject,
    options.source,
    options.entityType,
  ].some((each) => each !== undefined);
  return { ...(hasOthers ? filterOf(others) : {}), error_group };
}

function show(parts: readonly RetryPart[], jobs: number, cap: number | undefined): void {
  for (const { job_type, status, error_code, jobs: count, subjects } of parts) {
    const names = subjects.map((subject) => JSON.stringify(subject)).join(', ');
    say(
      `${grouped(count)} ${job_type} ${status}${error_code === null ? '' : ` ${error_code}`}: ${names}${count > subjects.length ? ' ...' : ''}`,
    );
  }
  if (jobs === cap) say(`That is the cap of ${grouped(cap)}; there may be more.`);
}
