import type { Material } from '../answers.ts';
import { called, columnShown } from './column-shown.ts';

/** What documents hold, by their first keys. */
export function answerJson({ content }: Material): object {
  const shown = columnShown(content);
  const { samples } = shown;
  const isList = samples.length > 0 && samples.every((sample) => sample.trim().startsWith('['));
  const keys = [...keysOf(samples).entries()].toSorted((a, b) => b[1] - a[1]).map(([key]) => key);
  const isLanguages = keys.length > 0 && keys.every((key) => /^[a-z]{2}(-[A-Z]{2})?$/.test(key));
  const json_type = isList ? 'list' : isLanguages ? 'translations' : keys.length > 0 ? 'attributes' : 'other';
  return {
    json_type,
    keys: keys.slice(0, 20),
    semantic_type: `json_${json_type}`,
    description: `The ${called(shown)} as a JSON document${keys.length > 0 ? ` with ${keys.slice(0, 5).join(', ')}` : ''}.`,
    confidence: samples.length === 0 ? 0.3 : 0.6,
  };
}

/** Keys at the top of documents that may be cut, with how many documents have them. */
function keysOf(samples: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const sample of samples) {
    for (const key of new Set(topKeys(sample))) found.set(key, (found.get(key) ?? 0) + 1);
  }
  return found;
}

function topKeys(text: string): string[] {
  const keys: string[] = [];
  let depth = 0;
  for (const [token, name] of text.matchAll(/"((?:[^"\\]|\\.)*)"(?:\s*:)?|[[\]{}]/g)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    else if (depth === 1 && token.endsWith(':') && name !== undefined && isKey(name)) keys.push(name);
  }
  return keys;
}

function isKey(name: string): boolean {
  return name.trim() !== '' && name.length <= 100;
}
