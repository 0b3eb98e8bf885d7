/** `readable`: the main article as a reader view shows it. `whole`: everything that a reader of the page sees. */
export type HtmlMode = 'readable' | 'whole';

export interface HtmlText {
  /** Empty if the document has none. */
  title: string;
  /** Markdown. */
  text: string;
  /** What the document says of itself: byline, site_name, lang, published_at. */
  about: Record<string, string>;
}

/** The way of reading that a stored text came from; a new name makes pages that a server calls unchanged be read again. */
export function readingName(mode: HtmlMode): string {
  return `${mode}-1`;
}
