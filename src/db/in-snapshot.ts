import { setTimeout as wait } from 'node:timers/promises';
import { isSprouteError } from '../errors.ts';
import { steadyMs } from '../steady-clock.ts';
import { within } from '../within.ts';
import type { Database } from './connect.ts';
import { translateError } from './translate-error.ts';

const rollbackMs = 5_000;
const mostTries = 4;

/**
 * Has `work` read everything on one connection and as of one moment, so that what it puts together belongs together; it
 * cannot write, and makes its reads one after the other. A passing failure has all of it read again.
 */
export async function inSnapshot<T>(db: Database, work: (db: Database) => Promise<T>): Promise<T> {
  const end = steadyMs() + db.answer_ms;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await once(db, work);
    } catch (error) {
      const isOver = attempt >= mostTries || steadyMs() >= end;
      if (!isSprouteError(error, 'DATABASE_TRANSIENT') || isOver) throw error;
      await wait(Math.random() * Math.min(2_000, 50 * 2 ** attempt));
    }
  }
}

async function once<T>(db: Database, work: (db: Database) => Promise<T>): Promise<T> {
  const transaction = await db.knex
    .transaction({ isolationLevel: 'repeatable read', readOnly: true })
    .catch((error: unknown) => {
      throw translateError(error, 'A snapshot');
    });
  try {
    return await work({ ...db, knex: transaction });
  } finally {
    // On a connection that is lost there is nothing to roll back.
    await within(rollbackMs, transaction.rollback());
  }
}
