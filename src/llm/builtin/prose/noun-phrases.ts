import { typeOfKind } from './kinds.ts';
import { senseOf } from './lexicon.ts';
import type { NameSpan } from './name-spans.ts';
import type { NounPhrase, PhraseInput } from './phrases.ts';
import type { Token } from './tokens.ts';
import { determiners, possessives, pronouns } from './words.ts';

const longestPhrase = 14;
const kinNouns = new Set(
  `father mother brother sister son daughter wife husband uncle aunt nephew niece cousin friend colleague partner widow widower
  grandfather grandmother grandson granddaughter child children parents parent teacher pupil student assistant rival successor
  predecessor mentor bandmate`.split(/\s+/),
);

/** The noun phrase that begins at a token; undefined where no noun can stand. */
export function nounPhraseAt(input: PhraseInput, from: number): NounPhrase | undefined {
  const first = input.tokens[from];
  if (first === undefined) return undefined;
  const phrase: NounPhrase = {
    kind: 'noun',
    from,
    to: from,
    span: undefined,
    head: '',
    headCapital: false,
    label: '',
    determiner: '',
    owner: undefined,
    pronoun: '',
    ranked: false,
    modifiers: [],
  };
  if (pronouns.has(first.lower) && !input.spanAt.has(from) && !(first.lower === 'her' && opensNoun(input, from + 1))) {
    return { ...phrase, to: from + 1, pronoun: first.lower };
  }
  for (let at = from; at < input.tokens.length && at - from < longestPhrase; ) {
    const next = takeWord(input, phrase, at);
    if (next === undefined) break;
    at = next;
    phrase.to = next;
    if (phrase.span !== undefined) break;
  }
  if (phrase.to === from + 1 && (first.lower === 'her' || first.lower === 'his')) {
    return { ...phrase, owner: undefined, determiner: '', pronoun: first.lower };
  }
  return phrase.to === from ? { ...phrase, to: from + 1, head: first.lower } : phrase;
}

/** Adds the word or name at `at` to the phrase and tells where to go on; undefined if the phrase ends before it. */
function takeWord(input: PhraseInput, phrase: NounPhrase, at: number): number | undefined {
  const token = input.tokens[at];
  if (token === undefined || (input.timeAt.has(at) && at > phrase.from)) return undefined;
  const span = input.spanAt.get(at);
  if (span !== undefined) return takeName(input, phrase, span);
  if (token.kind === 'mark' && (token.text === "'" || token.text === '’') && isPluralOwner(input, at)) return at + 1;
  if (token.kind === 'mark') return quotingMarks.has(token.text) ? quotedName(input, phrase, at) : undefined;
  const { lower } = token;
  if (ranks.test(lower)) phrase.ranked = true;
  if (determiners.has(lower)) {
    if (at > phrase.from && phrase.head !== '') return undefined;
    phrase.determiner = phrase.determiner === '' ? lower : phrase.determiner;
    return at + 1;
  }
  if (possessives.has(lower) && at === phrase.from) {
    phrase.owner = lower;
    phrase.determiner = lower;
    return at + 1;
  }
  const sense = senseOf(lower);
  if (ordinal.test(lower) && at > phrase.from && phrase.head === '') {
    phrase.head = lower;
    return at + 1;
  }
  if (sense.functional) return sense.adverb && phrase.head === '' && opensNoun(input, at + 1) ? at + 1 : undefined;
  if (at > phrase.from && endsPhrase(input, phrase, at)) return undefined;
  if (token.possessive) {
    phrase.owner = undefined;
    phrase.head = '';
    phrase.modifiers = [];
    return at + 1;
  }
  phrase.head = lower;
  phrase.headCapital = token.capital;
  return at + 1;
}

const ordinal = /^(?:first|second|third|last|next|former|latter)$/;

const ranks = /^(?:first|last|only|second|third|fourth|youngest|oldest|sole)$/;

/** the supporters' (club): the apostrophe of a plural is a mark of its own. */
function isPluralOwner(input: PhraseInput, at: number): boolean {
  const before = input.tokens[at - 1];
  return before?.possessive === true && before.end === input.tokens[at]?.start;
}

const quotingMarks = new Set(['"', '“', '‘', '*', '_', '«']);

/** `the song "Albatross"`, `his *Low*`: the mark stands between the noun or the article and the name. */
function quotedName(input: PhraseInput, phrase: NounPhrase, at: number): number | undefined {
  const span = input.spanAt.get(at + 1);
  if (span === undefined || (phrase.head === '' && phrase.determiner === '')) return undefined;
  const next = takeName(input, phrase, span);
  return next !== undefined && quotingMarks.has(input.tokens[next]?.text ?? '') ? next + 1 : next;
}

