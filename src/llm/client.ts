import OpenAI from 'openai';
import type { ChatCompletionCreateParamsNonStreaming } from 'openai/resources/chat/completions';
import { isObject } from '../contracts/json.ts';
import type { Endpoint } from './endpoint.ts';
import type { Message } from './messages.ts';
import { errorInBody, ModelError, modelError } from './model-error.ts';

/** How the endpoint is told the shape of the answer. */
export type AnswerMode = 'json_schema' | 'tool' | 'json_object';

export interface ModelRequest {
  messages: readonly Message[];
  schema_name: string;
  /** In OpenAI's strict subset. */
  schema: object;
  signal: AbortSignal;
}

export interface ModelReply {
  text: string;
  finish_reason: string;
  model: string;
  input_tokens: number;
  output_tokens: number;
  cached_tokens: number;
  duration_ms: number;
  mode: AnswerMode;
}

export interface ModelClient {
  /** The mode that the next request uses. */
  readonly mode: AnswerMode;
  /** One HTTP request. Throws ModelError; `stepDown` says whether a simpler mode may be tried. */
  complete(request: ModelRequest): Promise<ModelReply>;
  /** After a refusal that is about the mode: uses the next simpler one from now on; false if there is none. */
  stepDown(error: unknown): boolean;
}

const ladder: readonly AnswerMode[] = ['json_schema', 'tool', 'json_object'];
const aboutMode = /response_format|json_schema|json schema|tool|function|schema|structured/i;
const aboutTokenLimit = /max_tokens|max_completion_tokens/i;
const aboutTemperature = /temperature/i;

/** A client of one endpoint. What the endpoint cannot do is learned from its refusals and remembered. */
export function createModelClient(endpoint: Endpoint): ModelClient {
  const openai = new OpenAI({
    baseURL: endpoint.base_url,
    apiKey: endpoint.api_key ?? 'none',
    maxRetries: 0,
    timeout: endpoint.timeout_ms,
    logLevel: 'off',
  });
  let rung = 0;
  let tokenLimit: 'max_tokens' | 'max_completion_tokens' = 'max_tokens';
  let withTemperature = true;

  function parameters(request: ModelRequest, mode: AnswerMode): ChatCompletionCreateParamsNonStreaming {
    const { schema_name: name, schema } = request;
    const base: ChatCompletionCreateParamsNonStreaming = {
      model: endpoint.model,
      messages: [...request.messages],
      [tokenLimit]: endpoint.max_output_tokens,
      ...(withTemperature && { temperature: 0 }),
      stream: false,
    };
    if (mode === 'json_schema') {
      return {
        ...base,
        response_format: { type: 'json_schema', json_schema: { name, strict: true, schema: { ...schema } } },
      };
    }
    if (mode === 'tool') {
      return {
        ...base,
        tools: [{ type: 'function', function: { name, parameters: { ...schema } } }],
        tool_choice: { type: 'function', function: { name } },
      };
    }
    const [first, ...rest] = base.messages;
    const told = `${typeof first?.content === 'string' ? first.content : ''}\n\nAnswer with one JSON object and nothing else. Its JSON Schema:\n${JSON.stringify(schema)}`;
    return {
      ...base,
      messages: [{ role: 'system', content: told }, ...rest],
      response_format: { type: 'json_object' },
    };
  }

  // How a refused request had been asked: others may have learned better since.
  const refused = new WeakMap<Error, string>();
  const manner = () => `${rung} ${tokenLimit} ${withTemperature}`;

  return {
    get mode() {
      return ladder[rung] ?? 'json_object';
    },
    async complete(request) {
      const mode = this.mode;
      const started = performance.now();
      const asked = manner();
      try {
        const completion: unknown = await openai.chat.completions.create(parameters(request, mode), {
          signal: request.signal,
        });
        return { ...readCompletion(completion, endpoint), duration_ms: Math.round(performance.now() - started), mode };
      } catch (error) {
        const refusal = modelError(error, endpoint);
        refused.set(refusal, asked);
        throw refusal;
      }
    },
    stepDown(error) {
      if (!(error instanceof ModelError) || error.code !== 'MODEL_REJECTED') return false;
      if (![400, 404, 422].includes(error.status ?? 0)) return false;
      if (refused.get(error) !== manner()) return true;
      if (tokenLimit === 'max_tokens' && aboutTokenLimit.test(error.message)) {
        tokenLimit = 'max_completion_tokens';
        return true;
      }
      if (withTemperature && aboutTemperature.test(error.message)) {
        withTemperature = false;
        return true;
      }
      if (rung >= ladder.length - 1 || !aboutMode.test(error.message)) return false;
      rung += 1;
      return true;
    },
  };
}

function readCompletion(completion: unknown, endpoint: Endpoint): Omit<ModelReply, 'duration_ms' | 'mode'> {
  const body = isObject(completion) ? completion : {};
  const choices: unknown = body.choices;
  const choice: unknown = Array.isArray(choices) ? choices[0] : undefined;
  if (!isObject(choice) || !isObject(choice.message))
    throw errorInBody(JSON.stringify(body.error ?? completion) ?? 'nothing', endpoint.api_key);
  const finish_reason = typeof choice.finish_reason === 'string' ? choice.finish_reason : 'stop';
  if (finish_reason === 'content_filter') {
    throw new ModelError('MODEL_REJECTED', 'The endpoint withheld the answer (content filter).', { status: 200 });
  }
  const usage = isObject(body.usage) ? body.usage : {};
  const details = isObject(usage.prompt_tokens_details) ? usage.prompt_tokens_details : {};
  return {
    text: textOf(choice.message),
    finish_reason,
    model: typeof body.model === 'string' && body.model !== '' ? body.model : endpoint.model,
    input_tokens: count(usage.prompt_tokens),
    output_tokens: count(usage.completion_tokens),
    cached_tokens: count(details.cached_tokens),
  };
}

function textOf(message: Record<string, unknown>): string {
  const calls: unknown = message.tool_calls;
  const call: unknown = Array.isArray(calls) ? calls[0] : undefined;
  const inner = isObject(call) && isObject(call.function) ? call.function.arguments : undefined;
  if (typeof inner === 'string') return inner;
  if (typeof message.refusal === 'string' && message.refusal !== '') {
    throw new ModelError('MODEL_REJECTED', `The model refused: ${message.refusal.slice(0, 300)}`, { status: 200 });
  }
  return typeof message.content === 'string' ? message.content : '';
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.round(value) : 0;
}
