import type { DatasourceConnection } from './connect.ts';
import { filterOf } from './filter.ts';
import type { SchemaFilters, SchemaSnapshot, TypeFamily } from './introspect.ts';
import { objectKey } from './object-key.ts';
import { type RawColumn, type RawForeignKey, type RawIndex, snapshotTable } from './snapshot.ts';

/**
 * Four statements on sys.*; @p1 is a JSON list of the tables that the filters let in. SQL Server shows a login only what
 * it has a right on, so what it may not read at all is not known, nor is a key that refers to it.
 */
export async function introspectMssql(
  connection: DatasourceConnection,
  filters: SchemaFilters,
): Promise<SchemaSnapshot> {
  const lets = filterOf(filters);
  const all = await connection.query<RelationRow>(relations);
  const chosen = all.filter(({ schema_name, table_name }) => lets(schema_name, table_name));
  const ids = [JSON.stringify(chosen.map(({ id }) => Number(id)))];
  const columnRows = Map.groupBy(await connection.query<ColumnRow>(columns, ids), ({ id }) => id);
  const indexRows = Map.groupBy(await connection.query<IndexRow>(indexes, ids), ({ id }) => id);
  const foreignRows = Map.groupBy(await connection.query<ForeignRow>(foreignKeys, ids), ({ id }) => id);
  const declared = [...foreignRows.values()].flatMap((rows) => foreignKeysOf(rows));
  const readable = chosen.filter(({ is_readable }) => is_readable);
  return {
    tables: readable.map(({ schema_name, table_name, kind, comment, row_estimate, id }) =>
      snapshotTable({
        schema_name,
        table_name,
        kind,
        partition_of: null,
        comment,
        row_estimate: row_estimate === null ? null : Number(row_estimate),
        columns: (columnRows.get(id) ?? []).map(columnOf),
        indexes: indexesOf(indexRows.get(id) ?? []),
        foreign_keys: foreignKeysOf(foreignRows.get(id) ?? []).filter((key) => key.is_visible),
      }),
    ),
    declared_foreign_keys: declared.length,
    visible_tables: readable.length,
    skipped: chosen
      .filter(({ is_readable }) => !is_readable)
      .map(({ schema_name, table_name }) => ({
        table_key: objectKey([schema_name, table_name]),
        reason: 'the login may not SELECT from it',
      })),
  };
}

interface RelationRow {
  id: number;
  schema_name: string;
  table_name: string;
  kind: 'table' | 'partitioned' | 'view' | 'foreign';
  comment: string | null;
  row_estimate: string | null;
  is_readable: boolean;
}

interface ColumnRow extends Omit<RawColumn, 'type_family' | 'enum_labels'> {
  id: number;
  base_type: string;
}

interface IndexRow extends Omit<RawIndex, 'columns'> {
  id: number;
  column_name: string;
}

interface ForeignRow {
  id: number;
  name: string;
  to_schema: string | null;
  to_table: string | null;
  from_column: string;
  to_column: string | null;
}

function columnOf({ id: _, base_type, ...row }: ColumnRow): RawColumn {
  return { ...row, enum_labels: null, type_family: families[base_type] ?? 'other' };
}

function indexesOf(rows: readonly IndexRow[]): RawIndex[] {
  return [...Map.groupBy(rows, ({ name }) => name).values()].flatMap((own): RawIndex[] => {
    const [first] = own;
    if (!first) return [];
    const { name, is_primary, is_unique, is_partial, is_valid } = first;
    return [{ name, is_primary, is_unique, is_partial, is_valid, columns: own.map(({ column_name }) => column_name) }];
  });
}

function foreignKeysOf(rows: readonly ForeignRow[]): (RawForeignKey & { is_visible: boolean })[] {
  return [...Map.groupBy(rows, ({ name }) => name).entries()].map(([name, own]) => ({
    name,
    to_schema: own[0]?.to_schema ?? '',
    to_table: own[0]?.to_table ?? '',
    pairs: own.map(({ from_column, to_column }): [string, string] => [from_column, to_column ?? '']),
    is_visible: own.every(({ to_table, to_column }) => to_table !== null && to_column !== null),
  }));
}

/** By the names of sys.types, alias types by what lies under them. */
const families: Record<string, TypeFamily> = {
  tinyint: 'integer',
  smallint: 'integer',
  int: 'integer',
  bigint: 'integer',
  decimal: 'decimal',
  numeric: 'decimal',
  money: 'decimal',
  smallmoney: 'decimal',
  float: 'float',
  real: 'float',
  bit: 'boolean',
  char: 'text',
  varchar: 'text',
  nchar: 'text',
  nvarchar: 'text',
  text: 'text',
  ntext: 'text',
  uniqueidentifier: 'uuid',
  datetime: 'timestamp',
  datetime2: 'timestamp',
  smalldatetime: 'timestamp',
  datetimeoffset: 'timestamp',
  date: 'date',
  time: 'time',
  json: 'json',
  binary: 'binary',
  varbinary: 'binary',
  image: 'binary',
  timestamp: 'binary',
};

