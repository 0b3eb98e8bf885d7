import { z } from 'zod';
import type { Material } from '../answers.ts';

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
  const [from, to] = [nounOf(source.table), nounOf(target.table)];
  const column = source.columns.map(wordsOf).join(' and ');
  const role = source_role?.replaceAll('_', ' ') ?? (other_relationships.length > 0 ? column : to);
  const count = cardinality === '1:1' ? 'at most one' : 'any number of rows';
  const each = source.is_optional ? 'may refer' : 'refers';
  return {
    description: `Each row of ${from} ${each} to one row of ${to} by ${column}; a row of ${to} has ${count} of ${from}.`,
    from_role: from,
    to_role: role,
    confidence: 0.6,
  };
}

function nounOf(table_key: string): string {
  return wordsOf(table_key.split('.').at(-1) ?? table_key);
}

function wordsOf(name: string): string {
  const words = name.replaceAll('"', '').match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}\p{Lo}]+|\d+/gu);
  return words?.join(' ').toLowerCase() ?? name;
}
