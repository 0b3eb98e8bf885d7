import { hash } from 'node:crypto';
import { isObject, type JsonObject } from '../../contracts/json.ts';
import { builtinModelName } from '../endpoint.ts';
import { contentOf, contractOf, gleaningQuestion } from '../messages.ts';
import { answerFor } from './answers.ts';
import { type Reply, refusal } from './reply.ts';

const charactersPerToken = 4;

/**
 * Answers a chat completion request in OpenAI's protocol: plain, json_schema, json_object or a forced function. The
 * same body always gets the same reply. Answers are as long as the text warrants: limits on output tokens do not
 * shorten them.
 */
export function completionFor(text: string): Reply {
  const body = parseObject(text);
  if (body === undefined) return refusal(400, 'The body is not a JSON object.', 'invalid_json');
  const { messages, model, stream } = body;
  if (typeof model !== 'string') return refusal(400, 'The body names no model.', 'missing_model');
  if (model !== builtinModelName) {
    return refusal(
      404,
      `The model ${model.slice(0, 100)} does not exist; this is ${builtinModelName}.`,
      'model_not_found',
    );
  }
  if (stream === true) return refusal(400, 'The built-in model does not stream.', 'unsupported_value');
  if (!Array.isArray(messages) || !messages.every(isMessage)) {
    return refusal(400, 'messages has to be a list of objects with role and content.', 'invalid_messages');
  }
  return complete(body, messages.map(plainMessage));
}

interface PlainMessage {
  role: string;
  content: string;
}

function complete(body: JsonObject, messages: readonly PlainMessage[]): Reply {
  const wanted = wantedShape(body, messages);
  if (wanted.name === undefined) {
    return refusal(400, 'The built-in model answers contracts only, and this request names none.', 'unknown_contract');
  }
  const user = messages.find(({ role }) => role === 'user')?.content ?? '';
  const first = answerFor(wanted.name, contentOf(user) ?? { title: '', content: user }, wanted.schema);
  const answer = isGleaning(messages) ? withoutItems(first) : first;
  if (answer === undefined) {
    return refusal(
      400,
      `The built-in model does not know the contract ${wanted.name.slice(0, 100)}.`,
      'unknown_contract',
    );
  }
  const content = JSON.stringify(answer);
  const prompt_tokens = messages.reduce((sum, message) => sum + tokensOf(message.content) + 4, 0);
  const completion_tokens = tokensOf(content);
  return {
    status: 200,
    body: {
      id: `chatcmpl-${hash('sha256', JSON.stringify([messages, content])).slice(0, 24)}`,
      object: 'chat.completion',
      created: 0,
      model: builtinModelName,
      choices: [{ index: 0, logprobs: null, ...choiceOf(content, wanted.tool) }],
      usage: { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens },
    },
  };
}

/** Whether only what was missed is asked for. */
function isGleaning(messages: readonly PlainMessage[]): boolean {
  return messages.findLast(({ role }) => role === 'user')?.content === gleaningQuestion;
}

/** The rules find nothing at the second look that they did not find at the first. */
function withoutItems(answer: unknown): unknown {
  if (!isObject(answer)) return answer;
  return Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, Array.isArray(value) ? [] : value]));
}

function choiceOf(content: string, tool: string | undefined): object {
  if (tool === undefined) return { finish_reason: 'stop', message: { role: 'assistant', content, refusal: null } };
  const call = { id: 'call_1', type: 'function', function: { name: tool, arguments: content } };
  return { finish_reason: 'stop', message: { role: 'assistant', content: null, refusal: null, tool_calls: [call] } };
}

interface WantedShape {
  /** The contract that is asked for. */
  name: string | undefined;
  schema: unknown;
  /** The function that has to be called with the answer. */
  tool: string | undefined;
}

/** Which contract a request asks for: as its system message says, else by the name of its schema or function. */
function wantedShape(body: JsonObject, messages: readonly PlainMessage[]): WantedShape {
  const system = messages.filter(({ role }) => role !== 'user').map(({ content }) => content);
  const named = system.map((content) => contractOf(content)?.name).find((name) => name !== undefined);
  const format = isObject(body.response_format) ? body.response_format : {};
  const declared = isObject(format.json_schema) ? format.json_schema : {};
  const tool = forcedFunction(body);
  const toolName = typeof tool?.name === 'string' ? tool.name : undefined;
  const schemaName = typeof declared.name === 'string' ? declared.name : undefined;
  return { name: named ?? schemaName ?? toolName, schema: declared.schema ?? tool?.parameters, tool: toolName };
}

/** The function that tool_choice forces, or the only one there is. */
function forcedFunction(body: JsonObject): JsonObject | undefined {
  if (body.tool_choice === 'none' || !Array.isArray(body.tools)) return undefined;
  const functions = body.tools.flatMap((tool: unknown) =>
    isObject(tool) && isObject(tool.function) ? [tool.function] : [],
  );
  const choice =
    isObject(body.tool_choice) && isObject(body.tool_choice.function) ? body.tool_choice.function : undefined;
  return functions.find((one) => choice === undefined || one.name === choice.name);
}

function isMessage(value: unknown): value is JsonObject {
  return isObject(value) && typeof value.role === 'string';
}

function plainMessage(message: JsonObject): PlainMessage {
  const { role, content } = message;
  return { role: typeof role === 'string' ? role : '', content: textOf(content) };
}

/** The text of a message, which may come in parts. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: unknown) => (isObject(part) && typeof part.text === 'string' ? part.text : '')).join('');
}

function tokensOf(text: string): number {
  return Math.ceil(text.length / charactersPerToken);
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
