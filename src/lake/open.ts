import { fileURLToPath } from 'node:url';
import type { S3Settings } from '../config.ts';
import { SprouteError } from '../errors.ts';
import { FileLake } from './file-lake.ts';
import type { Lake } from './lake.ts';
import { S3Lake } from './s3-lake.ts';

/** What opening a lake needs of the configuration. */
export interface LakeSettings {
  lake_uri: string;
  s3?: S3Settings | undefined;
}

/** The lake that LAKE_URI names: `file:.sproute/lake` (relative to the current folder), `file:///path`, `s3://bucket/prefix`. */
export function openLake({ lake_uri, s3 = {} }: LakeSettings): Lake {
  if (lake_uri.startsWith('file:///')) return new FileLake(fileURLToPath(lake_uri));
  if (/^file:(?!\/\/)./.test(lake_uri)) return new FileLake(lake_uri.slice(5));
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/.exec(lake_uri) ?? [];
  if (bucket !== undefined) return new S3Lake(bucket, prefix, s3);
  throw new SprouteError('CONFIG_INVALID', `LAKE_URI ${lake_uri} is not supported.`, {
    hint: 'Use file:.sproute/lake, file:///var/lib/sproute/lake or s3://bucket/prefix.',
  });
}
