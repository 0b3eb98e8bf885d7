import { callProcedure } from './call.ts';
import type { Database } from './connect.ts';
import { now } from './dialect.ts';
import { queryRows } from './query.ts';

export interface TopQueueRow {
  job_type: string;
  ready: number;
  waits_later: number;
  waits_retry: number;
  waits_budget: number;
  waits_limit: number;
  running: number;
  dead_letters: number;
  held_by: 'paused' | 'cap' | 'budget' | 'no runner' | null;
  oldest_age_s: number | null;
  max_running: number | null;
  /** Counting ended early: there are more. */
  ready_is_least: boolean;
  waiting_is_least: boolean;
  dead_is_least: boolean;
}

export interface TopWorkerRow {
  worker_id: string;
  host: string | null;
  pid: number | null;
  version: string | null;
  job_types: string[] | null;
  concurrency: number | null;
  running: number | null;
  holds: number;
  expired: number;
  started_at: Date | null;
  heartbeat_at: Date | null;
  heartbeat_age_s: number | null;
  state: 'alive' | 'silent' | 'gone';
}

export interface TopRateRow {
  status: string;
  /** A minute, as the others. */
  last_1: number;
  last_5: number;
  last_15: number;
}

export interface TopLatencyRow {
  what: 'queue_wait' | 'run' | 'call';
  /** A job type, or a model for `call`; null: all together. */
  scope: string | null;
  samples: number;
  p50_ms: number;
  p95_ms: number;
}

export interface TopCallsRow {
  model: string;
  calls: number;
  failed_calls: number;
  cache_hits: number;
  input_tokens: number;
  output_tokens: number;
  cached_tokens: number;
  known_cost_usd: number;
  unpriced_calls: number;
}

export interface TopBudgetRow {
  scope: string;
  measure: 'requests_per_minute' | 'tokens_per_minute' | 'usd_per_day' | 'usd_limit';
  used: number;
  most: number;
  used_percent: number;
  is_spent: boolean;
}

export interface TopRunningRow {
  job_id: number;
  run_id: string;
  job_type: string;
  subject: string;
  attempt: number;
  abandon_count: number;
  started_at: Date;
  running_s: number;
  worker_id: string;
  host: string | null;
  pid: number | null;
  lease_left_s: number;
  cancel_requested: boolean;
}

export interface TopFailureRow {
  failed_at: Date;
  status: 'FAILED' | 'ABANDONED' | 'DEADLETTER';
  job_id: number;
  run_id: string | null;
  job_type: string;
  subject: string;
  attempt: number;
  error_code: string | null;
  error: string | null;
  job_status: string;
}

/** Everything that `sproute top` shows, at one instant of the database's clock. */
export interface TopReading {
  at: Date;
  /** Null: all. Calls and budgets are of all types in any case. */
  job_types: string[] | null;
  queue: TopQueueRow[];
  workers: TopWorkerRow[];
  rates: TopRateRow[];
  latencies: TopLatencyRow[];
  calls_today: TopCallsRow[];
  /** Of the last fifteen minutes. */
  calls_lately: TopCallsRow[];
  budgets: TopBudgetRow[];
  running: TopRunningRow[];
  failures: TopFailureRow[];
}

export interface TopOptions {
  job_types: string[] | null;
  /** Whether all that waits is counted, however many jobs there are. */
  exact: boolean;
}

const minuteMs = 60_000;
const latelyMs = 15 * minuteMs;

/** Reads the figures again and again, and the calls of the day only once. */
export class TopReader {
  readonly #db: Database;
  readonly #options: TopOptions;
  readonly #today: CallsOfToday;

  constructor(db: Database, options: TopOptions) {
    this.#db = db;
    this.#options = options;
    this.#today = new CallsOfToday(db);
  }

  /** Throws what the database says. */
  async read(): Promise<TopReading> {
    const { job_types, exact } = this.#options;
    const at = await readClock(this.#db);
    const call = <Row>(procedure: string, parameters: Record<string, object | number | null> = {}) =>
      callProcedure<Row>(this.#db, `llm.usp_top_${procedure}`, { ...parameters, now: at });
    return {
      at,
      job_types,
      queue: await call<TopQueueRow>('queue', { job_types, ...(exact && { most: null }) }),
      workers: await call<TopWorkerRow>('workers'),
      rates: await call<TopRateRow>('rates', { job_types }),
      latencies: await call<TopLatencyRow>('latencies', { job_types }),
      calls_today: await this.#today.read(at),
      calls_lately: await call<TopCallsRow>('calls', { from: new Date(at.getTime() - latelyMs) }),
      budgets: await call<TopBudgetRow>('budgets'),
      running: await call<TopRunningRow>('running', { job_types }),
      failures: await call<TopFailureRow>('failures', { job_types }),
    };
  }
}

/** The names of all job types, also for a login that may only look. */
export async function readTopTypes(db: Database): Promise<string[]> {
  const rows = await callProcedure<TopQueueRow>(db, 'llm.usp_top_queue', { most: 0 });
  return rows.map((row) => row.job_type);
}

async function readClock(db: Database): Promise<Date> {
  const [row] = await queryRows<{ now: Date }>(db, `SELECT ${now[db.engine]} AS now`);
  return row?.now ?? new Date();
}

/**
 * What was asked since midnight (UTC). Calls are written when they end, so those of the last minutes are read anew each
 * time; what is older is added to a sum and not read again.
 */
class CallsOfToday {
  readonly #db: Database;
  #sums: TopCallsRow[] = [];
  #until = new Date(0);

  constructor(db: Database) {
    this.#db = db;
  }

  async read(now: Date): Promise<TopCallsRow[]> {
    const midnight = new Date(Math.floor(now.getTime() / 86_400_000) * 86_400_000);
    if (this.#until < midnight || this.#until > now) {
      this.#sums = [];
      this.#until = midnight;
    }
    const settled = now.getTime() - latelyMs;
    if (settled - this.#until.getTime() >= minuteMs) {
      const to = new Date(settled);
      this.#sums = added(this.#sums, await this.#sum(this.#until, to));
      this.#until = to;
    }
    return added(this.#sums, await this.#sum(this.#until, now));
  }

  #sum(from: Date, to: Date): Promise<TopCallsRow[]> {
    return callProcedure<TopCallsRow>(this.#db, 'llm.usp_top_calls', { from, to });
  }
}

function added(sums: readonly TopCallsRow[], more: readonly TopCallsRow[]): TopCallsRow[] {
  const byModel = new Map(sums.map((row) => [row.model, row]));
  for (const row of more) {
    const sum = byModel.get(row.model);
    byModel.set(row.model, sum === undefined ? row : bothOf(sum, row));
  }
  return [...byModel.values()].sort((a, b) => (a.model < b.model ? -1 : 1));
}

function bothOf(a: TopCallsRow, b: TopCallsRow): TopCallsRow {
  return {
    model: a.model,
    calls: a.calls + b.calls,
    failed_calls: a.failed_calls + b.failed_calls,
    cache_hits: a.cache_hits + b.cache_hits,
    input_tokens: a.input_tokens + b.input_tokens,
    output_tokens: a.output_tokens + b.output_tokens,
    cached_tokens: a.cached_tokens + b.cached_tokens,
    known_cost_usd: a.known_cost_usd + b.known_cost_usd,
    unpriced_calls: a.unpriced_calls + b.unpriced_calls,
  };
}
