import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import { type Command, InvalidArgumentError } from 'commander';
import { findDatasource } from '../datasource/datasource.ts';
import { messageOf, SprouteError } from '../errors.ts';
import { documentText, exportDocument, parseDocument } from '../ontology/edit/document.ts';
import { type ImportReport, importDocument } from '../ontology/edit/import-document.ts';
import { ontologyOf } from '../ontology/edit/target.ts';
import { decidedBy } from './decided-by.ts';
import { counted, print, printJson, printPart, printRows, say } from './output.ts';
import { writeFileWhole } from './output-file.ts';
import { withSession } from './session.ts';

/** `sproute ontology export | import`: an ontology as one document. */
export function registerTransfer(ontology: Command): void {
  registerExport(ontology);
  registerImport(ontology);
}

function registerExport(ontology: Command): void {
  ontology
    .command('export')
    .description('write an ontology as one JSON document in a stable order, fit for git')
    .argument('<datasource>', 'the datasource')
    .option('-o, --output <file>', 'write to a file instead of stdout')
    .option('--people-only', 'only edits, terms and facts, not what was inferred')
    .addHelpText(
      'after',
      '\nExamples:\n  sproute ontology export shop -o shop.ontology.json\n  sproute ontology export shop | diff shop.ontology.json -',
    )
    .action(async (datasource: string, options: { output?: string; peopleOnly?: boolean }) => {
      const written = await withSession(async ({ db }) =>
        documentText(await exportDocument(db, await ontologyOf(db, datasource), options.peopleOnly)),
      );
      if (options.output === undefined) return printPart(written);
      await writeFileWhole(options.output, one(written));
      say(`The ontology of ${datasource} is written to ${options.output}.`);
    });
}

async function* one(text: string): AsyncGenerator<string> {
  yield text;
}

interface ImportOptions {
  prefer?: 'document' | 'database';
  prune?: boolean;
  by?: string;
  dryRun?: boolean;
  json?: boolean;
}

function registerImport(ontology: Command): void {
  ontology
    .command('import')
    .description('take over edits, terms and facts of an exported ontology, also into another database')
    .argument('<datasource>', 'the datasource')
    .argument('<file>', 'the document; - for stdin')
    .option('--prefer <which>', 'what counts where both say something: document or database', preference)
    .option('--prune', 'remove edits, terms and facts that the document does not have')
    .option('--by <name>', "who imports (default: the system's user)")
    .option('--dry-run', 'show what would change, conflicts too; change nothing')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nWhere the database has another edit of a field, or another text of a term, than the document, nothing is changed until\n--prefer says what counts. Edits of what is not there wait until it is.\n\nExamples:\n  sproute ontology import shop shop.ontology.json --dry-run\n  sproute ontology import shop shop.ontology.json --prefer document --prune',
    )
    .action(async (datasource: string, file: string, options: ImportOptions) => {
      const document = parseDocument(await contentOf(file), file === '-' ? 'The document' : file);
      const by = decidedBy(options.by);
      const report = await withSession(async ({ db }) => {
        await findDatasource(db, datasource);
        const { prefer, prune, dryRun: dry_run } = options;
        return importDocument(db, datasource, document, { prefer, prune, dry_run, by });
      });
      if (report.conflicts > 0 && !options.dryRun) process.exitCode = 1;
      const from = document.datasource;
      if (typeof from === 'string' && from !== datasource) say(`The document was exported from ${from}.`);
      if (options.json) return printJson({ datasource, ...report });
      tell(datasource, report, options.dryRun === true);
    });
}

function tell(datasource: string, { changes, conflicts, applied }: ImportReport, isDry: boolean): void {
  if (changes.length === 0) {
    print('The database has all of it already; nothing was changed.');
    return;
  }
  const columns = ['action', 'part', 'target_key', 'field', 'source', 'before', 'after'];
  printRows(changes, columns, false);
  const waiting = changes.filter(({ action }) => action === 'wait').length;
  if (waiting > 0) say(`${waiting} edits are about what is not there; they wait until it is.`);
  if (conflicts > 0) {
    say(`${counted(conflicts, 'conflict')}: the database says something else than the document. Nothing was changed.`);
    say('Next: the same with --prefer document or --prefer database');
  } else if (isDry) say(`${changes.length} changes; nothing was changed.`);
  else if (applied) {
    print(`${counted(changes.length, 'change')} made.`);
    say(`Next: sproute ontology extract ${datasource} does again what depends on them.`);
  }
}

async function contentOf(file: string): Promise<string> {
  if (file === '-') return textOf(process.stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new SprouteError('INPUT_INVALID', `${file} could not be read: ${messageOf(error)}.`, {
      hint: '`sproute ontology export -o` writes such a file.',
      cause: error,
    });
  }
}

function preference(text: string): 'document' | 'database' {
  if (text === 'document' || text === 'database') return text;
  throw new InvalidArgumentError('It should be document or database.');
}
