import { SprouteError } from '../errors.ts';

export type Engine = 'postgres' | 'mssql';

/** The engine that a database URL speaks of. Throws CONFIG_INVALID for a URL that is none of ours. */
export function engineOf(url: string): Engine {
  const protocol = parse(url).protocol;
  if (protocol === 'postgres:' || protocol === 'postgresql:') return 'postgres';
  if (protocol === 'mssql:') return 'mssql';
  throw new SprouteError('CONFIG_INVALID', `DATABASE_URL begins with ${protocol}// and no such engine is supported.`, {
    hint: 'Use postgres://user:password@host:5432/database or mssql://user:password@host:1433/database.',
  });
}

/** The engine of a URL whose parameters it can work with. Throws CONFIG_INVALID for any other, before it is connected to. */
export function supportedEngine(url: string): Engine {
  const engine = engineOf(url);
  if (engine === 'mssql') return engine;
  const mode = parse(url).searchParams.get('sslmode');
  if (mode === null || sslModes.includes(mode)) return engine;
  throw new SprouteError('CONFIG_INVALID', `DATABASE_URL asks for sslmode=${mode}, which is none.`, {
    hint: `Known are ${sslModes.join(', ')}.`,
  });
}

const sslModes = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'];

/** The URL as it may be shown: without its password. */
export function redactUrl(url: string): string {
  const shown = parse(url);
  if (shown.password !== '') shown.password = '***';
  for (const name of secretParameters) if (shown.searchParams.has(name)) shown.searchParams.set(name, '***');
  return shown.toString();
}

const secretParameters = ['password', 'sslpassword', 'token'];

/** The passwords in a URL, as they stand there and decoded. Only for redacting. */
export function passwordsIn(url: string): string[] {
  const { password, searchParams } = parse(url);
  const raw = [password, ...secretParameters.map((name) => searchParams.get(name) ?? '')].filter((each) => each !== '');
  return [...new Set(raw.flatMap((each) => [each, decoded(each)]))];
}

/** A bare % is no escape, and the driver takes such a password as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function parse(url: string): URL {
  if (URL.canParse(url)) return new URL(url);
  throw new SprouteError('CONFIG_INVALID', 'DATABASE_URL is not a URL.', {
    hint: 'It should look like postgres://user:password@host:5432/database or mssql://user:password@host:1433/database; write special characters of the password as %XX, and a named instance of SQL Server as ?instance=NAME.',
  });
}
