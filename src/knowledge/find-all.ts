const mostRepetition = 32;

/** Every place of the needle, overlapping ones too; linear in the text, whatever repeats itself. */
export function* findAll(text: string, needle: string): Generator<number> {
  if (needle.length > text.length) return;
  if (needle.length > mostRepetition && repeatsItself(needle)) {
    yield* findRepetitive(text, needle);
    return;
  }
  for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + 1)) yield at;
}

/** Whether the engine's own search, the faster one otherwise, would compare much of the needle at every place. */
function repeatsItself(needle: string): boolean {
  const units = unitsOf(needle);
  return longest(bordersOf(units)) > mostRepetition || longest(bordersOf(units.reverse())) > mostRepetition;
}

/** Knuth, Morris and Pratt. */
function* findRepetitive(text: string, needle: string): Generator<number> {
  const wanted = unitsOf(needle);
  const borders = bordersOf(wanted);
  let matched = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    while (matched > 0 && wanted[matched] !== unit) matched = borders[matched - 1] ?? 0;
    if (wanted[matched] === unit) matched += 1;
    if (matched === wanted.length) {
      yield at - matched + 1;
      matched = borders[matched - 1] ?? 0;
    }
  }
}

/** For each prefix, the length of the longest shorter one that it ends with. */
function bordersOf(units: Uint16Array): Uint32Array {
  const borders = new Uint32Array(units.length);
  let length = 0;
  for (let at = 1; at < units.length; at += 1) {
    while (length > 0 && units[length] !== units[at]) length = borders[length - 1] ?? 0;
    if (units[length] === units[at]) length += 1;
    borders[at] = length;
  }
  return borders;
}

function longest(borders: Uint32Array): number {
  return borders.reduce((most, border) => Math.max(most, border), 0);
}

function unitsOf(text: string): Uint16Array {
  const units = new Uint16Array(text.length);
  for (let at = 0; at < text.length; at += 1) units[at] = text.charCodeAt(at);
  return units;
}
