import TurndownService from 'turndown';
import type { DomNode } from './html-document.ts';

/**
 * An element as Markdown that a quote can be found in: headings, lists, code blocks and table rows keep their shape, but
 * nothing stands inside a sentence that the reader of the page does not see (no link targets, emphasis marks, escapes).
 */
export function markdownOf(node: DomNode): string {
  return tidy(service().turndown(...turndownInput(node)));
}

/** Its types ask for the browser's DOM; any DOM will do. */
function turndownInput(node: unknown): Parameters<TurndownService['turndown']> {
  const input: Parameters<TurndownService['turndown']>[0] = Object(node);
  return [input];
}

const cellEnd = '\u0001';

let made: TurndownService | undefined;

function service(): TurndownService {
  made ??= configured();
  return made;
}

function configured(): TurndownService {
  const turndown = new TurndownService({ headingStyle: 'atx', codeBlockStyle: 'fenced', hr: '', br: '' });
  turndown.escape = (text) => text;
  const asIs = (content: string) => content;
  turndown.addRule('inline', { filter: ['a', 'em', 'i', 'strong', 'b', 'code'], replacement: asIs });
  turndown.addRule('picture', { filter: ['img'], replacement: () => '' });
  turndown.addRule('item', { filter: 'li', replacement: listItem });
  turndown.addRule('cell', { filter: ['td', 'th'], replacement: (content) => `${content.trim()}${cellEnd}` });
  turndown.addRule('row', { filter: 'tr', replacement: tableRow });
  turndown.addRule('rows', { filter: ['thead', 'tbody', 'tfoot'], replacement: asIs });
  turndown.addRule('table', { filter: 'table', replacement: (content) => `\n\n${content.trim()}\n\n` });
  return turndown;
}

function listItem(content: string, node: { parentNode: { nodeName: string } | null }): string {
  const mark = node.parentNode?.nodeName === 'OL' ? '1. ' : '- ';
  const text = content.trim().replace(/\n(?=[^\n])/g, `\n${' '.repeat(mark.length)}`);
  return `${mark}${text}\n`;
}

/** One line a row; the cells of a table that only lays out a page become paragraphs. */
function tableRow(content: string): string {
  const cells = content
    .split(cellEnd)
    .map((cell) => cell.trim())
    .filter((cell) => cell !== '');
  if (cells.length === 0) return '';
  return cells.some((cell) => cell.includes('\n')) ? `\n\n${cells.join('\n\n')}\n\n` : `${cells.join(' | ')}\n`;
}

/** Soft hyphens go, non-breaking spaces become spaces, lines end where their text does, no more than one line is empty. */
export function tidy(text: string): string {
  return text
    .replaceAll('\u00AD', '')
    .replaceAll(/[\u00A0\u202F]/g, ' ')
    .replaceAll(cellEnd, ' ')
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}
