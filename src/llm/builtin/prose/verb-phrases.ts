import { senseOf } from './lexicon.ts';
import type { PhraseInput, VerbPhrase } from './phrases.ts';
import type { VerbSense } from './verb-forms.ts';
import {
  auxiliaries,
  beForms,
  determiners,
  doubtful,
  haveForms,
  modals,
  negations,
  possessives,
  prepositions,
} from './words.ts';

const particles = new Set(['up', 'out', 'off', 'down', 'away', 'back']);
const singularPronouns = new Set(['he', 'she', 'it', 'who', 'which', 'that', 'this', 'one']);
const pluralPronouns = new Set(['they', 'we', 'you', 'i', 'who', 'which', 'that']);

/** The verb phrase that begins at a token, with its auxiliaries; undefined if none does. */
export function verbPhraseAt(input: PhraseInput, at: number): VerbPhrase | undefined {
  const word = input.tokens[at]?.lower ?? '';
  if (word === 'to' && opensInfinitive(input, at)) return withAuxiliaries(input, at, at + 1, 'infinitive');
  if (auxiliaries.has(word)) return withAuxiliaries(input, at, at, 'finite');
  const verb = senseOf(word).verb;
  if (verb === undefined || input.tokens[at]?.possessive || !isVerbHere(input, at, verb)) return undefined;
  const form =
    verb.form === 'gerund' ? 'gerund' : verb.form === 'past' || verb.form === 'participle' ? 'bare' : 'finite';
  return finish(input, { from: at, main: at, verb, form, passive: false, negated: false, doubtful: false });
}

/** Whether `to` opens an infinitive here. */
export function opensInfinitive(input: PhraseInput, at: number): boolean {
  let next = at + 1;
  if (senseOf(input.tokens[next]?.lower ?? '').adverb) next++;
  const word = input.tokens[next];
  if (word === undefined || word.capital || input.spanAt.has(next)) return false;
  const verb = senseOf(word.lower).verb;
  return (
    word.lower === 'be' ||
    word.lower === 'have' ||
    word.lower === 'do' ||
    verb?.form === 'base' ||
    (verb !== undefined && verb.lemma === word.lower)
  );
}

interface Draft {
  from: number;
  main: number;
  verb: VerbSense;
  form: VerbPhrase['form'];
  passive: boolean;
  negated: boolean;
  doubtful: boolean;
}

function withAuxiliaries(input: PhraseInput, from: number, first: number, form: VerbPhrase['form']): VerbPhrase {
  let at = first;
  let lastAuxiliary = '';
  let negated = negations.has(input.tokens[from - 1]?.lower ?? '');
  let isDoubtful = false;
  while (at < from + 9) {
    const word = input.tokens[at]?.lower ?? '';
    if (auxiliaries.has(word)) lastAuxiliary = word;
    else if (lastAuxiliary !== '' && isByThen(input, at)) at++;
    else if (!isSkippable(input, at)) break;
    negated ||= negations.has(word);
    isDoubtful ||= doubtful.has(word);
    at++;
  }
  const verb = input.spanAt.has(at) ? undefined : senseOf(input.tokens[at]?.lower ?? '').verb;
  const be = beForms.has(lastAuxiliary);
  const fits = verb !== undefined && fitsAuxiliary(input, at, verb, lastAuxiliary, form);
  if (!fits) return auxiliaryAlone(input, from, first, at, { form, negated, doubtful: isDoubtful });
  const passive = be && (verb.form === 'past' || verb.form === 'participle') && !activeParticiples.has(verb.lemma);
  return finish(input, { from, main: at, verb, form, passive, negated, doubtful: isDoubtful });
}

/** Participles that say a state, not what was done to the subject: is gone. */
const activeParticiples = new Set(['go', 'come', 'become', 'arrive', 'die', 'fall', 'rise', 'happen', 'marry']);

/** `had by then left`. */
function isByThen({ tokens, timeAt }: PhraseInput, at: number): boolean {
  return tokens[at]?.lower === 'by' && /^(?:then|now)$/.test(tokens[at + 1]?.lower ?? '') && !timeAt.has(at);
}

function isSkippable(input: PhraseInput, at: number): boolean {
  const token = input.tokens[at];
  if (token === undefined || token.kind !== 'word' || input.spanAt.has(at) || input.timeAt.has(at)) return false;
  return senseOf(token.lower).adverb || token.lower === 'both' || token.lower === 'either';
}

function fitsAuxiliary(
  input: PhraseInput,
  at: number,
  verb: VerbSense,
  auxiliary: string,
  form: VerbPhrase['form'],
): boolean {
  const token = input.tokens[at];
  if (token === undefined || token.capital) return false;
  const past = verb.form === 'past' || verb.form === 'participle';
  if (beForms.has(auxiliary)) {
    return verb.form === 'gerund' || (past && !isAdjectiveBeforeNoun(input, at));
  }
  if (haveForms.has(auxiliary)) return past;
  if (auxiliary === '') return form === 'infinitive';
  return verb.form === 'base' || verb.lemma === token.lower || (modals.has(auxiliary) && past);
}

