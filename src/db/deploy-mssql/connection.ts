import mssql from 'mssql';
import { connectMssql } from '../connect-mssql.ts';
import { closeMssqlPool } from '../mssql-pool.ts';
import { translateDeployError } from '../translate-error.ts';

type Parameters = Record<string, string | number>;

/** One connection, which keeps its lock; what is asked for within `inTransaction` is in that transaction. */
export class Connection {
  readonly #pool: mssql.ConnectionPool;
  #transaction: mssql.Transaction | undefined;

  constructor(pool: mssql.ConnectionPool) {
    this.#pool = pool;
  }

  async query<Row extends object>(sql: string, parameters: Parameters = {}): Promise<Row[]> {
    const { recordset } = await this.#request(parameters).query<Row>(sql);
    return recordset ?? [];
  }

  /** What makes procedures, functions and views is sent as it is: it has to stand alone. */
  async batch(sql: string): Promise<void> {
    await this.#request().batch(sql);
  }

  async call<Row extends object>(procedure: string, parameters: Parameters): Promise<Row[]> {
    const { recordset } = await this.#request(parameters).execute<Row>(procedure);
    return recordset ?? [];
  }

  /** Runs a step in one transaction; `what` names it in errors. Most errors end it before they are told. */
  async inTransaction(what: string, work: () => Promise<void>): Promise<void> {
    const transaction = new mssql.Transaction(this.#pool);
    try {
      await transaction.begin();
      this.#transaction = transaction;
      // Any error ends the whole transaction.
      await this.batch('SET XACT_ABORT ON;');
      await work();
      await transaction.commit();
    } catch (error) {
      await transaction.rollback().catch(() => {});
      throw translateDeployError(error, what);
    } finally {
      this.#transaction = undefined;
    }
  }

  close(): Promise<void> {
    return closeMssqlPool(this.#pool);
  }

  #request(parameters: Parameters = {}): mssql.Request {
    const request = this.#transaction === undefined ? this.#pool.request() : this.#transaction.request();
    for (const [name, value] of Object.entries(parameters)) {
      if (typeof value === 'number') request.input(name, mssql.Int, value);
      else request.input(name, mssql.NVarChar(mssql.MAX), value);
    }
    return request;
  }
}

export async function openConnection(url: string, request_ms: number): Promise<Connection> {
  return new Connection(await connectMssql(url, { application_name: 'sproute migrate', pool_max: 1, request_ms }));
}
