import mssql from 'mssql';
import { inject } from 'vitest';
import { loadJobTypes } from '../../src/contracts/job-types.ts';
import { loadContracts } from '../../src/contracts/registry.ts';
import { connectMssql } from '../../src/db/connect-mssql.ts';
import { migrate } from '../../src/db/migrate.ts';
import { isSprouteError } from '../../src/errors.ts';
import { MssqlRows } from './mssql-rows.ts';

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
  if (inject('mssql_rewrites')) await import('./rewrite-tsql.ts');
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

/** The tables of a database that is lent. */
export function rowsOf(url: string): MssqlRows {
  const found = kept.find((each) => each.url === url);
  if (found === undefined) throw new Error('the database is none of those that are lent');
  return found.rows;
}

async function make(): Promise<Kept> {
  const url = new URL(process.env.TEST_MSSQL_URL ?? '');
  const name = `${inject('mssql_prefix')}_${process.env.VITEST_POOL_ID ?? '0'}_${kept.length + 1}`;
  await onServer(`IF DB_ID(N'${name}') IS NULL CREATE DATABASE ${name};`);
  url.pathname = `/${name}`;
  const deploy = () => migrate({ url: url.toString(), program_version: 'test', registry });
  try {
    await deploy();
  } catch (error) {
    // One that was kept from an earlier run may be older than a migration that was still being written.
    if (!isSprouteError(error, 'MIGRATION_CHANGED') && !isSprouteError(error, 'DATABASE_NEWER')) throw error;
    await dropMssql(name);
    await onServer(`CREATE DATABASE ${name};`);
    await deploy();
  }
  const pool = await connectMssql(url.toString(), { application_name: 'sproute test', pool_max: 1, request_ms: 0 });
  const rows = await (await MssqlRows.of(pool)).keepSeed();
  const made: Kept = { url: url.toString(), pool, rows, isLent: false };
  kept.push(made);
  return made;
}
