/** A sample of the server's clock is used for so long, unless a better one comes. */
const goodMs = 60_000;

/**
 * The database server's clock as seen from here: of the answers of the last minute the quickest says best what time it was
 * there, to half of what it took.
 */
export class ServerClock {
  #best: { offset: number; round_ms: number; at: number } | undefined;

  /** An answer: when it was asked for and came (performance.now()), and what the server's clock said meanwhile. */
  hear(asked: number, answered: number, server_ms: number): void {
    const round_ms = answered - asked;
    const best = this.#best;
    if (best !== undefined && best.round_ms < round_ms && answered - best.at < goodMs) return;
    this.#best = { offset: server_ms - (asked + answered) / 2, round_ms, at: answered };
  }

  /** An instant of the server on the clock of performance.now(), and by how much it may be wrong; undefined: not known. */
  local(server_ms: number): { at: number; error_ms: number } | undefined {
    if (this.#best === undefined) return undefined;
    return { at: server_ms - this.#best.offset, error_ms: this.#best.round_ms / 2 };
  }
}
