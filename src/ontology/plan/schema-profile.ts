import { findContract } from '../../contracts/registry.ts';
import { columnFilterOf } from '../../datasource/filter.ts';
import { introspect, type SchemaSnapshot, type SnapshotTable } from '../../datasource/introspect.ts';
import { type ColumnRow, readAnswers, readColumns, readTables, type TableRow } from '../../db/ontology-queries.ts';
import { SprouteError } from '../../errors.ts';
import { inputSha256 } from '../material.ts';
import { columnSubject } from '../object-key.ts';
import type { OntologyContext } from '../ontology-context.ts';
import { profileInput } from '../profile/schema-profile-input.ts';
import { counted, listed } from './message.ts';
import type { Because, Plan, PlanInput, PlannedItem } from './plan.ts';

const job_type = 'schema_profile';

/**
 * Reads the catalogs, tells what came, went and changed, and has those tables profiled whose definition, or number of
 * rows by far, is another one than when they were.
 */
export async function planSchemaProfile(context: OntologyContext, input: PlanInput): Promise<Plan> {
  const { db, ontology_id, datasource } = context;
  const snapshot = await introspect(await context.connection(), filtersOf(context, input));
  const known = new Map((await readTables(db, ontology_id)).map((row) => [row.table_key, row]));
  if (input.tables === undefined && snapshot.tables.length === 0 && known.size > 0)
    throw blind(datasource.name, snapshot);
  const columns = Map.groupBy(await readColumns(db, ontology_id), ({ table_key }) => table_key);
  const isSensitive = sensitivity(context, columns);
  const profiled = new Map(
    (await readAnswers(db, ontology_id, [job_type])).map((row) => [row.subject_key, row.input_sha256]),
  );
  const isNews = (table: SnapshotTable) => newsOf(known.get(table.table_key), table) !== undefined;
  const items = snapshot.tables.flatMap((table): PlannedItem[] => {
    const { table_key, kind } = table;
    if (kind === 'partition') return [];
    const row = known.get(table_key);
    const own = table.columns.map((column) => ({ ...column, is_sensitive: isSensitive(table, column) }));
    const stable = profileInput(table, own, datasource);
    const input_sha256 = inputSha256(stable, findContract(job_type));
    const isDone = row?.profile_status === 'PROFILED' || row?.profile_status === 'SKIPPED';
    const isSame = isDone && !isNews(table) && profiled.get(table_key) === input_sha256;
    if (isSame && !input.full) return [];
    const because = isSame
      ? 'it was asked for'
      : (newsOf(row, table) ?? (isDone ? 'what it depends on changed' : 'it was not profiled yet'));
    return [{ job_type, subject_key: table_key, subject: table_key, input_sha256, because }];
  });
  const is_whole = input.tables === undefined;
  const seen = new Set([...snapshot.tables, ...snapshot.skipped].map(({ table_key }) => table_key));
  const gone = is_whole ? [...known.keys()].filter((key) => !seen.has(key)) : [];
  const news = snapshot.tables.filter(isNews);
  const sensitive = snapshot.tables.flatMap((table) =>
    table.columns
      .filter((column) => isSensitive(table, column))
      .map(({ column_key }) => columnSubject(table.table_key, column_key)),
  );
  return {
    message: messageOf(snapshot, {
      added: news.filter(({ table_key }) => !known.has(table_key)).length,
      gone,
      isAnother: gone.length > 0 && gone.length === known.size,
      missing: (input.tables ?? []).filter((key) => !seen.has(key)),
      sensitive,
      items,
    }),
    items,
    facts: {
      is_whole,
      ...(is_whole && {
        visible_tables: snapshot.visible_tables,
        declared_foreign_keys: snapshot.declared_foreign_keys,
        skipped: snapshot.skipped,
      }),
      tables: news,
      // A table that may not be read any more is not gone.
      kept: [...seen].filter((key) => known.has(key) && !news.some(({ table_key }) => table_key === key)),
      sensitive,
    },
  };
}

