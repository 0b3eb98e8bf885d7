import type { Command } from 'commander';
import { checkSelect } from '../datasource/check-select.ts';
import { connectDatasource } from '../datasource/connect.ts';
import { findDatasource } from '../datasource/datasource.ts';
import type { Database } from '../db/connect.ts';
import {
  deleteGlossaryTerm,
  type GlossaryRow,
  putGlossaryTerm,
  readGlossary,
  type TermChange,
} from '../db/ontology-glossary-queries.ts';
import { readTables } from '../db/ontology-queries.ts';
import { messageOf, SprouteError } from '../errors.ts';
import { ontologyOf } from '../ontology/edit/target.ts';
import { createItemDag } from '../ontology/extraction.ts';
import { tableNamed } from '../ontology/serve/chosen-tables.ts';
import { inSpan } from '../telemetry/span.ts';
import { decidedBy } from './decided-by.ts';
import { exitCode, workDag } from './ontology-follow.ts';
import { commaList } from './options.ts';
import { counted, print, printJson, printRows, say } from './output.ts';
import { withSession } from './session.ts';

/** `sproute ontology glossary`: terms of the business and how they are computed. */
export function registerGlossary(ontology: Command): void {
  const glossary = ontology.command('glossary').description('terms of the business and how they are computed');
  registerList(glossary);
  registerShow(glossary);
  registerPut(glossary, 'add', 'write a term; no suggestion overwrites it');
  registerPut(glossary, 'edit', 'change a term, field by field; it is yours then');
  registerRemove(glossary);
  registerSuggest(glossary);
}

function registerList(glossary: Command): void {
  glossary
    .command('ls')
    .description('list the terms')
    .argument('<datasource>', 'the datasource')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  sproute ontology glossary ls shop')
    .action(async (datasource: string, options: { json?: boolean }) => {
      const rows = await withSession(({ db }) => termsOf(db, datasource));
      printRows(rows, ['term', 'definition', 'base_table', 'sql_is_valid', 'source'], options.json === true);
    });
}

function registerShow(glossary: Command): void {
  glossary
    .command('show')
    .description('show a term, by its name or another name of it')
    .argument('<datasource>', 'the datasource')
    .argument('<term>', 'the term, capitalised and spaced in any way')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  sproute ontology glossary show shop revenue')
    .action(async (datasource: string, term: string, options: { json?: boolean }) => {
      const row = await withSession(async ({ db }) => found(await termsOf(db, datasource), datasource, term));
      if (options.json) return printJson(row);
      print(`${row.term}: ${row.definition}`);
      if (row.aliases.length > 0) print(`Also:   ${row.aliases.join(', ')}`);
      if (row.sql_pattern !== null) print(`SQL:    ${row.sql_pattern}`);
      print(`Valid:  ${validity(row)}`);
      print(`Source: ${sources[row.source]}${row.source === 'user' ? ` (${row.created_by})` : ''}`);
    });
}

interface PutOptions {
  term?: string;
  definition?: string;
  sql?: string;
  baseTable?: string;
  aliases?: string[];
  check: boolean;
  by?: string;
  json?: boolean;
}

function registerPut(glossary: Command, verb: 'add' | 'edit', about: string): void {
  const is_new = verb === 'add';
  const command = glossary
    .command(verb)
    .description(about)
    .argument('<datasource>', 'the datasource')
    .argument('<term>', 'the term, capitalised and spaced in any way')
    .option('--definition <text>', 'what it means, and what counts')
    .option('--sql <select>', 'a SELECT that computes it; it is tried on the datasource, and not run')
    .option('--base-table <key>', 'the table that it starts from, such as public.orders')
    .option('--aliases <names>', 'other names of it, by comma; an empty text: none', listOrNone)
    .option('--no-check', 'do not try the statement on the datasource')
    .option('--by <name>', 'who says so (default: the name of the user of this system)')
    .option('--json', 'print JSON');
  if (!is_new) command.option('--term <name>', 'what it is called from now on');
  const example = is_new
    ? 'add shop Revenue --definition "What completed orders brought in" --sql "SELECT sum(total) FROM orders WHERE state = 5"'
    : 'edit shop revenue --aliases earnings,income';
  command
    .addHelpText('after', `\nExample:\n  sproute ontology glossary ${example}`)
    .action(async (datasource: string, term: string, options: PutOptions) => {
      const given = changeOf(options);
      if (is_new && given.definition === undefined) {
        throw new SprouteError('USAGE', 'What does the term mean?', { hint: 'Say it with --definition.' });
      }
      if (Object.keys(given).length === 0) {
        throw new SprouteError('USAGE', 'There is nothing to change.', { hint: 'Name a field, such as --definition.' });
      }
      const by = decidedBy(options.by);
      const change = await withSession(async ({ db }) => {
        const { ontology_id } = await ontologyOf(db, datasource);
        const based = await withBaseTable(db, ontology_id, datasource, given);
        const whole = options.check ? await checked(db, datasource, based) : based;
        await putGlossaryTerm(db, datasource, term, whole, { is_new, by });
        return whole;
      });
      if (options.json) return printJson({ datasource, term: change.term ?? term, created: is_new, ...change });
      print(`The term ${change.term ?? term} is ${is_new ? 'added' : 'changed'}.`);
      if (change.sql_is_valid === false) {
        say(`The datasource does not take its statement: ${change.sql_error}`);
        say(
          `Next: sproute ontology glossary edit ${datasource} ${JSON.stringify(change.term ?? term)} --sql "SELECT ..."`,
        );
      }
      if (change.sql_pattern != null && change.sql_is_valid === undefined) say('Its statement was not tried.');
    });
}

