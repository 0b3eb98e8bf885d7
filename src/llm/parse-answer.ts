import { jsonrepair } from 'jsonrepair';
import { isObject, type JsonObject, nestsDeeperThan } from '../contracts/json.ts';
import { messageOf } from '../errors.ts';
import { type ObjectScan, scanObject } from './scan-json.ts';

/** The JSON object of an answer, or why there is none, worded for the model that gave it. */
export type ParsedAnswer = FoundAnswer | { error: string };

interface FoundAnswer {
  value: JsonObject;
  strategy: 'as_is' | 'fenced' | 'balanced' | 'repaired';
  /** False: the text ended before its object did; value holds what was whole. */
  complete: boolean;
}

const longestText = 20_000_000;
/** jsonrepair is quadratic in hostile text: 4 s at this length, over a minute at four times of it. */
const longestRepair = 64_000;
const deepest = 200;
const mostObjects = 20;

/**
 * Finds the JSON object in a model's answer: the text as it is; a fenced block; the first balanced object after
 * thinking and prose; a repaired one. An object with one of `item_arrays` (root properties that hold items; '' = the
 * whole answer is the item) goes before one without. `truncated`: the endpoint stopped at its output limit.
 *
 * Of a text that ends before its object does, only whole items and whole properties are kept, and item arrays that were
 * not reached are empty; no repair completes a half item. Linear in the text but for repairs, which are refused above
 * 64 000 characters. Keys such as `__proto__` are own properties like any other; of equal keys the last one counts.
 */
export function parseAnswer(
  text: string,
  expected: { truncated: boolean; item_arrays: readonly string[] },
): ParsedAnswer {
  if (text.length > longestText) return { error: `the answer is longer than ${longestText} characters` };
  if (text.trim() === '') return { error: 'the answer is empty' };
  const asIs = parseJson(text);
  if (asIs !== undefined) {
    if (isObject(asIs)) return checked({ value: asIs, strategy: 'as_is', complete: true });
    const kind = asIs === null ? 'null' : Array.isArray(asIs) ? 'an array' : `a ${typeof asIs}`;
    return { error: `the answer is ${kind}, not an object` };
  }
  const said = withoutThinking(text);
  const names = expected.item_arrays.filter((name) => name !== '');
  const isExpected = ({ value }: FoundAnswer) => names.length === 0 || names.some((name) => Object.hasOwn(value, name));

  const objects = objectsIn(said, names);
  const parsed = [...fencedObjects(said), ...balancedObjects(said, objects)];
  const best = parsed.find(isExpected);
  if (best) return checked(best);
  const repaired = repairedObject(said, objects, expected.truncated, expected.item_arrays);
  const other = parsed[0];
  if (other && ('error' in repaired || !isExpected(repaired))) return checked(other);
  return 'error' in repaired ? repaired : checked(repaired);
}

function checked(found: FoundAnswer): ParsedAnswer {
  return nestsDeeperThan(deepest, found.value) ? { error: `the answer nests deeper than ${deepest} levels` } : found;
}

/** What follows the thinking that a model prints first; '' if it never stopped thinking. */
function withoutThinking(text: string): string {
  let from = 0;
  const brace = text.indexOf('{');
  for (let open = text.indexOf('<think>'); open >= 0; open = text.indexOf('<think>', from)) {
    if (from === 0 && brace >= 0 && brace < open) break;
    if (from > 0 && text.slice(from, open).includes('{')) break;
    const close = text.indexOf('</think>', open);
    if (close < 0) return '';
    from = close + '</think>'.length;
  }
  if (from > 0) return text.slice(from);
  // Some chat templates print the opening tag themselves. No JSON text has a raw line break, so it is none of ours.
  const close = text.startsWith('</think>') ? 0 : text.indexOf('\n</think>') + 1;
  return text.startsWith('</think>', close) ? text.slice(close + '</think>'.length) : text;
}

function fencedObjects(text: string): FoundAnswer[] {
  const found: FoundAnswer[] = [];
  let open = nextFence(text, 0);
  for (let tries = 0; open >= 0 && tries < mostObjects; tries += 1) {
    const body = text.indexOf('\n', open);
    const close = body < 0 ? -1 : nextFence(text, body);
    if (close < 0) break;
    const value = parseJson(text.slice(body, close));
    if (isObject(value)) found.push({ value, strategy: 'fenced', complete: true });
    open = nextFence(text, close + 3);
  }
  return found;
}