function isAdjectiveBeforeNoun(input: PhraseInput, at: number): boolean {
  const next = input.tokens[at + 1];
  return (
    next !== undefined &&
    next.kind === 'word' &&
    !senseOf(next.lower).functional &&
    !senseOf(next.lower).adverb &&
    !input.spanAt.has(at + 1) &&
    !input.timeAt.has(at + 1) &&
    senseOf(next.lower).verb === undefined &&
    senseOf(input.tokens[at]?.lower ?? '').adjective
  );
}

/** Be, have and do as full verbs: was a physicist, had a brother. */
function auxiliaryAlone(
  input: PhraseInput,
  from: number,
  first: number,
  end: number,
  more: { form: VerbPhrase['form']; negated: boolean; doubtful: boolean },
): VerbPhrase {
  let last = end - 1;
  while (last > first && !auxiliaries.has(input.tokens[last]?.lower ?? '')) last--;
  const word = input.tokens[last]?.lower ?? '';
  const lemma = beForms.has(word) ? 'be' : haveForms.has(word) ? 'have' : (senseOf(word).verb?.lemma ?? 'do');
  return {
    kind: 'verb',
    from,
    to: last + 1,
    lemma,
    past: lemma === 'be' ? 'was' : lemma === 'have' ? 'had' : 'did',
    passive: false,
    particle: '',
    ...more,
  };
}

function finish(input: PhraseInput, draft: Draft): VerbPhrase {
  const next = input.tokens[draft.main + 1]?.lower ?? '';
  const particle = particles.has(next) && input.tokens[draft.main + 2]?.lower !== 'of' ? next : '';
  const before = input.tokens[draft.from - 1]?.lower ?? '';
  return {
    kind: 'verb',
    from: draft.from,
    to: draft.main + (particle === '' ? 1 : 2),
    lemma: draft.verb.lemma,
    past: draft.verb.past === '' ? pastOfGerund(draft.verb) : draft.verb.past,
    form: draft.form,
    passive: draft.passive,
    negated: draft.negated || before === 'never' || before === 'not',
    doubtful: draft.doubtful,
    particle,
  };
}

function pastOfGerund(verb: VerbSense): string {
  return senseOf(verb.lemma).verb?.past ?? verb.lemma;
}

/** Whether a word that can be a verb is one, by what stands around it. */
function isVerbHere(input: PhraseInput, at: number, verb: VerbSense): boolean {
  const token = input.tokens[at];
  const last = input.done.at(-1);
  const before = input.tokens[at - 1]?.lower ?? '';
  if (token === undefined || (token.capital && at > 0)) return false;
  const afterAdverb = last?.kind === 'adverb' ? input.done.at(-2) : last;
  if (verb.form === 'past' || verb.form === 'participle') {
    if (last?.kind === 'preposition') return false;
    if (last?.kind === 'relative') return true;
    if (determiners.has(before) || possessives.has(before)) return false;
    return last !== undefined || prepositions.has(input.tokens[at + 1]?.lower ?? '');
  }
  if (verb.form === 'gerund') return !determiners.has(before) && !possessives.has(before);
  if (verb.form === 'present' && verb.certain)
    return !determiners.has(before) && !possessives.has(before) && last?.kind !== 'preposition';
  if (verb.form === 'present') return isPresentHere(input, at, afterAdverb);
  return (
    (afterAdverb?.kind === 'noun' && pluralPronouns.has(afterAdverb.pronoun)) ||
    (afterAdverb?.kind === 'relative' && afterAdverb.word !== 'whose' && opensObject(input, at + 1))
  );
}

function isPresentHere(input: PhraseInput, at: number, before: PhraseInput['done'][number] | undefined): boolean {
  if (before?.kind === 'relative') return before.word !== 'whose';
  if (before?.kind === 'noun') {
    if (singularPronouns.has(before.pronoun)) return true;
    return before.span !== undefined || before.determiner !== '' ? opensObject(input, at + 1) : false;
  }
  const joins = before?.kind === 'conjunction' || before?.kind === 'comma';
  return (
    joins &&
    opensObject(input, at + 1) &&
    input.done.some((phrase) => phrase.kind === 'verb' || phrase.kind === 'comma')
  );
}

/** Whether an object or adverbial can begin at a token: an article, a name, a preposition other than `of`. */
function opensObject(input: PhraseInput, at: number): boolean {
  const token = input.tokens[at];
  if (token === undefined || token.kind === 'mark') return false;
  if (token.kind === 'number' || input.spanAt.has(at) || input.timeAt.has(at)) return true;
  const { lower } = token;
  return (
    determiners.has(lower) ||
    possessives.has(lower) ||
    (prepositions.has(lower) && lower !== 'of') ||
    ['him', 'her', 'them', 'it', 'himself', 'herself', 'itself'].includes(lower) ||
    senseOf(lower).adverb
  );
}
