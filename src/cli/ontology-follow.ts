import { loadJobTypes } from '../contracts/job-types.ts';
import type { Database } from '../db/connect.ts';
import { type ItemRow, type NodeProgress, readDags, readItems, readProgress } from '../db/ontology-dag-queries.ts';
import { readOntologies, readSkipped, type SkippedRow } from '../db/ontology-queries.ts';
import { isPassing, isSprouteError } from '../errors.ts';
import { titleOf } from '../ontology/nodes.ts';
import type { RunnerProgress } from '../runners/progress.ts';
import { type ProgressView, progressView } from './ontology-progress.ts';
import { counted, grouped, print, printJson, say } from './output.ts';
import type { Session } from './session.ts';
import { startRunner } from './start-runner.ts';
import { visibleLine } from './visible.ts';

/** How a dag stands when nothing more is done about it here. */
export interface DagEnd {
  dag_id: number;
  status: NodeProgress['dag_status'];
  error: string | null;
  /** Whether anything was done but looking. */
  changed: boolean;
  /** What came and went in the schema. */
  delta: Record<string, unknown>;
  nodes: Pick<
    NodeProgress,
    'name' | 'status' | 'done' | 'failed' | 'total' | 'message' | 'started_at' | 'finished_at'
  >[];
  /** Items and plans that failed for good, the first of them. */
  failures: Failure[];
  /** What was not looked at, and why. */
  skipped: SkippedRow[];
  calls: number;
  cache_hits: number;
  input_tokens: number;
  output_tokens: number;
  duration_ms: number;
}

type Failure = Pick<ItemRow, 'node' | 'is_plan' | 'subject' | 'error_code' | 'error'>;

const lookMs = 500;
/** Looking takes a tenth of the time at most, as long as something new is seen every second or two. */
const seldomMs = 1_000;
const mostFailures = 10;
const mostSkipped = 10;

/**
 * Does the jobs of ontologies in this process until a dag has ended, and shows how far it is. The first Ctrl-C drains: then
 * the dag still runs, and goes on whenever somebody does its jobs.
 */
export async function workDag(session: Session, dag_id: number, title: string): Promise<DagEnd> {
  const started = Date.now();
  const view = progressView(title, process.stderr);
  const ended = new AbortController();
  const watching = watch(session.db, dag_id, view, ended);
  let ran: RunnerProgress;
  try {
    ran = await startRunner(session, {
      types: ontologyTypes(),
      drain: true,
      quiet: true,
      silent: true,
      until: ended.signal,
    });
  } finally {
    ended.abort();
    await watching;
  }
  const nodes = await readProgress(session.db, dag_id);
  view.show(nodes);
  return dagEnd(session.db, dag_id, nodes, ran, Date.now() - started);
}

/** The job types of ontologies that this program knows. */
export function ontologyTypes(): string[] {
  return loadJobTypes()
    .filter(({ route_procedure }) => route_procedure.startsWith('onto.'))
    .map(({ job_type }) => job_type);
}

/** Shows a dag until it has ended, or `over` aborts, which it does then; `noteOf` says what else is worth knowing. */
export async function watch(
  db: Database,
  dag_id: number,
  view: ProgressView,
  over: AbortController,
  noteOf: () => Promise<string | undefined> = async () => undefined,
): Promise<void> {
  while (!over.signal.aborted) {
    const began = Date.now();
    const nodes = await ifThere(() => readProgress(db, dag_id));
    const took = Date.now() - began;
    if (nodes) view.show(nodes, await ifThere(noteOf));
    if (nodes?.some(({ dag_status }) => dag_status !== 'RUNNING')) over.abort();
    else await pause(over.signal, Math.min(seldomMs, Math.max(lookMs, 10 * took)));
  }
}

/** A database that is away for a moment is the runner's business. */
async function ifThere<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isSprouteError(error) && isPassing(error)) return undefined;
    throw error;
  }
}

function pause(signal: AbortSignal, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}

async function dagEnd(
  db: Database,
  dag_id: number,
  nodes: readonly NodeProgress[],
  ran: RunnerProgress,
  duration_ms: number,
): Promise<DagEnd> {
  const [first] = nodes;
  const delta = nodes.find(({ name }) => name === 'SchemaProfile')?.applied ?? {};
  const dead = await readItems(db, dag_id, { status: 'DEADLETTER', limit: mostFailures });
  return {
    dag_id,
    status: first?.dag_status ?? 'COMPLETED',
    error: first?.dag_error ?? null,
    changed: nodes.some(({ total }) => total > 0) || Object.values(delta).some((count) => count !== 0),
    delta,
    nodes: nodes.map(({ name, status, done, failed, total, message, started_at, finished_at }) => {
      return { name, status, done, failed, total, message, started_at, finished_at };
    }),
    skipped: await skippedOf(db, dag_id),
    failures: dead.map(({ node, is_plan, subject, error_code, error }) => ({
      node,
      is_plan,
      subject,
      error_code,
      error,
    })),
    calls: ran.calls,
    cache_hits: ran.cache_hits,
    input_tokens: ran.input_tokens,
    output_tokens: ran.output_tokens,
    duration_ms,
  };
}

