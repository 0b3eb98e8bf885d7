import type { Command } from 'commander';
import { callProcedure } from '../db/call.ts';
import type { Database } from '../db/connect.ts';
import { enqueueJobs } from '../db/enqueue.ts';
import { readJob, readJobs } from '../db/job-queries.ts';
import { countWithJob, highestRerun, type PageFilter, readPages } from '../db/page-queries.ts';
import { SprouteError } from '../errors.ts';
import { inSpan, newCorrelationId } from '../telemetry/span.ts';
import { registerDead } from './job-dead.ts';
import { everyBatch, type FilterOptions, filterOf, showMatching, withFilter } from './job-filter.ts';
import { registerRetry } from './job-retry.ts';
import { refuseUnknownTypes } from './known-types.ts';
import { jobStatus, numberList, uuid, wholeNumber } from './options.ts';
import { counted, print, printJson, printRows, say } from './output.ts';
import { withSession } from './session.ts';

/** `sproute job`: enqueue, look at and steer jobs. */
export function registerJob(program: Command): void {
  const job = program.command('job').description('enqueue, inspect and steer jobs');
  registerEnqueue(job);

  job
    .command('ls')
    .description('list jobs, newest first')
    .option('--type <job_type>', 'only this type')
    .option('--status <status>', 'NEW, SCHEDULED, RUNNING, SUCCEEDED, DEADLETTER or CANCELLED', jobStatus)
    .option('--subject <pattern>', 'SQL LIKE pattern, case-insensitive')
    .option('--limit <n>', 'at most so many', wholeNumber(1, 100_000), 50)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  sproute job ls --status deadletter --limit 10')
    .action(async (options: { type?: string; status?: string; subject?: string; limit: number; json?: boolean }) => {
      const rows = await withSession(async ({ db }) => {
        await refuseUnknownTypes(db, options.type === undefined ? undefined : [options.type]);
        return readJobs(db, {
          job_type: options.type,
          status: options.status,
          subject_like: options.subject,
          limit: options.limit,
        });
      });
      printRows(
        rows,
        ['job_id', 'job_type', 'subject', 'status', 'priority', 'attempt_count', 'last_error_code'],
        options.json === true,
      );
    });

  job
    .command('show')
    .description('show one job with its runs, calls and artifacts')
    .argument('<job_id>', 'the job', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  sproute job show 12\n  sproute job show 12 --json')
    .action(async (jobId: number, options: { json?: boolean }) => {
      const story = await withSession(({ db }) => readJob(db, jobId));
      if (!story)
        throw new SprouteError('UNKNOWN_JOB', `No job has the id ${jobId}.`, { hint: '`sproute job ls` lists them.' });
      if (options.json) return printJson(story);
      for (const [key, value] of Object.entries(story.job)) {
        if (value !== null)
          print(
            `${key.padEnd(18)} ${value instanceof Date ? value.toISOString() : typeof value === 'object' ? JSON.stringify(value) : value}`,
          );
      }
      print('\nRuns');
      printRows(
        story.runs,
        ['run_id', 'attempt', 'status', 'duration_ms', 'input_tokens', 'output_tokens', 'error_code', 'error'],
        false,
      );
      print('\nCalls');
      printRows(
        story.calls,
        ['call_no', 'chunk_index', 'purpose', 'cache_hit', 'http_status', 'finish_reason', 'duration_ms', 'error_code'],
        false,
      );
      print('\nArtifacts');
      printRows(story.artifacts, ['artifact_type', 'byte_count', 'lake_uri'], false);
    });

  registerDead(job);
  registerRetry(job);
  registerCancel(job);
  registerBump(job);
}

function registerEnqueue(job: Command): void {
  job
    .command('enqueue')
    .description('enqueue one job a page; a page that has its job already keeps it')
    .argument('<job_type>', 'such as entity_extraction')
    .option('--all', 'every current page')
    .option('--pages <ids>', 'source_page_id, or several with commas', numberList)
    .option('--source-like <pattern>', 'pages whose external id matches this SQL LIKE pattern')
    .option('--priority <n>', 'higher runs first', wholeNumber(-2_147_483_648))
    .option('--rerun', 'a new job even for pages that have one')
    .option('--correlation-id <id>', 'what the jobs belong to, for `sproute trace` (default: a new one)', uuid)
    .option('--dry-run', 'say how many pages and jobs it would be')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  sproute job enqueue entity_extraction --all\n  sproute job enqueue page_classification --source-like "letters/%" --priority 500',
    )
    .action(async (jobType: string, options: EnqueueOptions & { json?: boolean }) => {
      const enqueue = () => withSession(({ db }) => enqueuePages(db, jobType, options));
      const summary = await inSpan('command', { of: 'job enqueue' }, enqueue);
      if (options.json) return printJson(summary);
      if (options.dryRun) {
        const { pages, existing } = summary;
        return print(
          `${pages} pages match; ${pages - existing} jobs would be enqueued, ${existing} have theirs already. Nothing was enqueued.`,
        );
      }
      print(`${summary.created} jobs enqueued for ${summary.pages} pages; ${summary.existing} had theirs already.`);
      if (summary.ended > 0)
        say(`${summary.ended} of those are dead letters or cancelled: sproute job retry --type ${jobType}`);
      if (summary.created > 0) say(`Next: sproute run --drain, and sproute trace ${summary.correlation_id}`);
    });
}

