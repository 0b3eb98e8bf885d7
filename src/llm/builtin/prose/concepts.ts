import { isAttestedName } from './capitals.ts';
import type { Entity } from './cast.ts';
import type { Clause } from './clauses.ts';
import { senseOf } from './lexicon.ts';
import type { NounPhrase } from './phrases.ts';
import type { Reading, ReadSentence } from './reading.ts';
import { determiners, possessives } from './words.ts';

/** An idea, method or term of art that a text explains or builds on. */
export interface Concept {
  name: string;
  /** method, principle; undefined if the text does not say. */
  kind: string | undefined;
  read: ReadSentence;
  /** The tokens of the sentence that name it. */
  at: { from: number; to: number };
  /** Between 0 and 1. */
  strength: number;
}

/** Nouns that say of what stands before them, or of what they are said of, that it is an idea. */
const heads = new Set(
  `theory theorem principle law method technique effect equation hypothesis paradox doctrine algorithm conjecture axiom
  curve surface zone syndrome disease reaction constant function cosine sine concept idea notion philosophy ideology
  movement style genre discipline science phenomenon test formula problem proof operator transform
  inequality paradigm approach rule convention school`.split(/\s+/),
);
/** Heads that are said of many things and make a term only where the text explains it. */
const loose = new Set(
  'law test problem style approach rule school movement method idea zone function operator surface reaction science proof'.split(
    ' ',
  ),
);
const ideas = new Set(['idea', 'principle', 'concept', 'notion', 'theory', 'doctrine', 'method', 'philosophy']);

/** The concepts of a text, each once, in the order in which it names them. */
export function conceptsOf(reading: Reading, entities: readonly Entity[]): Concept[] {
  const found = [
    ...subjectConcept(reading),
    ...entities.flatMap(isms),
    ...reading.sentences.flatMap((read) => [
      ...read.clauses.flatMap((clause) => definitions(reading, read, clause)),
      ...read.phrases.flatMap((phrase) => (phrase.kind === 'noun' ? compoundTerm(reading, read, phrase) : [])),
    ]),
  ];
  const byName = new Map<string, Concept>();
  for (const concept of found) {
    const key = concept.name.toLowerCase();
    if (!byName.has(key) && concept.name.length <= longestTerm) byName.set(key, concept);
  }
  return [...byName.values()];
}

const longestTerm = 80;

/** A page whose title the text writes in lower case is about an idea or a kind of thing. */
function subjectConcept({ subject, capitals, sentences, content }: Reading): Concept[] {
  const words = subject.toLowerCase().split(' ').filter(Boolean);
  if (words.length === 0 || words.length > 5 || !words.every((word) => capitals.lower.has(word))) return [];
  if (isAttestedName(capitals, words.join(' ')) && capitals.runs.get(words.join(' ')) !== 1) return [];
  for (const read of sentences) {
    if (read.sentence.form === 'heading') continue;
    const { tokens } = read.sentence;
    const from = tokens.findIndex((_, at) => words.every((word, step) => tokens[at + step]?.lower === word));
    if (from < 0) continue;
    const to = from + words.length;
    const kind = read.clauses.find(({ verb, objects }) => verb.lemma === 'be' && heads.has(objects[0]?.head ?? ''));
    const name = textAt(content, read, from, to);
    return [{ name: name.toLowerCase(), kind: kind?.objects[0]?.head, read, at: { from, to }, strength: 0.92 }];
  }
  return [];
}

/** Japonisme, Cubism. */
function isms(entity: Entity): Concept[] {
  const [mention] = entity.mentions;
  const last = entity.words.at(-1) ?? '';
  if (mention === undefined || entity.type !== 'concept' || !/[a-z]{3}isme?$/.test(last)) return [];
  return [{ name: entity.name, kind: undefined, read: mention.read, at: mention.span, strength: 0.88 }];
}

