import type { Command } from 'commander';
import { callProcedure } from '../db/call.ts';
import { type DagRow, readDags } from '../db/ontology-dag-queries.ts';
import { SprouteError } from '../errors.ts';
import { ontologyOf } from '../ontology/edit/target.ts';
import { confirmedByTyping } from './confirm.ts';
import { everyBatch } from './job-filter.ts';
import { tellEnd, workDag } from './ontology-follow.ts';
import { dagOf } from './ontology-status.ts';
import { wholeNumber } from './options.ts';
import { counted, print, printJson, say } from './output.ts';
import { withSession } from './session.ts';

const words = 'delete ontology';
const ontologyParts = [
  ['table', 'tables'],
  ['column', 'columns'],
  ['relationship', 'relationships'],
  ['entity', 'entities'],
  ['edit', 'edits'],
  ['term', 'terms'],
] as const;

/** `sproute ontology retry | cancel | delete`. */
export function registerSteer(ontology: Command): void {
  registerRetry(ontology);
  registerCancel(ontology);
  registerDelete(ontology);
}

const anyDag = wholeNumber(1, Number.MAX_SAFE_INTEGER);

function registerRetry(ontology: Command): void {
  ontology
    .command('retry')
    .description('do the failed items of an extraction again, and no others; later steps are planned anew')
    .argument('<datasource>', 'the datasource')
    .option('--dag <id>', 'another dag of `sproute ontology history` than the last extraction', anyDag)
    .option('--detach', 'leave the work to runners that stand by (sproute run)')
    .option('--json', 'print JSON at the end')
    .addHelpText('after', '\nExamples:\n  sproute ontology retry shop\n  sproute ontology retry shop --dag 12 --detach')
    .action(async (datasource: string, options: { dag?: number; detach?: boolean; json?: boolean }) => {
      await withSession(async (session) => {
        const dag = await dagOf(session.db, datasource, options.dag);
        await refuseBesideAnother(session.db, dag);
        const filter = { dag_id: dag.dag_id, status: 'DEADLETTER' };
        const affected = await everyBatch(session.db, 'llm.usp_retry_jobs', { filter });
        if (affected === 0 || options.detach) {
          if (options.json) return printJson({ dag_id: dag.dag_id, datasource, retried: affected });
          if (affected === 0) return print(`No item of dag ${dag.dag_id} has failed; nothing was changed.`);
          print(
            `${counted(affected, 'failed item')} of dag ${dag.dag_id} will be done again as soon as a runner stands by.`,
          );
          return say(`Next: sproute run, and sproute ontology status ${datasource} --watch`);
        }
        say(`${counted(affected, 'failed item')} ${affected === 1 ? 'is' : 'are'} done again.`);
        const title = `Going on with the ontology of ${datasource} (dag ${dag.dag_id})`;
        tellEnd(datasource, await workDag(session, dag.dag_id, title), options.json === true);
      });
    });
}

/** Only one extraction of a datasource runs at a time, and bulk retries pass over what would be a second. */
async function refuseBesideAnother(db: Parameters<typeof readDags>[0], dag: DagRow): Promise<void> {
  const others = await readDags(db, { datasource: dag.datasource, kind: dag.kind, limit: 1_000 });
  const other = others.find(
    ({ dag_id, status, target }) => status === 'RUNNING' && dag_id !== dag.dag_id && target === dag.target,
  );
  if (!other) return;
  throw new SprouteError('DAG_RUNNING', `Dag ${other.dag_id} runs; dag ${dag.dag_id} cannot go on beside it.`, {
    hint: `Wait until it ends, or \`sproute ontology cancel ${dag.datasource} --dag ${other.dag_id}\`.`,
  });
}

function registerCancel(ontology: Command): void {
  ontology
    .command('cancel')
    .description('end a running extraction: what is open is skipped, what is done stays')
    .argument('<datasource>', 'the datasource')
    .option('--dag <id>', 'only this dag (default: all that run, small ones too)', anyDag)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  sproute ontology cancel shop\n  sproute ontology cancel shop --dag 12')
    .action(async (datasource: string, options: { dag?: number; json?: boolean }) => {
      const cancelled = await withSession(async ({ db }) => {
        const running = (await readDags(db, { datasource, limit: 1_000 })).filter(
          ({ dag_id, status }) => status === 'RUNNING' && (options.dag === undefined || dag_id === options.dag),
        );
        const rows: { dag_id: number; jobs: number }[] = [];
        for (const { dag_id } of running) {
          const [row] = await callProcedure<{ jobs: number }>(db, 'llm.usp_cancel_dag', { dag_id });
          rows.push({ dag_id, jobs: row?.jobs ?? 0 });
        }
        return rows;
      });
      if (options.json) return printJson({ datasource, cancelled });
      if (cancelled.length === 0) return print(`Nothing of ${datasource} runs; nothing was changed.`);
      for (const { dag_id, jobs } of cancelled) {
        print(`Dag ${dag_id} is cancelled: its open phases are skipped, ${counted(jobs, 'job')} will not be done.`);
      }
      say(`Next: sproute ontology extract ${datasource} does only what was not done.`);
    });
}

function registerDelete(ontology: Command): void {
  ontology
    .command('delete')
    .description(
      'remove all that is known of a datasource: edits, terms and the log of changes too; the datasource stays, and the list of its extractions',
    )
    .argument('<datasource>', 'the datasource')
    .option('--confirm <words>', `the words "${words}", for scripts; else they are asked for`)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `\nExamples:\n  sproute ontology delete shop\n  sproute ontology delete shop --confirm "${words}"`,
    )
    .action(async (datasource: string, options: { confirm?: string; json?: boolean }) => {
      await withSession(async ({ db }) => {
        if (options.confirm === undefined) {
          await ontologyOf(db, datasource);
          const question = `All that is known of ${datasource} goes: edits, terms and the log of changes too.`;
          const hint = `Add --confirm "${words}" to go ahead.`;
          if (!(await confirmedByTyping(question, words, hint))) return print('Nothing was changed.');
        }
        const [counts] = await callProcedure<Record<string, number>>(
          db,
          'onto.usp_delete_ontology',
          { datasource, confirmation: options.confirm ?? words },
          { repeatable: false },
        );
        if (options.json) return printJson({ datasource, deleted: counts });
        const gone = ontologyParts.map(([noun, nouns]) => counted(counts?.[nouns] ?? 0, noun, nouns));
        print(`The ontology of ${datasource} is deleted: ${gone.join(', ')}.`);
      });
    });
}
