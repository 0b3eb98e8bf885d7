import { createReadStream, type Dirent, readdirSync, statSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { basename, extname, join, relative, resolve, sep } from 'node:path';
import { messageOf, SprouteError } from '../../errors.ts';
import { documentItems, skipped } from './document-items.ts';
import { typeOfName } from './document-type.ts';
import { inOrder } from './in-order.ts';
import { jsonLineItems, splitLines } from './json-lines.ts';
import type { Reading, Source, SourceItem } from './source-item.ts';

/**
 * The files that paths, folders and globs name, in order of path. A folder gives the files that can be read, at any
 * depth; a file that is named itself is taken as text whatever it is called. Throws INPUT_INVALID for what names nothing.
 */
export async function fileSource(names: readonly string[], source_system: string, reading: Reading): Promise<Source> {
  const left_out = new Map<string, number>();
  const files = await filesNamed(names, left_out);
  if (files.length === 0) {
    throw new SprouteError('INPUT_INVALID', `No file that can be read was found in ${names.join(', ')}.`, {
      hint: 'Folders are searched for .txt, .md, .html, .json and .jsonl files; name other text files one by one.',
    });
  }
  return {
    source_system,
    total: files.length,
    is_rereadable: true,
    left_out,
    async *items() {
      // JSON Lines may be of any size, so they are not read ahead.
      const read = async (path: string) =>
        typeOfName(path) === 'application/x-ndjson' ? lineItems(path, reading) : fileItems(path, reading);
      for await (const items of inOrder(files, filesAtATime, read)) yield* items;
    },
  };
}

/** One is stored while the others are read and their HTML is taken apart. */
const filesAtATime = 3;

async function fileItems(path: string, reading: Reading): Promise<SourceItem[]> {
  const place = shownPath(path);
  try {
    const file = statSync(path);
    if (!file.isFile()) return [skipped(place, 'it is no regular file')];
    if (file.size > reading.largest_bytes) {
      return [skipped(place, `it has ${file.size} bytes; ${reading.largest_bytes} are the most`)];
    }
    const bytes = await readFile(path);
    const fallback_title = basename(path, extname(path));
    const type = typeOfName(path) ?? 'text/plain';
    const document = { place, external_id: place, fallback_title, type, bytes, metadata: { bytes: bytes.length } };
    const items: SourceItem[] = [];
    for await (const item of documentItems(document, reading)) items.push(item);
    return items;
  } catch (error) {
    return [unreadable(place, error)];
  }
}

async function* lineItems(path: string, reading: Reading): AsyncGenerator<SourceItem> {
  const place = shownPath(path);
  try {
    yield* jsonLineItems(splitLines(createReadStream(path), reading.largest_bytes), place, place, reading);
  } catch (error) {
    yield unreadable(place, error);
  }
}

function unreadable(place: string, error: unknown): SourceItem {
  if (!isFileError(error)) throw error;
  return skipped(place, `it cannot be read: ${messageOf(error)}`);
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

/** Below the current folder the relative path, so that a moved project keeps its pages; else the whole path. */
function shownPath(path: string): string {
  const below = relative(process.cwd(), path);
  return below.startsWith('..') ? path : below.split(sep).join('/');
}

async function filesNamed(names: readonly string[], leftOut: Map<string, number>): Promise<string[]> {
  const found = new Set<string>();
  for (const name of names) {
    for (const path of await placesNamed(name)) {
      const isFolder = statSync(path).isDirectory();
      for (const file of isFolder ? filesBelow(path, leftOut) : [path]) found.add(file);
    }
  }
  return [...found].sort();
}

/** What exists by that very name, or what a glob matches. */
async function placesNamed(name: string): Promise<string[]> {
  if (statSync(name, { throwIfNoEntry: false })) return [resolve(name)];
  if (!/[*?[\]{}]/.test(name)) {
    throw new SprouteError(
      'INPUT_INVALID',
      `${name} does not exist or cannot be read; the current folder is ${process.cwd()}.`,
      {
        hint: 'Give files, folders or globs such as "letters/**/*.md".',
      },
    );
  }
  const matches: string[] = [];
  const isOpen = name.includes('node_modules');
  for await (const match of glob(name, { exclude: (path) => !isOpen && basename(path) === 'node_modules' })) {
    // A pattern that ends in ** matches folders too; those that it does not name stay out of it.
    const path = resolve(match);
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) matches.push(path);
  }
  if (matches.length > 0) return matches;
  throw new SprouteError('INPUT_INVALID', `No file matches ${name}.`, {
    hint: 'Quote a glob, so that the shell leaves it alone; ** stands for folders at any depth.',
  });
}

function filesBelow(folder: string, leftOut: Map<string, number>): string[] {
  return entriesOf(folder).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.') || entry.name === 'node_modules') return [];
    if (entry.isDirectory()) return filesBelow(path, leftOut);
    if (typeOfName(entry.name) === undefined) {
      const ending = extname(entry.name).toLowerCase();
      if (entry.isFile()) leftOut.set(ending, (leftOut.get(ending) ?? 0) + 1);
      return [];
    }
    // Links to files are followed, those to folders are not: they may lead in circles.
    return statSync(path, { throwIfNoEntry: false })?.isFile() ? [path] : [];
  });
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw new SprouteError('INPUT_INVALID', `The folder ${folder} cannot be read: ${messageOf(error)}.`, {
      hint: 'Nothing was stored. Leave the folder out, or give the user who runs sproute the right to read it.',
      cause: error,
    });
  }
}
