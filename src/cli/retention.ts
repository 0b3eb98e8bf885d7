import { setTimeout as wait } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { callProcedure } from '../db/call.ts';
import type { Database } from '../db/connect.ts';
import { changeRetention, type RetentionPolicy, readRetention } from '../db/retention-queries.ts';
import { SprouteError } from '../errors.ts';
import { wholeNumber } from './options.ts';
import { grouped, print, printJson, printRows, say } from './output.ts';
import { startProgress } from './progress.ts';
import { withSession } from './session.ts';

interface Counted {
  what: string;
  rows: number;
}

/** `sproute retention`: how long finished work is kept, and keeping to it now. */
export function registerRetention(program: Command): void {
  const retention = program
    .command('retention')
    .description('how long finished work is kept; runners keep to it, a few rows at a time');
  registerLs(retention);
  registerSet(retention);
  registerRun(retention);
}

function registerLs(retention: Command): void {
  retention
    .command('ls', { isDefault: true })
    .description('after how many days what is archived or purged, and how much was so far')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  sproute retention ls\n  sproute retention ls --json')
    .action(async (options: { json?: boolean }) => {
      const rows = await withSession(({ db }) => readRetention(db));
      if (options.json) return printJson(rows);
      const shown = rows.map((row) => ({ ...row, keep_days: row.keep_days ?? 'for ever' }));
      printRows(shown, ['what', 'keep_days', 'batch', 'removed_total', 'last_at', 'description'], false);
    });
}

function registerSet(retention: Command): void {
  retention
    .command('set')
    .description('change how long something is kept')
    .argument('<what>', 'such as run: see retention ls')
    .option('--keep <age>', 'days, weeks or years such as 90d, 8w or 2y, or forever (default: as it is)', keepDays)
    .option('--batch <rows>', 'most rows of one step (default: as it is)', wholeNumber(1, 1_000))
    .option('--dry-run', 'change nothing; say how many rows would be archived or purged now')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  sproute retention set run --keep 1y --dry-run\n  sproute retention set run --keep 1y\n  sproute retention set job_archive --keep forever',
    )
    .action(async (what: string, options: { keep?: Keep; batch?: number; dryRun?: boolean; json?: boolean }) => {
      const { keep, batch } = options;
      if (keep === undefined && batch === undefined) {
        throw new SprouteError('USAGE', 'Nothing to change.', {
          hint: 'Use --keep 90d, --keep forever or --batch 500.',
        });
      }
      await withSession(async ({ db }) => {
        await policiesNamed(db, [what]);
        const rows = keep?.days === null ? 0 : await countMatching(db, what, keep?.days);
        if (!options.dryRun) await changeRetention(db, what, { keep_days: keep?.days, batch });
        if (options.json) return printJson({ what, rows, changed: options.dryRun !== true });
        const effect = `${grouped(rows)} rows ${options.dryRun ? 'would be' : 'are'} due now.`;
        print(options.dryRun ? `${effect} Nothing was changed.` : `Changed. ${effect}`);
        if (!options.dryRun && rows > 0)
          say('Runners archive or purge them in the background. At once: sproute retention run');
      });
    });
}

function registerRun(retention: Command): void {
  retention
    .command('run')
    .description('archive and purge all that is due now, in small steps; may be stopped and started again at any time')
    .argument('[what...]', 'only these: see retention ls (default: all)')
    .option('--dry-run', 'say how many rows it would be')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  sproute retention run --dry-run\n  sproute retention run job run')
    .action(async (what: string[], options: { dryRun?: boolean; json?: boolean }) => {
      await withSession(async ({ db }) => {
        const done: Counted[] = [];
        for (const policy of await policiesNamed(db, what)) {
          if (policy.keep_days === null) continue;
          const rows = options.dryRun ? await countMatching(db, policy.what) : await keepTo(db, policy.what);
          done.push({ what: policy.what, rows });
        }
        if (options.json) return printJson(done);
        printRows(done, ['what', 'rows'], false);
        const total = grouped(done.reduce((sum, { rows }) => sum + rows, 0));
        print(options.dryRun ? `${total} rows would be archived or purged.` : `${total} rows archived or purged.`);
      });
    });
}

/** Archiving goes before what it makes possible. */
const order = ['job', 'dead_letter', 'job_archive', 'response_cache', 'run'];

/** All policies, or those named. Throws USAGE for a name that nobody knows. */
async function policiesNamed(db: Database, names: readonly string[]): Promise<RetentionPolicy[]> {
  const all = await readRetention(db);
  const unknown = names.find((name) => !all.some(({ what }) => what === name));
  if (unknown !== undefined) {
    throw new SprouteError('USAGE', `Nothing that is kept is named ${unknown}.`, {
      hint: `Known are ${all.map(({ what }) => what).join(', ')}.`,
    });
  }
  const place = ({ what }: RetentionPolicy) => (order.indexOf(what) + order.length + 1) % (order.length + 1);
  return all.filter(({ what }) => names.length === 0 || names.includes(what)).sort((a, b) => place(a) - place(b));
}

async function countMatching(db: Database, what: string, keep_days?: number): Promise<number> {
  const [row] = await callProcedure<{ matching: number }>(db, 'llm.usp_count_retention', { what, keep_days });
  return row?.matching ?? 0;
}

const mostBusyMs = 30_000;
const betweenMs = 100;

/**
 * Steps from the start of a pass to its end. While somebody else takes a step of the same kind there is none to be had: it
 * is asked for again. Throws DATABASE_TRANSIENT if that lasts.
 */
async function keepTo(db: Database, what: string): Promise<number> {
  const progress = startProgress(what, await countMatching(db, what));
  let removed = 0;
  try {
    let from_start = true;
    for (let refused_at: number | undefined; ; ) {
      const [step] = await callProcedure<{ removed: number; is_done: boolean }>(db, 'llm.usp_apply_retention', {
        what,
        from_start,
      });
      if (step === undefined) {
        refused_at ??= performance.now();
        if (performance.now() - refused_at > mostBusyMs) throw busy(what);
        await wait(betweenMs);
        continue;
      }
      refused_at = undefined;
      from_start = false;
      removed += step.removed;
      progress.update(removed, '');
      if (step.is_done) return removed;
    }
  } finally {
    progress.stop();
  }
}

function busy(what: string): SprouteError {
  return new SprouteError('DATABASE_TRANSIENT', `Somebody else keeps to the policy of ${what}, or just changed it.`, {
    hint: '`sproute retention ls` shows what is kept; then run it again.',
  });
}

interface Keep {
  /** null: for ever. */
  days: number | null;
}

const daysOf: Record<string, number> = { d: 1, w: 7, y: 365 };

function keepDays(text: string): Keep {
  if (text === 'forever') return { days: null };
  const [, count, unit] = /^(\d{1,5})([dwy])$/.exec(text) ?? [];
  const days = Number(count) * (daysOf[unit ?? ''] ?? Number.NaN);
  if (days >= 1 && days <= 36_500) return { days };
  throw new InvalidArgumentError('It should be 1d to 36500d, such as 90d, 8w or 2y, or forever.');
}
