import type { Level } from 'pino';
import type { LoggedError } from './logged-error.ts';

/** What each key of a log line means; `docs/reference/log-events.md` is made of it. */
export const keyMeanings = {
  event: 'which event it is: the name to filter by',
  level: 'debug, info, warn or error; each event has one',
  time: 'when, ISO 8601, UTC',
  msg: 'the event in words, always the same',
  job_id: 'the job (llm.job)',
  job_type: 'its type',
  run_id: 'the attempt (llm.run); names its folder in the lake',
  attempt: 'which attempt at the job it is, from 1',
  correlation_id: 'what the job or firing belongs to; `sproute trace` takes it',
  worker_id: 'the process (llm.worker)',
  status: 'status that the job has now',
  duration_ms: 'how long it took; of what rests: how long it will, milliseconds',
  rows: 'how many: jobs, leases or rows that went',
  concurrency: 'jobs at a time, at most',
  repeated_calls: 'database calls that had to be repeated',
  schedule: 'the schedule (llm.schedule)',
  fire_at: 'the time of the schedule that it is about, UTC',
  next_fire_at: 'when the schedule fires next, UTC',
  missed_count: 'times of the schedule that it covers besides',
  result: 'counts of what came of it, as far as they are known',
  'gen_ai.request.model': 'the model that was asked for',
  tool: 'the tool of the MCP server',
  transport: 'stdio or http',
  err: '{code, message, hint?}: code is one of docs/reference/error-codes.md; where the message might quote a prompt, an answer or a value, the log has what the code means instead, and `sproute trace` the message',
} as const;

/** The types of the values, as they are written. */
interface KeyTypes {
  job_id: number;
  job_type: string;
  run_id: string;
  attempt: number;
  correlation_id: string;
  worker_id: string;
  status: string;
  duration_ms: number;
  rows: number;
  concurrency: number;
  repeated_calls: number;
  schedule: string;
  fire_at: Date;
  next_fire_at: Date;
  missed_count: number;
  result: Record<string, number | boolean>;
  'gen_ai.request.model': string;
  tool: string;
  transport: string;
  err: LoggedError;
}

export type LogKey = keyof KeyTypes;

interface LogEventEntry {
  level: Level;
  /** `msg` of every line of the event. */
  wording: string;
  /** What a person would want to know besides. */
  meaning: string;
  /** On every line of it. */
  keys: readonly LogKey[];
  /** On some lines of it. */
  optional?: readonly LogKey[];
}

const ofJob = ['job_id', 'job_type', 'run_id', 'attempt', 'correlation_id'] as const;
const ofFiring = ['schedule', 'fire_at', 'correlation_id'] as const;

