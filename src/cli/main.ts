import { type Command, CommanderError } from 'commander';
import { isSprouteError, messageOf } from '../errors.ts';
import { createProgram } from './program.ts';

/** Exit codes: 0 done, 1 failed, 2 usage, 3 done with dead letters. */
async function main(): Promise<void> {
  const program = createProgram();
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
