import { join } from 'node:path';
import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import { callProcedure } from '../db/call.ts';
import { replaceWhole } from '../db/create-file.ts';
import { readDags } from '../db/ontology-dag-queries.ts';
import { sampleDatabase } from '../db/sample-database.ts';
import { SprouteError } from '../errors.ts';
import { createExtraction } from '../ontology/extraction.ts';
import { getOntology, type OntologyQuestion } from '../ontology/serve/get-ontology.ts';
import { packageRoot } from '../package-root.ts';
import { tellEnd, workDag } from './ontology-follow.ts';
import { linesOf } from './ontology-show.ts';
import { print, printJson, say, styled } from './output.ts';
import { withSession } from './session.ts';

const name = 'tidewater';
const script = join(packageRoot, 'examples', 'datasource', `${name}.sql`);

/** What is shown of each depth: enough to see what an agent is told. */
const looks: { title: string; question: Omit<OntologyQuestion, 'datasource'> }[] = [
  { title: 'What an agent is told of the whole (domain)', question: { depth: 'domain' } },
  { title: 'Of the things it is about (entities)', question: { depth: 'entities', max_tokens: 1_000 } },
  { title: 'Of some tables (tables)', question: { depth: 'tables', tables: ['public.charters'] } },
  {
    title: 'Of every column of a table (columns)',
    question: { depth: 'columns', tables: ['billing.payments'], include_relationships: false },
  },
];

/** `sproute demo ontology`: what a database holds and means, found out by the built-in model. */
export function registerDemoOntology(demo: Command): void {
  demo
    .command('ontology')
    .description('build a sample database, extract its ontology and show what an agent would see')
    .option('--json', 'print what an agent would see as one JSON object')
    .addHelpText('after', '\nExamples:\n  sproute demo ontology\n  sproute demo ontology --json')
    .action(async (_: object, command: Command) => {
      // The option belongs to `demo` as well, which takes it where it stands.
      const { json } = command.optsWithGlobals<{ json?: boolean }>();
      if (readConfig().database_url !== undefined) throw elsewhere();
      await withSession(async (session) => {
        const { db, url, config } = session;
        say('Looking for the sample database (some 30 tables, 150 000 rows), building it if need be ...');
        const sample = await sampleDatabase(url, `sproute_demo_${name}`, script);
        say(sample.built ? 'The sample database is built.' : 'The sample database is there.');
        const url_file = join(process.cwd(), '.sproute', `${name}.url`);
        replaceWhole(url_file, `${sample.reader_url}\n`);
        await callProcedure(db, 'onto.usp_put_datasource', { name, engine: 'postgres', url_file });
        const [last] = await readDags(db, { datasource: name, kind: 'ontology', limit: 1 });
        const isUnderWay = last?.status === 'RUNNING';
        const { dag_id } = isUnderWay ? last : await createExtraction(db, name, { glossary: true });
        say(`Asking ${config.llm_model ?? 'the built-in model'}, one column, relationship or table at a time ...`);
        const end = await workDag(session, dag_id, `Extracting the ontology of ${name} (dag ${dag_id})`);
        const answers = [];
        for (const { title, question } of looks) {
          answers.push({ title, answer: await getOntology(db, { datasource: name, ...question }) });
        }
        if (json) {
          printJson(Object.fromEntries(answers.map(({ answer }) => [answer.depth, answer])));
          return;
        }
        for (const { title, answer } of answers) {
          print('');
          print(styled(title, 'bold'));
          for (const line of linesOf(answer).flatMap((lines) => lines.split('\n')))
            print(line === '' ? '' : `  ${line}`);
          if (answer.page.left_out !== undefined) print(styled(`  Left out: ${answer.page.left_out}`, 'dim'));
        }
        print('');
        tellEnd(name, end, false);
        print('');
        print(styled('What to type next', 'bold'));
        print(`  npm run -s sproute -- ontology show ${name} --depth columns --tables public.members`);
        print(`  npm run -s sproute -- ontology search ${name} "paid to skippers"`);
        print(`  npm run -s sproute -- ontology relationships ${name} --status rejected`);
        print(`  npm run -s sproute -- ontology export ${name} -o ontology.json`);
        print('  npm run -s sproute -- mcp     (serves all of it to agents over stdio)');
        print('  For a database of your own: docs/ontology.md');
      });
    });
}

/** It makes a database and a login, and drops what an earlier build left: on no server of one's own. */
function elsewhere(): SprouteError {
  return new SprouteError(
    'CONFIG_INVALID',
    'DATABASE_URL is set, and this demo makes a database in the embedded server.',
    {
      hint: 'Run it without DATABASE_URL; a database of your own is extracted with `sproute ontology extract` (docs/ontology.md).',
    },
  );
}
