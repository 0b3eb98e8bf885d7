import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { countReplay, enqueueReplay, planReplay } from '../../src/knowledge/replay.ts';
import { packageRoot } from '../../src/package-root.ts';
import { AnsweredPages } from '../support/answered-pages.ts';
import { dump } from '../support/routing.ts';

let pages: AnsweredPages;
beforeAll(async () => {
  pages = await AnsweredPages.make();
});
afterAll(() => pages.model.close());
beforeEach(() => pages.begin());
afterEach(() => pages.t.close());

const calls = async () =>
  (await queryRows<{ calls: number }>(pages.t.db, 'SELECT count(*) AS calls FROM llm.call'))[0]?.calls;

describe('a replay', () => {
  test('of what has not changed changes nothing, asks no model, and is not repeated', async () => {
    const [asked, before] = [pages.model.requests.length, await calls()];
    expect(await pages.json('replay', '--all', '--dry-run')).toMatchObject({ rows: 8, ready: 8, done: 0, created: 0 });
    expect(await pages.json('replay', '--all')).toMatchObject({ rows: 8, ready: 8, created: 8 });
    expect(await pages.json('run', '--drain')).toMatchObject({
      succeeded: 8,
      calls: 0,
      cache_hits: 0,
      input_tokens: 0,
    });
    expect(await dump(pages.t.db)).toBe(pages.fresh);
    expect((await pages.replayed()).every(({ outcome }) => outcome.inserted === 0 && outcome.retracted === 0)).toBe(
      true,
    );
    expect(await calls()).toBe(before);
    expect(pages.model.requests.length).toBe(asked);
    expect(await pages.json('replay', '--all')).toMatchObject({ rows: 8, ready: 0, done: 8, created: 0 });
    expect(await pages.json('replay', '--all', '--rerun')).toMatchObject({ ready: 8, created: 8 });
    expect(await queryRows(pages.t.db, 'SELECT * FROM llm.vw_invariant_violations')).toEqual([]);
  });

  test('is done anew once a procedure has changed', async () => {
    await pages.json('replay', '--all');
    await pages.drain();
    const request = { selection: {}, rerun: false, rebuild: true };
    expect(await countReplay(pages.t.db, await planReplay(pages.t.db, request))).toMatchObject({ ready: 0, done: 8 });
    await queryRows(
      pages.t.db,
      "UPDATE llm.schema_object SET checksum = 'other' WHERE name = 'kb.usp_process_page_classification_output'",
    );
    expect(await countReplay(pages.t.db, await planReplay(pages.t.db, request))).toMatchObject({ ready: 4, done: 4 });
    await queryRows(pages.t.db, "UPDATE llm.schema_object SET checksum = 'other' WHERE name = 'kb.usp_stage_items'");
    const replay = await planReplay(pages.t.db, request);
    expect(await countReplay(pages.t.db, replay)).toMatchObject({ ready: 8, done: 0 });
    expect(await enqueueReplay(pages.t.db, replay)).toMatchObject({ created: 8 });
    expect(await enqueueReplay(pages.t.db, replay)).toMatchObject({ created: 0 });
  });

  test('mends derived rows that were tampered with', async () => {
    await queryRows(
      pages.t.db,
      "UPDATE kb.dim_entity SET entity_name = 'Nobody', confidence = 0.1, promotion_state = 'suppressed'",
    );
    await queryRows(
      pages.t.db,
      'UPDATE kb.bridge_entity_relation SET retracted_at = clock_timestamp() WHERE entity_relation_id % 2 = 0',
    );
    await queryRows(pages.t.db, 'DELETE FROM kb.entity_alias');
    await queryRows(pages.t.db, "DELETE FROM kb.assertion_link WHERE target_table = 'entity_alias'");
    expect(await dump(pages.t.db)).not.toBe(pages.fresh);
    await pages.json('replay', '--all');
    await pages.drain();
    expect(await dump(pages.t.db)).toBe(pages.fresh);
  });

  test('mends what an older payload said of the same answers', async () => {
    await queryRows(
      pages.t.db,
      `UPDATE kb.assertion SET keys = keys - 'aliases_keys', char_end = char_start + 1, quote = left(quote, 1), grounding = 'fuzzy'
       WHERE item_kind = 'entity' AND char_start >= 0`,
    );
    expect(await dump(pages.t.db)).not.toBe(pages.fresh);
    await pages.json('replay', '--all');
    await pages.drain();
    expect(await dump(pages.t.db)).toBe(pages.fresh);
    expect((await pages.replayed()).some(({ outcome }) => outcome.inserted > 0)).toBe(true);
  });

  test('mends what an older procedure made of the same answers', async () => {
    await pages.beginAnew();
    const file = join(packageRoot, 'sql', 'procedures', 'postgres', 'kb.fn_aliases.sql');
    const current = readFileSync(file, 'utf8');
    const nothing = 'SELECT NULL::bigint, NULL, NULL WHERE false';
    const older = current.replace(/AS \$\$[\s\S]*\$\$/, () => `AS $$ ${nothing} $$`);
    await queryRows(pages.t.db, older.replaceAll('?', '\\?'));
    await pages.fill();
    const wrong = await dump(pages.t.db);
    expect(wrong).not.toBe(pages.fresh);
    await queryRows(pages.t.db, current.replaceAll('?', '\\?'));
    await pages.json('replay', '--all');
    await pages.drain();
    expect(await dump(pages.t.db)).toBe(pages.fresh);
  });

  test('reads an output that holds no answers back from its items', async () => {
    await pages.rewrite('fram', ({ answers: _, ...rest }) => rest);
    await pages.rewrite('long', ({ answers: _, ...rest }) => rest);
    await queryRows(
      pages.t.db,
      "UPDATE kb.assertion SET keys = '{}', retracted_at = clock_timestamp() WHERE source_page_id = 3 AND item_index > 0",
    );
    await pages.json('replay', '--job-type', 'entity_extraction');
    await pages.drain();
    const jobs = await pages.replayed();
    expect(jobs.map(({ status }) => status)).toEqual(['SUCCEEDED', 'DEADLETTER', 'SUCCEEDED', 'SUCCEEDED']);
    expect(jobs[1]?.last_error).toContain('split chunks cannot be told apart');
    expect(await dump(pages.t.db)).toBe(pages.fresh);
  });

  test('of a page, of a page by its id and a job type, since a day', async () => {
    for (const [options, rows] of [
      [['--page', 'fr%'], 2],
      [['--page', '1', '--page', 'fram', '--job-type', 'entity_extraction'], 2],
      [['--since', '2020-01-01'], 8],
      [['--since', '2999'], 0],
    ] as const) {
      expect(await pages.json('replay', ...options, '--dry-run')).toMatchObject({ rows, ready: rows });
    }
  });

  test('of a run is of the answers that are known by it, and of no other run', async () => {
    const { run_id } = await pages.output('fram');
    expect(await pages.json('replay', '--run', run_id)).toMatchObject({ rows: 1, created: 1 });
    await pages.drain();
    // The replay is the last to have routed the page; what it applied are the answers of the first run.
    expect(await pages.json('replay', '--run', run_id, '--dry-run')).toMatchObject({ rows: 1, done: 1 });
    const other = await pages.sproute('replay', '--run', '00000000-0000-4000-8000-000000000009');
    expect(other.code).toBe(1);
    expect(other.stderr).toContain('Nothing that is known rests on the answers of run');
    for (const [args, said] of [
      [[], 'Which answers?'],
      [['--all', '--page', '1'], '--all stands for every answer'],
      [['--run', 'abc'], 'whole id'],
      [['--since', 'then'], 'no point in time'],
    ] as const) {
      const ran = await pages.sproute('replay', ...args);
      expect(ran.stderr).toContain(said);
      expect(ran.code).toBe(2);
    }
  });
});

