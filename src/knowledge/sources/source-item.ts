import type { JsonObject } from '../../contracts/json.ts';
import type { HtmlMode, HtmlText } from './html-mode.ts';

/** A page as a source gives it, before it is stored. */
export interface SourcePage {
  external_id: string;
  title: string;
  /** Of the stored text: HTML has become `text/markdown`. */
  content_type: TextType;
  content: string;
  metadata: JsonObject;
}

export type TextType = 'text/plain' | 'text/markdown';

/** What a source yields. `place` is what a person would call it: a file, `file:line`, a URL, a row. */
export type SourceItem =
  | { kind: 'page'; place: string; page: SourcePage }
  /** The source itself says that it is what is stored. */
  | { kind: 'unchanged'; place: string }
  /** It cannot be a page, now or later. */
  | { kind: 'skipped'; place: string; reason: string }
  /** It could not be had this time. */
  | { kind: 'failed'; place: string; reason: string };

/** Pages of one source system. */
export interface Source {
  source_system: string;
  /** How many there will be, where that is known. */
  total: number | undefined;
  /** Whether `items` may be called twice and gives the same: what a strict run checks before it stores anything. */
  is_rereadable: boolean;
  /** Files of folders that were passed over for their ending, by ending. */
  left_out?: ReadonlyMap<string, number>;
  items(): AsyncIterable<SourceItem>;
}

/** How texts, records and HTML are read, the same for every source. */
export interface Reading {
  fields: FieldMap;
  html: HtmlMode;
  /** Bytes of one file, line, record or web page; larger ones are skipped. */
  largest_bytes: number;
  readHtml(html: string, mode: HtmlMode): Promise<HtmlText>;
}

/** Where a record (a JSON object, a row) keeps what a page needs; dotted paths. */
export interface FieldMap {
  id: string;
  /** Whether a record without it is refused; else its content stands in. */
  needs_id: boolean;
  title: string;
  /** Joined by an empty line. */
  content: readonly string[];
  metadata: readonly string[] | 'others';
  /** What the content is. */
  type: TextType | 'text/html';
  /** Whether an id stands alone; else the file or URL is put in front, so that two files may both have an id 1. */
  has_own_ids: boolean;
}
