import { z } from 'zod';
import type { PayloadItem } from '../../src/knowledge/page-payload.ts';
import { comparable, type Names } from './names.ts';

const text = z.string().optional();
const workContext = z.object({ from: text, to: text }).optional();
const stretch = { start: text, end: text, continuity: text, work_context: workContext };
const shapes = {
  entity: z.object({
    name: z.string(),
    type: z.string(),
    aliases: z.array(z.string()).default([]),
    attributes: z.array(z.object({ key: z.string(), value: z.string(), unit: text })).default([]),
  }),
  event: z.object({
    name: z.string(),
    type: z.string(),
    location: text,
    participants: z.array(z.object({ entity: z.string(), role: z.string() })).default([]),
    ...stretch,
  }),
  work: z.object({
    name: z.string(),
    type: z.string(),
    release_date: text,
    appearances: z.array(z.object({ entity: z.string(), appearance_type: z.string() })).default([]),
  }),
  location: z.object({ name: z.string(), type: z.string(), parent: text }),
  period: z.object({ name: z.string(), type: text, start: text, end: text }),
  concept: z.object({ name: z.string(), type: text }),
  tag: z.object({ name: z.string(), entity: text, broader: text }),
  fact: z.object({
    subject: z.string(),
    attribute: z.string(),
    value: z.string(),
    unit: text,
    valid_from: text,
    valid_to: text,
    work_context: workContext,
    continuity: text,
  }),
  relationship: z.object({ from_entity: z.string(), to_entity: z.string(), relation_type: z.string(), ...stretch }),
};

/** The items of an answer by family, chunks merged: what is said twice in the same words counts once. */
export interface Found {
  entities: z.infer<typeof shapes.entity>[];
  events: z.infer<typeof shapes.event>[];
  works: z.infer<typeof shapes.work>[];
  locations: z.infer<typeof shapes.location>[];
  periods: z.infer<typeof shapes.period>[];
  concepts: z.infer<typeof shapes.concept>[];
  tags: z.infer<typeof shapes.tag>[];
  /** Attributes of entities included. */
  facts: (z.infer<typeof shapes.fact> & { isAttribute: boolean })[];
  relationships: z.infer<typeof shapes.relationship>[];
  /** Items whose quote is not in the page; they go no further. */
  ungrounded: number;
}

/** Sorts the items of a page that are surer than `leastConfidence`, and teaches their aliases to `names`. */
export function foundIn(items: readonly PayloadItem[], leastConfidence: number, names: Names): Found {
  const grounded = items.filter(({ grounding }) => grounding !== 'none');
  const sure = grounded.filter(({ confidence }) => confidence >= leastConfidence);
  const of = <T>(kind: string, shape: z.ZodType<T>): T[] =>
    distinct(sure.filter(({ item_kind }) => item_kind === kind).map(({ payload }) => shape.parse(payload)));
  const entities = of('entity', shapes.entity);
  for (const { name, aliases } of entities) names.learn(name, aliases);
  return {
    entities: byName(entities),
    events: of('event', shapes.event),
    works: byName(of('work', shapes.work)),
    locations: byName(of('location', shapes.location)),
    periods: byName(of('period', shapes.period)),
    concepts: byName(of('concept', shapes.concept)),
    tags: of('tag', shapes.tag),
    facts: withAttributes(of('fact', shapes.fact), entities),
    relationships: of('relationship', shapes.relationship),
    ungrounded: items.length - grounded.length,
  };
}

function distinct<T>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}

function byName<T extends { name: string; type?: string | undefined }>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [`${comparable(item.name)}\n${item.type ?? ''}`, item])).values()];
}

/** An attribute of an entity is a fact about it, unless a fact says the same. */
function withAttributes(facts: z.infer<typeof shapes.fact>[], entities: Found['entities']): Found['facts'] {
  const said = new Set(facts.map(({ subject, value }) => `${comparable(subject)}\n${comparable(value)}`));
  const attributes = entities.flatMap(({ name, attributes }) =>
    attributes
      .filter(({ value }) => !said.has(`${comparable(name)}\n${comparable(value)}`))
      .map(({ key, value, unit }) => ({ subject: name, attribute: key, value, unit })),
  );
  return [
    ...facts.map((fact) => ({ ...fact, isAttribute: false })),
    ...attributes.map((fact) => ({ ...fact, isAttribute: true })),
  ];
}
