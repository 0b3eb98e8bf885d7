import type { JsonObject } from '../../contracts/json.ts';
import { documentItems } from './document-items.ts';
import { type DocumentType, typeOfMime, typeOfName } from './document-type.ts';
import { type FetchedPage, type FetchOptions, fetchPage, type Validators } from './fetch-page.ts';
import { readingName } from './html-mode.ts';
import { inOrder } from './in-order.ts';
import type { Reading, Source, SourceItem } from './source-item.ts';
import type { ListedUrl } from './url-list.ts';

export interface UrlOptions extends Omit<FetchOptions, 'validators' | 'signal'> {
  /** Requests at a time. */
  concurrency: number;
  /** The metadata of the stored page of that id; undefined if there is none. */
  metadataOf(external_id: string): Promise<JsonObject | undefined>;
  /** Read pages even if the server would call them unchanged. */
  is_fresh: boolean;
}

/** Pages of the web, in the order of the list, a few requests at a time. */
export function urlSource(
  list: readonly ListedUrl[],
  source_system: string,
  options: UrlOptions,
  reading: Reading,
): Source {
  const seen = new Set<string>();
  const once = list.filter((each) => 'reason' in each || (!seen.has(each.url) && seen.add(each.url)));
  return {
    source_system,
    total: once.length,
    is_rereadable: false,
    async *items() {
      const stop = new AbortController();
      try {
        for await (const items of inOrder(once, options.concurrency, (each) =>
          read(each, options, reading, stop.signal),
        )) {
          yield* items;
        }
      } finally {
        stop.abort();
      }
    },
  };
}

async function read(
  each: ListedUrl,
  options: UrlOptions,
  reading: Reading,
  signal: AbortSignal,
): Promise<SourceItem[]> {
  const { place } = each;
  if ('reason' in each) return [{ kind: 'skipped', place, reason: each.reason }];
  const validators = options.is_fresh ? {} : await validatorsOf(each.url, options, reading);
  const got = await fetchPage(each.url, { ...options, validators, signal });
  if (got.state === 'unchanged') return [{ kind: 'unchanged', place }];
  if (got.state !== 'fetched') return [{ kind: got.state, place, reason: got.reason }];
  const type = typeOf(got);
  if (!type) return [{ kind: 'skipped', place, reason: `it is ${got.content_type}, not text that can be read` }];
  const { bytes, content_type } = got;
  const document = {
    place,
    external_id: each.url,
    fallback_title: each.url,
    type,
    bytes,
    charset: charsetIn(content_type ?? ''),
    metadata: metadataFor(each.url, got, reading),
  };
  const items: SourceItem[] = [];
  for await (const item of documentItems(document, reading)) items.push(item);
  return items;
}

/** Only if the stored text was read in the way that is asked for now. */
async function validatorsOf(url: string, { metadataOf }: UrlOptions, reading: Reading): Promise<Validators> {
  const known = await metadataOf(url);
  if (known?.reading !== readingName(reading.html)) return {};
  const { etag, last_modified } = known;
  return {
    etag: typeof etag === 'string' ? etag : undefined,
    last_modified: typeof last_modified === 'string' ? last_modified : undefined,
  };
}

function metadataFor(url: string, got: FetchedPage, reading: Reading): JsonObject {
  return {
    bytes: got.bytes.length,
    reading: readingName(reading.html),
    ...(got.etag !== undefined && { etag: got.etag }),
    ...(got.last_modified !== undefined && { last_modified: got.last_modified }),
    ...(got.final_url !== url && { final_url: got.final_url }),
  };
}

/** A server that says nothing, or that it is just bytes, is asked no further: the address or the first bytes tell. */
function typeOf({ content_type, bytes, final_url }: FetchedPage): DocumentType | undefined {
  const declared = content_type?.split(';')[0]?.trim().toLowerCase() ?? '';
  const named = typeOfName(new URL(final_url).pathname);
  if (declared === 'text/plain') return named === 'text/html' || named === undefined ? 'text/plain' : named;
  if (declared !== '' && declared !== 'application/octet-stream') return typeOfMime(declared);
  if (named) return named;
  if (declared !== '') return undefined;
  const head = bytes.subarray(0, 512).toString('latin1').trimStart().toLowerCase();
  return /^<(!doctype html|html|head|body|\?xml)/.test(head) ? 'text/html' : 'text/plain';
}

function charsetIn(content_type: string): string | undefined {
  return /;\s*charset\s*=\s*"?([\w:.-]+)/i.exec(content_type)?.[1]?.toLowerCase();
}
