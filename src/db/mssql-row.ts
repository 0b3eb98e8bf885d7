import mssql from 'mssql';
import { jsonKind } from './json-columns.ts';

/** Where rows come from, as far as their JSON goes: a procedure of this schema, or a statement that says which are. */
export interface RowSource {
  schema?: string | undefined;
  json?: readonly string[];
}

type Convert = (value: unknown) => unknown;

/**
 * Makes a row of SQL Server equal to those of PostgreSQL: bigint as numbers, uuids in lower case, dates as days, JSON as
 * what it holds.
 */
export function rowReader(columns: mssql.IColumnMetadata, source: RowSource): (row: unknown) => void {
  // What an index of SQL Server holds in the place of a long key is nobody's business.
  const hashes = Object.values(columns).flatMap(({ name, type }) =>
    typeOf(type) === mssql.Binary && name.endsWith('_sha256') ? [name] : [],
  );
  const conversions: [string, Convert][] = Object.values(columns).flatMap(({ name, type }) => {
    const convert = conversionOf(name, typeOf(type), source);
    return convert === undefined ? [] : [[name, convert]];
  });
  return (row) => {
    if (typeof row !== 'object' || row === null) return;
    for (const name of hashes) Reflect.deleteProperty(row, name);
    for (const [name, convert] of conversions) {
      const value: unknown = Reflect.get(row, name);
      if (value != null) Reflect.set(row, name, convert(value));
    }
  };
}

/** The driver describes a type by the function that makes it, or by what that function makes. */
function typeOf(type: unknown): unknown {
  return typeof type === 'object' && type !== null && 'type' in type ? type.type : type;
}

function conversionOf(name: string, type: unknown, { schema, json = [] }: RowSource): Convert | undefined {
  if (type === mssql.BigInt) return Number;
  if (type === mssql.UniqueIdentifier) return (value) => String(value).toLowerCase();
  if (type === mssql.Date) return (value) => (value instanceof Date ? value.toISOString().slice(0, 10) : value);
  if (!texts.has(type)) return undefined;
  const kind = json.includes(name) ? 'json' : jsonKind(name, schema);
  if (kind === 'text') return undefined;
  return kind === 'json' ? parsed : container;
}

const texts = new Set<unknown>([mssql.NVarChar, mssql.VarChar, mssql.NText, mssql.Text]);

function parsed(value: unknown): unknown {
  return typeof value === 'string' ? JSON.parse(value) : value;
}

/** An object or an array; whatever else, also a word that only begins like one, as it is. */
function container(value: unknown): unknown {
  if (!/^\s*[[{]/.test(String(value))) return value;
  try {
    return parsed(value);
  } catch {
    return value;
  }
}
