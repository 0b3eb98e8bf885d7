import type { JsonObject } from '../contracts/json.ts';
import { callProcedure } from './call.ts';
import type { Database } from './connect.ts';

export type NodeStatus = 'PENDING' | 'RUNNING' | 'COMPLETED' | 'FAILED' | 'SKIPPED';
export type DagStatus = 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLED';

/** A row of onto.usp_read_progress: one node of a dag. */
export interface NodeProgress {
  ordinal: number;
  name: string;
  status: NodeStatus;
  /** Its items are being counted. */
  is_planning: boolean;
  done: number;
  failed: number;
  total: number;
  /** Subjects of some that run now. */
  running: string[];
  /** Jobs that are tried again later, and why one of them is. */
  waiting: number;
  why: string | null;
  message: string | null;
  /** What its plan settled. */
  applied: JsonObject | null;
  started_at: Date | null;
  finished_at: Date | null;
  dag_status: DagStatus;
  dag_error: string | null;
}

/** A row of onto.usp_read_dags. */
export interface DagRow {
  dag_id: number;
  datasource: string;
  kind: 'ontology' | 'ontology:item';
  /** What a small one is about; empty for a whole one. */
  target: string;
  status: DagStatus;
  options: JsonObject;
  created_by: string;
  started_at: Date;
  finished_at: Date | null;
  error: string | null;
  items: number;
  done: number;
  failed: number;
}

/** A row of onto.usp_read_items. */
export interface ItemRow {
  node: string;
  job_id: number;
  job_type: string;
  is_plan: boolean;
  subject_key: string;
  subject: string;
  status: 'NEW' | 'SCHEDULED' | 'RUNNING' | 'SUCCEEDED' | 'DEADLETTER' | 'CANCELLED';
  attempt_count: number;
  error_code: string | null;
  error: string | null;
  /** Why it was planned; null of plans. */
  because: string | null;
}

/** A row of onto.usp_read_cost. */
export interface AnswerCost {
  answers: number;
  calls: number;
  input_tokens: number;
  output_tokens: number;
  /** Null: the price of a call was not known. */
  cost_usd: number | null;
}

/** The nodes of a dag in order. */
export function readProgress(db: Database, dag_id: number): Promise<NodeProgress[]> {
  return callProcedure<NodeProgress>(db, 'onto.usp_read_progress', { dag_id });
}

/** Dags of ontologies, newest first. */
export function readDags(
  db: Database,
  filter: { datasource?: string; dag_id?: number; kind?: DagRow['kind']; limit?: number } = {},
): Promise<DagRow[]> {
  return callProcedure<DagRow>(db, 'onto.usp_read_dags', { ...filter });
}

/** The items of a dag, plans included. */
export function readItems(
  db: Database,
  dag_id: number,
  filter: { status?: ItemRow['status']; limit?: number } = {},
): Promise<ItemRow[]> {
  return callProcedure<ItemRow>(db, 'onto.usp_read_items', { dag_id, ...filter });
}

/** What the answers on record cost: all, or those about some tables, their columns and relationships. */
export async function readAnswerCost(
  db: Database,
  ontology_id: number,
  tables?: readonly string[],
): Promise<AnswerCost> {
  const [row] = await callProcedure<AnswerCost>(db, 'onto.usp_read_cost', { ontology_id, ...(tables && { tables }) });
  return row ?? { answers: 0, calls: 0, input_tokens: 0, output_tokens: 0, cost_usd: 0 };
}
