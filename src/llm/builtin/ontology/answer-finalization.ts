import { z } from 'zod';
import type { Material } from '../answers.ts';
import { begun, inWords, plural } from './name-words.ts';
import { parsedObject } from './table-shown.ts';

const shown = z.object({
  entities: z.array(z.object({ name: z.string(), kind: z.string().optional() })).catch([]),
  domains: z.array(z.string()).catch([]),
  relationships: z.array(z.object({ from: z.string(), to: z.string() })).catch([]),
});

/** What a database is about: what most of it hangs on, the parts it has, and how the largest hang together. */
export function answerFinalization({ content }: Material): object {
  const { entities, domains, relationships } = shown.parse(parsedObject(content));
  const things = entities.filter(({ kind }) => kind !== 'bridge').map(({ name }) => name);
  const many = (name: string) => plural(name.toLowerCase());
  const main = things.slice(0, 4).map(many);
  const [centre] = things;
  const around = [
    ...new Set(relationships.filter(({ from, to }) => to === centre && from !== to).map(({ from }) => many(from))),
  ];
  const sentences = [
    `The database keeps ${main.length === 0 ? 'records' : inWords(main)}.`,
    ...(domains.length > 1 ? [`Its parts are ${inWords(domains, 6)}.`] : []),
    ...(centre !== undefined && around.length > 0
      ? [`${begun(many(centre))} are at its centre: ${inWords(around)} refer to them.`]
      : []),
  ];
  return { description: sentences.join(' ').slice(0, 2_000), confidence: 0.6 };
}
