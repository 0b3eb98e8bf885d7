import type { Command } from 'commander';
import { type Delta, readDelta, type SchemaChange } from '../ontology/edit/delta.ts';
import { ontologyOf } from '../ontology/edit/target.ts';
import { dagOf } from './ontology-status.ts';
import { wholeNumber } from './options.ts';
import { print, printJson, printRows } from './output.ts';
import { withSession } from './session.ts';

/** `sproute ontology delta`: what an extraction found changed, what it did again and why. */
export function registerDelta(ontology: Command): void {
  ontology
    .command('delta')
    .description('what the last extraction found changed in the database, what it did again and why')
    .argument('<datasource>', 'the datasource')
    .option('--dag <id>', 'another dag of `sproute ontology history`', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  sproute ontology delta shop\n  sproute ontology delta shop --dag 12 --json')
    .action(async (datasource: string, options: { dag?: number; json?: boolean }) => {
      const { dag, delta } = await withSession(async ({ db }) => {
        const { ontology_id } = await ontologyOf(db, datasource);
        const found = await dagOf(db, datasource, options.dag);
        return { dag: found, delta: await readDelta(db, ontology_id, found) };
      });
      const { dag_id, status, started_at, finished_at } = dag;
      if (options.json) printJson({ datasource, dag_id, status, started_at, finished_at, ...delta });
      else tell(delta);
    });
}

function tell({ tables, columns, items, inferred }: Delta): void {
  const lines = [...schemaLines('table', tables), ...schemaLines('column', columns)];
  for (const line of lines) print(line);
  if (lines.length === 0) print('The schema did not change.');
  if (items.length === 0) {
    print('Nothing was done again.');
    return;
  }
  print(`${items.length} items were done, ${inferred} fields changed:`);
  printRows(items, ['node', 'job_type', 'subject_key', 'status', 'because'], false);
}

function schemaLines(noun: string, { added, dropped, changed }: Delta['tables']): string[] {
  return [
    ...added.map((key) => `+ ${noun} ${key}`),
    ...dropped.map((key) => `- ${noun} ${key}`),
    ...changed.flatMap((change) => changeTexts(change).map((text) => `~ ${noun} ${text}`)),
  ];
}

const nouns: ReadonlyMap<string, string> = new Map([
  ['foreign_keys', 'foreign key'],
  ['unique_keys', 'unique key'],
  ['indexes', 'index'],
]);

/** Of a list, such as that of foreign keys, what came and what went. */
export function changeTexts({ key, field, before, after }: SchemaChange): string[] {
  if (!Array.isArray(before) || !Array.isArray(after) || typeof (before[0] ?? after[0]) !== 'object')
    return [`${key}: ${field} ${JSON.stringify(before)} -> ${JSON.stringify(after)}`];
  const [was, is] = [before.map(entryText), after.map(entryText)];
  const what = nouns.get(field) ?? field;
  return [
    ...was.filter((text) => !is.includes(text)).map((text) => `${key}: ${what} ${text} is gone`),
    ...is.filter((text) => !was.includes(text)).map((text) => `${key}: ${what} ${text} is new`),
  ];
}

/** `(supplier_id) -> public.vendors(supplier_id)` */
function entryText(entry: unknown): string {
  const facts = new Map(Object.entries(Object(entry)));
  const list = (name: string) => [facts.get(name)].flat().join(', ');
  if (!facts.has('columns')) return JSON.stringify(entry);
  const to = facts.has('to_table') ? ` -> ${String(facts.get('to_table'))}(${list('to_columns')})` : '';
  return `(${list('columns')})${to}`;
}
