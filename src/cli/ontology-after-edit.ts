import { isSprouteError } from '../errors.ts';
import { createItemDag, type ItemNode } from '../ontology/extraction.ts';
import { inSpan } from '../telemetry/span.ts';
import { type DagEnd, exitCode, failureText, nextAfter, workDag } from './ontology-follow.ts';
import { say } from './output.ts';
import type { Session } from './session.ts';

export interface AfterEditOptions {
  /** False: leave it to the next extraction. */
  run?: boolean;
  detach?: boolean;
}

export interface AfterEdit {
  /** Null: nothing follows, or it is left to the next extraction. */
  dag_id: number | null;
  status: DagEnd['status'] | null;
  items: number | null;
  failed: number | null;
}

const nothing: AfterEdit = { dag_id: null, status: null, items: null, failed: null };

/** Has what depends on an edit described again by a small dag beside whatever else runs, and sets the exit code. */
export async function runAfterEdit(
  session: Session,
  datasource: string,
  target: string,
  nodes: readonly ItemNode[],
  { run = true, detach = false }: AfterEditOptions,
): Promise<AfterEdit> {
  if (nodes.length === 0) return nothing;
  if (!run) {
    say(`Next: sproute ontology extract ${datasource} does again what depends on it.`);
    return nothing;
  }
  const dag_id = await startDag(session, datasource, target, nodes);
  if (dag_id === undefined) {
    say(`A dag about ${target} is under way and may not have seen this.`);
    say(`Next: sproute ontology extract ${datasource} does again what depends on it.`);
    return nothing;
  }
  if (detach) {
    say(`Dag ${dag_id} does again what depends on it as soon as a runner stands by.`);
    say(`Next: sproute run, and sproute ontology status ${datasource} --dag ${dag_id} --watch`);
    return { ...nothing, dag_id, status: 'RUNNING' };
  }
  const end = await workDag(session, dag_id, `What depends on ${target} (dag ${dag_id})`);
  process.exitCode = exitCode(end);
  for (const failure of end.failures) say(failureText(failure));
  if (end.status === 'RUNNING') say('Stopped; the edit counts. The same dag goes on with sproute run.');
  else if (end.failures.length > 0) say(nextAfter(datasource, end.failures, ` --dag ${dag_id}`));
  const sum = (pick: (node: DagEnd['nodes'][number]) => number) => end.nodes.reduce((all, node) => all + pick(node), 0);
  return { dag_id, status: end.status, items: sum(({ total }) => total), failed: sum(({ failed }) => failed) };
}

/** Undefined while another dag of this target runs. */
async function startDag(session: Session, ...[datasource, target, nodes]: [string, string, readonly ItemNode[]]) {
  try {
    const dag = await inSpan('command', { of: 'ontology edit' }, () =>
      createItemDag(session.db, datasource, target, nodes),
    );
    return dag.dag_id;
  } catch (error) {
    if (isSprouteError(error) && error.code === 'DAG_RUNNING') return undefined;
    throw error;
  }
}
