import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { findContract } from '../../src/contracts/registry.ts';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { readBundle } from '../../src/llm/evidence-messages.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { untilWaiting, whileOpen } from '../support/engine.ts';
import { entityId } from '../support/knowledge.ts';
import { claimOne, dump, payloadFor, putPage, route, routePage } from '../support/routing.ts';
import { type ScriptedModel, startScriptedModel } from '../support/scripted-model.ts';
import { startWorker, type TestWorker } from '../support/worker.ts';

let t: TestDatabase;
let model: ScriptedModel;
let worker: TestWorker;
beforeAll(async () => {
  model = await startScriptedModel(({ content }) => ({
    answer: {
      descriptions: [],
      aliases: [],
      relationships: [],
      attributes: (readBundle(content)?.passages ?? []).flatMap(({ label, text }) =>
        [...text.matchAll(/born in (\d+)|built (\w+)/g)].map((found) => ({
          key: found[1] ? 'birth_date' : 'built',
          value: found[1] ?? found[2],
          unit: null,
          evidence: Number(label),
          quote: found[0],
          confidence: 0.95,
        })),
      ),
    },
  }));
});
afterAll(() => model.close());
beforeEach(async () => {
  t = await createTestDatabase();
  worker = await startWorker(t, model.base_url);
  return async () => {
    await worker.close();
    await t.close();
  };
});

const about = (name: string, quote: string) => ({ entities: [{ name, type: 'person', quote }] });
const read = (page: string, name: string, text: string) => routePage(t.db, page, text, about(name, text));
const idOf = (name: string) => entityId(t.db, name, 'person');
const enrich = async (name: string) =>
  worker.work({ job_type: 'entity_enrichment', input: { entity_id: await idOf(name) } });
const waiting = async () => {
  const rows = await queryRows<{ job_type: string; input: { entity_id?: number } }>(
    t.db,
    "SELECT job_type, input FROM llm.job WHERE status = 'NEW' ORDER BY job_id",
  );
  return rows.map(({ job_type, input }) => [job_type, ...(input.entity_id ? [input.entity_id] : [])]);
};
const attributes = async () => {
  const rows = await queryRows<{ name_key: string; value: string }>(
    t.db,
    `SELECT e.name_key, x.value ->> 'value' AS value
     FROM kb.dim_entity AS e CROSS JOIN LATERAL jsonb_array_elements(e.attributes) AS x (value)
     WHERE e.retracted_at IS NULL ORDER BY 1, 2`,
  );
  return rows.map(({ name_key, value }) => `${name_key}: ${value}`);
};

test('what was said of an entity is asked again when a new version of its page was read, and not before', async () => {
  await read('one', 'Ada', 'Ada was born in 1831.');
  const ada = await idOf('ada');
  await enrich('ada');
  const text = 'Ada was born in 1832.';
  expect(await putPage(t.db, 'one', text)).toMatchObject({ version: 2, enqueued: 1 });
  expect(await waiting()).toEqual([['entity_extraction']]);
  expect(await attributes()).toEqual(['ada: 1831']);
  const first = await claimOne(t.db, ['entity_extraction']);
  await route(
    t.db,
    first,
    payloadFor({ source_page_id: first.source_page_id ?? 0, version: 2 }, text, about('Ada', text)),
  );
  expect(await waiting()).toEqual([['entity_enrichment', ada]]);

  // One that waits reads what is there when it begins; one that began before is repeated.
  await read('one', 'Ada', 'Ada was born in 1833.');
  expect(await waiting()).toEqual([['entity_enrichment', ada]]);
  const running = await claimOne(t.db, ['entity_enrichment']);
  await read('one', 'Ada', 'Ada was born in 1834.');
  expect(await waiting()).toEqual([['entity_enrichment', ada]]);
  await callProcedure(t.db, 'llm.usp_release_job', { job_id: running.job_id, run_id: running.run_id, reason: 'test' });
  await worker.drain();
  expect(await attributes()).toEqual(['ada: 1834']);
});

