import type { Command } from 'commander';
import type { Database } from '../db/connect.ts';
import { findRuns, type RunRow, readRuns } from '../db/job-queries.ts';
import { SprouteError } from '../errors.ts';
import { findRunFolders, readRun } from '../lake/inspect.ts';
import type { Lake } from '../lake/lake.ts';
import { folderOf, runFolder } from '../lake/layout.ts';
import { openLake } from '../lake/open.ts';
import { name, uuid, wholeNumber } from './options.ts';
import { print, printJson, say } from './output.ts';
import { withSession } from './session.ts';

interface ShowOptions {
  job?: number;
  page?: number;
  correlation?: string;
  file?: string;
  json?: boolean;
}

/** `sproute lake show`: all that one run left. */
export function registerLakeShow(lake: Command): void {
  lake
    .command('show')
    .description('show the files of one run')
    .argument('[run_id]', 'the run; the beginning or the end of its id will do if no other run has it')
    .option('--job <job_id>', 'the latest run of this job', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--page <source_page_id>', 'the latest run about this page', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--correlation <id>', 'the latest run with this correlation id', uuid)
    .option('--file <name>', 'only this file, such as output.json or calls/0001.json', name)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  sproute lake ls --limit 1\n  sproute lake show 01a1fc6b-c0bb-7e11-bc42-000000061b8f\n  sproute lake show --job 12 --file output.json',
    )
    .action(async (runId: string | undefined, options: ShowOptions) => {
      const files = await withSession(async ({ config, db }) => {
        const store = openLake(config);
        const run = await runOf(db, runId, options);
        return run ? readKnown(store, run) : readStray(store, runId ?? '');
      });
      const { file } = options;
      if (file !== undefined) {
        if (!Object.hasOwn(files, file)) throw noSuchFile(file, Object.keys(files));
        return printJson(files[file]);
      }
      if (options.json) return printJson(files);
      for (const [each, content] of Object.entries(files)) print(`${each}\n${JSON.stringify(content, null, 2)}\n`);
    });
}

/** The one run that is meant, as the database knows it; undefined if it does not. Throws USAGE, NOT_FOUND. */
async function runOf(db: Database, runId: string | undefined, options: ShowOptions): Promise<RunRow | undefined> {
  const { job, page, correlation } = options;
  const given = [runId, job, page, correlation].filter((each) => each !== undefined);
  if (given.length !== 1) {
    throw new SprouteError('USAGE', given.length === 0 ? 'No run is named.' : 'More than one thing names the run.', {
      hint: 'Give a run_id, --job, --page or --correlation; `sproute lake ls` lists the runs.',
    });
  }
  const [found, second] = runId === undefined ? [undefined, undefined] : await findRuns(db, runId);
  if (second !== undefined) throw ambiguous(runId ?? '');
  if (runId !== undefined && found === undefined) return undefined;
  const filter = { run_id: found, job_id: job, source_page_id: page, correlation_id: correlation };
  const [latest, another] = await readRuns(db, { ...filter, limit: 2 });
  if (!latest) {
    throw new SprouteError('NOT_FOUND', 'No run is known of that.', { hint: '`sproute lake ls` lists the runs.' });
  }
  if (another) say(`Run ${latest.run_id} is the latest of several; \`sproute lake ls\` lists them.`);
  return latest;
}

/** The run names its folder when it begins to work, which may be after midnight. */
async function readKnown(store: Lake, run: RunRow): Promise<Record<string, unknown>> {
  const { run_id, started_at, pruned_at, lake_uri } = run;
  if (pruned_at !== null) say(`Files of run ${run_id} were pruned on ${pruned_at.toISOString().slice(0, 10)}.`);
  const recorded = lake_uri === null ? undefined : folderOf(store.pathOf(lake_uri));
  const folders = [started_at, new Date(started_at.getTime() + 86_400_000)].map((day) => runFolder(run_id, day));
  for (const folder of recorded === undefined ? folders : [recorded]) {
    const files = await readRun(store, folder);
    if (files) return files;
  }
  throw new SprouteError('NOT_FOUND', `The lake ${store.place} has no file of run ${run_id}.`, {
    hint: pruned_at === null ? '`sproute lake verify --run <run_id>` says what was recorded.' : 'They were pruned.',
  });
}

/** A run that the database does not know (yet). */
async function readStray(store: Lake, part: string): Promise<Record<string, unknown>> {
  const [run, second] = await findRunFolders(store, part);
  if (second) throw ambiguous(part);
  const files = run && (await readRun(store, run.folder));
  if (files) return files;
  throw new SprouteError('NOT_FOUND', `There is no run ${part}.`, { hint: '`sproute lake ls` lists them.' });
}

function ambiguous(part: string): SprouteError {
  return new SprouteError('USAGE', `Several runs begin or end with ${part}.`, { hint: 'Give more of the id.' });
}

function noSuchFile(file: string, names: readonly string[]): SprouteError {
  return new SprouteError('NOT_FOUND', `The run has no file ${file}.`, { hint: `It has ${names.join(', ')}.` });
}