test('answers about an entity are applied again as they were routed', async () => {
  const [ada] = await queryRows<{ entity_id: number }>(
    pages.t.db,
    "SELECT entity_id FROM kb.dim_entity WHERE entity_name = 'Ada Lovelace' AND retracted_at IS NULL",
  );
  const enrichment = { job_type: 'entity_enrichment', subject: 'Ada Lovelace', input: { entity_id: ada?.entity_id } };
  await callProcedure(pages.t.db, 'llm.usp_enqueue_jobs', { jobs: [enrichment] });
  expect(await pages.drain()).toMatchObject([{ result: 'succeeded', calls: 1 }]);
  const enriched = await dump(pages.t.db);
  expect(enriched).toContain('The Countess');
  await queryRows(
    pages.t.db,
    "UPDATE kb.assertion SET keys = keys - 'aliases_keys' WHERE job_type = 'entity_enrichment'",
  );
  await callProcedure(pages.t.db, 'kb.usp_rebuild_all');
  expect(await dump(pages.t.db)).not.toBe(enriched);
  expect(await pages.json('replay', '--page', 'long', '--dry-run')).toMatchObject({ rows: 3, ready: 3 });
  expect(await pages.json('replay', '--job-type', 'entity_enrichment')).toMatchObject({ rows: 1, created: 1 });
  expect(await pages.drain()).toMatchObject([{ result: 'succeeded', calls: 0 }]);
  expect(await dump(pages.t.db)).toBe(enriched);
  expect(await pages.json('replay', '--job-type', 'entity_enrichment')).toMatchObject({ rows: 1, done: 1 });
});
