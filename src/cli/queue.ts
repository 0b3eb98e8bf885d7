import type { Command } from 'commander';
import { readQueue } from '../db/job-queries.ts';
import { printRows } from './output.ts';
import { withSession } from './session.ts';

/** `sproute queue`: the queue at a glance. */
export function registerQueue(program: Command): void {
  program
    .command('queue')
    .description('the queue at a glance')
    .command('status', { isDefault: true })
    .description('how many jobs of each type stand where')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  sproute queue status\n  sproute queue status --json')
    .action(async (options: { json?: boolean }) => {
      const rows = await withSession(({ db }) => readQueue(db));
      const columns = [
        'job_type',
        'new',
        'scheduled',
        'running',
        'succeeded',
        'deadletter',
        'cancelled',
        'oldest_ready_seconds',
        'paused',
      ];
      printRows(rows, columns, options.json === true);
    });
}
