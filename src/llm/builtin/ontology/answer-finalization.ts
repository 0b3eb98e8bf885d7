import { z } from 'zod';
import type { Material } from '../answers.ts';
import { article, inWords } from './name-words.ts';
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
  const main = things.slice(0, 4).map((name) => name.toLowerCase());
  const [centre] = things;
  const around = [...new Set(relationships.filter(({ to }) => to === centre).map(({ from }) => from.toLowerCase()))];
  const sentences = [
    `The database keeps ${main.length === 0 ? 'records' : inWords(main)}.`,
    ...(domains.length > 1 ? [`Its parts are ${inWords(domains, 6)}.`] : []),
    ...(centre !== undefined && around.length > 0
      ? [
          `At its centre is ${article(centre.toLowerCase())}, which ${inWords(around)} ${around.length === 1 ? 'refers' : 'refer'} to.`,
        ]
      : []),
  ];
  return { description: sentences.join(' ').slice(0, 2_000), confidence: 0.6 };
}
