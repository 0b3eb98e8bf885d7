import { mssqlSettings, secretsOf } from './mssql-url.ts';
import { engineOf, passwordsIn } from './url.ts';

/** What must never be shown of a DATABASE_URL, nor of what it refers to. Throws CONFIG_INVALID. */
export function databaseSecrets(url: string): string[] {
  const own = passwordsIn(url);
  if (engineOf(url) === 'postgres') return own;
  const settings = mssqlSettings(url, { whose: 'The database of DATABASE_URL', readsOnly: false });
  return [...own, ...secretsOf(settings)];
}
