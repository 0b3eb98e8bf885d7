import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { Config } from '../config.ts';
import { listenForWork } from '../db/listen.ts';
import { isPassing, isSprouteError } from '../errors.ts';
import { openLake } from '../lake/open.ts';
import { startBuiltinModel } from '../llm/builtin/server.ts';
import { createLogger, type Logger } from '../log.ts';
import { jobsFor } from '../runners/concurrency.ts';
import { endedJobs, type RunnerProgress } from '../runners/progress.ts';
import type { WorkerSettings } from '../runners/protocol.ts';
import { runJobs } from '../runners/runner.ts';
import { runScheduler } from '../runners/scheduler.ts';
import { ThreadPool } from '../runners/thread-pool.ts';
import { refuseUnknownTypes } from './known-types.ts';
import { startProgress } from './progress.ts';
import { programSteps } from './schedule-thread.ts';
import { programVersion, type Session } from './session.ts';

export interface RunnerChoices {
  types?: string[] | undefined;
  concurrency?: number | undefined;
  threads?: number | undefined;
  minPriority?: number | undefined;
  drain: boolean;
  fresh?: boolean | undefined;
  /** How often each chunk is asked for what was missed. */
  gleaning?: number | undefined;
  /** Fire schedules beside. */
  schedule?: boolean | undefined;
  /** Log every event; else only what is worth a look, so that progress stays readable. */
  quiet: boolean;
  /** Show no progress: somebody else does. */
  silent?: boolean | undefined;
  /** Ends the runner as the first signal does. */
  until?: AbortSignal | undefined;
}

/** Runs jobs in this process until the queue is drained or a signal comes; shows progress. */
export async function startRunner(session: Session, choices: RunnerChoices): Promise<RunnerProgress> {
  const { config, db, url, revive } = session;
  await refuseUnknownTypes(db, choices.types);
  await proveLake(config);
  const builtin = config.llm_base_url === undefined ? await startBuiltinModel() : undefined;
  const threads = choices.threads ?? availableParallelism();
  const concurrency = choices.concurrency ?? jobsFor(config.llm_concurrency, threads);
  const { signal, stop, release } = untilSignal();
  choices.until?.addEventListener('abort', stop, { once: true });
  // A log of every event says it already, one JSON object a line and nothing else.
  const progress = choices.drain && choices.quiet && !choices.silent ? startProgress('running', 0) : undefined;
  const worker_id = randomUUID();
  const settings: WorkerSettings = {
    worker_id,
    database_url: url,
    lake_uri: config.lake_uri,
    s3: config.s3,
    endpoint: {
      logical_name: builtin ? 'builtin' : config.llm_endpoint_name,
      base_url: builtin?.base_url ?? config.llm_base_url ?? '',
      api_key: config.llm_api_key,
      model: builtin?.model ?? config.llm_model ?? '',
    },
    llm_concurrency: Math.max(1, Math.ceil(config.llm_concurrency / threads)),
    fresh: choices.fresh === true,
    log_level: config.log_level,
    gleaning_passes: choices.gleaning ?? 0,
    chunking: {},
  };
  const logger = createLogger({ level: logLevel(config.log_level, choices) });
  const scheduling = choices.schedule ? scheduleBeside(session, logger, signal, stop) : undefined;
  // Heard of when the runner has ended.
  scheduling?.catch(() => {});
  try {
    return await runJobs({
      db,
      worker_id,
      executor: new ThreadPool(settings, threads, concurrency),
      logger,
      version: programVersion,
      job_types: choices.types,
      min_priority: choices.minPriority,
      concurrency,
      drain: choices.drain,
      signal,
      ...(revive && { revive }),
      // SQL Server calls nobody: there a runner looks for itself, and never less often than it does anyway.
      ...(db.engine === 'postgres' && { listen: (wake) => listenForWork(url, 'sproute_work', wake) }),
      onProgress: (now) => {
        const done = endedJobs(now);
        progress?.update(done, now.subjects[0] ?? '', Math.max(done + now.running, now.total));
      },
    });
  } finally {
    progress?.stop();
    choices.until?.removeEventListener('abort', stop);
    stop();
    await scheduling;
    release();
    await builtin?.close();
  }
}

/** The scheduler of this process; if it breaks, the runner drains, and the error is the process's. */
async function scheduleBeside(session: Session, logger: Logger, signal: AbortSignal, stop: () => void): Promise<void> {
  const { db, url, revive } = session;
  try {
    await runScheduler({ db, logger, signal, runStep: programSteps(url), ...(revive && { revive }) });
  } finally {
    stop();
  }
}

/** Aborted by the first SIGINT or SIGTERM, or by `stop`; the second signal ends the process. */
export function untilSignal(): { signal: AbortSignal; stop: () => void; release: () => void } {
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  const heard = onceThenExit(stop);
  process.on('SIGINT', heard);
  process.on('SIGTERM', heard);
  const release = () => {
    process.off('SIGINT', heard);
    process.off('SIGTERM', heard);
  };
  return { signal: stopping.signal, stop, release };
}

/** Without a lake no job can be done, so none is claimed; one that is merely full or away may be there again in a while. */
async function proveLake(config: Config): Promise<void> {
  try {
    await openLake(config).probe();
  } catch (error) {
    if (!isSprouteError(error) || !isPassing(error)) throw error;
  }
}

/** The first signal drains, the second ends the process; leases of what ran then end by themselves. */
function onceThenExit(first: () => void): () => void {
  let signals = 0;
  return () => {
    signals += 1;
    if (signals > 1) process.exit(1);
    first();
  };
}

/** What is drawn anew in its place takes no other lines; whoever draws it says what fails and what waits. */
function logLevel(level: Config['log_level'], { quiet, silent }: RunnerChoices): Config['log_level'] {
  if (!quiet || level !== 'info') return level;
  return silent && process.stderr.isTTY ? 'fatal' : 'warn';
}
