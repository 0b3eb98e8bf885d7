import type { Clause } from './clauses.ts';
import { counts } from './counts.ts';
import type { Discourse, Referent } from './discourse.ts';
import type { Fact } from './facts.ts';
import { ownersOf } from './owners.ts';
import type { NounPhrase } from './phrases.ts';
import { isMoney, quantityOf } from './quantities.ts';
import type { ReadSentence } from './reading.ts';
import { valueFacts } from './value-facts.ts';

/** A clause with whom its subjects and objects mean. */
export interface Measured {
  read: ReadSentence;
  clause: Clause;
  subjects: readonly Referent[];
  objects: readonly { noun: NounPhrase; referents: Referent[] }[];
}

/** How long, how many, how much, how far, how old: the measured properties that a statement gives. */
export function measuredFacts(measured: Measured, discourse: Discourse): Fact[] {
  const { verb, reported } = measured.clause;
  if (verb.negated || verb.doubtful || reported) return [];
  return [
    ...extents(measured),
    ...ownedMeasures(measured, discourse),
    ...counts(measured, discourse),
    ...partMeasures(measured),
    ...prices(measured),
    ...distances(measured),
    ...agesAtDeath(measured),
    ...changes(measured, discourse),
    ...chartPositions(measured),
  ];
}

const dimensions = new Map([
  ['long', 'length'],
  ['wide', 'width'],
  ['broad', 'width'],
  ['high', 'height'],
  ['tall', 'height'],
  ['deep', 'depth'],
  ['thick', 'thickness'],
  ['across', 'diameter'],
]);
const measuring = new Map([
  ['weigh', 'weight'],
  ['cost', 'cost'],
  ['earn', 'earnings'],
  ['gross', 'earnings'],
]);

/** `It is 34.75 metres long`, `weighs 12 tons`, `cost 31 million dollars`. */
function extents({ read, clause, subjects }: Measured): Fact[] {
  return clause.objects.flatMap((noun) => {
    const { tokens } = read.sentence;
    const quantity = quantityOf(tokens, noun);
    if (quantity === undefined || quantity.unit === null) return [];
    const key = measuring.get(clause.verb.lemma) ?? dimensions.get(tokens[quantity.to]?.lower ?? '');
    const fits = key !== undefined && isMoney(quantity) === (key === 'cost' || key === 'earnings');
    return fits ? valueFacts(read, clause, subjects, key, quantity, 0.95) : [];
  });
}

/** `Its length was 118 metres, her speed 15 knots`. */
function ownedMeasures({ read, clause, subjects }: Measured, discourse: Discourse): Fact[] {
  const { tokens } = read.sentence;
  const [subject] = clause.subjects;
  if (clause.verb.lemma !== 'be' || subject === undefined || subject.span !== undefined) return [];
  const first = clause.objects.flatMap((noun) => {
    const quantity = subject.head === '' || noun.owner !== undefined ? undefined : quantityOf(tokens, noun);
    return quantity === undefined
      ? []
      : valueFacts(read, clause, ownersOfNoun(read, subject, discourse, []), subject.head, quantity, 0.92);
  });
  if (first.length === 0) return [];
  const more = read.phrases.slice(read.phrases.indexOf(clause.verb) + 1).flatMap((noun) => {
    if (noun.kind !== 'noun' || typeof noun.owner !== 'string') return [];
    const quantity = quantityOf(tokens, noun);
    const key = quantity === undefined ? '' : (tokens[quantity.from - 1]?.lower ?? '');
    if (quantity === undefined || !/^\p{Ll}{3,}$/u.test(key) || key === noun.owner) return [];
    return valueFacts(read, clause, ownersOfNoun(read, noun, discourse, subjects), key, quantity, 0.9);
  });
  return [...first, ...more];
}

function ownersOfNoun(
  read: ReadSentence,
  noun: NounPhrase,
  discourse: Discourse,
  others: readonly Referent[],
): readonly Referent[] {
  if (noun.owner !== undefined) return ownersOf(noun.owner, discourse, others, read);
  const at = read.phrases.indexOf(noun);
  const of = read.phrases[at + 1];
  const owner = read.phrases[at + 2];
  return of?.kind === 'preposition' && of.word === 'of' && owner?.kind === 'noun' ? discourse.referents(owner) : [];
}

const hollow = /^(?:number|total|sum|maximum|minimum|average|series|set|group|list|pair|age|crew|team|army|force)$/;

/** `had a mirror of 1.4 metres and a mass of 1,052 kilograms`, `with a budget of 6.5 million euros`. */
function partMeasures({ read, clause, subjects }: Measured): Fact[] {
  const { phrases, sentence } = read;
  const start = phrases.indexOf(clause.verb) + 1;
  return phrases.slice(start).flatMap((noun, step): Fact[] => {
    const of = phrases[start + step - 1];
    const part = phrases[start + step - 2];
    if (noun.kind !== 'noun' || of?.kind !== 'preposition' || of.word !== 'of' || part?.kind !== 'noun') return [];
    const quantity = quantityOf(sentence.tokens, noun);
    if (quantity === undefined || quantity.noun !== '' || part.head === '' || part.span !== undefined) return [];
    const isMeasured = quantity.unit !== null || part.head === 'population' || part.head === 'capacity';
    const article = part.determiner === 'a' || part.determiner === 'an' || part.owner !== undefined;
    if (!isMeasured || !article || hollow.test(part.head) || belongsElsewhere(clause, read, start + step)) return [];
    const found = valueFacts(read, clause, subjects, part.head, quantity, 0.88);
    return stating.has(clause.verb.lemma) ? found : found.map((fact) => ({ ...fact, time: undefined }));
  });
}

