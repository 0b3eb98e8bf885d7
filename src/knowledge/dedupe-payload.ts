import { z } from 'zod';
import type { Contract } from '../contracts/registry.ts';
import type { PairedEntity } from '../llm/evidence-messages.ts';
import type { EvidenceItem } from './evidence-bundle.ts';

/** A row of kb.usp_get_entity_pair. */
export interface PairRow {
  requested_entity_id: number;
  entity_id: number;
  entity_name: string;
  entity_type: string;
  description: string | null;
  aliases: string[];
  attributes: { key: string; value: string; unit?: string | null }[];
  relations: { relation_type: string; entity_name: string; is_from: boolean }[];
  evidence: { source_page_id: number; char_start: number; char_end: number }[];
  is_live: boolean;
}

/** What `kb.usp_process_entity_dedupe_output` takes. */
export interface DedupePayload {
  contract: string;
  version: string;
  subject: { first_entity_id: number; second_entity_id: number };
  prompt_sha256: string | null;
  model: string;
  decision: {
    decision: 'merge' | 'relate' | 'distinct' | 'suppress';
    confidence: number;
    master_entity_id: number | null;
    relation_type: string | null;
    rationale: string;
  };
}

const decisionSchema = z.object({
  decision: z.enum(['merge', 'relate', 'distinct', 'suppress']),
  confidence: z.number(),
  master: z.int(),
  relation_type: z.string().optional(),
  rationale: z.string(),
});

/** The payload of a valid answer about two entities, numbered 1 and 2 in this order. */
export function dedupePayload(
  contract: Contract,
  pair: readonly [PairRow, PairRow],
  model: string,
  answer: unknown,
): DedupePayload {
  const { decision, confidence, master, relation_type, rationale } = decisionSchema.parse(answer);
  const [first, second] = pair;
  const chosen = decision === 'distinct' ? undefined : pair[master - 1];
  return {
    contract: contract.name,
    version: contract.version,
    subject: { first_entity_id: first.requested_entity_id, second_entity_id: second.requested_entity_id },
    prompt_sha256: contract.prompt_sha256 ?? null,
    model,
    decision: {
      decision,
      confidence,
      master_entity_id: chosen?.requested_entity_id ?? null,
      relation_type: decision === 'relate' ? (relation_type ?? null) : null,
      rationale,
    },
  };
}

/** Why an answer that its contract admits cannot be applied, worded for the model; undefined if it can. */
export function dedupeProblem(answer: unknown): string | undefined {
  const parsed = decisionSchema.safeParse(answer);
  if (!parsed.success) return undefined;
  const { decision, master, relation_type } = parsed.data;
  if (decision === 'distinct') return undefined;
  if (master === 0) return `$.master: expected 1 or 2, since the decision is ${decision}, got 0`;
  if (decision === 'relate' && (relation_type ?? '').trim() === '') {
    return '$.relation_type: expected a verb phrase, since the decision is relate, got nothing';
  }
  return undefined;
}

const most = { aliases: 20, attributes: 30, characters: 300 };

/** What a model is told of one of the two; `place` is 1 or 2. */
export function pairedEntity(row: PairRow, place: number, evidence: readonly EvidenceItem[]): PairedEntity {
  const brief = (text: string) => text.slice(0, most.characters).toWellFormed();
  return {
    name: brief(row.entity_name),
    type: brief(row.entity_type),
    aliases: row.aliases.slice(0, most.aliases).map(brief),
    attributes: row.attributes
      .slice(0, most.attributes)
      .map(({ key, value, unit }) => brief(`${key} = ${value}${unit ? ` ${unit}` : ''}`)),
    description: brief(row.description ?? ''),
    relations: row.relations.map(({ relation_type, entity_name, is_from }) =>
      brief(is_from ? `${relation_type} ${entity_name}` : `${entity_name} ${relation_type}`),
    ),
    passages: evidence.map(({ evidence_no, title, text }) => ({ label: `${place}.${evidence_no}`, title, text })),
  };
}
