import { resolve } from 'node:path';
import type { Command } from 'commander';
import { connectDatasource } from '../datasource/connect.ts';
import { type Datasource, type DatasourceOptions, findDatasource, listDatasources } from '../datasource/datasource.ts';
import { datasourceUrl, engineAt } from '../datasource/datasource-url.ts';
import { type DatasourceProbe, probeDatasource } from '../datasource/probe.ts';
import { callProcedure } from '../db/call.ts';
import { SprouteError } from '../errors.ts';
import { profileDefaults } from '../ontology/profile/profile-table.ts';
import { optionsText, urlPlace } from './datasource-text.ts';
import { commaList, wholeNumber } from './options.ts';
import { print, printJson, printRows, say } from './output.ts';
import { withSession } from './session.ts';

/** `sproute datasource`: the databases that pages and tables are read from. */
export function registerDatasource(program: Command): void {
  const datasource = program
    .command('datasource')
    .description('databases to read from, by reference: an environment variable or a file holds the URL');
  registerAdd(datasource);

  datasource
    .command('ls')
    .description('list the datasources')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  sproute datasource ls')
    .action(async (options: { json?: boolean }) => {
      const rows = await withSession(({ db }) => listDatasources(db));
      if (options.json) return printJson(rows);
      const shown = rows.map((row) => ({ ...row, url: urlPlace(row), options: optionsText(row.options) }));
      printRows(shown, ['name', 'engine', 'url', 'updated_at', 'options'], false);
    });

  datasource
    .command('test')
    .alias('check')
    .description('connect, and say what the server is, who we are there and whether the role could write')
    .argument('<name>', 'the datasource')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  sproute datasource test crm')
    .action(async (name: string, options: { json?: boolean }) => {
      const { engine, probe } = await withSession(async ({ db }) => {
        const connection = await connectDatasource(await findDatasource(db, name));
        try {
          return { engine: connection.engine, probe: await probeDatasource(connection) };
        } finally {
          await connection.close();
        }
      });
      if (options.json) printJson({ name, engine, ...probe });
      else tell(name, engine, probe);
    });

  datasource
    .command('rm')
    .description('remove a datasource; pages that came from it stay')
    .argument('<name>', 'the datasource')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  sproute datasource rm crm')
    .action(async (name: string, options: { json?: boolean }) => {
      await withSession(async ({ db }) => {
        await findDatasource(db, name);
        await callProcedure(db, 'onto.usp_delete_datasource', { name });
      });
      if (options.json) printJson({ name, deleted: true });
      else print(`The datasource ${name} is removed; its pages stay.`);
    });
}

interface AddOptions {
  engine?: string;
  urlEnv?: string;
  urlFile?: string;
  statementTimeout?: number;
  includeSchemas?: string[];
  excludeSchemas?: string[];
  includeTables?: string[];
  excludeTables?: string[];
  sensitiveColumns?: string[];
  rowLimit?: number;
  sampleRows?: number;
  acceptWritingLogin?: boolean;
  reset?: boolean;
  json?: boolean;
}

function registerAdd(datasource: Command): void {
  datasource
    .command('add')
    .description('make a datasource, or change the one of that name')
    .argument('<name>', 'lower case letters, digits, _ and -')
    .option('--engine <engine>', 'postgres or mssql (default: as the URL begins; postgres while there is none)')
    .option('--url-env <variable>', 'the environment variable that holds the URL; its name, not the URL')
    .option('--url-file <path>', 'the file that holds the URL and nothing else')
    .option(
      '--statement-timeout <seconds>',
      'the server stops a statement after so long (default: 300)',
      wholeNumber(1, 86_400),
    )
    .option(
      '--include-schemas <patterns>',
      'its ontology is about these schemas only; * and ? (default: all)',
      commaList,
    )
    .option('--exclude-schemas <patterns>', 'its ontology leaves these schemas out (default: none)', commaList)
    .option('--include-tables <patterns>', 'only these tables: orders, order_*, shop.* (default: all)', commaList)
    .option('--exclude-tables <patterns>', 'its ontology leaves these tables out (default: none)', commaList)
    .option(
      '--sensitive-columns <patterns>',
      'no value of these columns is read: ssn, people.ssn, *.pass*; case does not count (default: none)',
      commaList,
    )
    .option(
      '--row-limit <rows>',
      `tables of more rows are sampled (default: ${profileDefaults.row_limit})`,
      wholeNumber(1, 1_000_000_000_000),
    )
    .option(
      '--sample-rows <rows>',
      `rows that are looked at of such a table (default: ${profileDefaults.sample_rows})`,
      wholeNumber(100, 10_000_000),
    )
    .option(
      '--accept-writing-login',
      'SQL Server: read with a login that may write; it is refused otherwise (default: off)',
    )
    .option('--reset', 'of a datasource that is there: options that are not given go back to their defaults')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nOf a datasource that is there, options that are not given stay as they are.\n\nExamples:\n  sproute datasource add crm --url-env CRM_URL\n  sproute datasource add shop --url-file /run/secrets/shop_url --statement-timeout 60\n  sproute datasource add shop --url-env SHOP_URL --include-schemas sales,stock --exclude-tables "tmp_*"\n  sproute datasource add clinic --url-env CLINIC_URL --sensitive-columns "ssn,patients.*,*.pass*"\n  sproute datasource add erp --engine mssql --url-env ERP_URL\n\nThe URL looks like postgres://reader:password@host:5432/database or mssql://reader:password@host:1433/database and is read whenever it is needed, never stored.\nA mssql:// URL takes encrypt=true|false|strict (true), trustServerCertificate=true|false (false), ca=<path>, instance=<name> in place of a port, domain=<name>, applicationIntent=ReadOnly|ReadWrite (ReadOnly), multiSubnetFailover=true|false (false), password=env:<variable> or password=file:<path>, and authentication=password|active-directory-default|active-directory-access-token (with token=env:<variable> or token=file:<path>)|active-directory-service-principal (with tenant=<id>) (password).',
    )
    .action(async (name: string, options: AddOptions) => {
      const place = placeOf(name, options);
      const { created, problem, set, reference } = await withSession(async ({ db }) => {
        const before = (await listDatasources(db)).find((each) => each.name === name);
        const reference = { engine: engineOf(options) ?? engineAt(place) ?? before?.engine ?? 'postgres', ...place };
        const set = { ...(options.reset !== true && before?.options), ...optionsOf(options) };
        const [row] = await callProcedure<{ created: boolean }>(db, 'onto.usp_put_datasource', {
          name,
          ...reference,
          options: set,
        });
        return { created: row?.created === true, problem: usable(name, reference), set, reference };
      });
      if (options.json) printJson({ name, created, ...reference });
      else
        print(
          `The datasource ${name} is ${created ? 'made' : 'changed'}: ${reference.engine}, ${urlPlace(reference)}, ${optionsText(set)}.`,
        );
      if (problem !== undefined) say(problem);
      say(`Next: sproute datasource test ${name}`);
    });
}

