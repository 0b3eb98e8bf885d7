import type { TypeFamily } from './introspect.ts';

/** A value of SQL Server as text, the same on every server whatever its language; a float with all its digits. */
export function textOf(
  { type_family, base_type }: { type_family: TypeFamily; base_type: string },
  expression: string,
): string {
  switch (type_family) {
    case 'decimal':
      // Money is written with two digits less than it has.
      return `CONVERT(nvarchar(max), ${base_type.endsWith('money') ? `CONVERT(decimal(19, 4), ${expression})` : expression})`;
    case 'float':
      return `CONVERT(nvarchar(max), ${expression}, 3)`;
    case 'timestamp':
    case 'date':
    case 'time':
      return `CONVERT(nvarchar(max), ${expression}, 121)`;
    case 'binary':
      return `CONVERT(nvarchar(max), CONVERT(varbinary(max), ${expression}), 1)`;
    case 'uuid':
      return `LOWER(CONVERT(nvarchar(max), ${expression}))`;
    default:
      return `CONVERT(nvarchar(max), ${expression})`;
  }
}
