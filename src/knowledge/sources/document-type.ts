import { extname } from 'node:path';
import { SprouteError } from '../../errors.ts';

/** What can be read, by the names under which the files, servers and people know it. */
const types = {
  'text/plain': ['.txt', '.text'],
  'text/markdown': ['.md', '.markdown', 'text/x-markdown'],
  'text/html': ['.html', '.htm', '.xhtml', 'application/xhtml+xml'],
  'application/json': ['.json', 'text/json'],
  'application/x-ndjson': ['.jsonl', '.ndjson', 'application/jsonl', 'application/json-lines', 'application/ndjson'],
} as const;

export type DocumentType = keyof typeof types;

const byName = new Map<string, DocumentType>(
  Object.entries(types).flatMap(([type, names]) => [
    [type, known(type)],
    ...names.map((name): [string, DocumentType] => [name, known(type)]),
  ]),
);

/** The type that a file's name or a URL's path promises; undefined if it is none of ours. */
export function typeOfName(name: string): DocumentType | undefined {
  return byName.get(extname(name).toLowerCase());
}

/** The type that a Content-Type names (`text/html; charset=utf-8`); undefined if it is none of ours. */
export function typeOfMime(mime: string): DocumentType | undefined {
  return byName.get(mime.split(';')[0]?.trim().toLowerCase() ?? '');
}

/** `md`, `html`, `jsonl`, or a MIME type, as a person gives it. Throws USAGE. */
export function typeNamed(text: string): DocumentType {
  const name = text.trim().toLowerCase();
  const found = byName.get(name) ?? byName.get(`.${name}`);
  if (found) return found;
  throw new SprouteError('USAGE', `${JSON.stringify(text)} is no type that can be read.`, {
    hint: 'Use txt, md, html, json or jsonl.',
  });
}

function known(type: string): DocumentType {
  if (isType(type)) return type;
  throw new TypeError(`${type} is not in the table`);
}

function isType(type: string): type is DocumentType {
  return Object.hasOwn(types, type);
}
