import { inSpan } from '../telemetry/span.ts';
import type { ModelReply } from './client.ts';
import type { Endpoint } from './endpoint.ts';
import { ModelError } from './model-error.ts';

/** What a request is about, for its span. */
export interface CallSubject {
  purpose: string;
  hash: string;
}

/** Sends one request within its span. */
export function inCallSpan(
  endpoint: Endpoint,
  { purpose, hash }: CallSubject,
  send: () => Promise<ModelReply>,
): Promise<ModelReply> {
  const attributes = () => ({
    ...modelAttributes(endpoint),
    'gen_ai.output.type': 'json',
    'gen_ai.request.max_tokens': endpoint.max_output_tokens,
    'sproute.endpoint': endpoint.logical_name,
    'sproute.call.purpose': purpose,
    'sproute.request_sha256': hash,
  });
  return inSpan('call', { of: endpoint.model, attributes }, async (span) => {
    try {
      const reply = await send();
      span.set(() => ({
        'gen_ai.response.model': reply.model,
        'gen_ai.response.finish_reasons': [reply.finish_reason],
        'gen_ai.usage.input_tokens': reply.input_tokens,
        'gen_ai.usage.output_tokens': reply.output_tokens,
        'gen_ai.usage.cache_read.input_tokens': reply.cached_tokens,
      }));
      return reply;
    } catch (error) {
      span.set(() => ({ 'http.response.status_code': error instanceof ModelError ? error.status : undefined }));
      throw error;
    }
  });
}

/** Which model is asked, and where; spans and metrics of calls have it in common. */
export function modelAttributes({ model, base_url }: Endpoint) {
  const { hostname, port, protocol } = new URL(base_url);
  return {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': model,
    'server.address': hostname,
    'server.port': port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
  };
}
