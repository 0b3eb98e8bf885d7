import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BackfillScope, readBackfillRows, sumBackfillRows } from '../../src/db/backfill-queries.ts';
import type { BackfillSelection } from '../../src/db/backfill-selection.ts';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { claimPageJob, type Page, payloadFor, putPage, route, routePage } from '../support/routing.ts';

let t: TestDatabase;
const pages: Record<string, Page> = {};
beforeAll(async () => {
  t = await createTestDatabase();
  const text = 'Ada Lovelace sailed to Paris.';
  const ada = { name: 'Ada Lovelace', quote: text };
  pages.person = await routePage(t.db, 'letters/person', text, {
    entities: [{ ...ada, type: 'scientist', confidence: 0.6 }],
  });
  pages.place = await routePage(t.db, 'letters/place', text, {
    entities: [{ name: 'Paris', type: 'city', quote: text, confidence: 0.95 }],
  });
  pages.both = await routePage(t.db, 'notes/both', text, {
    entities: [
      { ...ada, type: 'Physicist', confidence: 0.99 },
      { name: 'Paris', type: 'city', quote: text, confidence: 0.5 },
    ],
  });
  pages.nothing = await routePage(t.db, 'notes/nothing', text, {});
  pages.never = await putPage(t.db, 'notes/never', text.repeat(2_000));
  pages.failed = await putPage(t.db, 'notes/failed', text);
  await deadLetter(pages.failed);
  pages.waiting = await putPage(t.db, 'notes/waiting', text);
  await putPage(t.db, 'notes/changed', text);
  pages.changed = await putPage(t.db, 'notes/changed', `${text} She stayed.`);
  // A dead letter of before, mended since.
  const mended = await putPage(t.db, 'notes/mended', text);
  await deadLetter(mended);
  await route(
    t.db,
    await claimPageJob(t.db, mended.source_page_id, 'entity_extraction', 1),
    payloadFor(mended, text, {}),
  );
  pages.mended = mended;
  await queryRows(
    t.db,
    `UPDATE ingest.source_page SET source_system = 'archive', ingested_at = '2024-03-31T23:59:59Z' WHERE external_id LIKE 'letters/%'`,
  );
  await queryRows(
    t.db,
    `UPDATE kb.extraction SET contract_version = '1.0.9', prompt_sha256 = 'old', model = 'older-1', routed_at = '2024-05-01T12:00:00Z'
     WHERE source_page_id = ?`,
    [pages.place.source_page_id],
  );
  await queryRows(t.db, `UPDATE kb.extraction SET contract_version = '1.0.10' WHERE source_page_id <> ?`, [
    pages.place.source_page_id,
  ]);
  await enqueue(pages.waiting);
});
afterAll(() => t.close());

async function enqueue(page: Page, input: object = {}, key?: string): Promise<void> {
  const { source_page_id } = page;
  const job = { job_type: 'entity_extraction', source_page_id, input: { source_page_id, ...input }, dedupe_key: key };
  await callProcedure(t.db, 'llm.usp_enqueue_jobs', { jobs: [job] });
}

async function deadLetter(page: Page): Promise<void> {
  const { job_id, run_id } = await claimPageJob(t.db, page.source_page_id);
  await callProcedure(t.db, 'llm.usp_fail_job', {
    job_id,
    run_id,
    code: 'ANSWER_INVALID',
    message: 'x',
    retryable: false,
  });
}

const scopeOf = (selection: BackfillSelection, changes: Partial<BackfillScope> = {}): BackfillScope => ({
  backfill_id: 'entity_extraction-test-1',
  rerun: 1,
  job_type: 'entity_extraction',
  unit: 'page',
  selection,
  fresh: false,
  ...changes,
});

