import { copyFileSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { queryRows } from '../../src/db/query.ts';
import { smallestAnswer } from '../../src/llm/builtin/smallest-answer.ts';
import { ontologyNodes } from '../../src/ontology/nodes.ts';
import { packageRoot } from '../../src/package-root.ts';
import { attributes, type MetricDefinition, metrics, spanEvents, spans } from '../../src/telemetry/names.ts';
import { projectFolder, type Ran, runCli, runShell } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createCustomerDatabase } from '../support/datasource.ts';
import { putPage } from '../support/routing.ts';
import { plainAnswer, type Reply, type ScriptedModel, startScriptedModel } from '../support/scripted-model.ts';

const spanLine = z.object({
  span: z.string(),
  kind: z.string(),
  trace_id: z.string(),
  span_id: z.string(),
  parent_span_id: z.string().nullable(),
  links: z.array(z.string()),
  status: z.string(),
  message: z.string().optional(),
  duration_ms: z.number(),
  attributes: z.record(z.string(), z.unknown()),
  events: z.array(z.object({ name: z.string(), attributes: z.record(z.string(), z.unknown()).optional() })),
  scope: z.object({ name: z.string() }),
  instance: z.string(),
});
const metricLine = z.object({
  metric: z.string(),
  unit: z.string(),
  points: z.array(z.object({ attributes: z.record(z.string(), z.unknown()), value: z.unknown() })),
  instance: z.string(),
});
type SpanLine = z.infer<typeof spanLine>;
type MetricLine = z.infer<typeof metricLine>;

let t: TestDatabase;
let model: ScriptedModel;
let folder: string;
let settings: Record<string, string>;
let asked = 0;
const good = 'Marie Curie met Niels Bohr.';
const bad = 'A refused canary lives here.';

/** The first request is refused for a moment, all about the bad page for good. */
function respond(request: Parameters<typeof plainAnswer>[0]): Reply {
  if (request.content.includes('canary')) return { status: 403 };
  if (request.contract !== 'page_classification') return leastAnswer(request);
  asked += 1;
  return asked === 1 ? { status: 500 } : plainAnswer(request);
}

/** A valid answer of any contract, that says as little as it may. */
function leastAnswer({ body }: Parameters<typeof plainAnswer>[0]): Reply {
  const format = JSON.parse(JSON.stringify(body.response_format ?? {}));
  return { answer: smallestAnswer(format.json_schema?.schema) };
}

beforeAll(async () => {
  t = await createTestDatabase();
  model = await startScriptedModel(respond);
  folder = projectFolder();
  copyFileSync(join(packageRoot, 'examples', 'otel', 'otel.mjs'), join(folder, 'otel.mjs'));
  symlinkSync(join(packageRoot, 'node_modules'), join(folder, 'node_modules'));
  settings = {
    DATABASE_URL: t.url,
    LLM_BASE_URL: model.base_url,
    LLM_MODEL: 'scripted-1',
    LLM_API_KEY: 'sk-very-secret-key',
    NODE_OPTIONS: '--import ./otel.mjs',
  };
  await putPage(t.db, 'good', good);
  await putPage(t.db, 'bad', bad);
  await queryRows(
    t.db,
    "INSERT INTO llm.model_price (model, input_usd_per_m, output_usd_per_m, cached_usd_per_m) VALUES ('scripted-1', 10, 100, 1)",
  );
});
afterAll(async () => {
  await model.close();
  await t.close();
});

const sproute = (...args: string[]): Promise<Ran> => runCli(args, folder, settings);

/** A job about the good page, as a DBA would. */
const enqueue = (job_type: string, rerun: number) =>
  queryRows(
    t.db,
    `SELECT q.created FROM ingest.source_page AS s,
       llm.usp_enqueue_jobs(jsonb_build_array(jsonb_build_object(
         'job_type', ?::text, 'source_page_id', s.source_page_id, 'rerun', ?::integer))) AS q
     WHERE s.title = 'good'`,
    [job_type, rerun],
  );

function told(): { text: string; spans: SpanLine[]; metrics: MetricLine[] } {
  const text = readFileSync(join(folder, 'otel.jsonl'), 'utf8');
  const lines: unknown[] = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return {
    text,
    spans: lines.flatMap((line) => spanLine.safeParse(line).data ?? []),
    metrics: lines.flatMap((line) => metricLine.safeParse(line).data ?? []),
  };
}

