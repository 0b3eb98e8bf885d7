import { z } from 'zod';
import type { Material } from '../answers.ts';
import { article, nameWords, plural, rowName } from './name-words.ts';

const material = z.object({
  source: z.object({ table: z.string(), columns: z.array(z.string()), is_optional: z.boolean() }),
  target: z.object({ table: z.string(), columns: z.array(z.string()) }),
  cardinality: z.string().nullish(),
  source_role: z.string().optional(),
  other_relationships: z.array(z.unknown()),
});

/** What a relationship says, in the words of its names. */
export function answerRelationshipEnrichment({ content }: Material): object {
  const { source, target, cardinality, source_role, other_relationships } = material.parse(JSON.parse(content));
  const [from, to] = [rowName(source.table), rowName(target.table)];
  const column = source.columns.map(wordsOf).join(' and ');
  const isSeveral = other_relationships.length > 0 || source.table === target.table;
  const role = source_role?.replaceAll('_', ' ') ?? (isSeveral ? column : to);
  const count = cardinality === '1:1' ? `one ${from} at most` : `any number of ${plural(from)}`;
  const each = source.is_optional ? 'may refer' : 'refers';
  const whom = source.table === target.table ? `another ${to}` : `one ${to}`;
  return {
    description: `Each ${from} ${each} to ${whom} by its ${column}; ${article(to)} has ${count}.`,
    from_role: from,
    to_role: role,
    confidence: 0.6,
  };
}

function wordsOf(name: string): string {
  return nameWords(name).join(' ') || name;
}
