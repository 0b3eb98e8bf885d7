import { z } from 'zod';
import type { ReviewKind } from '../../db/review-queries.ts';
import { SprouteError } from '../../errors.ts';
import { typeKey } from '../name-key.ts';
import { cleanJson } from '../text-hygiene.ts';

/** What override can set, as kb.usp_adjudicate takes it; of a pair, what kb.usp_decide_identity takes. */
const fields = {
  entity: { entity_name: 'text', entity_type: 'text', description: 'text', attributes: 'attributes' },
  relation: { relation_type: 'text', start: 'time', end: 'time' },
  fact: { attribute: 'text', value: 'text', start: 'time', end: 'time' },
  page_classification: { primary_type: 'text', type_set: 'types', descriptor_sentence: 'text', tags: 'texts' },
  assertion: {},
  pair: { decision: 'decision', master: 'master', relation_type: 'text' },
} as const satisfies Record<ReviewKind, Record<string, FieldShape>>;

type FieldShape = keyof typeof shapes;

const text = z.string().trim().min(1);
const shapes = {
  text: { schema: text, wanted: 'a text' },
  time: { schema: text.nullable(), wanted: 'a time such as 1977-05 or 32 BBY; null: none' },
  texts: { schema: z.array(text).max(100), wanted: 'a list of texts: a, b or ["a", "b"]' },
  types: { schema: z.array(text).min(1).max(20), wanted: 'a list of types, the main one first: a, b or ["a", "b"]' },
  attributes: {
    schema: z.array(z.strictObject({ key: text, value: text, unit: text.optional() })).max(1_000),
    wanted: 'a JSON list such as [{"key": "height", "value": "1.7", "unit": "m"}]',
  },
  decision: {
    schema: z.enum(['merge', 'relate', 'distinct', 'suppress']),
    wanted: 'merge, relate, distinct or suppress',
  },
  master: {
    schema: z.union([z.enum(['first', 'second']), z.int().min(1)]),
    wanted: 'first, second, or the id of one of the two',
  },
} as const;

/** Names that rows are looked up by; SQL can make keys of ASCII only. */
const keyed = { relation: 'relation_type', fact: 'attribute' } as const;

/** What an override sets, with the keys that belong to it: what kb.usp_adjudicate takes. */
export function keyedChanges(kind: ReviewKind, changes: Record<string, unknown>): Record<string, unknown> {
  if (kind !== 'relation' && kind !== 'fact') return changes;
  const name = changes[keyed[kind]];
  return typeof name === 'string' ? { ...changes, [`${keyed[kind]}_key`]: typeKey(name) } : changes;
}

/** The names of what can be overridden in an item of this kind, in the order in which they are asked for. */
export function fieldNames(kind: ReviewKind): string[] {
  return Object.keys(fields[kind]);
}

/**
 * The value that a text stands for, cleaned as every text that is stored. A text that reads as JSON of the field's shape
 * is that; else it is taken as it stands, and a list as its parts between commas. Throws USAGE for an unknown field,
 * INPUT_INVALID.
 */
export function parseField(kind: ReviewKind, name: string, given: string): unknown {
  const shapeName = Object.entries<FieldShape>(fields[kind]).find(([field]) => field === name)?.[1];
  if (shapeName === undefined) throw unknownField(kind, name);
  const shape = shapes[shapeName];
  for (const candidate of readings(shapeName, given)) {
    const parsed = shape.schema.safeParse(candidate);
    if (parsed.success) return cleanJson(parsed.data);
  }
  throw new SprouteError('INPUT_INVALID', `${name} cannot be ${JSON.stringify(given)}.`, {
    hint: `It takes ${shape.wanted}.`,
  });
}

/** Reads `field=value` of a command line. Throws USAGE, INPUT_INVALID. */
export function parseSettings(kind: ReviewKind, settings: readonly string[]): Record<string, unknown> {
  const changes: Record<string, unknown> = {};
  for (const setting of settings) {
    const at = setting.indexOf('=');
    if (at < 1) {
      throw new SprouteError('USAGE', `${JSON.stringify(setting)} sets nothing.`, {
        hint: 'Write --set field=value, such as --set entity_name="Ada Lovelace".',
      });
    }
    const name = setting.slice(0, at).trim();
    changes[name] = parseField(kind, name, setting.slice(at + 1));
  }
  return keyedChanges(kind, changes);
}

function readings(shape: FieldShape, given: string): unknown[] {
  const isList = shape === 'texts' || shape === 'types';
  const list = isList && !given.trim().startsWith('[') ? [given.split(',').map((part) => part.trim())] : [];
  const json = asJson(given);
  return json.some((value) => typeof value === 'string') ? json : [...json, ...list, given];
}

function asJson(given: string): unknown[] {
  try {
    return [JSON.parse(given)];
  } catch {
    return [];
  }
}

function unknownField(kind: ReviewKind, name: string): SprouteError {
  const known = fieldNames(kind);
  return new SprouteError('USAGE', `${JSON.stringify(name)} is no field of ${kind} that can be overridden.`, {
    hint: known.length > 0 ? `It has ${known.join(', ')}.` : 'Nothing of it can be.',
  });
}
