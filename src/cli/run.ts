import type { Command } from 'commander';
import type { Database } from '../db/connect.ts';
import { readPausedJobs } from '../db/health-queries.ts';
import { type JobRow, readJobs } from '../db/job-queries.ts';
import { isSprouteError, SprouteError } from '../errors.ts';
import { loggedError } from '../logged-error.ts';
import { commaList, wholeNumber } from './options.ts';
import { grouped, print, printJson, say } from './output.ts';
import { withSession } from './session.ts';
import { startRunner } from './start-runner.ts';

interface RunOptions {
  drain?: boolean;
  types?: string[];
  concurrency?: number;
  threads?: number;
  minPriority?: number;
  fresh?: boolean;
  gleaning?: number;
  schedule?: boolean;
  json?: boolean;
}

/** `sproute run`: claim jobs and do them. */
export function registerRun(program: Command): void {
  program
    .command('run')
    .description('claim jobs and do them, until stopped (first Ctrl-C drains, second exits)')
    .option('--drain', 'end when no job is due, scheduled or running any more')
    .option('--types <types>', 'only these job types, with commas', commaList)
    .option(
      '--concurrency <n>',
      'jobs at a time (default: half as many again as LLM_CONCURRENCY)',
      wholeNumber(1, 10_000),
    )
    .option('--threads <n>', 'worker threads (default: one a core)', wholeNumber(1, 256))
    .option('--min-priority <n>', 'only jobs of at least this priority', wholeNumber(-2_147_483_648))
    .option('--schedule', 'fire schedules too, as `sproute scheduler` does; not with --drain')
    .option('--fresh', 'pass the response cache by')
    .option(
      '--gleaning <passes>',
      'ask about each chunk again for what was missed, so often (default: 0; an input with gleaning_passes goes before)',
      wholeNumber(0, 5),
    )
    .option('--json', 'print JSON at the end')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 failed, 2 usage, 3 done with dead letters.\n\nExamples:\n  sproute run --drain\n  sproute run --types entity_extraction --concurrency 16 --threads 4\n  sproute run --schedule --min-priority 100\n  sproute run --drain --gleaning 1',
    )
    .action(async (options: RunOptions) => {
      if (options.drain && options.schedule) {
        throw new SprouteError('USAGE', '--drain ends and --schedule does not.', { hint: 'Give one of them.' });
      }
      await withSession(async (session) => {
        const progress = await startRunner(session, {
          ...options,
          drain: options.drain === true,
          quiet: process.stderr.isTTY === true,
        });
        const { running: _, subjects: __, total: ___, ...counts } = progress;
        const paused = options.drain ? await leftPaused(session.db, options.types) : [];
        if (options.json) printJson({ ...counts, paused });
        else {
          print(
            `${grouped(counts.succeeded)} jobs succeeded, ${counts.failed} attempts failed, ${counts.dead} dead letters, ${counts.released} given back; ` +
              `${grouped(counts.calls)} model calls, ${grouped(counts.cache_hits)} answers from the cache` +
              `${counts.repeated_calls === 0 ? '' : `; ${counts.repeated_calls} database calls had to be repeated`}.`,
          );
        }
        for (const { job_type, jobs } of paused)
          say(`${jobs} jobs of ${job_type} were left: the type is paused. Next: sproute queue resume ${job_type}`);
        if (counts.dead > 0) {
          for (const job of await ifAllowed(() => readJobs(session.db, { status: 'DEADLETTER', limit: 5 })))
            say(`dead letter ${job.job_id} ${job.job_type} ${job.subject}: ${job.last_error_code}: ${shownError(job)}`);
          say('Next: sproute job show <job_id>, then sproute job retry --ids <job_id>');
          process.exitCode = 3;
        }
      });
    });
}

/** The error of a dead letter; without what it may quote where stderr is a log rather than a terminal. */
function shownError({ last_error_code, last_error }: JobRow): string {
  const err = { code: last_error_code ?? '', message: last_error ?? '' };
  return (process.stderr.isTTY ? err : loggedError(err)).message;
}

/** Jobs that a drained run leaves because nobody may claim them. */
function leftPaused(db: Database, types: string[] | undefined): Promise<{ job_type: string; jobs: number }[]> {
  return ifAllowed(() => readPausedJobs(db, types));
}

/** A login that may only run has no right to look at tables: it does without. */
async function ifAllowed<Row>(read: () => Promise<Row[]>): Promise<Row[]> {
  try {
    return await read();
  } catch (error) {
    if (isSprouteError(error, 'DATABASE_ERROR')) return [];
    throw error;
  }
}
