import pg from 'pg';
import type { Deployed, Deployment, ObjectChange } from '../deployment.ts';
import { ownerRole } from '../roles.ts';
import { connectionSettings, Sockets } from '../sockets.ts';
import type { Migration, SqlObject } from '../sql-files.ts';
import { isBusyPostgres, translatePostgresConnect } from '../translate-error-postgres.ts';
import { whileBusy } from '../while-busy.ts';
import { makeLedger, readLedger, recordRelease } from './ledger.ts';
import { takeDeployLock } from './lock.ts';
import { applyObjects, withAllViews } from './objects.ts';
import { ensureRoles } from './roles.ts';
import { inTransaction } from './transaction.ts';

/** On PostgreSQL what is deployed belongs to a role without login, which the deploying one acts as. */
export async function openPostgresDeployment(url: string, answer_ms: number): Promise<Deployment> {
  const sockets = new Sockets();
  return new PostgresDeployment(await open(url, answer_ms, sockets), sockets);
}

class PostgresDeployment implements Deployment {
  readonly #client: pg.Client;
  readonly #sockets: Sockets;
  #roles = false;

  constructor(client: pg.Client, sockets: Sockets) {
    this.#client = client;
    this.#sockets = sockets;
  }

  readDeployed(): Promise<Deployed> {
    return readLedger(this.#client);
  }

  inOrder(objects: SqlObject[], moved: ReadonlySet<string>): SqlObject[] {
    return withAllViews(objects, moved);
  }

  takeLock(onWait: (holder: string) => void): Promise<void> {
    return takeDeployLock(this.#client, onWait);
  }

  async prepare(): Promise<boolean> {
    this.#roles = await ensureRoles(this.#client);
    await this.#asOwner(() => makeLedger(this.#client));
    return this.#roles;
  }

  async applyMigration({ number, name, checksum, sql }: Migration, program_version: string): Promise<void> {
    await this.#asOwner(() =>
      inTransaction(this.#client, `Migration ${String(number).padStart(4, '0')}_${name}`, async () => {
        await this.#client.query(sql);
        await this.#client.query(
          'INSERT INTO llm.schema_migration (number, name, checksum, program_version) VALUES ($1, $2, $3, $4)',
          [number, name, checksum, program_version],
        );
      }),
    );
  }

  async applyObjects(change: ObjectChange, program_version: string): Promise<void> {
    await this.#asOwner(() => applyObjects(this.#client, change, this.#roles, program_version));
  }

  async call<Row extends object>(procedure: string, parameters: Record<string, string | object>): Promise<Row[]> {
    const list = Object.keys(parameters).map((name, at) => `p_${name} => $${at + 1}`);
    const values = Object.values(parameters).map((value) =>
      typeof value === 'object' ? JSON.stringify(value) : value,
    );
    const { rows } = await this.#client.query<Row>(`SELECT * FROM ${procedure}(${list.join(', ')})`, values);
    return rows;
  }

  async recordRelease(program_version: string): Promise<void> {
    await this.#asOwner(() => recordRelease(this.#client, program_version));
  }

  async close(): Promise<void> {
    await this.#sockets.closeAfter(this.#client.end());
  }

  /** After a failure the connection is closed, whoever it acts as. */
  async #asOwner(work: () => Promise<void>): Promise<void> {
    if (this.#roles) await this.#client.query(`SET ROLE ${ownerRole}`);
    await work();
    if (this.#roles) await this.#client.query('RESET ROLE');
  }
}

async function open(url: string, answer_ms: number, sockets: Sockets): Promise<pg.Client> {
  try {
    return await whileBusy(isBusyPostgres, async () => {
      const client = new pg.Client({
        connectionString: url,
        application_name: 'sproute migrate',
        ...connectionSettings,
        ...(answer_ms > 0 && { query_timeout: answer_ms }),
        stream: sockets.make,
      });
      client.on('error', () => {});
      await client.connect();
      return client;
    });
  } catch (error) {
    await sockets.closeAfter(Promise.resolve());
    throw translatePostgresConnect(error);
  }
}
