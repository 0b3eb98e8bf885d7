import type pg from 'pg';
import { headerComment } from '../object-header.ts';
import { isView, type SqlObject } from '../sql-files.ts';

/** Procedures, functions and views say in the database what their headers say, so that `\d+` and other clients show it. */
export async function commentObjects(client: pg.Client, objects: SqlObject[]): Promise<void> {
  const wanted = new Map(objects.map((object) => [object.name, headerComment(object.sql)]));
  const found = await client.query<{ name: string; signature: string; comment: string | null }>(
    `SELECT n.nspname || '.' || p.proname AS name, p.oid::regprocedure::text AS signature,
       obj_description(p.oid, 'pg_proc') AS comment
     FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
     WHERE n.nspname || '.' || p.proname = ANY ($1)
     UNION ALL
     SELECT n.nspname || '.' || c.relname, c.oid::regclass::text, obj_description(c.oid, 'pg_class')
     FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relkind = 'v' AND n.nspname || '.' || c.relname = ANY ($1)`,
    [[...wanted.keys()]],
  );
  const statements = found.rows.flatMap(({ name, signature, comment }) => {
    const text = wanted.get(name) ?? '';
    if (text === (comment ?? '')) return [];
    return `COMMENT ON ${isView(name) ? 'VIEW' : 'FUNCTION'} ${signature} IS ${client.escapeLiteral(text)}`;
  });
  if (statements.length > 0) await client.query(statements.join(';\n'));
}
