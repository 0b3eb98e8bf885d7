import { createHash } from 'node:crypto';
import { cleanText } from './text-hygiene.ts';

const longestKey = 999;
const longestHead = longestKey - 1 - 64;
const mostRounds = 8;
/** Normalising is quadratic in a run of marks; no script needs more of them on one letter (Unicode, UAX 15 section 13). */
const overlongMarks = /([\p{M}\uFF9E\uFF9F]{32})[\p{M}\uFF9E\uFF9F]+/gu;

/**
 * What names are compared by: NFKC, locale-independent lower case, white space collapsed to one space, zero-width and
 * other invisible characters dropped, trimmed; '' if nothing is left. At most 999 bytes of UTF-8: a longer key is its
 * first part, '~' and the sha256 of the whole. The key of a key is itself.
 */
export function nameKey(name: string): string {
  const { text, whole } = fold(name);
  return bounded(text, whole);
}

/**
 * What raw types, relation names and attribute names are compared by: as {@link nameKey}, with runs of spaces, hyphens,
 * dashes and underscores as one `_` and none at either end ('Born in', 'born-in' and 'born_in' are one). Camel case is
 * not split: 'bornIn' is 'bornin', for splitting would tear names such as iPhone apart.
 */
export function typeKey(raw: string): string {
  const { text, whole } = fold(raw);
  const joined = text.replaceAll(/[ _\p{Pd}]+/gu, '_').replaceAll(/^_|_$/g, '');
  return bounded(joined, whole);
}

/** The normal form behind {@link nameKey}, whatever its length. */
export function foldName(name: string): string {
  return fold(name).text;
}

/** `whole` is there if marks were dropped, so that different texts may have the same form: what tells them apart. */
function fold(name: string): { text: string; whole: string | undefined } {
  const visible = withoutInvisible(cleanText(name)).trim();
  let text = visible;
  let whole: string | undefined;
  for (let round = 0; round < mostRounds; round += 1) {
    const shown = withoutInvisible(text);
    const bearable = shown.replaceAll(overlongMarks, '$1');
    if (bearable.length < shown.length) whole = visible;
    const next = bearable
      .normalize('NFKC')
      .toLowerCase()
      .normalize('NFKC')
      .replaceAll(/[\s\p{Cc}]+/gu, ' ')
      .trim();
    if (next === text) break;
    text = next;
  }
  return { text, whole };
}

function withoutInvisible(text: string): string {
  return text.replaceAll(/\p{Default_Ignorable_Code_Point}+/gu, '');
}

function bounded(key: string, whole: string | undefined): string {
  const fits = key.length * 3 <= longestKey || Buffer.byteLength(key) <= longestKey;
  if (fits && whole === undefined) return key;
  const { read } = new TextEncoder().encodeInto(key, new Uint8Array(longestHead));
  return `${key.slice(0, read)}~${createHash('sha256')
    .update(whole ?? key)
    .digest('hex')}`;
}
