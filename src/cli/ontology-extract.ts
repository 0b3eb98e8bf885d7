import type { Command } from 'commander';
import { canonicalJson } from '../contracts/canonical-json.ts';
import { findDatasource } from '../datasource/datasource.ts';
import { datasourceUrl } from '../datasource/datasource-url.ts';
import { type AnswerCost, readAnswerCost, readDags } from '../db/ontology-dag-queries.ts';
import { readOntologies, readTables } from '../db/ontology-queries.ts';
import { messageOf, SprouteError } from '../errors.ts';
import { createExtraction, type ExtractionOptions, nodesOf } from '../ontology/extraction.ts';
import { withOntology } from '../ontology/ontology-context.ts';
import { plannerOf } from '../ontology/plan/planners.ts';
import { inSpan } from '../telemetry/span.ts';
import { confirmed } from './confirm.ts';
import { tellEnd, workDag } from './ontology-follow.ts';
import { commaList, usd } from './options.ts';
import { counted, grouped, print, printJson, printRows, say } from './output.ts';
import { type Session, withSession } from './session.ts';

interface ExtractOptions {
  full?: boolean;
  tables?: string[];
  without?: string[];
  glossary?: boolean;
  usdLimit?: number;
  detach?: boolean;
  dryRun?: boolean;
  yes?: boolean;
  json?: boolean;
}

/** `sproute ontology extract`: find out what is in a database, or what changed there. */
export function registerExtract(ontology: Command): void {
  ontology
    .command('extract')
    .description('find out what a datasource holds and means, or what changed since; goes on with what was interrupted')
    .argument('<datasource>', 'the datasource')
    .option('--full', 'ask again about what did not change, after a confirmation that says what that costs')
    .option('--tables <keys>', 'only these tables, such as public.orders,public.customers', commaList)
    .option('--without <nodes>', 'leave out steps, such as EnumAnalysis,ColumnEnrichment', commaList)
    .option('--glossary', 'have terms of the business suggested too')
    .option('--usd-limit <usd>', 'the most that it may cost, USD (default: no limit)', usd)
    .option('--detach', 'start it and leave the work to runners that stand by (sproute run)')
    .option('--dry-run', 'say what would be asked as far as that is known now; change nothing')
    .option('--yes', 'do not ask for confirmation')
    .option('--json', 'print JSON at the end')
    .addHelpText(
      'after',
      '\nFirst Ctrl-C drains, the second exits; the same command goes on.\nExit codes: 0 done, 1 failed or stopped, 2 usage, 3 done with failed items.\n\nExamples:\n  sproute ontology extract shop\n  sproute ontology extract shop --without EnumAnalysis,ColumnEnrichment\n  sproute ontology extract shop --tables public.orders --full --yes\n  sproute ontology extract shop --dry-run',
    )
    .action(async (datasource: string, options: ExtractOptions) => {
      await withSession(async (session) => {
        const choice = choiceOf(options);
        nodesOf(choice);
        if (options.dryRun) return look(session, datasource, choice, options.json === true);
        await refuseUnknownTables(session, datasource, options.tables);
        const dag_id = await runningDag(session, datasource, choice);
        if (
          dag_id === undefined &&
          options.full &&
          !options.yes &&
          !(await mayCost(session, datasource, options.tables))
        ) {
          return print('Nothing was changed.');
        }
        // A runner elsewhere may know where the URL is; here, nothing could be read without it.
        if (dag_id === undefined && !options.detach) datasourceUrl(await findDatasource(session.db, datasource));
        const id = dag_id ?? (await start(session, datasource, choice));
        if (options.detach) return tellDetached(datasource, id, options.json === true);
        const end = await workDag(session, id, `Extracting the ontology of ${datasource} (dag ${id})`);
        tellEnd(datasource, end, options.json === true, await nothingKnown(session, datasource));
      });
    });
}

/** What to say in place of `No changes detected` where there is nothing that could change. */
async function nothingKnown({ db }: Session, datasource: string): Promise<string | undefined> {
  const [ontology] = await readOntologies(db, datasource);
  if (!ontology || ontology.version > 0) return undefined;
  const { skipped } = ontology;
  return [
    `Nothing is known of ${datasource}: its login`,
    skipped.length === 0 ? 'sees no table.' : `may read none of ${counted(skipped.length, 'table')}.`,
    'Grant it SELECT, and check the filters of the datasource (sproute datasource ls).',
  ].join(' ');
}

async function start({ db }: Session, datasource: string, choice: ExtractionOptions): Promise<number> {
  return inSpan('command', { of: 'ontology extract' }, async () => {
    return (await createExtraction(db, datasource, choice)).dag_id;
  });
}

function choiceOf({ full, tables, without, glossary, usdLimit }: ExtractOptions): ExtractionOptions {
  return { full, tables, without, glossary, usd_limit: usdLimit };
}

