import { callProcedure, type ParameterValue } from '../db/call.ts';
import { readCachedCall } from '../lake/inspect.ts';
import type { RunArtifacts } from '../lake/run-artifacts.ts';
import type { AskContext, CallRecord } from '../llm/ask.ts';
import { measureCall } from './call-metrics.ts';
import type { Tally } from './execute-job.ts';
import { outlast } from './outlast.ts';
import type { ClaimedJob } from './protocol.ts';
import type { RunBudget } from './run-budget.ts';
import type { ModelAccess, WorkerContext } from './worker-context.ts';

/** How a run asks its model: with the thread's limits, the cache, and every call kept in the lake and in llm.call. */
export function askContext(
  context: WorkerContext,
  { run_id, job_type }: ClaimedJob,
  access: ModelAccess,
  artifacts: RunArtifacts,
  budget: RunBudget,
  signal: AbortSignal,
  tally: Tally,
): AskContext {
  const { db, lake, limiter, settings } = context;
  const stored = new Map<number, string>();
  let calls = 0;
  // The answer is paid for: a database or an object store that is away is waited for, or it would be paid for again.
  const told = (procedure: string, parameters: Record<string, ParameterValue>) =>
    outlast(
      () => callProcedure(db, procedure, parameters),
      () => !signal.aborted,
    );
  return {
    ...access,
    limiter,
    budget,
    signal,
    nextCallNo: () => {
      calls += 1;
      return calls;
    },
    async lookup(request_sha256) {
      if (settings.fresh) return undefined;
      const [hit] = await callProcedure<{ lake_uri: string; model: string }>(db, 'llm.usp_cache_lookup', {
        request_sha256,
      });
      const call = hit && (await readCachedCall(lake, hit.lake_uri));
      return hit && typeof call?.raw_text === 'string' ? { raw_text: call.raw_text, model: hit.model } : undefined;
    },
    async record(call) {
      const { raw_text: _, error: __, ...row } = call;
      const { lake_uri } = await outlast(
        () => artifacts.writeCall(call),
        () => !signal.aborted,
        (error) => error.code === 'LAKE_UNAVAILABLE',
      );
      stored.set(call.call_no, lake_uri);
      const [finished] = await told('llm.usp_finish_call', { run_id, call: row });
      measureCall(access.endpoint, job_type, call, finished?.cost_usd);
      if (call.cache_hit) tally.cache_hits += 1;
      else tally.calls += 1;
      tally.input_tokens += call.input_tokens;
      tally.output_tokens += call.output_tokens;
    },
    async store(request_sha256: string, call: CallRecord) {
      const lake_uri = stored.get(call.call_no);
      if (lake_uri !== undefined) await told('llm.usp_cache_store', { request_sha256, lake_uri, model: call.model });
    },
  };
}
