import { objectKey, partsOf } from '../datasource/object-key.ts';
import { SprouteError } from '../errors.ts';

/** Keys of columns and relationships, made of those of tables; what a key is says {@link objectKey}. */
export { objectKey, partsOf };

/** The key of a column as a subject, from that of its table and its own column_key (its quoted name). */
export function columnSubject(table_key: string, column_key: string): string {
  return `${table_key}.${column_key}`;
}

/** Table and column_key of a subject. Throws INPUT_INVALID for what is no key. */
export function columnOf(subject_key: string): { table_key: string; column_key: string } {
  const parts = partsOf(subject_key);
  return { table_key: objectKey(parts.slice(0, -1)), column_key: objectKey(parts.slice(-1)) };
}

/** One side of a relationship: a table and, in order, the column_keys of its columns. */
export interface RelationshipEnd {
  table_key: string;
  columns: readonly string[];
}

/** `shop.orders(customer_id)->shop.customers(id)` */
export function relationshipKey(from: RelationshipEnd, to: RelationshipEnd): string {
  return `${endKey(from)}->${endKey(to)}`;
}

function endKey({ table_key, columns }: RelationshipEnd): string {
  return `${table_key}(${columns.join(',')})`;
}

/** The ends of a relationship. Throws INPUT_INVALID for what is no key of one. */
export function relationshipEnds(relationship_key: string): { from: RelationshipEnd; to: RelationshipEnd } {
  const marks = marksOutsideQuotes(relationship_key);
  const arrow = marks.find(({ mark }) => mark === '->');
  const from = endOf(relationship_key.slice(0, arrow?.at ?? 0));
  const to = endOf(relationship_key.slice((arrow?.at ?? -2) + 2));
  if (arrow && from && to) return { from, to };
  throw new SprouteError('INPUT_INVALID', `${JSON.stringify(relationship_key)} is no key of a relationship.`, {
    hint: 'Such a key looks like public.orders(customer_id)->public.customers(id).',
  });
}

/** `shop.orders(customer_id)` as a table and its columns; undefined for what is none. */
export function endOf(text: string): RelationshipEnd | undefined {
  const marks = marksOutsideQuotes(text);
  const [open] = marks;
  const close = marks.at(-1);
  if (open?.mark !== '(' || close?.mark !== ')' || close.at !== text.length - 1) return undefined;
  const inner = marks.slice(1, -1);
  if (inner.some(({ mark }) => mark !== ',')) return undefined;
  const bounds = [open.at, ...inner.map(({ at }) => at), close.at];
  try {
    const columns = bounds.slice(1).map((end, at) => objectKey(partsOf(text.slice((bounds[at] ?? 0) + 1, end))));
    return { table_key: objectKey(partsOf(text.slice(0, open.at))), columns };
  } catch {
    return undefined;
  }
}

function marksOutsideQuotes(text: string): { mark: string; at: number }[] {
  return [...text.matchAll(/"(?:[^"]|"")*"|->|[(),]/g)]
    .filter(([mark]) => !mark.startsWith('"'))
    .map(({ 0: mark, index: at }) => ({ mark, at }));
}
