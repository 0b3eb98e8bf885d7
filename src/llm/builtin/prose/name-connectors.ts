import { type Capitals, isAttestedName, isNameWord } from './capitals.ts';
import { headsBeforeOf, typeOfKind } from './kinds.ts';
import { senseOf } from './lexicon.ts';
import { isGlued, type Token } from './tokens.ts';
import { nameParticles, romanNumeral } from './words.ts';

const titleConnectors = new Set(
  `of the a an and or in on at from to for with than who is are was were by into under over behind without as but not no my
  your his her our like through upon after before between beyond vs`.split(/\s+/),
);
const foreignParticles = new Set([
  'de',
  'du',
  'des',
  'la',
  'le',
  'les',
  'et',
  'en',
  'für',
  'und',
  'der',
  'del',
  'della',
  'di',
  'y',
]);
const foreignHeads = new Set(
  `école academie académie institut université société traité collège lycée faculté musée instituto universidad universidade
  universität gesellschaft école compagnie conservatoire théâtre bibliothèque hôpital hôtel cahiers revue journal banco
  ministère real`.split(/\s+/),
);
const countedUnits =
  /^(?:metres|meters|feet|miles|years|days|weeks|months|hours|men|women|people|copies|pounds|dollars|tons)$/;

/** What a run of capitalised words knows about itself while it is extended. */
export interface RunContext {
  capitals: Capitals;
  /** Reads as a title of a work: begins with a capital article, or a word such as "album" stands before it. */
  titleLike: boolean;
  /** The words of the run so far. */
  from: number;
}

/** Where a name that reaches to `end` goes on after a small word or number; undefined if it stops here. */
export function continuedName(tokens: readonly Token[], end: number, run: RunContext): number | undefined {
  const left = tokens[end - 1];
  const next = tokens[end];
  if (left === undefined || next === undefined || left.possessive) return undefined;
  if (isPersonRun(tokens, end, run)) {
    if (tokens[end]?.text === '&' && isNameWord(tokens[end + 1])) return end + 2;
    return particle(tokens, end, run) ?? bandOf(tokens, end, run) ?? epithet(tokens, end, run) ?? number(tokens, end);
  }
  return (
    ofPhrase(tokens, end, run) ??
    particle(tokens, end, run) ??
    conjunction(tokens, end, run) ??
    headPhrase(tokens, end, run) ??
    epithet(tokens, end, run) ??
    titleWords(tokens, end, run) ??
    foreignWords(tokens, end, run) ??
    number(tokens, end)
  );
}

/** Whether the run reads as the full name of a person, so that words like `of` and `and` do not continue it. */
function isPersonRun(tokens: readonly Token[], end: number, run: RunContext): boolean {
  if (end - run.from < 2 || run.titleLike || typeOfKind(tokens[end - 1]?.lower ?? '') !== undefined) return false;
  const words = tokens.slice(run.from, end);
  const ruler =
    romanNumeral.test(tokens[end - 1]?.text ?? '') && senseOf(tokens[end - 2]?.lower ?? '').firstName !== undefined;
  const initials = words.slice(0, -1).some((word) => /^\p{Lu}\.$/u.test(word.text));
  return (
    initials ||
    ruler ||
    senseOf(words[0]?.lower ?? '').firstName !== undefined ||
    words.every((word) => !senseOf(word.lower).common)
  );
}

function skipArticle(tokens: readonly Token[], at: number): number {
  return tokens[at]?.text === 'the' ? at + 1 : at;
}