/** `The film was shot in June with a budget of 6 million`: only of what is or was had does the time hold. */
const stating = new Set(['have', 'be', 'reach', 'possess']);

/** Whether another verb stands between: then the measure is no longer this subject's. */
function belongsElsewhere(clause: Clause, { phrases }: ReadSentence, at: number): boolean {
  return phrases
    .slice(phrases.indexOf(clause.verb) + 1, at)
    .some(({ kind }) => kind === 'verb' || kind === 'relative' || kind === 'mark');
}

const trading = new Set(['buy', 'sell', 'purchase', 'acquire', 'auction']);

/** `bought the firm for £92,000`, `was sold for 2.1 million kroner`. */
function prices({ read, clause, subjects, objects }: Measured): Fact[] {
  if (!trading.has(clause.verb.lemma)) return [];
  const goods = clause.passive ? subjects : objects.flatMap(({ referents }) => referents);
  return clause.attachments
    .filter(({ preposition }) => preposition === 'for')
    .flatMap(({ nouns }) => nouns.slice(0, 1))
    .flatMap((noun) => {
      const quantity = quantityOf(read.sentence.tokens, noun);
      return quantity === undefined || !isMoney(quantity)
        ? []
        : valueFacts(read, clause, goods, 'price', quantity, 0.92);
    });
}

const direction = /^(?:north|south|east|west|north-?(?:east|west)|south-?(?:east|west)|away|from|off|inland|upstream)$/;

/** `It lies 186 kilometres south-east of Tallinn`. */
function distances({ read, clause, subjects }: Measured): Fact[] {
  if (!['lie', 'stand', 'be', 'locate', 'situate'].includes(clause.verb.lemma)) return [];
  const { phrases, sentence } = read;
  const behind = phrases.slice(phrases.indexOf(clause.verb) + 1);
  const noun = behind.find(
    (phrase) =>
      phrase.kind === 'noun' &&
      direction.test(sentence.tokens[phrase.to]?.lower ?? '') &&
      quantityOf(sentence.tokens, phrase)?.unit !== undefined,
  );
  const quantity = noun?.kind === 'noun' ? quantityOf(sentence.tokens, noun) : undefined;
  return quantity === undefined || quantity.unit === null
    ? []
    : valueFacts(read, clause, subjects, 'distance', quantity, 0.85);
}

/** `died at the age of 88`, `died, aged 94`. */
function agesAtDeath({ read, clause, subjects }: Measured): Fact[] {
  if (clause.verb.lemma !== 'die') return [];
  const { tokens } = read.sentence;
  for (let at = clause.verb.to; at < tokens.length; at++) {
    const isAge = tokens[at]?.lower === 'aged' || (tokens[at]?.lower === 'age' && tokens[at + 1]?.lower === 'of');
    const number = tokens[tokens[at]?.lower === 'aged' ? at + 1 : at + 2];
    if (!isAge || number === undefined || !/^\d{1,3}$/.test(number.text)) continue;
    const quantity = { value: number.text, unit: null, noun: '', from: at, to: at + 3 };
    return valueFacts(read, clause, subjects, 'age_at_death', quantity, 0.95).map((fact) => ({
      ...fact,
      time: undefined,
    }));
  }
  return [];
}

const charting = new Set(['reach', 'peak', 'chart', 'enter', 'debut']);

/** `The album reached number 2 in Sweden and number 41 in the United Kingdom`. */
function chartPositions({ read, clause, subjects }: Measured): Fact[] {
  const works = subjects.filter(({ entity }) => entity.type === 'work');
  if (!charting.has(clause.verb.lemma) || works.length === 0) return [];
  const next = read.phrases.find(({ kind, from }) => kind === 'verb' && from > clause.verb.from);
  const { tokens } = read.sentence;
  const found: Fact[] = [];
  for (let at = clause.verb.to; at < (next?.from ?? tokens.length); at++) {
    const value = tokens[at + 1]?.text ?? '';
    if (!/^(?:number|no\.)$/.test(tokens[at]?.lower ?? '') || !/^(?:\d{1,3}|one|two|three|four|five)$/.test(value))
      continue;
    const quantity = { value, unit: null, noun: '', from: at, to: at + 2 };
    found.push(...valueFacts(read, clause, works, 'chart_position', quantity, 0.9));
  }
  return found;
}

const changing = new Set(['rise', 'grow', 'fall', 'increase', 'drop', 'decrease', 'shrink', 'climb', 'sink']);

/** `the number of employees rose from 35 to 260`: two values of what is being spoken of. */
function changes({ read, clause }: Measured, discourse: Discourse): Fact[] {
  const [subject] = clause.subjects;
  if (!changing.has(clause.verb.lemma) || subject === undefined || subject.span !== undefined) return [];
  const inner = read.phrases[read.phrases.indexOf(subject) + 2];
  const isNumber = subject.head === 'number' && inner?.kind === 'noun' && inner.head !== '';
  const key = isNumber ? `number_of_${inner.head}` : subject.head;
  const about = subject.owner === undefined ? discourse.pronoun('its') : ownersOf(subject.owner, discourse, [], read);
  return clause.attachments
    .filter(({ preposition }) => preposition === 'from' || preposition === 'to')
    .flatMap(({ nouns }) => nouns.slice(0, 1))
    .flatMap((noun) => {
      const quantity = quantityOf(read.sentence.tokens, noun);
      return quantity === undefined || key === '' ? [] : valueFacts(read, clause, about, key, quantity, 0.88);
    });
}
