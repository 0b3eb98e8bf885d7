import { antecedent, beforeBracket } from './antecedents.ts';
import type { Clause } from './clauses.ts';
import type { NounPhrase, Phrase, VerbPhrase } from './phrases.ts';
import { clausal, isInPhrase, listBefore, partOf, skipAdverbs } from './subject-lists.ts';

/** Who or what a verb speaks of. */
export interface Subject {
  nouns: NounPhrase[];
  inherited: boolean;
  relative: boolean;
  /** The verb is a participle that says what was done to the noun: a film (directed by). */
  passive: boolean;
  /** The object of a relative clause, which stands before it: the ship that (Archer built). */
  fronted: NounPhrase | undefined;
}

const longestParenthesis = 30;
/** Verbs whose bare past form behind a comma mostly says what was done to the noun before it. */
const participles = new Set(
  `release publish direct found build write record design name call know base locate launch make produce paint compose
  establish form complete describe discover edit translate adapt entitle title set film organise organize convene hold own
  fund bear educate train bury inspire situate house create develop invent print illustrate star arrange conduct perform
  premiere broadcast manufacture assemble construct erect serialise serialize sign conclude ratify negotiate fight win`.split(
    /\s+/,
  ),
);

/** The subject of the verb at a position; undefined if the sentence names none for it. */
export function subjectOf(phrases: readonly Phrase[], at: number, earlier: readonly Clause[]): Subject | undefined {
  const verb = phrases[at];
  if (verb?.kind !== 'verb') return undefined;
  if (at === 0 && verb.form === 'bare') return openedSubject(phrases);
  if (verb.form === 'infinitive')
    return isCarried(phrases, at) || isFirstTo(phrases, at) ? inherit(earlier) : undefined;
  if (verb.form === 'gerund') return gerundSubject(phrases, at, earlier);
  const before = skipAdverbs(phrases, at - 1);
  const phrase = phrases[before];
  if (phrase?.kind === 'relative') return relativeSubject(phrases, before);
  if (phrase?.kind === 'noun') return nounSubject(phrases, before, at, verb);
  if (phrase?.kind === 'conjunction') return joinedSubject(phrases, before, verb, at, earlier);
  if (phrase?.kind === 'comma') return subjectAcross(phrases, before, at, verb, earlier);
  return phrase?.kind === 'subordinator' || phrase?.kind === 'verb'
    ? undefined
    : markSubject(phrases, before, at, verb, earlier);
}

/** `Rebuilt by Alexey Shchusev, the observatory reopened`: the subject stands behind the comma. */
function openedSubject(phrases: readonly Phrase[]): Subject | undefined {
  const next = phrases[1];
  if (next?.kind !== 'preposition' && next?.kind !== 'time') return undefined;
  const comma = phrases.findIndex(({ kind }) => kind === 'comma');
  const noun = phrases[comma + 1];
  if (comma < 0 || comma > 6 || noun?.kind !== 'noun') return undefined;
  return direct([noun], { passive: true });
}

function direct(nouns: NounPhrase[], more: Partial<Subject> = {}): Subject | undefined {
  if (nouns.length === 0) return undefined;
  return { nouns, inherited: false, relative: false, passive: false, fronted: undefined, ...more };
}

function inherit(earlier: readonly Clause[], main = false): Subject | undefined {
  const clause = main ? (earlier.findLast((one) => !one.relative) ?? earlier.at(-1)) : earlier.at(-1);
  if (clause === undefined) return undefined;
  return direct(clause.passive && clause.verb.form === 'bare' ? [] : clause.subjects, {
    inherited: true,
    relative: clause.relative,
  });
}

/** `who` points back to the nearest noun that it fits: a physicist from New Zealand who ... */
function relativeSubject(phrases: readonly Phrase[], at: number): Subject | undefined {
  const relative = phrases[at];
  const word = relative?.kind === 'relative' ? relative.word : '';
  const noun = antecedent(phrases, at, word);
  return noun === undefined ? undefined : direct(noun, { relative: true });
}

