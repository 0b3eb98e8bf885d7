import { type Command, Option } from 'commander';
import {
  listRelationships,
  provenances,
  type RelationshipsAnswer,
  statuses,
} from '../ontology/serve/list-relationships.ts';
import { leastTokens, mostTokens } from '../ontology/serve/page.ts';
import { kinds, searchOntology } from '../ontology/serve/search-ontology.ts';
import { sayPage } from './ontology-show.ts';
import { wholeNumber } from './options.ts';
import { print, printJson, printRows, say } from './output.ts';
import { withSession } from './session.ts';
import { visibleLine } from './visible.ts';

/** `sproute ontology search | relationships`: what people call something, and how tables are joined. */
export function registerSearch(ontology: Command): void {
  registerFind(ontology);
  registerRelationships(ontology);
}

const tokens = wholeNumber(leastTokens, mostTokens);

interface FindOptions {
  kind?: (typeof kinds)[number];
  limit: number;
  json?: boolean;
}

function registerFind(ontology: Command): void {
  ontology
    .command('search')
    .description('find entities, tables, columns and terms by words as people use them, best first')
    .argument('<datasource>', 'the datasource')
    .argument('<words...>', 'the words, such as customer email')
    .addOption(new Option('--kind <kind>', 'only things of this kind').choices(kinds))
    .option('--limit <n>', 'so many at most', wholeNumber(1, 200), 20)
    .option('--json', 'print the answer as an agent gets it')
    .addHelpText(
      'after',
      '\nExamples:\n  sproute ontology search shop customer email\n  sproute ontology search shop revenue --kind term --json',
    )
    .action(async (datasource: string, words: string[], { kind, limit, json }: FindOptions) => {
      const question = { datasource, query: words.join(' '), limit, max_tokens: mostTokens };
      const answer = await withSession(({ db }) => searchOntology(db, { ...question, ...(kind && { kinds: [kind] }) }));
      if (json) return printJson(answer);
      if (answer.results.length === 0) {
        print(`Nothing of ${datasource} matches ${JSON.stringify(question.query)}.`);
        return say('Words are looked for in names, synonyms, labels of values and descriptions; try another one.');
      }
      const rows = answer.results.map((row) => ({ ...row, matched: row.matched.join(', ').replaceAll('_', ' ') }));
      printRows(rows, ['kind', 'key', 'name', 'description', 'matched'], false);
      const [first] = answer.results;
      if (first?.table !== undefined)
        say(`Next: sproute ontology show ${datasource} --depth columns --tables '${first.table}'`);
    });
}

interface RelationshipOptions {
  table?: string;
  status: (typeof statuses)[number] | 'all';
  provenance?: (typeof provenances)[number];
  maxTokens?: number;
  cursor?: string;
  json?: boolean;
}

function registerRelationships(ontology: Command): void {
  ontology
    .command('relationships')
    .description('which columns refer to which, and why others do not (list_relationships)')
    .argument('<datasource>', 'the datasource')
    .option('--table <key>', 'only those of this table, from either side')
    .addOption(new Option('--status <status>', 'only in this state').choices([...statuses, 'all']).default('accepted'))
    .addOption(new Option('--provenance <provenance>', 'only those found so').choices(provenances))
    .option('--max-tokens <n>', 'the most to tell on a page, tokens (default: 100000)', tokens)
    .option('--cursor <cursor>', 'go on behind the page that named this cursor')
    .option('--json', 'print the answer as an agent gets it')
    .addHelpText(
      'after',
      '\nExamples:\n  sproute ontology relationships shop --table orders\n  sproute ontology relationships shop --status rejected --json',
    )
    .action(async (datasource: string, { table, status, provenance, maxTokens, cursor, json }: RelationshipOptions) => {
      const question = { datasource, table, status, provenance, max_tokens: maxTokens ?? mostTokens, cursor };
      const answer = await withSession(({ db }) => listRelationships(db, question));
      if (json) return printJson(answer);
      if (answer.relationships.length === 0) print('(none)');
      for (const line of answer.relationships.flatMap(relationshipLines)) print(line);
      sayPage(answer.page);
    });
}

/** Its key, whole, as other commands take it; how it was found; of one that is none, why. */
function relationshipLines(relationship: RelationshipsAnswer['relationships'][number]): string[] {
  const { status, provenance, cardinality, confidence, rejected_because: because, reasoning } = relationship;
  const told = [status, provenance, cardinality, confidence === undefined ? '' : `confidence ${confidence}`];
  const reason = because === undefined ? '' : `; ${reasonsToReject[because]}`;
  return [
    visibleLine(relationship.relationship),
    `  ${told.filter(Boolean).join(', ')}${reason}`,
    ...(status === 'accepted' || reasoning === undefined ? [] : [`  ${visibleLine(reasoning)}`]),
  ];
}

const reasonsToReject = {
  model: 'the model says that it is none',
  low_confidence: 'the model is not sure enough',
  evidence: 'the data speak against it',
  better_target: 'another key fits better',
  person: 'somebody said so',
};
