import { z } from 'zod';
import type { Material } from '../answers.ts';
import { article, capitalised, nameWords, plural, rowName } from './name-words.ts';
import { parsedObject } from './table-shown.ts';

const column = z.object({
  name: z.string(),
  data_type: z.string().catch(''),
  role: z.string().optional().catch(undefined),
  is_soft_delete: z.boolean().catch(false),
  money: z
    .object({ unit: z.string().catch('other'), currency_column: z.string().optional() })
    .optional()
    .catch(undefined),
  refers_to: z.string().optional().catch(undefined),
  values: z.array(z.string()).catch([]),
  labels: z.record(z.string(), z.string()).catch({}),
  categories: z.record(z.string(), z.string()).catch({}),
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

/** What executives ask: totals of money, how many of a process ended well, how many of a thing are in use. */
export function answerGlossary({ content }: Material): object {
  const { tables, known_terms } = shown.parse(parsedObject(content));
  const known = new Set(known_terms.map(({ term }) => term.toLowerCase()));
  const terms: Term[] = [];
  for (const term of tables.flatMap((table) => [...amounts(table), ...counts(table), ...inUse(table)])) {
    if (known.has(term.term.toLowerCase())) continue;
    known.add(term.term.toLowerCase());
    terms.push(term);
  }
  return { terms: terms.slice(0, mostTerms) };
}

/** What a process brought in adds up; of prices and the like, which rows merely have, the average says something. */
function amounts(table: Table): Term[] {
  const done = endedWell(table);
  const row = rowOf(table);
  return table.columns
    .flatMap(({ name, money }) => (money === undefined ? [] : [amountOf({ name, money }, table, row, done)]))
    .slice(0, done ? 2 : 1);
}

function amountOf(
  { name, money }: { name: string; money: NonNullable<Column['money']> },
  table: Table,
  row: string,
  done: Done | undefined,
): Term {
  const own = new Set(row.split(' '));
  const all = nameWords(name);
  const words = (all.some((word) => !own.has(word)) ? all.filter((word) => !own.has(word)) : all).join(' ');
  const isNamed = words.split(' ').includes('total');
  const unit = money.unit === 'other' || money.unit === 'unknown' ? '' : `, in ${money.unit.replaceAll('_', ' ')}`;
  const currency = money.currency_column === undefined ? '' : ` of the currency that ${money.currency_column} names`;
  const rest = { columns_used: [name], filters: [...(done ? [done.filter] : []), ...notDeleted(table)] };
  if (!done) {
    const definition = `What the ${words} of ${article(row)} is on average${unit}${currency}.`;
    return termOf(table, { term: capitalised(`average ${row} ${words}`), definition, aggregation: 'AVG', ...rest });
  }
  const definition = `What the ${words} of all ${plural(row)} ${done.said} adds up to${unit}${currency}.`;
  const term = capitalised(isNamed ? `${row} ${words}` : `total ${row} ${words}`);
  return termOf(table, { term, definition, aggregation: 'SUM', ...rest });
}

function counts(table: Table): Term[] {
  const done = endedWell(table);
  // A label that only repeats a number names nothing.
  if (done?.label === undefined) return [];
  const rows = plural(rowOf(table));
  return [
    termOf(table, {
      term: capitalised(`${done.label} ${rows}`),
      definition: `How many ${rows} there are ${done.said}.`,
      filters: [done.filter, ...notDeleted(table)],
    }),
  ];
}

function inUse(table: Table): Term[] {
  const filters = notDeleted(table);
  const [filter] = filters;
  if (filter === undefined) return [];
  const rows = plural(rowOf(table));
  return [
    termOf(table, {
      term: capitalised(`active ${rows}`),
      definition: `How many ${rows} are in use: those of which ${filter.column} is empty.`,
      filters,
    }),
  ];
}

function termOf(
  { name }: Table,
  { term, definition, ...more }: Pick<Term, 'term' | 'definition'> & Partial<Term>,
): Term {
  return {
    term: term.slice(0, 200),
    definition: definition.slice(0, 2_000),
    base_table: name,
    columns_used: [],
    filters: [],
    aggregation: 'COUNT',
    aliases: [],
    confidence: 0.5,
    ...more,
  };
}

interface Done {
  /** In words, where the values have any. */
  label: string | undefined;
  /** `whose state is completed` */
  said: string;
  filter: Term['filters'][number];
}

function endedWell({ columns }: Table): Done | undefined {
  for (const { name, values, labels, categories } of columns) {
    const well = values.filter((value) => categories[value] === 'terminal_success');
    const [first] = well;
    if (first === undefined) continue;
    const words = nameWords(labels[first] ?? first).join(' ');
    const label = /\p{L}/u.test(words) ? words : undefined;
    const said = `whose ${nameWords(name).join(' ') || name} is ${label ?? first}`;
    return { label, said, filter: { column: name, operator: 'in', values: well } };
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
