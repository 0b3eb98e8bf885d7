import { createHash } from 'node:crypto';
import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, extname, join, relative, resolve, sep } from 'node:path';
import { callProcedure } from '../db/call.ts';
import type { Database } from '../db/connect.ts';
import { messageOf, SprouteError } from '../errors.ts';
import { cleanText } from './text-hygiene.ts';

export interface IngestedFile {
  path: string;
  state: 'created' | 'changed' | 'unchanged' | 'skipped';
  source_page_id: number | null;
  enqueued: number;
  /** Why it was skipped. */
  reason?: string;
}

const contentTypes: Record<string, string> = {
  '.txt': 'text/plain',
  '.text': 'text/plain',
  '.md': 'text/markdown',
  '.markdown': 'text/markdown',
};

/** Bytes; larger files are skipped with a reason. */
export const largestFile = 64 * 1024 * 1024;

/** The files that the given files and folders name, in order of path; a folder gives its text files at any depth. */
export function filesToIngest(paths: readonly string[]): string[] {
  const files = paths.flatMap((path) => {
    const found = statOf(path);
    if (found.isDirectory()) return textFilesIn(resolve(path));
    return [resolve(path)];
  });
  return [...new Set(files)].sort();
}

/** Stores one file as a page; what is no text is skipped with a reason and stops nothing. */
export async function ingestFile(db: Database, path: string, sourceSystem: string): Promise<IngestedFile> {
  const read = readText(path);
  if ('reason' in read) return { path, state: 'skipped', source_page_id: null, enqueued: 0, reason: read.reason };
  const { text } = read;
  const [row] = await callProcedure<{ source_page_id: number; state: IngestedFile['state']; enqueued: number }>(
    db,
    'ingest.usp_put_page',
    {
      source_system: sourceSystem,
      external_id: externalId(path),
      title: titleOf(path, text),
      content_type: contentTypes[extname(path).toLowerCase()] ?? 'text/plain',
      content: text,
      content_sha256: createHash('sha256').update(text, 'utf8').digest('hex'),
      metadata: { bytes: read.bytes },
    },
  );
  if (!row) throw new SprouteError('DATABASE_ERROR', 'ingest.usp_put_page returned no row.');
  return { path, state: row.state, source_page_id: row.source_page_id, enqueued: row.enqueued };
}

/** Below the current folder the relative path, so that a moved project keeps its pages; else the whole path. */
function externalId(path: string): string {
  const below = relative(process.cwd(), path);
  return below.startsWith('..') ? path : below.split(sep).join('/');
}

function titleOf(path: string, text: string): string {
  const heading = /^#\s+(.+)$/m.exec(text.slice(0, 2_000))?.[1]?.trim();
  return (heading ?? basename(path, extname(path))).slice(0, 500);
}

function readText(path: string): { text: string; bytes: number } | { reason: string } {
  try {
    const { size } = statSync(path);
    if (size > largestFile) return { reason: `it has ${size} bytes; ${largestFile} are the most` };
    const bytes = readFileSync(path);
    if (bytes.length === 0) return { reason: 'it is empty' };
    if (bytes.subarray(0, 65_536).includes(0)) return { reason: 'it is binary, not text' };
    const text = decode(bytes);
    if (text === undefined) return { reason: 'it is not UTF-8; convert it, for example with iconv -t UTF-8' };
    const clean = cleanText(text);
    return clean.trim() === '' ? { reason: 'it holds nothing but white space' } : { text: clean, bytes: size };
  } catch (error) {
    return { reason: `it cannot be read: ${messageOf(error)}` };
  }
}

function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function statOf(path: string) {
  try {
    return statSync(path);
  } catch (error) {
    throw new SprouteError('INPUT_INVALID', `${path} does not exist or cannot be read.`, {
      hint: 'Give files or folders that exist.',
      cause: error,
    });
  }
}

function textFilesIn(folder: string): string[] {
  const entries: Dirent[] = readdirSync(folder, { withFileTypes: true });
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.') || entry.name === 'node_modules') return [];
    if (entry.isDirectory()) return textFilesIn(path);
    return entry.isFile() && extname(entry.name).toLowerCase() in contentTypes ? [path] : [];
  });
}
