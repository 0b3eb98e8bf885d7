import { z } from 'zod';

const instant = z.iso.datetime();
const range = z.strictObject({ from: instant.optional(), before: instant.optional() });
const text = z.string().min(1);

/**
 * Which pages (or entities) a backfill is for: every condition that is given must hold. It is kept in the input of the
 * backfill's jobs, so that the backfill can be resumed by its id.
 */
export const backfillSelection = z.strictObject({
  /** Everything; stands alone. */
  all: z.literal(true).optional(),
  /** A family or a type, as typeKey spells it. */
  entity_type: text.optional(),
  confidence_below: z.number().optional(),
  page_ids: z.array(z.int().min(1)).optional(),
  /** SQL LIKE patterns on external_id; ids and patterns are alternatives of one condition. */
  page_patterns: z.array(text).optional(),
  /** Half-open: from <= ingested_at < before. */
  ingested: range.optional(),
  /** Of the last answer that was routed. */
  extracted: range.optional(),
  contract_before: text.optional(),
  /** The sha256 of today's prompt: extracted with another. */
  prompt_other_than: text.optional(),
  model: text.optional(),
  model_other_than: text.optional(),
  never_extracted: z.literal(true).optional(),
  failed: z.literal(true).optional(),
  /** source_system of the page. */
  source: text.optional(),
});

export type BackfillSelection = z.infer<typeof backfillSelection>;

/** Whether a condition speaks of the last extraction, so that it has to be looked up. */
export function asksForLastExtraction(selection: BackfillSelection): boolean {
  const { extracted, contract_before, prompt_other_than, model, model_other_than, never_extracted, failed } = selection;
  const given = [extracted, contract_before, prompt_other_than, model, model_other_than, never_extracted, failed];
  return given.some((condition) => condition !== undefined);
}
