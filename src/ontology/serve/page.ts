import { createHash } from 'node:crypto';
import { z } from 'zod';
import { SprouteError } from '../../errors.ts';
import { type Tokenizer, tokenizerFor } from '../../llm/tokenizer.ts';

/** Where something stands in its list: compared part by part, so that it means the same after the list has changed. */
export type Place = readonly (string | number)[];

/** What an answer says about itself: what it holds, what it left out and how to go on. */
export const pageSchema = z.strictObject({
  tokens: z.int().describe('about how many tokens the text of this answer has (o200k)'),
  max_tokens: z.int().describe('how many it was allowed'),
  returned: z.int().describe('how many things of the list are in this answer'),
  total: z.int().describe('how many there are in all'),
  next_cursor: z.string().optional().describe('call again with the same arguments and this cursor for what follows'),
  left_out: z.string().optional().describe('what is not in this answer'),
});
export type Page = z.infer<typeof pageSchema>;

/** The tokenizer that budgets are measured with. */
export const servingTokenizer: Tokenizer = tokenizerFor('gpt-5');

/** What is kept free for `page` itself, tokens. */
const reserve = 160;
export const leastTokens = 400;
export const mostTokens = 100_000;

/** Parameters that several questions have. */
export const datasourceSchema = z
  .string()
  .min(1)
  .max(200)
  .describe('the datasource by name; a wrong name is answered with those that there are');
export const maxTokensSchema = z.int().min(leastTokens).max(mostTokens);
export const cursorSchema = z
  .string()
  .min(1)
  .max(8_000)
  .describe('next_cursor of the page before; all else as in the call that gave it');

/** Tokens of one answer, handed out to its parts. */
export class Budget {
  readonly max_tokens: number;
  #used: number;

  constructor(max_tokens: number, base: object) {
    this.max_tokens = max_tokens;
    this.#used = reserve + tokensOf(base);
  }

  /** Takes the tokens of these together if there are so many, or if they are the first: then every page goes on. */
  takes(isFirst: boolean, ...values: unknown[]): boolean {
    const cost = values.reduce((sum: number, value) => sum + tokensOf(value) + 1, 0);
    if (!isFirst && this.#used + cost > this.max_tokens) return false;
    this.#used += cost;
    return true;
  }
}

export function tokensOf(value: unknown): number {
  return servingTokenizer.count(JSON.stringify(value) ?? '');
}

type Unmeasured = { [K in keyof Omit<Page, 'tokens'>]: Page[K] | undefined } & Pick<Page, 'max_tokens'>;

/** An answer with what it says about itself. */
export function paged<T extends object>(body: T, about: Unmeasured): T & { page: Page } {
  const known = Object.fromEntries(Object.entries(about).filter(([, value]) => value !== undefined));
  const page = pageSchema.parse({ tokens: about.max_tokens, ...known });
  return { ...body, page: { ...page, tokens: tokensOf({ ...body, page }) } };
}

const givenCursor = z.strictObject({
  of: z.string(),
  after: z.array(z.union([z.string(), z.number()])).min(1),
});

/** A cursor that goes on behind `after` in the answer to `question`. */
export function cursorAfter(question: object, after: Place): string {
  return Buffer.from(JSON.stringify({ of: questionKey(question), after })).toString('base64url');
}

/** The place behind which to go on; undefined at the beginning. Throws INPUT_INVALID for a cursor of another question. */
export function placeOf(question: object, cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined;
  const found = givenCursor.safeParse(json(cursor));
  if (found.success && found.data.of === questionKey(question)) return found.data.after;
  const what = found.success ? 'belongs to another question' : 'is none that was given out';
  throw new SprouteError('INPUT_INVALID', `This cursor ${what}.`, {
    hint: 'Repeat the call whose answer held it as next_cursor, with the same arguments; or leave it out to begin anew.',
  });
}

function json(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}

function questionKey(question: object): string {
  return createHash('sha256').update(JSON.stringify(question)).digest('base64url').slice(0, 10);
}

/** Order of places: by their parts, texts by code units, a prefix first. */
export function comparePlaces(a: Place, b: Place): number {
  for (const [at, left] of a.entries()) {
    const right = b[at];
    if (right === undefined) return 1;
    if (left === right) continue;
    if (typeof left === 'number' && typeof right === 'number') return left - right;
    return String(left) < String(right) ? -1 : 1;
  }
  return a.length - b.length;
}

export function isBehind(place: Place, after: Place | undefined): boolean {
  return after === undefined || comparePlaces(place, after) > 0;
}
