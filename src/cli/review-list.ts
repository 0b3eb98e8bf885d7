import type { Command } from 'commander';
import { readQueue, readReviewPages } from '../db/review-queries.ts';
import { wholeNumber } from './options.ts';
import { grouped, printRows, say } from './output.ts';
import { type QueueOptions, queueFilter, withQueueOptions } from './review-options.ts';
import { withSession } from './session.ts';
import { visibleLine } from './visible.ts';

export function registerReviewList(review: Command): void {
  withQueueOptions(review.command('ls').description('list what waits for a person'))
    .option('--limit <n>', 'at most so many', wholeNumber(1, 100_000), 50)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  sproute review ls --kind relation,fact --confidence-below 0.8\n  sproute review ls --page letters/1843.md --order page\n  sproute review ls --entity "Ada Lovelace"',
    )
    .action(async (options: QueueOptions & { limit: number; json?: boolean }) => {
      const rows = await withSession(async ({ db }) => readQueue(db, await queueFilter(db, options, options.limit)));
      const listed = rows.map(({ waiting: _, ...row }) => row);
      if (options.json) return printRows(listed, [], true);
      const safe = listed.map((row) => ({ ...row, name: visibleLine(row.name), detail: visibleLine(row.detail) }));
      printRows(safe, ['item', 'name', 'detail', 'confidence', 'since'], false);
      const more = (rows[0]?.waiting ?? 0) - rows.length;
      if (more > 0) say(`${grouped(more)} more wait: --limit ${rows.length + more}`);
      if (rows.length > 0) say('Next: sproute review (walks through them), or sproute review show <item>');
    });

  review
    .command('pages')
    .description('list pages with something that waits, the most first')
    .option('--limit <n>', 'at most so many', wholeNumber(1, 100_000), 50)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  sproute review pages --limit 10')
    .action(async (options: { limit: number; json?: boolean }) => {
      const rows = await withSession(({ db }) => readReviewPages(db, options.limit));
      if (options.json) return printRows(rows, [], true);
      const safe = rows.map((row) => ({
        ...row,
        title: visibleLine(row.title),
        external_id: visibleLine(row.external_id),
      }));
      const columns = ['source_page_id', 'source_system', 'external_id', 'title', 'waiting', 'lowest_confidence'];
      printRows(safe, columns, false);
      if (rows.length > 0) say('Next: sproute review --page <source_page_id> --order page');
    });
}
