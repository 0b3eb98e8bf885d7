import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { emptyTables, untilWaiting, whileOpen } from '../support/engine.ts';
import { claimPageJob, dump, payloadFor, putPage, route, routePage } from '../support/routing.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());
beforeEach(async () => {
  await emptyTables(
    t.db,
    'llm.job',
    'llm.run',
    'kb.assertion',
    'kb.assertion_link',
    'kb.resolution',
    'kb.bridge_entity_relation',
    'kb.entity_alias',
    'kb.dim_entity',
    'kb.page_classification',
    'kb.extraction',
    'kb.name',
    'ingest.source_page',
    'ingest.chunk',
  );
});

const text = 'Ada met Bob in London in 1977.';
const person = (name: string) => ({ name, type: 'person', quote: name });

const routed = 'kb.usp_process_entity_extraction_output';

describe('the full rebuild and routing exclude each other', () => {
  test('an answer that is routed during a rebuild waits for its end, and its new reading counts', async () => {
    const page = await routePage(t.db, 'a', text, { entities: [person('Ada'), person('Bob')] });
    const job = await claimPageJob(t.db, page.source_page_id, 'entity_extraction', 1);
    let routing: Promise<unknown> = Promise.resolve();
    await whileOpen(t, 'kb.usp_rebuild_all', {}, async () => {
      routing = route(t.db, job, payloadFor(page, text, { entities: [person('Bob')] }));
      await untilWaiting(t.db, routed);
    });
    await routing;
    const rows = await queryRows(t.db, 'SELECT entity_name FROM kb.dim_entity WHERE retracted_at IS NULL');
    expect(rows).toEqual([{ entity_name: 'Bob' }]);
    expect(
      await queryRows(
        t.db,
        `SELECT a.assertion_id FROM kb.assertion_link AS l JOIN kb.assertion AS a ON a.assertion_id = l.assertion_id
         WHERE a.retracted_at IS NOT NULL`,
      ),
    ).toEqual([]);
  });

  test('a rebuild that starts while an answer is routed waits for it and sees what it wrote', async () => {
    const page = await putPage(t.db, 'a', text);
    const job = await claimPageJob(t.db, page.source_page_id);
    const payload = payloadFor(page, text, { entities: [person('Ada')] });
    let rebuild: Promise<{ assertions: string | number }[]> = Promise.resolve([]);
    await whileOpen(t, routed, { job_id: job.job_id, run_id: job.run_id, payload }, async () => {
      rebuild = callProcedure(t.db, 'kb.usp_rebuild_all');
      await untilWaiting(t.db, 'kb.usp_rebuild_all');
    });
    expect(Number((await rebuild)[0]?.assertions)).toBe(1);
  });

  test('two answers do not wait for each other', async () => {
    const [a, b] = [await putPage(t.db, 'a', text), await putPage(t.db, 'b', text)];
    const [first, second] = [await claimPageJob(t.db, a.source_page_id), await claimPageJob(t.db, b.source_page_id)];
    const payload = payloadFor(a, text, { entities: [person('Ada')] });
    await whileOpen(t, routed, { job_id: first.job_id, run_id: first.run_id, payload }, async () => {
      await route(t.db, second, payloadFor(b, text, { entities: [person('Bob')] }));
    });
    expect(await queryRows(t.db, 'SELECT entity_id FROM kb.dim_entity WHERE retracted_at IS NULL')).toHaveLength(2);
  });
});

test('the type of a typed entity is what typed assertions say, however sure an untyped one is', async () => {
  const says = (type: string, confidence: number) => ({ entities: [{ ...person('Ada'), type, confidence }] });
  const readings = [says('unknown', 0.99), says('scientist', 0.8), says('person', 0.9)];
  const dumps = new Set<string>();
  for (const order of [
    [0, 1, 2],
    [2, 1, 0],
    [1, 0, 2],
  ]) {
    const fresh = await createTestDatabase(2);
    for (const n of order) await routePage(fresh.db, `page ${n}`, text, readings[n] ?? {});
    const rows = await queryRows(
      fresh.db,
      'SELECT type_family, entity_type, confidence FROM kb.dim_entity WHERE retracted_at IS NULL',
    );
    expect(rows).toMatchObject([{ type_family: 'person', entity_type: 'person' }]);
    dumps.add(await dump(fresh.db));
    await fresh.close();
  }
  expect(dumps.size).toBe(1);
});

describe('pages', () => {
  test('a page whose versions are all superseded is stored as the next one', async () => {
    await putPage(t.db, 'a', 'one');
    await putPage(t.db, 'a', 'two');
    await queryRows(t.db, 'UPDATE ingest.source_page SET superseded_at = ingested_at');
    expect(await putPage(t.db, 'a', 'two')).toMatchObject({ version: 3, state: 'changed' });
    expect(await putPage(t.db, 'a', 'two')).toMatchObject({ version: 3, state: 'unchanged' });
  });

  test.each(['NEW', 'SCHEDULED', 'RUNNING'])('a %s job on an old version makes one for the new', async (status) => {
    const old = await putPage(t.db, 'a', 'one');
    const job = await claimPageJob(t.db, old.source_page_id);
    await queryRows(t.db, 'UPDATE llm.job SET status = ? WHERE job_id = ?', [status, job.job_id]);
    expect(await putPage(t.db, 'a', 'two')).toMatchObject({ version: 2, enqueued: 1 });
    expect(await putPage(t.db, 'a', 'three')).toMatchObject({ version: 3, enqueued: 1 });
  });

  test('the same page stored by eight at once is one version', async () => {
    const pages = await Promise.all(Array.from({ length: 8 }, () => putPage(t.db, 'a', 'one')));
    expect(new Set(pages.map((page) => page.version))).toEqual(new Set([1]));
    expect(pages.filter((page) => page.state === 'created')).toHaveLength(1);
  });
});
