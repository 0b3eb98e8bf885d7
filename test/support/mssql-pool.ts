import { randomUUID } from 'node:crypto';
import type mssql from 'mssql';
import { inject } from 'vitest';
import { loadJobTypes } from '../../src/contracts/job-types.ts';
import { loadContracts } from '../../src/contracts/registry.ts';
import type { Database } from '../../src/db/connect.ts';
import { connectMssql } from '../../src/db/connect-mssql.ts';
import { migrate } from '../../src/db/migrate.ts';
import { redactUrl } from '../../src/db/url.ts';
import { MssqlRows } from './mssql-rows.ts';
import { dropMssqlDatabases, mssqlServerUrl, onMssqlServer } from './mssql-server.ts';

/** A deployed database whose rows are those of a new one. */
export interface MssqlLoan {
  url: string;
  /** For the next who asks. */
  giveBack(): void;
}

interface Kept {
  url: string;
  pool: mssql.ConnectionPool;
  rows: MssqlRows;
  isLent: boolean;
}

const registry = { contracts: loadContracts(), job_types: loadJobTypes() };
/** T-SQL servers clone no databases: each worker deploys those it needs at once, and has them emptied for who comes next. */
const kept: Kept[] = [];

export async function borrowMssql(): Promise<MssqlLoan> {
  await beAbleToDeploy();
  const free = kept.find((each) => !each.isLent) ?? (await make());
  free.isLent = true;
  await free.rows.reset();
  return {
    url: free.url,
    giveBack: () => {
      free.isLent = false;
    },
  };
}

/** See createEmptyDatabase. */
export async function createMssql(): Promise<{ url: string; close(): Promise<void> }> {
  await beAbleToDeploy();
  const name = `${inject('mssql_prefix')}_${randomUUID().slice(0, 8)}`;
  await onMssqlServer(`CREATE DATABASE ${name};`);
  return { url: mssqlServerUrl(name), close: () => dropMssqlDatabases(name) };
}

async function beAbleToDeploy(): Promise<void> {
  if (inject('mssql_lacks').includes('create_or_alter')) await import('./rewrite-tsql.ts');
}

/** See emptyTables. */
export async function emptyMssqlTables({ shown_url }: Database, tables: readonly string[]): Promise<void> {
  const lent = kept.find(({ url }) => redactUrl(url) === shown_url);
  if (lent === undefined) throw new Error('the database is none of those that are lent');
  await lent.rows.empty(tables);
}

async function make(): Promise<Kept> {
  const name = `${inject('mssql_prefix')}_${process.env.VITEST_POOL_ID ?? '0'}_${kept.length + 1}`;
  const url = mssqlServerUrl(name);
  await onMssqlServer(`IF DB_ID(N'${name}') IS NULL CREATE DATABASE ${name};`);
  const pool = await connectMssql(url, { application_name: 'sproute test', pool_max: 1, request_ms: 0 });
  // One of an earlier worker or run has rows that are nobody's seed.
  const before = await MssqlRows.of(pool);
  await before.reset();
  const { migrations, contracts, job_types } = await migrate({ url, program_version: 'test', registry });
  const isNew = migrations.length + contracts.length + job_types.length > 0;
  const rows = isNew ? await (await MssqlRows.of(pool)).keepSeed() : before;
  const made: Kept = { url, pool, rows, isLent: false };
  kept.push(made);
  return made;
}
