import { type Command, InvalidArgumentError } from 'commander';
import type { Database } from '../db/connect.ts';
import { findTracedJobs, readTrace, type TraceEvent } from '../db/trace-queries.ts';
import { SprouteError } from '../errors.ts';
import { uuid, wholeNumber } from './options.ts';
import { print, printJson, say } from './output.ts';
import { withSession } from './session.ts';

/** `sproute trace`: everything that happened to a job, in order. */
export function registerTrace(program: Command): void {
  program
    .command('trace')
    .description('the story of a job in order: enqueued, runs, calls, artifacts, what was routed, how it ended')
    .argument('<id>', 'a job_id, a run_id or a correlation_id', jobOrUuid)
    .option('--limit <n>', 'of the jobs with a correlation id at most so many', wholeNumber(1, 10_000), 100)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nArchived jobs are found too.\n\nExamples:\n  sproute trace 12\n  sproute trace 019f1fc6-b0bb-7e11-bc42-000000061b8f\n  sproute trace 12 --json',
    )
    .action(async (id: number | string, { limit, json }: { limit: number; json?: boolean }) => {
      const { jobs, hasMore } = await withSession(({ db }) => readStories(db, id, limit));
      if (json) printJson(jobs);
      else {
        for (const { job_id, events } of jobs) {
          print(`Job ${job_id}`);
          for (const event of events) print(lineOf(event));
        }
      }
      if (hasMore) say(`Only the first ${limit} jobs are shown; --limit shows more.`);
    });
}

async function readStories(db: Database, id: number | string, limit: number) {
  const found = typeof id === 'number' ? [id] : await findTracedJobs(db, id, limit + 1);
  const jobs: { job_id: number; events: TraceEvent[] }[] = [];
  for (const job_id of found.slice(0, limit)) {
    const events = await readTrace(db, job_id);
    if (events.length > 0) jobs.push({ job_id, events });
  }
  if (jobs.length === 0) {
    throw new SprouteError('UNKNOWN_JOB', `No job, run or correlation id is ${id}.`, {
      hint: '`sproute job ls` and `sproute lake ls` list jobs and runs; what retention purged is gone.',
    });
  }
  return { jobs, hasMore: found.length > limit };
}

function lineOf({ at, event, run_id, detail }: TraceEvent): string {
  const told = Object.entries(detail)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => `${key}=${typeof value === 'object' ? JSON.stringify(value) : value}`);
  const run = run_id === null ? [] : [`run_id=${run_id}`];
  return `  ${at.toISOString()}  ${event.padEnd(9)}  ${[...run, ...told].join(' ')}`;
}

function jobOrUuid(text: string): number | string {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  try {
    return uuid(text);
  } catch {
    throw new InvalidArgumentError(
      'It should be a job_id such as 12, or a whole run_id or correlation_id such as 019f1fc6-b0bb-7e11-bc42-000000061b8f.',
    );
  }
}