/** University of Manchester, Battle of Cape Matapan, Raiders of the Lost Ark; not `director of Kew`. */
function ofPhrase(tokens: readonly Token[], end: number, run: RunContext): number | undefined {
  if (tokens[end]?.lower !== 'of') return undefined;
  const next = skipArticle(tokens, end + 1);
  const left = tokens[end - 1]?.lower ?? '';
  if (tokens[next]?.text === 'a' && isNameWord(tokens[next + 1]) && senseOf(left).common) return next + 2;
  if (!isNameWord(tokens[next]) || opensSecondInstitution(tokens, run.from, end, next)) return undefined;
  const right = senseOf(tokens[next]?.lower ?? '');
  if (right.demonym && right.place === undefined && !isNameWord(tokens[next + 1])) return undefined;
  if (headsBeforeOf.has(left)) return next + 1;
  if (run.titleLike) return next + 1;
  if (/^(?:duke|duchess|earl|marquess|marquis|viscount|countess)$/.test(left) && end - run.from === 1) return next + 1;
  const sense = senseOf(left);
  if (sense.person || sense.demonym || isAttestedName(run.capitals, left)) return undefined;
  if (end - run.from > 1 && isAttestedName(run.capitals, textOf(tokens, run.from, end))) return undefined;
  if (typeOfKind(left) === 'person') return undefined;
  return sense.common || (left.endsWith('s') && end - run.from === 1) ? next + 1 : undefined;
}

/** Moore School of Engineering (of the University of Pennsylvania): the second one has a name of its own. */
function opensSecondInstitution(tokens: readonly Token[], from: number, end: number, next: number): boolean {
  const nested = tokens.slice(from, end).some((token) => token.lower === 'of');
  return nested && headsBeforeOf.has(tokens[next]?.lower ?? '') && tokens[next + 1]?.lower === 'of';
}

