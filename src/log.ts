import pino, { type Logger } from 'pino';
import pretty from 'pino-pretty';

export type { Logger };

/** The keys that a log line may carry besides pino's own. */
export interface LogKeys {
  job_id?: number;
  job_type?: string;
  run_id?: string;
  attempt?: number;
  correlation_id?: string;
  worker_id?: string;
  dag_id?: number;
  node?: string;
  duration_ms?: number;
  rows?: number;
  err?: { code: string; message: string };
  [extra: `gen_ai.${string}`]: string | number | undefined;
}

/** Every event that is logged, with its one level and wording. */
const events = {
  runner_started: ['info', 'runner started'],
  runner_draining: ['info', 'runner draining: no new claims, running jobs finish'],
  runner_stopped: ['info', 'runner stopped'],
  jobs_claimed: ['debug', 'jobs claimed'],
  job_succeeded: ['info', 'job succeeded'],
  job_failed: ['warn', 'job failed'],
  job_dead: ['error', 'job is a dead letter'],
  job_released: ['info', 'job released'],
  job_cancelled: ['info', 'job cancelled'],
  lease_lost: ['warn', 'lease lost: another run may hold the job'],
  leases_renewed: ['debug', 'leases renewed'],
  jobs_rescued: ['warn', 'jobs rescued from silent runners'],
  retention_kept: ['info', 'finished work archived or purged'],
  thread_died: ['error', 'worker thread died'],
  thread_terminated: ['error', 'worker thread terminated: silent past its time-out'],
  endpoint_resting: ['warn', 'model endpoint rests after repeated failures'],
  limit_reached: ['warn', 'a limit of the fleet is reached: jobs that ask this model wait'],
  lake_unavailable: ['warn', 'the lake is away: nothing is claimed for a while'],
  disk_full: ['warn', 'a disk is full: nothing is claimed for a while'],
  model_called: ['debug', 'model called'],
  database_retrying: ['warn', 'database unreachable, trying again'],
  scheduler_started: ['info', 'scheduler started'],
  scheduler_stopped: ['info', 'scheduler stopped'],
  schedule_fired: ['info', 'schedule fired'],
  schedule_skipped: ['warn', 'schedule skipped what it missed'],
  schedule_failed: ['error', 'schedule failed'],
  schedule_reset: ['warn', 'schedule set back: the clock had been ahead'],
  schedule_done: ['info', 'what a schedule set off is done'],
  mcp_started: ['info', 'MCP server started'],
  mcp_stopped: ['info', 'MCP server stopped'],
  mcp_answered: ['debug', 'tool answered'],
  mcp_failed: ['warn', 'tool failed'],
  mcp_refused: ['warn', 'request refused'],
  progress: ['info', 'progress'],
} as const satisfies Record<string, readonly [pino.Level, string]>;

export type LogEvent = keyof typeof events;

/** JSON lines on stderr; on a terminal the same, readable. stdout belongs to data. */
export function createLogger(options: { level: pino.LevelWithSilent; tty?: boolean }): Logger {
  const settings: pino.LoggerOptions = {
    level: options.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    // `err` is a code and a sentence already.
    serializers: { err: (err: unknown) => err },
  };
  const isTty = options.tty ?? process.stderr.isTTY;
  if (!isTty) {
    // Lines that the disk has no room for are kept for later, a few megabytes of them, and end no runner.
    const destination = pino.destination({ fd: 2, sync: true, maxLength: 4 * 2 ** 20 });
    return pino(
      settings,
      destination.on('error', () => {}),
    );
  }
  return pino(
    settings,
    pretty({
      destination: 2,
      sync: true,
      colorize: process.env.NO_COLOR === undefined,
      translateTime: 'HH:MM:ss',
      ignore: 'event,worker_id',
    }),
  );
}

/** Logs one event with its fixed wording. */
export function logEvent(logger: Logger, event: LogEvent, keys: LogKeys & Record<string, unknown> = {}): void {
  const [level, wording] = events[event];
  logger[level]({ event, ...keys }, wording);
}
