import type { Catalog, Owned, RelationRow } from './catalog.ts';
import type { DatasourceConnection } from './connection.ts';
import type { TableKind, TypeFamily } from './introspect.ts';
import type { RawColumn, RawForeignKey, RawIndex } from './snapshot.ts';

/** On pg_catalog. */
export function postgresCatalog(connection: DatasourceConnection): Catalog {
  return {
    relations: async () => {
      const rows = await connection.query<Relation>(relations);
      return rows.map(({ relkind, is_partition, ...row }) => ({ ...row, kind: kindOf(relkind, is_partition) }));
    },
    columns: async (ids) => (await connection.query<TypedColumn>(columns, [ids])).map(columnOf),
    indexes: (ids) => connection.query<RawIndex & Owned>(indexes, [ids]),
    foreignKeys: async (ids) => {
      const rows = await connection.query<RawForeignKey & Owned>(foreignKeys, [ids]);
      return rows.map((row) => ({ ...row, is_visible: true }));
    },
  };
}

interface Relation extends Omit<RelationRow, 'kind'> {
  relkind: string;
  is_partition: boolean;
}

function kindOf(relkind: string, is_partition: boolean): TableKind {
  if (is_partition) return 'partition';
  return kinds[relkind] ?? 'table';
}

const kinds: Record<string, TableKind> = { p: 'partitioned', v: 'view', m: 'materialized_view', f: 'foreign' };

interface TypedColumn extends Omit<RawColumn, 'type_family'>, Owned {
  typtype: string;
  is_array: boolean;
  base_type: string;
}

function columnOf({ typtype, is_array, base_type, ...row }: TypedColumn): RawColumn & Owned {
  return { ...row, type_family: familyOf(typtype, is_array, base_type) };
}

function familyOf(typtype: string, is_array: boolean, base_type: string): TypeFamily {
  if (is_array) return 'array';
  return typtype === 'e' ? 'enum' : (families[base_type] ?? 'other');
}

/** By the names of pg_type; citext comes with an extension. */
const families: Record<string, TypeFamily> = {
  int2: 'integer',
  int4: 'integer',
  int8: 'integer',
  numeric: 'decimal',
  money: 'decimal',
  float4: 'float',
  float8: 'float',
  bool: 'boolean',
  text: 'text',
  varchar: 'text',
  bpchar: 'text',
  char: 'text',
  name: 'text',
  citext: 'text',
  uuid: 'uuid',
  timestamp: 'timestamp',
  timestamptz: 'timestamp',
  date: 'date',
  time: 'time',
  timetz: 'time',
  interval: 'interval',
  json: 'json',
  jsonb: 'json',
  bytea: 'binary',
};

/** A partition of its own estimate: where the parent was never analysed, its leaves say it. No table is opened. */
const relations = `
WITH RECURSIVE leaf (root, oid) AS (
    SELECT c.oid, c.oid FROM pg_catalog.pg_class AS c WHERE c.relkind = 'p'
    UNION ALL
    SELECT l.root, i.inhrelid FROM leaf AS l JOIN pg_catalog.pg_inherits AS i ON i.inhparent = l.oid
), leaves AS (
    SELECT l.root, sum(c.reltuples) AS rows, min(c.reltuples) AS least
    FROM leaf AS l JOIN pg_catalog.pg_class AS c ON c.oid = l.oid AND c.relkind <> 'p'
    GROUP BY l.root
)
SELECT c.oid::text AS id, n.nspname::text AS schema_name, c.relname::text AS table_name, c.relkind::text AS relkind,
    c.relispartition AS is_partition, parent.names AS parent,
    pg_catalog.obj_description(c.oid, 'pg_class') AS comment,
    CASE WHEN c.relkind = 'v' OR c.reltuples < 0 AND (c.relkind <> 'p' OR leaves.least < 0) THEN NULL
        WHEN c.relkind <> 'p' AND c.reltuples = 0 AND c.relpages = 0
            AND pg_catalog.current_setting('server_version_num')::integer < 140000 THEN NULL
        WHEN c.reltuples < 0 THEN round(coalesce(leaves.rows, 0)::numeric)
        ELSE round(c.reltuples::numeric) END::bigint AS row_estimate,
    pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND (pg_catalog.has_table_privilege(c.oid, 'SELECT')
        OR pg_catalog.has_any_column_privilege(c.oid, 'SELECT')) AS is_readable
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN leaves ON leaves.root = c.oid
LEFT JOIN LATERAL (
    SELECT json_build_array(pn.nspname, p.relname) AS names
    FROM pg_catalog.pg_inherits AS i
    JOIN pg_catalog.pg_class AS p ON p.oid = i.inhparent
    JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.relnamespace
    WHERE i.inhrelid = c.oid
    ORDER BY i.inhseqno
    LIMIT 1) AS parent ON true
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
  AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
  AND NOT EXISTS (
      SELECT 1 FROM pg_catalog.pg_depend AS d
      WHERE d.deptype = 'e' AND d.refclassid = 'pg_catalog.pg_extension'::regclass
        AND (d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid
            OR d.classid = 'pg_catalog.pg_namespace'::regclass AND d.objid = n.oid))
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`;