function nounSubject(phrases: readonly Phrase[], at: number, verbAt: number, verb: VerbPhrase): Subject | undefined {
  const noun = phrases[at];
  if (noun?.kind !== 'noun') return undefined;
  const before = skipAdverbs(phrases, at - 1);
  const previous = phrases[before];
  const byFollows = opensAgent(phrases, verbAt);
  if (previous?.kind === 'relative') {
    const fronted = antecedent(phrases, before, previous.word)?.[0];
    return previous.word === 'whose' ? undefined : direct([noun], { relative: true, fronted });
  }
  if (previous?.kind === 'preposition' && !clausal.has(previous.word)) {
    if (verb.form === 'bare' && byFollows) return direct([noun], { passive: true });
    return beforePhrase(phrases, before, noun, verbAt, verb);
  }
  if (previous?.kind === 'verb' && verb.form === 'bare' && !isReporting(previous))
    return direct([noun], { passive: true });
  const list = listBefore(phrases, at);
  const inside = list.length > 1 ? partOf(phrases, list) : undefined;
  if (inside !== undefined) return beforePhrase(phrases, inside, noun, verbAt, verb);
  return direct(list.length > 1 && isInPhrase(phrases, list) ? list.slice(-1) : list, {
    passive: verb.form === 'bare' && byFollows,
  });
}

/** Passes over `of the University of Paris` to the noun that it belongs to. */
function beforePhrase(
  phrases: readonly Phrase[],
  preposition: number,
  last: NounPhrase,
  verbAt: number,
  verb: VerbPhrase,
): Subject | undefined {
  const earlier = skipAdverbs(phrases, preposition - 1);
  const noun = phrases[earlier];
  if (noun?.kind === 'noun') return nounSubject(phrases, earlier, verbAt, verb);
  if (noun?.kind === 'conjunction' || noun?.kind === 'comma') return beforeListInPhrase(phrases, earlier, verbAt, verb);
  return noun === undefined && verb.form === 'finite' && phrases[preposition]?.kind === 'preposition'
    ? direct([last])
    : undefined;
}

/** `of Paris and of London`, `in Berlin, at the institute`: goes on looking before the list. */
function beforeListInPhrase(
  phrases: readonly Phrase[],
  joint: number,
  verbAt: number,
  verb: VerbPhrase,
): Subject | undefined {
  const noun = phrases[joint - 1];
  return noun?.kind === 'noun' ? nounSubject(phrases, joint - 1, verbAt, verb) : undefined;
}

function isReporting(verb: VerbPhrase): boolean {
  return ['say', 'think', 'believe', 'know', 'claim', 'hope', 'fear', 'suppose', 'suggest', 'tell'].includes(
    verb.lemma,
  );
}

/** Whether an agent follows, which makes a bare participle passive: directed by. */
function opensAgent(phrases: readonly Phrase[], verbAt: number): boolean {
  const next = phrases[verbAt + 1];
  return next?.kind === 'preposition' && next.word === 'by' && phrases[verbAt + 2]?.kind === 'noun';
}

/** `Castlereagh, replaced in February 1815 by Wellington`: an agent follows behind a time or place. */
function namesAgent(phrases: readonly Phrase[], verbAt: number): boolean {
  if (opensAgent(phrases, verbAt)) return true;
  if (phrases[verbAt + 1]?.kind === 'time') return opensAgent(phrases, verbAt + 1);
  return (
    phrases[verbAt + 1]?.kind === 'preposition' &&
    phrases[verbAt + 2]?.kind === 'noun' &&
    opensAgent(phrases, verbAt + 2)
  );
}

