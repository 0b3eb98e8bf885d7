import { type ContractSchema, type SchemaNode, typesOf } from './dialect.ts';
import { isObject, type JsonObject, ownValue } from './json.ts';
import { walk } from './schema-rules.ts';

/** One kind of item that an answer holds, read from the annotations of its schema (see annotationKeywords). */
export interface ContractItem {
  /** The root property that holds the items; '' where the whole answer is the item. */
  path: string;
  kind: string;
  schema: SchemaNode;
  /** Properties that identify the same item across the chunks of a page; empty = there is one a page. */
  merge: string[];
  /** The property that holds the verbatim quote. */
  evidence: string | null;
  /** Properties of which one should occur in the quote; empty = any quote will do. */
  name: string[];
  /** Texts that want a normalised key, as paths for {@link textsAt}. */
  keys: { path: string; as: 'name' | 'type' }[];
  /** Texts that hold a time, as paths for {@link textsAt}. */
  times: string[];
}

/** An item as it stands in an answer. */
export interface FoundItem {
  item: ContractItem;
  /** Its place in its array; 0 where the whole answer is the item. */
  index: number;
  payload: JsonObject;
}

/** Every item of a valid answer, in the order of `x-items` and then of the answer. */
export function itemsOf(items: readonly ContractItem[], answer: unknown): FoundItem[] {
  if (!isObject(answer)) return [];
  const arrays = items.map((item) => item.path);
  return items.flatMap((item) => {
    const own = Object.entries(answer).filter(([name]) => !arrays.includes(name));
    const found: unknown = item.path === '' ? [Object.fromEntries(own)] : ownValue(answer, item.path);
    if (!Array.isArray(found)) return [];
    return found.filter(isObject).map((payload, index) => ({ item, index, payload }));
  });
}

/** The texts at a dotted path, with arrays on the way flattened: `aliases`, `attributes.key`. */
export function textsAt(value: unknown, path: string): string[] {
  const [name, ...rest] = path.split('.');
  if (Array.isArray(value)) return value.flatMap((each) => textsAt(each, path));
  if (name === undefined || name === '') return typeof value === 'string' ? [value] : [];
  return isObject(value) ? textsAt(ownValue(value, name), rest.join('.')) : [];
}

/** Reads the items of an expanded schema; whatever its annotations get wrong is added to `problems`. */
export function readItems(root: ContractSchema, problems: string[]): ContractItem[] {
  const declared = root['x-items'] ?? [];
  const asksModel = root['x-kind'] === 'output' && root['x-model'] !== false;
  if (asksModel && root['x-items'] === undefined) problems.push('$ is an output without x-items');
  if (root['x-kind'] === 'input' && declared.length > 0) problems.push('$ is an input and has x-items');
  if (root['x-model'] === false && (root['x-kind'] === 'input' || declared.length > 0)) {
    problems.push('$ is an input or has x-items, and says that no model is asked');
  }
  const paths = declared.map(({ path }) => path);
  if (new Set(paths).size < paths.length) problems.push('$ has two x-items with the same path');
  const items = declared.flatMap(({ path, kind }) => {
    const array = ownValue(root.properties, path);
    const schema = path === '' ? root : array?.items;
    if (schema && typesOf(schema).includes('object')) {
      return [readItem(schema, path, kind, paths, problems)];
    }
    problems.push(`$ has x-items "${path}", which is no array of objects`);
    return [];
  });
  reportStrays(root, items, problems);
  return items;
}

function readItem(schema: SchemaNode, path: string, kind: string, paths: string[], problems: string[]): ContractItem {
  const at = path === '' ? '$' : `$.${path}[]`;
  const evidence = schema['x-evidence'] === undefined ? 'quote' : schema['x-evidence'];
  const merge = schema['x-merge'] ?? [];
  const name = schema['x-name'] ?? [];
  if (!schema['x-merge']) problems.push(`${at} is an item without x-merge`);
  for (const property of [...merge, ...name]) {
    if (!ownValue(schema.properties, property))
      problems.push(`${at} has no property ${property} to merge or ground by`);
  }
  const quote = evidence === null ? undefined : ownValue(schema.properties, evidence);
  if (evidence !== null && !(quote?.type === 'string' && schema.required?.includes(evidence))) {
    problems.push(`${at} has no required text ${evidence} (an item without evidence says "x-evidence": null)`);
  }
  const confidence = ownValue(schema.properties, 'confidence');
  const graded = confidence?.type === 'number' && confidence.minimum === 0 && confidence.maximum === 1;
  if (!graded || !schema.required?.includes('confidence')) {
    problems.push(`${at} has no required number confidence from 0 to 1`);
  }
  const keys: ContractItem['keys'] = [];
  const times: string[] = [];
  walkTexts(schema, '', path === '' ? paths : [], (node, textPath) => {
    if (node['x-key']) keys.push({ path: textPath, as: node['x-key'] });
    if (node['x-time']) times.push(textPath);
  });
  return { path, kind, schema, merge, evidence, name, keys, times };
}

function walkTexts(
  node: SchemaNode,
  path: string,
  except: readonly string[],
  visit: (node: SchemaNode, path: string) => void,
): void {
  if (node.items) walkTexts(node.items, path, [], visit);
  for (const [name, property] of Object.entries(node.properties ?? {})) {
    if (except.includes(name)) continue;
    const below = path === '' ? name : `${path}.${name}`;
    visit(property, below);
    walkTexts(property, below, [], visit);
  }
}

function reportStrays(root: ContractSchema, items: readonly ContractItem[], problems: string[]): void {
  const itemNodes = new Set(items.map((item) => item.schema));
  const heeded = new Set<SchemaNode>();
  for (const item of items) walkTexts(item.schema, '', [], (node) => heeded.add(node));
  walk(root, '$', (node, path) => {
    const forItems = node['x-merge'] ?? node['x-evidence'] ?? node['x-name'];
    if (forItems !== undefined && !itemNodes.has(node)) problems.push(`${path} is annotated as an item and is none`);
    if (node['x-key'] === undefined && node['x-time'] === undefined) return;
    const types = typesOf(typesOf(node).includes('array') && node.items ? node.items : node);
    if (!heeded.has(node) || !types.includes('string')) {
      problems.push(`${path} has x-key or x-time and is no property of an item that holds text`);
    }
  });
}
