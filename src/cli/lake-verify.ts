import type { Command } from 'commander';
import { openLake } from '../lake/open.ts';
import { type VerifyReport, verifyLake } from '../lake/verify.ts';
import { dayOrMonth, uuid } from './options.ts';
import { grouped, print, printJson, say } from './output.ts';
import { startProgress } from './progress.ts';
import { withSession } from './session.ts';
import { untilStopped } from './until-stopped.ts';

interface VerifyOptions {
  run?: string;
  from?: string;
  to?: string;
  date?: string;
  json?: boolean;
}

/** `sproute lake verify`: is all there, and as it was written? */
export function registerLakeVerify(lake: Command): void {
  lake
    .command('verify')
    .description('hold the lake against the database: hash every recorded file again, look up every file')
    .option('--run <run_id>', 'only this run', uuid)
    .option('--date <day>', 'only folders of this UTC day or month', dayOrMonth)
    .option('--from <day>', 'only folders of this UTC day or month and later', dayOrMonth)
    .option('--to <day>', 'only folders of this UTC day or month and earlier', dayOrMonth)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
missing: recorded and not there. changed: not what was recorded (torn, edited). elsewhere: recorded in another lake.
orphan: of a run that this database does not know. Exit code 1 if there is any of them. Files that a killed run left
unrecorded, and those that a prune was about to remove, are only counted.

Examples:
  sproute lake verify
  sproute lake verify --date 2026-11 --json
  sproute lake verify --run 01a1fc6b-c0bb-7e11-bc42-000000061b8f`,
    )
    .action(async ({ run, json, date, from = date, to = date }: VerifyOptions) => {
      const report = await withSession(({ config, db }) =>
        untilStopped(async (signal) => {
          const progress = startProgress('verifying', 0);
          try {
            return await verifyLake(db, openLake(config), {
              run_id: run,
              days: { from, to },
              signal,
              onProgress: (done, total, note) => progress.update(done, note, total),
            });
          } finally {
            progress.stop();
          }
        }),
      );
      if (json) printJson(report);
      else tell(report);
      if (report.wrong.length > 0 || report.is_stopped) process.exitCode = 1;
    });
}

const mostShown = 100;

function tell(report: VerifyReport): void {
  const { files, ok, missing, changed, elsewhere, orphan, unrecorded, leftover, wrong } = report;
  const shown = wrong.slice(0, mostShown);
  for (const { lake_uri, state } of shown) say(`${state}: ${lake_uri}`);
  const all = missing + changed + elsewhere + orphan;
  if (all > shown.length) say(`... and ${grouped(all - shown.length)} more; --json lists the first 10 000.`);
  if (report.is_stopped) say('Stopped: not all was looked at.');
  print(`${grouped(files)} files, ${grouped(ok)} as recorded, ${grouped(files - ok)} not; ${grouped(orphan)} orphans.`);
  if (elsewhere > 0) print(`${grouped(elsewhere)} were recorded in another lake: does LAKE_URI name the right one?`);
  if (unrecorded > 0)
    print(`${grouped(unrecorded)} files of killed runs are not recorded; \`lake prune\` removes them in time.`);
  if (missing + changed > 0) {
    say(
      'Put them back from a copy, or let their pages be read anew: `sproute backfill <job_type> --page <id> --fresh`.',
    );
  }
  if (leftover > 0)
    print(`${grouped(leftover)} files are left of a prune that was cut off; the next one removes them.`);
}
