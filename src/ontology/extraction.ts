import { createHash } from 'node:crypto';
import { findDatasource } from '../datasource/datasource.ts';
import { callProcedure } from '../db/call.ts';
import type { Database } from '../db/connect.ts';
import { SprouteError } from '../errors.ts';
import { inSpan, newCorrelationId } from '../telemetry/span.ts';
import { type OntologyNode, ontologyNodes } from './nodes.ts';

/** What an extraction does, beside what changed. */
export interface ExtractionOptions {
  /** Nodes to leave out. */
  without?: readonly string[] | undefined;
  /** Have terms suggested too. */
  glossary?: boolean | undefined;
  /** Only these tables. */
  tables?: readonly string[] | undefined;
  /** Also what did not change. */
  full?: boolean | undefined;
  /** The most USD that it may cost. */
  usd_limit?: number | undefined;
}

/** One node of a small dag, and which of its items are wanted. */
export interface ItemNode {
  name: string;
  tables?: readonly string[];
  subject_keys?: readonly string[];
  /** Ask again although nothing changed. */
  full?: boolean;
}

/** The nodes of an extraction, in order. Throws USAGE for what cannot be left out. */
export function nodesOf({ without = [], glossary = false }: ExtractionOptions): OntologyNode[] {
  const optional = ontologyNodes.map(({ name }) => name).filter((name) => name !== 'SchemaProfile');
  const wrong = without.find((name) => !optional.includes(name));
  if (wrong !== undefined) {
    throw new SprouteError('USAGE', `${JSON.stringify(wrong)} is no node that can be left out.`, {
      hint: `These can: ${optional.join(', ')}.`,
    });
  }
  return ontologyNodes.filter((node) => !without.includes(node.name) && (glossary || node.optional !== true));
}

/** Starts the extraction of a datasource. Throws DAG_RUNNING while one runs, NOT_FOUND, USAGE. */
export async function createExtraction(
  db: Database,
  datasource: string,
  options: ExtractionOptions = {},
): Promise<{ dag_id: number; ontology_id: number }> {
  const nodes = nodesOf(options);
  await findDatasource(db, datasource);
  const { tables, full = false } = options;
  return createDag(db, datasource, {
    target: '',
    options: Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
    nodes: nodes.map(({ name, blocking }) => ({
      name,
      blocking,
      plan_input: { ...(tables && { tables }), ...(full && { full }) },
    })),
  });
}

/**
 * Starts a small dag beside whatever else runs: chosen items of chosen nodes, as after an edit. `target` says what it is
 * about; one of the same target runs at a time. Throws DAG_RUNNING, NOT_FOUND.
 */
export async function createItemDag(
  db: Database,
  datasource: string,
  target: string,
  nodes: readonly ItemNode[],
): Promise<{ dag_id: number; ontology_id: number }> {
  await findDatasource(db, datasource);
  return createDag(db, datasource, {
    target: bounded(target),
    options: { target },
    nodes: nodes.map(({ name, ...plan_input }) => ({ name, plan_input })),
  });
}

interface NewDag {
  /** Empty: the whole database. */
  target: string;
  options: object;
  nodes: object[];
}

async function createDag(
  db: Database,
  datasource: string,
  dag: NewDag,
): Promise<{ dag_id: number; ontology_id: number }> {
  return inSpan('enqueue', { of: 'ontology_plan' }, async (span) => {
    const correlation_id = newCorrelationId();
    span.set(() => ({
      'sproute.job_type': 'ontology_plan',
      'sproute.correlation_id': correlation_id,
      'sproute.jobs': 1,
    }));
    // Repeated after a lost answer it would find itself running.
    const [row] = await callProcedure<{ dag_id: number; ontology_id: number }>(
      db,
      'onto.usp_create_dag',
      { datasource, ...dag, correlation_id },
      { repeatable: false },
    );
    if (!row) throw new SprouteError('DATABASE_ERROR', 'onto.usp_create_dag returned no row.');
    return row;
  });
}

const longestTarget = 500;

/** Short enough for an index. */
function bounded(target: string): string {
  if (target.length <= longestTarget) return target;
  const sha = createHash('sha256').update(target, 'utf8').digest('hex');
  return `${target.slice(0, longestTarget)}…${sha.slice(0, 16)}`;
}