/** What is under way goes on. Throws DAG_RUNNING if something else is asked for than that. */
async function runningDag({ db }: Session, datasource: string, choice: ExtractionOptions): Promise<number | undefined> {
  const [dag] = await readDags(db, { datasource, kind: 'ontology', limit: 1 });
  if (dag?.status !== 'RUNNING') return undefined;
  const isOther = canonicalJson(choice) !== '{}' && canonicalJson(choice) !== canonicalJson(dag.options);
  if (isOther) {
    throw new SprouteError('DAG_RUNNING', `The ontology of ${datasource} is being extracted (dag ${dag.dag_id}).`, {
      hint: `The same command as then, or \`sproute ontology extract ${datasource}\` without options, goes on with that; \`sproute ontology cancel ${datasource}\` ends it.`,
    });
  }
  say(`Dag ${dag.dag_id} is under way since ${dag.started_at.toISOString()}; going on with it.`);
  return dag.dag_id;
}

async function refuseUnknownTables({ db }: Session, datasource: string, tables: string[] | undefined): Promise<void> {
  const [ontology] = await readOntologies(db, datasource);
  // Of a datasource that nobody has looked at, every table may be there.
  if (tables === undefined || !ontology || ontology.version === 0) return;
  const known = new Set((await readTables(db, ontology.ontology_id)).map(({ table_key }) => table_key));
  const unknown = tables.filter((key) => !known.has(key));
  if (unknown.length === 0) return;
  throw new SprouteError('NOT_FOUND', `The ontology of ${datasource} has no table ${unknown.join(', ')}.`, {
    hint: 'Tables are named schema.table as they are in the database; an extraction without --tables finds new ones.',
  });
}

/** Asks whether it may cost what the answers on record did. Nothing on record costs nothing that is known. */
async function mayCost({ db }: Session, datasource: string, tables: string[] | undefined): Promise<boolean> {
  const [ontology] = await readOntologies(db, datasource);
  if (!ontology) return true;
  const cost = await readAnswerCost(db, ontology.ontology_id, tables);
  if (cost.answers === 0) return true;
  const what = tables === undefined ? 'Everything' : `Everything about ${counted(tables.length, 'table')}`;
  say(`${what} is asked again: about ${costText(cost)}. Edits stay.`);
  return confirmed('Go on?');
}

/** `214 answers, 220 model calls, 310 000 tokens in, 40 000 out, 1.25 USD` */
export function costText({ answers, calls, input_tokens, output_tokens, cost_usd }: AnswerCost): string {
  const money = cost_usd === null ? 'USD unknown (sproute price set)' : `${cost_usd.toFixed(2)} USD`;
  return `${grouped(answers)} answers, ${grouped(calls)} model calls, ${grouped(input_tokens)} tokens in, ${grouped(output_tokens)} out, ${money}`;
}

function tellDetached(datasource: string, dag_id: number, json: boolean): void {
  if (json) {
    printJson({ dag_id, datasource, status: 'RUNNING' });
    return;
  }
  print(`Dag ${dag_id} extracts the ontology of ${datasource} as soon as a runner stands by.`);
  say(`Next: sproute run, and sproute ontology status ${datasource} --watch`);
}

/** The plans of all nodes as they would be now: what later ones will find depends on what earlier ones change. */
async function look({ db }: Session, datasource: string, choice: ExtractionOptions, json: boolean): Promise<void> {
  const [known] = await readOntologies(db, datasource);
  const subject = { ontology_id: known?.ontology_id ?? 0, datasource };
  const rows = await withOntology(db, subject, new AbortController().signal, async (context) => {
    const found: { node: string; items: number | null; message: string }[] = [];
    for (const { name: node } of nodesOf(choice)) {
      try {
        const { items, message } = await plannerOf(node)(context, {
          node,
          full: choice.full === true,
          tables: choice.tables && [...choice.tables],
        });
        found.push({ node, items: items.length, message });
      } catch (error) {
        // Without the catalogs there is nothing to go by.
        if (node === 'SchemaProfile') throw error;
        found.push({ node, items: null, message: messageOf(error) });
      }
    }
    return found;
  });
  const cost = known && (await readAnswerCost(db, known.ontology_id, choice.tables));
  if (json) return printJson({ datasource, nodes: rows, cost: cost ?? null });
  printRows(rows, ['node', 'items', 'message'], false);
  say('Nothing was changed.');
  const isFirst = rows.some(({ items }, at) => at < rows.length - 1 && items !== null && items > 0);
  if (isFirst) say('What earlier steps will find is not counted in later ones yet: there will be more.');
  if (cost && cost.answers > 0) say(`With --full all would be asked again: about ${costText(cost)}.`);
}
