/** A value that a statement or a procedure is given: nested ones go as JSON. */
export type ParameterValue = string | number | boolean | Date | null | undefined | object;

export type StatementValue = string | number | boolean | null;

export interface DriverStatement {
  sql: string;
  values: readonly StatementValue[];
  json: readonly string[];
}

/** What an engine does for us: each method is one try, and throws what its driver throws. */
export interface Driver {
  /** Whether all of it is one transaction of the caller's. */
  isTransaction: boolean;
  /** See callProcedure; the server may be silent for `answer_ms`. */
  call<Row>(procedure: string, parameters: Record<string, ParameterValue>, answer_ms: number): Promise<Row[]>;
  /** One statement with a question mark for each value; `json` as in queryRows. */
  query<Row>(statement: DriverStatement, answer_ms: number): Promise<Row[]>;
  /** What everything that goes through it reads is as of one moment; it cannot write. */
  snapshot(): Promise<Snapshot>;
  close(): Promise<void>;
}

export interface Snapshot {
  driver: Driver;
  /** The rows of one statement, some at a time. */
  rows<Row>(sql: string, answer_ms: number): AsyncGenerator<Row>;
  /** Ends in seconds, even if the server is out of reach. */
  end(): Promise<void>;
}
