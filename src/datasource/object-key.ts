import { SprouteError } from '../errors.ts';

/**
 * The natural key of an object of a customer's database: its names joined by dots, each in double quotes (doubled
 * within) unless it is a plain word. Case is kept: `public.orders`, `dbo."order lines"`, `public.orders."a ""b"""`.
 */
export function objectKey(parts: readonly string[]): string {
  return parts.map((part) => (plain.test(part) ? part : `"${part.replaceAll('"', '""')}"`)).join('.');
}

/** The names that a key is made of. Throws INPUT_INVALID for what {@link objectKey} does not make. */
export function partsOf(key: string): string[] {
  const parts = [...key.matchAll(part)].map(([, quoted, word]) => quoted?.replaceAll('""', '"') ?? word ?? '');
  if (parts.length > 0 && objectKey(parts) === key) return parts;
  throw new SprouteError('INPUT_INVALID', `${JSON.stringify(key)} is no key of a table or column.`, {
    hint: 'It looks like public.orders or public."order lines".id: names that are no plain words in double quotes.',
  });
}

const plain = /^[A-Za-z_][A-Za-z0-9_$]*$/;
const part = /"((?:[^"]|"")*)"|([A-Za-z_][A-Za-z0-9_$]*)/g;
