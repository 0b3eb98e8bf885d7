import type { JsonObject } from '../../contracts/json.ts';
import { messageOf } from '../../errors.ts';
import { decodeText } from './decode-text.ts';
import type { DocumentType } from './document-type.ts';
import { jsonLineItems, splitLines } from './json-lines.ts';
import { recordPage } from './record-page.ts';
import type { Reading, SourceItem } from './source-item.ts';
import { textPage } from './text-page.ts';

/** A document that is in memory whole. */
export interface DocumentBytes {
  /** As a person would call it. */
  place: string;
  external_id: string;
  /** For a text that has no title of its own. */
  fallback_title: string;
  title?: string | undefined;
  type: DocumentType;
  bytes: Uint8Array;
  /** As the transport declares it. */
  charset?: string | undefined;
  metadata: JsonObject;
}

/** The pages of a document: one, or those of its records if it is JSON. */
export async function* documentItems(document: DocumentBytes, reading: Reading): AsyncGenerator<SourceItem> {
  const { place, external_id, type } = document;
  if (document.bytes.length > reading.largest_bytes) {
    yield skipped(place, `it has ${document.bytes.length} bytes; ${reading.largest_bytes} are the most`);
    return;
  }
  if (type === 'application/x-ndjson' && /^(utf-?8)?$/i.test(document.charset ?? '')) {
    yield* jsonLineItems(splitLines([document.bytes], reading.largest_bytes), place, external_id, reading);
    return;
  }
  const decoded = decodeText(document.bytes, { charset: document.charset, isHtml: type === 'text/html' });
  if ('reason' in decoded) yield skipped(place, decoded.reason);
  else if (type === 'application/json') yield* jsonItems(decoded.text, place, external_id, reading);
  else if (type === 'application/x-ndjson') {
    const bytes = Buffer.from(decoded.text, 'utf8');
    yield* jsonLineItems(splitLines([bytes], reading.largest_bytes), place, external_id, reading);
  } else {
    const metadata = { ...document.metadata, ...(decoded.charset !== 'utf-8' && { charset: decoded.charset }) };
    const { title, fallback_title } = document;
    const made = await textPage({ external_id, title, fallback_title, text: decoded.text, type, metadata }, reading);
    yield 'reason' in made ? skipped(place, made.reason) : { kind: 'page', place, page: made };
  }
}

/** One object is one page, a list of objects is many. */
async function* jsonItems(text: string, place: string, id: string, reading: Reading): AsyncGenerator<SourceItem> {
  if (text.trim() === '') {
    yield skipped(place, 'it holds nothing but white space');
    return;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    yield skipped(place, `it is no valid JSON: ${messageOf(error)}`);
    return;
  }
  const records: unknown[] = Array.isArray(value) ? value : [value];
  if (records.length === 0) yield skipped(place, 'it is an empty list');
  for (const [at, record] of records.entries()) {
    const where = Array.isArray(value) ? `${place}[${at}]` : place;
    const made = await recordPage(record, { id, is_single: !Array.isArray(value) }, reading);
    yield 'reason' in made ? skipped(where, made.reason) : { kind: 'page', place: where, page: made };
  }
}

export function skipped(place: string, reason: string): SourceItem {
  return { kind: 'skipped', place, reason };
}
