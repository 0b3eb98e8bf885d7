import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { callProcedure } from '../src/db/call.ts';
import { queryRows } from '../src/db/query.ts';
import { answerFor } from '../src/llm/builtin/answers.ts';
import { smallestAnswer } from '../src/llm/builtin/smallest-answer.ts';
import { ontologyNodes } from '../src/ontology/nodes.ts';
import { type ScriptedRequest, startScriptedModel } from '../test/support/scripted-model.ts';
import { measureTables } from './ontology/measure-tables.ts';
import { runExtract } from './ontology/run-extract.ts';
import { note, report } from './support/report.ts';
import { startBenchServer } from './support/server.ts';

/**
 * `sproute ontology extract` against a model that takes its time: how close the classification of columns comes to the
 * ideal (columns / in flight x latency), and how long the command says nothing. One column's answers are no answers.
 * With `--whole` all nodes are done and the model answers as the built-in one does, late; with `--tables` a database of so many
 * tables is extracted with the built-in model itself, twice.
 * Exit code 1 if a run is more than `--within` percent above the ideal (or takes over a minute where there are few columns),
 * is silent for over 5 s, or lets the one column stop another.
 */
const { values: options } = parseArgs({
  options: {
    columns: { type: 'string', default: '38,200' },
    latency: { type: 'string', default: '1000,2000' },
    in_flight: { type: 'string', default: '8' },
    within: { type: 'string', default: '10' },
    whole: { type: 'boolean', default: false },
    tables: { type: 'string' },
  },
});
const latencies = options.latency.split(',').map(Number);
const inFlight = Number(options.in_flight);
const without = ontologyNodes
  .map(({ name }) => name)
  .filter((name) => !options.whole && !/^(SchemaProfile|ColumnClassification)$/.test(name));
const columnsEach = 10;
/** Below so many the start of the command weighs more than the model: they have a minute. */
const fewColumns = 100;
const isAbove = (row: Record<string, string | number>) => Number(row['above ideal %']) > Number(options.within);

const server = await startBenchServer();
try {
  if (options.tables !== undefined) process.exitCode = (await measureTables(server, Number(options.tables))) ? 0 : 1;
  else await measureAll();
} finally {
  await server.close();
}

async function measureAll(): Promise<void> {
  const rows: Record<string, string | number>[] = [];
  for (const [at, columns] of options.columns.split(',').map(Number).entries()) {
    rows.push(await measure(columns, latencies[at] ?? latencies[0] ?? 1000));
  }
  report('ontology', { postgres: server.version, ...options }, rows);
  const isSlow = rows.some((row) => {
    const isOver = Number(row.columns) < fewColumns ? Number(row['whole command s']) > 60 : isAbove(row);
    return isOver || Number(row['silence s']) > 5;
  });
  if (isSlow || rows.some((row) => row.failed !== 1 || row.classified !== Number(row.columns) - 1))
    process.exitCode = 1;
}

async function measure(columns: number, latency: number): Promise<Record<string, string | number>> {
  note(`${columns} columns, ${latency} ms, ${inFlight} in flight`);
  const model = await startScriptedModel(async (request) => {
    await wait(latency);
    return { answer: isAbout(request, 'public.t0.c1') ? { no: 'answer' } : answerTo(request) };
  });
  try {
    const customer = await createTables(`bench_customer_${columns}`, columns);
    const { url, db } = await server.createSproute(`bench_ontology_${columns}`, 4);
    await queryRows(db, 'UPDATE llm.job_type SET max_attempts = 1');
    await callProcedure(db, 'onto.usp_put_datasource', { name: 'bench', engine: 'postgres', url_env: 'BENCH_URL' });
    const nodes = without.length > 0 ? ['--without', without.join(',')] : ['--glossary'];
    const {
      code,
      seconds: whole,
      silence_ms,
    } = await runExtract(['bench', ...nodes, '--yes'], {
      DATABASE_URL: url,
      BENCH_URL: customer,
      LLM_BASE_URL: model.base_url,
      LLM_MODEL: 'scripted-1',
      LLM_CONCURRENCY: String(inFlight),
    });
    const [ran] = await queryRows<{ seconds: number; classified: number; failed: number }>(
      db,
      `SELECT extract(epoch FROM max(r.finished_at) - min(r.started_at))::float8 AS seconds,
         count(*) FILTER (WHERE j.status = 'SUCCEEDED')::integer AS classified,
         count(*) FILTER (WHERE j.status = 'DEADLETTER')::integer AS failed
       FROM llm.job AS j JOIN llm.run AS r ON r.job_id = j.job_id WHERE j.job_type LIKE '%classification'`,
    );
    // The column that fails is asked twice more.
    const ideal = (Math.ceil((columns + 2) / inFlight) * latency) / 1000;
    const seconds = ran?.seconds ?? 0;
    return {
      columns,
      'latency ms': latency,
      'ideal s': ideal,
      'classification s': round(seconds),
      'above ideal %': round((100 * seconds) / ideal - 100),
      'whole command s': round(whole),
      'silence s': round(silence_ms / 1000),
      classified: ran?.classified ?? 0,
      failed: ran?.failed ?? 0,
      'exit code': code ?? -1,
    };
  } finally {
    await model.close();
  }
}

/** Tables of ten columns, and one of the rest; of as many kinds as there are paths. */
async function createTables(name: string, columns: number): Promise<string> {
  const url = await server.createDatabase(name);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const kinds = [
    ['bigint', 'n'],
    ['text', "'text number ' || n"],
    ['timestamptz', "now() - n * interval '1 hour'"],
    ['boolean', 'n % 2 = 0'],
    ['numeric(10, 2)', 'n / 3.0'],
    ['uuid', "md5('u' || n)::uuid"],
    ['jsonb', "jsonb_build_object('n', n)"],
    ['text', "'kind' || n % 5"],
    ['integer', '(n * 7919) % 900'],
    ['interval', "n * interval '1 minute'"],
  ] as const;
  for (let first = 0; first < columns; first += columnsEach) {
    const own = kinds.slice(0, Math.min(columnsEach, columns - first));
    const table = `t${first / columnsEach}`;
    await client.query(`CREATE TABLE ${table} (${own.map(([type], at) => `c${at} ${type}`).join(', ')})`);
    await client.query(
      `INSERT INTO ${table} SELECT ${own.map(([, value]) => value).join(', ')} FROM generate_series(1, 2000) AS n`,
    );
  }
  await client.end();
  return url;
}

function isAbout({ messages }: ScriptedRequest, subject: string): boolean {
  return messages.some(({ content }) => content.includes(`Title: ${subject}\n`));
}

function answerTo({ body, contract, content }: ScriptedRequest): unknown {
  if (options.whole) return answerFor(contract ?? '', { title: '', content });
  const format = JSON.parse(JSON.stringify(body.response_format ?? {}));
  return smallestAnswer(format.json_schema?.schema);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
