import { type Command, CommanderError } from 'commander';
import { isFull, isSprouteError, messageOf, SprouteError } from '../errors.ts';
import { flushTelemetry } from '../telemetry/api.ts';
import { say } from './output.ts';
import { createProgram } from './program.ts';

/** Exit codes: 0 done, 1 failed, 2 usage, 3 done with dead letters. */
async function main(): Promise<void> {
  const program = await createProgram(process.argv[2]);
  everyCommand(program, (command) => command.exitOverride());
  try {
    await program.parseAsync();
  } catch (error) {
    if (error !== outputError) process.exitCode = report(error);
  }
  await flushTelemetry();
}

function everyCommand(command: Command, visit: (command: Command) => void): void {
  visit(command);
  for (const each of command.commands) everyCommand(each, visit);
}

function unwritten(error: NodeJS.ErrnoException): SprouteError {
  return new SprouteError(
    isFull(error.code) ? 'DISK_FULL' : 'INPUT_INVALID',
    `The output could not be written: ${error.message}.`,
    { hint: 'What stands there is incomplete: run it again with an output that has room.', cause: error },
  );
}

/** One sentence and what to do; the stack only with LOG_LEVEL=debug. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const code = isSprouteError(error) ? error.code : 'HANDLER_FAILED';
  say(`${code}: ${messageOf(error)}`);
  if (isSprouteError(error) && error.hint !== undefined) say(error.hint);
  if (process.env.LOG_LEVEL === 'debug' && error instanceof Error) say(String(error.stack));
  return code === 'USAGE' ? 2 : 1;
}

let outputError: Error | undefined;
// `| head` closes our output: that is no failure, and what was begun is brought to its end. Any other error of the output
// is a failure, even if nobody waits for what was written.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (outputError === undefined && error.code !== 'EPIPE') process.exitCode = report(unwritten(error));
  outputError ??= error;
});
// What cannot be logged is not worth a job.
process.stderr.on('error', () => {});

await main();
