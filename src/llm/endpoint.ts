/** An OpenAI-compatible endpoint and the model asked there. */
export interface Endpoint {
  /** What the cache knows it by, so that a moved URL keeps its answers. */
  logical_name: string;
  base_url: string;
  api_key: string | undefined;
  model: string;
  /** Tokens that prompt and answer share. */
  context_window: number;
  max_output_tokens: number;
  /** Of one request, ms. */
  timeout_ms: number;
}

/** The model that answers when no endpoint is configured; the name under which it is shown everywhere. */
export const builtinModelName = 'builtin-rules-1';

const windows: [RegExp, number][] = [
  [/^builtin-rules/, 16_384],
  [/^gpt-5/, 400_000],
  [/^gpt-4\.1/, 1_047_576],
  [/^(gpt-4o|chatgpt-4o|o1|o3|o4)/, 128_000],
  [/^gpt-4-(turbo|\d{4})/, 128_000],
  [/^gpt-4/, 8_192],
  [/^gpt-3\.5/, 16_385],
];

/** The context window of a model in tokens; 128 000 where the name says nothing. */
export function contextWindowOf(model: string): number {
  return windows.find(([pattern]) => pattern.test(model))?.[1] ?? 128_000;
}
