import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { documentItems, skipped } from './document-items.ts';
import type { DocumentType } from './document-type.ts';
import { jsonLineItems, splitLines } from './json-lines.ts';
import type { Reading, Source, SourceItem } from './source-item.ts';

export interface StdinOptions {
  /** The page's external id; of JSON, what goes before the ids of its records. */
  id: string;
  title: string | undefined;
  type: DocumentType;
}

const place = 'stdin';

/** What comes in on stdin: one page, or JSON records. JSON Lines are read as they come. */
export function stdinSource(
  input: Readable,
  source_system: string,
  { id, title, type }: StdinOptions,
  reading: Reading,
): Source {
  return {
    source_system,
    total: type === 'application/json' || type === 'application/x-ndjson' ? undefined : 1,
    is_rereadable: false,
    async *items(): AsyncGenerator<SourceItem> {
      if (type === 'application/x-ndjson') {
        yield* jsonLineItems(splitLines(input, reading.largest_bytes), place, id, reading);
        return;
      }
      const bytes = await readAll(input, reading.largest_bytes);
      if (!bytes) yield skipped(place, `it has more than ${reading.largest_bytes} bytes`);
      else {
        const metadata = { bytes: bytes.length };
        yield* documentItems({ place, external_id: id, title, fallback_title: id, type, bytes, metadata }, reading);
      }
    },
  };
}

async function readAll(input: Readable, most: number): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of input) {
    const part = Buffer.from(chunk);
    size += part.length;
    if (size > most) {
      input.destroy();
      await once(input, 'close');
      return undefined;
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}
