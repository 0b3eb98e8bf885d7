import { isPersonPlural, typeOfKind } from './kinds.ts';
import { senseOf } from './lexicon.ts';
import type { Phrase } from './phrases.ts';

/** Whether a noun describes several: guitarists, bluesmen. */
export function isPlural(noun: string): boolean {
  return isPersonPlural(noun) || (noun.endsWith('s') && typeOfKind(noun.slice(0, -1)) !== undefined);
}

/** The noun that carries the meaning: `a series of meetings` -> meetings. */
export function headOf(phrases: readonly Phrase[], at: number): string {
  const noun = phrases[at];
  if (noun?.kind !== 'noun') return '';
  const joined = phrases[at + 1]?.kind === 'conjunction' ? phrases[at + 2] : undefined;
  if (senseOf(noun.head).demonym && joined?.kind === 'noun' && joined.head !== '') return joined.head;
  const of = phrases[at + 1];
  const inner = phrases[at + 2];
  const hollow = hollowNouns.has(noun.head) || noun.head === '';
  if (!hollow || of?.kind !== 'preposition' || of.word !== 'of' || inner?.kind !== 'noun' || inner.head === '')
    return noun.head;
  return inner.head.endsWith('s') ? inner.head.slice(0, -1) : inner.head;
}

const hollowNouns = new Set(
  `one first second third last next former latter kind sort type series set group pair name member part piece number collection form couple list city town style variety range`.split(
    /\s+/,
  ),
);

/** The nouns that `and` joins to the first one. */
export function joinedNouns(phrases: readonly Phrase[], at: number): string[] {
  const joint = phrases[at + 1];
  const noun = phrases[at + 2];
  return joint?.kind === 'conjunction' &&
    noun?.kind === 'noun' &&
    noun.span === undefined &&
    typeOfKind(noun.head) !== undefined
    ? [noun.head]
    : [];
}

/** The token after the description that begins with a phrase. */
export function endOfDescription(phrases: readonly Phrase[], at: number): number {
  let end = at;
  while (end + 1 < phrases.length) {
    const next = phrases[end + 1];
    if (
      next === undefined ||
      next.kind === 'comma' ||
      next.kind === 'mark' ||
      next.kind === 'verb' ||
      next.kind === 'relative'
    )
      break;
    end++;
  }
  return phrases[end]?.to ?? 0;
}
