import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import { messageOf, SprouteError } from '../errors.ts';
import { openLake } from '../lake/open.ts';
import { type LakeAnswer, queryLake } from '../lake/query.ts';
import { dayOrMonth, wholeNumber } from './options.ts';
import { grouped, print, printPart, printRows, say } from './output.ts';
import { startProgress } from './progress.ts';
import { untilStopped } from './until-stopped.ts';

interface QueryOptions {
  date?: string;
  from?: string;
  to?: string;
  memory: number;
  limit: number;
  json?: boolean;
  csv?: boolean;
}

/** `sproute lake query`: SQL over the artifacts, without a server. */
export function registerLakeQuery(lake: Command): void {
  lake
    .command('query')
    .description(
      'ask the artifacts with SQL (DuckDB), over the views runs, calls and items; reads only, needs no database',
    )
    .argument('<sql>', 'one SELECT; - reads it from stdin')
    .option('--date <day>', 'only runs of this UTC day or month, such as 2026-11', dayOrMonth)
    .option('--from <day>', 'only runs of this UTC day or month and later', dayOrMonth)
    .option('--to <day>', 'only runs of this UTC day or month and earlier', dayOrMonth)
    .option('--memory <mb>', 'most memory, MB; what is more goes to temporary files', wholeNumber(64, 1_000_000), 1_024)
    .option('--limit <n>', 'most rows of the table; --json and --csv print all', wholeNumber(1, 100_000), 1_000)
    .option('--json', 'print JSON')
    .option('--csv', 'print CSV with a header')
    .addHelpText(
      'after',
      `
Only the folders of the days that are named are looked into. A lake in an object store has to be asked by days: the files
are fetched first. \`DESCRIBE runs\` shows the columns; docs/lake.md says what they mean.

Examples:
  sproute lake query "SELECT job_type, count(*), sum(byte_count) FROM runs GROUP BY ALL"
  sproute lake query --from 2026-11-01 "SELECT date, model, sum(input_tokens) FROM calls WHERE NOT cache_hit GROUP BY ALL"
  sproute lake query --date 2026-11 --csv "SELECT quote, payload->>'name' FROM items WHERE grounding = 'none'"`,
    )
    .action(async (sql: string, options: QueryOptions) => {
      refuseContradictions(options);
      const store = openLake(readConfig());
      const days = { from: options.from ?? options.date, to: options.to ?? options.date };
      if (store.folder === undefined && days.from === undefined && days.to === undefined) {
        throw new SprouteError(
          'USAGE',
          `${store.place} is an object store: its files have to be fetched to be asked.`,
          {
            hint: 'Name the days with --date, --from or --to; --from 2000-01 is all of them.',
          },
        );
      }
      const progress = store.folder === undefined ? startProgress('fetching', 0) : undefined;
      try {
        await untilStopped((signal) =>
          queryLake(
            store,
            {
              sql: sql === '-' ? readStdin() : sql,
              days,
              memory_mb: options.memory,
              signal,
              onFetched: (done, total) => progress?.update(done, '', total),
            },
            async (answer) => {
              progress?.stop();
              await printAnswer(answer, options);
            },
          ),
        );
      } finally {
        progress?.stop();
      }
    });
}

function refuseContradictions({ date, from, to, json, csv }: QueryOptions): void {
  if (date !== undefined && (from !== undefined || to !== undefined)) {
    throw new SprouteError('USAGE', '--date is one day or month; --from and --to are others.', {
      hint: 'Give --date, or --from and --to.',
    });
  }
  if (json && csv) throw new SprouteError('USAGE', '--json and --csv are two formats.', { hint: 'Give one of them.' });
}

function readStdin(): string {
  try {
    return readFileSync(0, 'utf8');
  } catch (error) {
    throw new SprouteError('INPUT_INVALID', `The query could not be read from stdin: ${messageOf(error)}.`, {
      hint: 'Pipe it in, or give it as the argument.',
      cause: error,
    });
  }
}

async function printAnswer({ columns, rows }: LakeAnswer, { json, csv, limit }: QueryOptions): Promise<void> {
  if (json) return printJsonRows(rows);
  if (csv) {
    await printPart(`${csvLine(columns)}\n`);
    for await (const part of rows) {
      await printPart(part.map((row) => `${csvLine(columns.map((column) => row[column]))}\n`).join(''));
    }
    return;
  }
  const shown: Record<string, unknown>[] = [];
  for await (const part of rows) {
    shown.push(...part.slice(0, limit + 1 - shown.length));
    if (shown.length > limit) break;
  }
  printRows(shown.slice(0, limit), columns, false);
  if (shown.length > limit) say(`The first ${grouped(limit)} rows. --limit shows more; --json and --csv print all.`);
}

/** As printJson would, without holding them all. */
async function printJsonRows(rows: LakeAnswer['rows']): Promise<void> {
  let isFirst = true;
  for await (const part of rows) {
    const text = part.map((row) => JSON.stringify(row, null, 2).replaceAll('\n', '\n  ')).join(',\n  ');
    if (text !== '') await printPart(isFirst ? `[\n  ${text}` : `,\n  ${text}`);
    isFirst &&= text === '';
  }
  print(isFirst ? '[]' : '\n]');
}

/** RFC 4180. */
function csvLine(values: readonly unknown[]): string {
  return values.map(csvValue).join(',');
}

function csvValue(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
