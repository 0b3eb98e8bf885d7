import type { Database } from '../../db/connect.ts';
import { readPageText } from '../../db/page-story.ts';

const most = 8;

/** The texts of pages, the latest few of them kept: evidence of one item is mostly of one page. */
export class PageTexts {
  readonly #db: Database;
  readonly #texts = new Map<number, string | null>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** The text that offsets refer to; null if it was purged. */
  async of(source_page_id: number): Promise<string | null> {
    const known = this.#texts.get(source_page_id);
    const text = known === undefined ? await readPageText(this.#db, source_page_id) : known;
    this.#texts.delete(source_page_id);
    this.#texts.set(source_page_id, text);
    const [oldest] = this.#texts.keys();
    if (this.#texts.size > most && oldest !== undefined) this.#texts.delete(oldest);
    return text;
  }
}
