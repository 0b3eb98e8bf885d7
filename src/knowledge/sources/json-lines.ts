import { TextDecoder } from 'node:util';
import { messageOf } from '../../errors.ts';
import { byteOrderMark, decodeText } from './decode-text.ts';
import { recordPage } from './record-page.ts';
import type { Reading, SourceItem } from './source-item.ts';

/** A line of bytes without its end; undefined where it was longer than allowed and was not kept. */
export type Line = Uint8Array | undefined;

/** The pages of JSON Lines, line by line; a line that is none says where it stands and stops nothing. */
export async function* jsonLineItems(
  lines: AsyncIterable<Line>,
  place: string,
  container: string,
  reading: Reading,
): AsyncGenerator<SourceItem> {
  let number = 0;
  let records = 0;
  for await (const line of lines) {
    number += 1;
    if (line?.every(isBlank)) continue;
    records += 1;
    const where = `${place}:${number}`;
    const made = await lineItem(line, container, reading);
    yield 'reason' in made
      ? { kind: 'skipped', place: where, reason: made.reason }
      : { kind: 'page', place: where, page: made };
  }
  if (records === 0) yield { kind: 'skipped', place, reason: 'it is empty' };
}

async function lineItem(line: Line, container: string, reading: Reading) {
  if (!line) return { reason: `the line has more than ${reading.largest_bytes} bytes` };
  const decoded = decodeText(line, { isHtml: false });
  if ('reason' in decoded) return decoded;
  let record: unknown;
  try {
    record = JSON.parse(decoded.text);
  } catch (error) {
    return { reason: `the line is no valid JSON: ${messageOf(error)}` };
  }
  return recordPage(record, { id: container, is_single: false }, reading);
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d;
}

/** Lines of a stream of bytes, never more of it in memory than one line of at most `longest` bytes. UTF-16 becomes UTF-8. */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  longest: number,
): AsyncGenerator<Line> {
  let parts: Uint8Array[] = [];
  let size = 0;
  const take = (part: Uint8Array) => {
    size += part.length;
    if (size <= longest) parts.push(part);
    else parts = [];
  };
  const finish = (): Line => {
    const line = size <= longest ? Buffer.concat(parts) : undefined;
    parts = [];
    size = 0;
    return line;
  };
  for await (const chunk of asUtf8(chunks)) {
    let from = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, from)) {
      take(chunk.subarray(from, end));
      yield finish();
      from = end + 1;
    }
    take(chunk.subarray(from));
  }
  if (size > 0) yield finish();
}

async function* asUtf8(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let decoder: TextDecoder | undefined;
  let isFirst = true;
  for await (const chunk of chunks) {
    const mark = isFirst ? byteOrderMark(chunk) : undefined;
    if (mark === 'utf-16le' || mark === 'utf-16be') decoder = new TextDecoder(mark);
    isFirst = false;
    yield decoder ? Buffer.from(decoder.decode(chunk, { stream: true }), 'utf8') : chunk;
  }
  if (decoder) yield Buffer.from(decoder.decode(), 'utf8');
}
