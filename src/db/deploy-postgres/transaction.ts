import type pg from 'pg';
import { translateDeployError } from '../translate-error.ts';

/** Runs a step in one transaction; `what` names it in errors. */
export async function inTransaction(client: pg.Client, what: string, work: () => Promise<void>): Promise<void> {
  await client.query('BEGIN');
  try {
    await work();
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw translateDeployError(error, what);
  }
}
