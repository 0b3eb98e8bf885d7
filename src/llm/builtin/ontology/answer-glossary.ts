import { z } from 'zod';
import type { Material } from '../answers.ts';
import { capitalised, nameWords, rowName } from './name-words.ts';
import { parsedObject } from './table-shown.ts';

const column = z.object({
  name: z.string(),
  data_type: z.string().catch(''),
  role: z.string().optional().catch(undefined),
  is_soft_delete: z.boolean().catch(false),
  money: z.string().optional().catch(undefined),
  refers_to: z.string().optional().catch(undefined),
  values: z
    .array(z.object({ value: z.string(), label: z.string().optional(), category: z.string().optional() }))
    .catch([]),
});
type Column = z.infer<typeof column>;

const shown = z.object({
  tables: z
    .array(z.object({ name: z.string(), entity: z.string().optional(), columns: z.array(column).catch([]) }))
    .catch([]),
  known_terms: z.array(z.object({ term: z.string() })).catch([]),
});
type Table = z.infer<typeof shown>['tables'][number];

interface Term {
  term: string;
  definition: string;
  base_table: string;
  columns_used: string[];
  filters: { column: string; operator: string; values: string[] }[];
  aggregation: string;
  aliases: string[];
  confidence: number;
}

const mostTerms = 12;

/** What executives ask of amounts and of what is done: totals of money, and rows that a process ended well for. */
export function answerGlossary({ content }: Material): object {
  const { tables, known_terms } = shown.parse(parsedObject(content));
  const known = new Set(known_terms.map(({ term }) => term.toLowerCase()));
  const terms: Term[] = [];
  for (const term of tables.flatMap((table) => [...totals(table), ...counts(table)])) {
    if (known.has(term.term.toLowerCase())) continue;
    known.add(term.term.toLowerCase());
    terms.push(term);
  }
  return { terms: terms.slice(0, mostTerms) };
}

function totals(table: Table): Term[] {
  const row = rowOf(table);
  const done = endedWell(table);
  return table.columns
    .filter(({ money }) => money !== undefined)
    .slice(0, 2)
    .map(({ name, money }) => {
      const words = nameWords(name).join(' ');
      return {
        term: capitalised(`total ${words} of ${row}`).slice(0, 200),
        definition:
          `The sum of the ${words} of every ${row}${done ? ` that is ${done.label}` : ''}, in ${money}.`.slice(
            0,
            2_000,
          ),
        base_table: table.name,
        columns_used: [name],
        filters: [...(done ? [done.filter] : []), ...notDeleted(table)],
        aggregation: 'SUM',
        aliases: [],
        confidence: 0.5,
      };
    });
}

function counts(table: Table): Term[] {
  const row = rowOf(table);
  const done = endedWell(table);
  if (!done) return [];
  return [
    {
      term: capitalised(`${done.label} ${row}`).slice(0, 200),
      definition: `How many rows of ${row} are ${done.label}.`.slice(0, 2_000),
      base_table: table.name,
      columns_used: [],
      filters: [done.filter, ...notDeleted(table)],
      aggregation: 'COUNT',
      aliases: [],
      confidence: 0.5,
    },
  ];
}

function endedWell({ columns }: Table) {
  for (const { name, values } of columns) {
    const well = values.filter(({ category }) => category === 'terminal_success');
    const [first] = well;
    if (!first) continue;
    const label = nameWords(first.label ?? first.value).join(' ') || 'done';
    return { label, filter: { column: name, operator: 'in', values: well.map(({ value }) => value) } };
  }
  return undefined;
}

function notDeleted({ columns }: Table): Term['filters'] {
  return columns
    .filter(({ is_soft_delete }: Column) => is_soft_delete)
    .slice(0, 1)
    .map(({ name }) => ({ column: name, operator: 'is_null', values: [] }));
}

function rowOf({ name, entity }: Table): string {
  return (entity ?? rowName(name)).toLowerCase();
}
