import { z } from 'zod';
import { callProcedure } from '../db/call.ts';
import type { Database } from '../db/connect.ts';
import { SprouteError } from '../errors.ts';

/** A customer's database, by reference: where its URL is kept, never the URL. */
export interface Datasource {
  name: string;
  engine: 'postgres' | 'mssql';
  /** The environment variable that holds the URL; else url_file is the path of a file that does. */
  url_env: string | null;
  url_file: string | null;
  options: DatasourceOptions;
  created_at: Date;
  created_by: string;
  updated_at: Date;
  updated_by: string;
}

export interface DatasourceOptions {
  /** A statement that takes longer is stopped by the server. */
  statement_timeout_ms: number;
  /** Patterns with * and ?: which schemas and tables an ontology is about; none = all. */
  include_schemas?: string[] | undefined;
  exclude_schemas?: string[] | undefined;
  include_tables?: string[] | undefined;
  exclude_tables?: string[] | undefined;
  /** Patterns with * and ?: columns of which no value may be read. */
  sensitive_columns?: string[] | undefined;
  /** Tables of more rows are sampled. */
  row_limit?: number | undefined;
  /** Of those tables so many rows are looked at. */
  sample_rows?: number | undefined;
  /** Read with a login of SQL Server that may write, too. */
  accept_writing_login?: boolean | undefined;
}

const patterns = z.array(z.string().min(1)).optional();
const optionsSchema = z.object({
  statement_timeout_ms: z.int().min(1).max(2_147_483_647).default(300_000),
  include_schemas: patterns,
  exclude_schemas: patterns,
  include_tables: patterns,
  exclude_tables: patterns,
  sensitive_columns: patterns,
  row_limit: z.int().min(1).max(1_000_000_000_000).optional(),
  sample_rows: z.int().min(100).max(10_000_000).optional(),
  accept_writing_login: z.boolean().optional(),
});

type DatasourceRow = Omit<Datasource, 'options'> & { options: unknown };

/** The datasources by name. */
export async function listDatasources(db: Database): Promise<Datasource[]> {
  return (await callProcedure<DatasourceRow>(db, 'onto.usp_list_datasources')).map(withOptions);
}

/** Throws NOT_FOUND. */
export async function findDatasource(db: Database, name: string): Promise<Datasource> {
  const [row] = await callProcedure<DatasourceRow>(db, 'onto.usp_list_datasources', { name });
  if (row) return withOptions(row);
  throw new SprouteError('NOT_FOUND', `No datasource is called ${JSON.stringify(name)}.`, {
    hint: '`sproute datasource ls` lists them, `sproute datasource add` makes one.',
  });
}

/** A DBA may write the options too. */
function withOptions(row: DatasourceRow): Datasource {
  const parsed = optionsSchema.safeParse(row.options);
  if (parsed.success) return { ...row, options: parsed.data };
  throw new SprouteError('INPUT_INVALID', `The options of the datasource ${row.name} are malformed.`, {
    hint: 'They look like {"statement_timeout_ms": 300000}; `sproute datasource add` writes them anew.',
  });
}
