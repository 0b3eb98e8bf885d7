import { readColumns, readEntities } from '../../db/ontology-queries.ts';
import { Budget, isBehind, type Place } from './page.ts';
import type { Part, Served } from './served.ts';
import { briefColumn, fullColumn } from './served-column.ts';
import { type ServedTable, tableHead } from './served-table.ts';

/** Tables with their columns, in brief or in full; a table that does not fit goes on on the next page, with its head again. */
export async function columnsDepth(served: Served, isFull: boolean): Promise<Part<{ tables: ServedTable[] }>> {
  const { db, ontology, tables, accepted, head, after } = served;
  const { ontology_id } = ontology;
  const entities = new Map((await readEntities(db, ontology_id)).map((row) => [row.table_key, row]));
  const budget = new Budget(served.max_tokens, head);
  const columnOf = isFull ? fullColumn : briefColumn;
  const found: ServedTable[] = [];
  let last: Place | undefined;
  let full = false;
  for (const table of tables) {
    // Every table has a place of its own before its columns, so that one without columns has one too.
    if (full || !isBehind([table.table_key, Number.MAX_SAFE_INTEGER], after)) continue;
    const [name, ordinal = 0] = after ?? [];
    const from = name === table.table_key ? Number(ordinal) : 0;
    // One that is told already goes on only if columns of it are left.
    const all = await readColumns(db, ontology_id, table.table_key);
    const rest = all.filter((column) => column.ordinal > from);
    if (name === table.table_key && rest.length === 0) continue;
    const about = tableHead(table, entities.get(table.table_key), accepted);
    const columns: ReturnType<typeof fullColumn | typeof briefColumn>[] = [];
    for (const [at, row] of rest.entries()) {
      const column = columnOf(table, row, accepted);
      // The head comes with the first of its columns or not at all.
      const fits = at === 0 ? budget.takes(found.length === 0, about, column) : budget.takes(false, column);
      if (!fits) {
        full = true;
        break;
      }
      columns.push(column);
      last = [table.table_key, row.ordinal];
    }
    if (rest.length === 0) {
      full = !budget.takes(found.length === 0, about);
      if (!full) last = [table.table_key, 0];
    }
    if (full && columns.length === 0) continue;
    const left = all.length - columns.length;
    found.push({ ...about, ...(left > 0 && { columns_left_out: left }), columns });
  }
  return { body: { tables: found }, notes: [], ...told(served, found, last, full) };
}

function told(
  { tables, after }: Served,
  found: readonly ServedTable[],
  last: Place | undefined,
  full: boolean,
): Pick<Part<object>, 'returned' | 'total' | 'last' | 'left_out'> {
  const whole = tables.filter(({ table_key }) => isBehind([table_key], after)).length;
  const first = found.filter(({ table }) => table !== after?.[0]).length;
  const cut = found.at(-1);
  const isCut = full && cut !== undefined && last?.[0] === cut.table && (cut.columns_left_out ?? 0) > 0;
  const left = [whole > first && `${whole - first} tables`, isCut && `columns of ${cut.table}`].filter(
    (part) => part !== false,
  );
  return {
    returned: found.length,
    total: tables.length,
    last: full ? last : undefined,
    left_out: full ? left.join(' and ') || undefined : undefined,
  };
}
