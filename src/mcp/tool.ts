import type { z } from 'zod';
import type { Database } from '../db/connect.ts';
import type { Logger } from '../log.ts';

/** What tools work with. */
export interface ToolContext {
  db: Database;
  logger: Logger;
  /** Brings an embedded database back that died; undefined with one of one's own. */
  revive?: () => Promise<void>;
  /** Of this program. */
  version: string;
}

/** One tool a file under tools/. */
export interface Tool {
  name: string;
  title: string;
  /** What it tells and when to use it, for the model that chooses. */
  description: string;
  input: z.ZodObject;
  output: z.ZodObject;
  /** Checks its arguments itself and throws SprouteError with a hint. */
  call(db: Database, given: unknown): Promise<Record<string, unknown>>;
}

/** All of them only read what the database holds already. */
export const annotations = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
} as const;
