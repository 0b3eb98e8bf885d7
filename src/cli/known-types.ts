import { callProcedure } from '../db/call.ts';
import type { Database } from '../db/connect.ts';
import { SprouteError } from '../errors.ts';

/** Throws USAGE for a job type that nobody registered: with it, nothing would ever match. */
export async function refuseUnknownTypes(db: Database, types: readonly string[] | undefined): Promise<void> {
  if (types === undefined) return;
  const rows = await callProcedure<{ job_type: string }>(db, 'llm.usp_list_job_types', {});
  refuseUnknown(
    types,
    rows.map((row) => row.job_type),
  );
}

/** The same where the known ones are at hand. */
export function refuseUnknown(types: readonly string[], known: readonly string[]): void {
  const unknown = types.find((type) => !known.includes(type));
  if (unknown === undefined) return;
  throw new SprouteError('USAGE', `No job type is named ${unknown}.`, { hint: `Known are ${known.join(', ')}.` });
}