/** `A catenoid is a surface`, `the idea was the balance of power`. */
function definitions({ content }: Reading, read: ReadSentence, clause: Clause): Concept[] {
  const [subject] = clause.subjects;
  const [object] = clause.objects;
  if (clause.verb.lemma !== 'be' || clause.verb.negated || subject === undefined || object === undefined) return [];
  if (subject.span !== undefined || object.span !== undefined || clause.subjects.length > 1) return [];
  if (plain.test(object.head) || senseOf(object.head).adjective || senseOf(object.head).verb?.form === 'past')
    return [];
  if (ideas.has(subject.head) && object.head !== '' && object.determiner !== 'a' && object.determiner !== 'an') {
    return termAt(content, read, object, withOf(read, object), subject.head, 0.82);
  }
  const generic = subject.determiner === 'a' || subject.determiner === 'an';
  if (!generic || !heads.has(object.head) || subject.head === '') return [];
  return termAt(content, read, subject, subject.to, object.head, 0.9);
}

/** the balance (of power). */
function withOf(read: ReadSentence, noun: NounPhrase): number {
  const at = read.phrases.indexOf(noun);
  const of = read.phrases[at + 1];
  const inner = read.phrases[at + 2];
  const joins = of?.kind === 'preposition' && of.word === 'of' && inner?.kind === 'noun' && inner.span === undefined;
  return joins ? inner.to : noun.to;
}

/** the transit method, hyperbolic cosine: a plain word before a noun that makes a term of it. */
function compoundTerm({ content }: Reading, read: ReadSentence, noun: NounPhrase): Concept[] {
  if (noun.span !== undefined || !heads.has(noun.head) || noun.headCapital || noun.modifiers.length > 0) return [];
  const { tokens } = read.sentence;
  const before = tokens[noun.to - 2];
  if (noun.to - noun.from < 2 || before === undefined || before.kind !== 'word' || before.capital) return [];
  const sense = senseOf(before.lower);
  const qualifies = !sense.functional && !sense.adverb && !sense.person && !sense.demonym && !plain.test(before.lower);
  if (!qualifies || before.possessive || sense.verb?.form === 'past') return [];
  const isLoose = loose.has(noun.head);
  const isSpecial = /(?:al|ic|able|ible)$/.test(before.lower);
  if (isLoose && noun.determiner !== 'the' && !isSpecial) return [];
  if (isLoose && sense.adjective && !/(?:al|ic|able|ible)$/.test(before.lower)) return [];
  const strength = isLoose ? 0.72 : 0.85;
  return [{ name: textAt(content, read, noun.to - 2, noun.to), kind: noun.head, read, at: noun, strength }];
}

const plain =
  /^(?:first|second|third|fourth|last|next|new|old|young|large|small|great|big|own|famous|single|main|only|long|short|early|late|best|same|other|another|different|similar|simple|whole|general|certain|important|common|good|bad|high|low|full|further|several|many|more|most|very|such|possible|special|particular|final|original|modern|major|minor|real|true|own|two|three|four|five|six|seven|eight|nine|ten|medical|civil|criminal|martial|primary|public|private|local|national|international|grammar|art|law|music|drama|medical|legal|free|high|elementary)$/;

function termAt(
  content: string,
  read: ReadSentence,
  noun: NounPhrase,
  to: number,
  kind: string,
  strength: number,
): Concept[] {
  const { tokens } = read.sentence;
  let { from } = noun;
  while (from < to && (determiners.has(tokens[from]?.lower ?? '') || possessives.has(tokens[from]?.lower ?? '')))
    from++;
  if (from >= to) return [];
  return [{ name: textAt(content, read, from, to), kind, read, at: { from, to }, strength }];
}

function textAt(content: string, { sentence: { tokens } }: ReadSentence, from: number, to: number): string {
  const last = tokens[to - 1];
  return content
    .slice(tokens[from]?.start, last === undefined ? 0 : last.start + last.text.length)
    .replace(/\s+/g, ' ');
}
