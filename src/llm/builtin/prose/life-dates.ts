import type { Cast, Entity } from './cast.ts';
import type { Fact } from './facts.ts';
import { phraseOf } from './moments.ts';
import type { ReadSentence } from './reading.ts';
import { type TimeExpression, timesOf } from './time-expressions.ts';
import { isGlued, type Token } from './tokens.ts';

/** What stands in brackets behind the name of a person: dates of birth and death, the name in another script. */
export interface Bracketed {
  facts: Fact[];
  /** Other spellings: 葛飾北斎. */
  spellings: { entity: Entity; name: string }[];
}

const longestBracket = 30;
const foreignWord = /^[^\p{Script=Latin}\p{N}\p{P}\p{S}]+$/u;

/** `Merian (2 April 1647 – 13 January 1717)`, `Kim Yuna (Korean: 김연아, born 5 September 1990)`. */
export function bracketedFacts(content: string, read: ReadSentence, { entityOf }: Cast): Bracketed {
  const found: Bracketed = { facts: [], spellings: [] };
  const { tokens } = read.sentence;
  for (const span of read.spans) {
    const entity = entityOf.get(span);
    if (entity === undefined || tokens[span.to]?.text !== '(') continue;
    const close = tokens.findIndex(({ text }, at) => at > span.to && text === ')');
    if (close < 0 || close - span.to > longestBracket) continue;
    const inside = tokens.slice(span.to + 1, close);
    const spelling = foreignSpelling(content, inside);
    if (spelling !== undefined) found.spellings.push({ entity, name: spelling });
    if (entity.type !== 'person' && entity.type !== 'character') continue;
    if (phraseOf(read, span) < 0) continue;
    for (const { key, value } of lifeDates(inside)) {
      const at = { from: span.from, to: close + 1 };
      found.facts.push({ entity, key, value, unit: null, time: undefined, strength: 0.96, read, at });
    }
  }
  return found;
}

function lifeDates(tokens: readonly Token[]): { key: string; value: string }[] {
  const times = timesOf(tokens);
  const found: { key: string; value: string }[] = [];
  for (const time of times) {
    const before = tokens[time.from - 1]?.lower ?? '';
    if (/^(?:born|b\.?)$/.test(before)) add('birth_date', time.start);
    else if (/^(?:died|d\.?|†)$/.test(before)) add('death_date', time.start);
    else if (isLife(time) && times.length === 1) {
      add('birth_date', time.start);
      add('death_date', time.end);
    }
  }
  return found;

  function add(key: string, value: string | undefined): void {
    if (value !== undefined) found.push({ key, value });
  }
}

/** From a first to a last year no more than a life apart. */
function isLife({ start, end }: TimeExpression): boolean {
  const [first, last] = [Number(start?.slice(0, 4)), Number(end?.slice(0, 4))];
  return last - first > 12 && last - first < 120;
}

/** The first run of words in another script. */
function foreignSpelling(content: string, tokens: readonly Token[]): string | undefined {
  const from = tokens.findIndex(({ text }) => foreignWord.test(text));
  if (from < 0) return undefined;
  let to = from + 1;
  while (foreignWord.test(tokens[to]?.text ?? '') || (isGlued(tokens[to - 1], tokens[to]) && tokens[to]?.text === '・'))
    to++;
  return content.slice(tokens[from]?.start, tokens[to - 1]?.end).replace(/\s+/g, ' ');
}