/** The next ``` that begins a line, from `from` on; -1 if there is none. */
function nextFence(text: string, from: number): number {
  if (from === 0 && text.startsWith('```')) return 0;
  const at = text.indexOf('\n```', from);
  return at < 0 ? -1 : at + 1;
}

interface PlacedScan extends ObjectScan {
  start: number;
}

/** The outermost objects of a text, parseable or not; it ends with one that does not end itself. */
function objectsIn(text: string, names: readonly string[]): PlacedScan[] {
  const objects: PlacedScan[] = [];
  for (let start = text.indexOf('{'); start >= 0 && objects.length < mostObjects; ) {
    const scan = scanObject(text, start, names);
    objects.push({ ...scan, start });
    if (scan.end === undefined) break;
    start = text.indexOf('{', scan.end);
  }
  return objects;
}

function balancedObjects(text: string, objects: readonly PlacedScan[]): FoundAnswer[] {
  return objects.flatMap(({ start, end }): FoundAnswer[] => {
    const value = end === undefined ? undefined : parseJson(text.slice(start, end));
    return isObject(value) ? [{ value, strategy: 'balanced', complete: true }] : [];
  });
}

function repairedObject(
  text: string,
  objects: readonly PlacedScan[],
  truncated: boolean,
  itemArrays: readonly string[],
): ParsedAnswer {
  const names = itemArrays.filter((name) => name !== '');
  const hasName = ({ start, end }: PlacedScan) => names.some((name) => text.slice(start, end).includes(name));
  const object = objects.find(hasName) ?? objects[0];
  if (!object) return { error: 'there is no JSON object in the answer' };
  const isCut = object.end === undefined && !object.is_mismatched;
  if ((isCut || truncated) && itemArrays.includes('')) return { error: 'the answer was cut off before its end' };
  if (isCut && (truncated || !object.in_string)) {
    const value = parseJson(object.whole);
    if (isObject(value) && Object.keys(value).length > 0) {
      return { value: withArrays(value, names), strategy: 'repaired', complete: false };
    }
  }
  const rest = text.slice(object.start, isCut || truncated ? undefined : text.lastIndexOf('}') + 1);
  let repaired = repair(rest);
  if ('error' in repaired && object.end !== undefined) repaired = repair(text.slice(object.start, object.end));
  if ('error' in repaired) return repaired;
  if (!isCut && !truncated) return { value: repaired.value, strategy: 'repaired', complete: true };
  return { value: withArrays(withoutLast(repaired.value, names), names), strategy: 'repaired', complete: false };
}

function repair(text: string): { value: JsonObject } | { error: string } {
  if (text.length > longestRepair) return { error: 'the answer is no valid JSON, and too long to be repaired' };
  try {
    const value: unknown = JSON.parse(jsonrepair(text));
    return isObject(value) ? { value } : { error: 'the answer is no JSON object' };
  } catch (thrown) {
    const why = thrown instanceof RangeError ? 'it nests too deep' : messageOf(thrown);
    return { error: `the answer is no valid JSON: ${why}` };
  }
}

/** Where a repair guessed, any last item may be the one that was cut; so may the last property. */
function withoutLast(value: JsonObject, names: readonly string[]): JsonObject {
  const entries = Object.entries(value).flatMap(([name, each], index, all): [string, unknown][] => {
    if (names.includes(name) && Array.isArray(each)) return [[name, each.slice(0, -1)]];
    return index === all.length - 1 ? [] : [[name, each]];
  });
  return Object.fromEntries(entries);
}

/** Items that were not reached are no items: an answer that was cut can still be valid. */
function withArrays(value: JsonObject, names: readonly string[]): JsonObject {
  const absent = names.filter((name) => !Object.hasOwn(value, name));
  return Object.fromEntries([...Object.entries(value), ...absent.map((name): [string, unknown] => [name, []])]);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.trim());
  } catch {
    return undefined;
  }
}
