import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { nameKey, typeKey } from '../../src/knowledge/name-key.ts';

const words = z.array(z.string()).default([]);
const vocabulary = z
  .strictObject({
    relations: z.record(
      z.string(),
      z.strictObject({ same: words, inverse: words, symmetric: z.boolean().default(false) }),
    ),
    attributes: z.record(z.string(), z.array(z.string())),
    types: z.record(z.string(), z.array(z.string())),
  })
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, 'vocabulary.json'), 'utf8')));

/** How a relation reads against a label: in its direction, turned around, or either way. */
export type Direction = 'same' | 'inverse' | 'either';

const hollow = /^(?:was|were|is|are|am|be|been|has|have|had|being|became|become|becomes|served_as|acted_as|the|a|an)_/;

/** Which way round a relation type says what a label says; undefined if it says something else. */
export function relationDirection(found: string, labels: readonly string[]): Direction | undefined {
  const said = plainRelation(found);
  const wordings = new Set([typeKey(found), said]);
  let direction: Direction | undefined;
  for (const label of labels) {
    const group = vocabulary.relations[label];
    const forward = [label, ...(group?.same ?? [])].some((word) => wordings.has(word));
    const back = (group?.inverse ?? []).some((word) => wordings.has(word));
    if (!forward && !back) continue;
    if ((forward && back) || group?.symmetric) return 'either';
    if (direction !== undefined && direction !== (forward ? 'same' : 'inverse')) return 'either';
    direction = forward ? 'same' : 'inverse';
  }
  return direction;
}

function plainRelation(found: string): string {
  let said = typeKey(found);
  while (hollow.test(said)) said = said.replace(hollow, '');
  return said;
}

/** Whether an attribute is what a label calls by this or another name. */
export function attributeFits(found: string, labels: readonly string[]): boolean {
  const said = typeKey(found);
  return labels.some((label) => label === said || (vocabulary.attributes[label] ?? []).includes(said));
}

const familiesOf = new Map<string, Set<string>>();
for (const [family, members] of Object.entries(vocabulary.types)) {
  for (const word of [family, ...members]) familiesOf.set(word, (familiesOf.get(word) ?? new Set()).add(family));
}

/** Whether two types may be said of one thing: equal, or their last words of one family (a rock band is an organization). */
export function typeFits(found: string, labels: readonly string[]): boolean {
  const families = familiesOfType(found);
  return labels.some(
    (label) => typeKey(label) === typeKey(found) || [...familiesOfType(label)].some((family) => families.has(family)),
  );
}

function familiesOfType(type: string): ReadonlySet<string> {
  const last = nameKey(type).split(/[ _]/).at(-1) ?? '';
  return familiesOf.get(typeKey(type)) ?? familiesOf.get(last) ?? new Set();
}

/** Whether a role or a way of appearing is the labelled one: one contains the other, hyphens aside. */
export function roleFits(found: string, labels: readonly string[]): boolean {
  const said = typeKey(found);
  return labels.some((label) => said.includes(typeKey(label)) || (said.length > 3 && typeKey(label).includes(said)));
}