type Sensitivity = (table: SnapshotTable, column: SnapshotTable['columns'][number]) => boolean;

/** What somebody said of a column counts, else whether the options of the datasource name it. */
function sensitivity({ datasource }: OntologyContext, known: ReadonlyMap<string, readonly ColumnRow[]>): Sensitivity {
  const isNamed = columnFilterOf(datasource.options.sensitive_columns ?? []);
  return ({ table_key, schema_name, table_name }, { column_key, column_name }) => {
    const row = known.get(table_key)?.find((column) => column.column_key === column_key);
    if (row?.is_sensitive === true || row?.edited?.split(',').includes('is_sensitive')) return row.is_sensitive;
    return isNamed(schema_name, table_name, column_name);
  };
}

function filtersOf({ datasource }: OntologyContext, { tables }: PlanInput) {
  const { include_schemas, exclude_schemas, include_tables, exclude_tables } = datasource.options;
  return {
    ...(include_schemas && { include_schemas }),
    ...(exclude_schemas && { exclude_schemas }),
    ...(include_tables && { include_tables }),
    ...(exclude_tables && { exclude_tables }),
    ...(tables && { tables }),
  };
}

function newsOf(row: TableRow | undefined, table: SnapshotTable): Because | undefined {
  if (!row) return 'it is new';
  if (row.structure_sha256 !== table.structure_sha256) return 'its definition changed';
  return hasMoved(row.row_estimate ?? row.row_count, table.row_estimate) ? 'its number of rows changed' : undefined;
}

/** A fifth more or less, and a hundred rows, are worth another look. */
function hasMoved(before: number | null, now: number | null): boolean {
  if (before === null || now === null) return false;
  const difference = Math.abs(now - before);
  return difference > 100 && difference > 0.2 * Math.max(before, now);
}

interface Differences {
  added: number;
  gone: readonly string[];
  /** Nothing is there of what was. */
  isAnother: boolean;
  /** Asked for, and not in the database. */
  missing: readonly string[];
  sensitive: readonly string[];
  items: readonly PlannedItem[];
}

function messageOf(
  snapshot: SchemaSnapshot,
  { added, gone, isAnother, missing, sensitive, items }: Differences,
): string {
  const { tables, skipped, declared_foreign_keys } = snapshot;
  if (tables.length === 0 && skipped.length === 0 && missing.length === 0) return 'the login sees no table';
  if (tables.length === 0 && missing.length === 0)
    return `the login may read none of ${counted(skipped.length, 'table')} (${listed(skipped.map(({ table_key }) => table_key))})`;
  const columns = tables.reduce((sum, table) => sum + table.columns.length, 0);
  const parts = [
    `found ${counted(tables.length, 'table')} with ${counted(columns, 'column')} and ${counted(declared_foreign_keys, 'declared foreign key')}`,
    ...(sensitive.length > 0 ? [`${counted(sensitive.length, 'sensitive column')} of which no value is read`] : []),
    ...(added > 0 ? [`${added} new`] : []),
    ...(gone.length > 0 ? [`${gone.length} gone (${listed(gone)})`] : []),
    ...(isAnother ? ['none that was known before: is it the right database?'] : []),
    ...(missing.length > 0 ? [`${missing.length} that are not there (${listed(missing)})`] : []),
    ...(skipped.length > 0
      ? [`${skipped.length} that may not be read (${listed(skipped.map(({ table_key }) => table_key))})`]
      : []),
    ...(items.length === 0 ? ['nothing to profile'] : []),
  ];
  return parts.join(', ');
}

function blind(name: string, { skipped }: SchemaSnapshot): SprouteError {
  const there = skipped.length === 0 ? 'sees no table any more' : `may read none of ${skipped.length} tables any more`;
  return new SprouteError('DATASOURCE_FAILED', `The login of the datasource ${name} ${there}.`, {
    hint: 'Check its rights and the filters of the datasource; what is known stays as it is.',
  });
}
