import type { Clause } from './clauses.ts';
import type { Discourse } from './discourse.ts';
import type { Fact } from './facts.ts';
import type { Measured } from './measures.ts';
import type { NounPhrase, Phrase } from './phrases.ts';
import { type Quantity, quantityOf } from './quantities.ts';
import type { ReadSentence } from './reading.ts';
import { valueFacts } from './value-facts.ts';

const peopleNouns = /^(?:inhabitants|residents|people|citizens)$/;
const workers = /^(?:people|workers|men|women|employees|staff|persons)$/;
const dead = /^(?:men|soldiers|sailors|people|lives|women|children)$/;
const counting = new Set(
  `have contain include comprise find discover watch observe produce play score write publish record own operate use build
  complete make lose win visit run sink destroy carry`.split(/\s+/),
);
const timeNouns =
  /^(?:years?|months?|weeks?|days?|hours?|minutes?|seconds?|times?|centuries|century|decades?|nights?|sides?|ways?)$/;

/** `has 97,000 inhabitants`, `employs 300 people`, `contains sixty copper plates`, `played 412 matches`. */
export function counts({ read, clause, subjects }: Measured, discourse: Discourse): Fact[] {
  const offspring = clause.objects.some(({ head }) => /^(?:children|sons|daughters|child|son|daughter)$/.test(head));
  if (clause.passive || (subjects.length > 1 && !offspring)) return [];
  const nouns = [...clause.objects, ...approximate(clause)];
  const found = nouns.flatMap((noun) => {
    const quantity = quantityOf(read.sentence.tokens, noun);
    const said = read.sentence.tokens[clause.verb.to - 1]?.lower ?? '';
    const counted = quantity === undefined ? undefined : countOf(clause.verb.lemma, said, quantity);
    if (quantity === undefined || counted === undefined) return [];
    return valueFacts(read, clause, subjects, counted.key, { ...quantity, unit: counted.unit }, counted.strength);
  });
  const [first] = found;
  return first === undefined ? [] : [...found, ...gapped(read, clause, first, discourse)];
}

interface Counted {
  key: string;
  unit: string | null;
  strength: number;
}

function countOf(lemma: string, said: string, { noun, unit }: Quantity): Counted | undefined {
  if (unit !== null || noun === '' || timeNouns.test(noun)) return undefined;
  if (lemma === 'have' && peopleNouns.test(noun)) return { key: 'population', unit: noun, strength: 0.93 };
  if (lemma === 'hold' || lemma === 'seat' || lemma === 'accommodate')
    return { key: 'capacity', unit: noun, strength: 0.88 };
  if (said === 'carries') return { key: `${singular(noun)}_capacity`, unit: noun, strength: 0.8 };
  if (lemma === 'employ' && workers.test(noun)) return { key: 'number_of_employees', unit: noun, strength: 0.93 };
  if (lemma === 'sell' && noun === 'copies') return { key: 'copies_sold', unit: noun, strength: 0.93 };
  if (lemma === 'lose' && dead.test(noun)) return { key: 'losses', unit: noun, strength: 0.9 };
  const isPlural = noun.endsWith('s') || noun.endsWith('men') || noun === 'people' || noun === 'children';
  return isPlural && counting.has(lemma) ? { key: `number_of_${noun}`, unit: null, strength: 0.8 } : undefined;
}

function singular(noun: string): string {
  return noun.endsWith('s') ? noun.slice(0, -1) : noun;
}

const vague = new Set(['about', 'over', 'around', 'than', 'under']);

/** `lost about 620 men`, `watched more than 150,000 stars`. */
function approximate({ objects, attachments }: Clause): NounPhrase[] {
  return attachments
    .filter(({ preposition }) => vague.has(preposition) && objects.length === 0)
    .flatMap(({ nouns }) => nouns);
}

/** `Italy lost about 620 men, Austria 38`: the next name takes over verb and noun. */
function gapped(read: ReadSentence, clause: Clause, first: Fact, discourse: Discourse): Fact[] {
  const { phrases, sentence } = read;
  const start = phrases.indexOf(clause.verb) + 1;
  for (let at = start; at < start + 14 && at < phrases.length; at++) {
    const joint = phrases[at];
    const name = phrases[at + 1];
    const number = afterAdverbs(phrases, at + 2);
    if (joint?.kind !== 'comma' && joint?.kind !== 'conjunction') continue;
    if (name?.kind !== 'noun' || name.span === undefined || number?.kind !== 'noun') continue;
    const quantity = quantityOf(sentence.tokens, number);
    const [referent] = discourse.spanned(name.span);
    if (quantity === undefined || quantity.noun !== '' || quantity.unit !== null || referent === undefined) continue;
    const extent = { from: name.from, to: number.to };
    return [{ ...first, entity: referent.entity, value: quantity.value, strength: first.strength * 0.95, at: extent }];
  }
  return [];
}

function afterAdverbs(phrases: readonly Phrase[], from: number): Phrase | undefined {
  let at = from;
  while (phrases[at]?.kind === 'adverb') at++;
  return phrases[at];
}