/** `designed Fram and built her`: the second verb takes the subject of the first. */
function joinedSubject(
  phrases: readonly Phrase[],
  at: number,
  verb: VerbPhrase,
  verbAt: number,
  earlier: readonly Clause[],
): Subject | undefined {
  const conjunction = phrases[at];
  if (conjunction?.kind !== 'conjunction') return undefined;
  return secondParticiple(phrases, verbAt, verb, earlier) ?? inherit(earlier, phrases[at - 1]?.kind === 'comma');
}

/** `directed by Aubert and written by Feld`: what the first participle was done to, the second was too. */
function secondParticiple(
  phrases: readonly Phrase[],
  verbAt: number,
  verb: VerbPhrase,
  earlier: readonly Clause[],
): Subject | undefined {
  const last = earlier.at(-1);
  if (verb.form !== 'bare' || last?.passive !== true || last.verb.form !== 'bare') return undefined;
  const next = phrases[verbAt + 1];
  const done = namesAgent(phrases, verbAt) || (finishing.has(verb.lemma) && next?.kind !== 'noun');
  return done ? direct(last.subjects, { inherited: true, passive: true }) : undefined;
}

const finishing = new Set(['launch', 'complete', 'release', 'publish', 'commission', 'deliver', 'open', 'broadcast']);
const unfinished = new Set(
  'bear name call know entitle title base locate situate house found establish own hold train educate bury'.split(' '),
);

/** `built by Denholm at Port Glasgow, launched in 1902`: neither the builder nor the place was launched. */
function furtherParticiple(
  phrases: readonly Phrase[],
  noun: NounPhrase,
  verb: VerbPhrase,
  earlier: readonly Clause[],
): Subject | undefined {
  const last = earlier.at(-1);
  const preposition = phrases[phrases.indexOf(noun) - 1];
  if (verb.form !== 'bare' || last === undefined || preposition?.kind !== 'preposition') return undefined;
  if (preposition.word === 'by' && finishing.has(verb.lemma)) {
    const complement = last.verb.lemma === 'be' && !last.passive ? last.objects[0] : undefined;
    const isOfComplement = complement !== undefined && phrases.indexOf(complement) === phrases.indexOf(noun) - 2;
    if (last.passive || isOfComplement) return direct(last.subjects, { inherited: true, passive: true });
  }
  const placed = ['at', 'in', 'on', 'near'].includes(preposition.word) && !unfinished.has(verb.lemma);
  return placed && last.passive ? direct(last.subjects, { inherited: true, passive: true }) : undefined;
}

/** `Archer, a shipbuilder, designed`: the subject stands before the comma that opens the parenthesis. */
function subjectAcross(
  phrases: readonly Phrase[],
  comma: number,
  verbAt: number,
  verb: VerbPhrase,
  earlier: readonly Clause[],
): Subject | undefined {
  const last = phrases[comma - 1];
  const inner = last?.kind === 'mark' && last.word === ')' ? beforeBracket(phrases, comma - 1) : comma - 1;
  const noun = phrases[inner];
  const next = phrases[verbAt + 1];
  const adverbial = next?.kind === 'preposition' || next?.kind === 'time';
  const isParticiple = participles.has(verb.lemma) || namesAgent(phrases, verbAt);
  const participle = verb.form === 'bare' && adverbial && isParticiple && noun?.kind === 'noun';
  for (let open = inner; open > 0 && comma - open < longestParenthesis; open--) {
    if (phrases[open]?.kind === 'mark') break;
    if (phrases[open]?.kind !== 'comma' || !opensParenthesis(phrases, open)) continue;
    const found = nounSubject(phrases, open - 1, verbAt, verb);
    if (found !== undefined) return { ...found, inherited: comma - open > 6 };
  }
  const further = participle ? furtherParticiple(phrases, noun, verb, earlier) : undefined;
  if (further !== undefined) return further;
  if (participle && (noun.span !== undefined || opensAgent(phrases, verbAt))) return direct([noun], { passive: true });
  return inherit(earlier, true);
}

