import { z } from 'zod';
import { type Contract, findContract } from '../contracts/registry.ts';
import { validateAnswer } from '../contracts/validate.ts';
import { SprouteError } from '../errors.ts';
import type { JobTask } from './protocol.ts';

const id = z.int().min(1);
const span = z.object({
  source_page_id: id,
  char_start: z.int().min(0).optional(),
  char_end: z.int().min(0).optional(),
});
const bound = z.int().min(1).optional();
const bounds = { max_items: bound, max_characters: bound, max_tokens: bound };

/** What the handlers read of the input contracts of the same names; the contract is what an input is held against. */
export const pageInput = z.object({
  evidence_refs: z.array(span).default([]),
  bounding_policy: z.object(bounds).default({}),
  gleaning_passes: z.int().min(0).optional(),
});
export const enrichmentInput = z.object({ entity_id: id, evidence_refs: z.array(span).default([]), ...bounds });
export const dedupeInput = z.object({ first_entity_id: id, second_entity_id: id });
export const ontologyInput = z.object({
  ontology_id: id,
  datasource: z.string(),
  subject_key: z.string(),
  facts: z.record(z.string(), z.unknown()).optional(),
});

/** A job's input, valid under the input contract of its type, and as its handler reads it. Throws INPUT_INVALID. */
export function readJobInput<T extends z.ZodType>(task: JobTask, shape: T): z.output<T> {
  const contract = findContract(task.job_type.input_contract);
  const { value, issues } = validateAnswer(contract, task.job.input);
  const [issue] = issues;
  if (issue) throw malformed(contract, `${issue.path} should be ${issue.expected}, not ${issue.got}`);
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  throw malformed(contract, z.prettifyError(parsed.error));
}

/** The contract of the answers that a job wants. */
export function contractOf(task: JobTask): Contract {
  return findContract(task.job_type.contract_name, task.job_type.contract_version);
}

function malformed(contract: Contract, reason: string): SprouteError {
  return new SprouteError('INPUT_INVALID', `The job's input is malformed: ${reason}.`, {
    hint: `\`sproute contract show ${contract.name}\` shows what it should be.`,
  });
}
