import { SprouteError } from '../errors.ts';
import { classificationKinds } from './classify/kinds.ts';
import { columnEnrichment } from './column/column-enrichment.ts';
import { crossColumnAnalysis } from './cross-column/cross-column-analysis.ts';
import { businessEntityEnrichment } from './entity/business-entity-enrichment.ts';
import { enumAnalysis } from './enum/enum-analysis.ts';
import { ontologyFinalization } from './finalize/ontology-finalization.ts';
import { glossarySuggestion } from './glossary/glossary-suggestion.ts';
import type { Material } from './material.ts';
import type { OntologyContext } from './ontology-context.ts';
import { schemaProfile } from './profile/schema-profile.ts';
import { fkResolution } from './relationship/fk-resolution.ts';
import { relationshipDiscovery } from './relationship/relationship-discovery.ts';
import { relationshipEnrichment } from './relationship/relationship-enrichment.ts';
import { relationshipValidation } from './relationship/relationship-validation.ts';

/** What an item is about; as its job's input says it. */
export interface ItemInput {
  /** Key of a table, a column, a relationship, or `ontology`. */
  subject_key: string;
  /** What the plan found out for this item alone. */
  facts?: Record<string, unknown> | undefined;
}

/** One kind of item that a model is asked about; its contract has the name of its job type. */
export interface ItemKind {
  job_type: string;
  /** The same function tells the plan whether the item changed and the worker what to ask. Undefined: nothing to ask (any more). */
  material(context: OntologyContext, input: ItemInput): Promise<Material | undefined>;
  /** The stable part of the material alone, where the rest is read from the customer's database. Default: that of the material. */
  stable?(context: OntologyContext, input: ItemInput): Promise<object | undefined>;
  /** Where one request cannot hold it: what is asked in turn. Default: the material itself. */
  parts?(material: Material): Material[];
  /** Why an answer that the contract admits is none, worded for the model; `part` is what was asked. */
  check?(answer: unknown, part: Material): string | undefined;
  /** One answer of those about the parts, in their order. Default: the first. */
  join?(answers: unknown[], material: Material): unknown;
  /** What routing is told besides the answer. */
  payload?(answer: unknown, material: Material): object;
  /** The same, where the customer's database has a say in it. */
  settle?(context: OntologyContext, answer: unknown, material: Material): Promise<object>;
}

/** One kind of item that is computed from the customer's database; its contract has the name of its job type. */
export interface ComputedKind {
  job_type: string;
  /** What the item depends on, as far as the ontology knows; the plan compares it. Undefined: nothing to compute (any more). */
  stable(context: OntologyContext, input: ItemInput): Promise<object | undefined>;
  /** The result, valid under the contract; only asked for where there is something to compute. */
  compute(context: OntologyContext, input: ItemInput, signal: AbortSignal): Promise<object>;
}

/** Each kind a line, in the order of the dag's nodes. */
const itemKinds: readonly ItemKind[] = [
  ...classificationKinds,
  enumAnalysis,
  crossColumnAnalysis,
  // What tables and columns are to the business.
  businessEntityEnrichment,
  columnEnrichment,
  ontologyFinalization,
  fkResolution,
  relationshipValidation,
  relationshipEnrichment,
  glossarySuggestion,
];

const computedKinds: readonly ComputedKind[] = [schemaProfile, relationshipDiscovery];

/** Throws CONFIG_INVALID. */
export function itemKind(job_type: string): ItemKind {
  return found(
    itemKinds.find((kind) => kind.job_type === job_type),
    job_type,
  );
}

/** Throws CONFIG_INVALID. */
export function computedKind(job_type: string): ComputedKind {
  return found(
    computedKinds.find((kind) => kind.job_type === job_type),
    job_type,
  );
}

/** What an item of any kind depends on; undefined if there is nothing to do. Throws CONFIG_INVALID. */
export async function stableOf(
  job_type: string,
  context: OntologyContext,
  input: ItemInput,
): Promise<object | undefined> {
  const computed = computedKinds.find((kind) => kind.job_type === job_type);
  if (computed) return computed.stable(context, input);
  const kind = itemKind(job_type);
  if (kind.stable) return kind.stable(context, input);
  return (await kind.material(context, input))?.stable;
}

function found<T>(kind: T | undefined, job_type: string): T {
  if (kind) return kind;
  throw new SprouteError('CONFIG_INVALID', `Nothing in this program says what ${job_type} is about.`, {
    hint: 'Runners of an older version may be at work: restart them.',
  });
}
