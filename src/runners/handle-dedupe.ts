import { hash } from 'node:crypto';
import { callProcedure } from '../db/call.ts';
import { SprouteError } from '../errors.ts';
import { dedupePayload, dedupeProblem, type PairRow, pairedEntity } from '../knowledge/dedupe-payload.ts';
import { bundleEvidence } from '../knowledge/evidence-bundle.ts';
import { askModel } from '../llm/ask.ts';
import { pairContent } from '../llm/evidence-messages.ts';
import { extractionMessages } from '../llm/messages.ts';
import { tokenizerFor } from '../llm/tokenizer.ts';
import { inChunkSpan } from './chunk-span.ts';
import type { Handler } from './execute-job.ts';
import { contractOf, dedupeInput, readJobInput } from './job-input.ts';
import { completeAs, keepRun } from './keep-run.ts';
import { findPage } from './read-page.ts';
import { requestBudget } from './request-budget.ts';
import type { WorkerContext } from './worker-context.ts';

/** Source contexts that are shown of each entity. */
const mostPassages = 5;

/**
 * A job about two entities: are they one? The model sees names, types, attributes, relations and where the pages speak
 * of them; routing applies its answer or leaves it to a person. If they are one already, or one of them is gone, there
 * is nothing to ask.
 */
export const handleDedupe: Handler = async (context, task, signal, tally) => {
  const started = new Date();
  const contract = contractOf(task);
  const pair = await readPair(context, readJobInput(task, dedupeInput));
  const [first, second] = pair;
  if (first.entity_id === second.entity_id || !first.is_live || !second.is_live) {
    return completeAs(context, task, 'superseded');
  }
  const access = context.model(task.job_type.model);
  const tokenizer = tokenizerFor(access.endpoint.model);
  const messagesFor = (content: string) =>
    extractionMessages({
      contract_name: contract.name,
      contract_version: contract.version,
      prompt: contract.prompt ?? '',
      title: `${first.entity_name} / ${second.entity_name}`.replaceAll(/\s+/g, ' '),
      content,
    });
  const bare = pairContent([pairedEntity(first, 1, []), pairedEntity(second, 2, [])]);
  const budget = requestBudget(access, contract, context.policy, messagesFor(bare));
  const room = Math.floor(budget.max_tokens / 2);
  const evidenceOf = async (row: PairRow) =>
    bundleEvidence({
      references: [],
      quotes: row.evidence,
      readPage: (source_page_id) => findPage(context, source_page_id),
      policy: { max_items: mostPassages, max_tokens: room },
      tokenizer,
      longest_tokens: room,
    });
  const evidence = [await evidenceOf(first), await evidenceOf(second)] as const;
  const content = pairContent([pairedEntity(first, 1, evidence[0].items), pairedEntity(second, 2, evidence[1].items)]);
  const messages = messagesFor(content);
  const plan = {
    started,
    contract,
    access,
    parameters: { evidence: { max_items: mostPassages, tokens_per_entity: room } },
    chunks: evidence.flatMap(({ items }, at) =>
      items.map(({ text: _, title: __, ...item }) => ({ entity: at + 1, ...item })),
    ),
    input: { entities: pair, evidence, prompts: [{ chunk_index: 0, messages }] },
  };
  tally.chunks += 1;
  return keepRun(context, task, plan, signal, tally, async (asking) => {
    const ask = () => askModel(asking, contract, messages, 0, { check: dedupeProblem });
    const { value: answer } = await inChunkSpan(0, ask);
    const asked = { chunk_index: 0, char_start: 0, char_end: content.length, content_sha256: hash('sha256', content) };
    return {
      payload: dedupePayload(contract, pair, access.endpoint.model, answer),
      answers: [{ ...asked, answer }],
    };
  });
};

/** The entity with the smaller id is the first, so that a pair is asked about in one way only. */
async function readPair(
  context: WorkerContext,
  input: { first_entity_id: number; second_entity_id: number },
): Promise<[PairRow, PairRow]> {
  const [first_entity_id, second_entity_id] = [input.first_entity_id, input.second_entity_id].sort((a, b) => a - b);
  const rows = await callProcedure<PairRow>(context.db, 'kb.usp_get_entity_pair', {
    first_entity_id,
    second_entity_id,
    max_items: mostPassages,
  });
  const [first, second] = rows;
  if (first && second) return [first, second];
  throw new SprouteError('UNKNOWN_ENTITY', `The entities ${first_entity_id} and ${second_entity_id} cannot be read.`, {
    hint: 'Cancel the job.',
  });
}