test('an entity that a page begins to speak of is asked about again, one that no page speaks of is gone with what was said of it', async () => {
  await read('one', 'Ada', 'Ada was born in 1831.');
  await read('two', 'Bob', 'Bob came.');
  await enrich('ada');
  await read('two', 'Ada', 'Ada built quays.');
  await worker.drain();
  expect(await attributes()).toEqual(['ada: 1831', 'ada: quays']);
  for (const page of ['one', 'two']) await read(page, 'Bob', `Bob came to ${page}.`);
  await worker.drain();
  const live = await queryRows(
    t.db,
    "SELECT name_key FROM kb.dim_entity WHERE retracted_at IS NULL AND type_family <> 'tag'",
  );
  expect(live).toEqual([{ name_key: 'bob' }]);
});

test('a merged entity is asked about as what it is now; when the merge is taken back, what rested on both goes and each is asked about', async () => {
  await read('one', 'Ada', 'Ada was born in 1831.');
  await read('two', 'Ada Brook', 'Ada Brook built quays.');
  await read('three', 'Cy', 'Cy built mills.');
  for (const name of ['ada', 'ada brook', 'cy']) await enrich(name);
  const before = await dump(t.db);
  const [ada, brook] = [await idOf('ada'), await idOf('ada brook')];
  await callProcedure(t.db, 'kb.usp_merge_entities', { master_entity_id: ada, entity_ids: [brook], decided_by: 'eve' });
  expect(await waiting()).toEqual([['entity_enrichment', ada]]);
  await worker.drain();
  expect(await attributes()).toEqual(['ada: 1831', 'ada: quays', 'cy: mills']);
  const subjects = async () =>
    queryRows(
      t.db,
      `SELECT split_part(subject_key, E'\\x1f', 1) AS subject, count(*) FROM kb.assertion
       WHERE subject_key <> '' AND retracted_at IS NULL GROUP BY 1 ORDER BY 1`,
    );
  expect(await subjects()).toEqual([
    { subject: 'ada', count: 2 },
    { subject: 'cy', count: 1 },
  ]);

  // A page of the one that was merged changes: the master is asked about.
  await read('two', 'Ada Brook', 'Ada Brook built boats.');
  expect(await waiting()).toEqual([['entity_enrichment', ada]]);
  await worker.drain();
  expect(await attributes()).toEqual(['ada: 1831', 'ada: boats', 'cy: mills']);
  await read('two', 'Ada Brook', 'Ada Brook built quays.');
  await worker.drain();

  await callProcedure(t.db, 'kb.usp_unmerge_entity', { entity_id: brook, decided_by: 'eve' });
  // Its birth was said before the merge, of its own evidence; the quays are somebody else's.
  expect(await attributes()).toEqual(['ada: 1831', 'cy: mills']);
  expect(await waiting()).toEqual(
    [
      ['entity_enrichment', brook],
      ['entity_enrichment', ada],
    ].sort((a, b) => Number(a[1]) - Number(b[1])),
  );
  await worker.drain();
  expect(await dump(t.db)).toBe(before);
  await callProcedure(t.db, 'kb.usp_rebuild_all');
  expect(await dump(t.db)).toBe(before);
});

test('what was said of a half of a split goes when the split is taken back', async () => {
  await read('one', 'Ada', 'Ada was born in 1831.');
  const two = await read('two', 'Ada', 'Ada built quays.');
  await enrich('ada');
  const before = await dump(t.db);
  const [split] = await callProcedure<{ identity_decision_id: number; entity_id: number }>(
    t.db,
    'kb.usp_split_entity',
    {
      entity_id: await idOf('ada'),
      disambiguator: 'younger',
      source_page_ids: [two.source_page_id],
      decided_by: 'eve',
    },
  );
  await worker.work({ job_type: 'entity_enrichment', input: { entity_id: split?.entity_id } });
  await worker.drain();
  await callProcedure(t.db, 'kb.usp_undo_identity_decision', {
    identity_decision_id: split?.identity_decision_id ?? 0,
    undone_by: 'eve',
  });
  await worker.drain();
  expect(await dump(t.db)).toBe(before);
});

