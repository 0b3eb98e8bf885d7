import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { connect, type Database } from '../../src/db/connect.ts';
import { migrationStatus } from '../../src/db/migrate.ts';
import { queryRows } from '../../src/db/query.ts';
import { mssqlUrl, suiteName } from '../support/mssql.ts';
import { borrowMssql, type MssqlLoan } from '../support/mssql-pool.ts';
import { onMssqlServer } from '../support/mssql-server.ts';

type Role = 'runner' | 'operator' | 'reader';

const worker_id = randomUUID();
const held = { job_id: 1, run_id: worker_id, ends_as: 'SUCCEEDED', now: new Date() };
const jobs = [{ job_type: 'page_classification', subject: 'a' }];

describe.skipIf(mssqlUrl === '')(suiteName('the roles of a database on SQL Server'), () => {
  let lent: MssqlLoan;
  let owner: Database;
  const logins: string[] = [];
  const opened: Database[] = [];
  const isChained = !inject('mssql_lacks').includes('ownership_chaining');

  const loginOf = async (role: Role): Promise<string> => {
    const login = `sproute_${role}_${randomUUID().slice(0, 8)}`;
    const database = new URL(lent.url).pathname.slice(1);
    await onMssqlServer(`CREATE LOGIN ${login} WITH PASSWORD = 'Read-secret-1';`);
    logins.push(login);
    await onMssqlServer(`CREATE USER ${login} FOR LOGIN ${login};`, database);
    await onMssqlServer(`ALTER ROLE sproute_${role} ADD MEMBER ${login};`, database);
    const url = new URL(lent.url);
    url.username = login;
    url.password = 'Read-secret-1';
    return url.toString();
  };
  const as = async (role: Role): Promise<Database> => {
    const db = await connect({ url: await loginOf(role), application_name: 'sproute test', pool_max: 1 });
    opened.push(db);
    return db;
  };

  beforeAll(async () => {
    lent = await borrowMssql();
    owner = await connect({ url: lent.url, application_name: 'sproute test', pool_max: 1 });
    // A whole deploy may take minutes there.
  }, 1_200_000);
  afterAll(async () => {
    for (const db of [...opened, owner]) await db.close();
    for (const login of logins) {
      await onMssqlServer(`DROP USER ${login};`, new URL(lent.url).pathname.slice(1));
      await onMssqlServer(`DROP LOGIN ${login};`);
    }
    lent.giveBack();
  });

  test('who has none of them is told which right is missing, not to deploy', async () => {
    const url = new URL(await loginOf('runner'));
    await onMssqlServer(`ALTER ROLE sproute_runner DROP MEMBER ${url.username};`, url.pathname.slice(1));
    await expect(migrationStatus({ url: url.toString(), program_version: 'test' })).rejects.toMatchObject({
      code: 'DATABASE_ERROR',
      message: expect.stringMatching(/permission/i),
    });
  });

  test('let a runner see what is deployed and touch no table', async () => {
    const url = await loginOf('runner');
    expect(await migrationStatus({ url, program_version: 'test' })).toMatchObject({ pending: [], changed_objects: [] });
    const runner = await as('runner');
    for (const table of ['llm.job', 'llm.run', 'ingest.source_page', 'kb.dim_entity', 'kb.assertion']) {
      await expect(queryRows(runner, `SELECT 1 AS a FROM ${table}`)).rejects.toThrow(/permission/i);
      await expect(queryRows(runner, `DELETE FROM ${table}`)).rejects.toThrow(/permission/i);
    }
    await expect(callProcedure(runner, 'llm.usp_pause_job_type', { job_type: 'x' })).rejects.toThrow(/permission/i);
    await expect(callProcedure(runner, 'llm.usp_hold_job', held)).rejects.toThrow(/permission/i);
  });

  test.runIf(isChained)('let a runner do by procedures what it may not do itself', async () => {
    const runner = await as('runner');
    expect(await callProcedure(runner, 'llm.usp_enqueue_jobs', { jobs })).toMatchObject([{ created: true }]);
    const claimed = await callProcedure<{ job_id: number; run_id: string }>(runner, 'llm.usp_claim_jobs', {
      worker_id,
    });
    expect(claimed).toHaveLength(1);
    const [{ job_id = 0, run_id = '' } = {}] = claimed;
    expect(await callProcedure(runner, 'llm.usp_complete_job', { job_id, run_id })).toMatchObject([
      { status: 'SUCCEEDED' },
    ]);
  });

  test('let an operator steer the queue, and no more', async () => {
    const operator = await as('operator');
    await queryRows(operator, "UPDATE llm.job SET priority = 1 WHERE job_type = 'x'");
    await queryRows(operator, "UPDATE llm.job_type SET paused = 0 WHERE job_type = 'x'");
    await queryRows(operator, "UPDATE llm.retention_policy SET keep_days = keep_days WHERE what = 'x'");
    await queryRows(operator, "INSERT INTO kb.type_family (family, dimension) VALUES ('x', 'work')");
    await queryRows(operator, "DELETE FROM kb.type_family WHERE family = 'x'");
    for (const refused of [
      "UPDATE llm.job SET status = 'NEW' WHERE job_type = 'x'",
      "UPDATE llm.job_type SET handler = 'x' WHERE job_type = 'x'",
      "UPDATE kb.dim_entity SET entity_name = 'x'",
    ])
      await expect(queryRows(operator, refused), refused).rejects.toThrow(/permission/i);
    await expect(callProcedure(operator, 'llm.usp_hold_job', held)).rejects.toThrow(/permission/i);
    if (!isChained) return;
    expect(await callProcedure(operator, 'llm.usp_cancel_jobs', { filter: { job_ids: [1] } })).toEqual([
      { affected: 0, remaining: 0, last_job_id: 0 },
    ]);
  });

  test('let operators and readers read every view, and readers change nothing', async () => {
    const views = await queryRows<{ name: string }>(
      owner,
      "SELECT CONCAT(s.name, N'.', v.name) AS name FROM sys.views AS v JOIN sys.schemas AS s ON s.schema_id = v.schema_id WHERE s.name IN (N'llm', N'kb')",
    );
    const [operator, reader] = [await as('operator'), await as('reader')];
    for (const { name } of views) {
      for (const db of isChained ? [operator, reader] : []) await queryRows(db, `SELECT TOP (1) * FROM ${name}`);
    }
    await queryRows(reader, 'SELECT TOP (1) 1 AS a FROM kb.dim_entity');
    await queryRows(reader, 'SELECT TOP (1) 1 AS a FROM llm.vw_dead_letters');
    await expect(queryRows(reader, 'SELECT TOP (1) 1 AS a FROM llm.job')).rejects.toThrow(/permission/i);
    await expect(queryRows(reader, 'DELETE FROM kb.dim_entity')).rejects.toThrow(/permission/i);
    await expect(callProcedure(reader, 'llm.usp_claim_jobs', { worker_id })).rejects.toThrow(/permission/i);
  });
});
