import type { Cast, Entity, Mention } from './cast.ts';
import type { Clause } from './clauses.ts';
import { fittingDescriptors } from './descriptions.ts';
import { typeOfKind } from './kinds.ts';
import { happeningOf, phraseOf } from './moments.ts';
import type { NameSpan } from './name-spans.ts';

const placing = new Set(['in', 'at', 'near', 'on', 'off']);

/** Where an event was: behind its name, the Winter Olympics (in Vancouver), or where it is said to have happened. */
export function placeOfEvent(event: Entity, { entityOf }: Cast): Entity | undefined {
  const placeOf = (span: NameSpan | undefined): Entity | undefined => {
    const entity = span === undefined ? undefined : entityOf.get(span);
    return entity?.type === 'place' ? entity : undefined;
  };
  for (const mention of event.mentions) {
    const place = placeBehind(mention, placeOf) ?? placeIn(happeningOf(mention), placeOf);
    if (place !== undefined) return place;
  }
  return undefined;
}

type PlaceOf = (span: NameSpan | undefined) => Entity | undefined;

function placeBehind({ read, span }: Mention, placeOf: PlaceOf): Entity | undefined {
  const at = phraseOf(read, span);
  const preposition = read.phrases[at + 1];
  const noun = read.phrases[at + 2];
  if (at < 0 || preposition?.kind !== 'preposition' || !placing.has(preposition.word)) return undefined;
  return noun?.kind === 'noun' ? placeOf(noun.span) : undefined;
}

function placeIn(clause: Clause | undefined, placeOf: PlaceOf): Entity | undefined {
  const hanging = clause?.attachments.filter(({ preposition }) => placing.has(preposition)) ?? [];
  for (const { span } of hanging.flatMap(({ nouns }) => nouns)) {
    const place = placeOf(span);
    if (place !== undefined) return place;
  }
  return undefined;
}

/** battle, war, expedition: by a description, else by the head of the name. */
export function kindOfEvent(event: Entity): string {
  const described = fittingDescriptors(event).find(({ descriptor }) => typeOfKind(descriptor.noun) === 'event');
  if (described !== undefined) return described.descriptor.noun;
  if (event.words.some((word) => /^olympics?$/.test(word))) return 'games';
  const of = event.words.indexOf('of');
  const head = of < 0 ? event.words : event.words.slice(0, of);
  const kind = head.findLast((word) => typeOfKind(word) === 'event') ?? (of > 0 ? head.at(-1) : undefined) ?? 'event';
  return kind.endsWith('s') && typeOfKind(kind.slice(0, -1)) === 'event' ? kind.slice(0, -1) : kind;
}
