import { setTimeout as wait } from 'node:timers/promises';
import { callProcedure } from '../db/call.ts';
import type { Database } from '../db/connect.ts';
import { SprouteError } from '../errors.ts';
import { LimitError, type LimitName, type Reservation, type UsedTokens } from '../llm/budget.ts';
import { steadyMs } from '../steady-clock.ts';
import { ServerClock } from './server-clock.ts';

/** A row of llm.usp_list_limits. */
export interface LimitRow {
  model: string;
  is_limited: boolean;
  requests_per_minute: number | null;
  tokens_per_minute: number | null;
  usd_per_day: number | null;
  is_spent: boolean;
  input_usd_per_m: number | null;
  output_usd_per_m: number | null;
  cached_usd_per_m: number | null;
}

/** A request that is about to be sent, and what it is expected to use. */
export interface ExpectedRequest {
  model: string;
  run_id: string;
  dag_node_id: number | null;
  input_tokens: number;
  output_tokens: number;
  /** Told until when it waits for its slot, milliseconds since 1970. */
  onWait?: ((until: number) => void) | undefined;
}

interface Granted {
  granted: boolean;
  wait_ms: number;
  slot_at: Date;
  reservation_id: number | null;
  refused_by: LimitName | null;
}

/** When a request may be sent. */
interface Slot {
  wait_ms: number;
  /** By performance.now(), and by how much that may be wrong. */
  at: number;
  error_ms: number;
}

/** How far away a slot may be that is waited for here. */
const horizonMs = 60_000;
/** What limits and prices are taken to be for so long. */
const freshMs = 5_000;
/** Who wakes later than this leaves the slot unused: llm.usp_reserve_budget allows 1.2 s from slot to endpoint. */
const lateMs = 700;
const mostMisses = 5;
const missedMs = 5_000;
const stepMs = 1_000;

