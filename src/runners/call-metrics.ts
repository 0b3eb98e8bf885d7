import type { CallRecord } from '../llm/ask.ts';
import { modelAttributes } from '../llm/call-span.ts';
import type { Endpoint } from '../llm/endpoint.ts';
import { api } from '../telemetry/api.ts';
import { count, record } from '../telemetry/metrics.ts';
import { spanEvent } from '../telemetry/span.ts';

/** Counts a call or an answer from the cache; `cost_usd` as llm.usp_finish_call returns it. */
export function measureCall(endpoint: Endpoint, job_type: string, call: CallRecord, cost_usd: unknown): void {
  if (api === undefined) return;
  if (call.cache_hit) {
    count('sproute.cache.hits', 1, { 'sproute.job_type': job_type, 'gen_ai.request.model': endpoint.model });
    spanEvent('cache_hit', () => ({ 'sproute.request_sha256': call.request_sha256 }));
    return;
  }
  const isAnswered = call.error_code === null;
  const of = {
    ...modelAttributes(endpoint),
    ...(isAnswered && { 'gen_ai.response.model': call.model }),
    'sproute.job_type': job_type,
  };
  const seconds = call.duration_ms / 1000;
  record('gen_ai.client.operation.duration', seconds, {
    ...of,
    ...(call.error_code !== null && { 'error.type': call.error_code }),
  });
  if (!isAnswered) return;
  record('gen_ai.client.token.usage', call.input_tokens, { ...of, 'gen_ai.token.type': 'input' });
  record('gen_ai.client.token.usage', call.output_tokens, { ...of, 'gen_ai.token.type': 'output' });
  // Exact numbers of the database come as text.
  const usd = Number(cost_usd ?? 0);
  if (Number.isFinite(usd)) count('sproute.model.cost', usd, of);
}