function changeOf({ term, definition, sql, baseTable, aliases }: PutOptions): TermChange {
  return {
    ...(term !== undefined && { term }),
    ...(definition !== undefined && { definition }),
    ...(sql !== undefined && { sql_pattern: sql === '' ? null : sql }),
    ...(baseTable !== undefined && { base_table: baseTable === '' ? null : baseTable }),
    ...(aliases !== undefined && { aliases: aliases.filter((alias) => alias !== '') }),
  };
}

function listOrNone(text: string): string[] {
  return text === '' ? [] : commaList(text);
}

/** With the key of its table, which may be given by its name alone. Throws NOT_FOUND. */
async function withBaseTable(
  db: Database,
  ontology_id: number,
  datasource: string,
  change: TermChange,
): Promise<TermChange> {
  if (change.base_table == null) return change;
  return {
    ...change,
    base_table: tableNamed(datasource, await readTables(db, ontology_id), change.base_table).table_key,
  };
}

/** A datasource that is away keeps nobody from writing a term. */
async function checked(db: Database, datasource: string, change: TermChange): Promise<TermChange> {
  if (change.sql_pattern == null) return change;
  try {
    const connection = await connectDatasource(await findDatasource(db, datasource));
    try {
      const fault = await checkSelect(connection, change.sql_pattern);
      return { ...change, sql_is_valid: fault === undefined, sql_error: fault ?? null };
    } finally {
      await connection.close();
    }
  } catch (error) {
    say(messageOf(error));
    return change;
  }
}

function registerRemove(glossary: Command): void {
  glossary
    .command('rm')
    .description('remove a term; it is not suggested again')
    .argument('<datasource>', 'the datasource')
    .argument('<term>', 'the term, capitalised and spaced in any way')
    .option('--by <name>', 'who says so (default: the name of the user of this system)')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  sproute ontology glossary rm shop revenue')
    .action(async (datasource: string, term: string, options: { by?: string; json?: boolean }) => {
      const by = decidedBy(options.by);
      const deleted = await withSession(({ db }) => deleteGlossaryTerm(db, datasource, term, by));
      if (!deleted) throw unknown(datasource, term);
      if (options.json) printJson({ datasource, term, deleted });
      else print(`The term ${term} is removed.`);
    });
}

function registerSuggest(glossary: Command): void {
  glossary
    .command('suggest')
    .description('have terms suggested from what is known of the database; those that people wrote stay')
    .argument('<datasource>', 'the datasource')
    .option('--full', 'ask again although nothing changed')
    .option('--detach', 'start it and leave the work to runners that stand by (sproute run)')
    .option('--json', 'print JSON: the terms that are new')
    .addHelpText(
      'after',
      '\nExamples:\n  sproute ontology glossary suggest shop\n  sproute ontology glossary suggest shop --full',
    )
    .action(async (datasource: string, options: { full?: boolean; detach?: boolean; json?: boolean }) => {
      await withSession(async (session) => {
        const before = new Set((await termsOf(session.db, datasource)).map(({ term_key }) => term_key));
        const node = { name: 'GlossarySuggestion', ...(options.full && { full: true }) };
        const { dag_id } = await inSpan('command', { of: 'ontology glossary suggest' }, () =>
          createItemDag(session.db, datasource, 'glossary', [node]),
        );
        if (options.detach) {
          if (options.json) return printJson({ dag_id, datasource, status: 'RUNNING' });
          print(`Dag ${dag_id} suggests terms as soon as a runner stands by.`);
          return say(`Next: sproute run, and sproute ontology status ${datasource} --dag ${dag_id} --watch`);
        }
        const end = await workDag(session, dag_id, `Terms for ${datasource} (dag ${dag_id})`);
        process.exitCode = exitCode(end);
        const terms = (await termsOf(session.db, datasource)).filter(({ term_key }) => !before.has(term_key));
        if (options.json) return printJson({ dag_id, datasource, status: end.status, terms });
        print(
          terms.length === 0
            ? 'No new term.'
            : `${counted(terms.length, 'new term')}: ${terms.map(({ term }) => term).join(', ')}.`,
        );
        for (const row of terms.filter(({ sql_is_valid }) => sql_is_valid === false))
          say(`${row.term}: ${row.sql_error}`);
        say(`Next: sproute ontology glossary ls ${datasource}`);
      });
    });
}

async function termsOf(db: Database, datasource: string): Promise<GlossaryRow[]> {
  const { ontology_id } = await ontologyOf(db, datasource);
  return readGlossary(db, ontology_id);
}

function found(rows: readonly GlossaryRow[], datasource: string, term: string): GlossaryRow {
  const key = term.trim().replaceAll(/\s+/g, ' ').toLowerCase();
  const named = ({ term_key, aliases }: GlossaryRow) =>
    term_key === key || aliases.some((alias) => alias.toLowerCase() === key);
  const row = rows.find(named);
  if (row) return row;
  throw unknown(datasource, term);
}

function unknown(datasource: string, term: string): SprouteError {
  return new SprouteError('NOT_FOUND', `There is no term ${JSON.stringify(term)}.`, {
    hint: `\`sproute ontology glossary ls ${datasource}\` lists them.`,
  });
}

const sources = { user: 'a person', llm_suggested: 'suggested by the model', learned: 'learned' };

function validity({ sql_pattern, sql_is_valid, sql_error }: GlossaryRow): string {
  if (sql_is_valid === false) return `no: ${sql_error}`;
  if (sql_pattern === null) return 'there is no statement';
  return sql_is_valid ? 'yes, the datasource takes it' : 'not tried';
}
