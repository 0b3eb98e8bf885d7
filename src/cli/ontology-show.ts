import { type Command, Option } from 'commander';
import { getOntology, type OntologyAnswer } from '../ontology/serve/get-ontology.ts';
import { leastTokens, mostTokens, type Page } from '../ontology/serve/page.ts';
import { type Depth, depths } from '../ontology/serve/served.ts';
import { columnLine, domainLines, entityLines, tableLines } from './ontology-show-text.ts';
import { commaList, wholeNumber } from './options.ts';
import { print, printJson, say } from './output.ts';
import { withSession } from './session.ts';

interface ShowOptions {
  depth: Depth;
  tables?: string[];
  relationships: boolean;
  maxTokens?: number;
  cursor?: string;
  json?: boolean;
}

/** `sproute ontology show`: what agents are told, for people or as JSON. */
export function registerShow(ontology: Command): void {
  ontology
    .command('show')
    .description('what is known of a datasource, as agents are told it over MCP (get_ontology)')
    .argument('<datasource>', 'the datasource')
    .addOption(new Option('--depth <depth>', 'how much to tell').choices(depths).default('domain'))
    .option('--tables <keys>', 'only these tables, such as public.orders,customers', commaList)
    .option('--no-relationships', 'leave out relationships')
    .option(
      '--max-tokens <n>',
      'the most to tell on a page, tokens (default: by depth, 2000 to 16000)',
      wholeNumber(leastTokens, mostTokens),
    )
    .option('--cursor <cursor>', 'go on behind the page that named this cursor')
    .option('--json', 'print the answer as an agent gets it')
    .addHelpText(
      'after',
      '\nExamples:\n  sproute ontology show shop\n  sproute ontology show shop --depth entities --json\n  sproute ontology show shop --depth columns --tables public.orders --max-tokens 4000',
    )
    .action(async (datasource: string, { depth, tables, relationships, maxTokens, cursor, json }: ShowOptions) => {
      const answer = await withSession(({ db }) =>
        getOntology(db, {
          datasource,
          depth,
          tables,
          include_relationships: relationships,
          max_tokens: maxTokens,
          cursor,
        }),
      );
      if (json) return printJson(answer);
      for (const line of linesOf(answer)) print(line);
      for (const note of answer.notes ?? []) say(note);
      sayPage(answer.page);
    });
}

/** An answer in lines, for people. */
export function linesOf(answer: OntologyAnswer): string[] {
  return [
    ...domainLines(answer),
    ...(answer.entities ?? []).flatMap(entityLines),
    ...(answer.tables ?? []).flatMap((table) => [...tableLines(table), ...table.columns.map(columnLine)]),
  ];
}

/** What is left out, and how to see it. */
export function sayPage({ tokens, returned, total, left_out, next_cursor }: Page): void {
  say(`${returned} of ${total}, about ${tokens} tokens.${left_out === undefined ? '' : ` Left out: ${left_out}.`}`);
  if (next_cursor !== undefined) say(`Next: the same with --cursor ${next_cursor}`);
}