test('the example tells the story of every job: command, enqueue, job, chunk, call and routing, from every thread', async () => {
  const enqueued = await sproute('job', 'enqueue', 'page_classification', '--all');
  expect(enqueued.code, enqueued.stderr).toBe(0);
  const drained = await sproute('run', '--drain', '--threads', '2', '--json');
  expect(drained.code, drained.stderr).toBe(3);
  const { spans: all } = told();
  const named = (name: string) => all.filter(({ span }) => span === name);
  const [command] = named('sproute job enqueue');
  const [enqueue] = named('enqueue page_classification');
  expect(enqueue).toMatchObject({ kind: 'PRODUCER', trace_id: command?.trace_id, parent_span_id: command?.span_id });

  const jobs = named('job page_classification');
  expect(jobs).toHaveLength(2);
  for (const job of jobs) {
    expect(job).toMatchObject({ kind: 'CONSUMER', parent_span_id: null, links: [command?.trace_id] });
    expect(String(job.attributes['sproute.correlation_id']).replaceAll('-', '')).toBe(command?.trace_id);
    expect(job.attributes['thread.id']).not.toBe(0);
  }
  const job = jobs.find(({ attributes: of }) => of['sproute.status'] === 'succeeded');
  const dead = jobs.find(({ attributes: of }) => of['sproute.status'] === 'dead');
  const rows = await queryRows<{ job_id: number; run_id: string }>(
    t.db,
    "SELECT job_id, run_id FROM llm.run WHERE status = 'SUCCEEDED'",
  );
  expect(job?.attributes).toMatchObject({
    'sproute.job_id': rows[0]?.job_id,
    'sproute.run_id': rows[0]?.run_id,
    'sproute.attempt': 1,
    'sproute.calls': 2,
    'gen_ai.usage.input_tokens': 100,
  });

  const under = (parent: SpanLine | undefined) =>
    all.filter(({ parent_span_id }) => parent_span_id === parent?.span_id);
  const [chunk] = under(job).filter(({ span }) => span === 'chunk');
  const [route] = under(job).filter(({ kind }) => kind === 'CLIENT');
  expect(route).toMatchObject({
    span: 'CALL kb.usp_process_page_classification_output',
    status: 'UNSET',
    attributes: { 'db.system.name': 'postgresql', 'db.namespace': new URL(t.url).pathname.slice(1) },
  });
  const calls = under(chunk);
  expect(calls.map(({ span, kind, status }) => [span, kind, status])).toEqual([
    ['chat scripted-1', 'CLIENT', 'ERROR'],
    ['chat scripted-1', 'CLIENT', 'UNSET'],
  ]);
  expect(calls[0]?.attributes).toMatchObject({ 'error.type': 'MODEL_UNAVAILABLE', 'http.response.status_code': 500 });
  expect(calls[1]?.attributes).toMatchObject({
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': 'scripted-1',
    'gen_ai.response.finish_reasons': ['stop'],
    'gen_ai.usage.input_tokens': 100,
    'gen_ai.usage.output_tokens': 20,
    'server.port': Number(new URL(model.base_url).port),
  });
  expect(dead).toMatchObject({ status: 'ERROR', attributes: { 'error.type': 'MODEL_REJECTED' } });
  expect(dead?.events[0]?.attributes).toMatchObject({ 'exception.type': 'MODEL_REJECTED' });
  expect(all.every(({ scope }) => scope.name === 'sproute')).toBe(true);
});

test('an extraction of an ontology is one correlation: command, enqueue, plans, what is computed, what is asked, routing', async () => {
  const shop = await createCustomerDatabase(
    "CREATE TABLE notes AS SELECT n AS id, 'some words ' || n * 31 AS words FROM generate_series(1, 99) AS n",
  );
  const before = told().spans.length;
  settings.SHOP_URL = shop.reader_url;
  try {
    expect((await sproute('datasource', 'add', 'shop', '--url-env', 'SHOP_URL')).code).toBe(0);
    const without = ontologyNodes
      .map(({ name }) => name)
      .filter((name) => !/^(SchemaProfile|ColumnClassification)$/.test(name));
    const extracted = await sproute('ontology', 'extract', 'shop', '--without', without.join(','));
    expect(extracted.code, extracted.stderr).toBe(0);
  } finally {
    await shop.close();
  }
  const news = told().spans.slice(before);
  const [command] = news.filter(({ span }) => span === 'sproute ontology extract');
  const [enqueue] = news.filter(({ span }) => span === 'enqueue ontology_plan');
  expect(enqueue).toMatchObject({ trace_id: command?.trace_id, parent_span_id: command?.span_id });
  const below = (span: SpanLine): unknown[] =>
    news
      .filter(({ parent_span_id }) => parent_span_id === span.span_id)
      .map((child) => (child.span === 'chunk' ? ['chunk', ...below(child)] : child.span))
      .sort();
  const jobs = news.filter(({ span }) => span.startsWith('job '));
  const told_of = (job_type: string) => jobs.filter(({ span }) => span === `job ${job_type}`).map(below);
  expect(told_of('ontology_plan')).toEqual(
    Array.from({ length: 2 }, () => ['CALL onto.usp_process_ontology_plan_output']),
  );
  expect(told_of('schema_profile')).toEqual([['CALL onto.usp_process_schema_profile_output']]);
  expect(told_of('text_classification')).toEqual([
    ['CALL onto.usp_process_text_classification_output', ['chunk', 'chat scripted-1']],
  ]);
  for (const job of jobs) {
    expect(job.links, job.span).toEqual([command?.trace_id]);
    expect(job.attributes['sproute.dag_node_id']).toBeTypeOf('number');
  }
});

