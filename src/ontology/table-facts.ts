import {
  type ColumnRow,
  type KnowledgeRow,
  readColumns,
  readKnowledge,
  readTables,
  type TableRow,
} from '../db/ontology-queries.ts';
import { columnOf } from './object-key.ts';
import type { OntologyContext } from './ontology-context.ts';

/** What is known of one table and its columns, with edits over what was inferred. */
export interface TableFacts {
  table: TableRow;
  /** In their order. */
  columns: ColumnRow[];
  /** What people said about the business as a whole. */
  said: KnowledgeRow[];
  /** What they said about this table or one of its columns. */
  said_here: KnowledgeRow[];
}

/** One column and its table. */
export interface ColumnFacts extends TableFacts {
  column: ColumnRow;
}

/** The facts of one table, read once a context; undefined if it is gone. */
export function tableFacts(context: OntologyContext, table_key: string): Promise<TableFacts | undefined> {
  return context.once(nameOf(table_key), async () => {
    const { db, ontology_id } = context;
    const [table] = await readTables(db, ontology_id, table_key);
    if (!table) return undefined;
    return factsOf(table, await readColumns(db, ontology_id, table_key), await knowledge(context));
  });
}

/** The facts of a column by its subject; undefined if it is gone. */
export async function columnFacts(context: OntologyContext, subject_key: string): Promise<ColumnFacts | undefined> {
  const { table_key, column_key } = columnOf(subject_key);
  const facts = await tableFacts(context, table_key);
  const column = facts?.columns.find((each) => each.column_key === column_key);
  return facts && column && { ...facts, column };
}

/** The facts of all tables, or of those named, by key: in a few statements however many there are. */
export async function allTableFacts(context: OntologyContext, tables?: readonly string[]): Promise<TableFacts[]> {
  const { db, ontology_id } = context;
  const said = await knowledge(context);
  const columns = Map.groupBy(await readColumns(db, ontology_id), ({ table_key }) => table_key);
  const wanted = (await readTables(db, ontology_id)).filter(
    ({ table_key }) => tables === undefined || tables.includes(table_key),
  );
  const facts = wanted.map((table) => factsOf(table, columns.get(table.table_key) ?? [], said));
  for (const each of facts) await context.once(nameOf(each.table.table_key), () => Promise.resolve(each));
  return facts;
}

function nameOf(table_key: string): string {
  return `facts of ${table_key}`;
}

function knowledge({ db, ontology_id, once }: OntologyContext): Promise<KnowledgeRow[]> {
  return once('knowledge', () => readKnowledge(db, ontology_id));
}

function factsOf(table: TableRow, columns: ColumnRow[], said: readonly KnowledgeRow[]): TableFacts {
  const keys = new Set([table.table_key, ...columns.map(({ subject_key }) => subject_key)]);
  return {
    table,
    columns,
    said: said.filter(({ about }) => about === ''),
    said_here: said.filter(({ about }) => keys.has(about)),
  };
}
