import { isObject } from '../contracts/json.ts';
import { SprouteError } from '../errors.ts';

const deepest = 200;

/**
 * A text as both databases can store it: NUL and lone surrogates become U+FFFD, CRLF and CR become LF, leading byte
 * order marks go. Cleaning twice is cleaning once.
 */
export function cleanText(text: string): string {
  return text
    .replace(/^\uFEFF+/, '')
    .replaceAll('\0', '\uFFFD')
    .replaceAll(/\r\n?/g, '\n')
    .toWellFormed();
}

/**
 * A JSON value with every text and key cleaned by {@link cleanText}; of keys that become equal the last one stays.
 * Throws INPUT_INVALID if it nests deeper than 200 levels.
 */
export function cleanJson(value: unknown): unknown {
  return cleanAt(value, 0);
}

function cleanAt(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= deepest) {
    throw new SprouteError('INPUT_INVALID', `a JSON value nests deeper than ${deepest} levels`, {
      hint: 'Flatten the value; no contract or page needs such depth.',
    });
  }
  if (Array.isArray(value)) return value.map((each) => cleanAt(each, depth + 1));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [cleanText(key), cleanAt(each, depth + 1)]));
}
