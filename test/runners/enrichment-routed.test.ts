import { afterAll, beforeAll, expect, test } from 'vitest';
import { queryRows } from '../../src/db/query.ts';
import { type Passage, readBundle } from '../../src/llm/evidence-messages.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { dump, routePage } from '../support/routing.ts';
import { type ScriptedModel, startScriptedModel } from '../support/scripted-model.ts';
import { startWorker, type TestWorker } from '../support/worker.ts';

let t: TestDatabase;
let model: ScriptedModel;
let worker: TestWorker;

/** Says of every passage what stands in it. */
function answerAbout(passages: readonly Passage[]): object {
  const said = (pattern: RegExp) =>
    passages.flatMap(({ label, text }) => {
      const found = pattern.exec(text);
      return found ? [{ evidence: Number(label), quote: found[0], value: found[1] ?? '', confidence: 0.95 }] : [];
    });
  return {
    descriptions: said(/Ada Brook was (a [\w ]+)\./).map(({ value, ...rest }) => ({
      description: `She was ${value}.`,
      ...rest,
    })),
    aliases: said(/called the ([\w ]+)\./).map(({ value, ...rest }) => ({ alias: value, ...rest })),
    attributes: said(/was born in (\d+)/).map(({ value, ...rest }) => ({
      key: 'birth_date',
      value,
      unit: null,
      ...rest,
    })),
    relationships: said(/joined the ([\w ]+)\./).map(({ value, ...rest }) => ({
      from_entity: 'Brook',
      to_entity: value,
      relation_type: 'member_of',
      ...rest,
    })),
  };
}

const pages = {
  one: 'Ada Brook was an engineer. Ada Brook was a builder of quays.',
  two: 'Ada Brook was born in 1831. She was called the Slate Queen.',
  three: 'Ada Brook joined the Slate Guild.',
};

beforeAll(async () => {
  model = await startScriptedModel(({ content }) => ({ answer: answerAbout(readBundle(content)?.passages ?? []) }));
  t = await createTestDatabase();
  worker = await startWorker(t, model.base_url);
  for (const [name, content] of Object.entries(pages)) await page(name, content);
});
afterAll(async () => {
  await worker.close();
  await model.close();
  await t.close();
});

const page = (name: string, content: string) =>
  routePage(t.db, name, content, {
    entities: [{ name: 'Ada Brook', type: 'person', aliases: ['Brook'], quote: `${content.split('. ')[0]}` }],
  });

const entity = async () => {
  const [row] = await queryRows<{ entity_id: number; description: string | null; attributes: unknown }>(
    t.db,
    "SELECT entity_id, description, attributes FROM kb.dim_entity WHERE name_key = 'ada brook' AND retracted_at IS NULL",
  );
  if (!row) throw new Error('no entity');
  return row;
};
const aliases = async () =>
  (
    await queryRows<{ alias: string }>(
      t.db,
      'SELECT alias FROM kb.entity_alias WHERE entity_id = ? AND retracted_at IS NULL ORDER BY alias_key',
      [(await entity()).entity_id],
    )
  ).map(({ alias }) => alias);

const enrich = async () =>
  worker.work({ job_type: 'entity_enrichment', input: { entity_id: (await entity()).entity_id } });

test('what several pages say of an entity becomes part of it, each part traced to its page', async () => {
  expect(await enrich()).toMatchObject({ result: 'succeeded', calls: 1 });
  expect(await entity()).toMatchObject({ description: 'She was a builder of quays.' });
  expect(JSON.stringify((await entity()).attributes)).toContain('birth_date');
  expect(await aliases()).toEqual(['Brook', 'Slate Queen']);
  const rows = await queryRows(
    t.db,
    `SELECT f.entity_name AS from_name, o.entity_name AS to_name, s.external_id, a.quote
     FROM kb.bridge_entity_relation AS b
     JOIN kb.dim_entity AS f ON f.entity_id = b.from_entity_id JOIN kb.dim_entity AS o ON o.entity_id = b.to_entity_id
     JOIN kb.assertion_link AS l ON l.target_table = 'bridge_entity_relation' AND l.target_id = b.entity_relation_id
     JOIN kb.assertion AS a ON a.assertion_id = l.assertion_id
     JOIN ingest.source_page AS s ON s.source_page_id = a.source_page_id
     WHERE b.retracted_at IS NULL`,
  );
  expect(rows).toEqual([
    { from_name: 'Ada Brook', to_name: 'Slate Guild', external_id: 'three', quote: 'joined the Slate Guild.' },
  ]);
});

test('again it changes nothing and is answered from the cache', async () => {
  const before = await dump(t.db);
  expect(await enrich()).toMatchObject({ result: 'succeeded', calls: 0, cache_hits: 1 });
  expect(await dump(t.db)).toBe(before);
});

test('an entity that was merged into another one is not enriched in its own name', async () => {
  const { entity_id } = await entity();
  await routePage(t.db, 'four', 'A. Brook came.', {
    entities: [{ name: 'A. Brook', type: 'person', quote: 'A. Brook came.' }],
  });
  const sql = "UPDATE kb.dim_entity SET merged_into_entity_id = ? WHERE name_key = 'a. brook' RETURNING entity_id";
  const [other] = await queryRows<{ entity_id: number }>(t.db, sql, [entity_id]);
  const worked = await worker.work({ job_type: 'entity_enrichment', input: { entity_id: other?.entity_id } });
  expect(worked).toMatchObject({ result: 'succeeded', calls: 0, cache_hits: 0 });
  const [job] = await queryRows(t.db, 'SELECT outcome FROM llm.job WHERE job_id = ?', [worked.job_id]);
  expect(job).toEqual({ outcome: { status: 'superseded' } });
  await queryRows(t.db, sql, [null]);
});

test('a page that changed takes back what it supported when the entity is enriched again', async () => {
  await page('two', 'Ada Brook came to Oldport. She was called the Quay Queen.');
  expect(await enrich()).toMatchObject({ result: 'succeeded', calls: 1 });
  expect(await aliases()).toEqual(['Brook', 'Quay Queen']);
  expect(JSON.stringify((await entity()).attributes)).not.toContain('birth_date');
  expect(await queryRows(t.db, 'SELECT * FROM llm.vw_invariant_violations')).toEqual([]);
});
