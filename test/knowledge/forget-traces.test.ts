import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callProcedure, type ParameterValue } from '../../src/db/call.ts';
import type { Database } from '../../src/db/connect.ts';
import { queryRows } from '../../src/db/query.ts';
import { forgetPage, planForgetting } from '../../src/knowledge/forget-page.ts';
import { openLake } from '../../src/lake/open.ts';
import { createTestDatabase } from '../support/database.ts';
import { entityId } from '../support/knowledge.ts';
import { kept, marked, markedAnswer, secret } from '../support/marked-pages.ts';
import { dump, putPage } from '../support/routing.ts';
import { type ScriptedModel, startScriptedModel } from '../support/scripted-model.ts';
import { startWorker, type TestWorker } from '../support/worker.ts';

let model: ScriptedModel;
let refused = false;
beforeAll(async () => {
  model = await startScriptedModel((request) =>
    refused ? { status: 422, body: { error: { message: `cannot read ${request.content}` } } } : markedAnswer(request),
  );
});
afterAll(() => model.close());

/** Everything in a database and its lake that has a marked word: `schema.table.column` and files. */
async function tracesIn(db: Database, root: string): Promise<Set<string>> {
  const columns = await queryRows<{ place: string; column: string }>(
    db,
    `SELECT format('%I.%I', c.table_schema, c.table_name) AS place, format('%I', c.column_name) AS column
     FROM information_schema.columns AS c
     JOIN information_schema.tables AS t USING (table_schema, table_name)
     WHERE t.table_type = 'BASE TABLE' AND c.table_schema NOT IN ('pg_catalog', 'information_schema')`,
  );
  const traces = new Set<string>();
  for (const { place, column } of [
    ...columns,
    { place: 'pg_stats', column: 'most_common_vals' },
    { place: 'pg_stats', column: 'histogram_bounds' },
  ]) {
    const [row] = await queryRows<{ found: boolean }>(
      db,
      `SELECT EXISTS (SELECT 1 FROM ${place} AS t WHERE t.${column}::text ~* 'xq[zw]|hidden/letter') AS found`,
    );
    if (row?.found) traces.add(`${place}.${column}`);
  }
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    if (marked.test(file) || marked.test(readFileSync(file, 'utf8'))) traces.add(entry.name);
  }
  return traces;
}

interface Project {
  db: Database;
  worker: TestWorker;
  read(external_id: string, text: string): Promise<void>;
  call<Row>(procedure: string, parameters: Record<string, ParameterValue>): Promise<Row>;
  idOf(name: string): Promise<number>;
  merge(master: string, other: string): Promise<{ identity_decision_id: number }>;
  enrich(name: string, more?: object): Promise<void>;
}

function project(db: Database, worker: TestWorker): Project {
  const call: Project['call'] = async <Row>(procedure: string, parameters: Record<string, ParameterValue>) => {
    const [row] = await callProcedure<Row & Record<string, unknown>>(db, procedure, parameters);
    if (!row) throw new Error(`${procedure} returned nothing`);
    return row;
  };
  const idOf = (name: string) => entityId(db, name.toLowerCase(), 'person');
  return {
    db,
    worker,
    call,
    idOf,
    async read(external_id, text) {
      const { source_page_id } = await putPage(db, external_id, text);
      for (const job_type of ['knowledge_extraction', 'page_classification']) {
        await callProcedure(db, 'llm.usp_enqueue_jobs', {
          jobs: [{ job_type, subject: text.slice(0, 99), source_page_id }],
        });
      }
      await worker.drain();
    },
    merge: async (master, other) =>
      call('kb.usp_merge_entities', {
        master_entity_id: await idOf(master),
        entity_ids: [await idOf(other)],
        decided_by: 'eve',
        reason: 'xqz says so',
      }),
    async enrich(name, more = {}) {
      const jobs = [{ job_type: 'entity_enrichment', subject: name, input: { entity_id: await idOf(name), ...more } }];
      await callProcedure(db, 'llm.usp_enqueue_jobs', { jobs });
      await worker.drain();
    },
  };
}

async function split({ db, call, idOf }: Project, disambiguator: string, external_id: string): Promise<void> {
  const pages = await queryRows<{ id: number }>(
    db,
    'SELECT source_page_id AS id FROM ingest.source_page WHERE external_id = ? AND superseded_at IS NULL',
    [external_id],
  );
  await call('kb.usp_split_entity', {
    entity_id: await idOf('Tom Hale'),
    disambiguator,
    source_page_ids: pages.map(({ id }) => id),
    decided_by: 'eve',
    reason: 'xqz again',
  });
}

function adjudicate(
  { call }: Project,
  kind: string,
  id: number,
  decision: string,
  reason: string | null = null,
  changes: object | null = null,
): Promise<unknown> {
  return call('kb.usp_adjudicate', { kind, id, decision, decided_by: 'eve', reason, changes });
}

