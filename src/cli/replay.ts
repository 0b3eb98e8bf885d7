import type { Command } from 'commander';
import { highestExtraction, type ReplaySelection } from '../db/replay-queries.ts';
import { SprouteError } from '../errors.ts';
import { countReplay, enqueueReplay, planReplay, type Replay, type ReplayCounts } from '../knowledge/replay.ts';
import { parseTimeRange } from '../knowledge/time-range.ts';
import { inSpan } from '../telemetry/span.ts';
import { pagesOf } from './backfill-options.ts';
import { ageAgo, repeated, uuid, wholeNumber } from './options.ts';
import { grouped, print, printJson, say } from './output.ts';
import { startProgress } from './progress.ts';
import { type Session, withSession } from './session.ts';

interface ReplayOptions {
  all?: boolean;
  jobType?: string;
  page?: string[];
  since?: string;
  run?: string;
  rerun?: boolean;
  rebuild: boolean;
  priority?: number;
  correlationId?: string;
  dryRun?: boolean;
  json?: boolean;
}

/** `sproute replay`: apply stored answers again, without asking a model. */
export function registerReplay(program: Command): void {
  program
    .command('replay')
    .description(
      "apply stored answers again through today's procedures, without a model call; conditions must all hold",
    )
    .option('--all', 'every answer that live knowledge rests on')
    .option('--job-type <job_type>', 'answers of this job type')
    .option('--page <id|pattern>', 'a source_page_id, or a SQL LIKE pattern on the external id; repeatable', repeated)
    .option('--since <time>', 'routed then or later: a day, month, year or instant (UTC), or an age such as 7d')
    .option('--run <run_id>', 'the answers of this run', uuid)
    .option('--rerun', 'once more, although the procedures have not changed since the last replay')
    .option('--no-rebuild', 'leave derived rows alone whose evidence stays; without it all of them are recomputed once')
    .option('--priority <n>', "higher runs first (default: 50 below the job type's)", wholeNumber(-2_147_483_648))
    .option('--correlation-id <id>', 'what the jobs belong to, for `sproute trace` (default: a new one)', uuid)
    .option('--dry-run', 'say how many answers it would be')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  sproute replay --all --dry-run\n  sproute replay --job-type entity_extraction --page "letters/%" && sproute run --drain',
    )
    .action(async (options: ReplayOptions) => {
      const selection = selectionOf(options);
      await withSession((session) => runReplay(session, selection, options));
    });
}

async function runReplay(session: Session, selection: ReplaySelection, options: ReplayOptions): Promise<void> {
  const { db } = session;
  const { rerun = false, rebuild, priority, correlationId: correlation_id } = options;
  const replay = await planReplay(db, { selection, rerun, rebuild, priority, correlation_id });
  const counts = await counted(session, replay);
  refuseNothing(selection, counts);
  if (!options.json) describe(counts);
  if (options.dryRun || counts.ready === 0) {
    if (options.json) return printJson({ ...counts, created: 0 });
    return print(counts.ready === 0 ? 'Nothing was enqueued.' : 'Nothing was enqueued (--dry-run).');
  }
  const done = await enqueued(session, replay, counts.ready);
  if (options.json) return printJson({ ...counts, ...done, correlation_id: replay.correlation_id });
  if (rebuild) say(`What follows from ${grouped(done.assertions)} assertions was recomputed.`);
  print(`${grouped(done.created)} jobs enqueued.`);
  say(`Next: sproute run --drain, and sproute trace ${replay.correlation_id}`);
}

async function counted({ db }: Session, replay: Replay): Promise<ReplayCounts> {
  const progress = startProgress('looking', await highestExtraction(db));
  try {
    return await countReplay(db, replay, (seen) => progress.update(seen, ''));
  } finally {
    progress.stop();
  }
}

async function enqueued({ db }: Session, replay: Replay, jobs: number) {
  const progress = startProgress('enqueuing', jobs);
  try {
    const onProgress = (created: number) => progress.update(created, '', Math.max(jobs, created));
    return await inSpan('command', { of: 'replay' }, () => enqueueReplay(db, replay, onProgress));
  } finally {
    progress.stop();
  }
}

function describe({ rows, ready, done, no_answers, other_major }: ReplayCounts): void {
  print(`${grouped(rows)} answers match, ${grouped(ready)} to be applied; 0 tokens, 0.00 USD.`);
  if (done > 0) say(`${grouped(done)} were applied through these procedures already; --rerun does it once more.`);
  if (no_answers > 0) say(`${grouped(no_answers)} have no stored output: sproute backfill <job_type> --page <id>`);
  if (other_major > 0) {
    say(
      `${grouped(other_major)} were given under another MAJOR of the contract and cannot be routed: ` +
        'sproute backfill <job_type> --contract-before <version>',
    );
  }
}

function selectionOf(options: ReplayOptions): ReplaySelection {
  const { jobType: job_type, page, run: run_id, since, all } = options;
  const isEmpty = [job_type, page, run_id, since].every((each) => each === undefined);
  if (isEmpty === (all === true)) {
    return { job_type, run_id, ...pagesOf(page ?? []), since: since === undefined ? undefined : sinceOf(since) };
  }
  throw isEmpty
    ? new SprouteError('USAGE', 'Which answers?', {
        hint: 'Use --job-type, --page, --since or --run, or --all for every answer.',
      })
    : new SprouteError('USAGE', '--all stands for every answer, so it goes with no other condition.', {
        hint: 'Leave --all out, or the others.',
      });
}

function sinceOf(text: string): string | undefined {
  if (/^\d{4}/.test(text) && !text.includes('..')) return parseTimeRange(`${text}..`).from;
  if (/^\d{1,5}[hdwy]$/.test(text)) return ageAgo(text).toISOString();
  throw new SprouteError('USAGE', `--since ${text} is no point in time.`, {
    hint: 'Give a day, month, year or instant (UTC), such as 2026-05-01, or an age, such as 7d.',
  });
}

/** A run that nothing rests on is a mistake worth a word. Throws NOT_FOUND. */
function refuseNothing({ run_id }: ReplaySelection, { rows }: ReplayCounts): void {
  if (run_id === undefined || rows > 0) return;
  throw new SprouteError('NOT_FOUND', `Nothing that is known rests on the answers of run ${run_id}.`, {
    hint: 'A later run of its page has taken its place, it found nothing, retention purged it, or there is no such run: `sproute lake ls`.',
  });
}
