import { SprouteError } from '../errors.ts';
import { askModel } from '../llm/ask.ts';
import { extractionMessages } from '../llm/messages.ts';
import { tokenizerFor } from '../llm/tokenizer.ts';
import { itemKind } from '../ontology/items.ts';
import { inputSha256, type Material, materialText } from '../ontology/material.ts';
import { withOntology } from '../ontology/ontology-context.ts';
import { inChunkSpan } from './chunk-span.ts';
import type { Handler } from './execute-job.ts';
import { contractOf, ontologyInput, readJobInput } from './job-input.ts';
import { completeAs, keepRun } from './keep-run.ts';
import { requestBudget } from './request-budget.ts';

/**
 * A job about one table, column or relationship of a customer's database, or about the ontology as a whole: the model
 * sees what is known of it as JSON. If it is gone meanwhile, or the data answer by themselves, there is nothing to ask.
 */
export const handleOntologyItem: Handler = async (context, task, signal, tally) => {
  const started = new Date();
  const contract = contractOf(task);
  const input = readJobInput(task, ontologyInput);
  const kind = itemKind(task.job.job_type);
  const subject = { ...input, dag_node_id: task.job.dag_node_id };
  const material = await withOntology(context.db, subject, signal, (ontology) => kind.material(ontology, input));
  if (material === undefined) return completeAs(context, task, 'superseded');
  const access = context.model(task.job_type.model);
  const messagesFor = (part: Material, content: string) =>
    extractionMessages({
      contract_name: contract.name,
      contract_version: contract.version,
      prompt: contract.prompt ?? '',
      title: part.title.replaceAll(/\s+/g, ' '),
      content,
    });
  const room = requestBudget(access, contract, context.policy, messagesFor(material, '')).max_tokens;
  const tokenizer = tokenizerFor(access.endpoint.model);
  const isKnown = material.answer !== undefined;
  const parts = (isKnown ? [] : (kind.parts?.(material) ?? [material])).map((part) => {
    const content = materialText(part);
    const tokens = tokenizer.count(content);
    if (tokens > room) throw tooLarge(part.title, tokens, room);
    return { part, messages: messagesFor(part, content) };
  });
  const plan = {
    started,
    contract,
    access,
    parameters: {},
    chunks: [],
    input: { prompts: parts.map(({ messages }, chunk_index) => ({ chunk_index, messages })) },
  };
  tally.chunks += parts.length;
  return keepRun(context, task, plan, signal, tally, async (asking) => {
    const answers: unknown[] = [];
    for (const [index, { part, messages }] of parts.entries()) {
      const check = (answer: unknown) => kind.check?.(answer, part);
      const { value } = await inChunkSpan(index, () => askModel(asking, contract, messages, index, { check }));
      answers.push(value);
    }
    const answer = material.answer ?? (kind.join ? kind.join(answers, material) : answers[0]);
    const payload = {
      contract: contract.name,
      version: contract.version,
      subject: { ontology_id: input.ontology_id, subject_key: input.subject_key },
      input_sha256: inputSha256(material.stable, contract),
      prompt_sha256: contract.prompt_sha256 ?? null,
      model: isKnown ? null : access.endpoint.model,
      answer,
      ...kind.payload?.(answer, material),
      ...(kind.settle &&
        (await withOntology(context.db, subject, signal, async (ontology) =>
          kind.settle?.(ontology, answer, material),
        ))),
    };
    return { payload, answers: answers.map((each, chunk_index) => ({ chunk_index, answer: each })) };
  });
};

function tooLarge(title: string, tokens: number, room: number): SprouteError {
  return new SprouteError('TOKEN_BUDGET', `What is known of ${title} has ${tokens} tokens, and ${room} have room.`, {
    hint: 'A model with a larger context window can be asked about it.',
  });
}
