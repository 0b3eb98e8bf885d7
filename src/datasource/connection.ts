import type { Datasource } from './datasource.ts';

/** A read-only session on a customer's database; it does one thing at a time. */
export interface DatasourceConnection {
  engine: Datasource['engine'];
  /** Of the datasource. */
  name: string;
  /** The rows of one SELECT; values are bound as $1, $2 on PostgreSQL and as @p1, @p2 on SQL Server. Throws DATASOURCE_FAILED. */
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** The rows of one SELECT as they come, a bounded part of them in memory. Throws DATASOURCE_FAILED. */
  stream(sql: string): AsyncGenerator<Record<string, unknown>>;
  /** Has the server look at one SELECT without running it. Throws DATASOURCE_FAILED for what it does not take. */
  plan(sql: string): Promise<void>;
  /** Stops what is running. */
  close(): Promise<void>;
}

/** By what name a server knows us. */
export const applicationName = 'sproute datasource';
export const connectTimeout_ms = 10_000;
/** Nobody's lock is waited for longer. */
export const lockTimeout_ms = 10_000;