async function idsOf(db: Database, table: 'fact_attribute' | 'bridge_entity_relation'): Promise<number[]> {
  const id = table === 'fact_attribute' ? 'fact_attribute_id' : 'entity_relation_id';
  const rows = await queryRows<{ id: number }>(
    db,
    `SELECT ${id} AS id FROM kb.${table} WHERE retracted_at IS NULL ORDER BY 1`,
  );
  return rows.map((row) => row.id);
}

/** What somebody decides about entities, relations and facts while the page is there. */
async function decide(one: Project): Promise<void> {
  const { db, call, idOf, merge, worker } = one;
  // The page's own doublets; two of other pages, known to be one through the page's; a chain through it; one taken back.
  await merge('Xqzanna Vole', 'Xqzanne Vole');
  await merge('Xqzmary Somerville', 'Mary Somerville');
  await merge('Xqzmary Somerville', 'M. Somerville');
  await merge('Xqzgrace Hopper', 'Grace Hopper');
  await merge('G. Hopper', 'Xqzgrace Hopper');
  const undone = await merge('Ada Lovelace', 'Xqzanna Vole');
  await call('kb.usp_undo_identity_decision', { identity_decision_id: undone.identity_decision_id, undone_by: 'eve' });
  await split(one, 'of the xqzletter', 'hidden/letter');
  await split(one, 'the younger', 'two');
  const pair = async (kind: string, from: string, to: string, relation_type: string | null = null) =>
    call('kb.usp_decide_identity', {
      kind,
      entity_id: await idOf(from),
      other_entity_id: await idOf(to),
      decided_by: 'eve',
      relation_type,
      reason: `As xqzanna says, ${kind}.`,
    });
  await pair('distinct', 'Ada Lovelace', 'Xqzanna Vole');
  await pair('relate', 'Ada Lovelace', 'Xqzanna Vole', 'knew');
  await pair('relate', 'Ada Lovelace', 'Mary Somerville', 'xqz_envied');
  await pair('suppress', 'Cy Ray', 'Xqzanna Vole');
  // Asked of a model: one answer is applied, the other waits for a person.
  for (const [first, second] of [
    ['Ada Lovelace', 'Mary Somerville'],
    ['Ada Lovelace', 'Tom Hale'],
    ['Ada Lovelace', 'Xqzanna Vole'],
  ] as const) {
    const input = { first_entity_id: await idOf(first), second_entity_id: await idOf(second) };
    const jobs = [{ job_type: 'entity_dedupe', subject: `${first} = ${second}?`, input, dedupe_key: randomUUID() }];
    await callProcedure(db, 'llm.usp_enqueue_jobs', { jobs });
  }
  await worker.drain();

  const ada = await idOf('Ada Lovelace');
  await adjudicate(one, 'entity', ada, 'approve', 'The xqzdescription says so.');
  await adjudicate(one, 'entity', ada, 'override', 'full name', { entity_name: 'Ada, Countess of Lovelace' });
  await adjudicate(one, 'entity', ada, 'override', null, { description: 'She was Xqzanna, in truth.' });
  await adjudicate(one, 'entity', await idOf('Mary Somerville'), 'override', null, { entity_type: 'xqzvessel' });
  await adjudicate(one, 'entity', await idOf('Xqzanna Vole'), 'override', null, { description: 'A xqzperson.' });
  const guesses = await queryRows<{ id: number }>(
    db,
    "SELECT assertion_id AS id FROM kb.assertion WHERE grounding = 'none' AND retracted_at IS NULL",
  );
  for (const { id } of guesses) await adjudicate(one, 'assertion', id, 'approve', 'xqz, I guess');
  for (const id of await idsOf(db, 'fact_attribute')) await adjudicate(one, 'fact', id, 'reject', 'not xqz');
  for (const id of await idsOf(db, 'bridge_entity_relation')) {
    await adjudicate(one, 'relation', id, 'approve');
    await adjudicate(one, 'relation', id, 'override', null, { relation_type: 'Xqz envied' });
  }
  const [classified] = await queryRows<{ id: number }>(
    db,
    "SELECT page_classification_id AS id FROM kb.page_classification WHERE descriptor_sentence ~ 'Xqz'",
  );
  await adjudicate(one, 'page_classification', classified?.id ?? 0, 'override', null, { primary_type: 'xqzkind' });
}