/** Of the datasource that a dag is about. */
export async function skippedOf(db: Database, dag_id: number): Promise<SkippedRow[]> {
  const [dag] = await readDags(db, { dag_id });
  const [ontology] = dag ? await readOntologies(db, dag.datasource) : [];
  return ontology ? readSkipped(db, ontology.ontology_id) : [];
}

/** `Left out: public.salaries: the login may not SELECT from it.` */
export function skippedLines(skipped: readonly SkippedRow[]): string[] {
  const lines = skipped.slice(0, mostSkipped).map(({ subject_key, reason }) => {
    return visibleLine(`Left out: ${subject_key}: ${reason.replace(/\.$/, '')}.`);
  });
  const more = skipped.length - lines.length;
  return more > 0 ? [...lines, `Left out: ${grouped(more)} more; SELECT * FROM onto.vw_skipped lists all.`] : lines;
}

/**
 * Says how it ended and which command comes next, and sets the exit code: 3 with failures, 1 if it did not end well.
 * `nothing` is said in place of `No changes detected`.
 */
export function tellEnd(datasource: string, end: DagEnd, json: boolean, nothing?: string): void {
  process.exitCode = exitCode(end);
  if (json) {
    printJson({ datasource, ...end });
    return;
  }
  const { status, changed, failures, delta } = end;
  const seconds = `${(end.duration_ms / 1_000).toFixed(1)} s`;
  const failed = end.nodes.filter((node) => node.status === 'FAILED');
  if (status === 'RUNNING') {
    say(`Stopped; dag ${end.dag_id} is not done. What is done stays done.`);
    say(`Next: sproute ontology extract ${datasource} goes on with it (or sproute run), ontology cancel ends it.`);
  } else if (status === 'CANCELLED') say(`Dag ${end.dag_id} was cancelled; what was not done is skipped.`);
  else if (status === 'FAILED') say(`The extraction of ${datasource} failed.`);
  else if (!changed && failed.length === 0) print(nothing ?? `No changes detected (${seconds}).`);
  else {
    const asked = `${grouped(end.calls)} model calls, ${grouped(end.cache_hits)} answers from the cache`;
    print(
      `The ontology of ${datasource} is extracted: ${asked}, ${grouped(end.input_tokens)} tokens in, ${grouped(end.output_tokens)} out, ${seconds}.`,
    );
    const news = Object.entries(delta).filter(([, count]) => count !== 0);
    if (news.length > 0) print(news.map(([what, count]) => newsText(what, Number(count))).join(', '));
  }
  if (status === 'RUNNING') return;
  for (const line of skippedLines(end.skipped)) say(line);
  for (const { name, message } of failed) {
    const plan = failures.find(({ node, is_plan }) => is_plan && node === name);
    const why = plan ? failureText(plan) : `${titleOf(name)}: ${sentence(message ?? 'no reason was given')}`;
    say(`${why}${status === 'COMPLETED' ? ' The rest is complete.' : ''}`);
  }
  for (const failure of failures.filter(({ is_plan }) => !is_plan)) say(failureText(failure));
  if (failures.length > 0) say(nextAfter(datasource, failures));
}

/** What failed for good, as one sentence. */
export function failureText({ node, is_plan, subject, error_code, error }: Failure): string {
  const of = is_plan ? titleOf(node) : `${titleOf(node)}, ${subject}`;
  return `${of}: ${error_code}: ${sentence(error ?? 'no reason was given')}`;
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** What cannot be reached is looked at first. */
export function nextAfter(datasource: string, failures: readonly Failure[], more = ''): string {
  const isAway = failures.some(({ error_code }) => /^(DATASOURCE_UNREACHABLE|CONFIG_INVALID)$/.test(error_code ?? ''));
  const look = isAway ? `sproute datasource test ${datasource}, then ` : '';
  return `Next: ${look}sproute ontology retry ${datasource}${more}`;
}

/** `1 table added`, `2 columns dropped` */
function newsText(what: string, count: number): string {
  const [nouns = '', ...rest] = what.split('_');
  return [counted(count, nouns.replace(/s$/, '')), ...rest].join(' ');
}

export function exitCode({ status, nodes }: DagEnd): number {
  if (status !== 'COMPLETED') return 1;
  return nodes.some((node) => node.failed > 0 || node.status === 'FAILED') ? 3 : 0;
}
