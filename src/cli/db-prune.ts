import type { Command } from 'commander';
import { findOrphans, removeOrphans } from '../db/embedded-orphans.ts';
import { confirmed } from './confirm.ts';
import { print, printJson, printRows } from './output.ts';

/** `sproute db prune`: the embedded servers of project folders that are gone. */
export function registerDbPrune(db: Command): void {
  db.command('prune')
    .description("remove the embedded databases that root's deleted project folders left in /var/tmp")
    .option('--dry-run', 'only list them')
    .option('--yes', 'do not ask')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nA database whose server runs is left alone, as is one whose project folder is there.\n\nExamples:\n  sproute db prune --dry-run\n  sproute db prune --yes',
    )
    .action(async (options: { dryRun?: boolean; yes?: boolean; json?: boolean }) => {
      const orphans = findOrphans();
      const idle = orphans.filter(({ running }) => !running);
      const isWanted =
        !options.dryRun &&
        idle.length > 0 &&
        (options.yes || (await confirmed(`Remove ${idle.length} databases of project folders that are gone?`)));
      const removed = isWanted ? removeOrphans(idle) : [];
      const rows = orphans.map((orphan) => ({ ...orphan, removed: removed.includes(orphan) }));
      if (options.json) return printJson(rows);
      if (rows.length > 0) printRows(rows, ['location', 'project', 'running', 'removed'], false);
      print(
        isWanted
          ? `${removed.length} databases removed.`
          : `${idle.length} databases of project folders that are gone; nothing was removed.`,
      );
    });
}
