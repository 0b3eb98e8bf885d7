import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { listPages, readPages } from '../../src/db/page-queries.ts';
import { queryRows } from '../../src/db/query.ts';
import { lacks } from '../support/capabilities.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { beginTransaction } from '../support/engine.ts';
import { claimPageJob, payloadFor, putPage, route, routePage, sha256 } from '../support/routing.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());

const put = async (external_id: string, content: string, more: object = {}) => {
  const [row] = await callProcedure(t.db, 'ingest.usp_put_page', {
    source_system: 'test',
    external_id,
    title: external_id,
    content_type: 'text/plain',
    content,
    content_sha256: sha256(content),
    ...more,
  });
  return row;
};
const find = async (external_id: string) => {
  const [row] = await callProcedure(t.db, 'ingest.usp_find_page', { source_system: 'test', external_id });
  return row;
};
const versions = (external_id: string) =>
  queryRows<{ version: number; content: string; archived: string | null; chunks: number }>(
    t.db,
    `SELECT s.version, s.content, a.content AS archived,
        (SELECT count(*) FROM ingest.chunk AS c WHERE c.source_page_id = s.source_page_id) AS chunks
     FROM ingest.source_page AS s LEFT JOIN ingest.page_archive AS a ON a.source_page_id = s.source_page_id
     WHERE s.external_id = ? ORDER BY s.version`,
    [external_id],
  );
const chunk = (source_page_id: number, content: string) =>
  callProcedure(t.db, 'ingest.usp_put_chunks', {
    source_page_id,
    policy_sha256: sha256('policy'),
    chunks: [
      {
        chunk_index: 0,
        char_start: 0,
        char_end: content.length,
        token_count: 1,
        content,
        content_sha256: sha256(content),
      },
    ],
  });
const later = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

describe('storing a page again', () => {
  test('the same text makes no version; title and metadata follow the source, unless none are given', async () => {
    await put('same', 'text', { metadata: { etag: '1' } });
    expect(await put('same', 'text', { title: 'A title', metadata: { etag: '2' } })).toMatchObject({
      state: 'unchanged',
      version: 1,
    });
    expect(
      await queryRows(t.db, "SELECT title, metadata, version FROM ingest.source_page WHERE external_id = 'same'"),
    ).toEqual([{ title: 'A title', metadata: { etag: '2' }, version: 1 }]);
    await put('same', 'text', { title: 'A title' });
    expect(await find('same')).toMatchObject({ metadata: { etag: '2' } });
  });

  test('usp_find_page says what storing it would do', async () => {
    expect(await find('nowhere')).toBeUndefined();
    const page = await routePage(t.db, 'read', 'Ada met Mary.', {
      entities: [{ name: 'Ada', type: 'person', quote: 'Ada' }],
    });
    expect(await find('read')).toMatchObject({
      source_page_id: page.source_page_id,
      version: 1,
      content_sha256: sha256('Ada met Mary.'),
      readers: 1,
    });
    expect(await put('read', 'Ada met nobody.')).toMatchObject({ state: 'changed', version: 2, enqueued: 1 });
    await callProcedure(t.db, 'llm.usp_cancel_jobs', { filter: { status: 'NEW' } });
  });
});

describe('finding pages', () => {
  const found = async (like: string) =>
    (await listPages(t.db, { like, after: 0, limit: 10 })).map(({ external_id }) => external_id).sort();

  test('a pattern is of any case, and brackets in it stand for themselves, escaped or not', async () => {
    for (const name of ['find/ADA [1].txt', 'find/Adax1.txt', 'find/50%', 'find/500']) await put(name, name);
    expect(await found('FIND/ada%')).toEqual(['find/ADA [1].txt', 'find/Adax1.txt']);
    expect(await found('find/ada [1]%')).toEqual(['find/ADA [1].txt']);
    expect(await found('find/ada \\[1]%')).toEqual(['find/ADA [1].txt']);
    expect(await found('find/ada[ x]%')).toEqual([]);
    expect(await found('find/50\\%')).toEqual(['find/50%']);
    expect(await found('find/ada_1.txt')).toEqual(['find/Adax1.txt']);
    const listed = await readPages(t.db, { source_like: 'find/ADA \\[%' }, 0, 10);
    expect(listed.map(({ external_id }) => external_id)).toEqual(['find/ADA [1].txt']);
  });
});

