/** A piece of a statement with the values of its question marks, in order. */
export interface SqlFragment {
  sql: string;
  values: (string | number | boolean | null)[];
}

/** Pieces as one, with `separator` between them. */
export function joined(fragments: readonly SqlFragment[], separator: string): SqlFragment {
  return {
    sql: fragments.map(({ sql }) => sql).join(separator),
    values: fragments.flatMap(({ values }) => values),
  };
}
