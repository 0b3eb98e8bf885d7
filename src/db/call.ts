import { setTimeout as wait } from 'node:timers/promises';
import { SprouteError } from '../errors.ts';
import type { Database } from './connect.ts';
import { isTransient, translateError } from './translate-error.ts';

export type ParameterValue = string | number | boolean | Date | null | undefined | object;

const mostTries = 6;
let repeats = 0;

/** How many calls this thread has had to repeat after deadlocks, serialization failures and lost connections. */
export function repeatedCalls(): number {
  return repeats;
}

/**
 * Calls a stored procedure by name with named parameters and returns its rows. undefined leaves a parameter at its
 * default; arrays and objects go as JSON, dates as ISO text. One call is one transaction; a transient failure repeats
 * it, at most five times and within the time in which the database should answer, which is safe because every
 * procedure is idempotent or fenced.
 */
export async function callProcedure<Row = Record<string, unknown>>(
  db: Database,
  procedure: string,
  parameters: Record<string, ParameterValue> = {},
): Promise<Row[]> {
  const statement = statementFor(procedure, parameters);
  const end = Date.now() + db.answer_ms;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const result: { rows: Row[] } = await db.knex.raw(statement.sql, statement.values).timeout(db.answer_ms);
      return result.rows;
    } catch (error) {
      if (!isTransient(error) || attempt >= mostTries || Date.now() >= end) throw translateError(error, procedure);
      repeats += 1;
      await wait(Math.random() * Math.min(2_000, 50 * 2 ** attempt));
    }
  }
}

/** PostgreSQL: `SELECT * FROM schema.name(p_x => ?)`, so that the order of parameters is never relied on. */
function statementFor(procedure: string, parameters: Record<string, ParameterValue>) {
  if (!/^[a-z_]+\.[a-z0-9_]+$/.test(procedure)) {
    throw new SprouteError('INPUT_INVALID', `${JSON.stringify(procedure)} is not the name of a procedure.`, {
      hint: 'Procedures are named schema.name in lower case.',
    });
  }
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  const list = given.map(([name]) => `p_${parameterName(name)} => ?`).join(', ');
  return { sql: `SELECT * FROM ${procedure}(${list})`, values: given.map(([, value]) => bound(value)) };
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
