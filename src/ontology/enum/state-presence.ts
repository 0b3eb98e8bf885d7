import { z } from 'zod';
import type { ColumnRow } from '../../db/ontology-queries.ts';
import { timestampColumns } from '../classify/neighbours.ts';
import type { ItemInput } from '../items.ts';
import type { OntologyContext } from '../ontology-context.ts';
import type { ColumnFacts, TableFacts } from '../table-facts.ts';
import { readPresence } from '../table-slice.ts';

/** For values of one column in how many of their rows each timestamp has a value. */
export interface StatePresence {
  /** Column_keys. */
  timestamps: string[];
  /** By value: its rows, and of these those with each of the timestamps. */
  values: Map<string, { count: number; has: number[] }>;
}

/** More than a process has steps; each is counted for each value. */
const mostTimestamps = 12;

/** The timestamps that some rows have and others have not: these may tell states apart. */
export function stateTimestamps(facts: TableFacts): ColumnRow[] {
  const telling = timestampColumns(facts).filter(({ null_count, row_count }) => {
    return null_count !== null && row_count !== null && null_count > 0 && null_count < row_count;
  });
  return telling.slice(0, mostTimestamps);
}

/** As the plan found it, else read now; undefined where no timestamp can tell, or the datasource refuses. */
export async function statePresence(
  context: OntologyContext,
  facts: ColumnFacts,
  input: ItemInput,
): Promise<StatePresence | undefined> {
  const timestamps = stateTimestamps(facts);
  if (timestamps.length === 0) return undefined;
  const planned = plannedFacts.safeParse(input.facts);
  if (planned.success && planned.data.profile_sha256 === facts.table.profile_sha256) {
    const { timestamps: names, presence } = planned.data;
    const values = facts.column.distribution?.map(({ value }) => String(value)) ?? [];
    return {
      timestamps: names,
      values: new Map(
        presence.map(([at = 0, count = 0, ...has]): [string, { count: number; has: number[] }] => {
          return [values[at] ?? '', { count, has }];
        }),
      ),
    };
  }
  const read = await readPresence(context, facts, [facts.column], timestamps);
  const rows = read?.get(facts.column.column_key);
  if (!rows) return undefined;
  return {
    timestamps: timestamps.map(({ column_key }) => column_key),
    values: new Map(rows.map(({ value, count, has }) => [value, { count, has }])),
  };
}

/** Values by their place in the distribution of that profile: a job's input holds none of a customer's values. */
const plannedFacts = z.object({
  profile_sha256: z.string(),
  timestamps: z.array(z.string()),
  presence: z.array(z.array(z.number())),
});

/** What the plan hands to the items of one table, by column_key, read in one statement; undefined if it cannot be read. */
export async function plannedPresence(
  context: OntologyContext,
  facts: TableFacts,
  columns: readonly ColumnRow[],
): Promise<Map<string, z.infer<typeof plannedFacts>> | undefined> {
  const timestamps = stateTimestamps(facts);
  const { profile_sha256 } = facts.table;
  if (timestamps.length === 0 || profile_sha256 === null) return new Map();
  const read = await readPresence(context, facts, columns, timestamps);
  if (!read) return undefined;
  const keys = timestamps.map(({ column_key }) => column_key);
  return new Map(
    columns.map((column) => {
      const places = new Map((column.distribution ?? []).map(({ value }, at) => [String(value), at]));
      const presence = (read.get(column.column_key) ?? []).flatMap(({ value, count, has }) => {
        const at = places.get(value);
        return at === undefined ? [] : [[at, count, ...has]];
      });
      return [column.column_key, { profile_sha256, timestamps: keys, presence }];
    }),
  );
}
