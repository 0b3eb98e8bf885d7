/** The words of a name as it was joined: `billingTransactions`, `BILLING_TRANSACTIONS` -> `billing`, `transactions`. */
export function nameWords(name: string): string[] {
  return name
    .replaceAll(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2')
    .replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
}

/** What goes by no rule; what has no plural stands for both. */
const irregular: Readonly<Record<string, string>> = {
  people: 'person',
  children: 'child',
  men: 'man',
  women: 'woman',
  movies: 'movie',
  cookies: 'cookie',
  ...Object.fromEntries(
    [
      'staff',
      'crew',
      'equipment',
      'information',
      'data',
      'metadata',
      'news',
      'series',
      'species',
      'feedback',
      'stock',
    ].map((word) => [word, word]),
  ),
};
const irregularPlural = new Map(Object.entries(irregular).map(([many, one]) => [one, many]));

/** One of many, by the common plurals of English. */
export function singular(word: string): string {
  const known = irregular[word];
  if (known !== undefined) return known;
  if (word.length < 4 || /(?:ss|us|is)$/.test(word)) return word;
  if (/[^aeiou]ies$/.test(word)) return `${word.slice(0, -3)}y`;
  if (/(?:ch|sh|x|z|ss|[tnrpbl]us|ias)es$/.test(word)) return word.slice(0, -2);
  return word.endsWith('s') ? word.slice(0, -1) : word;
}

/** Several of one, by the same. */
export function plural(noun: string): string {
  const [last = '', ...before] = noun.split(' ').toReversed();
  return [...before.toReversed(), pluralWord(last)].join(' ');
}

function pluralWord(word: string): string {
  const known = irregularPlural.get(word);
  if (known !== undefined) return known;
  if (word === '' || singular(word) !== word) return word;
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`;
  return /(?:s|x|z|ch|sh)$/.test(word) ? `${word}es` : `${word}s`;
}

/** What one row of a table is called: `Billing transaction` of billing_transactions. */
export function rowName(table: string): string {
  const words = nameWords(lastPart(table));
  const last = words.at(-1);
  if (last === undefined) return table;
  return [...words.slice(0, -1), singular(last)].join(' ');
}

export function capitalised(text: string): string {
  return text.replaceAll(/(^|\s)(\p{Ll})/gu, (_, space: string, letter: string) => `${space}${letter.toUpperCase()}`);
}

/** As a sentence begins. */
export function begun(text: string): string {
  return text.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase());
}

/** As people list things. */
export function inWords(things: readonly string[], most = 4): string {
  const shown = things.length > most ? [...things.slice(0, most - 1), `${things.length - most + 1} more`] : things;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

export function article(noun: string): string {
  // As it is said: a user, a unit, a US state, but an uncle.
  return `${/^(?:[aeio]|u(?!s\b|s[aeiu]|n[ip]|t[ei]))/i.test(noun) ? 'an' : 'a'} ${noun}`;
}

/** `public."order lines"` -> `order lines` */
function lastPart(key: string): string {
  const quoted = /"((?:[^"]|"")*)"$/.exec(key)?.[1];
  return quoted?.replaceAll('""', '"') ?? key.split('.').at(-1) ?? key;
}