function optionsOf(options: AddOptions): Partial<DatasourceOptions> {
  const { includeSchemas, excludeSchemas, includeTables, excludeTables, sensitiveColumns, rowLimit, sampleRows } =
    options;
  const all = {
    statement_timeout_ms: options.statementTimeout === undefined ? undefined : options.statementTimeout * 1_000,
    include_schemas: includeSchemas,
    exclude_schemas: excludeSchemas,
    include_tables: includeTables,
    exclude_tables: excludeTables,
    sensitive_columns: sensitiveColumns,
    row_limit: rowLimit,
    sample_rows: sampleRows,
    accept_writing_login: options.acceptWritingLogin,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

type Place = Pick<Datasource, 'url_env' | 'url_file'>;
type Reference = Place & Pick<Datasource, 'engine'>;

/** Throws USAGE. */
function engineOf({ engine }: AddOptions): Datasource['engine'] | undefined {
  if (engine === undefined || engine === 'postgres' || engine === 'mssql') return engine;
  throw new SprouteError('USAGE', `${JSON.stringify(engine)} is no engine.`, { hint: 'Use postgres or mssql.' });
}

/** Throws USAGE; a URL that stands where its place should be is not repeated. */
function placeOf(name: string, options: AddOptions): Place {
  const { urlEnv, urlFile } = options;
  const usage = (message: string, hint: string) => new SprouteError('USAGE', message, { hint });
  if (!/^[a-z][a-z0-9_-]{0,62}$/.test(name)) {
    throw usage(
      'That is no name for a datasource.',
      'Lower case letters, digits, _ and -, at most 63, a letter first.',
    );
  }
  engineOf(options);
  if ((urlEnv === undefined) === (urlFile === undefined)) {
    throw usage(
      'Where is the URL?',
      'Use either --url-env <variable> or --url-file <path>; the URL itself is not taken.',
    );
  }
  if ([urlEnv, urlFile].some((given) => given?.includes('://'))) {
    throw usage(
      'That is a URL; a datasource takes the name of the place that holds it.',
      'Put the URL into an environment variable (or .env) and name that, or into a file. If it had a password in it, your shell history has it now.',
    );
  }
  if (urlEnv !== undefined && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(urlEnv)) {
    throw usage('That is no name of an environment variable.', 'It looks like CRM_URL.');
  }
  return { url_env: urlEnv ?? null, url_file: urlFile === undefined ? null : resolve(urlFile) };
}

/** A datasource may be made before its secret is there, and on another machine; it is worth a word. */
function usable(name: string, reference: Reference): string | undefined {
  try {
    datasourceUrl({ name, ...reference });
    return undefined;
  } catch (error) {
    return error instanceof SprouteError ? error.message : undefined;
  }
}

/** How a role is made that can only read. */
const readers = { postgres: 'GRANT pg_read_all_data', mssql: 'ALTER ROLE db_datareader ADD MEMBER' };

function tell(name: string, engine: Datasource['engine'], probe: DatasourceProbe): void {
  print(`Server:    ${probe.server}, database ${probe.database}`);
  print(`Role:      ${probe.role}, reads ${probe.readable_tables} tables and views`);
  print(`Session:   ${probe.session_is_read_only ? 'read-only' : 'NOT read-only'}`);
  if (probe.role_is_read_only) print('Rights:    the role cannot write');
  else {
    print(`Rights:    the role may write ${probe.may_write.join(', ')}`);
    say(`Warning: the session of ${name} is read-only, but a role that can only read is safer: ${readers[engine]}.`);
  }
  if (probe.readable_tables === 0) say(`Warning: the role may read no table; grant it SELECT, or ${readers[engine]}.`);
}