const relations = `
SELECT o.object_id AS id, s.name AS schema_name, o.name AS table_name,
    CASE WHEN o.type = 'V' THEN 'view' WHEN t.is_external = 1 THEN 'foreign'
        WHEN EXISTS (SELECT 1 FROM sys.indexes AS i JOIN sys.partition_schemes AS ps ON ps.data_space_id = i.data_space_id
                     WHERE i.object_id = o.object_id AND i.index_id IN (0, 1)) THEN 'partitioned'
        ELSE 'table' END AS kind,
    CAST(e.value AS nvarchar(4000)) AS comment,
    (SELECT CAST(SUM(p.rows) AS bigint) FROM sys.partitions AS p
     WHERE p.object_id = o.object_id AND p.index_id IN (0, 1) AND o.type = 'U' AND t.is_external = 0) AS row_estimate,
    CAST(CASE WHEN HAS_PERMS_BY_NAME(QUOTENAME(s.name) + N'.' + QUOTENAME(o.name), 'OBJECT', 'SELECT') = 1 OR EXISTS (
            SELECT 1 FROM sys.columns AS c
            WHERE c.object_id = o.object_id
              AND HAS_PERMS_BY_NAME(QUOTENAME(s.name) + N'.' + QUOTENAME(o.name), 'OBJECT', 'SELECT', c.name, 'COLUMN') = 1)
        THEN 1 ELSE 0 END AS bit) AS is_readable
FROM sys.objects AS o
JOIN sys.schemas AS s ON s.schema_id = o.schema_id
LEFT JOIN sys.tables AS t ON t.object_id = o.object_id
LEFT JOIN sys.extended_properties AS e
    ON e.class = 1 AND e.major_id = o.object_id AND e.minor_id = 0 AND e.name = N'MS_Description'
WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0 AND s.name NOT IN (N'sys', N'INFORMATION_SCHEMA', N'cdc')
ORDER BY s.name COLLATE Latin1_General_BIN2, o.name COLLATE Latin1_General_BIN2;`;

const columns = `
SELECT c.object_id AS id, c.name AS column_name, c.column_id AS ordinal, b.name AS base_type,
    u.name
        + CASE WHEN u.is_user_defined = 1 AND u.is_assembly_type = 0 THEN N' (' + b.name + N')'
            WHEN u.name IN (N'char', N'varchar', N'binary', N'varbinary')
                THEN N'(' + CASE c.max_length WHEN -1 THEN N'max' ELSE CAST(c.max_length AS nvarchar(10)) END + N')'
            WHEN u.name IN (N'nchar', N'nvarchar')
                THEN N'(' + CASE c.max_length WHEN -1 THEN N'max' ELSE CAST(c.max_length / 2 AS nvarchar(10)) END + N')'
            WHEN u.name IN (N'decimal', N'numeric')
                THEN N'(' + CAST(c.precision AS nvarchar(10)) + N',' + CAST(c.scale AS nvarchar(10)) + N')'
            WHEN u.name IN (N'datetime2', N'datetimeoffset', N'time') THEN N'(' + CAST(c.scale AS nvarchar(10)) + N')'
            ELSE N'' END AS data_type,
    c.is_nullable, c.is_computed, c.is_identity,
    COALESCE(k.definition, d.definition) AS column_default, CAST(e.value AS nvarchar(4000)) AS comment
FROM sys.columns AS c
JOIN sys.types AS u ON u.user_type_id = c.user_type_id
JOIN sys.types AS b ON b.user_type_id = CASE WHEN u.is_assembly_type = 1 THEN u.user_type_id ELSE u.system_type_id END
LEFT JOIN sys.computed_columns AS k ON k.object_id = c.object_id AND k.column_id = c.column_id
LEFT JOIN sys.default_constraints AS d ON d.object_id = c.default_object_id
LEFT JOIN sys.extended_properties AS e
    ON e.class = 1 AND e.major_id = c.object_id AND e.minor_id = c.column_id AND e.name = N'MS_Description'
WHERE c.object_id IN (SELECT CAST(j.value AS int) FROM OPENJSON(@p1) AS j)
ORDER BY c.object_id, c.column_id;`;

const indexes = `
SELECT i.object_id AS id, i.name, i.is_primary_key AS is_primary, i.is_unique, i.has_filter AS is_partial,
    CAST(1 - i.is_disabled AS bit) AS is_valid, c.name AS column_name
FROM sys.indexes AS i
JOIN sys.index_columns AS x ON x.object_id = i.object_id AND x.index_id = i.index_id AND x.key_ordinal > 0
JOIN sys.columns AS c ON c.object_id = x.object_id AND c.column_id = x.column_id
WHERE i.is_hypothetical = 0 AND i.object_id IN (SELECT CAST(j.value AS int) FROM OPENJSON(@p1) AS j)
ORDER BY i.object_id, i.name COLLATE Latin1_General_BIN2, x.key_ordinal;`;

const foreignKeys = `
SELECT k.parent_object_id AS id, k.name, s.name AS to_schema, o.name AS to_table, f.name AS from_column, t.name AS to_column
FROM sys.foreign_keys AS k
JOIN sys.foreign_key_columns AS p ON p.constraint_object_id = k.object_id
JOIN sys.columns AS f ON f.object_id = p.parent_object_id AND f.column_id = p.parent_column_id
LEFT JOIN sys.objects AS o ON o.object_id = k.referenced_object_id
LEFT JOIN sys.schemas AS s ON s.schema_id = o.schema_id
LEFT JOIN sys.columns AS t ON t.object_id = p.referenced_object_id AND t.column_id = p.referenced_column_id
WHERE k.parent_object_id IN (SELECT CAST(j.value AS int) FROM OPENJSON(@p1) AS j)
ORDER BY k.parent_object_id, k.name COLLATE Latin1_General_BIN2, p.constraint_column_id;`;