describe('retention of superseded versions', () => {
  test('a text is archived when it is old enough and nothing live rests on it, with its chunks', async () => {
    const old = await putPage(t.db, 'kept', 'first');
    await chunk(old.source_page_id, 'first');
    await putPage(t.db, 'kept', 'second');
    await putPage(t.db, 'alone', 'only');
    expect(await callProcedure(t.db, 'ingest.usp_archive_pages', { older_than: later(-1) })).toEqual([
      { pages: 0, chunks: 0, characters: 0, remaining: 0 },
    ]);
    const older_than = later(1);
    const [planned] = await callProcedure<{ pages: number }>(t.db, 'ingest.usp_archive_pages', {
      older_than,
      dry_run: true,
    });
    expect(planned).toEqual({ pages: 1, chunks: 1, characters: 5, remaining: 0 });
    expect(await callProcedure(t.db, 'ingest.usp_archive_pages', { older_than })).toEqual([planned]);
    expect(await versions('kept')).toEqual([
      { version: 1, content: '', archived: 'first', chunks: 0 },
      { version: 2, content: 'second', archived: null, chunks: 0 },
    ]);
    expect(await versions('alone')).toEqual([{ version: 1, content: 'only', archived: null, chunks: 0 }]);
    expect(await callProcedure(t.db, 'ingest.usp_archive_pages', { older_than })).toMatchObject([
      { pages: 0, remaining: 0 },
    ]);
  });

  test('a version that live assertions rest on, or that a job is open for, stays until the new one was read', async () => {
    await routePage(t.db, 'live', 'Grace met Mary.', { entities: [{ name: 'Grace', type: 'person', quote: 'Grace' }] });
    const page = await putPage(t.db, 'live', 'Grace met nobody.');
    const waiting = await putPage(t.db, 'waiting', 'one');
    const job = await claimPageJob(t.db, waiting.source_page_id, 'page_classification');
    await putPage(t.db, 'waiting', 'two');
    await callProcedure(t.db, 'ingest.usp_archive_pages', { older_than: later(1) });
    expect((await versions('live'))[0]?.content).toBe('Grace met Mary.');
    expect((await versions('waiting'))[0]?.content).toBe('one');

    const content = 'Grace met nobody.';
    await route(t.db, await claimPageJob(t.db, page.source_page_id), payloadFor(page, content, { entities: [] }));
    await callProcedure(t.db, 'llm.usp_complete_job', { job_id: job.job_id, run_id: job.run_id, outcome: {} });
    await callProcedure(t.db, 'ingest.usp_archive_pages', { older_than: later(1) });
    expect((await versions('live'))[0]?.archived).toBe('Grace met Mary.');
    expect((await versions('waiting'))[0]?.archived).toBe('one');
  });

  test('a call takes at most so many and says how many remain; a row that is locked is passed over', async () => {
    for (let n = 0; n < 5; n += 1) {
      await putPage(t.db, `many${n}`, 'one');
      await putPage(t.db, `many${n}`, 'two');
    }
    const older_than = later(1);
    const archive = (limit?: number) => callProcedure(t.db, 'ingest.usp_archive_pages', { older_than, limit });
    expect(await archive(2)).toMatchObject([{ pages: 2, remaining: 3 }]);
    // Elsewhere it would wait for the lock, or not see it.
    if (!lacks('row_locks')) {
      const lock = await beginTransaction(t);
      await queryRows(
        lock.db,
        "UPDATE ingest.source_page SET title = title WHERE external_id = 'many4' AND version = 1",
      );
      expect(await archive()).toMatchObject([{ pages: 2, remaining: 1 }]);
      await lock.rollback();
      expect(await archive()).toMatchObject([{ pages: 1, remaining: 0 }]);
    } else expect(await archive()).toMatchObject([{ pages: 3, remaining: 0 }]);
  });

  test('archived texts are erased after their time; the version stays known, and the next one counts on', async () => {
    expect(await callProcedure(t.db, 'ingest.usp_purge_page_archive', { older_than: later(-1) })).toEqual([
      { purged: 0 },
    ]);
    const [row] = await callProcedure<{ purged: number }>(t.db, 'ingest.usp_purge_page_archive', {
      older_than: later(1),
    });
    expect(row?.purged).toBeGreaterThan(5);
    expect(await versions('kept')).toMatchObject([{ version: 1, archived: null }, { version: 2 }]);
    expect(await put('kept', 'third')).toMatchObject({ state: 'changed', version: 3 });
  });
});

