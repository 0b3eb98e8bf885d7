import { callProcedure } from '../db/call.ts';
import type { Database } from '../db/connect.ts';
import { type EnqueuedJob, enqueueJobs, type NewJob } from '../db/enqueue.ts';
import {
  type ComparedEntity,
  readComparedEntities,
  readDecidedPairs,
  readPendingPairs,
} from '../db/identity-queries.ts';
import { type AuditPlan, type AuditRow, planAudit } from './identity/audit-plan.ts';
import { nameKey } from './name-key.ts';

export interface AuditOptions {
  /** Merges and questions at most. */
  limit: number;
  /** Only entities of this family. */
  type_family?: string | undefined;
  /** Pairs are asked about with entity_dedupe jobs; else they are only stored as candidates. */
  ask: boolean;
  dry_run: boolean;
  onProgress?: (entities: number) => void;
}

export interface AuditReport {
  entities: number;
  rows: (AuditRow & { first: string; second: string })[];
  merged: number;
  asked: number;
  /** Decided before, asked already, or waiting for a person. */
  known: number;
  left_over: number;
}

const batch = 500;

/**
 * Looks through all entities for those that may be one: merges what the rules are sure of, and enqueues an entity_dedupe
 * job for each other candidate. What was decided, by whomever, is not touched and not asked again.
 */
export async function auditDuplicates(db: Database, options: AuditOptions): Promise<AuditReport> {
  const entities: ComparedEntity[] = [];
  for await (const rows of readComparedEntities(db, options.type_family)) {
    // What people call it now may not be what it was found under.
    entities.push(...rows.map((row) => ({ ...row, name_key: nameKey(row.name) })));
    options.onProgress?.(entities.length);
  }
  const names = new Map(entities.map((entity) => [entity.entity_id, entity]));
  const pending = (await readPendingPairs(db)).map((pair) => ({ ...pair, decision: 'distinct' as const }));
  const plan = planAudit(entities, [...pending, ...(await readDecidedPairs(db))], { limit: options.limit });
  const merges = plan.rows.filter(({ action }) => action === 'merge');
  const questions = plan.rows.filter(({ action }) => action === 'ask');
  if (!options.dry_run) {
    for (const group of groupsOf(merges)) await merge(db, group, names);
    for (let at = 0; at < questions.length; at += batch) {
      await put(db, questions.slice(at, at + batch), names, options.ask);
    }
  }
  return report(plan, entities.length, merges.length, questions.length, names);
}

function report(
  plan: AuditPlan,
  entities: number,
  merged: number,
  asked: number,
  names: ReadonlyMap<number, ComparedEntity>,
): AuditReport {
  const nameOf = (id: number) => names.get(id)?.name ?? String(id);
  const rows = plan.rows
    .filter(({ action }) => action !== 'decided')
    .map((row) => ({ ...row, first: nameOf(row.first_entity_id), second: nameOf(row.second_entity_id) }));
  return { entities, rows, merged, asked, known: plan.rows.length - rows.length, left_over: plan.left_over };
}

/** The plan merges all of a group with its lowest id: together they are the group. */
function groupsOf(merges: readonly AuditRow[]): AuditRow[][] {
  const groups = new Map<number, AuditRow[]>();
  for (const row of merges) groups.set(row.first_entity_id, [...(groups.get(row.first_entity_id) ?? []), row]);
  return [...groups.values()];
}

/** The best attested one stays; ties go to the first name key, never to an id. */
async function merge(db: Database, group: AuditRow[], names: ReadonlyMap<number, ComparedEntity>): Promise<void> {
  const ids = [
    ...new Set(group.flatMap(({ first_entity_id, second_entity_id }) => [first_entity_id, second_entity_id])),
  ];
  const [master, ...others] = ids
    .flatMap((id) => names.get(id) ?? [])
    .sort((a, b) => b.observation_count - a.observation_count || (naturalKey(a) < naturalKey(b) ? -1 : 1));
  if (!master || others.length === 0) return;
  await callProcedure(db, 'kb.usp_merge_by_rule', {
    master_entity_id: master.entity_id,
    entity_ids: others.map(({ entity_id }) => entity_id),
    reason: group
      .flatMap(({ reasons }) => reasons)
      .join('; ')
      .slice(0, 2_000),
    confidence: Math.min(...group.map(({ score }) => score)),
  });
}

function naturalKey({ name_key, type_family, disambiguator }: ComparedEntity): string {
  return [name_key, type_family, disambiguator].join('\u001f');
}

async function put(
  db: Database,
  rows: readonly AuditRow[],
  names: ReadonlyMap<number, ComparedEntity>,
  ask: boolean,
): Promise<void> {
  const jobs = ask ? await enqueue(db, rows, names) : [];
  await callProcedure(db, 'kb.usp_put_identity_candidates', {
    candidates: rows.map(({ first_entity_id, second_entity_id, score, strength, reasons }, at) => ({
      first_entity_id,
      second_entity_id,
      score,
      strength,
      reasons,
      ...(jobs[at] && { job_id: jobs[at].job_id }),
    })),
  });
}

/**
 * A job for each question. One whose job ended without deciding (it was cancelled, or one of the two was gone for a while)
 * gets another, called by the job that ended, so that two audits at once ask once.
 */
async function enqueue(
  db: Database,
  rows: readonly AuditRow[],
  names: ReadonlyMap<number, ComparedEntity>,
): Promise<EnqueuedJob[]> {
  let jobs = rows.map((row) => jobOf(row, names));
  for (;;) {
    const placed = await enqueueJobs(db, jobs);
    if (!placed.some(hasEnded)) return placed;
    // Those that wait are found again.
    jobs = jobs.map((job, at) => {
      const found = placed[at];
      return found && hasEnded(found) ? { ...job, rerun: found.job_id } : job;
    });
  }
}

function hasEnded({ created, status }: EnqueuedJob): boolean {
  return !created && (status === 'SUCCEEDED' || status === 'CANCELLED');
}

function jobOf({ first_entity_id, second_entity_id }: AuditRow, names: ReadonlyMap<number, ComparedEntity>): NewJob {
  const nameOf = (id: number) => names.get(id)?.name ?? String(id);
  return {
    job_type: 'entity_dedupe',
    subject: `${nameOf(first_entity_id)} = ${nameOf(second_entity_id)}?`,
    input: { first_entity_id, second_entity_id },
    dedupe_key: `entity_dedupe:${first_entity_id}:${second_entity_id}`,
  };
}
