import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type Database } from '../../src/db/connect.ts';
import { connectMssql } from '../../src/db/connect-mssql.ts';
import { readServerHealth } from '../../src/db/health-queries.ts';
import { inSnapshot } from '../../src/db/in-snapshot.ts';
import { closeMssqlPool } from '../../src/db/mssql-pool.ts';
import { queryRows } from '../../src/db/query.ts';
import { steadyMs } from '../../src/steady-clock.ts';
import { untilWaiting } from '../support/engine.ts';
import { mssqlUrl, suiteName } from '../support/mssql.ts';

const lock = `EXEC sys.sp_getapplock @Resource = N'${randomUUID()}', @LockMode = N'Exclusive', @LockOwner = N'Session',
  @LockTimeout = 60000;`;
const options = { application_name: 'sproute test', pool_max: 1 };

test('nothing is told to a server that says it cannot encrypt, no password either', async () => {
  const heard: Buffer[] = [];
  // The answer to a pre-login: the options version and encryption, which is 2, not supported.
  const payload = Buffer.from([0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff, 15, 0, 0, 0, 0, 0, 2]);
  const header = Buffer.from([4, 1, 0, 8 + payload.length, 0, 0, 1, 0]);
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => {
      heard.push(data);
      if (heard.length === 1) socket.write(Buffer.concat([header, payload]));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const at = (encrypt: boolean) => `mssql://me:top-secret-1@127.0.0.1:${port}/d?encrypt=${encrypt}`;
  await expect(connect({ ...options, url: at(true) })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: 'The server in DATABASE_URL does not encrypt.',
  });
  expect(heard).toHaveLength(1);
  // Who says that it need not be encrypted is heard.
  heard.length = 0;
  await expect(connect({ ...options, url: at(false), connect_ms: 500 })).rejects.toMatchObject({
    code: 'DATABASE_UNREACHABLE',
  });
  expect(heard.length).toBeGreaterThan(1);
  server.close();
});

describe.skipIf(mssqlUrl === '')(suiteName('connections to SQL Server'), () => {
  let db: Database;
  beforeAll(async () => {
    db = await connect({ ...options, url: mssqlUrl });
  });
  afterAll(() => db.close());

  const level = async (on: Database) =>
    (
      await queryRows(
        on,
        'SELECT s.transaction_isolation_level AS n FROM sys.dm_exec_sessions AS s WHERE s.session_id = @@SPID',
      )
    )[0]?.n;

  test('a snapshot whose transaction the server gave up leaves no level of isolation behind', async () => {
    const readCommitted = 2;
    expect(await level(db)).toBe(readCommitted);
    await inSnapshot(db, async (snapshot) => expect(await level(snapshot)).toBeGreaterThan(readCommitted));
    const failing = inSnapshot(db, (snapshot) => queryRows(snapshot, 'SET XACT_ABORT ON; SELECT 1 / 0 AS a;'));
    await expect(failing).rejects.toMatchObject({ code: 'DATABASE_ERROR' });
    expect(await level(db)).toBe(readCommitted);
    await inSnapshot(db, async (snapshot) => expect(await level(snapshot)).toBeGreaterThan(readCommitted));
  });

  test('a snapshot that is open keeps nobody from the one connection there is', async () => {
    await inSnapshot(db, async () => expect(await queryRows(db, 'SELECT 1 AS a')).toEqual([{ a: 1 }]));
  });

  /** Waits for a lock that `db` holds. */
  const waitForLock = (waiting: Database) => queryRows(waiting, lock);

  test('closing ends in seconds, whatever is still running', async () => {
    const other = await connect({ ...options, url: mssqlUrl });
    await queryRows(db, lock);
    const running = expect(waitForLock(other)).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    await untilWaiting(db);
    const began = steadyMs();
    await other.close();
    await running;
    expect(steadyMs() - began).toBeLessThan(10_000);
  });

  test('a statement that takes too long is ended, and the next one has its answer', async () => {
    const hasty = await connect({ ...options, url: mssqlUrl, answer_ms: 500 });
    await queryRows(db, lock);
    await expect(waitForLock(hasty)).rejects.toMatchObject({ message: 'The database does not answer.' });
    expect(await queryRows(hasty, 'SELECT 1 AS a')).toEqual([{ a: 1 }]);
    await hasty.close();
  });

  test('doctor hears which settings keep readers and writers apart', async () => {
    const [set] = await queryRows<{ committed: boolean; snapshot: number }>(
      db,
      `SELECT d.is_read_committed_snapshot_on AS committed, d.snapshot_isolation_state AS snapshot FROM sys.databases AS d
       WHERE d.name = DB_NAME()`,
    );
    expect(await readServerHealth(db)).toEqual({
      major: expect.any(Number),
      now: expect.any(Date),
      unsafe: [],
      blocking: [
        ...(set?.committed === true ? [] : ['READ_COMMITTED_SNAPSHOT']),
        ...(set?.snapshot === 1 ? [] : ['ALLOW_SNAPSHOT_ISOLATION']),
      ],
    });
  });

  test('numbers of errors are heard while connecting and never after', async () => {
    const pool = await connectMssql(mssqlUrl, { ...options, request_ms: 10_000 });
    await expect(pool.request().batch("THROW 50001, N'x', 1;")).rejects.toMatchObject({ number: 50_001 });
    await closeMssqlPool(pool);
    const url = new URL(mssqlUrl);
    url.pathname = '/no_such_database';
    await expect(connect({ ...options, url: url.toString() })).rejects.toMatchObject({
      message: expect.stringContaining('does not exist'),
    });
  });
});
