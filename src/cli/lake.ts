import type { Command } from 'commander';
import { readArtifacts, readRuns } from '../db/job-queries.ts';
import { SprouteError } from '../errors.ts';
import { type FileCheck, listRuns, readRun, verifyArtifact } from '../lake/inspect.ts';
import { openLake } from '../lake/open.ts';
import { dayOrMonth, uuid, wholeNumber } from './options.ts';
import { print, printJson, printRows, say } from './output.ts';
import { startProgress } from './progress.ts';
import { withSession } from './session.ts';

interface ListOptions {
  job?: number;
  page?: number;
  correlation?: string;
  date?: string;
  limit: number;
  json?: boolean;
}

/** `sproute lake`: what every run read, asked, answered. */
export function registerLake(program: Command): void {
  const lake = program.command('lake').description('look into the artifacts of runs');

  lake
    .command('ls')
    .description('list runs, newest first')
    .option('--job <job_id>', 'runs of this job', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--page <source_page_id>', 'runs about this page', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--correlation <id>', 'runs with this correlation id', uuid)
    .option('--date <day>', 'runs of this UTC day or month, such as 2026-11', dayOrMonth)
    .option('--limit <n>', 'at most so many', wholeNumber(1, 100_000), 20)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  sproute lake ls --date 2026-11 --limit 5\n  sproute lake ls --job 12')
    .action(async (options: ListOptions) => {
      const rows = await withSession(({ db }) =>
        readRuns(db, {
          job_id: options.job,
          source_page_id: options.page,
          correlation_id: options.correlation,
          date: options.date,
          limit: options.limit,
        }),
      );
      printRows(
        rows,
        ['run_id', 'job_type', 'subject', 'status', 'started_at', 'input_tokens', 'output_tokens'],
        options.json === true,
      );
    });

  lake
    .command('show')
    .description('show the files of one run')
    .argument('<run_id>', 'the run; the beginning or the end of its id will do if no other run has it')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample:\n  sproute lake ls --limit 1\n  sproute lake show 01a1fc6b-c0bb-7e11-bc42-000000061b8f',
    )
    .action(async (runId: string, options: { json?: boolean }) => {
      const files = await withSession(async ({ config }) => {
        const store = openLake(config.lake_uri);
        const runs = await listRuns(store, { limit: Number.MAX_SAFE_INTEGER });
        const found = runs.filter((run) => run.run_id.startsWith(runId) || run.run_id.endsWith(runId));
        if (found.length === 0)
          throw new SprouteError('NOT_FOUND', `The lake has no run ${runId}.`, {
            hint: '`sproute lake ls` lists them.',
          });
        if (found.length > 1)
          throw new SprouteError('USAGE', `${found.length} runs begin or end with ${runId}.`, {
            hint: 'Give more of the id.',
          });
        return readRun(store, found[0]?.folder ?? '');
      });
      if (options.json) return printJson(files);
      for (const [file, content] of Object.entries(files)) print(`${file}\n${JSON.stringify(content, null, 2)}\n`);
    });

  lake
    .command('verify')
    .description('re-hash every artifact that the database knows')
    .option('--run <run_id>', 'only this run', uuid)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  sproute lake verify\n  sproute lake verify --run 01a1fc6b-c0bb-7e11-bc42-000000061b8f',
    )
    .action(async (options: { run?: string; json?: boolean }) => {
      const checks = await withSession(async ({ config, db }) => {
        const store = openLake(config.lake_uri);
        const found: FileCheck[] = [];
        const progress = startProgress('verifying', 0);
        for (let after = ''; ; ) {
          const rows = await readArtifacts(db, after, 1_000, options.run);
          const last = rows.at(-1);
          if (!last) break;
          after = last.lake_uri;
          for (const row of rows) {
            found.push(await verifyArtifact(store, row));
            progress.update(found.length, '', found.length);
          }
        }
        progress.stop();
        return found;
      });
      const wrong = checks.filter((check) => check.state !== 'ok');
      if (options.json) printJson({ files: checks.length, ok: checks.length - wrong.length, wrong });
      else {
        for (const { lake_uri, state } of wrong) say(`${state}: ${lake_uri}`);
        print(`${checks.length} files, ${checks.length - wrong.length} as recorded, ${wrong.length} not.`);
      }
      if (wrong.length > 0) process.exitCode = 1;
    });
}
