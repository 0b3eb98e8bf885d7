import type { Command } from 'commander';
import { findDatasource } from '../datasource/datasource.ts';
import type { Database } from '../db/connect.ts';
import { type DagRow, readDags, readItems, readProgress } from '../db/ontology-dag-queries.ts';
import { readOntologies } from '../db/ontology-queries.ts';
import { readWorkers } from '../db/worker-queries.ts';
import { SprouteError } from '../errors.ts';
import { failureText, nextAfter, ontologyTypes, skippedLines, skippedOf, watch } from './ontology-follow.ts';
import { type ProgressView, progressLines, progressView } from './ontology-progress.ts';
import { wholeNumber } from './options.ts';
import { print, printJson, printRows, say } from './output.ts';
import { withSession } from './session.ts';
import { untilStopped } from './until-stopped.ts';

/** `sproute ontology ls | status | history`: what is known of which datasource, and how far extractions are. */
export function registerStatus(ontology: Command): void {
  registerList(ontology);
  registerShow(ontology);
  registerHistory(ontology);
}

function registerList(ontology: Command): void {
  ontology
    .command('ls')
    .description('the ontologies: what is known of which datasource, and how its last extraction went')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  sproute ontology ls\n  sproute ontology ls --json')
    .action(async ({ json }: { json?: boolean }) => {
      const rows = await withSession(async ({ db }) => {
        const found = [];
        for (const { datasource, engine, version, visible_tables, changed_at, description } of await readOntologies(
          db,
        )) {
          const [dag] = await readDags(db, { datasource, kind: 'ontology', limit: 1 });
          const last = { last_status: dag?.status ?? null, last_at: dag?.finished_at ?? dag?.started_at ?? null };
          found.push({ datasource, engine, version, tables: visible_tables, changed_at, ...last, description });
        }
        return found;
      });
      const columns = [
        'datasource',
        'engine',
        'version',
        'tables',
        'changed_at',
        'last_status',
        'last_at',
        'description',
      ];
      printRows(rows, columns, json === true);
    });
}

interface StatusOptions {
  dag?: number;
  watch?: boolean;
  json?: boolean;
}

function registerShow(ontology: Command): void {
  ontology
    .command('status')
    .description('how far the last extraction of a datasource is: one line a phase, what runs now, failures')
    .argument('<datasource>', 'the datasource')
    .option('--dag <id>', 'another dag of `sproute ontology history`', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--watch', 'show it live until it ends; Ctrl-C stops looking, not the extraction')
    .option('--json', 'print JSON; with --watch an object a line whenever something changes')
    .addHelpText(
      'after',
      "\nThe same as a query: SELECT * FROM llm.vw_dag_progress WHERE subject = 'shop'.\n\nExamples:\n  sproute ontology status shop\n  sproute ontology status shop --watch\n  sproute ontology status shop --dag 12 --json",
    )
    .action(async (datasource: string, options: StatusOptions) => {
      await withSession(async ({ db }) => {
        const dag = await dagOf(db, datasource, options.dag);
        if (options.watch && dag.status === 'RUNNING') await watchDag(db, dag, options.json === true);
        const [now = dag] = await readDags(db, { dag_id: dag.dag_id });
        const nodes = await readProgress(db, dag.dag_id);
        const failures = await readItems(db, dag.dag_id, { status: 'DEADLETTER', limit: 20 });
        const skipped = await skippedOf(db, dag.dag_id);
        if (options.json && options.watch) return jsonLine({ ...now, nodes, failures, skipped });
        if (options.json) return printJson({ ...now, nodes, failures, skipped });
        for (const line of progressLines(titleOf(now), nodes, 120)) print(line);
        // Why a plan failed says the line of its phase.
        for (const failure of failures.filter(({ is_plan }) => !is_plan)) print(failureText(failure));
        for (const line of skippedLines(skipped)) print(line);
        const of = options.dag === undefined ? '' : ` --dag ${dag.dag_id}`;
        const idle = now.status === 'RUNNING' ? await idleNote(db, now) : undefined;
        if (idle !== undefined) say(idle);
        else if (failures.length > 0) say(nextAfter(datasource, failures, of));
      });
    });
}

async function watchDag(db: Database, dag: DagRow, json: boolean): Promise<void> {
  await untilStopped(async (signal) => {
    const over = new AbortController();
    signal.addEventListener('abort', () => over.abort());
    const view = json ? jsonView(dag) : progressView(titleOf(dag), process.stderr);
    await watch(db, dag.dag_id, view, over, () => idleNote(db, dag));
  });
}

/** For programs that look on: a line whenever something is other than it was. */
function jsonView({ dag_id, datasource }: DagRow): ProgressView {
  let last = '';
  return {
    show(nodes) {
      const now = JSON.stringify(nodes);
      if (now !== last) jsonLine({ dag_id, datasource, nodes });
      last = now;
    },
  };
}

function jsonLine(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function titleOf({ dag_id, datasource, target, status }: DagRow): string {
  const what = target === '' ? `Ontology of ${datasource}` : `${target} of ${datasource}`;
  return `${what} (dag ${dag_id}): ${status}`;
}

/** What to say if nobody does the jobs of a dag. */
async function idleNote(db: Database, { datasource, target }: DagRow): Promise<string | undefined> {
  const types = ontologyTypes();
  const alive = (await readWorkers(db)).filter(({ state }) => state === 'alive');
  if (alive.some(({ job_types }) => !job_types?.length || job_types.some((type) => types.includes(type)))) return;
  const here = target === '' ? `sproute ontology extract ${datasource} goes on with it, or ` : '';
  return `No runner is at work on it: ${here}sproute run does what waits.`;
}

/** The last extraction of a datasource, or one of its dags. Throws NOT_FOUND. */
export async function dagOf(db: Database, datasource: string, dag_id?: number): Promise<DagRow> {
  const [dag] = await readDags(
    db,
    dag_id === undefined ? { datasource, kind: 'ontology', limit: 1 } : { datasource, dag_id },
  );
  if (dag) return dag;
  await findDatasource(db, datasource);
  const what = dag_id === undefined ? 'has not been extracted' : `has no dag ${dag_id}`;
  throw new SprouteError('NOT_FOUND', `The ontology of ${datasource} ${what}.`, {
    hint:
      dag_id === undefined
        ? `\`sproute ontology extract ${datasource}\` does that.`
        : `\`sproute ontology history ${datasource}\` lists them.`,
  });
}

function registerHistory(ontology: Command): void {
  ontology
    .command('history')
    .description('the extractions of a datasource, small ones too, newest first')
    .argument('[datasource]', 'the datasource; none for all')
    .option('--limit <n>', 'so many at most', wholeNumber(1, 100_000), 20)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  sproute ontology history shop\n  sproute ontology history --limit 100 --json')
    .action(async (datasource: string | undefined, options: { limit: number; json?: boolean }) => {
      const rows = await withSession(({ db }) =>
        readDags(db, { ...(datasource !== undefined && { datasource }), limit: options.limit }),
      );
      const columns = [
        'dag_id',
        'datasource',
        'kind',
        'target',
        'status',
        'items',
        'failed',
        'started_at',
        'finished_at',
      ];
      printRows(rows, [...columns, 'created_by', 'error'], options.json === true);
    });
}
