import { type Command, InvalidArgumentError } from 'commander';
import type { Database } from '../db/connect.ts';
import type { Lake } from '../lake/lake.ts';
import { openLake } from '../lake/open.ts';
import { type PruneReport, pruneLake } from '../lake/prune.ts';
import { confirmed } from './confirm.ts';
import { ageAgo } from './options.ts';
import { grouped, print, printJson, say } from './output.ts';
import { startProgress } from './progress.ts';
import { withSession } from './session.ts';
import { untilStopped } from './until-stopped.ts';

interface PruneOptions {
  olderThan: Date;
  orphans?: boolean;
  dryRun?: boolean;
  yes?: boolean;
  json?: boolean;
}

/** `sproute lake prune`: what nobody needs any more goes. */
export function registerLakePrune(lake: Command): void {
  lake
    .command('prune')
    .description('remove the files of old runs that nothing needs any more')
    .requiredOption(
      '--older-than <age>',
      'of runs that ended longer ago than this, such as 90d, 8w or 2y; 1d at least',
      oldAge,
    )
    .option('--orphans', 'also old folders of runs that this database does not know')
    .option('--dry-run', 'show how many files and bytes would go')
    .option('--yes', 'do not ask')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
What stays, however old: runs on which live assertions or standing decisions rest, what was routed last for a page or
subject (\`replay\` needs it), and answers in the response cache. What goes: runs that failed, that were followed by
another, or whose page has a newer version. Rows of llm.artifact stay and say when (pruned_at). It may be stopped at any
time, killed even, and typed again.

Examples:
  sproute lake prune --older-than 90d --dry-run
  sproute lake prune --older-than 90d --yes`,
    )
    .action(async (options: PruneOptions) => {
      await withSession(async ({ config, db }) => {
        const store = openLake(config);
        if (options.dryRun) return tell(await prune(db, store, options, true), 'would go', options);
        if (!options.yes) {
          const plan = await prune(db, store, options, true);
          if (plan.is_stopped || plan.files === 0) return tell(plan, 'would go', options);
          say(sentence(plan, 'would go'));
          if (!(await confirmed(`Remove them from ${store.place} for good?`))) {
            say('Nothing was removed.');
            process.exitCode = 1;
            return;
          }
        }
        tell(await prune(db, store, options, false), 'removed', options);
      });
    });
}

/** Younger runs may still be written by somebody who has not heard yet that his lease is over. */
function oldAge(text: string): Date {
  const instant = ageAgo(text);
  if (Date.now() - instant.getTime() >= 86_400_000 - 1_000) return instant;
  throw new InvalidArgumentError('It should be one day (1d) or more.');
}

function prune(db: Database, store: Lake, options: PruneOptions, dry_run: boolean): Promise<PruneReport> {
  return untilStopped(async (signal) => {
    const progress = startProgress(dry_run ? 'looking, days' : 'pruning, days', 0);
    try {
      return await pruneLake(db, store, {
        older_than: options.olderThan,
        orphans: options.orphans === true,
        dry_run,
        signal,
        onProgress: (days, total, note) => progress.update(days, note, total),
      });
    } finally {
      progress.stop();
    }
  });
}

function tell(report: PruneReport, what: string, { json }: PruneOptions): void {
  if (json) printJson(report);
  else print(sentence(report, what));
  if (!json && report.kept.unknown > 0) {
    say(
      `${grouped(report.kept.unknown)} runs are unknown to this database and stay; --orphans removes them when they are old.`,
    );
  }
  if (!report.is_stopped) return;
  say('Stopped before the end: type it again to go on.');
  process.exitCode = 1;
}

function sentence({ runs, files, bytes, cached_files, kept }: PruneReport, what: string): string {
  const { live, replay, young, running, unknown } = kept;
  return [
    `${grouped(files)} files (${size(bytes)}) of ${grouped(runs)} runs ${what}.`,
    `${grouped(cached_files)} of their files stay for the response cache.`,
    `${grouped(live + replay + young + running + unknown)} runs stay: ${grouped(live)} live, ${grouped(replay)} for replay,`,
    `${grouped(young)} younger, ${grouped(running)} running, ${grouped(unknown)} unknown.`,
  ].join(' ');
}

function size(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const at = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return `${at === 0 ? bytes : (bytes / 1_000 ** at).toFixed(1)} ${units[at]}`;
}
