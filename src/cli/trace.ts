import { type Command, InvalidArgumentError } from 'commander';
import type { Database } from '../db/connect.ts';
import {
  findTracedJobs,
  readTrace,
  readTraceOrigins,
  type TracedJob,
  type TraceEvent,
  type TraceOrigin,
} from '../db/trace-queries.ts';
import { SprouteError } from '../errors.ts';
import { uuid, wholeNumber } from './options.ts';
import { print, printJson, say } from './output.ts';
import { withSession } from './session.ts';
import { visibleLine } from './visible.ts';

interface TraceOptions {
  limit: number;
  events: number;
  json?: boolean;
}

interface Story {
  /** What set the jobs off, if it was a schedule or a dag. */
  origins: TraceOrigin[];
  jobs: { job_id: number; events: TraceEvent[] }[];
  /** Whether there are more jobs than were asked for. */
  more: boolean;
}

/** `sproute trace`: everything that happened to a job, in order. */
export function registerTrace(program: Command): void {
  program
    .command('trace')
    .description(
      'the story of a job in order: by whom enqueued, runs, calls, artifacts, what was routed and made of it, decisions about that, who cancelled or retried it, how it ended',
    )
    .argument('<id>', 'a job_id, a run_id or a correlation_id', jobOrUuid)
    .option('--limit <n>', 'of the jobs with a correlation id at most so many', wholeNumber(1, 10_000), 100)
    .option('--events <n>', 'of each kind of event of a job at most so many', wholeNumber(1, 1_000_000), 100)
    .option('--json', 'print JSON: {origins, jobs: [{job_id, events}], more}')
    .addHelpText(
      'after',
      '\nArchived jobs are found too; what retention purged is named as such. Times are UTC.\n\nExamples:\n  sproute trace 12\n  sproute trace 019f1fc6-b0bb-7e11-bc42-000000061b8f\n  sproute trace 12 --events 1000 --json',
    )
    .action(async (id: number | string, options: TraceOptions) => {
      const story = await withSession(({ db }) => readStory(db, id, options));
      if (options.json) return printJson(story);
      if (story.origins.length > 0) print('Set off by');
      for (const origin of story.origins) print(lineOf({ ...origin, run_id: null }));
      for (const { job_id, events } of story.jobs) {
        print(`Job ${job_id}`);
        for (const event of events) print(lineOf(event));
      }
      if (story.more) say(`Only the first ${options.limit} jobs are shown; --limit shows more.`);
    });
}

async function readStory(db: Database, id: number | string, { limit, events: most }: TraceOptions): Promise<Story> {
  const found: TracedJob[] =
    typeof id === 'number' ? [{ job_id: id, run_id: null }] : await findTracedJobs(db, id, limit + 1);
  const jobs: Story['jobs'] = [];
  for (const job of found.slice(0, limit)) {
    const events = await readTrace(db, job, most);
    if (events.length > 0) jobs.push({ job_id: job.job_id, events });
  }
  const correlation = jobs[0]?.events.find(({ event }) => event === 'enqueued')?.detail.correlation_id ?? id;
  const origins = typeof correlation === 'string' ? await readTraceOrigins(db, correlation) : [];
  if (jobs.length === 0 && origins.length === 0) {
    const what = typeof id === 'number' ? `No job has the id ${id}.` : `No job, run or correlation id is ${id}.`;
    throw new SprouteError('UNKNOWN_JOB', what, {
      hint: '`sproute job ls` and `sproute lake ls` list jobs and runs; what retention purged is gone.',
    });
  }
  return { origins, jobs, more: found.length > limit };
}

function lineOf({ at, event, run_id, detail }: TraceEvent): string {
  const told = Object.entries(detail).map(
    ([key, value]) => `${key}=${typeof value === 'object' ? JSON.stringify(value) : value}`,
  );
  const run = run_id === null ? [] : [`run_id=${run_id}`];
  return `  ${at.toISOString()}  ${event.padEnd(13)}  ${visibleLine([...run, ...told].join(' '))}`;
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
