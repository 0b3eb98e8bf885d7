import type { JsonObject } from '../../contracts/json.ts';
import { messageOf } from '../../errors.ts';
import { cleanText } from '../text-hygiene.ts';
import type { Reading, SourcePage, TextType } from './source-item.ts';

/** Most characters of a title. */
const longestTitle = 500;
/** Bytes; what the database's unique key takes. */
const longestId = 1_600;

export interface TextSource {
  external_id: string;
  /** Where it is known better than the text says. */
  title: string | undefined;
  /** For a text without any title. */
  fallback_title: string;
  text: string;
  type: TextType | 'text/html';
  metadata: JsonObject;
}

/** The page that a text makes: cleaned, HTML as Markdown, with the best title there is; or why it makes none. */
export async function textPage(source: TextSource, reading: Reading): Promise<SourcePage | { reason: string }> {
  const external_id = cleanText(source.external_id).trim();
  if (external_id === '') return { reason: 'it has no id' };
  const idBytes = Buffer.byteLength(external_id);
  if (idBytes > longestId) return { reason: `its id has ${idBytes} bytes; ${longestId} are the most` };
  if (source.text.trim() === '') return { reason: 'it holds nothing but white space' };
  const read = source.type === 'text/html' ? await readHtml(source.text, reading) : plain(source.text, source.type);
  if ('reason' in read) return read;
  const content = cleanText(read.text);
  if (content.trim() === '') return { reason: 'it holds no text, only markup' };
  const title = oneLine(source.title ?? '') || oneLine(read.title) || oneLine(source.fallback_title) || external_id;
  return {
    external_id,
    title: title.slice(0, longestTitle).toWellFormed(),
    content_type: read.type,
    content,
    metadata: { ...source.metadata, ...read.about },
  };
}

interface ReadText {
  title: string;
  text: string;
  type: TextType;
  about: JsonObject;
}

function plain(text: string, type: TextType): ReadText {
  const heading = /^#\s+(.+)$/m.exec(text.slice(0, 2_000))?.[1]?.trim();
  return { title: heading ?? '', text, type, about: {} };
}

async function readHtml(html: string, reading: Reading): Promise<ReadText | { reason: string }> {
  try {
    const { title, text, about } = await reading.readHtml(html, reading.html);
    return { title, text, type: 'text/markdown', about: { source_type: 'text/html', ...about } };
  } catch (error) {
    return { reason: `its HTML cannot be read: ${messageOf(error)}` };
  }
}

function oneLine(text: string): string {
  return cleanText(text).replaceAll(/\s+/g, ' ').trim();
}