function opensParenthesis(phrases: readonly Phrase[], comma: number): boolean {
  const before = phrases[comma - 1];
  const after = phrases[comma + 1];
  if (before?.kind !== 'noun' || after === undefined) return false;
  if (after.kind === 'relative' || after.kind === 'preposition') return true;
  if (after.kind === 'adverb') return phrases[comma + 2]?.kind === 'preposition' || phrases[comma + 2]?.kind === 'noun';
  if (after.kind === 'noun') {
    const spelled = after.span !== undefined && after.determiner === 'the' && before.span !== undefined && comma === 1;
    if (spelled) return true;
    const common = after.span === undefined ? after.pronoun === '' : before.span === undefined || after.label !== '';
    return common && phrases[comma - 2]?.kind !== 'verb';
  }
  return after.kind === 'verb' && after.form === 'bare' && phrases[comma - 2]?.kind !== 'verb';
}

/** `after leaving Paris`: a gerund behind a preposition or comma has the subject of the sentence. */
function gerundSubject(phrases: readonly Phrase[], at: number, earlier: readonly Clause[]): Subject | undefined {
  const before = phrases[at - 1];
  return before?.kind === 'comma' ? inherit(earlier, true) : undefined;
}

/** Behind a bracket the subject stands before it: Nikola Tesla (1856 – 1943) was. A dash takes up the last subject. */
function markSubject(
  phrases: readonly Phrase[],
  at: number,
  verbAt: number,
  verb: VerbPhrase,
  earlier: readonly Clause[],
): Subject | undefined {
  const mark = phrases[at];
  if (mark?.kind !== 'mark') return undefined;
  if (mark.word === ')') {
    let open = at - 1;
    while (open > 0 && at - open < longestParenthesis && !isOpeningBracket(phrases[open])) open--;
    return isOpeningBracket(phrases[open]) ? nounSubject(phrases, open - 1, verbAt, verb) : undefined;
  }
  return verb.form !== 'bare' && (mark.word === '—' || mark.word === '–') ? inherit(earlier, true) : undefined;
}

function isOpeningBracket(phrase: Phrase | undefined): boolean {
  return phrase?.kind === 'mark' && phrase.word === '(';
}

/** `became the first writer in Arabic to receive the Nobel Prize`. */
function isFirstTo(phrases: readonly Phrase[], at: number): boolean {
  const verbAt = phrases.slice(0, at).findLastIndex(({ kind }) => kind === 'verb');
  const verb = phrases[verbAt];
  const object = phrases[verbAt + 1];
  if (verb?.kind !== 'verb' || !/^(?:be|become)$/.test(verb.lemma) || verb.negated || verb.doubtful) return false;
  if (object?.kind !== 'noun' || object.determiner !== 'the' || at - verbAt > 6) return false;
  return object.ranked && phrases.slice(verbAt + 2, at).every(({ kind }) => kind === 'preposition' || kind === 'noun');
}

const carried = new Set(['help', 'begin', 'continue', 'start', 'go', 'manage', 'come', 'live', 'proceed', 'serve']);

const leaving = new Set(['leave', 'resign', 'quit', 'depart', 'return', 'go']);

/** Whether an infinitive says what its subject did: helped to found, went on to build. */
function isCarried(phrases: readonly Phrase[], at: number): boolean {
  let before = at - 1;
  while (phrases[before]?.kind === 'adverb') before--;
  const verb =
    phrases[before]?.kind === 'preposition' && phrases[before - 1]?.kind === 'verb'
      ? phrases[before - 1]
      : phrases[before];
  const infinitive = phrases[at];
  const parting = phrases.slice(0, at).findLast(({ kind }) => kind === 'verb');
  const joins =
    infinitive?.kind === 'verb' &&
    infinitive.lemma === 'join' &&
    parting?.kind === 'verb' &&
    leaving.has(parting.lemma);
  if (joins) return !parting.negated && !parting.doubtful;
  return verb?.kind === 'verb' && carried.has(verb.lemma) && !verb.negated && !verb.doubtful;
}
