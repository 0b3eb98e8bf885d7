import type { Catalog, Owned, RelationRow } from './catalog.ts';
import type { DatasourceConnection } from './connection.ts';
import type { TypeFamily } from './introspect.ts';
import { isOwn, securable } from './probe-mssql.ts';
import type { RawColumn, RawForeignKey, RawIndex } from './snapshot.ts';

/**
 * On sys.*, at any compatibility level; names are cast, for some servers send their sysname as varchar. SQL Server shows a login only what it has a right on: what it may not read at all is
 * not known, nor is a table that a key of another refers to.
 */
export function mssqlCatalog(connection: DatasourceConnection): Catalog {
  return {
    relations: async () => {
      const rows = await connection.query<Relation>(relations);
      return rows.map(({ parent_schema, parent_table, ...row }) => ({
        ...row,
        parent: parent_schema === null || parent_table === null ? null : [parent_schema, parent_table],
      }));
    },
    columns: async (ids) => (await rowsOf<TypedColumn>(connection, columns, ids)).map(columnOf),
    indexes: async (ids) => indexesOf(await rowsOf<IndexRow>(connection, indexes, ids)),
    foreignKeys: async (ids) => foreignKeysOf(await rowsOf<ForeignRow>(connection, foreignKeys, ids)),
  };
}

/** More are not named one by one: the server would spend longer on the list than on all tables. */
const mostNamed = 1_000;

async function rowsOf<Row extends Owned>(
  connection: DatasourceConnection,
  statement: (among: string) => string,
  ids: readonly string[],
): Promise<Row[]> {
  if (ids.length === 0) return [];
  const chosen = new Set(ids);
  const rows = await connection.query<Row>(
    statement(ids.length > mostNamed ? 'IS NOT NULL' : `IN (${ids.map(Number).join(', ')})`),
  );
  return rows.filter(({ id }) => chosen.has(id));
}

interface Relation extends Omit<RelationRow, 'parent'> {
  parent_schema: string | null;
  parent_table: string | null;
}

interface TypedColumn extends Omit<RawColumn, 'type_family' | 'enum_labels'>, Owned {
  base_type: string;
}

function columnOf({ base_type, ...row }: TypedColumn): RawColumn & Owned {
  return { ...row, enum_labels: null, type_family: families[base_type] ?? 'other' };
}

interface IndexRow extends Omit<RawIndex, 'columns'>, Owned {
  column_name: string;
}

function indexesOf(rows: readonly IndexRow[]): (RawIndex & Owned)[] {
  return grouped(rows).map(([{ column_name: _, ...index }, own]) => ({
    ...index,
    columns: own.map(({ column_name }) => column_name),
  }));
}

interface ForeignRow extends Owned {
  name: string;
  to_schema: string | null;
  to_table: string | null;
  from_column: string;
  to_column: string | null;
}

function foreignKeysOf(rows: readonly ForeignRow[]): (RawForeignKey & Owned & { is_visible: boolean })[] {
  return grouped(rows).map(([{ id, name, to_schema, to_table }, own]) => ({
    id,
    name,
    to_schema: to_schema ?? '',
    to_table: to_table ?? '',
    pairs: own.map(({ from_column, to_column }): [string, string] => [from_column, to_column ?? '']),
    is_visible: own.every((row) => row.to_table !== null && row.to_column !== null),
  }));
}

