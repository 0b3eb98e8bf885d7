import { randomUUID } from 'node:crypto';
import { createServer, connect as openSocket, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { everyBatch } from '../../src/cli/job-filter.ts';
import { callProcedure } from '../../src/db/call.ts';
import { connect, type Database } from '../../src/db/connect.ts';
import { enqueueJobs } from '../../src/db/enqueue.ts';
import { queryRows } from '../../src/db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let t: TestDatabase;
let proxy: Awaited<ReturnType<typeof startForgetfulProxy>>;
let db: Database;
beforeEach(async () => {
  t = await createTestDatabase();
  proxy = await startForgetfulProxy(t.url);
  db = await connect({ url: proxy.url, application_name: 'sproute test', pool_max: 1 });
});
afterEach(async () => {
  await db.close();
  await proxy.close();
  await t.close();
});

/** Breaks the connection instead of passing on the answer to a statement that is about `lost`. */
async function startForgetfulProxy(url: string) {
  const target = new URL(url);
  const open = new Set<Socket>();
  let lost: string | undefined;
  const server = createServer((near) => {
    const far = openSocket(Number(target.port), target.hostname);
    let isDoomed = false;
    near.on('data', (bytes) => {
      if (lost !== undefined && bytes.includes(lost)) {
        isDoomed = true;
        lost = undefined;
      }
      far.write(bytes);
    });
    far.on('data', (bytes) => {
      // The answer has come: the statement is committed.
      if (isDoomed) near.resetAndDestroy();
      else near.write(bytes);
    });
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => {});
    }
    far.on('close', () => near.destroy());
    near.on('close', () => far.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const through = new URL(url);
  through.port = String(typeof address === 'object' ? address?.port : '');
  return {
    url: through.toString(),
    /** Loses the answer to the next statement whose text has this in it. */
    lose: (text: string) => {
      lost = text;
    },
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const type = 'page_classification';

test('a job without key and page is one job, though the answer to its enqueueing was lost and the call repeated', async () => {
  proxy.lose('usp_enqueue_jobs');
  const [row] = await enqueueJobs(db, [{ job_type: type, subject: 'only once' }]);
  expect(row).toMatchObject({ status: 'NEW' });
  expect(row).toMatchObject({ created: true });
  expect(await queryRows(t.db, 'SELECT subject FROM llm.job')).toEqual([{ subject: 'only once' }]);
});

test('which jobs were made and which were there is told truly, though the first answer was lost', async () => {
  const there = { job_type: type, dedupe_key: 'there' };
  const made = { job_type: type, dedupe_key: 'made', correlation_id: randomUUID() };
  await enqueueJobs(t.db, [there]);
  proxy.lose('usp_enqueue_jobs');
  expect(await enqueueJobs(db, [there, made])).toMatchObject([{ created: false }, { created: true }]);
  expect(await enqueueJobs(db, [there, made])).toMatchObject([{ created: false }, { created: false }]);
});

test('what would be done twice is not repeated when its answer is lost, and the error says that it may be done', async () => {
  await enqueueJobs(t.db, [{ job_type: type, priority: 100 }]);
  proxy.lose('usp_bump_priority');
  const parameters = { filter: { job_types: [type] }, delta: 7 };
  await expect(callProcedure(db, 'llm.usp_bump_priority', parameters, { repeatable: false })).rejects.toMatchObject({
    code: 'DATABASE_TRANSIENT',
    hint: expect.stringContaining('not known'),
  });
  expect(await queryRows(t.db, 'SELECT priority FROM llm.job')).toEqual([{ priority: 107 }]);
});

test('a deadlock undoes a call, so it is repeated even if it is not idempotent', async () => {
  await queryRows(
    t.db,
    `CREATE FUNCTION llm.usp_trying() RETURNS TABLE (tries bigint) LANGUAGE plpgsql AS $$
     BEGIN
         IF nextval('public.tries') < 3 THEN RAISE EXCEPTION 'deadlock' USING ERRCODE = '40P01'; END IF;
         RETURN QUERY SELECT currval('public.tries');
     END $$;
     CREATE SEQUENCE public.tries`,
  );
  expect(await callProcedure(db, 'llm.usp_trying', {}, { repeatable: false })).toEqual([{ tries: 3 }]);
});

test('a relative change of priority from the command line is not applied twice', async () => {
  await enqueueJobs(t.db, [{ job_type: type, priority: 100 }]);
  proxy.lose('usp_bump_priority');
  const change = (parameters: object) =>
    everyBatch(db, 'llm.usp_bump_priority', { filter: { job_types: [type] }, ...parameters });
  await expect(change({ delta: 7 })).rejects.toMatchObject({ hint: expect.stringContaining('not known') });
  expect(await queryRows(t.db, 'SELECT priority FROM llm.job')).toEqual([{ priority: 107 }]);
  proxy.lose('usp_bump_priority');
  expect(await change({ absolute: 5 })).toBe(1);
  expect(await queryRows(t.db, 'SELECT priority FROM llm.job')).toEqual([{ priority: 5 }]);
});

test('a read whose answer was lost is made again', async () => {
  proxy.lose('AS lost_and_found');
  expect(await queryRows(db, 'SELECT 1 AS lost_and_found')).toEqual([{ lost_and_found: 1 }]);
});
