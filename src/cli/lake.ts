import type { Command } from 'commander';
import { readRunFiles } from '../db/artifact-queries.ts';
import { readRuns } from '../db/job-queries.ts';
import { endOf, startOf } from './days.ts';
import { registerLakePrune } from './lake-prune.ts';
import { registerLakeQuery } from './lake-query.ts';
import { registerLakeShow } from './lake-show.ts';
import { registerLakeVerify } from './lake-verify.ts';
import { dayOrMonth, name, uuid, wholeNumber } from './options.ts';
import { printRows } from './output.ts';
import { withSession } from './session.ts';

interface ListOptions {
  run?: string;
  job?: number;
  page?: number;
  correlation?: string;
  type?: string;
  date?: string;
  from?: string;
  to?: string;
  limit: number;
  files?: boolean;
  json?: boolean;
}

/** `sproute lake`: what every run read, asked, answered. */
export function registerLake(program: Command): void {
  const lake = program.command('lake').description('look into the artifacts of runs');

  lake
    .command('ls')
    .description('list runs, newest first')
    .option('--run <run_id>', 'this run', uuid)
    .option('--job <job_id>', 'runs of this job', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--page <source_page_id>', 'runs about this page', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--correlation <id>', 'runs with this correlation id', uuid)
    .option('--type <job_type>', 'runs of jobs of this type', name)
    .option('--date <day>', 'runs that started on this UTC day or in this month, such as 2026-11', dayOrMonth)
    .option('--from <day>', 'runs that started on this UTC day or month or later', dayOrMonth)
    .option('--to <day>', 'runs that started on this UTC day or month or earlier', dayOrMonth)
    .option('--limit <n>', 'at most so many runs', wholeNumber(1, 100_000), 20)
    .option('--files', 'list their files: type, bytes, where each lies')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  sproute lake ls --date 2026-11 --limit 5\n  sproute lake ls --job 12 --files\n  sproute lake ls --page 3 --type entity_extraction',
    )
    .action(async ({ files, json, limit, ...options }: ListOptions) => {
      await withSession(async ({ db }) => {
        const runs = await readRuns(db, {
          run_id: options.run,
          job_id: options.job,
          source_page_id: options.page,
          correlation_id: options.correlation,
          job_type: options.type,
          from: startOf(options.from ?? options.date),
          before: endOf(options.to ?? options.date),
          limit,
        });
        if (files) {
          const rows = await readRunFiles(
            db,
            runs.map(({ run_id }) => run_id),
          );
          printRows(rows, ['run_id', 'artifact_type', 'byte_count', 'pruned_at', 'lake_uri'], json === true);
          return;
        }
        const columns = [
          'run_id',
          'job_type',
          'subject',
          'status',
          'started_at',
          'input_tokens',
          'output_tokens',
          'files',
        ];
        const isPruned = runs.some(({ pruned_at }) => pruned_at !== null);
        printRows(runs, isPruned ? [...columns, 'pruned_at'] : columns, json === true);
      });
    });

  registerLakeShow(lake);
  registerLakeQuery(lake);
  registerLakeVerify(lake);
  registerLakePrune(lake);
}
