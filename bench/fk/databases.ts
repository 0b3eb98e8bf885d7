/** A database that the benchmark makes: statements with all its foreign keys declared. */
export interface GeneratedDatabase {
  name: string;
  /** Nothing was tuned on it. */
  is_held_out: boolean;
  sql: string;
}

export const databases: readonly GeneratedDatabase[] = [];
