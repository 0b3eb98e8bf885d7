import { createHash } from 'node:crypto';
import { z } from 'zod';
import { isSprouteError, messageOf, SprouteError } from '../errors.ts';
import type { Lake } from './lake.ts';

const chunk = z.looseObject({
  chunk_index: z.int().min(0),
  char_start: z.int().min(0),
  char_end: z.int().min(0),
  content_sha256: z.string(),
});
const answer = chunk.extend({ answer: z.unknown() });
const output = z.looseObject({
  contract: z.string(),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  prompt_sha256: z.string().nullable(),
  model: z.string(),
  chunks: z.array(chunk).optional(),
  answers: z.array(answer).optional(),
  // Of a job that decides about something, there are none.
  items: z
    .array(z.looseObject({ item_kind: z.string(), chunk_index: z.int(), payload: z.record(z.string(), z.unknown()) }))
    .default([]),
});

/** The output.json of a run: the payload that was routed, and the valid answers that it was built from. */
export type StoredOutput = z.infer<typeof output>;

/** An answer as output.json keeps it: without the content, which is a slice of the page. */
export type StoredAnswer = z.infer<typeof answer>;

/**
 * Reads the output of a run and holds it against the hash that the database recorded. Throws LAKE_CORRUPT if it is
 * missing, torn or no output; LAKE_FAILED if the lake cannot be read.
 */
export async function readStoredOutput(
  lake: Lake,
  recorded: { run_id: string; lake_uri: string | null; content_sha256: string | null },
): Promise<StoredOutput> {
  const { run_id, lake_uri, content_sha256 } = recorded;
  if (lake_uri === null)
    throw unusable(run_id, 'the database knows of no output.json; it was never written, or was pruned');
  const bytes = await lake.get(pathIn(lake, run_id, lake_uri));
  if (!bytes) throw unusable(run_id, `${lake_uri} is missing`);
  if (createHash('sha256').update(bytes).digest('hex') !== content_sha256) {
    throw unusable(run_id, `${lake_uri} does not have its recorded hash`);
  }
  const parsed = output.safeParse(parseJson(bytes));
  if (parsed.success) return parsed.data;
  throw unusable(run_id, `${lake_uri} is no output of a run (${z.prettifyError(parsed.error)})`);
}

function pathIn(lake: Lake, run_id: string, lake_uri: string): string {
  try {
    return lake.pathOf(lake_uri);
  } catch (error) {
    if (isSprouteError(error)) throw unusable(run_id, messageOf(error));
    throw error;
  }
}

function unusable(run_id: string, reason: string): SprouteError {
  return new SprouteError('LAKE_CORRUPT', `The stored answers of run ${run_id} cannot be applied: ${reason}.`, {
    hint: `\`sproute lake verify --run ${run_id}\` looks again; \`sproute backfill <job_type> --page <id>\` asks the model anew.`,
  });
}

function parseJson(bytes: Buffer): unknown {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return value;
  } catch {
    return undefined;
  }
}
