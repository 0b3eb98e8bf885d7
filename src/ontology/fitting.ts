/** What a value takes in a request, where it is shown as indented JSON within lists of objects, bytes. */
export function shownBytes(value: unknown): number {
  const text = JSON.stringify(value, null, 2) ?? '';
  const indent = 6;
  return Buffer.byteLength(text) + indent * text.split('\n').length;
}

/** The first of them that have room together. */
export function fitting<T>(items: readonly T[], bytes: number): T[] {
  let room = bytes;
  const end = items.findIndex((item) => {
    room -= shownBytes(item);
    return room < 0;
  });
  return end < 0 ? [...items] : items.slice(0, end);
}

/** Those that have room, in order: one that has none makes way for smaller ones behind it. */
export function packed<T>(items: readonly T[], bytes: number): T[] {
  let room = bytes;
  return items.filter((item) => {
    const size = shownBytes(item);
    if (size > room) return false;
    room -= size;
    return true;
  });
}

/** All of them in order, in lists of at most `most` that have room each; what has no room alone is alone. */
export function chunked<T>(items: readonly T[], most: number, bytes: number): T[][] {
  const chunks: T[][] = [];
  let room = 0;
  for (const item of items) {
    const size = shownBytes(item);
    const last = chunks.at(-1);
    if (last === undefined || last.length >= most || size > room) {
      chunks.push([item]);
      room = bytes - size;
    } else {
      last.push(item);
      room -= size;
    }
  }
  return chunks;
}
