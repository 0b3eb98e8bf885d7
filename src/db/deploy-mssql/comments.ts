import { headerComment } from '../object-header.ts';
import { schemas } from '../roles.ts';
import type { SqlObject } from '../sql-files.ts';
import type { Connection } from './connection.ts';
import { kindOf } from './order.ts';

const words = { procedure: 'PROCEDURE', view: 'VIEW', scalar: 'FUNCTION', inline: 'FUNCTION', table: 'FUNCTION' };
/** An extended property holds 7 500 bytes. */
const longest = 3_750;

/** Procedures, functions and views say in the database what their headers say, as the property that SSMS shows. */
export async function commentObjects(connection: Connection, objects: readonly SqlObject[]): Promise<void> {
  const rows = await connection.query<{ name: string; comment: string }>(
    `SELECT CONCAT(s.name, N'.', o.name) AS name, CONVERT(nvarchar(3750), e.value) AS comment
     FROM sys.extended_properties AS e
     JOIN sys.objects AS o ON o.object_id = e.major_id
     JOIN sys.schemas AS s ON s.schema_id = o.schema_id
     WHERE e.class = 1 AND e.minor_id = 0 AND e.name = N'MS_Description' AND o.type <> N'U'
       AND s.name IN (${schemas.map((name) => `N'${name}'`).join(', ')});`,
  );
  const found = new Map(rows.map((row) => [row.name, row.comment]));
  const statements = objects.flatMap(({ name, sql }) => {
    const comment = headerComment(sql).slice(0, longest);
    if (comment === found.get(name)) return [];
    const [schema, own] = name.split('.');
    const verb = found.has(name) ? 'update' : 'add';
    return `EXEC sys.sp_${verb}extendedproperty @name = N'MS_Description', @value = ${text(comment)}, @level0type = N'SCHEMA',
      @level0name = N'${schema}', @level1type = N'${words[kindOf(sql)]}', @level1name = N'${own}';`;
  });
  if (statements.length > 0) await connection.batch(statements.join('\n'));
}

function text(value: string): string {
  return `N'${value.replaceAll("'", "''")}'`;
}
