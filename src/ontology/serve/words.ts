/** The words of a text as they are compared: without case and accents, `orderLine_ID` as order, line, id. */
export function wordsOf(text: string): string[] {
  // Most texts are plain, and there may be a hundred thousand of them.
  if (/^[\x20-\x7e]*$/.test(text)) {
    return (
      text
        .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
        .toLowerCase()
        .match(/[a-z0-9]+/g) ?? []
    );
  }
  const parts = text
    .replaceAll(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2')
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu);
  return parts ?? [];
}

/** How much a word of a text is what was asked for, 0 to 1: the same, another number of it, a beginning, a part, a slip. */
export function likeness(asked: string, word: string): number {
  if (asked === word) return 1;
  if (singular(asked) === singular(word)) return 0.95;
  const [short, long] = asked.length < word.length ? [asked, word] : [word, asked];
  // Scripts without spaces have words of one letter.
  if (short.length < (/^[\p{ASCII}]*$/u.test(short) ? 3 : 1)) return 0;
  if (long.startsWith(short)) return asked === short ? 0.7 : 0.4;
  if (short.length >= 4 && long.includes(short)) return asked === short ? 0.5 : 0.3;
  return short.length >= 5 && isSlip(short, long) ? 0.5 : 0;
}

/** English, roughly: both sides go through it. */
function singular(word: string): string {
  if (word.length <= 3) return word;
  if (word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (/(ss|sh|ch|x|z)es$/.test(word)) return word.slice(0, -2);
  return word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word;
}

/** Whether one letter is missing, other or exchanged with its neighbour. */
function isSlip(short: string, long: string): boolean {
  if (long.length - short.length > 1) return false;
  let at = 0;
  while (at < short.length && short[at] === long[at]) at += 1;
  if (short.length < long.length) return short.slice(at) === long.slice(at + 1);
  if (short.slice(at + 1) === long.slice(at + 1)) return true;
  return short[at] === long[at + 1] && short[at + 1] === long[at] && short.slice(at + 2) === long.slice(at + 2);
}
