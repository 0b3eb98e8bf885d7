import { errorCodes, isPassing, SprouteError } from '../errors.ts';
import { type Logger, logEvent } from '../log.ts';
import { steadyMs } from '../steady-clock.ts';
import { Patience } from './patience.ts';
import type { Failure, JobOutcome } from './protocol.ts';

/** As long as a job that found no room on the disk, or no lake, waits (report-end.ts). */
const lakeRestMs = 15_000;

/** What a person can do about a lake that stays full or away. */
const lakeHints = {
  DISK_FULL: 'Free some space and run it again: its jobs were given back.',
  LAKE_UNAVAILABLE: 'Check LAKE_URI, LAKE_S3_ENDPOINT and the network, then run it again: its jobs were given back.',
} as const;
const lakeEvents = { DISK_FULL: 'disk_full', LAKE_UNAVAILABLE: 'lake_unavailable' } as const;

/** What the ends of jobs say about what all jobs need: until when claiming is no use, and whether there is any hope. */
export class Outlook {
  readonly #logger: Logger;
  readonly #isDraining: boolean;
  readonly #now: () => number;
  readonly #lake: Patience;
  readonly #database: Patience;
  #restsUntil = 0;
  #isEndpointReached = false;
  #failure: SprouteError | undefined;

  /** `isDraining`: the run is meant to end, so it is no use to wait for an endpoint that was never there. */
  constructor(logger: Logger, isDraining: boolean, now: () => number = steadyMs) {
    this.#logger = logger;
    this.#isDraining = isDraining;
    this.#now = now;
    this.#lake = new Patience(now);
    this.#database = new Patience(now);
  }

  /** Jobs that are claimed before this instant would only be given back again; by steadyMs(). */
  get restsUntil(): number {
    return this.#restsUntil;
  }

  /** Why the runner had better end. */
  get failure(): SprouteError | undefined {
    return this.#failure;
  }

  hear({ result, error, endpoint_reached, endpoint_rest }: JobOutcome): void {
    if (endpoint_reached === true) this.#isEndpointReached = true;
    if (endpoint_rest !== undefined) this.#findResting(endpoint_rest);
    if (result === 'succeeded') {
      this.#lake.renew();
      this.#database.renew();
    } else if (error?.code === 'LAKE_REFUSED') this.#giveUp(error);
    else if (error?.code === 'DISK_FULL' || error?.code === 'LAKE_UNAVAILABLE') this.#findLakeAway(error.code, error);
    else if (error !== undefined && result === 'unable') this.#findUnable(error);
    else if (error !== undefined && isPassing(error) && this.#database.isWornOut()) this.#giveUp(error);
  }

  #findResting({ until, reason }: { until: number; reason: string }): void {
    if (until > this.#restsUntil) {
      this.#restsUntil = until;
      const err = { code: 'MODEL_UNAVAILABLE', message: reason };
      logEvent(this.#logger, 'endpoint_resting', { duration_ms: until - this.#now(), err });
    }
    if (this.#isEndpointReached || !this.#isDraining) return;
    const hint = 'Check LLM_BASE_URL and that the endpoint runs, then run it again: its jobs were given back.';
    this.#giveUp({ code: 'MODEL_UNAVAILABLE', message: reason, hint });
  }

  #findLakeAway(code: keyof typeof lakeHints, { message }: Failure): void {
    this.#restsUntil = Math.max(this.#restsUntil, this.#now() + lakeRestMs);
    logEvent(this.#logger, lakeEvents[code], { duration_ms: lakeRestMs, err: { code, message } });
    if (this.#lake.isWornOut()) this.#giveUp({ code, message, hint: lakeHints[code] });
  }

  /** A thread that cannot begin for good will not begin with the next job either. */
  #findUnable(error: Failure): void {
    if (!errorCodes[error.code].retryable || this.#database.isWornOut()) this.#giveUp(error);
  }

  #giveUp({ code, message, hint }: Failure): void {
    this.#failure ??= new SprouteError(code, message, { hint });
  }
}
