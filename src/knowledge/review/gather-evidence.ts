import type { Database } from '../../db/connect.ts';
import { type Evidence, readEvidence } from '../../db/review-item.ts';
import { type QuoteInContext, quoteInContext } from './context.ts';
import type { RowItem } from './load-item.ts';
import type { PageTexts } from './page-texts.ts';

/** Evidence with the page's words around the quote; undefined where the quote is in no page. */
export interface ShownEvidence extends Evidence {
  context: QuoteInContext | undefined;
}

/** Some pieces of an item's evidence, the surest first, each with `around` characters of its page on either side. */
export async function gatherEvidence(
  db: Database,
  texts: PageTexts,
  item: Pick<RowItem, 'kind' | 'id'>,
  { limit, offset = 0, around }: { limit: number; offset?: number; around?: number },
): Promise<ShownEvidence[]> {
  const pieces = await readEvidence(db, item.kind, item.id, limit, offset);
  const shown: ShownEvidence[] = [];
  for (const piece of pieces) {
    const content = piece.char_start < 0 ? null : await texts.of(piece.source_page_id);
    shown.push({ ...piece, context: quoteInContext(content, piece, around) });
  }
  return shown;
}
