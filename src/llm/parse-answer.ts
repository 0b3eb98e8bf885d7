import { jsonrepair } from 'jsonrepair';
import { isObject, nestsDeeperThan } from '../contracts/json.ts';
import { messageOf } from '../errors.ts';

export type ParseStrategy = 'as_is' | 'fenced' | 'balanced' | 'repaired';

export type ParsedAnswer = { value: object; strategy: ParseStrategy; complete: boolean } | { error: string };

const longestAnswer = 20_000_000;
const deepest = 200;

/**
 * The JSON object in a model's answer: as it is, in a fenced block, the first balanced object after thoughts and prose,
 * or repaired. An answer cut off at the output limit keeps only what is complete of the arrays named in item_arrays.
 */
export function parseAnswer(
  text: string,
  options: { truncated: boolean; item_arrays: readonly string[] },
): ParsedAnswer {
  if (text.length > longestAnswer) return { error: `the answer has ${text.length} characters` };
  const spoken = withoutThoughts(text).trim();
  if (spoken === '') return { error: 'the answer is empty' };
  for (const [strategy, candidate] of candidates(spoken)) {
    const value = parseObject(candidate);
    if (value) return { value, strategy, complete: !options.truncated };
  }
  const opened = spoken.indexOf('{');
  if (opened < 0) return { error: 'the answer holds no JSON object' };
  return options.truncated ? completeItems(spoken.slice(opened), options.item_arrays) : repaired(spoken.slice(opened));
}

function* candidates(text: string): Generator<[ParseStrategy, string]> {
  yield ['as_is', text];
  const fence = /```[a-z]*\s*\n/i.exec(text);
  if (fence) {
    const start = fence.index + fence[0].length;
    const end = text.indexOf('\n```', start);
    yield ['fenced', text.slice(start, end < 0 ? undefined : end)];
  }
  const balanced = firstBalanced(text);
  if (balanced !== undefined) yield ['balanced', balanced];
}

function withoutThoughts(text: string): string {
  const end = text.lastIndexOf('</think>');
  return end >= 0 && text.trimStart().startsWith('<think>') ? text.slice(end + '</think>'.length) : text;
}

/** The first `{...}` whose braces match outside of strings; at most a few starts are tried, so hostile prose costs little. */
function firstBalanced(text: string): string | undefined {
  let start = text.indexOf('{');
  for (let tries = 0; start >= 0 && tries < 20; tries += 1) {
    const end = closingBrace(text, start);
    if (end >= 0) {
      const candidate = text.slice(start, end + 1);
      if (parseObject(candidate)) return candidate;
    }
    start = text.indexOf('{', start + 1);
  }
  return undefined;
}

function closingBrace(text: string, start: number): number {
  let depth = 0;
  let inString = false;
  for (let at = start; at < text.length; at += 1) {
    const unit = text[at];
    if (inString) {
      if (unit === '\\') at += 1;
      else if (unit === '"') inString = false;
    } else if (unit === '"') inString = true;
    else if (unit === '{') depth += 1;
    else if (unit === '}') {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return -1;
}

function repaired(text: string): ParsedAnswer {
  if (opensDeeperThan(text, deepest)) return { error: `the answer nests deeper than ${deepest} levels` };
  try {
    const value = parseObject(jsonrepair(text));
    return value ? { value, strategy: 'repaired', complete: true } : { error: 'the answer is not one JSON object' };
  } catch (error) {
    return { error: `the answer is not JSON: ${messageOf(error)}` };
  }
}

/** Walks the cut text and closes it after the last element that was complete, at whatever level that was an item. */
function completeItems(text: string, itemArrays: readonly string[]): ParsedAnswer {
  const kept: Record<string, unknown[]> = {};
  for (const name of itemArrays) kept[name] = [];
  for (const name of itemArrays) {
    const opening = new RegExp(`"${name.replace(/[^a-z0-9_]/gi, '')}"\\s*:\\s*\\[`).exec(text);
    if (!opening) continue;
    let at = opening.index + opening[0].length;
    for (;;) {
      while (/[\s,]/.test(text[at] ?? '')) at += 1;
      if (text[at] !== '{') break;
      const end = closingBrace(text, at);
      if (end < 0) break;
      const item = parseObject(text.slice(at, end + 1));
      if (!item) break;
      kept[name]?.push(item);
      at = end + 1;
    }
  }
  return { value: kept, strategy: 'repaired', complete: false };
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && !nestsDeeperThan(deepest, value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A cheap upper bound: brackets in strings count too. */
function opensDeeperThan(text: string, limit: number): boolean {
  let depth = 0;
  for (const unit of text) {
    if (unit === '{' || unit === '[') depth += 1;
    else if (unit === '}' || unit === ']') depth -= 1;
    if (depth > limit) return true;
  }
  return false;
}
