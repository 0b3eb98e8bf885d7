import type { HtmlMode, HtmlText } from './html-mode.ts';
import { htmlText } from './html-text.ts';

/** The task of a thread of {@link createHtmlReader}. */
export default function readHtml({ html, mode }: { html: string; mode: HtmlMode }): HtmlText {
  return htmlText(html, mode);
}
