import type { Command } from 'commander';
import { callProcedure } from '../db/call.ts';
import type { Database } from '../db/connect.ts';
import { SprouteError } from '../errors.ts';
import { refuseUnknownTypes } from './known-types.ts';
import { commaList, jobStatus, numberList } from './options.ts';
import { print, printJson } from './output.ts';
import { withSession } from './session.ts';

/** Rows of one call: each is a transaction. */
const batch = 10_000;

/** Which jobs a bulk operation is about. */
export interface FilterOptions {
  ids?: number[];
  type?: string[];
  status?: string;
  subject?: string;
  source?: string;
  entityType?: string;
  dryRun?: boolean;
  json?: boolean;
}

export function withFilter(command: Command): Command {
  return command
    .option('--ids <ids>', 'job ids, with commas', numberList)
    .option('--type <types>', 'job types, with commas', commaList)
    .option('--status <status>', 'only jobs in this status', jobStatus)
    .option('--subject <pattern>', 'SQL LIKE pattern on the subject')
    .option('--source <pattern>', "SQL LIKE pattern on the page's external id")
    .option('--entity-type <type>', 'pages that speak of entities of this type')
    .option('--dry-run', 'say how many jobs it would be')
    .option('--json', 'print JSON');
}

/** Throws USAGE without any condition. */
export function filterOf(options: FilterOptions, others = ''): Record<string, unknown> {
  const filter = {
    ...(options.ids && { job_ids: options.ids }),
    ...(options.type && { job_types: options.type }),
    ...(options.status && { status: options.status }),
    ...(options.subject && { subject_like: options.subject }),
    ...(options.source && { source_like: options.source }),
    ...(options.entityType && { entity_type: options.entityType }),
  };
  if (Object.keys(filter).length > 0) return filter;
  throw new SprouteError('USAGE', 'Which jobs?', {
    hint: `Use at least one of --ids, --type, --status, --subject, --source and --entity-type${others}.`,
  });
}

/** What a bulk operation that may touch no job finds to do. */
export async function showMatching(
  procedure: string,
  parameters: Record<string, object | number | undefined>,
  { type, json }: FilterOptions,
): Promise<void> {
  const [row] = await withSession(async ({ db }) => {
    await refuseUnknownTypes(db, type);
    return callProcedure<{ remaining: number }>(db, procedure, { ...parameters, limit: 0 });
  });
  const jobs = row?.remaining ?? 0;
  if (json) printJson({ jobs, affected: 0 });
  else print(`${jobs} jobs match; nothing was changed.`);
}

/** A function cannot commit, so bulk operations work in batches and say how much remains. */
export async function everyBatch(
  db: Database,
  procedure: string,
  parameters: Record<string, object | number | undefined>,
  cap = Number.POSITIVE_INFINITY,
): Promise<number> {
  let total = 0;
  let after: number | undefined;
  for (;;) {
    const [row] = await callProcedure<{ affected: number; remaining: number; last_job_id?: number }>(
      db,
      procedure,
      { ...parameters, after, limit: Math.min(batch, cap - total) },
      // What is added twice is added once too often.
      { repeatable: parameters.delta === undefined },
    );
    total += row?.affected ?? 0;
    if (!row || row.affected === 0 || row.remaining === 0 || total >= cap) return total;
    after = row.last_job_id;
  }
}
