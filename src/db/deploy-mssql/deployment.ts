import type { Deployed, Deployment, ObjectChange } from '../deployment.ts';
import type { Migration, SqlObject } from '../sql-files.ts';
import { batchesOf } from './batches.ts';
import { type Connection, openConnection } from './connection.ts';
import { makeLedger, readLedger, recordRelease } from './ledger.ts';
import { checkDeployLock, takeDeployLock } from './lock.ts';
import { applyObjects } from './objects.ts';
import { inMakingOrder } from './order.ts';
import { ensureRoles } from './roles.ts';

/** On SQL Server every schema belongs to dbo, so that procedures reach the tables of all of them by ownership chaining. */
export async function openMssqlDeployment(url: string, answer_ms: number): Promise<Deployment> {
  return new MssqlDeployment(await openConnection(url, answer_ms));
}

class MssqlDeployment implements Deployment {
  readonly #connection: Connection;
  #roles = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  readDeployed(): Promise<Deployed> {
    return readLedger(this.#connection);
  }

  inOrder(objects: SqlObject[], moved: ReadonlySet<string>): SqlObject[] {
    return inMakingOrder(objects, moved);
  }

  takeLock(onWait: (holder: string) => void): Promise<void> {
    return takeDeployLock(this.#connection, onWait);
  }

  async prepare(): Promise<boolean> {
    this.#roles = await ensureRoles(this.#connection);
    await makeLedger(this.#connection);
    return this.#roles;
  }

  async applyMigration({ number, name, checksum, sql }: Migration, program_version: string): Promise<void> {
    await this.#connection.inTransaction(`Migration ${String(number).padStart(4, '0')}_${name}`, async () => {
      await checkDeployLock(this.#connection);
      for (const batch of batchesOf(sql)) await this.#connection.batch(batch);
      await this.#connection.query(
        `INSERT INTO llm.schema_migration (number, name, checksum, program_version)
         VALUES (@number, @name, @checksum, @program_version);`,
        { number, name, checksum, program_version },
      );
    });
  }

  applyObjects(change: ObjectChange, program_version: string): Promise<void> {
    return applyObjects(this.#connection, change, this.#roles, program_version);
  }

  call<Row extends object>(procedure: string, parameters: Record<string, string | object>): Promise<Row[]> {
    const texts = Object.entries(parameters).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]);
    return this.#connection.call<Row>(procedure, Object.fromEntries(texts));
  }

  recordRelease(program_version: string): Promise<void> {
    return recordRelease(this.#connection, program_version);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}
