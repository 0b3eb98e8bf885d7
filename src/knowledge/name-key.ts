import { createHash } from 'node:crypto';

/** Bytes in UTF-8; below the index limits of both engines. */
export const mostKeyBytes = 1_000;

const zeroWidth =
  /[\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180E\u200B-\u200F\u202A-\u202E\u2060-\u206F\uFE00-\uFE0F\uFEFF]/gu;

/**
 * The key under which a name is compared: NFKC, lower case without regard to locale, white space collapsed, zero-width
 * characters gone. A key of more than 1 000 bytes is its first part and its sha256. Idempotent.
 */
export function nameKey(name: string): string {
  return bounded(normalForm(name));
}

/** The key of a raw type or relation name: a name's key with `_` for spaces and hyphens. camelCase is not split. */
export function typeKey(raw: string): string {
  return bounded(
    normalForm(raw)
      .replace(/[\s_\-\u2010-\u2015]+/gu, '_')
      .replace(/^_+|_+$/g, ''),
  );
}

/** Lower-casing may undo NFKC and the other way round (\u0130, ligatures): repeat until nothing changes. */
export function normalForm(text: string): string {
  let form = text.toWellFormed();
  for (let round = 0; round < 6; round += 1) {
    const next = form
      .normalize('NFKC')
      .toLowerCase()
      .replace(zeroWidth, '')
      .replace(/[\s\p{Z}\p{Cc}]+/gu, ' ')
      .trim();
    if (next === form) break;
    form = next;
  }
  return form;
}

function bounded(key: string): string {
  if (Buffer.byteLength(key) <= mostKeyBytes) return key;
  const hash = createHash('sha256').update(key, 'utf8').digest('hex');
  const bytes = Buffer.from(key).subarray(0, mostKeyBytes - 65);
  // A character cut in two at the end becomes U+FFFD, once or more.
  const head = bytes
    .toString('utf8')
    .replace(/\uFFFD+$/, '')
    .trimEnd();
  return `${head}:${hash}`;
}
