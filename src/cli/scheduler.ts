import type { Command } from 'commander';
import { createLogger } from '../log.ts';
import { runScheduler } from '../runners/scheduler.ts';
import { programSteps } from './schedule-thread.ts';
import { withSession } from './session.ts';
import { untilSignal } from './start-runner.ts';

/** `sproute scheduler`: fires schedules, and claims no jobs. */
export function registerScheduler(program: Command): void {
  program
    .command('scheduler')
    .description('fire schedules until stopped, without claiming jobs; any number may run, each time fires once')
    .addHelpText(
      'after',
      '\nIt outlasts a database that is away, for as long as it takes. `sproute run --schedule` does the same beside a runner.\n\nExample:\n  sproute scheduler',
    )
    .action(async () => {
      await withSession(async ({ config, db, url, revive }) => {
        const logger = createLogger({ level: config.log_level });
        const { signal, release } = untilSignal();
        try {
          await runScheduler({ db, logger, signal, runStep: programSteps(url), ...(revive && { revive }) });
        } finally {
          release();
        }
      });
    });
}
