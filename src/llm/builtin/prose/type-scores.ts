import { headScores, isOpener, surnameHeads } from './head-scores.ts';
import { type EntityType, typeOfKind } from './kinds.ts';
import { isKnownOrganization, placeKindOf, senseOf } from './lexicon.ts';
import type { NameSpan } from './name-spans.ts';
import type { Token } from './tokens.ts';
import { nameParticles, nobleTitles, romanNumeral } from './words.ts';

/** How much speaks for each type of a named thing; higher is stronger, about 2.5 is convincing. */
export class TypeScores {
  readonly #scores = new Map<EntityType, number>();

  add(type: EntityType, weight: number, cap = 8): void {
    this.#scores.set(type, Math.min((this.#scores.get(type) ?? 0) + weight, cap));
  }

  of(type: EntityType): number {
    return this.#scores.get(type) ?? 0;
  }

  /** The strongest type, what speaks for it, and how far the next one is behind. */
  best(): { type: EntityType; score: number; margin: number } {
    let type: EntityType = 'concept';
    let score = 0;
    let next = 0;
    for (const [one, value] of this.#scores) {
      if (value > score) {
        next = score;
        score = value;
        type = one;
      } else if (value > next) next = value;
    }
    const character = this.of('character');
    if (type === 'person' && character >= 2.5)
      return { type: 'character', score: Math.max(score, character), margin: 2 };
    return { type, score, margin: score - next };
  }
}

const placePrefixes = new Set(
  `mount mt mt. lake cape port fort point san santa são los las el rio isle île gulf bay château villa st st. saint puerto
  rue via calle piazza camp hut mont monte ben loch glen`.split(/\s+/),
);
const surePrefixes = new Set('mount lake cape port fort isle gulf loch'.split(' '));
const landed = /^(?:duke|duchess|earl|marquess|marquis|viscount|countess) of /;
const foreignHeads = new Set(
  'école institut académie université collège lycée société instituto universidad universidade conservatoire universität'.split(
    ' ',
  ),
);
const shipPrefixes = new Set(['hms', 'uss', 'rms', 'ss', 'mv', 'hmcs', 'hmas', 'sms', 'rv', 'ms']);

/** What a name says about its type by its own words. */
export function scoreName(scores: TypeScores, tokens: readonly Token[], span: NameSpan): void {
  const words = tokens.slice(span.from, span.to);
  const lower = span.name.toLowerCase();
  const place = placeKindOf(lower) ?? placeKindOf(lower.replace(/^the /, ''));
  if (place !== undefined) scores.add('place', words.length > 1 ? 3.5 : 3);
  const isNamedThing =
    span.quoted && /^[*_]$/.test(tokens[span.from - 1]?.text ?? '') && tokens[span.from - 2]?.lower === 'the';
  if (span.quoted) scores.add('work', isNamedThing ? 1 : 1.6);
  if (isNamedThing) scores.add('vehicle', 0.9);
  if (/ for best \p{L}/u.test(lower)) scores.add('award', 4);
  if (isKnownOrganization(lower)) scores.add('organization', 2);
  for (const { type, weight } of headScores(tokens, span)) scores.add(type, weight);
  scorePerson(scores, words, span);
  const first = words[0];
  if (first === undefined) return;
  if (words.length > 1 && placePrefixes.has(first.lower) && senseOf(first.lower).firstName === undefined)
    scores.add('place', surePrefixes.has(first.lower) ? 2.8 : 1.6);
  if (shipPrefixes.has(first.lower) && words.length > 1 && /^\p{Lu}+$/u.test(first.text)) scores.add('vehicle', 3);
  if (/^\p{Lu}-\d+$/u.test(span.name)) scores.add('vehicle', 1);
  const articled = isOpener(first.lower) && words.length > 1;
  const small = words.slice(1).some((word) => !word.capital && word.kind === 'word');
  if (articled && words.length > 1 && (!span.initial || small)) scores.add('work', small ? 2.4 : 2);
  if (words.slice(0, -1).some((word) => word.possessive)) scores.add('work', words.length > 2 ? 1 : 0.6);
  if (words.length === 1 && /^\p{Lu}{2,5}$/u.test(first.text) && !romanNumeral.test(first.text))
    scores.add('organization', 0.8);
  if (
    words.length === 1 &&
    !senseOf(first.lower).common &&
    /[^s]s$/.test(first.lower) &&
    tokens[span.from - 1]?.lower === 'the'
  ) {
    scores.add('organization', 1);
  }
  if (landed.test(lower)) scores.add('person', 2.4);
  if (foreignHeads.has(first.lower)) scores.add('organization', 2.2);
  const title =
    words.length > 2 &&
    words.slice(1).some((word) => !word.capital && word.kind === 'word' && !nameParticles.has(word.text));
  if (title && scores.best().score < 1) scores.add('work', 1.7);
}

function scorePerson(scores: TypeScores, words: readonly Token[], span: NameSpan): void {
  const names = words.filter((word) => !romanNumeral.test(word.text) && !nobleTitles.has(word.lower));
  const [first, second] = names;
  if (first === undefined) return;
  const last = words.at(-1);
  const sense = senseOf(first.lower);
  if (span.honorific !== undefined) scores.add('person', 2);
  if (words.some((word) => typeOfKind(word.lower) === 'organization') && !surnameHeads.has(last?.lower ?? '')) return;
  const royal =
    sense.firstName !== undefined ||
    romanNumeral.test(last?.text ?? '') ||
    words[0]?.text === 'Lord' ||
    words[0]?.text === 'Lady';
  const headedBy = typeOfKind(last?.lower ?? '');
  const landed = headedBy !== undefined && headedBy !== 'person' && !surnameHeads.has(last?.lower ?? '');
  if (!landed && nobleTitles.has(words[0]?.lower ?? '') && words.length > 1 && words.length < 5)
    scores.add('person', royal ? 1.8 : 1.2);
  if (/^(?:Jr|Sr)\.?$/.test(last?.text ?? '') || (words.length > 1 && romanNumeral.test(last?.text ?? '')))
    scores.add('person', 0.8);
  if (names.length === 1) {
    if (sense.firstName !== undefined && !span.quoted) scores.add('person', sense.common ? 0.5 : 1);
    if (sense.surname && !sense.common) scores.add('person', 0.5);
    return;
  }
  if (
    names.length > 5 ||
    names.some((name) => name.kind === 'number' || (!name.capital && !nameParticles.has(name.text)))
  )
    return;
  const headed = typeOfKind(last?.lower ?? '');
  if (headed !== undefined && headed !== 'person') {
    const asSurname = surnameHeads.has(last?.lower ?? '') || senseOf(last?.lower ?? '').surname;
    if (sense.firstName !== undefined && asSurname && words.length === 2) scores.add('person', 2.2);
    return;
  }
  if (sense.demonym || (sense.place !== undefined && sense.firstName === undefined)) return;
  if (names.some((name) => /^\p{Lu}{2,}$/u.test(name.text))) return;
  if (sense.firstName !== undefined) scores.add('person', sense.common && sense.firstName === 'either' ? 1.8 : 2.6);
  else if (/^\p{Lu}\.$/u.test(first.text)) scores.add('person', romanNumeral.test(last?.text ?? '') ? 1.2 : 2.6);
  else if (
    !sense.common &&
    second !== undefined &&
    !senseOf(second.lower).common &&
    placeKindOf(span.name.toLowerCase()) === undefined
  ) {
    scores.add('person', words.length <= 3 ? 1.4 : 0.9);
  } else if (senseOf(last?.lower ?? '').surname && !sense.common) scores.add('person', 1);
}
