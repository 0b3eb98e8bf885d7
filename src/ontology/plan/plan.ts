import { findContract } from '../../contracts/registry.ts';
import { readAnswers } from '../../db/ontology-queries.ts';
import { type ItemInput, stableOf } from '../items.ts';
import { inputSha256 } from '../material.ts';
import type { OntologyContext } from '../ontology-context.ts';

/** What the plan of a node is asked for; as its job's input says it. */
export interface PlanInput {
  node: string;
  /** Only these tables. */
  tables?: string[] | undefined;
  /** Only these items. */
  subject_keys?: string[] | undefined;
  /** Also what did not change. */
  full: boolean;
}

export type Because =
  | 'it is new'
  | 'it was asked for'
  | 'what it depends on changed'
  | 'its definition changed'
  | 'its number of rows changed'
  | 'it was not profiled yet';

/** One job that the node wants done. */
export interface PlannedItem {
  job_type: string;
  subject_key: string;
  /** What a person would call it. */
  subject: string;
  input_sha256: string;
  /** Why it is done; the delta report says it. */
  because?: Because;
  facts?: Record<string, unknown>;
}

/** What a node has to do. */
export interface Plan {
  /** What was found, in a sentence; progress shows it. */
  message: string;
  items: PlannedItem[];
  /** What was settled without any item; onto.usp_apply_<node> applies it. */
  facts?: object;
}

/** Counts what there is to do in a node. */
export type Planner = (context: OntologyContext, input: PlanInput) => Promise<Plan>;

/** Something that may have to be asked or computed. */
export interface Candidate extends ItemInput {
  job_type: string;
  /** What a person would call it. Default: its key. */
  subject?: string;
}

/**
 * Those of the candidates whose material is not that of the answer on record, in their order; all that have any material
 * if everything is wanted again. Candidates outside of `tables` or `subject_keys` are for the caller to leave out.
 */
export async function changedItems(
  context: OntologyContext,
  candidates: readonly Candidate[],
  { full }: Pick<PlanInput, 'full'>,
): Promise<PlannedItem[]> {
  const job_types = [...new Set(candidates.map(({ job_type }) => job_type))];
  const answers = await readAnswers(context.db, context.ontology_id, job_types);
  const known = new Map(answers.map((row) => [`${row.job_type} ${row.subject_key}`, row.input_sha256]));
  const items: PlannedItem[] = [];
  for (const { job_type, subject_key, subject = subject_key, facts } of candidates) {
    const stable = await stableOf(job_type, context, { subject_key, facts });
    if (stable === undefined) continue;
    const input_sha256 = inputSha256(stable, findContract(job_type));
    const before = known.get(`${job_type} ${subject_key}`);
    if (!full && before === input_sha256) continue;
    const because =
      before === undefined ? 'it is new' : before === input_sha256 ? 'it was asked for' : 'what it depends on changed';
    items.push({ job_type, subject_key, subject, input_sha256, because, ...(facts && { facts }) });
  }
  return items;
}