export interface EnqueueOptions {
  all?: boolean;
  pages?: number[];
  sourceLike?: string;
  priority?: number;
  rerun?: boolean;
  correlationId?: string;
  dryRun?: boolean;
}

export interface EnqueueSummary {
  pages: number;
  created: number;
  existing: number;
  /** Of the existing ones: dead letters and cancelled. */
  ended: number;
  /** That of the jobs that were made. */
  correlation_id: string;
}

/** Enqueues one job a page, a thousand pages a call. Throws USAGE without any selection or for a job type of entities. */
export async function enqueuePages(db: Database, jobType: string, options: EnqueueOptions): Promise<EnqueueSummary> {
  if (!options.all && options.pages === undefined && options.sourceLike === undefined) {
    throw new SprouteError('USAGE', 'Which pages?', { hint: 'Use --all, --pages 1,2,3 or --source-like "pattern%".' });
  }
  await refuseOtherHandlers(db, jobType);
  const filter: PageFilter = { ids: options.pages, source_like: options.sourceLike };
  const rerun = options.rerun ? (await highestRerun(db, jobType)) + 1 : undefined;
  const correlation_id = options.correlationId ?? newCorrelationId();
  const summary: EnqueueSummary = { pages: 0, created: 0, existing: 0, ended: 0, correlation_id };
  for (let after = 0; ; ) {
    const pages = await readPages(db, filter, after, 1_000);
    const last = pages.at(-1);
    if (!last) return summary;
    after = last.source_page_id;
    summary.pages += pages.length;
    if (options.dryRun) {
      if (rerun === undefined) summary.existing += await countWithJob(db, jobType, pages);
      continue;
    }
    const jobs = pages.map((page) => ({
      job_type: jobType,
      subject: page.title,
      source_page_id: page.source_page_id,
      correlation_id,
      priority: options.priority,
      ...(rerun !== undefined && { rerun, input: { source_page_id: page.source_page_id, rerun } }),
    }));
    const rows = await enqueueJobs(db, jobs);
    for (const row of rows) {
      if (row.created) summary.created += 1;
      else summary.existing += 1;
      if (!row.created && (row.status === 'DEADLETTER' || row.status === 'CANCELLED')) summary.ended += 1;
    }
  }
}

/** A job type that is about entities cannot be enqueued by page: its jobs would all be dead letters. */
async function refuseOtherHandlers(db: Database, jobType: string): Promise<void> {
  const types = await callProcedure<{ job_type: string; handler: string }>(db, 'llm.usp_list_job_types', {});
  const handler = types.find(({ job_type }) => job_type === jobType)?.handler;
  if (handler === undefined)
    throw new SprouteError('UNKNOWN_JOB_TYPE', `No job type is named ${jobType}.`, {
      hint: `Known are ${types.map(({ job_type }) => job_type).join(', ')}.`,
    });
  if (handler === 'page') return;
  throw new SprouteError('USAGE', `${jobType} is about entities, not about pages.`, {
    hint:
      handler === 'enrichment'
        ? `\`sproute backfill ${jobType}\` selects entities, and llm.usp_enqueue_jobs takes {"input": {"entity_id": ...}}.`
        : 'llm.usp_enqueue_jobs takes {"input": {"first_entity_id": ..., "second_entity_id": ...}}.',
  });
}

function registerCancel(job: Command): void {
  withFilter(job.command('cancel').description('cancel waiting jobs, and tell running ones to stop'))
    .addHelpText('after', '\nExample:\n  sproute job cancel --type entity_extraction')
    .action(async (options: FilterOptions) => {
      const parameters = { filter: filterOf(options) };
      if (options.dryRun) return showMatching('llm.usp_cancel_jobs', parameters, options);
      const affected = await withSession(async ({ db }) => {
        await refuseUnknownTypes(db, options.type);
        return everyBatch(db, 'llm.usp_cancel_jobs', parameters, { what: 'cancelling' });
      });
      if (options.json) return printJson({ affected, status: 'CANCELLED' });
      print(`${counted(affected, 'job')} cancelled; those that run are told within seconds.`);
    });
}

function registerBump(job: Command): void {
  withFilter(job.command('bump').description('change the priority of waiting jobs'))
    .option('--by <n>', 'add this', wholeNumber(-2_147_483_648))
    .option('--to <n>', 'set this', wholeNumber(-2_147_483_648))
    .addHelpText('after', '\nExample:\n  sproute job bump --source "letters/%" --by 100')
    .action(async (options: FilterOptions & { by?: number; to?: number }) => {
      if ((options.by === undefined) === (options.to === undefined)) {
        throw new SprouteError('USAGE', 'By how much?', { hint: 'Use either --by n or --to n.' });
      }
      const parameters = { filter: filterOf(options), delta: options.by, absolute: options.to };
      if (options.dryRun) return showMatching('llm.usp_bump_priority', parameters, options);
      const affected = await withSession(async ({ db }) => {
        await refuseUnknownTypes(db, options.type);
        return everyBatch(db, 'llm.usp_bump_priority', parameters, { what: 'changing priorities' });
      });
      if (options.json) return printJson({ affected });
      print(`${counted(affected, 'job')} with a new priority; it counts from the next claim on.`);
    });
}
