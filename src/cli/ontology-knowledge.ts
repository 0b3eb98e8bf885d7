import type { Command } from 'commander';
import { deleteKnowledge, putKnowledge } from '../db/ontology-knowledge-queries.ts';
import { readKnowledge } from '../db/ontology-queries.ts';
import { SprouteError } from '../errors.ts';
import { ontologyOf } from '../ontology/edit/target.ts';
import { decidedBy } from './decided-by.ts';
import { wholeNumber } from './options.ts';
import { print, printJson, printRows, say } from './output.ts';
import { withSession } from './session.ts';

/** `sproute ontology knowledge`: what people know about the business; it goes into the prompts. */
export function registerKnowledge(ontology: Command): void {
  const knowledge = ontology
    .command('knowledge')
    .description('what people know about the business; the model is told where it is about it');
  knowledge
    .command('ls')
    .description('list the facts')
    .argument('<datasource>', 'the datasource')
    .option('--about <key>', 'only those about this table or column, and about everything')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  sproute ontology knowledge ls shop\n  sproute ontology knowledge ls shop --about public.orders',
    )
    .action(async (datasource: string, options: { about?: string; json?: boolean }) => {
      const rows = await withSession(async ({ db }) => {
        const { ontology_id } = await ontologyOf(db, datasource);
        return readKnowledge(db, ontology_id, options.about);
      });
      printRows(rows, ['knowledge_id', 'about', 'fact', 'created_by'], options.json === true);
    });

  knowledge
    .command('add')
    .description('tell a fact; what it is about is asked about again by the next extraction')
    .argument('<datasource>', 'the datasource')
    .argument('<fact>', 'the fact, in a sentence')
    .option('--about <key>', 'the table or column that it is about, such as public.orders.status (default: everything)')
    .option('--by <name>', 'who says so (default: the name of the user of this system)')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  sproute ontology knowledge add shop "Orders of state 9 are tests" --about public.orders.state\n  sproute ontology knowledge add shop "The fiscal year begins in July"',
    )
    .action(async (datasource: string, fact: string, options: { about?: string; by?: string; json?: boolean }) => {
      const about = options.about === undefined ? {} : { about: options.about };
      const by = decidedBy(options.by);
      const row = await withSession(({ db }) => putKnowledge(db, datasource, fact, { ...about, by }));
      if (options.json) return printJson({ datasource, ...about, fact, ...row });
      print(row.created ? `Fact ${row.knowledge_id} is kept.` : `It was known already, as fact ${row.knowledge_id}.`);
      if (row.created) say(`Next: sproute ontology extract ${datasource}`);
    });

  knowledge
    .command('rm')
    .description('take a fact back')
    .argument('<datasource>', 'the datasource')
    .argument('<id>', 'its number, as `ls` shows it', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--by <name>', 'who says so (default: the name of the user of this system)')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  sproute ontology knowledge rm shop 3')
    .action(async (datasource: string, id: number, options: { by?: string; json?: boolean }) => {
      const by = decidedBy(options.by);
      const deleted = await withSession(({ db }) => deleteKnowledge(db, datasource, id, by));
      if (!deleted) {
        throw new SprouteError('NOT_FOUND', `There is no fact ${id}.`, {
          hint: `\`sproute ontology knowledge ls ${datasource}\` lists them.`,
        });
      }
      if (options.json) printJson({ datasource, knowledge_id: id, deleted });
      else print(`Fact ${id} is taken back.`);
    });
}
