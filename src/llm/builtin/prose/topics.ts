import type { Entity } from './cast.ts';
import { describedAttributes } from './descriptions.ts';
import { isPersonPlural, typeOfKind } from './kinds.ts';
import { senseOf } from './lexicon.ts';
import type { NounPhrase } from './phrases.ts';
import type { Reading, ReadSentence } from './reading.ts';

/** A topic of a page, or of one of its named things. */
export interface Topic {
  name: string;
  /** What it describes; undefined = the page. */
  entity: Entity | undefined;
  broader: string | undefined;
  read: ReadSentence;
  /** The tokens of the sentence that speak of it. */
  at: { from: number; to: number };
  /** Between 0 and 1. */
  strength: number;
}

const mostOfEntities = 100;

/** What a page and its things are about: what descriptions call them, and the nouns that the page keeps returning to. */
export function topicsOf(reading: Reading, entities: readonly Entity[], subject: Entity | undefined): Topic[] {
  const said = entities.flatMap((entity) => describedTopics(entity, entity === subject));
  const page = said.filter(({ entity }) => entity === undefined);
  const names = new Set(page.map(({ name }) => name));
  const repeated = repeatedNouns(reading).filter(({ name }) => !names.has(name));
  return [...page, ...repeated, ...said.filter(({ entity }) => entity !== undefined).slice(0, mostOfEntities)];
}

/** A bass player is a player: the narrower topic names the broader one. */
function describedTopics(entity: Entity, isSubject: boolean): Topic[] {
  const kinds = describedAttributes(entity).filter(({ key }) => key === 'occupation' || key === 'kind');
  return kinds.flatMap(({ value }): Topic[] => {
    const described = entity.descriptors.find(({ read, descriptor }) =>
      read.sentence.tokens
        .slice(descriptor.from, descriptor.to)
        .some((token) => token.lower === value.split(' ').at(-1)),
    );
    if (described === undefined || value.length > 200) return [];
    const { read, descriptor } = described;
    const head = value.split(' ').at(-1);
    return [
      {
        name: value,
        entity: isSubject ? undefined : entity,
        broader: head === value ? undefined : head,
        read,
        at: { from: descriptor.from, to: descriptor.to },
        strength: isSubject ? 0.9 : 0.85,
      },
    ];
  });
}

const leastUses = 3;
const mostRepeated = 3;
const hollow =
  /^(?:year|years|month|day|days|time|times|name|names|part|parts|way|end|number|life|people|man|men|woman|women|place|thing|things|work|works|world|century|age|week|half|hundred|thousand|million|others|side|hand|house|home|word|words|death|birth|first|second|last|son|daughter|father|mother|wife|husband|brother|sister|family|friend|child|children|hour|hours|night|morning|point|case|fact|rest|kind|sort|long|order|turn|sea|city|town|country)$/;

/** The common nouns that the text uses most, if it uses them often. */
function repeatedNouns({ sentences }: Reading): Topic[] {
  const uses = new Map<string, { count: number; read: ReadSentence; noun: NounPhrase }>();
  for (const read of sentences) {
    for (const phrase of read.phrases) {
      if (phrase.kind !== 'noun' || phrase.headCapital || !isTelling(phrase.head)) continue;
      const name = singular(phrase.head);
      const known = uses.get(name);
      if (known === undefined) uses.set(name, { count: 1, read, noun: phrase });
      else known.count++;
    }
  }
  return [...uses]
    .filter(([, { count }]) => count >= leastUses)
    .sort(([a, one], [b, other]) => other.count - one.count || (a < b ? -1 : 1))
    .slice(0, mostRepeated)
    .map(([name, { read, noun }]) => ({
      name,
      entity: undefined,
      broader: undefined,
      read,
      at: { from: noun.from, to: noun.to },
      strength: 0.72,
    }));
}

function isTelling(head: string): boolean {
  const sense = senseOf(head);
  const isNoun = /^\p{Ll}{4,}$/u.test(head) && !sense.functional && !sense.adjective && !sense.adverb;
  return (
    isNoun &&
    !hollow.test(head) &&
    !(sense.verb !== undefined && typeOfKind(head) === undefined && !head.endsWith('s')) &&
    !isPersonPlural(head)
  );
}

function singular(noun: string): string {
  return noun.endsWith('s') && !noun.endsWith('ss') && !noun.endsWith('us') ? noun.slice(0, -1) : noun;
}
