import { hash } from 'node:crypto';
import { SprouteError } from '../errors.ts';

/** How pages are cut into chunks. Sizes in tokens of the model's tokenizer. */
export interface ChunkingPolicy {
  /** The most that a chunk has where the model's window allows it. */
  max_tokens: number;
  /** The most that a chunk repeats of the one before. */
  overlap_tokens: number;
  /** What the last chunk should have; the one before is shortened for it. Yields to a smaller window. */
  min_tokens: number;
  /** The share of the window that is left free, 0..1, since counts may be estimates. */
  safety_margin: number;
  /** What is kept free for the answer. */
  output_tokens: number;
  /** Of the way boundaries are chosen; raised when the same text would be cut otherwise. */
  version: number;
}

/** The policy of a job type that says nothing else: the values that `changes` do not set are the defaults. */
export function chunkingPolicy(changes: Partial<Omit<ChunkingPolicy, 'version'>> = {}): ChunkingPolicy {
  const policy = { ...defaultPolicy, ...changes };
  for (const name of ['max_tokens', 'overlap_tokens', 'min_tokens', 'output_tokens'] as const) {
    const least = name === 'max_tokens' ? 1 : 0;
    if (!Number.isSafeInteger(policy[name]) || policy[name] < least)
      refuse(name, policy[name], `an integer >= ${least}`);
  }
  const margin = policy.safety_margin;
  if (!(margin >= 0 && margin < 1)) refuse('safety_margin', margin, 'a number from 0 to below 1, such as 0.15');
  if (policy.overlap_tokens >= policy.max_tokens) {
    refuse('overlap_tokens', policy.overlap_tokens, `less than max_tokens (${policy.max_tokens})`);
  }
  return policy;
}

export const defaultPolicy: ChunkingPolicy = {
  max_tokens: 8000,
  overlap_tokens: 1000,
  min_tokens: 2000,
  safety_margin: 0.15,
  output_tokens: 3000,
  version: 1,
};

/**
 * Identifies everything but the text that decides where chunks end.
 *
 * @param tokenizer_name of the tokenizer that counts
 * @param effective_tokens the size of a chunk after the model's window was taken into account
 * @param first_characters where only the beginning of the text is cut, UTF-16 units
 */
export function policySha256(
  policy: ChunkingPolicy,
  tokenizer_name: string,
  effective_tokens: number,
  first_characters?: number,
): string {
  const { max_tokens, overlap_tokens, min_tokens, safety_margin, output_tokens, version } = policy;
  const part = first_characters === undefined ? [] : [first_characters];
  const settings = [version, max_tokens, overlap_tokens, min_tokens, safety_margin, output_tokens];
  return hash('sha256', JSON.stringify([...settings, tokenizer_name, effective_tokens, ...part]));
}

function refuse(name: string, value: number, wanted: string): never {
  throw new SprouteError('INPUT_INVALID', `chunking policy: ${name} is ${value}`, { hint: `set ${name} to ${wanted}` });
}
