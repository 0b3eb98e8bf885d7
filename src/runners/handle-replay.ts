import { refuseOtherMajor } from '../contracts/upgrade.ts';
import { callProcedure } from '../db/call.ts';
import { SprouteError } from '../errors.ts';
import { replayPayload } from '../knowledge/replay-payload.ts';
import { RunArtifacts } from '../lake/run-artifacts.ts';
import { readStoredOutput, type StoredOutput } from '../lake/stored-output.ts';
import type { Handler } from './execute-job.ts';
import { contractOf } from './job-input.ts';
import { completeAs } from './keep-run.ts';
import type { JobTask } from './protocol.ts';
import { readPage } from './read-page.ts';
import { route } from './route.ts';
import type { WorkerContext } from './worker-context.ts';

/** A row of llm.usp_read_replay_source. */
interface ReplaySource {
  run_id: string;
  lake_uri: string | null;
  content_sha256: string | null;
  is_latest: boolean;
}

/**
 * A job that applies the stored answers of an earlier run again, through today's code and procedures: no model is asked.
 * If something newer was routed meanwhile, there is nothing to do.
 */
export const handleReplay: Handler = async (context, task, signal) => {
  const started_at = new Date();
  const source = await readSource(context, task);
  if (!source.is_latest) return completeAs(context, task, 'superseded');
  const stored = await readStoredOutput(context.lake, source);
  const payload = await payloadOf(context, task, stored);
  if (payload === undefined) return completeAs(context, task, 'superseded');
  const artifacts = new RunArtifacts(context.lake, headerOf(task, stored, source, started_at), context.secrets);
  await artifacts.writeInput({ input: task.job.input, replay: source });
  await artifacts.writeOutput(stored.answers ? { ...payload, answers: stored.answers } : payload);
  const finished_at = new Date();
  const duration_ms = finished_at.getTime() - started_at.getTime();
  const written = await artifacts.finish({ finished_at, duration_ms, chunks: stored.chunks ?? [] });
  await callProcedure(context.db, 'llm.usp_record_artifacts', { run_id: task.job.run_id, artifacts: written });
  signal.throwIfAborted();
  return route(context, task, payload);
};

async function readSource(context: WorkerContext, { job }: JobTask): Promise<ReplaySource> {
  const { job_id } = job;
  const [source] = await callProcedure<ReplaySource>(context.db, 'llm.usp_read_replay_source', { job_id });
  if (source) return source;
  throw new SprouteError('INPUT_INVALID', "The job's input names no run to replay.", {
    hint: '`sproute replay` enqueues such jobs.',
  });
}

/** Of a page: built anew from its answers. Of anything else: as it was routed. Undefined if the page has changed. */
async function payloadOf(context: WorkerContext, task: JobTask, stored: StoredOutput): Promise<object | undefined> {
  const contract = contractOf(task);
  if (task.job_type.handler !== 'page') {
    refuseOtherMajor(contract, stored);
    const { answers: _, ...payload } = stored;
    return payload;
  }
  const page = await readPage(context, task.job.source_page_id);
  if (page.superseded_at !== null) return undefined;
  const { version, content, content_sha256 } = page;
  return replayPayload(contract, { source_page_id: page.source_page_id, version, content_sha256, content }, stored);
}

function headerOf({ job }: JobTask, stored: StoredOutput, source: ReplaySource, started_at: Date) {
  const { run_id, job_id, job_type, correlation_id, subject, attempt } = job;
  return {
    run_id,
    job_id,
    job_type,
    correlation_id,
    subject,
    attempt,
    contract: { name: stored.contract, version: stored.version },
    prompt_sha256: stored.prompt_sha256,
    model: stored.model,
    parameters: { replay_of: source.run_id },
    started_at,
  };
}
