import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { QueryConfig } from 'pg';
import { messageOf, SprouteError } from '../errors.ts';
import { steadyMs } from '../steady-clock.ts';
import type { Database } from './connect.ts';
import { isTransient, isUnanswered, isUndone, translateError } from './translate-error.ts';

export type ParameterValue = string | number | boolean | Date | null | undefined | object;

export interface CallOptions {
  /** False for what would be done twice: then it is not repeated where it may have been done already. */
  repeatable?: boolean;
}

interface Statement extends QueryConfig {
  query_timeout: number;
}

/** A connection of pg, as knex keeps them: one that carries a reason to be disposed of is not used again. */
interface Connection<Row> {
  query(statement: Statement): Promise<{ rows: Row[] }>;
  __knex__disposed?: unknown;
}

const mostTries = 6;
const names = new Map<string, string>();
/** Databases behind a pooler that keeps no prepared statements, or whose procedures changed while they were used. */
const unprepared = new WeakSet<Database>();
let repeats = 0;

/** How often this thread had to repeat a call (deadlock, serialization failure, lost connection) since it last asked. */
export function takeRepeatedCalls(): number {
  const taken = repeats;
  repeats = 0;
  return taken;
}

/**
 * Calls a stored procedure by name with named parameters and returns its rows. undefined leaves a parameter at its
 * default; arrays and objects go as JSON, dates as ISO text. One call is one transaction; a transient failure repeats
 * it, at most five times and within the time in which the database should answer. After a lost connection it may have
 * been done already, which is safe with the procedures that are idempotent or fenced (their headers say so). Within a
 * transaction of the caller (see inSnapshot) nothing is repeated: it is the caller's to begin anew.
 */
export async function callProcedure<Row = Record<string, unknown>>(
  db: Database,
  procedure: string,
  parameters: Record<string, ParameterValue> = {},
  { repeatable = true }: CallOptions = {},
): Promise<Row[]> {
  const statement = { ...statementFor(procedure, parameters), query_timeout: db.answer_ms };
  const end = steadyMs() + db.answer_ms;
  const { isTransaction = false } = db.knex;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const isPrepared = !isTransaction && !unprepared.has(db);
      return await query<Row>(db, { ...statement, ...(isPrepared && { name: nameOf(statement.text) }) });
    } catch (error) {
      if (isTransaction) throw translateError(error, procedure);
      if (!unprepared.has(db) && cannotPrepare(error)) {
        unprepared.add(db);
        continue;
      }
      if (!repeatable && !isUndone(error)) throw unknownEnd(error, procedure);
      if (!isTransient(error) || attempt >= mostTries || steadyMs() >= end) throw translateError(error, procedure);
      repeats += 1;
      await wait(Math.random() * Math.min(2_000, 50 * 2 ** attempt));
    }
  }
}

/** A connection of the pool by itself: what knex would do around the statement costs a tenth of a short call. */
async function query<Row>(db: Database, statement: Statement): Promise<Row[]> {
  const connection: Connection<Row> = await db.knex.client.acquireConnection();
  try {
    return (await connection.query(statement)).rows;
  } catch (error) {
    // Its answer may still come, and would be taken for that of the next statement.
    if (isUnanswered(error)) connection.__knex__disposed = error;
    throw error;
  } finally {
    await db.knex.client.releaseConnection(connection);
  }
}

/**
 * Calls are prepared once a connection. Their name is a hash of their text: where a pooler lets connections see each
 * other's statements, one of that name is always the same.
 */
function nameOf(sql: string): string {
  const known = names.get(sql);
  if (known !== undefined) return known;
  const name = `sproute_${createHash('sha256').update(sql).digest('hex').slice(0, 40)}`;
  names.set(sql, name);
  return name;
}

function unknownEnd(error: unknown, procedure: string): SprouteError {
  return new SprouteError('DATABASE_TRANSIENT', `The connection was lost during ${procedure}: ${messageOf(error)}.`, {
    hint: 'It is not known whether the last step was done: look before you try again.',
    cause: error,
  });
}

/** The statement is unknown, known already, or returns other columns than it did: it was refused before it ran. */
function cannotPrepare(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return code === '26000' || code === '42P05' || (code === '0A000' && /cached plan/.test(messageOf(error)));
}

/** PostgreSQL: `SELECT * FROM schema.name(p_x => $1)`, so that the order of parameters is never relied on. */
function statementFor(procedure: string, parameters: Record<string, ParameterValue>) {
  if (!/^[a-z_]+\.[a-z0-9_]+$/.test(procedure)) {
    throw new SprouteError('INPUT_INVALID', `${JSON.stringify(procedure)} is not the name of a procedure.`, {
      hint: 'Procedures are named schema.name in lower case.',
    });
  }
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  const list = given.map(([name], at) => `p_${parameterName(name)} => $${at + 1}`).join(', ');
  return { text: `SELECT * FROM ${procedure}(${list})`, values: given.map(([, value]) => bound(value)) };
}

function parameterName(name: string): string {
  if (/^[a-z][a-z0-9_]*$/.test(name)) return name;
  throw new SprouteError('INPUT_INVALID', `${JSON.stringify(name)} is not the name of a parameter.`);
}

function bound(value: ParameterValue): string | number | boolean | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : value;
}
