import { callProcedure } from '../db/call.ts';
import type { Database } from '../db/connect.ts';
import { type Logger, logEvent } from '../log.ts';
import type { LimitRow } from './fleet-budget.ts';
import type { JobOutcome, JobTypeRow } from './protocol.ts';

/** No rest of a limit a minute is longer, for it may be raised meanwhile. */
const longestRestMs = 10_000;

interface Rest {
  model: string;
  /** Milliseconds since 1970; undefined: until its money is no longer spent. */
  until: number | undefined;
}

/** The models whose limits have no room, by how job types name them (null: the model of the runner). */
export class ModelRest {
  readonly #db: Database;
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #rests = new Map<string | null, Rest>();

  constructor(db: Database, logger: Logger, now: () => number = Date.now) {
    this.#db = db;
    this.#logger = logger;
    this.#now = now;
  }

  /** The job types to claim; undefined = all. */
  open(wanted: string[] | undefined, types: ReadonlyMap<string, JobTypeRow>): string[] | undefined {
    for (const [model, { until }] of this.#rests) {
      if (until !== undefined && until <= this.#now()) this.#rests.delete(model);
    }
    if (this.#rests.size === 0) return wanted;
    return (wanted ?? [...types.keys()]).filter((name) => !this.#rests.has(types.get(name)?.model ?? null));
  }

  hear({ limit_reached, error }: JobOutcome): void {
    if (limit_reached === undefined) return;
    const { type_model, model, rest_ms } = limit_reached;
    const isNew = !this.#rests.has(type_model);
    const until = rest_ms === undefined ? undefined : this.#now() + Math.min(rest_ms, longestRestMs);
    this.#rests.set(type_model, { model, until });
    if (isNew) logEvent(this.#logger, 'limit_reached', { 'gen_ai.request.model': model, ...(error && { err: error }) });
  }

  /** Lets jobs go whose limit has room again; true if some model rests no longer. */
  async look(): Promise<boolean> {
    await callProcedure(this.#db, 'llm.usp_expire_reservations');
    await callProcedure(this.#db, 'llm.usp_wake_budget_jobs');
    if ([...this.#rests.values()].every(({ until }) => until !== undefined)) return false;
    const limits = await callProcedure<LimitRow>(this.#db, 'llm.usp_list_limits');
    const spent = new Set(limits.filter(({ is_spent }) => is_spent).map(({ model }) => model));
    const before = this.#rests.size;
    for (const [key, { model, until }] of this.#rests) {
      if (until === undefined && !spent.has(model)) this.#rests.delete(key);
    }
    return this.#rests.size < before;
  }
}
