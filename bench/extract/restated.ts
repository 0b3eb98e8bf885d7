import type { Found } from './found.ts';
import type { Gold } from './gold.ts';
import type { Names } from './names.ts';
import { type TimeChoice, timeFits } from './values.ts';

/** Whether a relationship only repeats what an event, a work or a place says in a field of its own. */
export function restatesRelationship(gold: Gold, item: Found['relationships'][number], names: Names): boolean {
  return pairsOf(gold).some(
    ([one, other]) =>
      (names.mean(item.from_entity, one) && names.mean(item.to_entity, other)) ||
      (names.mean(item.from_entity, other) && names.mean(item.to_entity, one)),
  );
}

function pairsOf(gold: Gold): [string, string][] {
  return [
    ...gold.events.flatMap(({ name, participants, location }): [string, string][] => [
      ...participants.map(({ entity }): [string, string] => [name, entity]),
      ...places(location).map((place): [string, string] => [name, place]),
    ]),
    ...gold.works.flatMap(({ name, appearances }) => appearances.map(({ entity }): [string, string] => [name, entity])),
    ...gold.locations.flatMap(({ name, parent }) => places(parent).map((place): [string, string] => [name, place])),
  ];
}

function places(choice: TimeChoice): string[] {
  return choice.filter((place) => place !== null);
}

/**
 * Whether a fact only repeats what another family says: when an event, a work or a period was, or when and with whom a
 * relationship of its subject holds.
 */
export function restatesFact(gold: Gold, { subject, value }: Found['facts'][number], names: Names): boolean {
  const dated = [
    ...[...gold.events, ...gold.periods].map(({ name, start, end }) => ({ name, times: [...start, ...end] })),
    ...gold.works.map(({ name, release_date }) => ({ name, times: release_date })),
  ];
  const isTime = (times: TimeChoice): boolean => timeFits(value, times);
  if (dated.some(({ name, times }) => names.mean(subject, name) && isTime(times))) return true;
  return gold.relationships.some(({ from_entity, to_entity, start, end }) => {
    const others = [
      ...(names.mean(subject, from_entity) ? [to_entity] : []),
      ...(names.mean(subject, to_entity) ? [from_entity] : []),
    ];
    return others.length > 0 && (isTime([...start, ...end]) || others.some((other) => names.mean(value, other)));
  });
}
