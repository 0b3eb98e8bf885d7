import { createHash } from 'node:crypto';
import { canonicalJson } from '../contracts/canonical-json.ts';
import { findContract } from '../contracts/registry.ts';
import { type BackfillProgress, backfillKey, readBackfills } from '../db/backfill-history.ts';
import { type BackfillRow, type BackfillScope, type BackfillUnit, readBackfillRows } from '../db/backfill-queries.ts';
import { type BackfillSelection, backfillSelection } from '../db/backfill-selection.ts';
import { callProcedure } from '../db/call.ts';
import type { Database } from '../db/connect.ts';
import { enqueueJobs, type NewJob } from '../db/enqueue.ts';
import { SprouteError } from '../errors.ts';

/** What somebody asks for. */
export interface BackfillRequest {
  job_type: string;
  selection: BackfillSelection;
  /** Only what was last extracted with another prompt than today's. */
  prompt_changed: boolean;
  /** Pass the response cache by. */
  fresh: boolean;
  /** Once more, although a backfill with the same options was enqueued before. */
  rerun: boolean;
  priority?: number | undefined;
}

/** A backfill that may be estimated and enqueued, the first time or again. */
export interface Backfill extends BackfillScope {
  contract_name: string;
  contract_version: string;
  priority: number;
  /** The model that the job type names; null = the configured one. */
  model: string | null;
}

export interface BackfillCounts {
  /** Pages or entities that match. */
  rows: number;
  created: number;
  /** Had a job of this backfill already. */
  known: number;
  /** Had another job of the type under way, and so got none. */
  waiting: number;
}

interface JobTypeRow {
  job_type: string;
  contract_name: string;
  contract_version: string;
  handler: string;
  default_priority: number;
  model: string | null;
}

const units: Record<string, BackfillUnit> = { page: 'page', enrichment: 'entity' };
const belowFreshWork = 50;
const lowestPriority = -2_147_483_648;
const jobsACall = 1_000;

/**
 * The backfill that the options stand for. Its id follows from the options, the contract, the prompt and the model of
 * today, so that the same command finds its jobs again, and a new prompt makes a new backfill.
 * Throws UNKNOWN_JOB_TYPE, USAGE.
 */
export async function planBackfill(db: Database, request: BackfillRequest, default_model: string): Promise<Backfill> {
  const type = await jobTypeOf(db, request.job_type);
  const { prompt_sha256 } = findContract(type.contract_name, type.contract_version);
  const selection = {
    ...request.selection,
    ...(request.prompt_changed && prompt_sha256 !== undefined && { prompt_other_than: prompt_sha256 }),
  };
  const identity = canonicalJson({
    selection,
    fresh: request.fresh,
    contract_version: type.contract_version,
    prompt_sha256,
    model: type.model ?? default_model,
  });
  const name = `${type.job_type}-${createHash('sha256').update(identity, 'utf8').digest('hex').slice(0, 10)}`;
  const earlier = await readBackfills(db, `${name}-`, 1_000);
  const latest = Math.max(0, ...earlier.map(({ backfill_id }) => Number(backfill_id.slice(name.length + 1))));
  const rerun = request.rerun ? latest + 1 : Math.max(1, latest);
  return backfillOf(type, { ...request, selection, backfill_id: `${name}-${rerun}`, rerun });
}

/** A backfill by its id, as it was begun. Throws NOT_FOUND. */
export async function findBackfill(db: Database, backfill_id: string, priority?: number): Promise<Backfill> {
  const { selection, ...found } = await readBackfill(db, backfill_id);
  const parsed = backfillSelection.safeParse(selection);
  if (!parsed.success) {
    throw new SprouteError('INPUT_INVALID', `The jobs of the backfill ${backfill_id} do not say what it selects.`, {
      hint: 'Start it with its options instead of --resume.',
    });
  }
  const type = await jobTypeOf(db, found.job_type);
  const rerun = Number(/-(\d+)$/.exec(backfill_id)?.[1] ?? 1);
  const { fresh } = found;
  const kept = priority ?? found.priority ?? undefined;
  return backfillOf(type, { backfill_id, rerun, selection: parsed.data, fresh, priority: kept });
}

