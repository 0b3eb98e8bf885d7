import { callProcedure } from '../db/call.ts';
import type { Database } from '../db/connect.ts';
import { type Logger, logEvent } from '../log.ts';
import { steadyMs } from '../steady-clock.ts';
import type { LimitRow } from './fleet-budget.ts';
import type { JobOutcome, JobTypeRow } from './protocol.ts';

/** Every so often one more job tries whether a limit a minute has room again. */
const probeMs = 30_000;
/** A limit that refused nothing for so long is no longer minded. */
const forgottenMs = 120_000;

interface Rest {
  model: string;
  /** The money is spent: nothing is claimed until there is some. Else a limit a minute has no room. */
  isSpent: boolean;
  /** Jobs that may be claimed: as many as were done since, for each has left its place in the queue of slots. */
  allowance: number;
  probedAt: number;
  refusedAt: number;
  limit: string | undefined;
}

/** Jobs to claim: of these types (undefined = all), at most so many. */
export interface Portion {
  job_types: string[] | undefined;
  most: number;
}

/** What to claim while limits of models have no room, by how job types name them (null: the model of the runner). */
export class ModelRest {
  readonly #db: Database;
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #rests = new Map<string | null, Rest>();

  constructor(db: Database, logger: Logger, now: () => number = steadyMs) {
    this.#db = db;
    this.#logger = logger;
    this.#now = now;
  }

  /** Portions of `free` jobs; a claim is to be reported with {@link claimed}. */
  portions(wanted: string[] | undefined, types: ReadonlyMap<string, JobTypeRow>, free: number): Portion[] {
    if (this.#rests.size === 0) return [{ job_types: wanted, most: free }];
    const names = wanted ?? [...types.keys()];
    const keyOf = (name: string) => types.get(name)?.model ?? null;
    const open = { job_types: names.filter((name) => !this.#rests.has(keyOf(name))), most: free };
    const few = [...this.#rests].map(([key, { allowance }]) => ({
      job_types: names.filter((name) => keyOf(name) === key),
      most: Math.min(free, allowance),
    }));
    return [open, ...few].filter(({ job_types, most }) => job_types.length > 0 && most > 0);
  }

  claimed(key: string | null): void {
    const rest = this.#rests.get(key);
    if (rest) rest.allowance = Math.max(0, rest.allowance - 1);
  }

  /** How a job ended whose type names its model so. */
  hear(key: string | null, { result, limit_reached, error }: JobOutcome): void {
    const rest = this.#rests.get(key);
    if (limit_reached === undefined) {
      if (!rest || rest.isSpent || result !== 'succeeded') return;
      // Where nothing was refused for a while there is room for more.
      rest.allowance += this.#now() - rest.refusedAt > probeMs ? 2 : 1;
      return;
    }
    const { model, rest_ms } = limit_reached;
    const now = this.#now();
    this.#rests.set(key, {
      model,
      isSpent: rest_ms === undefined,
      allowance: 0,
      probedAt: rest?.probedAt ?? now,
      refusedAt: now,
      limit: rest?.limit,
    });
    if (!rest) logEvent(this.#logger, 'limit_reached', { 'gen_ai.request.model': model, ...(error && { err: error }) });
  }

  /** Lets jobs go whose limit has room again; true if more may be claimed now. */
  async look(): Promise<boolean> {
    await callProcedure(this.#db, 'llm.usp_expire_reservations');
    await callProcedure(this.#db, 'llm.usp_wake_budget_jobs');
    if (this.#rests.size === 0) return false;
    const rows = await callProcedure<LimitRow>(this.#db, 'llm.usp_list_limits', { counts_today: false });
    const limits = new Map(rows.map((row) => [row.model, row]));
    const now = this.#now();
    let isMore = false;
    for (const [key, rest] of this.#rests) {
      const row = limits.get(rest.model);
      const limit = `${row?.requests_per_minute} ${row?.tokens_per_minute}`;
      const isOther = rest.limit !== undefined && rest.limit !== limit;
      rest.limit = limit;
      if (rest.isSpent ? row?.is_spent !== true : isOther || now - rest.refusedAt > forgottenMs) {
        this.#rests.delete(key);
        isMore = true;
      } else if (!rest.isSpent && now - rest.probedAt >= probeMs) {
        rest.probedAt = now;
        rest.allowance += 1;
        isMore = true;
      }
    }
    return isMore;
  }
}
