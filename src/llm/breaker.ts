import { steadyMs } from '../steady-clock.ts';

/** Failures in a row that open it. */
const threshold = 5;
const shortestRestMs = 30_000;
const longestRestMs = 5 * 60_000;
/** Nobody is asked to wait for longer than an hour (model-error.ts). */
const longestPauseMs = 2 * 3_600_000;

/**
 * A circuit breaker of one endpoint: five failures in a row open it for 30 s, each failed trial doubles the rest up to
 * 5 min, one success closes it. While it is open nothing is sent; after the rest one request tries.
 */
export class Breaker {
  readonly #now: () => number;
  #failures = 0;
  #restMs = shortestRestMs;
  #openUntil = 0;
  #openSince: number | undefined;
  #lastFailure = 0;
  #isTrying = false;
  #isReached = false;
  #reason = '';
  #limitedSince = 0;
  #lastLimited = Number.NEGATIVE_INFINITY;

  constructor(now: () => number = steadyMs) {
    this.#now = now;
  }

  /** Whether a request may be sent now; true for one request only once the rest is over. */
  admits(): boolean {
    if (this.#openSince === undefined) return true;
    if (this.#now() < this.#openUntil || this.#isTrying) return false;
    this.#isTrying = true;
    return true;
  }

  /** Nothing is sent for a while. */
  get isResting(): boolean {
    return this.#openSince !== undefined && this.#now() < this.#openUntil;
  }

  /** The endpoint said something, were it a refusal. */
  heard(): void {
    this.#isReached = true;
  }

  succeeded(): void {
    this.#isReached = true;
    this.#lastLimited = Number.NEGATIVE_INFINITY;
    this.#failures = 0;
    this.#restMs = shortestRestMs;
    this.#openSince = undefined;
    this.#openUntil = 0;
    this.#isTrying = false;
  }

  /** `reason`: a sentence for whoever asks why the endpoint rests. */
  failed(reason = ''): void {
    this.#reason = reason;
    this.#failures += 1;
    this.#lastFailure = this.#now();
    if (this.#openSince === undefined && this.#failures < threshold) return;
    if (this.#openSince !== undefined && this.#isTrying) this.#restMs = Math.min(this.#restMs * 2, longestRestMs);
    else if (this.#openSince !== undefined) return;
    this.#openSince ??= this.#now();
    this.#openUntil = this.#now() + this.#restMs;
    this.#isTrying = false;
  }

  /** The endpoint asked to wait; returns for how long it has done nothing else, ms. A pause in which nobody asked ends it. */
  limited(): number {
    const now = this.#now();
    if (now - this.#lastLimited > longestPauseMs) this.#limitedSince = now;
    this.#lastLimited = now;
    this.#isTrying = false;
    return now - this.#limitedSince;
  }

  /** A request that ended neither way (it was stopped) gives its turn back. */
  gaveUp(): void {
    this.#isTrying = false;
  }

  /** One request tries whether the endpoint is back. */
  get isTrying(): boolean {
    return this.#isTrying;
  }

  /** Whether the endpoint ever said anything. */
  get isReached(): boolean {
    return this.#isReached;
  }

  /** Why the last request failed; empty if none did. */
  get reason(): string {
    return this.#reason;
  }

  /** Milliseconds since 1970; undefined while closed. */
  get restsUntil(): number | undefined {
    return this.#openSince === undefined ? undefined : this.#openUntil;
  }

  /** How long the endpoint was seen to be away, ms; 0 while closed. Time in which nobody asked does not count. */
  get awayMs(): number {
    return this.#openSince === undefined ? 0 : Math.max(0, this.#lastFailure - this.#openSince);
  }
}
