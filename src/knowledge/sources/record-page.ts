import { createHash } from 'node:crypto';
import { isObject, type JsonObject, nestsDeeperThan, ownValue } from '../../contracts/json.ts';
import { cleanJson } from '../text-hygiene.ts';
import type { FieldMap, Reading, SourcePage } from './source-item.ts';
import { textPage } from './text-page.ts';

const deepestMetadata = 100;

/** Where a record was found. */
export interface Container {
  /** Of the file or URL; undefined for a table. */
  id: string | undefined;
  /** Whether it holds this record alone. */
  is_single: boolean;
}

/**
 * The page that a record (a JSON object or a row) makes by the field map, or why it makes none. A record without an id is
 * its file's, if it is alone there; else it is known by its content, so that the same one is the same page.
 */
export async function recordPage(
  record: unknown,
  container: Container,
  reading: Reading,
): Promise<SourcePage | { reason: string }> {
  const { fields } = reading;
  if (!isObject(record)) return { reason: `it is ${nameOf(record)}, not an object with fields` };
  const parts: string[] = [];
  for (const field of fields.content) {
    const text = textOf(valueAt(record, field));
    if (text === undefined) return { reason: `its field ${field} is ${nameOf(valueAt(record, field))}, not text` };
    if (text.trim() !== '') parts.push(text);
  }
  if (parts.length === 0) return { reason: `it has no text in ${fields.content.join(', ')}` };
  const text = parts.join('\n\n');
  const own = scalarText(valueAt(record, fields.id));
  if (own === undefined && fields.needs_id) return { reason: `it has no id in ${fields.id}` };
  const id = own ?? (container.is_single ? container.id : undefined) ?? `sha256-${sha256(text).slice(0, 32)}`;
  const standsAlone = container.id === undefined || id === container.id || (fields.has_own_ids && own !== undefined);
  const metadata = metadataOf(record, fields);
  if (!metadata) return { reason: 'its metadata nests too deep' };
  return textPage(
    {
      external_id: standsAlone ? id : `${container.id}#${id}`,
      title: scalarText(valueAt(record, fields.title)),
      fallback_title: id,
      text,
      type: fields.type,
      metadata,
    },
    reading,
  );
}

/** The value at a dotted path: a key that is spelt so, else step by step; numbers are places in lists. */
export function valueAt(record: JsonObject, path: string): unknown {
  const whole = ownValue(record, path);
  if (whole !== undefined || !path.includes('.')) return whole;
  let value: unknown = record;
  for (const step of path.split('.')) {
    if (Array.isArray(value)) value = /^\d+$/.test(step) ? value[Number(step)] : undefined;
    else value = isObject(value) ? ownValue(value, step) : undefined;
  }
  return value;
}

/** Lists of texts are lines; nothing is an empty text; what is no text is undefined. */
function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) {
    const lines = value.map(textOf);
    return lines.every((line) => line !== undefined) ? lines.join('\n') : undefined;
  }
  return scalarText(value);
}

function scalarText(value: unknown): string | undefined {
  if (typeof value === 'string') return value.trim() === '' ? undefined : value;
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}

function metadataOf(record: JsonObject, fields: FieldMap): JsonObject | undefined {
  const used = [fields.id, fields.title, ...fields.content];
  const names =
    fields.metadata === 'others' ? Object.keys(record).filter((key) => !used.includes(key)) : fields.metadata;
  const found = names.flatMap((name) => {
    const value = valueAt(record, name);
    return value === undefined || value === null ? [] : [[name, value] as const];
  });
  const metadata: JsonObject = Object.fromEntries(found);
  if (nestsDeeperThan(deepestMetadata, metadata)) return undefined;
  const cleaned = cleanJson(metadata);
  return isObject(cleaned) ? cleaned : undefined;
}

function nameOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
