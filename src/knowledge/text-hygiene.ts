import { isObject } from '../contracts/json.ts';

const deepest = 500;

/** Text as it is stored: no byte order mark, LF line ends, U+FFFD in place of NUL and lone surrogates. */
export function cleanText(text: string): string {
  return withoutUnstorable(text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n'));
}

/** The same for every string and key of a JSON value, without touching its line ends; nothing below 500 levels stays. */
export function cleanJson(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return withoutUnstorable(value);
  if (depth > deepest) return null;
  if (Array.isArray(value)) return value.map((each) => cleanJson(each, depth + 1));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [withoutUnstorable(key), cleanJson(each, depth + 1)]),
  );
}

/** Databases refuse NUL in text and lone surrogates in UTF-8; both become U+FFFD, so offsets stay. */
function withoutUnstorable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}
