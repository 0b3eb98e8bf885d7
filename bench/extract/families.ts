import type { Found } from './found.ts';
import type { Gold } from './gold.ts';
import { judge, type Verdict } from './judge.ts';
import { comparable, type Names } from './names.ts';
import { restatesFact, restatesRelationship } from './restated.ts';
import { spanFits, timeFits, valueFits } from './values.ts';
import { attributeFits, relationDirection, roleFits, typeFits } from './vocabulary.ts';

/** The families that a table shows, in order; participants, parents and appearances belong to events, places and works. */
export const families = [
  'entities',
  'events',
  'participants',
  'works',
  'appearances',
  'locations',
  'parents',
  'periods',
  'concepts',
  'tags',
  'facts',
  'relationships',
] as const;
export type Family = (typeof families)[number];

export interface Judged {
  family: Family;
  verdict: Verdict<object, object>;
  /** Of the items that are right, those whose type is too; undefined where types are not judged. */
  typed: number | undefined;
}

/** Holds what was found on a page against its labels; with `loose`, times, roles and attribute names do not count. */
export function judgePage(gold: Gold, found: Found, names: Names, page: string, loose: boolean): Judged[] {
  const judged = <G extends { optional: boolean }, F extends object>(
    family: Family,
    labels: readonly G[],
    items: readonly F[],
    fits: (label: G, item: F) => boolean,
    isExcused: (item: F) => boolean = () => false,
    isTyped?: (label: G, item: F) => boolean,
  ): Judged => {
    const verdict = judge(labels, items, fits, isExcused);
    const typed = isTyped && verdict.right.filter(({ label, item }) => isTyped(label, item)).length;
    return { family, verdict, typed };
  };
  const named = (label: { name: string }, item: { name: string }): boolean => names.mean(item.name, label.name);
  const typed = (label: { type?: string[] | undefined }, item: { type?: string | undefined }): boolean =>
    typeFits(item.type ?? '', label.type ?? []);
  const eventOf = (item: { name: string }) => gold.events.some((label) => named(label, item));
  const workOf = (item: { name: string }) => gold.works.some((label) => named(label, item));
  return [
    judged('entities', namedThings(gold), found.entities, named, ({ name }) => names.isKnown(name), typed),
    judged(
      'events',
      gold.events,
      found.events,
      (label, item) => named(label, item) && (loose || spanFits(item, label)),
      ({ name }) => !page.includes(name) || !/\p{Lu}/u.test(name),
      typed,
    ),
    judged(
      'participants',
      gold.events.flatMap((event) => event.participants.map((one) => ({ ...one, event }))),
      found.events.filter(eventOf).flatMap((event) => event.participants.map((one) => ({ ...one, event }))),
      (label, item) =>
        named(label.event, item.event) &&
        names.mean(item.entity, label.entity) &&
        (loose || roleFits(item.role, label.role)),
    ),
    judged(
      'works',
      gold.works,
      found.works,
      (label, item) => named(label, item) && (loose || timeFits(item.release_date, label.release_date)),
      undefined,
      typed,
    ),
    judged(
      'appearances',
      gold.works.flatMap((work) => work.appearances.map((one) => ({ ...one, work }))),
      found.works.filter(workOf).flatMap((work) => work.appearances.map((one) => ({ ...one, work }))),
      (label, item) =>
        named(label.work, item.work) &&
        names.mean(item.entity, label.entity) &&
        (loose || roleFits(item.appearance_type, label.appearance_type)),
    ),
    judged('locations', gold.locations, found.locations, named, undefined, typed),
    judged(
      'parents',
      gold.locations.flatMap((label) => {
        const [parent] = label.parent;
        return parent === null || parent === undefined
          ? []
          : [{ name: label.name, parent, optional: label.optional || label.parent.length > 1 }];
      }),
      found.locations.flatMap(({ name, parent }) => (parent === undefined ? [] : [{ name, parent }])),
      (label, item) => named(label, item) && names.mean(item.parent, label.parent),
    ),
    judged(
      'periods',
      gold.periods,
      found.periods,
      (label, item) => named(label, item) && (loose || spanFits(item, label)),
    ),
    judged('concepts', gold.concepts, found.concepts, (label, item) => singular(label.name) === singular(item.name)),
    judged(
      'tags',
      gold.tags,
      found.tags.filter(({ entity }) => entity === undefined),
      (label, item) => label.name.some((name) => singular(name) === singular(item.name)),
    ),
    judged(
      'facts',
      gold.facts,
      found.facts,
      (label, item) =>
        names.mean(item.subject, label.subject) &&
        valueFits({ value: item.value, unit: item.unit }, label.value, label.unit) &&
        (loose ||
          (attributeFits(item.attribute, label.attribute) &&
            spanFits(
              { start: item.valid_from, end: item.valid_to },
              { start: label.valid_from, end: label.valid_to },
            ))),
      (item) => item.isAttribute || restatesFact(gold, item, names),
    ),
    judged(
      'relationships',
      gold.relationships,
      found.relationships,
      (label, item) => relationFits(label, item, names) && (loose || contextFits(label, item, names)),
      (item) => restatesRelationship(gold, item, names),
    ),
  ];
}

/** Every named thing is to be listed as an entity, whatever other family it belongs to. */
function namedThings(gold: Gold): { name: string; type: string[]; optional: boolean }[] {
  const events = gold.events.map((event) => ({ ...event, optional: event.optional || !/\p{Lu}/u.test(event.name) }));
  const all = [...gold.entities, ...events, ...gold.works, ...gold.locations, ...gold.periods];
  const things = new Map<string, { name: string; type: string[]; optional: boolean }>();
  for (const { name, type = [], optional } of all) {
    const known = things.get(name);
    things.set(name, {
      name,
      type: [...(known?.type ?? []), ...type],
      optional: optional && (known?.optional ?? true),
    });
  }
  return [...things.values()];
}

function relationFits(
  label: Gold['relationships'][number],
  item: Found['relationships'][number],
  names: Names,
): boolean {
  const direction = relationDirection(item.relation_type, label.relation_type);
  const same = names.mean(item.from_entity, label.from_entity) && names.mean(item.to_entity, label.to_entity);
  const inverse = names.mean(item.from_entity, label.to_entity) && names.mean(item.to_entity, label.from_entity);
  return (
    (direction !== 'inverse' && direction !== undefined && same) ||
    (direction === 'inverse' && inverse) ||
    (direction === 'either' && inverse)
  );
}

function contextFits(
  label: Gold['relationships'][number],
  item: Found['relationships'][number],
  names: Names,
): boolean {
  const works = (['from', 'to'] as const).every((bound) => {
    const wanted = label.work_context?.[bound];
    const given = item.work_context?.[bound];
    return wanted === undefined ? given === undefined : given !== undefined && names.mean(given, wanted);
  });
  const continuity =
    item.continuity === undefined
      ? label.continuity.includes(null)
      : label.continuity.some((one) => one === null || comparable(one) === comparable(item.continuity ?? ''));
  return works && continuity && spanFits(item, label);
}

function singular(name: string): string {
  return comparable(name).replaceAll(/[-_]/g, ' ').replace(/s$/, '');
}
