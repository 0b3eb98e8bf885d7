import { TextDecoder } from 'node:util';
import { messageOf } from '../../errors.ts';

export type Decoded = { text: string; charset: string } | { reason: string };

/** Bytes that are looked at to tell text from binary, and for a charset that the document declares. */
const headBytes = 65_536;

/**
 * Bytes as text: by their byte order mark, else by the charset that the transport or the document declares, else as
 * UTF-8; HTML that is no UTF-8 and declares nothing is Windows-1252, as browsers have it.
 */
export function decodeText(bytes: Uint8Array, about: { charset?: string | undefined; isHtml: boolean }): Decoded {
  if (bytes.length === 0) return { reason: 'it is empty' };
  const marked = byteOrderMark(bytes);
  if (marked === 'utf-32') return { reason: 'it is UTF-32; convert it, for example with iconv -t UTF-8' };
  const declared = marked ?? about.charset ?? (about.isHtml ? declaredIn(bytes) : undefined);
  if (!declared?.startsWith('utf-16') && bytes.subarray(0, headBytes).includes(0)) {
    return { reason: `it is ${kindOf(bytes)}, not text` };
  }
  if (declared !== undefined) return decodeAs(bytes, declared, about.isHtml);
  const utf8 = decodeAs(bytes, 'utf-8', false);
  if ('text' in utf8) return utf8;
  if (about.isHtml) return decodeAs(bytes, 'windows-1252', true);
  const kind = kindOf(bytes);
  if (kind !== 'binary') return { reason: `it is ${kind}, not text` };
  return { reason: 'it is not UTF-8; convert it, for example with iconv -t UTF-8' };
}

/** `utf-8`, `utf-16le` or `utf-16be` if the bytes begin with its mark. */
export function byteOrderMark(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' | 'utf-32' | undefined {
  const [a, b, c, d] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 && bytes.length >= 4 ? 'utf-32' : 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  return undefined;
}

/** Where a few bytes are wrong, as in a page that was cut in a character, they are replaced; many are another charset. */
function decodeAs(bytes: Uint8Array, charset: string, mayRepair: boolean): Decoded {
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(charset);
  } catch (error) {
    return { reason: `its charset ${JSON.stringify(charset)} is unknown: ${messageOf(error)}` };
  }
  const text = decoder.decode(bytes);
  const replaced = count(text, '\uFFFD') - (decoder.encoding === 'utf-8' ? countOwn(bytes) : 0);
  if (replaced <= 0 || ((mayRepair || charset.startsWith('utf-16')) && replaced * 200 <= text.length))
    return { text, charset: decoder.encoding };
  return { reason: `it is not ${decoder.encoding.toUpperCase()}; convert it, for example with iconv -t UTF-8` };
}

function count(text: string, letter: string): number {
  let found = 0;
  for (let at = text.indexOf(letter); at >= 0; at = text.indexOf(letter, at + 1)) found += 1;
  return found;
}

/** U+FFFD that the author wrote. */
function countOwn(bytes: Uint8Array): number {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let found = 0;
  for (let at = buffer.indexOf('\uFFFD'); at >= 0; at = buffer.indexOf('\uFFFD', at + 3)) found += 1;
  return found;
}

/** `<meta charset>`, its http-equiv form, or the XML declaration; a page that can say so is not UTF-16. */
function declaredIn(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 4_096)).toString('latin1');
  const found =
    /^\s*<\?xml[^>]*\sencoding\s*=\s*["']([\w:.-]+)["']/i.exec(head)?.[1] ??
    /<meta\s[^>]*charset\s*=\s*["']?\s*([\w:.-]+)/i.exec(head)?.[1];
  return found !== undefined && /^utf-?16/i.test(found) ? 'utf-8' : found?.toLowerCase();
}

const signatures: [string, string][] = [
  ['%PDF-', 'a PDF document'],
  ['PK\u0003\u0004', 'a ZIP archive or office document'],
  ['\u001f\u008b', 'compressed with gzip'],
  ['\u0089PNG', 'a picture'],
  ['\u00ff\u00d8\u00ff', 'a picture'],
  ['GIF8', 'a picture'],
];

function kindOf(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.subarray(0, 8)).toString('latin1');
  return signatures.find(([signature]) => head.startsWith(signature))?.[1] ?? 'binary';
}
