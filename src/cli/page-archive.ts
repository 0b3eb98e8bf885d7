import type { Command } from 'commander';
import { callProcedure } from '../db/call.ts';
import type { Database } from '../db/connect.ts';
import { countArchivedTexts } from '../db/page-queries.ts';
import { ageAgo } from './options.ts';
import { counted, print, printJson } from './output.ts';
import { startProgress } from './progress.ts';
import { withSession } from './session.ts';

interface Options {
  olderThan: Date;
  purgeOlderThan?: Date;
  dryRun?: boolean;
  json?: boolean;
}

interface Archived {
  pages: number;
  chunks: number;
  characters: number;
}

/** `sproute page archive`: retention of what was superseded. */
export function registerArchive(page: Command): void {
  page
    .command('archive')
    .description('move the texts of superseded versions that nothing rests on any more to ingest.page_archive')
    .requiredOption('--older-than <age>', 'superseded so long ago, such as 90d (h, d, w, y)', ageAgo)
    .option('--purge-older-than <age>', 'erase texts that were archived so long ago, such as 2y', ageAgo)
    .option('--dry-run', 'say how many it would be')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  sproute page archive --older-than 90d --dry-run\n  sproute page archive --older-than 90d --purge-older-than 2y',
    )
    .action(async (options: Options) => {
      const { archived, purged } = await withSession(async ({ db }) => ({
        archived: await archive(db, options),
        purged: options.purgeOlderThan ? await purge(db, options.purgeOlderThan, options.dryRun === true) : 0,
      }));
      if (options.json) return printJson({ ...archived, purged });
      const what = `${counted(archived.pages, 'version')}, ${counted(archived.characters, 'character')}, ${counted(archived.chunks, 'chunk')}`;
      print(options.dryRun ? `${what} would be archived.` : `${what} archived.`);
      if (options.purgeOlderThan)
        print(`${counted(purged, 'archived text')} ${options.dryRun ? 'would be ' : ''}erased.`);
    });
}

/** A function cannot commit, so it works in batches until nothing is left that it can take. */
async function archive(db: Database, { olderThan, dryRun }: Options): Promise<Archived> {
  const total: Archived = { pages: 0, chunks: 0, characters: 0 };
  const progress = startProgress('archiving', 0);
  for (;;) {
    const [row] = await callProcedure<Archived & { remaining: number }>(db, 'ingest.usp_archive_pages', {
      older_than: olderThan,
      dry_run: dryRun === true,
    });
    if (row) {
      total.pages += row.pages;
      total.chunks += row.chunks;
      total.characters += row.characters;
      progress.update(total.pages, '', total.pages + row.remaining);
    }
    if (!row || row.pages === 0 || row.remaining === 0) break;
  }
  progress.stop();
  return total;
}

async function purge(db: Database, older_than: Date, dry_run: boolean): Promise<number> {
  let total = 0;
  if (dry_run) return countArchivedTexts(db, older_than);
  for (;;) {
    const [row] = await callProcedure<{ purged: number }>(db, 'ingest.usp_purge_page_archive', { older_than });
    total += row?.purged ?? 0;
    if (!row || row.purged === 0) return total;
  }
}
