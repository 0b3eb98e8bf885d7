import type { Command } from 'commander';
import { readTopTypes, TopReader, type TopReading } from '../db/top-queries.ts';
import { isSprouteError, messageOf, SprouteError } from '../errors.ts';
import { refuseUnknown } from './known-types.ts';
import { repeated, wholeNumber } from './options.ts';
import { print, printJson, printPart, styled } from './output.ts';
import { withSession } from './session.ts';
import { wholeTop } from './top-lines.ts';
import { liveTop } from './top-live.ts';
import { untilStopped } from './until-stopped.ts';

interface TopOptions {
  interval?: number;
  once?: boolean;
  type?: string[];
  exact?: boolean;
  json?: boolean;
}

const defaultInterval = 2;
const plainWidth = 120;
const answerMs = 30_000;

/** `sproute top`: what goes on, now. */
export function registerTop(program: Command): void {
  program
    .command('top')
    .description('what goes on now: queue, running jobs, runners, rates, latencies, costs, limits, failures')
    .option('--interval <seconds>', `look again after so long (default: ${defaultInterval})`, wholeNumber(1, 3_600))
    .option('--once', 'print it once, also on a terminal')
    .option('--type <job_type>', 'only jobs of this type; may be given several times', repeated)
    .option('--exact', 'count all that waits; without it counting ends at 20 000 of a type, shown as 20 000+')
    .option('--json', 'print JSON; with --interval one line each time')
    .addHelpText(
      'after',
      `
On a terminal it goes on until q: p pauses, r looks at once, tab chooses a section, j and k move through its rows.
Elsewhere it is printed once. Costs and limits are those of all types. A look that takes long is followed by a pause nine
times as long. A login with the role sproute_reader is enough; docs/dba-guide.md has the same in SQL.

Examples:
  sproute top
  sproute top --interval 10 --type entity_extraction
  sproute top --once
  sproute top --json | jq '.queue[] | {job_type, ready, held_by}'
  sproute top --json --interval 60 >> top.jsonl`,
    )
    .action(async (options: TopOptions) => {
      if (options.once && options.interval !== undefined) {
        throw new SprouteError('USAGE', '--once and --interval do not go together.', {
          hint: 'Leave one of them out.',
        });
      }
      const { type, exact = false } = options;
      await withSession(
        async ({ db }) => {
          if (type !== undefined) refuseUnknown(type, await readTopTypes(db));
          const reader = new TopReader(db, { job_types: type ?? null, exact });
          await show(options, db.shown_url, () => reader.read());
        },
        { pool_max: 1, answer_ms: answerMs },
      );
    });
}

async function show(options: TopOptions, place: string, read: () => Promise<TopReading>): Promise<void> {
  const { interval, once, json } = options;
  const isLive = process.stdout.isTTY === true && process.env.TERM !== 'dumb' && !once;
  if (json) {
    if (interval === undefined) return printJson(await read());
    return untilStopped((signal) => printLines(read, interval, signal));
  }
  if (!isLive) {
    const width = process.stdout.isTTY ? process.stdout.columns || plainWidth : plainWidth;
    return print(wholeTop(await read(), place, width, styled).join('\n'));
  }
  await untilStopped((signal) =>
    liveTop({
      read,
      place,
      interval_s: interval ?? defaultInterval,
      out: process.stdout,
      input: process.stdin,
      paint: styled,
      signal,
      suspend: () => process.kill(0, 'SIGTSTP'),
    }),
  );
}

/** A line each time, until it is stopped or nobody reads on; a database that does not answer is a line too. */
async function printLines(read: () => Promise<TopReading>, interval: number, signal: AbortSignal): Promise<void> {
  let isFirst = true;
  while (!signal.aborted) {
    const reading: object = await read().catch((error: unknown) => {
      if (isFirst) throw error;
      return failureOf(error);
    });
    isFirst = false;
    await printPart(`${JSON.stringify(reading)}\n`);
    await passing(interval * 1_000, signal);
  }
}

function failureOf(error: unknown): object {
  const code = isSprouteError(error) ? error.code : 'HANDLER_FAILED';
  const hint = isSprouteError(error) ? (error.hint ?? null) : null;
  return { at: new Date(), error: { code, message: messageOf(error), hint } };
}

/** The time goes by, unless it is stopped or the output is closed. */
async function passing(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const end = () => resolve();
  signal.addEventListener('abort', end, { once: true });
  process.stdout.once('error', end);
  await promise;
  clearTimeout(timer);
  signal.removeEventListener('abort', end);
  process.stdout.off('error', end);
}
