import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { packageRoot } from '../../src/package-root.ts';

const name = z.string().min(1);
/** One value or several of which each is right; null = the field may be left out. */
const choice = z
  .union([name, z.array(name.nullable()).min(1)])
  .optional()
  .transform((given) => (given === undefined ? [null] : Array.isArray(given) ? given : [given]));
const words = z.union([name, z.array(name).min(1)]).transform((given) => (Array.isArray(given) ? given : [given]));
const aliases = z.array(name).default([]);
const optional = z.boolean().default(false);
const workContext = z.strictObject({ from: name.optional(), to: name.optional() }).optional();

/** The labels of one page; `optional` ones are neither missed when they are not found nor right when they are. */
export const goldSchema = z.strictObject({
  entities: z.array(z.strictObject({ name, type: words, aliases, optional })),
  events: z.array(
    z.strictObject({
      name,
      aliases,
      type: words,
      start: choice,
      end: choice,
      location: choice,
      participants: z.array(z.strictObject({ entity: name, role: words, optional })).default([]),
      optional,
    }),
  ),
  works: z.array(
    z.strictObject({
      name,
      aliases,
      type: words,
      release_date: choice,
      appearances: z.array(z.strictObject({ entity: name, appearance_type: words, optional })).default([]),
      optional,
    }),
  ),
  locations: z.array(z.strictObject({ name, aliases, type: words, parent: choice, optional })),
  periods: z.array(z.strictObject({ name, aliases, type: words.optional(), start: choice, end: choice, optional })),
  concepts: z.array(z.strictObject({ name, type: words.optional(), optional })),
  tags: z.array(z.strictObject({ name: words, optional })),
  facts: z.array(
    z.strictObject({
      subject: name,
      attribute: words,
      value: words,
      unit: name.optional(),
      valid_from: choice,
      valid_to: choice,
      work_context: workContext,
      continuity: choice,
      optional,
    }),
  ),
  relationships: z.array(
    z.strictObject({
      from_entity: name,
      relation_type: words,
      to_entity: name,
      start: choice,
      end: choice,
      work_context: workContext,
      continuity: choice,
      optional,
    }),
  ),
});

export type Gold = z.infer<typeof goldSchema>;

/** A page with its labels. */
export interface GoldPage {
  /** The name of its file without the ending. */
  page: string;
  title: string;
  content: string;
  gold: Gold;
}

/** Where the labelled pages are. */
export const goldFolder = join(packageRoot, 'examples', 'gold');

/** All labelled pages, by name. Throws what is wrong with the first labels that do not fit the schema. */
export function readGoldPages(): GoldPage[] {
  const files = readdirSync(goldFolder).filter((file) => file.endsWith('.md'));
  return files.sort().map((file) => readPage(file.slice(0, -'.md'.length)));
}

function readPage(page: string): GoldPage {
  const content = readFileSync(join(goldFolder, `${page}.md`), 'utf8');
  const labels = join(goldFolder, `${page}.gold.json`);
  if (!existsSync(labels)) throw new Error(`${page}.md has no labels; they belong in ${page}.gold.json.`);
  const parsed = goldSchema.safeParse(JSON.parse(readFileSync(labels, 'utf8')));
  if (!parsed.success) throw new Error(`${page}.gold.json: ${z.prettifyError(parsed.error)}`);
  return { page, title: /^#\s+(.+)$/m.exec(content)?.[1]?.trim() ?? page, content, gold: parsed.data };
}
