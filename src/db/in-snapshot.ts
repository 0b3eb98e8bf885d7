import { setTimeout as wait } from 'node:timers/promises';
import { isSprouteError } from '../errors.ts';
import { steadyMs } from '../steady-clock.ts';
import type { Database } from './connect.ts';
import type { Snapshot } from './driver.ts';
import { type Sql, sqlOf } from './query.ts';
import { translateError } from './translate-error.ts';

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

/** The rows of one statement as of one moment, some at a time; `what` names it in errors. */
export async function* streamRows<Row>(db: Database, sql: Sql, what: string): AsyncGenerator<Row> {
  const snapshot = await begin(db);
  try {
    yield* snapshot.rows<Row>(sqlOf(db, sql), db.answer_ms);
  } catch (error) {
    throw translateError(error, what);
  } finally {
    await snapshot.end();
  }
}

async function once<T>(db: Database, work: (db: Database) => Promise<T>): Promise<T> {
  const { driver, end } = await begin(db);
  try {
    return await work({ ...db, driver });
  } finally {
    await end();
  }
}

function begin({ driver }: Database): Promise<Snapshot> {
  return driver.snapshot().catch((error: unknown) => {
    throw translateError(error, 'A snapshot');
  });
}
