import { objectKey, partsOf } from '../datasource/object-key.ts';

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
