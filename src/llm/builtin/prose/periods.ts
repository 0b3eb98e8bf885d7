import type { Entity } from './cast.ts';
import { fittingDescriptors } from './descriptions.ts';
import { typeOfKind } from './kinds.ts';
import { timeOfHappening } from './moments.ts';
import type { Reading, ReadSentence } from './reading.ts';
import type { Relation } from './relations.ts';
import type { Token } from './tokens.ts';

/** A named stretch of time. */
export interface Period {
  name: string;
  /** era, decade, reign. */
  kind: string;
  start: string | undefined;
  end: string | undefined;
  read: ReadSentence;
  /** The tokens of the sentence that name it. */
  at: { from: number; to: number };
  /** Between 0 and 1. */
  strength: number;
}

/** The periods that a text names: eras, `the Victorian era`, the reign of somebody, decades. */
export function periodsOf(reading: Reading, entities: readonly Entity[], relations: readonly Relation[]): Period[] {
  const neighbours = new Set(relations.flatMap(neighbourOf));
  const named = entities.filter((entity) => entity.type === 'period' || neighbours.has(entity)).flatMap(namedPeriod);
  const works = new Set(entities.filter(({ type }) => type === 'work' || type === 'person').map(({ name }) => name));
  const described = reading.sentences.flatMap((read) => [
    ...adjectivalPeriods(reading.content, read, works),
    ...reigns(reading.content, read),
    ...decades(read),
  ]);
  const byName = new Map<string, Period>();
  for (const period of [...named, ...described]) {
    const key = period.name.toLowerCase();
    if (!byName.has(key)) byName.set(key, period);
  }
  return [...byName.values()];
}

/** What comes before or after a period is one, if the text does not say otherwise. */
function neighbourOf({ from, to, type }: Relation): Entity[] {
  if (!/^(?:came_after|came_before|followed|preceded|succeeded)$/.test(type)) return [];
  if (from.type === 'period' && to.type === 'concept') return [to];
  return to.type === 'period' && from.type === 'concept' ? [from] : [];
}

function namedPeriod(entity: Entity): Period[] {
  const [mention] = entity.mentions;
  if (mention === undefined) return [];
  const time = timeOfHappening(entity);
  const described = fittingDescriptors(entity).find(({ descriptor }) => typeOfKind(descriptor.noun) === 'period');
  const last = entity.words.at(-1) ?? '';
  return [
    {
      name: entity.name,
      kind: described?.descriptor.noun ?? (typeOfKind(last) === 'period' ? last : 'period'),
      start: time?.start,
      end: time?.end,
      read: mention.read,
      at: mention.span,
      strength: 0.92,
    },
  ];
}

const heads = new Set(['era', 'period', 'epoch', 'dynasty', 'age']);

/** the (Victorian era): a capitalised adjective before a plain noun. */
function adjectivalPeriods(content: string, read: ReadSentence, works: ReadonlySet<string>): Period[] {
  const { tokens } = read.sentence;
  return tokens.flatMap((token, at): Period[] => {
    if (!heads.has(token.text) || !isAdjective(tokens[at - 1])) return [];
    let from = at - 1;
    while (from > 0 && isAdjective(tokens[from - 1]) && at - from < 4) from--;
    if (tokens[from - 1]?.lower !== 'the' || read.spans.some((span) => span.from === from && span.quoted)) return [];
    if (works.has(content.slice(tokens[from]?.start, tokens[at - 1]?.end))) return [];
    return [periodAt(content, read, from, at + 1, token.lower, 0.88)];
  });
}

function isAdjective(token: Token | undefined): boolean {
  return token?.kind === 'word' && token.capital && !token.possessive && token.lower !== 'the';
}

/** the (reign of Queen Anne). */
function reigns(content: string, read: ReadSentence): Period[] {
  const { tokens } = read.sentence;
  return read.spans.flatMap((span): Period[] => {
    const honoured = span.honorific === undefined ? span.from : span.from - 1;
    const isReign = tokens[honoured - 2]?.lower === 'reign' && tokens[honoured - 1]?.lower === 'of';
    return isReign ? [periodAt(content, read, honoured - 2, span.to, 'reign', 0.85)] : [];
  });
}

/** the 1970s. */
function decades(read: ReadSentence): Period[] {
  const { tokens } = read.sentence;
  return tokens.flatMap((token, at): Period[] => {
    const decade = /^(1\d|20)(\d)0s$/.exec(token.text);
    if (decade === null || tokens[at - 1]?.lower !== 'the') return [];
    const first = `${decade[1]}${decade[2]}`;
    const about = { kind: 'decade', read, at: { from: at, to: at + 1 }, strength: 0.8 };
    return [{ name: token.text, start: `${first}0`, end: `${first}9`, ...about }];
  });
}

function periodAt(
  content: string,
  read: ReadSentence,
  from: number,
  to: number,
  kind: string,
  strength: number,
): Period {
  const { tokens } = read.sentence;
  const name = content.slice(tokens[from]?.start, tokens[to - 1]?.end).replace(/\s+/g, ' ');
  return { name, kind, start: undefined, end: undefined, read, at: { from, to }, strength };
}
