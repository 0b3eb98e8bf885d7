import { callProcedure } from '../db/call.ts';
import type { Database } from '../db/connect.ts';
import { steadyMs } from '../steady-clock.ts';

/** Jobs of dags that end together cost one look at the dags. */
const togetherMs = 100;

/** When this runner looks at the dags: soon after a job of one has ended, and whenever else it has reason to. */
export class DueDags {
  readonly #db: Database;
  #hasEnded = false;
  #lastLook = 0;

  constructor(db: Database) {
    this.#db = db;
  }

  /** A job has ended; of a dag or of none. */
  ended({ dag_node_id }: { dag_node_id: number | null }): void {
    if (dag_node_id !== null) this.#hasEnded = true;
  }

  /** In how many milliseconds the dags are to be looked at, 0 for now; undefined if no job of one has ended since. */
  get dueIn(): number | undefined {
    if (!this.#hasEnded) return undefined;
    return Math.max(0, this.#lastLook + togetherMs - steadyMs());
  }

  /**
   * Closes nodes whose jobs have all ended and opens the next; how many dags there were to advance. Those that somebody
   * else advances now are passed over, or waited for.
   */
  async advance(waits = false): Promise<number> {
    this.#hasEnded = false;
    this.#lastLook = steadyMs();
    return (await callProcedure(this.#db, 'llm.usp_advance_open_dags', { waits })).length;
  }
}