/** Louis de Broglie, Max von Laue, Château d'Hérouville. */
function particle(tokens: readonly Token[], end: number, run: RunContext): number | undefined {
  const left = tokens[end - 1];
  const word = tokens[end]?.text ?? '';
  if (/^(?:d|l|o)['’]\p{Lu}/u.test(word)) return end + 1;
  if (left === undefined || !nameParticles.has(word) || senseOf(left.lower).functional) return undefined;
  let next = end;
  while (nameParticles.has(tokens[next]?.text ?? '') && next < end + 3) next++;
  if (!isNameWord(tokens[next]) || (run.titleLike && word === 'a')) return undefined;
  return next + 1;
}

/** Museum of Industry and Agriculture, Rock and Roll; not `Crick and Watson`. */
function conjunction(tokens: readonly Token[], end: number, run: RunContext): number | undefined {
  const joint = tokens[end]?.lower;
  if (joint !== 'and' && joint !== '&') return undefined;
  const left = tokens[end - 1]?.lower ?? '';
  const right = tokens[end + 1];
  if (!isNameWord(right)) return undefined;
  if (joint === '&') return end + 2;
  if (isAttestedName(run.capitals, left) || isAttestedName(run.capitals, right.lower)) return undefined;
  if (isAttestedName(run.capitals, textOf(tokens, run.from, end))) return undefined;
  if (isHeadedName(tokens, end + 1) && typeOfKind(left) === undefined) return end + 2;
  const insideOf = end - 2 > run.from && ['of', 'for'].includes(tokens[end - 2]?.lower ?? '');
  const goesOn = ['for', 'to', 'in'].includes(tokens[end + 2]?.lower ?? '') && isNameWord(tokens[end + 3]);
  const plainPair = senseOf(left).common && senseOf(right.lower).common && typeOfKind(left) === undefined && !goesOn;
  if (!insideOf && !plainPair) return undefined;
  const isCompound = tokens[end - 2]?.lower === 'for' && senseOf(left).adjective && isNameWord(tokens[end + 2]);
  if (isCompound) return end + 3;
  return insideOf && isNameWord(tokens[end + 2]) && typeOfKind(tokens[end + 2]?.lower ?? '') === undefined
    ? undefined
    : end + 2;
}

/** Whether a run of two or more words begins here whose last word says what it is: Cypher School, Roll Hall of Fame. */
function isHeadedName(tokens: readonly Token[], at: number): boolean {
  let end = at;
  while (isNameWord(tokens[end]) && end < at + 4) end++;
  const type = typeOfKind(tokens[end - 1]?.lower ?? '');
  return end > at + 1 && type !== undefined && type !== 'person';
}

/** Tom Petty and the Heartbreakers, Indiana Jones and the Dial of Destiny; not `Bohr and the Royal Society`. */
function bandOf(tokens: readonly Token[], end: number, run: RunContext): number | undefined {
  if (tokens[end]?.lower !== 'and' || tokens[end + 1]?.text !== 'the') return undefined;
  const right = tokens[end + 2];
  if (!isNameWord(right) || isKnownElsewhere(tokens, end + 2, run.capitals)) return undefined;
  if (isAttestedName(run.capitals, textOf(tokens, run.from, end)) || isNameWord(tokens[end + 3])) return undefined;
  if (typeOfKind(right.lower) !== undefined || typeOfKind(tokens[end - 1]?.lower ?? '') !== undefined) return undefined;
  return end - run.from >= 2 ? end + 3 : undefined;
}

const epithets = new Set(
  `great terrible conqueror wise bold elder younger fair good pious magnificent lionheart confessor fat bald short cruel
  catholic brave strong blind lame old young simple just merciful peaceful red black`.split(/\s+/),
);

/** Jabba the Hutt, William the Conqueror; not `gave Rutherford the Medal`. */
function epithet(tokens: readonly Token[], end: number, run: RunContext): number | undefined {
  const right = tokens[end + 1];
  if (tokens[end]?.text !== 'the' || !isNameWord(right) || end - run.from > 2) return undefined;
  const sense = senseOf(right.lower);
  if (epithets.has(right.lower) && senseOf(tokens[end - 1]?.lower ?? '').firstName !== undefined) return end + 2;
  if (run.capitals.runs.has(textOf(tokens, run.from, end)) || run.capitals.runs.has(right.lower)) return undefined;
  if (typeOfKind(tokens[end - 1]?.lower ?? '') !== undefined || sense.place !== undefined || sense.demonym)
    return undefined;
  return isHeadedName(tokens, end + 1) || typeOfKind(right.lower) !== undefined ? undefined : end + 2;
}

/** Nobel Prize in Physics, Institute for Advanced Study, Committee on Atomic Energy. */
function headPhrase(tokens: readonly Token[], end: number, run: RunContext): number | undefined {
  const joint = tokens[end]?.lower;
  const next = skipArticle(tokens, end + 1);
  const right = tokens[next];
  if (!isNameWord(right) || isAttestedName(run.capitals, right.lower) || senseOf(right.lower).functional)
    return undefined;
  const type = typeOfKind(tokens[end - 1]?.lower ?? '');
  if (joint === 'for' && right.text === 'Best' && isNameWord(tokens[next + 1])) return next + 2;
  if (type === 'award' && joint === 'in') return next + 1;
  if (type === 'award' && joint === 'for') return senseOf(right.lower).common ? next + 1 : undefined;
  const plain = !senseOf(right.lower).surname;
  if (type === 'organization' && joint === 'for' && plain) return next + 1;
  return (type === 'organization' || type === 'event') && joint === 'on' && plain && next === end + 1
    ? next + 1
    : undefined;
}

/** The Man Who Fell to Earth, Tango in the Night, Fiddler on the Roof. */
function titleWords(tokens: readonly Token[], end: number, run: RunContext): number | undefined {
  let next = end;
  while (next < end + 3 && titleConnectors.has(tokens[next]?.text ?? '')) next++;
  if (next === end) return undefined;
  const right = tokens[next];
  if (!isNameWord(right)) return undefined;
  const celestial = senseOf(right.lower).place === 'place';
  if (celestial && (run.titleLike || (tokens[end]?.lower === 'from' && senseOf(tokens[end - 1]?.lower ?? '').common))) {
    return next + 1;
  }
  if (isKnownElsewhere(tokens, next, run.capitals)) return undefined;
  const sense = senseOf(right.lower);
  if (run.titleLike) {
    if (tokens[end]?.lower === 'and' && (end - run.from > 2 || tokens[next + 1]?.lower === 'for')) return undefined;
    const articledTitle = ['the', 'a', 'an'].includes(tokens[next - 1]?.text ?? '') || tokens[end]?.lower === 'and';
    return articledTitle || sense.common ? (isArticle(right) ? undefined : next + 1) : undefined;
  }
  const left = tokens[end - 1]?.lower ?? '';
  const whole = textOf(tokens, run.from, end);
  if (isAttestedName(run.capitals, left) || isAttestedName(run.capitals, whole)) return undefined;
  if (typeOfKind(left) !== undefined || senseOf(left).surname) return undefined;
  const articled =
    next === end + 2 &&
    ['on the', 'in the', 'at the', 'from the', 'for the'].includes(textOf(tokens, end, next)) &&
    !isHeadedName(tokens, next);
  const plainPair = senseOf(left).common && sense.common && !isArticle(right) && end === run.from + 1;
  return articled || (plainPair && next === end + 1 && tokens[end]?.lower !== 'and') ? next + 1 : undefined;
}

function isArticle(token: Token): boolean {
  return token.lower === 'the' || token.lower === 'a' || token.lower === 'an';
}

/** Whether a name of its own begins here: then a small word before it belongs to the sentence. */
function isKnownElsewhere(tokens: readonly Token[], at: number, capitals: Capitals): boolean {
  if (isAttestedName(capitals, tokens[at]?.lower ?? '')) return true;
  for (let end = at + 2; end <= at + 4 && isNameWord(tokens[end - 1]); end++) {
    if ((capitals.runs.get(textOf(tokens, at, end)) ?? 0) > 0) return true;
  }
  return false;
}

/** École municipale de physique, Traité de radioactivité: lower-case words of another language. */
function foreignWords(tokens: readonly Token[], end: number, run: RunContext): number | undefined {
  const left = tokens[end - 1];
  const next = tokens[end];
  if (left === undefined || next === undefined || next.kind !== 'word' || next.capital) return undefined;
  const started = end - run.from > 1 && left.kind === 'word' && !left.capital;
  const particleFirst = foreignParticles.has(next.lower) && isForeign(tokens[end + 1]);
  const article = (left.text === 'La' || left.text === 'Le') && isForeign(next);
  if (!started && !particleFirst && !article && !(foreignHeads.has(left.lower) && isForeign(next))) return undefined;
  let at = end;
  let last = end;
  while (at < end + 12) {
    if (isForeign(tokens[at])) last = ++at;
    else if (foreignParticles.has(tokens[at]?.lower ?? '')) at++;
    else break;
  }
  return last > end ? last : undefined;
}

function isForeign(token: Token | undefined): boolean {
  if (token === undefined || token.kind !== 'word' || token.capital) return false;
  const sense = senseOf(token.lower);
  return !sense.functional && !sense.common && token.lower.length > 3;
}

/** Apollo 11, Hut 6, Studio One, Difference Engine No. 2, Note G. */
function number(tokens: readonly Token[], end: number): number | undefined {
  const next = tokens[end];
  if (next === undefined || isGlued(tokens[end - 1], next)) return undefined;
  if (next.text === 'I' && !senseOf(tokens[end + 1]?.lower ?? '').verb) return end + 1;
  if (next.lower === 'no.' && tokens[end + 1]?.kind === 'number') return end + 2;
  if (next.kind !== 'number' || !/^\d{1,4}$/.test(next.text)) return undefined;
  if (senseOf(tokens[end - 1]?.lower ?? '').place !== undefined) return undefined;
  const after = tokens[end + 1]?.lower ?? '';
  return countedUnits.test(after) ? undefined : end + 1;
}

/** Whether small words and then a capital follow, as after the first word of `Never for Ever`, `Behind the Mask`. */
export function opensTitle(tokens: readonly Token[], at: number, capitals: Capitals): boolean {
  let next = at + 1;
  while (next < at + 4 && titleConnectors.has(tokens[next]?.text ?? '')) next++;
  return next > at + 1 && isNameWord(tokens[next]) && !isKnownElsewhere(tokens, next, capitals);
}

/** The words of `[from, to)` in lower case, joined by blanks. */
export function textOf(tokens: readonly Token[], from: number, to: number): string {
  return tokens
    .slice(from, to)
    .map((token) => token.lower)
    .join(' ');
}