/** Every event that is logged, with its one level, wording and keys. */
export const logEvents = {
  runner_started: {
    level: 'info',
    wording: 'runner started',
    meaning: 'A runner begins to claim.',
    keys: ['worker_id', 'concurrency'],
  },
  runner_draining: {
    level: 'info',
    wording: 'runner draining: no new claims, running jobs finish',
    meaning: 'It was told to stop, or it broke; rows are the jobs that still run.',
    keys: ['worker_id', 'rows'],
  },
  runner_stopped: {
    level: 'info',
    wording: 'runner stopped',
    meaning: 'It has ended; rows are the jobs that succeeded in it.',
    keys: ['worker_id', 'rows', 'repeated_calls'],
  },
  jobs_claimed: {
    level: 'debug',
    wording: 'jobs claimed',
    meaning: 'A claim that found jobs.',
    keys: ['worker_id', 'rows'],
  },
  job_succeeded: {
    level: 'info',
    wording: 'job succeeded',
    meaning: 'Its answer is routed and the job complete.',
    keys: [...ofJob, 'duration_ms'],
    optional: ['err'],
  },
  job_failed: {
    level: 'warn',
    wording: 'job failed',
    meaning: 'The attempt failed; the job is tried again.',
    keys: [...ofJob, 'duration_ms'],
    optional: ['err'],
  },
  job_dead: {
    level: 'error',
    wording: 'job is a dead letter',
    meaning: 'The attempt failed and nobody tries again until a person says so: `sproute job dead`.',
    keys: [...ofJob, 'duration_ms'],
    optional: ['err'],
  },
  job_released: {
    level: 'info',
    wording: 'job released',
    meaning: 'Given back uncounted: shutdown, a budget or limit, a resting endpoint, the crash of a neighbour.',
    keys: [...ofJob, 'duration_ms'],
    optional: ['err'],
  },
  job_cancelled: {
    level: 'info',
    wording: 'job cancelled',
    meaning: 'Somebody cancelled it while it ran; it wrote nothing.',
    keys: [...ofJob, 'duration_ms'],
    optional: ['err'],
  },
  lease_lost: {
    level: 'warn',
    wording: 'lease lost: another run may hold the job',
    meaning: 'The attempt wrote nothing; its job is, or will be, run by somebody else.',
    keys: [...ofJob],
    optional: ['duration_ms', 'err'],
  },
  leases_renewed: {
    level: 'debug',
    wording: 'leases renewed',
    meaning: 'Every few seconds, for all jobs that run.',
    keys: ['worker_id', 'rows'],
  },
  job_rescued: {
    level: 'warn',
    wording: 'job rescued from a silent runner',
    meaning: 'The lease of whoever ran it ended without a word; run_id is the abandoned attempt.',
    keys: ['job_id', 'job_type', 'run_id', 'correlation_id', 'status'],
  },
  retention_kept: {
    level: 'info',
    wording: 'finished work archived or purged',
    meaning: 'Steps of llm.retention_policy that this runner took.',
    keys: ['worker_id', 'rows'],
  },
  thread_died: {
    level: 'error',
    wording: 'worker thread died',
    meaning: 'One line for each job that it ran; err says why.',
    keys: [...ofJob, 'err'],
  },
  thread_terminated: {
    level: 'error',
    wording: 'worker thread terminated: silent past its time-out',
    meaning: 'The job that did not listen; those beside it in the thread are released.',
    keys: [...ofJob],
  },
  endpoint_resting: {
    level: 'warn',
    wording: 'model endpoint rests after repeated failures',
    meaning: 'Nothing that needs a model is claimed meanwhile.',
    keys: ['duration_ms', 'err'],
  },
  limit_reached: {
    level: 'warn',
    wording: 'a limit of the fleet is reached: jobs that ask this model wait',
    meaning: 'Once, until the limit has room again: `sproute limit ls`.',
    keys: ['gen_ai.request.model'],
    optional: ['err'],
  },
  lake_unavailable: {
    level: 'warn',
    wording: 'the lake is away: nothing is claimed for a while',
    meaning: 'Its jobs wait, uncounted.',
    keys: ['duration_ms', 'err'],
  },
  disk_full: {
    level: 'warn',
    wording: 'a disk is full: nothing is claimed for a while',
    meaning: 'Its jobs wait, uncounted.',
    keys: ['duration_ms', 'err'],
  },
  database_retrying: {
    level: 'warn',
    wording: 'database unreachable, trying again',
    meaning: 'A step of a runner or scheduler found no database; both go on trying for minutes.',
    keys: ['worker_id', 'err'],
  },
  scheduler_started: {
    level: 'info',
    wording: 'scheduler started',
    meaning: 'Alone, or beside a runner (`sproute run --schedule`).',
    keys: ['worker_id'],
  },
  scheduler_stopped: {
    level: 'info',
    wording: 'scheduler stopped',
    meaning: 'It was told to stop.',
    keys: ['worker_id'],
  },
  schedule_fired: {
    level: 'info',
    wording: 'schedule fired',
    meaning: 'This scheduler was the one that fired it.',
    keys: [...ofFiring, 'missed_count'],
    optional: ['result'],
  },
  schedule_skipped: {
    level: 'warn',
    wording: 'schedule skipped what it missed',
    meaning: 'Its misfire policy is skip and it was late.',
    keys: [...ofFiring, 'missed_count'],
    optional: ['result'],
  },
  schedule_failed: {
    level: 'error',
    wording: 'schedule failed',
    meaning: 'It could not fire, or a step of what it set off failed: `sproute schedule show`.',
    keys: ['schedule', 'fire_at', 'err'],
    optional: ['correlation_id'],
  },
  schedule_reset: {
    level: 'warn',
    wording: 'schedule set back: the clock had been ahead',
    meaning: 'Its next time was reckoned by a clock that was wrong.',
    keys: ['schedule', 'next_fire_at'],
  },
  schedule_done: {
    level: 'info',
    wording: 'what a schedule set off is done',
    meaning: 'All steps of a firing; result counts what they did.',
    keys: [...ofFiring, 'result'],
  },
  mcp_started: {
    level: 'info',
    wording: 'MCP server started',
    meaning: 'It answers from now on: `sproute mcp`.',
    keys: ['transport'],
  },
  mcp_stopped: {
    level: 'info',
    wording: 'MCP server stopped',
    meaning: 'It has ended.',
    keys: [],
  },
  mcp_answered: {
    level: 'debug',
    wording: 'tool answered',
    meaning: 'A client called a tool.',
    keys: ['tool', 'duration_ms'],
  },
  mcp_failed: {
    level: 'warn',
    wording: 'tool failed',
    meaning: 'A client called a tool and was told why it could not be answered.',
    keys: ['tool', 'duration_ms', 'err'],
  },
  mcp_refused: {
    level: 'warn',
    wording: 'request refused',
    meaning: 'A client without the token, from elsewhere, or with too much at once.',
    keys: ['err'],
  },
} as const satisfies Record<string, LogEventEntry>;

export type LogEvent = keyof typeof logEvents;

type Optional<E extends LogEvent> = (typeof logEvents)[E] extends { optional: readonly (infer K)[] }
  ? K & LogKey
  : never;

/** The keys that a line of the event carries, no more and no fewer. */
export type KeysOf<E extends LogEvent> = { [K in (typeof logEvents)[E]['keys'][number]]: KeyTypes[K] } & {
  [K in Optional<E>]?: KeyTypes[K] | undefined;
};

/**
 * The counts among what a step gives back, `ingest.created` for those of a part of it; lists of what it passed over are in
 * the database, not in the log.
 */
export function countsIn(result: unknown): Record<string, number | boolean> {
  if (typeof result !== 'object' || result === null || Array.isArray(result)) return {};
  return Object.fromEntries(
    Object.entries(result).flatMap(([key, value]) =>
      typeof value === 'number' || typeof value === 'boolean'
        ? [[key, value]]
        : Object.entries(countsIn(value)).map(([part, count]) => [`${key}.${part}`, count]),
    ),
  );
}
