import { readFileSync } from 'node:fs';
import { messageOf, SprouteError } from '../errors.ts';
import type { Datasource } from './datasource.ts';

export type DatasourceReference = Pick<Datasource, 'name' | 'engine' | 'url_env' | 'url_file'>;

const example = 'postgres://reader:password@host:5432/database';

/** The URL that a datasource refers to; a secret. Throws CONFIG_INVALID naming the variable or file, never its value. */
export function datasourceUrl(datasource: DatasourceReference, environment: NodeJS.ProcessEnv = process.env): string {
  const { name, engine, url_env, url_file } = datasource;
  refuseEngine(engine, name);
  const place = url_env ?? url_file ?? '';
  const url = url_env === null ? fileText(place, name) : environment[url_env]?.trim();
  if (url === undefined || url === '') {
    const problem = url_env === null ? `the file ${place} is empty` : `the environment variable ${place} is not set`;
    throw invalid(`The datasource ${name} cannot be used: ${problem}.`, `It should hold a URL such as ${example}.`);
  }
  if (URL.canParse(url) && /^postgres(ql)?:$/.test(new URL(url).protocol)) return url;
  throw invalid(
    `The datasource ${name} cannot be used: ${place} does not hold a postgres:// URL.`,
    `It should look like ${example}; write special characters of the password as %XX.`,
  );
}

/** Throws CONFIG_INVALID for the engine that is yet to come. */
export function refuseEngine(engine: Datasource['engine'], name: string): void {
  if (engine === 'postgres') return;
  throw invalid(
    `The datasource ${name} is on SQL Server, which this version cannot read yet.`,
    'PostgreSQL is supported now; SQL Server comes with a later version.',
  );
}

function fileText(path: string, name: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw invalid(
      `The datasource ${name} cannot be used: its file cannot be read: ${messageOf(error)}.`,
      'The file holds the URL and nothing else; correct the path with `sproute datasource add`.',
    );
  }
}

function invalid(message: string, hint: string): SprouteError {
  return new SprouteError('CONFIG_INVALID', message, { hint });
}
