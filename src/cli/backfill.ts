import type { Command } from 'commander';
import { readBackfills } from '../db/backfill-history.ts';
import { highestUnit } from '../db/backfill-queries.ts';
import { SprouteError } from '../errors.ts';
import {
  type Backfill,
  type BackfillCounts,
  backfillCorrelation,
  enqueueBackfill,
  findBackfill,
  planBackfill,
  readBackfill,
} from '../knowledge/backfill.ts';
import { type BackfillEstimate, estimateBackfill } from '../knowledge/backfill-estimate.ts';
import { builtinModelName } from '../llm/endpoint.ts';
import { inSpan } from '../telemetry/span.ts';
import { type SelectionOptions, selectionOf, withSelection } from './backfill-options.ts';
import { confirmed } from './confirm.ts';
import { everyBatch } from './job-filter.ts';
import { wholeNumber } from './options.ts';
import { grouped, print, printJson, printRows, say } from './output.ts';
import { startProgress } from './progress.ts';
import { type Session, withSession } from './session.ts';

interface BackfillOptions extends SelectionOptions {
  fresh?: boolean;
  rerun?: boolean;
  resume?: string;
  priority?: number;
  dryRun?: boolean;
  yes?: boolean;
  json?: boolean;
}

/** `sproute backfill`: extract again what is chosen, behind everything else. */
export function registerBackfill(program: Command): void {
  const backfill = program
    .command('backfill')
    .description('enqueue jobs for what is already stored, at low priority; conditions must all hold')
    .argument('<job_type>', 'such as entity_extraction');
  withSelection(backfill)
    .option('--fresh', 'pass the response cache by, so that the model is asked again')
    .option('--priority <n>', "higher runs first (default: 50 below the job type's)", wholeNumber(-2_147_483_648))
    .option('--rerun', 'once more, although a backfill with these options was enqueued before')
    .option('--resume <id>', 'go on with a backfill that was interrupted, with the options it began with')
    .option('--dry-run', 'show rows, chunks, tokens and USD, and enqueue nothing')
    .option('--yes', 'do not ask')
    .option('--json', 'print JSON')
    .addHelpText('after', examples)
    .action(async (jobType: string, options: BackfillOptions) => {
      await withSession((session) => runBackfill(session, jobType, options));
    });
  registerList(backfill);
  registerCancel(backfill);
}

const examples = `
Examples:
  sproute backfill entity_extraction --entity-type person --confidence-below 0.8 --dry-run
  sproute backfill entity_extraction --prompt-changed --yes
  sproute backfill page_classification --never-extracted --source wiki --yes
  sproute backfill ls`;

async function runBackfill(session: Session, jobType: string, options: BackfillOptions): Promise<void> {
  const { config } = session;
  const model = config.llm_model ?? builtinModelName;
  const backfill = await chosen(session, jobType, options, model);
  const estimate = await estimated(session, backfill, model);
  if (!options.json) describe(backfill, estimate);
  const isEmpty = estimate.jobs === 0;
  if (options.dryRun || isEmpty) {
    if (options.json) return printJson({ ...summaryOf(backfill, estimate), created: 0 });
    if (isEmpty && estimate.known > 0) say('Nothing is left to enqueue; --rerun does it once more.');
    return print(isEmpty ? 'Nothing was enqueued.' : 'Nothing was enqueued (--dry-run).');
  }
  if (!options.yes && !(await confirmed(`Enqueue ${grouped(estimate.jobs)} jobs?`))) {
    process.exitCode = 1;
    return say('Nothing was enqueued.');
  }
  if (!options.json) say(`Should this be interrupted: ${resumeCommand(backfill)}`);
  const counts = await enqueued(session, backfill, estimate.jobs);
  if (options.json) return printJson({ ...summaryOf(backfill, estimate), ...counts });
  print(`${grouped(counts.created)} jobs enqueued at priority ${backfill.priority}.`);
  say(`Next: sproute run --drain, sproute backfill ls, and sproute trace ${backfillCorrelation(backfill.backfill_id)}`);
}

async function chosen({ db }: Session, jobType: string, options: BackfillOptions, model: string): Promise<Backfill> {
  if (options.resume === undefined) {
    const { fresh = false, rerun = false, promptChanged: prompt_changed = false, priority } = options;
    const selection = selectionOf(options);
    return planBackfill(db, { job_type: jobType, selection, prompt_changed, fresh, rerun, priority }, model);
  }
  refuseSelection(options);
  const backfill = await findBackfill(db, options.resume, options.priority);
  if (backfill.job_type === jobType) return backfill;
  throw new SprouteError('USAGE', `The backfill ${options.resume} is one of ${backfill.job_type}, not of ${jobType}.`, {
    hint: resumeCommand(backfill),
  });
}