async function titles(selection: BackfillSelection, changes: Partial<BackfillScope> = {}, step = 2): Promise<string[]> {
  const found: string[] = [];
  for await (const { rows } of readBackfillRows(t.db, scopeOf(selection, changes), step)) {
    found.push(...rows.map((row) => row.title.replace(/^.*\//, '')));
  }
  return found.sort();
}

const everything = ['both', 'changed', 'failed', 'mended', 'never', 'nothing', 'person', 'place', 'waiting'];

describe('pages are selected by', () => {
  const cases: [string, BackfillSelection, string[]][] = [
    ['nothing: every current page', { all: true }, everything],
    ['the type of an entity', { entity_type: 'scientist' }, ['person']],
    ['the family of an entity', { entity_type: 'person' }, ['both', 'person']],
    ['a type that nothing has', { entity_type: 'planet' }, []],
    ['an item below a confidence', { confidence_below: 0.7 }, ['both', 'person']],
    ['an item of a type below a confidence', { entity_type: 'person', confidence_below: 0.7 }, ['person']],
    ['a pattern', { page_patterns: ['letters/%'] }, ['person', 'place']],
    ['several patterns', { page_patterns: ['letters/p_rson', 'notes/never'] }, ['never', 'person']],
    ['source', { source: 'archive' }, ['person', 'place']],
    ['ingested before', { ingested: { before: '2024-04-01T00:00:00.000Z' } }, ['person', 'place']],
    [
      'ingested from',
      { ingested: { from: '2024-04-01T00:00:00.000Z' } },
      everything.filter((each) => !/person|place/.test(each)),
    ],
    ['extracted', { extracted: { from: '2024-05-01T00:00:00.000Z', before: '2024-05-02T00:00:00.000Z' } }, ['place']],
    ['an older contract, by number', { contract_before: '1.0.10' }, ['place']],
    [
      'an older contract: not what was never extracted',
      { contract_before: '9.0.0' },
      ['both', 'mended', 'nothing', 'person', 'place'],
    ],
    ['another prompt', { prompt_other_than: 'old' }, ['both', 'mended', 'nothing', 'person']],
    ['a model', { model: 'older-1' }, ['place']],
    ['another model', { model_other_than: 'scripted-1' }, ['place']],
    ['never extracted', { never_extracted: true }, ['changed', 'failed', 'never', 'waiting']],
    ['failed, and nothing routed since', { failed: true }, ['failed']],
    ['all conditions together', { source: 'archive', confidence_below: 0.7, model: 'scripted-1' }, ['person']],
  ];
  test.each(cases)('%s', async (_, selection, expected) => {
    expect(await titles(selection)).toEqual(expected);
    expect(await titles(selection, {}, 10_000)).toEqual(expected);
  });

  test('ids, alone and beside a pattern', async () => {
    const ids = [pages.place?.source_page_id ?? 0, pages.never?.source_page_id ?? 0, 999_999];
    expect(await titles({ page_ids: ids })).toEqual(['never', 'place']);
    expect(await titles({ page_ids: ids, page_patterns: ['notes/both'] })).toEqual(['both', 'never', 'place']);
  });
});

test('what waits already is told apart, and a job that passes the cache by waits for nothing else', async () => {
  const waiting = async (changes: Partial<BackfillScope>) => {
    const found: string[] = [];
    for await (const { rows } of readBackfillRows(t.db, scopeOf({ all: true }, changes))) {
      found.push(...rows.filter((row) => row.is_waiting).map((row) => row.title));
    }
    return found;
  };
  expect(await waiting({})).toEqual(['notes/waiting']);
  expect(await waiting({ fresh: true })).toEqual([]);
  expect(await waiting({ job_type: 'page_classification' })).toEqual([]);
  const { nothing } = pages;
  if (!nothing) throw new Error('no page');
  await enqueue(nothing, { replay: { run_id: '00000000-0000-4000-8000-000000000009' } }, 'replay:x');
  expect(await waiting({})).toEqual(['notes/waiting']);
});

test('sums count chunks and tokens as the chunking policy does, of what is neither known nor waiting', async () => {
  const { never } = pages;
  if (!never) throw new Error('no page');
  const sizes = { bytes_per_token: 4, max_tokens: 8_000, overlap_tokens: 1_000 };
  const total = { rows: 0, known: 0, waiting: 0, chunks: 0, content_tokens: 0 };
  for await (const sum of sumBackfillRows(t.db, scopeOf({ all: true }), sizes, 3)) {
    total.rows += sum.rows;
    total.known += sum.known;
    total.waiting += sum.waiting;
    total.chunks += sum.chunks;
    total.content_tokens += sum.content_tokens;
  }
  // 29 bytes 2 000 times are 14 500 tokens: one chunk of 8 000 and one that begins 1 000 before its end.
  expect(total).toEqual({ rows: 9, known: 0, waiting: 1, chunks: 9, content_tokens: 14_500 + 1_000 + 6 * 8 + 11 });
});

describe('entities are selected by', () => {
  const enrichment = { unit: 'entity', job_type: 'entity_enrichment' } as const;
  test('type, family, confidence and the pages that speak of them', async () => {
    expect(await titles({ all: true }, enrichment)).toEqual(['Ada Lovelace', 'Paris']);
    expect(await titles({ entity_type: 'person' }, enrichment)).toEqual(['Ada Lovelace']);
    expect(await titles({ entity_type: 'city' }, enrichment)).toEqual(['Paris']);
    expect(await titles({ confidence_below: 0.97 }, enrichment)).toEqual(['Paris']);
    expect(await titles({ page_patterns: ['letters/person'] }, enrichment)).toEqual(['Ada Lovelace']);
    expect(await titles({ page_ids: [pages.place?.source_page_id ?? 0] }, enrichment)).toEqual(['Paris']);
    expect(await titles({ source: 'archive', confidence_below: 0.97 }, enrichment)).toEqual(['Paris']);
    expect(await titles({ source: 'nowhere' }, enrichment)).toEqual([]);
    expect(await titles({ never_extracted: true }, enrichment)).toEqual(['Ada Lovelace', 'Paris']);
    expect(await titles({ failed: true }, enrichment)).toEqual([]);
  });

  test('a job that waits for an entity is seen', async () => {
    const [paris] = await queryRows<{ entity_id: number }>(
      t.db,
      "SELECT entity_id FROM kb.dim_entity WHERE entity_name = 'Paris'",
    );
    const job = { job_type: 'entity_enrichment', input: { entity_id: paris?.entity_id } };
    await callProcedure(t.db, 'llm.usp_enqueue_jobs', { jobs: [job] });
    for await (const { rows } of readBackfillRows(t.db, scopeOf({ all: true }, enrichment))) {
      expect(rows.map(({ title, is_waiting }) => [title, is_waiting])).toEqual([
        ['Ada Lovelace', false],
        ['Paris', true],
      ]);
    }
  });
});