/** Rows of one object each, with the first of them. */
function grouped<Row extends Owned & { name: string }>(rows: readonly Row[]): [Row, Row[]][] {
  const groups = Map.groupBy(rows, ({ id, name }) => JSON.stringify([id, name]));
  return [...groups.values()].flatMap((own): [Row, Row[]][] => (own[0] ? [[own[0], own]] : []));
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

/** The history of a table whose versions the server keeps is a part of it. */
const relations = `
SELECT CAST(o.object_id AS varchar(11)) AS id, CAST(s.name AS nvarchar(128)) AS schema_name, CAST(o.name AS nvarchar(128)) AS table_name,
    CASE WHEN o.type = 'V' THEN 'view' WHEN t.is_external = 1 THEN 'foreign' WHEN h.object_id IS NOT NULL THEN 'partition'
        WHEN parts.object_id IS NOT NULL THEN 'partitioned'
        ELSE 'table' END AS kind,
    CAST(hs.name AS nvarchar(128)) AS parent_schema, CAST(h.name AS nvarchar(128)) AS parent_table,
    CAST(e.value AS nvarchar(4000)) AS comment,
    CASE WHEN o.type = 'U' AND t.is_external = 0 THEN counted.[rows] END AS row_estimate,
    CAST(CASE WHEN COALESCE(HAS_PERMS_BY_NAME(${securable('s.name', 'o.name')}, 'OBJECT', 'SELECT'), 1) = 1 OR EXISTS (
            SELECT 1 FROM sys.columns AS c
            WHERE c.object_id = o.object_id
              AND HAS_PERMS_BY_NAME(${securable('s.name', 'o.name')}, 'OBJECT', 'SELECT', c.name, 'COLUMN') = 1)
        THEN 1 ELSE 0 END AS bit) AS is_readable
FROM sys.objects AS o
JOIN sys.schemas AS s ON s.schema_id = o.schema_id
LEFT JOIN sys.tables AS t ON t.object_id = o.object_id
LEFT JOIN sys.tables AS h ON h.history_table_id = o.object_id
LEFT JOIN sys.schemas AS hs ON hs.schema_id = h.schema_id
LEFT JOIN (
    SELECT DISTINCT i.object_id
    FROM sys.indexes AS i JOIN sys.partition_schemes AS ps ON ps.data_space_id = i.data_space_id
    WHERE i.index_id IN (0, 1)) AS parts ON parts.object_id = o.object_id
LEFT JOIN (
    SELECT p.object_id, CAST(SUM(p.rows) AS bigint) AS [rows]
    FROM sys.partitions AS p WHERE p.index_id IN (0, 1) GROUP BY p.object_id) AS counted ON counted.object_id = o.object_id
LEFT JOIN sys.extended_properties AS e
    ON e.class = 1 AND e.major_id = o.object_id AND e.minor_id = 0 AND e.name = N'MS_Description'
WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0 AND s.name NOT IN (N'sys', N'INFORMATION_SCHEMA', N'cdc')
  AND ${isOwn('o.object_id')}
ORDER BY s.name COLLATE Latin1_General_BIN2, o.name COLLATE Latin1_General_BIN2;`;

/** Of the columns that make a table a part of a graph some are hidden from everybody. */
const columns = (among: string) => `
SELECT CAST(c.object_id AS varchar(11)) AS id, CAST(c.name AS nvarchar(128)) AS column_name, c.column_id AS ordinal, b.name AS base_type,
    CAST(u.name AS nvarchar(128))
        + CASE WHEN u.is_user_defined = 1 AND u.is_assembly_type = 0 THEN N' (' + b.name + N')'
            WHEN u.name IN (N'char', N'varchar', N'binary', N'varbinary')
                THEN N'(' + CASE c.max_length WHEN -1 THEN N'max' ELSE CAST(c.max_length AS nvarchar(10)) END + N')'
            WHEN u.name IN (N'nchar', N'nvarchar')
                THEN N'(' + CASE c.max_length WHEN -1 THEN N'max' ELSE CAST(c.max_length / 2 AS nvarchar(10)) END + N')'
            WHEN u.name IN (N'decimal', N'numeric')
                THEN N'(' + CAST(c.precision AS nvarchar(10)) + N',' + CAST(c.scale AS nvarchar(10)) + N')'
            WHEN u.name IN (N'datetime2', N'datetimeoffset', N'time') THEN N'(' + CAST(c.scale AS nvarchar(10)) + N')'
            ELSE N'' END AS data_type,
    c.is_nullable, CAST(CASE WHEN c.is_computed = 1 OR c.generated_always_type <> 0 THEN 1 ELSE 0 END AS bit) AS is_computed,
    c.is_identity,
    CAST(COALESCE(k.definition, d.definition) AS nvarchar(max)) AS column_default, CAST(e.value AS nvarchar(4000)) AS comment
FROM sys.columns AS c
JOIN sys.types AS u ON u.user_type_id = c.user_type_id
JOIN sys.types AS b ON b.user_type_id = CASE WHEN u.is_assembly_type = 1 THEN u.user_type_id ELSE u.system_type_id END
LEFT JOIN sys.computed_columns AS k ON k.object_id = c.object_id AND k.column_id = c.column_id
LEFT JOIN sys.default_constraints AS d ON d.object_id = c.default_object_id
LEFT JOIN sys.extended_properties AS e
    ON e.class = 1 AND e.major_id = c.object_id AND e.minor_id = c.column_id AND e.name = N'MS_Description'
WHERE c.object_id ${among}
  AND COALESCE(c.graph_type, 2) IN (2, 5, 8)
ORDER BY c.object_id, c.column_id;`;

const indexes = (among: string) => `
SELECT CAST(i.object_id AS varchar(11)) AS id, CAST(i.name AS nvarchar(128)) AS name, i.is_primary_key AS is_primary, i.is_unique, i.has_filter AS is_partial,
    CAST(1 - i.is_disabled AS bit) AS is_valid, CAST(c.name AS nvarchar(128)) AS column_name
FROM sys.indexes AS i
JOIN sys.index_columns AS x ON x.object_id = i.object_id AND x.index_id = i.index_id AND x.key_ordinal > 0
JOIN sys.columns AS c ON c.object_id = x.object_id AND c.column_id = x.column_id
WHERE i.is_hypothetical = 0 AND i.object_id ${among}
ORDER BY i.object_id, i.name COLLATE Latin1_General_BIN2, x.key_ordinal;`;

const foreignKeys = (among: string) => `
SELECT CAST(k.parent_object_id AS varchar(11)) AS id, CAST(k.name AS nvarchar(128)) AS name, CAST(s.name AS nvarchar(128)) AS to_schema, CAST(o.name AS nvarchar(128)) AS to_table, CAST(f.name AS nvarchar(128)) AS from_column, CAST(t.name AS nvarchar(128)) AS to_column
FROM sys.foreign_keys AS k
JOIN sys.foreign_key_columns AS p ON p.constraint_object_id = k.object_id
JOIN sys.columns AS f ON f.object_id = p.parent_object_id AND f.column_id = p.parent_column_id
LEFT JOIN sys.objects AS o ON o.object_id = k.referenced_object_id
LEFT JOIN sys.schemas AS s ON s.schema_id = o.schema_id
LEFT JOIN sys.columns AS t ON t.object_id = p.referenced_object_id AND t.column_id = p.referenced_column_id
WHERE k.parent_object_id ${among}
ORDER BY k.parent_object_id, k.name COLLATE Latin1_General_BIN2, p.constraint_column_id;`;