/** Another version of it, which a model refuses to read at first; the old one's text is archived, and so are jobs. */
async function readAgain({ db, worker, call, enrich }: Project): Promise<void> {
  await putPage(db, 'hidden/letter', secret('Xqw').text);
  refused = true;
  await worker.drain();
  refused = false;
  expect(await queryRows(db, "SELECT 1 FROM llm.run WHERE error ~ 'Xqwanna'")).not.toEqual([]);
  await call('llm.usp_retry_jobs', { filter: { status: 'DEADLETTER' } });
  await worker.drain();
  expect(await queryRows(db, "SELECT job_id, last_error FROM llm.job WHERE status <> 'SUCCEEDED'")).toEqual([]);
  refused = true;
  await enrich('Ada Lovelace', { max_items: 1 });
  refused = false;
  const later = new Date(Date.now() + 1_000).toISOString();
  expect(await call('ingest.usp_archive_pages', { older_than: later })).toMatchObject({ pages: 1 });
  await call('llm.usp_archive_jobs', { older_than: later, limit: 8 });
  for (const table of ['kb.dim_entity', 'kb.name', 'llm.job', 'kb.fact_attribute'])
    await queryRows(db, `ANALYZE ${table}`);
}

test('a word that only an erased page has is nowhere any more, whatever it went through; what else was decided stays', async () => {
  const [t, other] = [await createTestDatabase(), await createTestDatabase()];
  const workers = [await startWorker(t, model.base_url), await startWorker(other, model.base_url)] as const;
  const [one, two] = [project(t.db, workers[0]), project(other.db, workers[1])];
  for (const each of [one, two]) for (const [name, { text }] of Object.entries(kept)) await each.read(name, text);
  await one.read('hidden/letter', secret('Xqz').text);
  for (const name of ['Ada Lovelace', 'Xqzanna Vole', 'Tom Hale', 'Mary Somerville']) await one.enrich(name);
  await decide(one);
  await one.worker.drain();
  await readAgain(one);

  const before = await tracesIn(t.db, one.worker.root);
  for (const place of [
    'ingest.page_archive.content',
    'ingest.source_page.title',
    'kb.adjudication.after',
    'kb.adjudication.changes',
    'kb.adjudication.reason',
    'kb.assertion.payload',
    'kb.assertion.subject_key',
    'kb.bridge_entity_relation.decided_relation_key',
    'kb.bridge_entity_relation.relation_type',
    'kb.dim_entity.description',
    'kb.dim_event.event_name',
    'kb.entity_alias.alias',
    'kb.extraction.subject_key',
    'kb.fact_attribute.value',
    'kb.identity_candidate.proposal',
    'kb.identity_decision.reason',
    'kb.identity_decision.relation_type',
    'kb.identity_split_page.external_id',
    'kb.page_classification.primary_type',
    'llm.job.last_error',
    'llm.job.subject',
    'llm.job_archive.subject',
    'llm.run.error',
    'pg_stats.histogram_bounds',
    'input.json',
    'output.json',
    'error.json',
  ]) {
    expect(before).toContain(place);
  }
  const audit = () =>
    queryRows<{ adjudications: number; decisions: number }>(
      t.db,
      'SELECT (SELECT count(*) FROM kb.adjudication) AS adjudications, (SELECT count(*) FROM kb.identity_decision) AS decisions',
    );
  const decided = await audit();

  const page = { source_system: 'test', external_id: 'hidden/letter' };
  const lake = openLake({ lake_uri: `file:${one.worker.root}` });
  const planned = await planForgetting(t.db, lake, page);
  expect(await tracesIn(t.db, one.worker.root)).toEqual(before);
  expect(await forgetPage(t.db, lake, page)).toEqual(planned);
  expect(await tracesIn(t.db, one.worker.root)).toEqual(new Set());
  expect(await audit()).toEqual(decided);
  await expect(forgetPage(t.db, lake, page)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(await queryRows(t.db, 'SELECT * FROM llm.vw_invariant_violations')).toEqual([]);

  await one.worker.drain();
  expect(await tracesIn(t.db, one.worker.root)).toEqual(new Set());
  const after = await dump(t.db);
  await callProcedure(t.db, 'kb.usp_rebuild_all');
  expect(await dump(t.db)).toBe(after);

  // The same without the page: what was found to be one through it is one, and what was decided of others holds.
  await two.merge('Mary Somerville', 'M. Somerville');
  await two.merge('G. Hopper', 'Grace Hopper');
  await split(two, 'the younger', 'two');
  const [field] = await idsOf(two.db, 'fact_attribute');
  await adjudicate(two, 'fact', field ?? 0, 'reject');
  for (const id of await idsOf(two.db, 'bridge_entity_relation')) {
    await adjudicate(two, 'relation', id, 'approve');
    break;
  }
  await adjudicate(two, 'entity', await two.idOf('Ada Lovelace'), 'override', null, {
    entity_name: 'Ada, Countess of Lovelace',
  });
  for (const name of ['Ada Lovelace', 'Tom Hale', 'Mary Somerville']) await two.enrich(name);
  const loaded = after.split('\n').filter((line) => !line.includes('"source_system":"loaded"'));
  expect(loaded.join('\n')).toBe(await dump(other.db));
  await Promise.all([...workers, t, other].map((each) => each.close()));
});
