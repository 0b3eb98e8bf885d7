import { Command, CommanderError } from 'commander';
import { isSprouteError, messageOf } from '../errors.ts';
import { registerContract } from './contract.ts';
import { registerDb } from './db.ts';
import { registerDemo } from './demo.ts';
import { registerDoctor } from './doctor.ts';
import { registerIngest } from './ingest.ts';
import { registerJob } from './job.ts';
import { registerKb } from './kb.ts';
import { registerLake } from './lake.ts';
import { registerQueue } from './queue.ts';
import { registerRun } from './run.ts';
import { programVersion } from './session.ts';

/** Exit codes: 0 done, 1 failed, 2 usage, 3 done with dead letters. */
async function main(): Promise<void> {
  const program = new Command('sproute')
    .description('LLM answers, routed into SQL by stored procedures.')
    .version(programVersion)
    .showHelpAfterError('(add --help for help)')
    .configureOutput({ writeErr: (text) => process.stderr.write(text) });
  for (const register of [
    registerDemo,
    registerDb,
    registerIngest,
    registerJob,
    registerQueue,
    registerRun,
    registerLake,
    registerContract,
    registerKb,
    registerDoctor,
  ]) {
    register(program);
  }
  everyCommand(program, (command) => command.exitOverride());
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = report(error);
  }
}

function everyCommand(command: Command, visit: (command: Command) => void): void {
  visit(command);
  for (const each of command.commands) everyCommand(each, visit);
}

/** One sentence and what to do; the stack only with LOG_LEVEL=debug. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const code = isSprouteError(error) ? error.code : 'HANDLER_FAILED';
  process.stderr.write(`${code}: ${messageOf(error)}\n`);
  if (isSprouteError(error) && error.hint !== undefined) process.stderr.write(`${error.hint}\n`);
  if (process.env.LOG_LEVEL === 'debug' && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return code === 'USAGE' ? 2 : 1;
}

// `| head` closes our output: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
});

await main();
