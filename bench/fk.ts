import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { startBuiltinModel } from '../src/llm/builtin/server.ts';
import { copyDatabase, type TrueKey } from './fk/copy-database.ts';
import { databases, type GeneratedDatabase } from './fk/databases.ts';
import { type Extracted, extract } from './fk/extract.ts';
import { nameOfGiven } from './fk/given-database.ts';
import { type Loss, losses, lostKeys } from './fk/lost.ts';
import { randomDatabase } from './fk/random-domain.ts';
import { asKey, type KindOf, keyName, kinds, type Score, score, scored } from './fk/score.ts';
import { asKnown, readTruth } from './fk/truth.ts';
import { note, printTable, writeReport } from './support/report.ts';
import { type BenchServer, startBenchServer } from './support/server.ts';

const { values: options } = parseArgs({
  options: {
    database: { type: 'string' },
    truth: { type: 'string', default: 'declared' },
    'scramble-names': { type: 'boolean', default: false },
    orphans: { type: 'string', default: '0' },
    'as-reader': { type: 'boolean', default: false },
    'held-out': { type: 'boolean', default: false },
    random: { type: 'string' },
    only: { type: 'string' },
    without: { type: 'string', default: '' },
    misses: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const help = `npm run bench:fk -- [options]

How well relationships are found in databases whose foreign keys nobody declared: precision, recall and F1 on columns by
name, recall of the candidates before a model is asked, calls and tokens a true key. A database that is given is copied
into a server of the benchmark's own, without its foreign keys; it is only read.

  --database URL      a PostgreSQL database (default: databases that the benchmark makes itself)
  --truth WHAT        declared: its foreign keys; else a JSON file {"foreign_keys": [{from, columns, to, to_columns}]}
                      (default: declared)
  --scramble-names    schemas, tables and columns get names that say nothing
  --orphans SHARE     so many references lose their row, 0 to 1 (default: 0)
  --as-reader         extract with a login that may only SELECT
  --held-out          of the benchmark's own databases those that no weight was fitted on (default: the others)
  --random NUMBERS    databases made at random instead, by number, such as 101-108; the weights of the built-in model were
                      fitted on 1 to 31
  --only NAMES        only these of the benchmark's own databases, by comma
  --without NODES     leave out nodes of the extraction, by comma, such as FKResolution
  --misses            print what was missed and which step lost it, and what was found that is not there
  --json              print JSON

candidate_recall: the share of the true keys that a model was asked about one by one, or that the data alone bore out after a
model had picked them from a closed list; keys that are only in that list do not count. candidates_per_source: the mean of such
candidates over the sources that have any; most_candidates_of_a_source is the most that one has.
calls: the requests of FKResolution and RelationshipValidation.

Examples:
  npm run bench:fk
  npm run bench:fk -- --held-out --scramble-names
  npm run bench:fk -- --database postgres://localhost/shop --orphans 0.03 --json`;

interface Result {
  database: string;
  scores: Record<string, Score>;
  candidate_recall: number;
  candidates_per_source: number;
  most_candidates_of_a_source: number;
  calls: number;
  calls_per_true_key: number;
  tokens_per_true_key: number;
  cardinality_accuracy: number;
  seconds: number;
  missed: string[];
  wrong: string[];
  lost: Partial<Record<Loss, number>>;
}

if (options.help) process.stdout.write(`${help}\n`);
else
  await main().catch((error: unknown) => {
    note(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  });

async function main(): Promise<void> {
  const orphans = Number(options.orphans);
  if (!(orphans >= 0 && orphans <= 1)) throw new Error(`--orphans is a share from 0 to 1, not ${options.orphans}.`);
  const given = options.database === undefined ? undefined : await nameOfGiven(options.database);
  const lake = mkdtempSync(join(tmpdir(), 'sproute-bench-lake-'));
  const server = await startBenchServer();
  const model = await startBuiltinModel();
  try {
    const results: Result[] = [];
    const chosen = options.random
      ? numbersOf(options.random).map(randomDatabase)
      : databases.filter(({ name, is_held_out }) =>
          options.only ? options.only.split(',').includes(name) : is_held_out === options['held-out'],
        );
    for (const database of options.database ? [undefined] : chosen) {
      const name = database?.name ?? given ?? 'database';
      results.push(await measure(server, name, database, model, lake, results.length));
    }
    tell(results);
  } finally {
    await model.close();
    await server.close();
    rmSync(lake, { recursive: true, force: true });
  }
}

/** `3,101-108` */
function numbersOf(text: string): number[] {
  return text.split(',').flatMap((part) => {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(part.trim()) ?? [];
    if (first === undefined) throw new Error(`--random takes numbers such as 3,101-108, not ${text}.`);
    return Array.from({ length: Math.max(0, Number(last) - Number(first) + 1) }, (_, at) => Number(first) + at);
  });
}

async function measure(
  server: BenchServer,
  name: string,
  database: Pick<GeneratedDatabase, 'name' | 'sql'> | undefined,
  model: { base_url: string; model: string },
  lake: string,
  number: number,
): Promise<Result> {
  note(name);
  const from = options.database ?? (await generated(server, database));
  const url = await server.createDatabase(`bench_fk_copy_${number}`);
  const truth = options.truth === 'declared' ? undefined : readTruth(options.truth);
  const keys = await copyDatabase(
    from,
    url,
    { scramble: options['scramble-names'], orphans: Number(options.orphans) },
    truth,
  );
  if (keys.length === 0)
    throw new Error(`${name} declares no foreign key that there is to find: say what is true with --truth FILE.`);
  const sproute = await server.createSproute(`bench_fk_sproute_${number}`, 8);
  const login = options['as-reader'] ? await readerOf(url, number) : url;
  const without = options.without.split(',').filter(Boolean);
  const found = await extract(sproute, { name: `copy_${number}`, url: login }, model, lake, without);
  return await judged(name, url, keys, found);
}

async function generated(server: BenchServer, database: Pick<GeneratedDatabase, 'sql'> | undefined): Promise<string> {
  const url = await server.createDatabase('bench_fk_original');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(database?.sql ?? '');
  await client.end();
  return url;
}

async function readerOf(url: string, number: number): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ name: string }>(
    `SELECT nspname AS name FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'`,
  );
  const role = `bench_reader_${number}`;
  await client.query(`DROP ROLE IF EXISTS ${role}; CREATE ROLE ${role} LOGIN PASSWORD 'reader'`);
  for (const { name } of rows) {
    const schema = client.escapeIdentifier(name);
    await client.query(
      `GRANT USAGE ON SCHEMA ${schema} TO ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO ${role}`,
    );
  }
  await client.end();
  const login = new URL(url);
  login.username = role;
  login.password = 'reader';
  return login.toString();
}

async function judged(name: string, url: string, keys: TrueKey[], found: Extracted): Promise<Result> {
  const { relationships, tables, calls, tokens, took_ms } = found;
  const of: KindOf = { primary: new Map(tables.map(({ table_key, primary_key }) => [table_key, primary_key])) };
  const accepted = relationships.filter(({ status }) => status === 'accepted');
  const told = accepted.map(asKey);
  const wanted = new Set(keys.map(keyName));
  const candidates = new Set(relationships.map((row) => keyName(asKey(row))));
  const bySource = Map.groupBy(
    relationships,
    ({ from_table, from_columns }) => `${from_table} ${from_columns.join(' ')}`,
  );
  const toldNames = new Set(told.map(keyName));
  const right = accepted.filter((row) => wanted.has(keyName(asKey(row))));
  const cardinalities = await asKnown(url, right);
  const lost = lostKeys(
    keys.filter((key) => !toldNames.has(keyName(key))),
    found,
  );
  return {
    database: name,
    scores: Object.fromEntries(kinds.map((kind) => [kind, score(keys, told, kind, of)])),
    candidate_recall: wanted.size === 0 ? 1 : [...wanted].filter((key) => candidates.has(key)).length / wanted.size,
    candidates_per_source: relationships.length / Math.max(1, bySource.size),
    most_candidates_of_a_source: Math.max(0, ...[...bySource.values()].map((list) => list.length)),
    calls,
    calls_per_true_key: calls / Math.max(1, wanted.size),
    tokens_per_true_key: tokens / Math.max(1, wanted.size),
    cardinality_accuracy:
      right.length === 0 ? 1 : right.filter((row, at) => row.cardinality === cardinalities[at]).length / right.length,
    seconds: took_ms / 1000,
    missed: lost.map(({ key, loss }) => `${keyName(key)} (${loss})`),
    wrong: [...toldNames].filter((key) => !wanted.has(key)),
    lost: Object.fromEntries(
      losses.flatMap((loss) => {
        const count = lost.filter((each) => each.loss === loss).length;
        return count === 0 ? [] : [[loss, count]];
      }),
    ),
  };
}

function tell(results: readonly Result[]): void {
  const whole = (kind: string) => {
    const sum = (of: 'keys' | 'found' | 'right') =>
      results.reduce((total, { scores }) => total + (scores[kind]?.[of] ?? 0), 0);
    return scored(sum('keys'), sum('found'), sum('right'));
  };
  const keys = whole('all').keys;
  const mean = (of: (result: Result) => number) =>
    results.reduce((sum, result) => sum + of(result) * (result.scores.all?.keys ?? 0), 0) / Math.max(1, keys);
  const totals = {
    ...whole('all'),
    candidate_recall: mean(({ candidate_recall }) => candidate_recall),
    candidates_per_source: mean(({ candidates_per_source }) => candidates_per_source),
    calls: results.reduce((sum, { calls }) => sum + calls, 0),
    calls_per_true_key: mean(({ calls_per_true_key }) => calls_per_true_key),
    tokens_per_true_key: mean(({ tokens_per_true_key }) => tokens_per_true_key),
    cardinality_accuracy: mean(({ cardinality_accuracy }) => cardinality_accuracy),
    by_kind: Object.fromEntries(kinds.map((kind) => [kind, whole(kind)])),
  };
  const about = {
    scramble_names: options['scramble-names'],
    orphans: Number(options.orphans),
    as_reader: options['as-reader'],
    held_out: options['held-out'],
  };
  if (options.misses) {
    for (const { database, missed, wrong } of results) {
      for (const key of missed) note(`${database} missed: ${key}`);
      for (const key of wrong) note(`${database} wrong: ${key}`);
    }
  }
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ ...about, ...totals, databases: results }, undefined, 2)}\n`);
    return;
  }
  const rows = results.map(({ database, scores, missed: _, wrong: __, lost: ___, ...rest }) => ({
    database,
    keys: scores.all?.keys ?? 0,
    precision: scores.all?.precision ?? 0,
    recall: scores.all?.recall ?? 0,
    f1: scores.all?.f1 ?? 0,
    ...rest,
  }));
  printTable(rows);
  printTable(kinds.map((kind) => ({ kind, ...whole(kind) })));
  writeReport('fk', { ...about, ...totals }, rows);
}
