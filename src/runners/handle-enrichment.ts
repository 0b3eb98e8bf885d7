import { hash } from 'node:crypto';
import type { Contract } from '../contracts/registry.ts';
import { callProcedure } from '../db/call.ts';
import { SprouteError } from '../errors.ts';
import { type EnrichedEntity, enrichmentPayload } from '../knowledge/enrichment-payload.ts';
import { bundleEvidence, type EvidenceItem, groupsWithin } from '../knowledge/evidence-bundle.ts';
import { type AskContext, askModel } from '../llm/ask.ts';
import { bundleContent } from '../llm/evidence-messages.ts';
import { extractionMessages, type Message } from '../llm/messages.ts';
import { tokenizerFor } from '../llm/tokenizer.ts';
import { inChunkSpan } from './chunk-span.ts';
import type { Handler } from './execute-job.ts';
import { contractOf, enrichmentInput, readJobInput } from './job-input.ts';
import { completeAs, keepRun } from './keep-run.ts';
import { findPage } from './read-page.ts';
import { requestBudget } from './request-budget.ts';
import type { WorkerContext } from './worker-context.ts';

/** A row of kb.usp_get_entity_evidence. */
interface EntityRow extends EnrichedEntity {
  type_family: string;
  evidence: { source_page_id: number; char_start: number; char_end: number }[];
}

const usualItems = 40;

/**
 * A job about one entity: bundle what the pages say about it, ask a model about the bundle (in several requests where
 * it does not fit into one), ground every item in the passage that it rests on, and hand them to routing. An entity
 * without evidence is routed without asking: what earlier evidence supported goes.
 */
export const handleEnrichment: Handler = async (context, task, signal, tally) => {
  const started = new Date();
  const contract = contractOf(task);
  const input = readJobInput(task, enrichmentInput);
  const access = context.model(task.job_type.model);
  const tokenizer = tokenizerFor(access.endpoint.model);
  const { max_items = usualItems, max_characters, max_tokens } = input;
  const entity = await readEntity(context, input.entity_id, max_items);
  // It was merged into another one meanwhile, which is enriched in its own name.
  if (entity.entity_id !== input.entity_id) return completeAs(context, task, 'superseded');
  const budget = requestBudget(access, contract, context.policy, messagesFor(contract, entity, []));
  const bundle = await bundleEvidence({
    references: input.evidence_refs,
    quotes: entity.evidence,
    readPage: (source_page_id) => findPage(context, source_page_id),
    policy: { max_items, max_characters, max_tokens },
    tokenizer,
    longest_tokens: budget.max_tokens,
  });
  if (bundle.items.length === 0 && bundle.left_out > 0) throw noRoom();
  const groups = groupsWithin(bundle.items, budget.max_tokens);
  tally.chunks += groups.length;
  const plan = {
    started,
    contract,
    access,
    parameters: { evidence: { max_items, max_characters, max_tokens, tokens_per_request: budget.max_tokens } },
    chunks: bundle.items.map(({ text: _, title: __, ...item }) => item),
    input: {
      entity: { entity_id: entity.entity_id, entity_name: entity.entity_name, entity_type: entity.entity_type },
      evidence: bundle,
      prompts: groups.map((group, at) => ({ chunk_index: at, messages: messagesFor(contract, entity, group) })),
    },
  };
  return keepRun(context, task, plan, signal, tally, async (asking) => {
    const asked = groups.map((group, at) => inChunkSpan(at, () => answerGroup(asking, contract, entity, group, at)));
    const settled = await Promise.allSettled(asked);
    const answers = settled.flatMap((each) => {
      if (each.status === 'rejected') throw each.reason;
      return each.value;
    });
    const said = answers.map(({ answer }) => answer);
    return { payload: enrichmentPayload(contract, entity, access.endpoint.model, bundle.items, said), answers };
  });
};

async function readEntity(context: WorkerContext, entity_id: number, max_items: number): Promise<EntityRow> {
  const [row] = await callProcedure<EntityRow>(context.db, 'kb.usp_get_entity_evidence', { entity_id, max_items });
  if (row) return row;
  throw new SprouteError('UNKNOWN_ENTITY', `No entity has the id ${entity_id}.`, { hint: 'Cancel the job.' });
}

function messagesFor(contract: Contract, entity: EntityRow, group: readonly EvidenceItem[]): Message[] {
  return extractionMessages({
    contract_name: contract.name,
    contract_version: contract.version,
    prompt: contract.prompt ?? '',
    title: entity.entity_name.replaceAll(/\s+/g, ' '),
    content: contentFor(entity, group),
  });
}

function contentFor({ entity_name, entity_type }: EntityRow, group: readonly EvidenceItem[]): string {
  const passages = group.map(({ evidence_no, title, text }) => ({ label: String(evidence_no), title, text }));
  return bundleContent({ name: entity_name, type: entity_type }, passages);
}

/** An answer as output.json keeps it: about which passages as they were put before the model. */
interface GroupAnswer {
  chunk_index: number;
  char_start: number;
  char_end: number;
  content_sha256: string;
  answer: unknown;
}

/** One answer. If the output limit cut it, its complete items stay and the halves of the group are asked for the rest. */
async function answerGroup(
  asking: AskContext,
  contract: Contract,
  entity: EntityRow,
  group: readonly EvidenceItem[],
  chunk_index: number,
): Promise<GroupAnswer[]> {
  const got = await askModel(asking, contract, messagesFor(contract, entity, group), chunk_index);
  const content = contentFor(entity, group);
  const content_sha256 = hash('sha256', content);
  const whole = { chunk_index, char_start: 0, char_end: content.length, content_sha256, answer: got.value };
  if (got.complete) return [whole];
  const middle = Math.ceil(group.length / 2);
  if (middle === group.length) {
    throw new SprouteError('ANSWER_TRUNCATED', 'The answer about a single passage exceeds the output limit.', {
      hint: 'Use a model with a larger output limit.',
    });
  }
  const parts = [[whole]];
  for (const half of [group.slice(0, middle), group.slice(middle)]) {
    parts.push(await answerGroup(asking, contract, entity, half, chunk_index));
  }
  return parts.flat();
}

function noRoom(): SprouteError {
  return new SprouteError('INPUT_INVALID', "No passage of the evidence fits into what the job's input allows.", {
    hint: 'Raise max_characters or max_tokens in the input of the job.',
  });
}