function takeName(input: PhraseInput, phrase: NounPhrase, span: NameSpan): number | undefined {
  if (span.honorific !== undefined && span.honorific === phrase.head) phrase.head = '';
  const headType =
    phrase.head === '' || phrase.headCapital
      ? undefined
      : (typeOfKind(phrase.head) ?? (kinNouns.has(phrase.head) ? 'person' : undefined));
  const described = phrase.head === '' || headType !== undefined || senseOf(phrase.head).adjective;
  if (!described) return undefined;
  if (span.possessive) {
    if (phrase.head !== '' && headType === undefined) return undefined;
    phrase.owner = span;
    phrase.head = '';
    phrase.determiner = '';
    return span.to;
  }
  if (continuesAsNoun(input, span.to)) {
    phrase.modifiers.push(span);
    phrase.head = '';
    return span.to;
  }
  phrase.span = span;
  phrase.label = headType === undefined ? '' : phrase.head;
  phrase.head = '';
  return span.to;
}

/** Whether a common noun follows that makes the name before it a modifier: the Enigma (machine). */
function continuesAsNoun(input: PhraseInput, at: number): boolean {
  const token = input.tokens[at];
  if (token === undefined || token.kind !== 'word' || token.capital || input.timeAt.has(at) || input.spanAt.has(at))
    return false;
  const sense = senseOf(token.lower);
  if (sense.functional || sense.adverb || quantity.test(token.lower)) return false;
  if (sense.verb === undefined) return true;
  if (sense.verb.form === 'past' || sense.verb.form === 'participle' || sense.verb.form === 'gerund') return false;
  if (sense.verb.certain) return false;
  return sense.verb.form === 'base' || !opensArgument(input.tokens[at + 1], input.spanAt.has(at + 1));
}

const quantity =
  /^(?:\d[\d.,]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred|thousand|million)$/;

/** Whether the word ends the phrase because it is the verb of the sentence. */
function endsPhrase(input: PhraseInput, phrase: NounPhrase, at: number): boolean {
  const token = input.tokens[at];
  const sense = token === undefined ? undefined : senseOf(token.lower);
  if (token === undefined || sense === undefined) return true;
  if (token.capital && phrase.head !== '' && !token.possessive) return false;
  if (sense.verb === undefined) return phrase.head !== '' && sense.adverb;
  const { form } = sense.verb;
  const hasHead = phrase.head !== '' && !quantity.test(phrase.head);
  const isThing = phrase.determiner === 'the' && typeOfKind(phrase.head) !== undefined;
  if ((form === 'past' || form === 'participle') && isAuxiliary(input.tokens[at + 1]?.lower ?? '')) return false;
  if (form === 'past' || form === 'participle') {
    return (
      !opensNoun(input, at + 1) || (hasHead && (input.spanAt.has(at + 1) || isThing || !senseOf(phrase.head).adjective))
    );
  }
  if (form === 'gerund') return hasHead && !opensNoun(input, at + 1);
  if (form === 'present' && sense.verb.certain) return hasHead;
  if (form === 'present') return hasHead && opensArgument(input.tokens[at + 1], input.spanAt.has(at + 1));
  return false;
}

/** Whether a noun can begin at a token, so that what stands before it is an adjective. */
function opensNoun(input: PhraseInput, at: number): boolean {
  const token = input.tokens[at];
  if (token?.kind === 'mark') return quotingMarks.has(token.text) && input.spanAt.has(at + 1);
  if (token === undefined) return false;
  if (input.spanAt.has(at)) return true;
  if (ordinal.test(token.lower)) return opensNoun(input, at + 1);
  return !senseOf(token.lower).functional && !input.timeAt.has(at);
}

/** Whether an object or a preposition other than `of` follows, which makes an unclear word a verb. */
function opensArgument(token: Token | undefined, isName: boolean): boolean {
  if (token === undefined || token.kind === 'mark') return false;
  if (token.kind === 'number') return true;
  if (isName || determiners.has(token.lower) || possessives.has(token.lower)) return true;
  const sense = senseOf(token.lower);
  return (
    sense.functional &&
    token.lower !== 'of' &&
    token.lower !== 'and' &&
    token.lower !== 'or' &&
    !isAuxiliary(token.lower)
  );
}

function isAuxiliary(lower: string): boolean {
  return /^(?:is|are|was|were|has|have|had|did|does|do|would|could|should|will|can|may|might|must|be|been)$/.test(
    lower,
  );
}
