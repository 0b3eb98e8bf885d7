import { type Capitals, isInitial } from './capitals.ts';
import { compromiseTables } from './compromise-tables.ts';
import { extraPersonWords } from './gazetteer.ts';
import { typeOfKind } from './kinds.ts';
import { placeKindOf, senseOf } from './lexicon.ts';
import { textOf } from './name-connectors.ts';
import { workCues } from './name-runs.ts';
import type { Token } from './tokens.ts';
import { calendarWords, honorifics, romanNumeral } from './words.ts';

const shipPrefix = /^(?:HMS|USS|RMS|SS|MV|HMCS|HMAS|SMS)$/;

/** Whether what is left is a name worth showing: no nationality, rank, numeral or calendar word alone. */
export function isPresentable(tokens: readonly Token[], from: number, to: number): boolean {
  const words = tokens.slice(from, to);
  if (words.length === 0 || words.every((word) => senseOf(word.lower).functional || calendarWords.has(word.lower)))
    return false;
  if (words.every((word) => /^(?:\p{Lu}\.)+$/u.test(word.text)))
    return words.length === 1 && words[0]?.text !== undefined && words[0].text.length > 2;
  const last = words.at(-1);
  const lastSense = senseOf(last?.lower ?? '');
  const known = placeKindOf(words.map((word) => word.lower).join(' ')) !== undefined;
  const cued = workCues.has(tokens[from - 1]?.lower ?? '') && words.length > 1;
  const named = words.length > 1 && senseOf(words[0]?.lower ?? '').firstName !== undefined;
  if (known && lastSense.demonym && words.length === 1) return !isAdjectival(tokens, from, to);
  if (known || cued || named) return true;
  if (lastSense.demonym || (lastSense.person && isRole(last?.lower ?? ''))) return false;
  if (words.length === 2 && /^(?:Grand|Crown|High|Vice|Rear|Prime)$/.test(words[0]?.text ?? '') && lastSense.person)
    return false;
  const only = words.length === 1 ? words[0] : undefined;
  if (only === undefined) return !words.every((word) => senseOf(word.lower).demonym || romanNumeral.test(word.text));
  if (subjects.has(only.lower) || /^\p{Lu}-\p{Ll}/u.test(only.text) || senseOf(only.lower.split('-')[0] ?? '').demonym)
    return false;
  if (
    senseOf(only.lower).person &&
    !isUnlisted(only.lower) &&
    senseOf(only.lower).firstName === undefined &&
    !senseOf(only.lower).surname
  )
    return false;
  if (senseOf(only.lower).demonym || romanNumeral.test(only.text) || shipPrefix.test(only.text)) return false;
  if (honorifics.has(only.lower) || /^\p{Lu}\.?$/u.test(only.text)) return false;
  return only.text.length > 1 && /\p{L}/u.test(only.text);
}

/** Lindqvist, the Labadists: what only ends like an occupation is none where it has a capital. */
function isUnlisted(lower: string): boolean {
  return (
    compromiseTables.tags(lower).length === 0 &&
    !extraPersonWords.has(lower) &&
    !extraPersonWords.has(lower.replace(/s$/, ''))
  );
}

/** `the Antarctic night`, as against `in the Antarctic`. */
function isAdjectival(tokens: readonly Token[], from: number, to: number): boolean {
  const next = tokens[to];
  return (
    tokens[from - 1]?.lower !== 'the' ||
    (next?.kind === 'word' && !senseOf(next.lower).functional && !senseOf(next.lower).verb)
  );
}

/** Words that end the title of a post, not a name: (Cavendish) Professor. */
function isRole(lower: string): boolean {
  return /^(?:professor|president|director|chancellor|secretary|minister|governor|ambassador|fellow|officer)$/.test(
    lower,
  );
}

const nationalBodies = new Set('navy army senate parliament'.split(' '));
const namedByModifier = new Set(
  'expedition incident affair mutiny uprising rebellion massacre scandal crisis school trilogy saga cycle'.split(' '),
);

/** The Nimrod (expedition), the Dreyfus (affair): named after a ship, a place or a person. */
export function withExpedition(tokens: readonly Token[], from: number, to: number): number {
  const next = tokens[to]?.text ?? '';
  if (!/^(?:the|his|her|their|its)$/.test(tokens[from - 1]?.lower ?? '')) return to;
  const national = nationalBodies.has(next) && to === from + 1 && senseOf(tokens[from]?.lower ?? '').demonym;
  return national || namedByModifier.has(next) ? to + 1 : to;
}

/** Leaves out a small word at the end that belongs to the next phrase. */
export function trimmedEnd(tokens: readonly Token[], from: number, to: number): number {
  let end = to;
  const last = senseOf(tokens[to - 1]?.lower ?? '');
  const next = tokens[to];
  const opensNext = next?.kind === 'word' && !next.capital && !senseOf(next.lower).functional;
  if (to - from > 2 && last.demonym && last.place === undefined && opensNext) end--;
  while (end > from + 1 && senseOf(tokens[end - 1]?.lower ?? '').functional && !tokens[end - 1]?.capital) end--;
  return end;
}

/** `At McGill Rutherford found`: two names side by side of which each stands alone elsewhere and the pair never does. */
export function splitPoint(tokens: readonly Token[], from: number, to: number, capitals: Capitals): number | undefined {
  if (to - from < 2 || (capitals.runs.get(textOf(tokens, from, to)) ?? 0) > 1) return undefined;
  const met = eventThenPerson(tokens, from, to);
  if (met !== undefined) return met;
  const before = tokens[from - 1]?.lower ?? '';
  const led = ledByPlace.has(before) || (before === 'the' && ledByPlace.has(tokens[from - 2]?.lower ?? ''));
  if (!led) return undefined;
  for (let cut = to - 1; cut > from; cut--) {
    const right = textOf(tokens, cut, to);
    if (!capitals.runs.has(right) || placeKindOf(right) !== undefined || typeOfKind(right) !== undefined) continue;
    const left = textOf(tokens, from, cut);
    const head = typeOfKind(tokens[cut - 1]?.lower ?? '');
    const isKnown = placeKindOf(left) !== undefined && before !== 'the';
    if (isKnown || head === 'event' || head === 'organization' || head === 'period') return cut;
    if (isInitial(tokens, from - 1) && capitals.runs.has(left)) return cut;
  }
  return undefined;
}

/** `At the Battle of Ardmoor Anna Dorn commanded`: a given name opens another name behind that of an event. */
function eventThenPerson(tokens: readonly Token[], from: number, to: number): number | undefined {
  const of = tokens.slice(from, to).findIndex((token) => token.lower === 'of');
  if (of < 1 || typeOfKind(tokens[from + of - 1]?.lower ?? '') !== 'event') return undefined;
  for (let cut = from + of + 2; cut < to - 1; cut++) {
    const sense = senseOf(tokens[cut]?.lower ?? '');
    if (sense.firstName !== undefined && !sense.common && sense.place === undefined) return cut;
  }
  return undefined;
}

const ledByPlace = new Set('in at from to on after before near for with outside during of'.split(' '));
const subjects = new Set(
  'physics chemistry mathematics medicine physiology biology philosophy history music law economics'.split(' '),
);
