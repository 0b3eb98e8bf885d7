import { Readability } from '@mozilla/readability';
import { type DomDocument, type DomNode, parseHtml, textNode, walk } from './html-document.ts';
import { markdownOf, tidy } from './html-markdown.ts';
import type { HtmlMode, HtmlText } from './html-mode.ts';

/** Nested deeper, a page is markup gone wrong (browsers stop at 512), and walking it by recursion takes minutes. */
const deepest = 200;
/** Below this an article is doubted. Characters. */
const shortArticle = 500;

/** The text of an HTML document or fragment. */
export function htmlText(html: string, mode: HtmlMode): HtmlText {
  const { document, body, depth } = parseHtml(html);
  if (depth > deepest) return { title: titleOf(document), text: plainText(body), about: {} };
  const article = mode === 'readable' ? articleOf(document) : undefined;
  if (article && article.text.length >= shortArticle) return article;
  const whole = wholeOf(html);
  // A short article is taken for one only if it is most of what the page says.
  return article && article.text.length * 2 >= whole.text.length ? article : whole;
}

/** Never seen; scripts stay, for they may hold what the document says of itself. */
const unseen = 'body title, style, template, iframe, object, svg, canvas, [hidden]';

function articleOf(document: DomDocument): HtmlText | undefined {
  const title = titleOf(document);
  for (const element of [...document.querySelectorAll(unseen)]) element.remove();
  const input: ConstructorParameters<typeof Readability>[0] = Object(document);
  const article = parsed(new Readability<DomNode>(input, { serializer: (node: unknown) => Object(node) }));
  if (!article?.content) return undefined;
  const about = {
    byline: article.byline,
    site_name: article.siteName,
    lang: article.lang,
    published_at: article.publishedTime,
  };
  return {
    title: oneLine(article.title ?? '') || title,
    text: markdownOf(article.content),
    about: Object.fromEntries(
      Object.entries(about).flatMap(([key, value]) => (value ? [[key, oneLine(value).slice(0, 500)]] : [])),
    ),
  };
}

/** Markup that the reader view cannot cope with is read as a whole. */
function parsed<T>(reader: Readability<T>): ReturnType<Readability<T>['parse']> {
  try {
    return reader.parse();
  } catch {
    return null;
  }
}

/** Parsed anew: the search for the article has taken the document apart. */
function wholeOf(html: string): HtmlText {
  const { document, body } = parseHtml(html);
  const title = titleOf(document);
  for (const element of [...document.querySelectorAll(`${unseen}, script, noscript`)]) element.remove();
  return { title, text: markdownOf(body), about: {} };
}

function titleOf(document: DomDocument): string {
  const named = oneLine(document.querySelector('title')?.textContent ?? '');
  return named || oneLine(document.querySelector('h1')?.textContent ?? '');
}

const inline = new Set(
  'a abbr b bdi bdo cite code data del dfn em font i ins kbd mark q s samp small span strong sub sup time u var wbr'.split(
    ' ',
  ),
);
const silent = new Set(['title', 'script', 'style', 'noscript', 'template', 'iframe', 'svg']);

/** Text nodes, with a line break where an element that is no part of a sentence begins or ends. */
function plainText(body: DomNode): string {
  const parts: string[] = [];
  let muteDepth: number | undefined;
  for (const { node, depth, isEnd } of walk(body)) {
    if (muteDepth !== undefined && depth > muteDepth) continue;
    muteDepth = undefined;
    if (node.nodeType === textNode) {
      if (!isEnd) parts.push((node.textContent ?? '').replaceAll(/\s+/g, ' '));
    } else if (node.localName !== undefined && silent.has(node.localName)) {
      if (!isEnd) muteDepth = depth;
    } else if (node.localName !== undefined && !inline.has(node.localName) && parts.at(-1) !== '\n') {
      parts.push('\n');
    }
  }
  return tidy(parts.join('').replaceAll(/^ +/gm, ''));
}

function oneLine(text: string): string {
  return tidy(text).replaceAll(/\s+/g, ' ');
}