test('an answer from the cache is an event of its chunk, and no call', async () => {
  const before = told().spans.length;
  await enqueue('page_classification', 1);
  expect((await sproute('run', '--drain', '--threads', '1')).code).toBe(0);
  const news = told().spans.slice(before);
  expect(news.filter(({ span }) => span.startsWith('chat'))).toEqual([]);
  const chunk = news.find(({ span }) => span === 'chunk');
  expect(chunk?.events.map(({ name }) => name)).toEqual(['cache_hit']);
});

test('what is told is what is listed, all but the rare is told, and no prompt, answer or secret is', () => {
  const { text, spans: all, metrics: measured } = told();
  const verbs = Object.values(spans).map(({ name }) => name);
  const verbOf = ({ span }: SpanLine) => verbs.find((verb) => span === verb || span.startsWith(`${verb} `));
  expect([...new Set(all.map(verbOf))].sort()).toEqual([...verbs].sort());
  const used = all.flatMap((span) => Object.keys(span.attributes));
  expect([...new Set(used)].filter((name) => !Object.hasOwn(attributes, name))).toEqual([]);
  const events = all.flatMap((span) => span.events.map(({ name }) => name));
  expect([...new Set(events)].sort()).toEqual(Object.keys(spanEvents).sort());

  const rare = ['sproute.job.rescued', 'sproute.lease.lost', 'sproute.job.retries'];
  const definitions: Record<string, MetricDefinition> = metrics;
  const names = [...new Set(measured.map(({ metric }) => metric))];
  expect(names.filter((name) => !Object.hasOwn(metrics, name))).toEqual([]);
  expect(Object.keys(metrics).filter((name) => !names.includes(name) && !rare.includes(name))).toEqual([]);
  for (const { metric, unit, points } of measured) {
    expect(unit).toBe(definitions[metric]?.unit);
    const keys: string[] = points.flatMap((point) => Object.keys(point.attributes));
    const listed: readonly string[] = definitions[metric]?.attributes ?? [];
    expect(
      keys.filter((key) => !listed.includes(key)),
      metric,
    ).toEqual([]);
  }
  const cost = measured.filter(({ metric }) => metric === 'sproute.model.cost').at(-1);
  expect(cost?.points[0]?.value).toBeCloseTo((100 * 10 + 20 * 100) / 1e6);
  for (const secret of ['Niels', 'canary', 'sk-very-secret-key', new URL(t.url).password]) {
    if (secret !== '') expect(text, secret).not.toContain(secret);
  }
});

test('an SDK that breaks wherever it can, registered twice, costs no job anything', async () => {
  const hostile = join(packageRoot, 'test', 'support', 'hostile-telemetry.mjs');
  const broken = { ...settings, NODE_OPTIONS: `--import ${hostile}` };
  await enqueue('entity_extraction', 0);
  const ran = await runCli(
    ['run', '--drain', '--threads', '2', '--types', 'entity_extraction', '--json'],
    folder,
    broken,
  );
  expect(ran.code, ran.stderr).toBe(0);
  expect(JSON.parse(ran.stdout)).toMatchObject({ succeeded: 1, failed: 0, released: 0 });
  expect(await queryRows(t.db, "SELECT * FROM llm.run WHERE status = 'ABANDONED'")).toEqual([]);
});

test('without an SDK the API is not even loaded', async () => {
  const entry = JSON.stringify(join(packageRoot, 'src', 'telemetry', 'span.ts'));
  const loaded =
    "Object.keys(process.getBuiltinModule('node:module')._cache).filter((f) => f.includes('opentelemetry'))";
  const line = `import(${entry}).then(() => console.log(${loaded}.length))`;
  const ran = await runShell(`"${process.execPath}" -e '${line.replaceAll("'", `'"'"'`)}'`, folder);
  expect(ran).toMatchObject({ code: 0, stdout: '0\n' });
});