/** How far a backfill is. Throws NOT_FOUND. */
export async function readBackfill(db: Database, backfill_id: string): Promise<BackfillProgress> {
  const found = await readBackfills(db, backfill_id, 1_000);
  const exact = found.find((each) => each.backfill_id === backfill_id);
  if (exact) return exact;
  throw new SprouteError('NOT_FOUND', `No backfill has the id ${backfill_id}.`, {
    hint: '`sproute backfill ls` lists them.',
  });
}

/**
 * Enqueues what matches and has no job yet, a thousand jobs a call. It may be killed and begun again at any time: a job
 * is made once.
 */
export async function enqueueBackfill(
  db: Database,
  backfill: Backfill,
  onProgress: (counts: BackfillCounts, seen: number) => void = () => {},
): Promise<BackfillCounts> {
  const counts: BackfillCounts = { rows: 0, created: 0, known: 0, waiting: 0 };
  for await (const { seen, rows } of readBackfillRows(db, backfill)) {
    counts.rows += rows.length;
    counts.known += rows.filter((row) => row.is_known).length;
    const wanted = rows.filter((row) => !row.is_known && !row.is_waiting);
    counts.waiting += rows.filter((row) => !row.is_known && row.is_waiting).length;
    for (let from = 0; from < wanted.length; from += jobsACall) {
      const jobs = wanted.slice(from, from + jobsACall).map((row) => jobOf(backfill, row));
      const placed = await enqueueJobs(db, jobs);
      const created = placed.filter((row) => row.created).length;
      counts.created += created;
      counts.known += placed.length - created;
      onProgress(counts, seen);
    }
    onProgress(counts, seen);
  }
  return counts;
}

/** All jobs of a backfill share it, so that they are found in logs, runs and the lake. */
export function backfillCorrelation(backfill_id: string): string {
  const hex = createHash('sha256').update(`backfill:${backfill_id}`, 'utf8').digest('hex');
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) % 4) + 8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

function jobOf(backfill: Backfill, row: BackfillRow): NewJob {
  const { backfill_id, job_type, unit, selection, fresh, priority, rerun } = backfill;
  const about = unit === 'page' ? { source_page_id: row.unit_id } : { entity_id: row.unit_id };
  return {
    job_type,
    subject: row.title,
    priority,
    dedupe_key: backfillKey(backfill_id, unit, row.unit_id),
    rerun,
    correlation_id: backfillCorrelation(backfill_id),
    ...(unit === 'page' && about),
    input: { ...about, ...(fresh && { fresh }), backfill: { id: backfill_id, selection } },
  };
}

function backfillOf(
  type: JobTypeRow,
  given: Pick<Backfill, 'backfill_id' | 'rerun' | 'selection' | 'fresh'> & { priority?: number | undefined },
): Backfill {
  const { backfill_id, rerun, selection, fresh, priority } = given;
  const unit = units[type.handler];
  if (!unit) {
    throw new SprouteError('USAGE', `Jobs of the type ${type.job_type} are about neither pages nor entities.`, {
      hint: 'A backfill is for job types that read pages, such as entity_extraction, or enrich entities.',
    });
  }
  return {
    backfill_id,
    rerun,
    job_type: type.job_type,
    unit,
    selection,
    fresh,
    contract_name: type.contract_name,
    contract_version: type.contract_version,
    priority: priority ?? Math.max(lowestPriority, type.default_priority - belowFreshWork),
    model: type.model,
  };
}

async function jobTypeOf(db: Database, job_type: string): Promise<JobTypeRow> {
  const rows = await callProcedure<JobTypeRow>(db, 'llm.usp_list_job_types');
  const found = rows.find((row) => row.job_type === job_type);
  if (found) return found;
  throw new SprouteError('UNKNOWN_JOB_TYPE', `No job type is named ${job_type}.`, {
    hint: `Known are ${rows.map((row) => row.job_type).join(', ')}.`,
  });
}
