import { Budget, cursorAfter, isBehind, type Page, type Place, paged } from './page.ts';

export interface ListOptions<Row, Told, Body extends object> {
  rows: readonly Row[];
  /** Rows are in the order of their places. */
  place(row: Row): Place;
  tell(row: Row): Told;
  /** What of it is written, if not all. */
  cost?(told: Told): unknown;
  /** The answer with what is told of the list. */
  body(told: Told[]): Body;
  max_tokens: number;
  after: Place | undefined;
  /** What it is about: cursors are bound to it. */
  question: object;
  /** Rows of the list that were not read: those of earlier pages, and those for which no page has room behind `rows`. */
  unread?: { before: number; behind: number };
  /** What a row is called where some are left out, in the plural. */
  called: string;
}

/** An answer whose one list has as many rows as there is room for. */
export function pageList<Row, Told, Body extends object>({
  rows,
  place,
  tell,
  cost = (told) => told,
  body,
  max_tokens,
  after,
  question,
  unread = { before: 0, behind: 0 },
  called,
}: ListOptions<Row, Told, Body>): Body & { page: Page } {
  const budget = new Budget(max_tokens, body([]));
  const rest = rows.filter((row) => isBehind(place(row), after));
  const told: Told[] = [];
  for (const row of rest) {
    const each = tell(row);
    if (!budget.takes(told.length === 0, cost(each))) break;
    told.push(each);
  }
  const left = rest.length - told.length + unread.behind;
  const last = rest[told.length - 1];
  return paged(body(told), {
    max_tokens,
    returned: told.length,
    total: unread.before + rows.length + unread.behind,
    next_cursor: left > 0 && last !== undefined ? cursorAfter(question, place(last)) : undefined,
    left_out: left > 0 ? `${left} ${called}` : undefined,
  });
}
