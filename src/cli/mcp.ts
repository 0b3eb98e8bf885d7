import type { Command } from 'commander';
import { createLogger } from '../log.ts';
import { serveStdio } from '../mcp/stdio.ts';
import { programVersion, withSession } from './session.ts';
import { untilStopped } from './until-stopped.ts';

/** `sproute mcp`: what is known, for agents. */
export function registerMcp(program: Command): void {
  program
    .command('mcp')
    .description(
      'serve ontologies and the knowledge base to agents over the Model Context Protocol, read-only, on stdin and stdout',
    )
    .addHelpText('after', '\nThe log is on stderr; a client that goes away ends it.\n\nExamples:\n  sproute mcp')
    .action(async () => {
      await withSession(
        async ({ config, db, revive }) => {
          const logger = createLogger({ level: config.log_level });
          const context = { db, logger, version: programVersion, ...(revive && { revive }) };
          await untilStopped((signal) => serveStdio(context, signal));
        },
        { pool_max: 8 },
      );
    });
}