/**
 * Printing a default opens the table, which waits for whoever locks it against readers; such a table has none for now.
 * A column that counts is one of an identity, or one that owns the sequence it takes its default from.
 */
const columns = `
WITH RECURSIVE step (domain, base, is_not_null) AS (
    SELECT t.oid, t.typbasetype, t.typnotnull FROM pg_catalog.pg_type AS t WHERE t.typtype = 'd'
    UNION ALL
    SELECT s.domain, t.typbasetype, s.is_not_null OR t.typnotnull
    FROM step AS s JOIN pg_catalog.pg_type AS t ON t.oid = s.base
    WHERE t.typtype = 'd'
), domain AS (
    SELECT s.domain, s.base, s.is_not_null
    FROM step AS s JOIN pg_catalog.pg_type AS t ON t.oid = s.base AND t.typtype <> 'd'
), locked AS (
    SELECT DISTINCT l.relation
    FROM pg_catalog.pg_locks AS l
    WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
      AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = current_database())
)
SELECT a.attrelid::text AS id, a.attname::text AS column_name, a.attnum::integer AS ordinal,
    pg_catalog.format_type(a.atttypid, a.atttypmod)
        || coalesce(' (' || pg_catalog.format_type(domain.base, NULL) || ')', '') AS data_type,
    t.typname::text AS base_type, t.typtype::text AS typtype, t.typelem <> 0 AND t.typlen = -1 AS is_array,
    NOT (a.attnotnull OR coalesce(domain.is_not_null, false)) AS is_nullable,
    a.attgenerated <> '' AS is_computed,
    a.attidentity <> '' OR EXISTS (
        SELECT 1 FROM pg_catalog.pg_depend AS o
        JOIN pg_catalog.pg_class AS s ON s.oid = o.objid AND s.relkind = 'S'
        WHERE o.classid = 'pg_catalog.pg_class'::regclass AND o.refclassid = 'pg_catalog.pg_class'::regclass
          AND o.refobjid = a.attrelid AND o.refobjsubid = a.attnum AND o.deptype IN ('a', 'i')) AS is_identity,
    CASE WHEN a.attrelid NOT IN (SELECT l.relation FROM locked AS l)
        THEN pg_catalog.pg_get_expr(f.adbin, f.adrelid) END AS column_default,
    pg_catalog.col_description(a.attrelid, a.attnum) AS comment,
    CASE WHEN t.typtype = 'e' THEN (
        SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder)
        FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = t.oid) END AS enum_labels
FROM pg_catalog.pg_attribute AS a
LEFT JOIN domain ON domain.domain = a.atttypid
JOIN pg_catalog.pg_type AS t ON t.oid = coalesce(domain.base, a.atttypid)
LEFT JOIN pg_catalog.pg_attrdef AS f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum`;

const indexes = `
SELECT i.indrelid::text AS id, c.relname::text AS name, i.indisprimary AS is_primary, i.indisunique AS is_unique,
    i.indpred IS NOT NULL AS is_partial, i.indisvalid AND i.indislive AS is_valid,
    (SELECT json_agg(a.attname ORDER BY k.ordinality)
     FROM unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (attnum, ordinality)
     LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum AND k.attnum > 0
     WHERE k.ordinality <= i.indnkeyatts) AS columns
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
WHERE i.indrelid = ANY ($1::oid[])
ORDER BY i.indrelid, c.relname COLLATE "C"`;

/** Those that partitions have from their parents are the parents'. */
const foreignKeys = `
SELECT k.conrelid::text AS id, k.conname::text AS name, n.nspname::text AS to_schema, c.relname::text AS to_table,
    (SELECT json_agg(json_build_array(f.attname, t.attname) ORDER BY p.ordinality)
     FROM unnest(k.conkey, k.confkey) WITH ORDINALITY AS p (from_num, to_num, ordinality)
     JOIN pg_catalog.pg_attribute AS f ON f.attrelid = k.conrelid AND f.attnum = p.from_num
     JOIN pg_catalog.pg_attribute AS t ON t.attrelid = k.confrelid AND t.attnum = p.to_num) AS pairs
FROM pg_catalog.pg_constraint AS k
JOIN pg_catalog.pg_class AS c ON c.oid = k.confrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE k.contype = 'f' AND k.conparentid = 0 AND k.conrelid = ANY ($1::oid[])
ORDER BY k.conrelid, k.conname COLLATE "C"`;