test('a page that speaks of an entity no more: what was said of it is asked again, whoever else still reads the page', async () => {
  await read('one', 'Ada', 'Ada was born in 1831.');
  await enrich('ada');
  const text = 'Ada was born in 1832.';
  const { source_page_id } = await putPage(t.db, 'one', text);
  await callProcedure(t.db, 'llm.usp_enqueue_jobs', {
    jobs: [{ job_type: 'relationship_extraction', source_page_id }],
  });
  expect((await waiting()).map(([job_type]) => job_type)).toEqual(['entity_extraction', 'relationship_extraction']);
  const first = await claimOne(t.db, ['entity_extraction']);
  await route(t.db, first, payloadFor({ source_page_id, version: 2 }, text, {}));
  expect(await waiting()).toEqual([['relationship_extraction'], ['entity_enrichment', await idOf('ada')]]);
  await worker.drain(['entity_enrichment']);
  expect(await attributes()).toEqual([]);
});

test('two answers about one entity that are routed at once take turns, and the later one counts', async () => {
  const text = 'Ada was born in 1831. Ada built quays.';
  const { source_page_id } = await read('one', 'Ada', text);
  const input = { entity_id: await idOf('ada') };
  const jobs = [1, 2].map(() => ({ job_type: 'entity_enrichment', subject: 'Ada', input }));
  await callProcedure(t.db, 'llm.usp_enqueue_jobs', { jobs });
  const claimed = [await claimOne(t.db, ['entity_enrichment']), await claimOne(t.db, ['entity_enrichment'])];
  const [first, second] = claimed.map(({ job_id, run_id }, at) => {
    const { items } = payloadFor({ source_page_id }, text, about('Ada', text.split('. ')[at] ?? ''));
    const of = findContract('entity_enrichment');
    const payload = {
      contract: of.name,
      version: of.version,
      subject: input,
      chunks: [],
      items: items.map((item) => ({ ...item, source_page_id })),
    };
    return { job_id, run_id, payload };
  });
  const routed = 'kb.usp_process_entity_enrichment_output';
  if (!first || !second) throw new Error('nothing claimed');
  let later: Promise<unknown> = Promise.resolve();
  await whileOpen(t, routed, first, async () => {
    later = callProcedure(t.db, routed, second);
    await untilWaiting(t.db, routed);
  });
  await later;
  expect(
    await queryRows(t.db, "SELECT quote FROM kb.assertion WHERE subject_key <> '' AND retracted_at IS NULL"),
  ).toEqual([{ quote: 'Ada built quays.' }]);
});

test('stored answers about an entity are not applied to what it is since, nor those about both to one of them', async () => {
  await read('one', 'Ada', 'Ada was born in 1831.');
  await read('two', 'Ada Brook', 'Ada Brook built quays.');
  for (const name of ['ada', 'ada brook']) await enrich(name);
  const [ada, brook] = [await idOf('ada'), await idOf('ada brook')];
  const replay = async () => {
    const [run] = await queryRows<{ run_id: string }>(
      t.db,
      "SELECT run_id FROM kb.extraction WHERE subject_key LIKE 'ada_person%' ORDER BY extraction_id DESC LIMIT 1",
    );
    const input = { entity_id: ada, replay: { run_id: run?.run_id } };
    return worker.work({ job_type: 'entity_enrichment', input, priority: 1_000 });
  };
  const outcome = async ({ job_id }: { job_id: number }) =>
    (
      await queryRows<{ status: string }>(t.db, "SELECT outcome ->> 'status' AS status FROM llm.job WHERE job_id = ?", [
        job_id,
      ])
    )[0]?.status;
  expect(await outcome(await replay())).toBe('routed');
  await callProcedure(t.db, 'kb.usp_merge_entities', { master_entity_id: ada, entity_ids: [brook], decided_by: 'eve' });
  expect(await outcome(await replay())).toBe('superseded');
  await worker.drain();
  expect(await outcome(await replay())).toBe('routed');
  await callProcedure(t.db, 'kb.usp_unmerge_entity', { entity_id: brook, decided_by: 'eve' });
  expect(await outcome(await replay())).toBe('superseded');
  expect(await attributes()).toEqual(['ada: 1831']);
});
