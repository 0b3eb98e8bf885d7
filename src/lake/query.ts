import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { DuckDBConnection, DuckDBResult } from '@duckdb/node-api';
import { messageOf, SprouteError } from '../errors.ts';
import { inParallel } from '../in-parallel.ts';
import { type Days, daysOf } from './days.ts';
import type { Lake } from './lake.ts';
import { runsRoot } from './layout.ts';
import { plainRow } from './query-value.ts';
import { columnsOf, createView, isLakeView, type LakeView, lakeViews } from './query-views.ts';

export interface LakeQuery {
  /** One SELECT of DuckDB's SQL over the views runs, calls and items. */
  sql: string;
  days: Days;
  /** Most memory, MB; what is more goes to temporary files. */
  memory_mb: number;
  signal: AbortSignal;
  /** Files of an object store that were fetched. */
  onFetched?: (done: number, total: number) => void;
}

export interface LakeAnswer {
  columns: string[];
  /** In portions, as they are found. */
  rows: AsyncIterable<Record<string, unknown>[]>;
}

/**
 * Answers a query over the artifacts. It can read nothing else on this machine and change nothing. Of an object store
 * the files that are needed are fetched first. Throws INPUT_INVALID for a query that cannot be answered, LAKE_*.
 */
export async function queryLake<T>(lake: Lake, query: LakeQuery, use: (answer: LakeAnswer) => Promise<T>): Promise<T> {
  if (query.sql.trim() === '') throw refused('nothing was given');
  // Most commands need no DuckDB; loading it takes a while.
  const { DuckDBInstance, StatementType } = await import('@duckdb/node-api');
  const scratch = await mkdtemp(join(tmpdir(), 'sproute-query-'));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const stop = () => connection.interrupt();
  query.signal.addEventListener('abort', stop);
  try {
    const views = viewsIn(query.sql);
    const root = await readable(lake, views, query, scratch);
    await confine(connection, join(root, runsRoot), scratch, query.memory_mb);
    const globs = await globsOf(lake, query.days);
    for (const view of views) {
      await connection.run(
        createView(
          view,
          globs.map((glob) => join(root, glob, lakeViews[view])),
        ),
      );
    }
    await connection.run('SET lock_configuration = true');
    const statements = await connection.extractStatements(query.sql);
    if (statements.count !== 1) throw refused(`${statements.count} statements were given`);
    const prepared = await statements.prepare(0);
    if (prepared.statementType !== StatementType.SELECT) throw refused('that is no SELECT');
    const result = await prepared.stream();
    return await use({ columns: result.deduplicatedColumnNames(), rows: rowsOf(result) });
  } catch (error) {
    if (query.signal.aborted) throw new SprouteError('CANCELLED', 'The query was stopped.', { cause: error });
    if (error instanceof SprouteError || !(error instanceof Error) || 'code' in error) throw error;
    throw unanswered(error);
  } finally {
    query.signal.removeEventListener('abort', stop);
    connection.closeSync();
    instance.closeSync();
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The views that a query may mean; one too many costs time, not truth. */
function viewsIn(sql: string): LakeView[] {
  const words = new Set(sql.toLowerCase().match(/\w+/g));
  return Object.keys(lakeViews)
    .filter(isLakeView)
    .filter((view) => words.has(view));
}

async function* rowsOf(result: DuckDBResult): AsyncGenerator<Record<string, unknown>[]> {
  const names = result.deduplicatedColumnNames();
  const types = result.columnTypes();
  for await (const rows of result.yieldRowsJs()) {
    yield rows.map((row) => plainRow(names, types, row));
  }
}

/** After this the connection sees the lake and the folder for what does not fit into memory, and no setting can change that. */
async function confine(connection: DuckDBConnection, root: string, scratch: string, memory_mb: number): Promise<void> {
  const text = (value: string) => `'${value.replaceAll("'", "''")}'`;
  await connection.run(`SET temp_directory = ${text(join(scratch, 'spill'))}`);
  await connection.run(`SET memory_limit = '${memory_mb}MB'`);
  await connection.run("SET TimeZone = 'UTC'");
  await connection.run(`SET allowed_directories = [${text(root)}]`);
  await connection.run('SET enable_external_access = false');
}

/** A folder of this machine that holds what the query reads, under a name in which nothing is a wildcard. */
async function readable(lake: Lake, views: readonly LakeView[], query: LakeQuery, scratch: string): Promise<string> {
  if (lake.folder === undefined) {
    await fetchFiles(lake, views, query, scratch);
    return scratch;
  }
  if (!/[*?[\]\\]/.test(lake.folder)) return lake.folder;
  await symlink(join(lake.folder, runsRoot), join(scratch, runsRoot), 'junction');
  return scratch;
}

/** Folders of days with a wildcard for the run; of all days at once where no day was named. */
async function globsOf(lake: Lake, days: Days): Promise<string[]> {
  if (days.from === undefined && days.to === undefined) return [`${runsRoot}/*/*/*/*`];
  const globs: string[] = [];
  for await (const { folder } of daysOf(lake, days)) globs.push(`${folder}/*`);
  // A day that is not there: the views are empty.
  return globs.length > 0 ? globs : [`${runsRoot}/none/*`];
}

async function fetchFiles(lake: Lake, views: readonly LakeView[], query: LakeQuery, scratch: string): Promise<void> {
  const wanted = views.map((view) => new RegExp(`/${lakeViews[view].replace('.', '\\.').replace('*', '[^/]+')}$`));
  const paths: string[] = [];
  for await (const { folder } of daysOf(lake, query.days)) {
    for await (const { path } of lake.list(folder)) {
      if (wanted.some((shape) => shape.test(path))) paths.push(path);
      query.signal.throwIfAborted();
    }
    query.onFetched?.(0, paths.length);
  }
  let done = 0;
  await inParallel(paths, 16, async (path) => {
    query.signal.throwIfAborted();
    const bytes = await lake.get(path);
    const target = join(scratch, path);
    await mkdir(dirname(target), { recursive: true });
    if (bytes) await writeFile(target, bytes);
    done += 1;
    query.onFetched?.(done, paths.length);
  });
}

function refused(why: string): SprouteError {
  return new SprouteError('INPUT_INVALID', `One SELECT is wanted, and ${why}.`, {
    hint: 'A query only reads: `sproute lake query "SELECT job_type, count(*) FROM runs GROUP BY ALL"`.',
  });
}

function unanswered(error: Error): SprouteError {
  const [first = ''] = messageOf(error).split('\n\n');
  if (/^Out of Memory/i.test(first)) {
    return new SprouteError('INPUT_INVALID', `The query needs more memory: ${first.split('\n')[0]}`, {
      hint: 'Name days with --date or --from and --to, or allow more with --memory.',
      cause: error,
    });
  }
  const views = Object.keys(lakeViews).filter(isLakeView);
  return new SprouteError('INPUT_INVALID', `The query cannot be answered: ${messageOf(error).trim()}`, {
    hint: `There are ${views.map((view) => `${view} (${columnsOf(view)})`).join('; ')}.`,
    cause: error,
  });
}
