import type { Database } from '../../src/db/connect.ts';
import type { PerEngine } from '../../src/db/dialect.ts';
import { queryRows } from '../../src/db/query.ts';

/** The schemas of sproute. */
const ourSchemas = "('llm', 'ingest', 'kb', 'onto')";

/**
 * What the catalogs say of the tables: columns in order with their types, nullability and defaults, keys, checks, indexes,
 * sequences, settings, comments. A line each, sorted.
 */
export async function catalogOf(db: Database): Promise<string[]> {
  const lines: string[] = [];
  for (const [what, ...statements] of looks[db.engine]) {
    const found = await firstThatWorks(db, statements);
    lines.push(...found.map((row) => `${what}: ${Object.values(row).map(shown).join(', ')}`));
  }
  return lines.sort();
}

/** The views, as `schema.name`, in order. */
export async function viewsOf(db: Database): Promise<string[]> {
  const found = await queryRows<{ name: string }>(db, {
    postgres: `SELECT v.schemaname || '.' || v.viewname AS name FROM pg_views AS v WHERE v.schemaname IN ${ourSchemas}`,
    mssql: `SELECT CONCAT(SCHEMA_NAME(v.schema_id), N'.', v.name) AS name FROM sys.views AS v
      WHERE SCHEMA_NAME(v.schema_id) IN ${ourSchemas}`,
  });
  return found.map(({ name }) => name).sort();
}

/** The columns of each table, without those that are computed. */
export async function columnsOf(db: Database): Promise<Map<string, string[]>> {
  const found = await queryRows<{ name: string; column_name: string }>(db, {
    postgres: `SELECT c.table_schema || '.' || c.table_name AS name, c.column_name
      FROM information_schema.columns AS c JOIN pg_tables AS t ON t.schemaname = c.table_schema AND t.tablename = c.table_name
      WHERE c.table_schema IN ${ourSchemas} ORDER BY 1, c.ordinal_position`,
    mssql: `SELECT CONCAT(SCHEMA_NAME(t.schema_id), N'.', t.name) AS name, c.name AS column_name
      FROM sys.columns AS c JOIN sys.tables AS t ON t.object_id = c.object_id
      WHERE SCHEMA_NAME(t.schema_id) IN ${ourSchemas} AND c.is_computed = 0 ORDER BY 1, c.column_id`,
  });
  const columns = new Map<string, string[]>();
  for (const { name, column_name } of found) columns.set(name, [...(columns.get(name) ?? []), column_name]);
  return columns;
}