describe('datasources in SQL', () => {
  test('are made, changed, listed and removed', async () => {
    const list = (name?: string) => callProcedure(t.db, 'onto.usp_list_datasources', { name });
    expect(
      await callProcedure(t.db, 'onto.usp_put_datasource', { name: 'crm', engine: 'postgres', url_env: 'CRM_URL' }),
    ).toEqual([{ created: true }]);
    expect(
      await callProcedure(t.db, 'onto.usp_put_datasource', {
        name: 'crm',
        engine: 'mssql',
        url_file: '/run/secrets/crm',
      }),
    ).toEqual([{ created: false }]);
    expect(await list()).toMatchObject([
      { name: 'crm', engine: 'mssql', url_env: null, url_file: '/run/secrets/crm', options: {} },
    ]);
    expect(await list('other')).toEqual([]);
    expect(await callProcedure(t.db, 'onto.usp_delete_datasource', { name: 'crm' })).toEqual([{ deleted: true }]);
    expect(await callProcedure(t.db, 'onto.usp_delete_datasource', { name: 'crm' })).toEqual([{ deleted: false }]);
  });

  test.each([
    [{ name: 'CRM', engine: 'postgres', url_env: 'A' }],
    [{ name: 'crm', engine: 'oracle', url_env: 'A' }],
    [{ name: 'crm', engine: 'postgres' }],
    [{ name: 'crm', engine: 'postgres', url_env: 'A', url_file: '/a' }],
    [{ name: 'crm', engine: 'postgres', url_env: 'postgres://u:topsecret@h/d' }],
    [{ name: 'crm', engine: 'postgres', url_file: 'postgres://u:topsecret@h/d' }],
    [{ name: 'crm', engine: 'postgres', url_env: 'A', options: [] }],
    [{ name: null, engine: null }],
  ])('%o is refused, and a password in it is not repeated', async (parameters) => {
    const failure = await callProcedure(t.db, 'onto.usp_put_datasource', parameters).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'INVALID_PAYLOAD' });
    expect(String(failure)).not.toContain('topsecret');
    expect(await callProcedure(t.db, 'onto.usp_list_datasources')).toEqual([]);
  });
});

test('whatever is stored in whatever order, the last text of each page is the current one and every change a version', async () => {
  const step = fc.record({ page: fc.constantFrom('p', 'q'), text: fc.constantFrom('one', 'two', 'three') });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      run += 1;
      const last = new Map<string, { text: string; versions: number }>();
      for (const { page, text } of steps) {
        const id = `property-${run}-${page}`;
        const before = last.get(id);
        const state = before === undefined ? 'created' : before.text === text ? 'unchanged' : 'changed';
        expect(await put(id, text)).toMatchObject({ state });
        last.set(id, { text, versions: (before?.versions ?? 0) + (state === 'unchanged' ? 0 : 1) });
      }
      for (const [id, { text, versions: count }] of last) {
        const rows = await queryRows<{ content: string; version: number; superseded_at: Date | null }>(
          t.db,
          'SELECT content, version, superseded_at FROM ingest.source_page WHERE external_id = ? ORDER BY version',
          [id],
        );
        expect(rows.map((row) => row.version)).toEqual(Array.from({ length: count }, (_, n) => n + 1));
        const current = rows.filter((row) => row.superseded_at === null);
        expect(current).toEqual([{ content: text, version: count, superseded_at: null }]);
      }
    }),
    { numRuns: 40 },
  );
});
