import { readFileSync } from 'node:fs';
import { messageOf } from './errors.ts';

/** Where a secret is kept: in an environment variable, or in a file that holds nothing else. */
export interface SecretPlace {
  env?: string | null;
  file?: string | null;
}

/** A secret and the name of its place, or why there is none; the problem names the place and never the value. */
export function readSecret(
  { env, file }: SecretPlace,
  environment: NodeJS.ProcessEnv,
): { text: string; place: string } | { problem: string } {
  if (env != null) {
    const text = environment[env]?.trim() ?? '';
    return text === '' ? { problem: `the environment variable ${env} is not set` } : { text, place: env };
  }
  const place = file ?? '';
  try {
    const text = readFileSync(place, 'utf8').trim();
    return text === '' ? { problem: `the file ${place} is empty` } : { text, place };
  } catch (error) {
    return { problem: `its file cannot be read: ${messageOf(error)}` };
  }
}
