import type { Entity } from './cast.ts';
import { senseOf } from './lexicon.ts';
import { femaleWords, maleWords } from './words.ts';

/** Man or woman, by given name, rank, descriptions and the pronouns that follow; undefined if nothing tells. */
export function genderOf(entity: Entity): Entity['gender'] {
  if (entity.type !== 'person' && entity.type !== 'character') return undefined;
  let balance = 0;
  const weigh = (word: string, weight: number): void => {
    if (femaleWords.has(word)) balance -= weight;
    else if (maleWords.has(word)) balance += weight;
  };
  const given = senseOf(entity.words[0] ?? '').firstName;
  if (given === 'male') balance += 1.5;
  if (given === 'female') balance -= 1.5;
  weigh(entity.words[0] ?? '', 3);
  for (const { descriptor } of entity.descriptors) weigh(descriptor.noun, 2.5);
  for (const { read, span } of entity.mentions) {
    if (span.honorific !== undefined) weigh(span.honorific, 3);
    const subject = read.clauses[0]?.subjects;
    if (subject?.length !== 1 || subject[0]?.span !== span) continue;
    const { tokens } = read.sentence;
    const pronoun = tokens
      .slice(span.to)
      .find((token, at) => tellsGender(token.lower, tokens[span.to + at + 1]?.lower ?? ''));
    const others = read.spans.filter(
      (other) => other !== span && other.to <= (pronoun === undefined ? 0 : read.sentence.tokens.indexOf(pronoun)),
    );
    if (pronoun !== undefined) weigh(pronoun.lower, others.length === 0 ? 1 : 0.4);
  }
  if (Math.abs(balance) < 0.5) return undefined;
  return balance > 0 ? 'male' : 'female';
}

const pronounsOfGender = new Set(['he', 'his', 'himself', 'she', 'hers', 'herself']);

/** `her` only where it is a possessive; as an object it mostly means somebody else. */
function tellsGender(word: string, next: string): boolean {
  return pronounsOfGender.has(word) || (word === 'her' && kinOrPart.test(next));
}

const kinOrPart =
  /^(?:own|father|mother|husband|sister|brother|son|daughter|life|work|first|second|death|career|family|children|hands?|studies|doctorate)$/;
