/** The names that look most like a wanted one, so many at most, best first; then in order. */
export function nearest(wanted: string, names: readonly string[], limit: number): string[] {
  const pairs = pairsOf(wanted);
  const scored = names.map((name) => ({ name, score: likeness(pairs, pairsOf(name)) }));
  scored.sort((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1));
  return scored.slice(0, limit).map(({ name }) => name);
}

/** Dice's coefficient of pairs of letters. */
function likeness(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let both = 0;
  for (const pair of a) if (b.has(pair)) both += 1;
  return a.size + b.size === 0 ? 0 : (2 * both) / (a.size + b.size);
}

function pairsOf(text: string): Set<string> {
  const letters = text.toLowerCase();
  const pairs = new Set<string>();
  for (let at = 0; at + 1 < letters.length; at += 1) pairs.add(letters.slice(at, at + 2));
  return pairs;
}
