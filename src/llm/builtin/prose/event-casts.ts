import type { Cast, Entity } from './cast.ts';
import { fittingDescriptors } from './descriptions.ts';
import { kindOfEvent } from './events.ts';
import { typeOfKind } from './kinds.ts';
import type { NameSpan } from './name-spans.ts';
import type { Participation } from './participations.ts';
import type { Reading, ReadSentence } from './reading.ts';
import type { Relation } from './relations.ts';

const fighting =
  /^(?:battle|siege|raid|war|campaign|landing|landings|invasion|skirmish|offensive|blockade|revolt|uprising)$/;
const commanding = new Set(['commanded', 'captained', 'captain_of', 'commander_of', 'admiral_of', 'general_of']);

/** Who took part in the battle that a page is about: the ships that it speaks of, and who commanded them and the forces. */
export function castOfEvent(
  reading: Reading,
  { subject, entityOf }: Cast,
  relations: readonly Relation[],
): Participation[] {
  if (subject?.type !== 'event' || !fighting.test(kindOfEvent(subject))) return [];
  const commanders = relations
    .filter(({ type, from }) => commanding.has(type) && from.type === 'person')
    .map(({ from, read, at, strength }) => participation(subject, from, 'commander', read, at, strength));
  return [
    ...commanders,
    ...reading.sentences.flatMap((read) => [
      ...commandersIn(read, subject, entityOf),
      ...shipsIn(read, subject, entityOf),
    ]),
  ];
}

/** `the Austrian fleet under Rear Admiral Tegetthoff`. */
function commandersIn(read: ReadSentence, event: Entity, entityOf: ReadonlyMap<NameSpan, Entity>): Participation[] {
  return read.phrases.flatMap((phrase, at): Participation[] => {
    const name = read.phrases[at + 1];
    if (phrase.kind !== 'preposition' || phrase.word !== 'under' || name?.kind !== 'noun') return [];
    const entity = name.span === undefined ? undefined : entityOf.get(name.span);
    return entity?.type === 'person' ? [participation(event, entity, 'commander', read, name, 0.88)] : [];
  });
}

/** Ships that do something, or that something is done to. */
function shipsIn(read: ReadSentence, event: Entity, entityOf: ReadonlyMap<NameSpan, Entity>): Participation[] {
  const nouns = read.clauses.flatMap(({ subjects, objects, second }) => [...subjects, ...objects, ...second]);
  return nouns.flatMap((noun): Participation[] => {
    const entity = noun.span === undefined ? undefined : entityOf.get(noun.span);
    return entity?.type === 'vehicle' ? [participation(event, entity, kindOfShip(entity), read, noun, 0.82)] : [];
  });
}

function kindOfShip(ship: Entity): string {
  const described = fittingDescriptors(ship).find(({ descriptor }) => typeOfKind(descriptor.noun) === 'vehicle');
  return described?.descriptor.noun ?? 'ship';
}

function participation(
  event: Entity,
  entity: Entity,
  role: string,
  read: ReadSentence,
  { from, to }: { from: number; to: number },
  strength: number,
): Participation {
  return { event, entity, role, strength, read, at: { from, to } };
}