const withResume = ['resume', 'priority', 'dryRun', 'yes', 'json'];

/** Throws USAGE for what --resume would not heed. */
function refuseSelection(options: BackfillOptions): void {
  const extra = Object.keys(options).find((each) => !withResume.includes(each));
  if (extra === undefined) return;
  const name = extra.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new SprouteError('USAGE', `--${name} does not go with --resume: a backfill keeps the options it began with.`, {
    hint: 'Leave it out, or start another backfill without --resume.',
  });
}

async function estimated({ db }: Session, backfill: Backfill, model: string): Promise<BackfillEstimate> {
  const progress = startProgress('looking', await highestUnit(db, backfill.unit));
  try {
    return await estimateBackfill(db, backfill, model, (seen) => progress.update(seen, ''));
  } finally {
    progress.stop();
  }
}

async function enqueued({ db }: Session, backfill: Backfill, jobs: number): Promise<BackfillCounts> {
  const progress = startProgress('enqueuing', jobs);
  try {
    const onProgress = ({ created }: BackfillCounts) => progress.update(created, '', Math.max(jobs, created));
    return await inSpan('command', { of: 'backfill' }, () => enqueueBackfill(db, backfill, onProgress));
  } finally {
    progress.stop();
  }
}

function describe(backfill: Backfill, estimate: BackfillEstimate): void {
  const { rows, known, waiting, jobs, chunks, input_tokens, output_tokens, cost_usd, model, basis } = estimate;
  const what = backfill.unit === 'page' ? 'pages' : 'entities';
  const left = [
    ...(known > 0 ? [`${grouped(known)} have their job of this backfill already`] : []),
    ...(waiting > 0 ? [`${grouped(waiting)} have another ${backfill.job_type} job under way`] : []),
  ];
  print(`Backfill ${backfill.backfill_id}`);
  print(`${grouped(rows)} ${what} match${left.length > 0 ? `; ${left.join(', ')}` : ''}.`);
  if (jobs === 0) return;
  const usd = cost_usd === null ? `unknown USD (llm.model_price has no ${model})` : `${cost_usd.toFixed(2)} USD`;
  const source = basis === 'calls' ? 'by past calls' : 'by page lengths';
  print(
    `${grouped(jobs)} jobs, ${grouped(chunks)} chunks, about ${grouped(input_tokens)} input and ` +
      `${grouped(output_tokens)} output tokens (${source}), ${usd} with ${model}` +
      `${backfill.fresh ? '' : '; what the cache holds costs nothing'}.`,
  );
}

function summaryOf(backfill: Backfill, estimate: BackfillEstimate): object {
  const { backfill_id, job_type, priority, fresh, selection } = backfill;
  const correlation_id = backfillCorrelation(backfill_id);
  return { backfill_id, job_type, priority, fresh, selection, correlation_id, ...estimate };
}

function resumeCommand({ job_type, backfill_id }: Backfill): string {
  return `sproute backfill ${job_type} --resume ${backfill_id}`;
}

function registerList(backfill: Command): void {
  backfill
    .command('ls')
    .description('past backfills, newest first, and how far their jobs are')
    .option('--limit <n>', 'at most so many', wholeNumber(1, 100_000), 20)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  sproute backfill ls --limit 5')
    .action(async (options: { limit: number; json?: boolean }) => {
      const rows = await withSession(({ db }) => readBackfills(db, '', options.limit));
      const columns = ['backfill_id', 'selection', 'done', 'failed', 'cancelled', 'waiting', 'running', 'total'];
      printRows(rows, [...columns, 'started_at', 'finished_at'], options.json === true);
    });
}

function registerCancel(backfill: Command): void {
  backfill
    .command('cancel')
    .description('cancel what is waiting or running of a backfill')
    .argument('<id>', 'as `sproute backfill ls` shows it')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  sproute backfill cancel entity_extraction-0123456789-1')
    .action(async (id: string, options: { json?: boolean }) => {
      const affected = await withSession(async ({ db }) => {
        await readBackfill(db, id);
        return everyBatch(
          db,
          'llm.usp_cancel_jobs',
          { filter: { correlation_id: backfillCorrelation(id) } },
          { what: 'cancelling' },
        );
      });
      if (options.json) return printJson({ affected, status: 'CANCELLED' });
      print(`${grouped(affected)} jobs cancelled.`);
    });
}
