import { fileURLToPath } from 'node:url';
import { SprouteError } from '../errors.ts';
import { FileLake } from './file-lake.ts';

export type Lake = FileLake;

/** The lake that LAKE_URI names: `file:.sproute/lake` (relative to the current folder) or `file:///path`. */
export function openLake(uri: string): Lake {
  if (uri.startsWith('file:///')) return new FileLake(fileURLToPath(uri));
  if (/^file:(?!\/\/)./.test(uri)) return new FileLake(uri.slice(5));
  throw new SprouteError('CONFIG_INVALID', `LAKE_URI ${uri} is not supported.`, {
    hint: 'Use file:.sproute/lake or file:///var/lib/sproute/lake.',
  });
}
