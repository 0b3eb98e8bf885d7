import { z } from 'zod';
import { isObject } from '../../../contracts/json.ts';
import type { Material } from '../answers.ts';

const texts = z.array(z.string()).catch([]);
const value = z.object({
  value: z.string(),
  label: z.string().optional(),
  category: z.string().optional(),
  description: z.string().optional(),
});

const column = z.object({
  name: z.string(),
  data_type: z.string().catch(''),
  comment: z.string().optional().catch(undefined),
  key: z.string().optional().catch(undefined),
  purpose: z.string().optional().catch(undefined),
  role: z.string().optional().catch(undefined),
  semantic_type: z.string().optional().catch(undefined),
  description: z.string().optional().catch(undefined),
  null_percent: z.number().optional().catch(undefined),
  distinct: z.number().optional().catch(undefined),
  is_unique: z.boolean().catch(false),
  is_soft_delete: z.boolean().catch(false),
  money: z.object({ unit: z.string().optional(), currency_column: z.string().optional() }).optional().catch(undefined),
  values: z.array(value).catch([]),
  refers_to: z.string().optional().catch(undefined),
  reference_role: z.string().optional().catch(undefined),
});
export type ShownColumn = z.infer<typeof column>;

const reference = z.object({ columns: texts, to: z.string(), role: z.string().optional().catch(undefined) });

const shown = z.object({
  table: z
    .object({
      name: z.string(),
      schema: z.string().optional(),
      comment: z.string().optional(),
      kind: z.string().optional(),
      subtype_of: z.string().optional(),
      rows: z.number().optional(),
      entity: z.string().optional(),
    })
    .catch({ name: 'table' }),
  columns: z.array(column).catch([]),
  relationships: z.array(reference).catch([]),
  referenced_by: z.array(z.object({ from: z.string(), columns: texts })).catch([]),
  group: z.object({ main_table: z.string(), tables: texts }).optional().catch(undefined),
  same_target: z.array(z.object({ to: z.string(), columns: texts })).catch([]),
});

/** What the material says of one table; what it does not say is empty. */
export type ShownTable = z.infer<typeof shown>;

export function tableShown({ content }: Material): ShownTable {
  return shown.parse(parsedObject(content));
}

/** The JSON of a material; empty if it is none. */
export function parsedObject(content: string): object {
  try {
    const parsed: unknown = JSON.parse(content);
    return isObject(parsed) ? parsed : {};
  } catch {
    return {};
  }
}