/** The fleet's limits as one worker thread asks for them; a model without any costs no call. */
export class FleetBudget {
  readonly #db: Database;
  readonly #clock = new ServerClock();
  #limits: { rows: Promise<Map<string, LimitRow>>; at: number } | undefined;
  readonly #dags = new Map<number, { isLimited: Promise<boolean>; at: number }>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** Waits for the slot of a request; undefined if nothing limits it. Throws LimitError if it is too far away. */
  async reserve(request: ExpectedRequest, signal: AbortSignal): Promise<Reservation | undefined> {
    for (let misses = 0; misses < mostMisses; misses += 1) {
      const limits = await this.#readLimits();
      const limit = limits.get(request.model);
      const isDag = request.dag_node_id !== null && (await this.#isDagLimited(request.dag_node_id));
      if (limit?.is_limited !== true && !isDag) return undefined;
      const reservation = await this.#ask(request, limit);
      try {
        if (await this.#waitForSlot(request, reservation, limit, signal)) return reservation;
      } catch (error) {
        await reservation.settle('unsent');
        throw error;
      }
      await reservation.settle('unsent');
    }
    throw new LimitError('requests_per_minute', request.model, missedMs);
  }

  async #ask(request: ExpectedRequest, price: LimitRow | undefined): Promise<Reservation & Slot> {
    const { model, run_id, dag_node_id, input_tokens, output_tokens } = request;
    const expected = { model, input_tokens, output_tokens, cached_tokens: 0 };
    const asked = performance.now();
    const [row] = await callProcedure<Granted>(this.#db, 'llm.usp_reserve_budget', {
      model,
      run_id,
      requests: 1,
      tokens: input_tokens + output_tokens,
      usd: costOf(expected, price),
      dag_node_id,
      horizon_ms: horizonMs,
    });
    const answered = performance.now();
    if (!row) throw new SprouteError('DATABASE_ERROR', 'llm.usp_reserve_budget returned no row.');
    const { granted, wait_ms, slot_at, reservation_id, refused_by } = row;
    if (!granted) throw new LimitError(refused_by ?? 'requests_per_minute', model, wait_ms);
    this.#clock.hear(asked, answered, slot_at.getTime() - wait_ms);
    const { at, error_ms } = this.#clock.local(slot_at.getTime()) ?? { at: answered + wait_ms, error_ms: 0 };
    return { wait_ms, at, error_ms, settle: (used) => this.#settle(reservation_id, model, used) };
  }

  /** True when the slot has come; false if it was missed, or the limit was changed meanwhile. */
  async #waitForSlot(
    { model, onWait }: ExpectedRequest,
    { wait_ms, at, error_ms }: Slot,
    limit: LimitRow | undefined,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (wait_ms > stepMs) onWait?.(steadyMs() + wait_ms);
    for (let left = at - performance.now(); left > 0; left = at - performance.now()) {
      if (left > stepMs && isOther(limit, (await this.#readLimits()).get(model))) return false;
      await wait(Math.min(left, stepMs), undefined, { signal });
    }
    signal.throwIfAborted();
    const isPaced = wait_ms > 0 || limit?.requests_per_minute != null || limit?.tokens_per_minute != null;
    return !isPaced || performance.now() - at + error_ms <= lateMs;
  }

  async #settle(reservation_id: number | null, model: string, used: UsedTokens | 'failed' | 'unsent'): Promise<void> {
    if (reservation_id === null) return;
    try {
      const limits = await this.#readLimits();
      await callProcedure(this.#db, 'llm.usp_settle_budget', { reservation_id, ...settled(used, model, limits) });
    } catch {
      // It ends with its run.
      return;
    }
  }

  async #readLimits(): Promise<Map<string, LimitRow>> {
    const now = performance.now();
    if (this.#limits === undefined || now - this.#limits.at > freshMs) {
      const rows = callProcedure<LimitRow>(this.#db, 'llm.usp_list_limits', { counts_today: false }).then(
        (found) => new Map(found.map((row) => [row.model, row])),
      );
      this.#limits = { rows, at: now };
      rows.catch(() => {
        this.#limits = undefined;
      });
    }
    return this.#limits.rows;
  }

  async #isDagLimited(dag_node_id: number): Promise<boolean> {
    const now = performance.now();
    const known = this.#dags.get(dag_node_id);
    if (known !== undefined && now - known.at <= freshMs) return known.isLimited;
    // Whatever has not been asked about for long is forgotten.
    for (const [id, { at }] of this.#dags) if (now - at > freshMs) this.#dags.delete(id);
    const isLimited = callProcedure(this.#db, 'llm.usp_list_dag_limits', { dag_node_id }).then(
      ({ length }) => length > 0,
    );
    this.#dags.set(dag_node_id, { isLimited, at: now });
    isLimited.catch(() => this.#dags.delete(dag_node_id));
    return isLimited;
  }
}

/** USD, or null if the price is not known. */
export function costOf(used: Omit<UsedTokens, 'model'>, price: LimitRow | undefined): number | null {
  if (price === undefined) return null;
  const { input_usd_per_m, output_usd_per_m, cached_usd_per_m } = price;
  if (input_usd_per_m === null || output_usd_per_m === null || cached_usd_per_m === null) return null;
  const { input_tokens, output_tokens, cached_tokens } = used;
  const fresh = Math.max(0, input_tokens - cached_tokens);
  return (fresh * input_usd_per_m + cached_tokens * cached_usd_per_m + output_tokens * output_usd_per_m) / 1_000_000;
}

function settled(used: UsedTokens | 'failed' | 'unsent', asked: string, limits: Map<string, LimitRow>) {
  if (used === 'unsent') return { tokens: 0, usd: 0 };
  if (used === 'failed') return { tokens: null, usd: 0 };
  const tokens = used.input_tokens + used.output_tokens;
  // An answer without usage has used what was expected.
  if (tokens === 0) return { tokens: null, usd: null };
  return { tokens, usd: costOf(used, limits.get(used.model)) ?? costOf(used, limits.get(asked)) };
}

function isOther(before: LimitRow | undefined, now: LimitRow | undefined): boolean {
  return (
    before?.requests_per_minute !== now?.requests_per_minute || before?.tokens_per_minute !== now?.tokens_per_minute
  );
}
