import { SprouteError } from '../errors.ts';
import { readSecret } from '../secret-place.ts';
import type { Datasource } from './datasource.ts';

export type DatasourceReference = Pick<Datasource, 'name' | 'engine' | 'url_env' | 'url_file'>;

const schemes = {
  postgres: {
    protocol: /^postgres(ql)?:$/,
    name: 'postgres',
    example: 'postgres://reader:password@host:5432/database',
  },
  mssql: { protocol: /^mssql:$/, name: 'mssql', example: 'mssql://reader:password@host:1433/database' },
};

/** The URL that a datasource refers to; a secret. Throws CONFIG_INVALID naming the variable or file, never its value. */
export function datasourceUrl(datasource: DatasourceReference, environment: NodeJS.ProcessEnv = process.env): string {
  const { name, engine, url_env, url_file } = datasource;
  const { protocol, name: scheme, example } = schemes[engine];
  const kept = readSecret({ env: url_env, file: url_file }, environment);
  if ('problem' in kept) {
    throw invalid(
      `The datasource ${name} cannot be used: ${kept.problem}.`,
      `It should hold a URL such as ${example}.`,
    );
  }
  const { text: url, place } = kept;
  if (URL.canParse(url) && protocol.test(new URL(url).protocol)) return url;
  const other = engineOfUrl(url);
  if (other !== undefined) {
    throw invalid(
      `The datasource ${name} cannot be used: ${place} holds a ${schemes[other].name}:// URL, and the datasource is of the engine ${engine}.`,
      `Say \`sproute datasource add ${name} --engine ${other}\`, with the place of its URL, or correct the URL.`,
    );
  }
  throw invalid(
    `The datasource ${name} cannot be used: ${place} does not hold a ${scheme}:// URL.`,
    `It should look like ${example}; write special characters of the password as %XX.`,
  );
}

/** The engine that the URL in some place speaks of; undefined if there is none yet, or of no engine. */
export function engineAt(
  reference: Pick<Datasource, 'url_env' | 'url_file'>,
  environment: NodeJS.ProcessEnv = process.env,
): Datasource['engine'] | undefined {
  const kept = readSecret({ env: reference.url_env, file: reference.url_file }, environment);
  return 'text' in kept ? engineOfUrl(kept.text) : undefined;
}

function engineOfUrl(url: string): Datasource['engine'] | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol } = new URL(url);
  return engines.find((engine) => schemes[engine].protocol.test(protocol));
}

const engines = ['postgres', 'mssql'] as const;

function invalid(message: string, hint: string): SprouteError {
  return new SprouteError('CONFIG_INVALID', message, { hint });
}
