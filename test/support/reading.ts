import { htmlText } from '../../src/knowledge/sources/html-text.ts';
import type { FieldMap, Reading, SourceItem, SourcePage } from '../../src/knowledge/sources/source-item.ts';

/** How the command line reads without any option, but HTML in this thread. */
export function reading(fields: Partial<FieldMap> = {}, more: Partial<Reading> = {}): Reading {
  return {
    fields: {
      id: 'id',
      needs_id: false,
      title: 'title',
      content: ['content'],
      metadata: [],
      type: 'text/plain',
      has_own_ids: false,
      ...fields,
    },
    html: 'readable',
    largest_bytes: 1_000_000,
    readHtml: async (html, mode) => htmlText(html, mode),
    ...more,
  };
}

export async function all(items: AsyncIterable<SourceItem>): Promise<SourceItem[]> {
  const found: SourceItem[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** The pages of items; fails if one of them is none. */
export function pages(items: readonly SourceItem[]): SourcePage[] {
  return items.map((item) => {
    if (item.kind === 'page') return item.page;
    throw new Error(`${item.place} is ${item.kind}: ${'reason' in item ? item.reason : ''}`);
  });
}

export function problems(items: readonly SourceItem[]): { place: string; reason: string }[] {
  return items.flatMap((item) => ('reason' in item ? [{ place: item.place, reason: item.reason }] : []));
}
