import { type SchemaNode, typesOf } from '../contracts/dialect.ts';
import type { ContractItem } from '../contracts/items.ts';
import { isObject, type JsonObject, ownValue } from '../contracts/json.ts';
import { nameKey, typeKey } from './name-key.ts';
import { parseTimeBound, timeKey } from './time-bound.ts';

/**
 * The keys that SQL compares, beside an item whose schema annotates its texts (`x-key`, `x-time`):
 *
 * - a text `p`: `p_key` ('' if it is absent), a list of texts: `p_keys`, parallel to it;
 * - a time `t`: `t_key`, `t_precision` and, for ISO 8601, `t_earliest` and `t_latest`; nothing if it is absent;
 * - a text `p` of an object `o`: `o_p_key`;
 * - a list of objects `l`: `l`, parallel to it, each with the keys of one of them ([] if it is absent).
 */
export function keysOf(item: ContractItem, payload: JsonObject): JsonObject {
  const annotated = new Set([...item.keys.map(({ path }) => path), ...item.times].map((path) => path.split('.')[0]));
  const properties = Object.entries(item.schema.properties ?? {}).filter(([name]) => annotated.has(name));
  return keysIn(Object.fromEntries(properties), payload, '');
}

/** Items of one page with equal merge keys and offsets are one, however the model ordered or worded the rest. */
export function mergeKey(item: ContractItem, payload: JsonObject): string {
  return item.merge.map((name) => namesIn(ownValue(payload, name)).join('\u001f')).join('\u001e');
}

function keysIn(properties: Record<string, SchemaNode>, payload: JsonObject, prefix: string): JsonObject {
  const keys: JsonObject = {};
  for (const [name, node] of Object.entries(properties)) {
    const value = ownValue(payload, name);
    const path = prefix + name;
    if (node['x-time']) Object.assign(keys, timeKeys(path, value));
    if (node['x-key']) Object.assign(keys, textKeys(path, node, value));
    else if (node.items?.properties && isAnnotated(node.items)) keys[path] = eachKeys(node.items.properties, value);
    else if (node.properties) Object.assign(keys, keysIn(node.properties, isObject(value) ? value : {}, `${path}_`));
  }
  return keys;
}

function textKeys(path: string, node: SchemaNode, value: unknown): JsonObject {
  const normalise = (text: unknown) =>
    typeof text !== 'string' ? '' : node['x-key'] === 'name' ? nameKey(text) : typeKey(text);
  if (!typesOf(node).includes('array')) return { [`${path}_key`]: normalise(value) };
  return { [`${path}_keys`]: Array.isArray(value) ? value.map(normalise) : [] };
}

function eachKeys(properties: Record<string, SchemaNode>, value: unknown): JsonObject[] {
  if (!Array.isArray(value)) return [];
  return value.map((each: unknown) => keysIn(properties, isObject(each) ? each : {}, ''));
}

function isAnnotated(node: SchemaNode): boolean {
  const below = [...Object.values(node.properties ?? {}), ...(node.items ? [node.items] : [])];
  return below.some((each) => each['x-key'] !== undefined || each['x-time'] === true || isAnnotated(each));
}

function timeKeys(path: string, value: unknown): JsonObject {
  if (typeof value !== 'string' || value.trim() === '') return {};
  const bound = parseTimeBound(value);
  return {
    [`${path}_key`]: timeKey(value),
    [`${path}_precision`]: bound.precision,
    ...(bound.earliest !== null && { [`${path}_earliest`]: bound.earliest }),
    ...(bound.latest !== null && { [`${path}_latest`]: bound.latest }),
  };
}

/** The keys of a value's texts; of an object those of its properties by name, each with its name before it. */
function namesIn(value: unknown): string[] {
  if (typeof value === 'string') return [nameKey(value)];
  if (Array.isArray(value)) return value.flatMap(namesIn);
  if (!isObject(value)) return [];
  const names = Object.keys(value).sort();
  return names.flatMap((name) => namesIn(value[name]).map((text) => `${name}=${text}`));
}