async function firstThatWorks(db: Database, [first = '', ...others]: string[]): Promise<object[]> {
  if (others.length === 0) return queryRows<object>(db, first);
  return queryRows<object>(db, first).catch(() => firstThatWorks(db, others));
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What is looked at, and in which words; a later statement is for servers that fail at those before it. */
type Look = [what: string, ...statements: string[]];

const checks = (definition: string) => `
  SELECT CONCAT(OBJECT_SCHEMA_NAME(c.parent_object_id), N'.', OBJECT_NAME(c.parent_object_id)) AS name, c.name AS check_name,
    c.is_disabled, c.is_not_trusted${definition}
  FROM sys.check_constraints AS c
  WHERE OBJECT_SCHEMA_NAME(c.parent_object_id) IN ${ourSchemas}`;

const looks: PerEngine<Look[]> = {
  postgres: [
    [
      'table',
      `SELECT n.nspname || '.' || c.relname AS name, c.relkind, c.relpersistence, c.reloptions,
         pg_get_userbyid(c.relowner) AS owner, obj_description(c.oid, 'pg_class') AS about
       FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
       WHERE n.nspname IN ${ourSchemas} AND c.relkind IN ('r', 'S')`,
    ],
    [
      'column',
      `SELECT n.nspname || '.' || c.relname AS name, row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum) AS ordinal,
         a.attname, format_type(a.atttypid, a.atttypmod) AS type, a.attcollation::regcollation::text AS collation,
         a.attnotnull, a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid) AS value,
         col_description(c.oid, a.attnum) AS about
       FROM pg_attribute AS a
       JOIN pg_class AS c ON c.oid = a.attrelid AND c.relkind = 'r'
       JOIN pg_namespace AS n ON n.oid = c.relnamespace
       LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
       WHERE n.nspname IN ${ourSchemas} AND a.attnum > 0 AND NOT a.attisdropped`,
    ],
    [
      'constraint',
      `SELECT k.conrelid::regclass::text AS name, k.conname, pg_get_constraintdef(k.oid) AS definition, k.convalidated
       FROM pg_constraint AS k JOIN pg_namespace AS n ON n.oid = k.connamespace
       WHERE n.nspname IN ${ourSchemas}`,
    ],
    [
      'index',
      `SELECT pg_get_indexdef(i.indexrelid) AS definition, i.indisvalid
       FROM pg_index AS i
       JOIN pg_class AS c ON c.oid = i.indrelid
       JOIN pg_namespace AS n ON n.oid = c.relnamespace
       WHERE n.nspname IN ${ourSchemas}`,
    ],
  ],
  mssql: [
    [
      'table',
      `SELECT CONCAT(SCHEMA_NAME(t.schema_id), N'.', t.name) AS name, t.lock_escalation_desc
       FROM sys.tables AS t WHERE SCHEMA_NAME(t.schema_id) IN ${ourSchemas}`,
    ],
    [
      'sequence',
      `SELECT CONCAT(SCHEMA_NAME(o.schema_id), N'.', o.name) AS name
       FROM sys.objects AS o WHERE o.type = N'SO' AND SCHEMA_NAME(o.schema_id) IN ${ourSchemas}`,
    ],
    [
      'column',
      `SELECT CONCAT(SCHEMA_NAME(t.schema_id), N'.', t.name) AS name,
         ROW_NUMBER() OVER (PARTITION BY t.object_id ORDER BY c.column_id) AS ordinal, c.name AS column_name,
         TYPE_NAME(c.user_type_id) AS type, c.max_length, c.precision, c.scale, c.collation_name, c.is_nullable, c.is_identity,
         REPLACE(d.definition, CONCAT(DB_NAME(), N'_'), N'') AS value, x.definition AS computed, x.is_persisted
       FROM sys.columns AS c
       JOIN sys.tables AS t ON t.object_id = c.object_id
       LEFT JOIN sys.default_constraints AS d ON d.parent_object_id = c.object_id AND d.parent_column_id = c.column_id
       LEFT JOIN sys.computed_columns AS x ON x.object_id = c.object_id AND x.column_id = c.column_id
       WHERE SCHEMA_NAME(t.schema_id) IN ${ourSchemas}`,
    ],
    ['check', checks(', c.definition'), checks('')],
    [
      'index',
      `SELECT CONCAT(SCHEMA_NAME(t.schema_id), N'.', t.name) AS name, i.name AS index_name, i.type_desc, i.is_unique,
         i.is_primary_key, i.is_unique_constraint, i.has_filter, i.filter_definition, k.key_ordinal,
         COL_NAME(k.object_id, k.column_id) AS column_name, k.is_descending_key, k.is_included_column
       FROM sys.indexes AS i
       JOIN sys.tables AS t ON t.object_id = i.object_id
       LEFT JOIN sys.index_columns AS k ON k.object_id = i.object_id AND k.index_id = i.index_id
       WHERE SCHEMA_NAME(t.schema_id) IN ${ourSchemas}`,
    ],
    [
      'foreign key',
      `SELECT CONCAT(OBJECT_SCHEMA_NAME(f.parent_object_id), N'.', OBJECT_NAME(f.parent_object_id)) AS name, f.name AS key_name,
         CONCAT(OBJECT_SCHEMA_NAME(f.referenced_object_id), N'.', OBJECT_NAME(f.referenced_object_id)) AS parent,
         COL_NAME(k.parent_object_id, k.parent_column_id) AS column_name,
         COL_NAME(k.referenced_object_id, k.referenced_column_id) AS parent_column, f.delete_referential_action_desc,
         f.is_disabled, f.is_not_trusted
       FROM sys.foreign_keys AS f
       JOIN sys.foreign_key_columns AS k ON k.constraint_object_id = f.object_id
       WHERE OBJECT_SCHEMA_NAME(f.parent_object_id) IN ${ourSchemas}`,
    ],
    [
      'comment',
      `SELECT CONCAT(OBJECT_SCHEMA_NAME(e.major_id), N'.', OBJECT_NAME(e.major_id)) AS name,
         COL_NAME(e.major_id, e.minor_id) AS column_name, CONVERT(nvarchar(2000), e.value) AS about
       FROM sys.extended_properties AS e
       JOIN sys.tables AS t ON t.object_id = e.major_id
       WHERE e.class = 1 AND SCHEMA_NAME(t.schema_id) IN ${ourSchemas}`,
    ],
  ],
};
