import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isFull, messageOf, SprouteError } from '../errors.ts';
import { elsewhere, type Lake, type StoredFile } from './lake.ts';

/** A lake in a folder of the file system. */
export class FileLake implements Lake {
  readonly root: string;

  constructor(root: string) {
    this.root = resolve(root);
  }

  get place(): string {
    return this.root;
  }

  get folder(): string {
    return this.root;
  }

  /** Writes a file: temporary name, fsync, rename, fsync of the folder. Nothing half-written stays. */
  async put(path: string, bytes: Uint8Array): Promise<void> {
    const target = this.#locate(path);
    const folder = dirname(target);
    const temporary = join(folder, `.${randomUUID()}.tmp`);
    try {
      const file = await createIn(folder, temporary);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, target);
      await syncFolder(folder);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {});
      throw unwritten(path, this.root, error);
    }
  }

  async probe(): Promise<void> {
    const path = `.probe-${randomUUID()}`;
    await this.put(path, Buffer.from('ok'));
    await this.get(path);
    await this.children('');
    await this.delete(path);
  }

  async get(path: string): Promise<Buffer | undefined> {
    try {
      return await readFile(this.#locate(path));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw failed(`${path} could not be read from the lake`, this.root, error);
    }
  }

  async children(folder: string): Promise<string[]> {
    return (await this.#entries(folder)).filter((name) => !name.startsWith('.'));
  }

  async *list(folder: string, { temporary = false } = {}): AsyncGenerator<StoredFile> {
    for (const name of await this.#entries(folder)) {
      if (name.startsWith('.') && !(temporary && name.endsWith('.tmp'))) continue;
      const path = folder === '' ? name : `${folder}/${name}`;
      if (name.endsWith('/')) yield* this.list(path.slice(0, -1), { temporary });
      else yield* await this.#look(path);
    }
  }

  delete(path: string): Promise<void> {
    return this.#remove(path, { force: true });
  }

  deleteFolder(folder: string): Promise<void> {
    return this.#remove(folder, { recursive: true, force: true });
  }

  uri(path: string): string {
    return pathToFileURL(this.#locate(path)).href;
  }

  pathOf(uri: string): string {
    const path = uri.startsWith('file:') ? relative(this.root, fileURLToPath(uri)) : '..';
    if (path.startsWith('..')) throw elsewhere(uri, this.root);
    return path.split(sep).join('/');
  }

  async #remove(path: string, options: { recursive?: boolean; force: boolean }): Promise<void> {
    const target = this.#locate(path);
    try {
      await rm(target, options);
      for (let folder = dirname(target); folder.startsWith(this.root + sep); folder = dirname(folder)) {
        await rmdir(folder);
      }
    } catch (error) {
      if (['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(codeOf(error) ?? '')) return;
      throw failed(`${path} could not be removed from the lake`, this.root, error);
    }
  }

  /** Names in a folder, sorted; folders end with a slash. */
  async #entries(folder: string): Promise<string[]> {
    try {
      const entries = await readdir(this.#locate(folder), { withFileTypes: true });
      return entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort();
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return [];
      throw failed(`${folder} could not be listed`, this.root, error);
    }
  }

  /** None if it went meanwhile. */
  async #look(path: string): Promise<StoredFile[]> {
    try {
      const { size, mtime } = await stat(this.#locate(path));
      return [{ path, byte_count: size, modified_at: mtime }];
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw failed(`${path} could not be read from the lake`, this.root, error);
    }
  }

  #locate(path: string): string {
    const target = resolve(this.root, path);
    if (path.includes('\0') || (target !== this.root && !target.startsWith(this.root + sep))) {
      throw new SprouteError('LAKE_FAILED', `${JSON.stringify(path)} leads out of the lake.`);
    }
    return target;
  }
}

/** A new file in a folder, which is made if need be; somebody else may remove it at that moment for being empty. */
async function createIn(folder: string, path: string): Promise<FileHandle> {
  for (let tries = 1; ; tries += 1) {
    await mkdir(folder, { recursive: true });
    try {
      return await open(path, 'wx', 0o640);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || tries >= 5) throw error;
    }
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const remedies: Record<string, string> = {
  ENOSPC: 'The disk is full: free some space or point LAKE_URI elsewhere. The job waits for it.',
  EDQUOT: 'The quota is used up: free some space or point LAKE_URI elsewhere. The job waits for it.',
  EACCES: 'Give the user who runs sproute the right to write there, or point LAKE_URI elsewhere.',
  EPERM: 'Give the user who runs sproute the right to write there, or point LAKE_URI elsewhere.',
  EROFS: 'The file system is read-only: point LAKE_URI elsewhere.',
  EEXIST: 'A file stands where a folder should be: move it away or point LAKE_URI elsewhere.',
  ENOTDIR: 'A file stands where a folder should be: move it away or point LAKE_URI elsewhere.',
};

/** What lets no file be written, whichever it is. */
const refusing = new Set(['EACCES', 'EPERM', 'EROFS', 'EEXIST', 'ENOTDIR']);
/** A file system over the network that is away. */
const away = new Set(['EIO', 'ESTALE', 'ENOTCONN', 'ETIMEDOUT', 'EHOSTDOWN', 'EHOSTUNREACH', 'ENODEV', 'ENXIO']);

function unwritten(path: string, root: string, cause: unknown): SprouteError {
  const error = failed(`${path} could not be written to the lake`, root, cause);
  const code = codeOf(cause) ?? '';
  const meant = refusing.has(code) ? 'LAKE_REFUSED' : away.has(code) ? 'LAKE_UNAVAILABLE' : error.code;
  return meant === error.code ? error : new SprouteError(meant, error.message, { hint: error.hint, cause });
}

function failed(what: string, root: string, cause: unknown): SprouteError {
  if (cause instanceof SprouteError) return cause;
  const code = codeOf(cause) ?? '';
  const hint = remedies[code] ?? `The lake is ${root}.`;
  return new SprouteError(isFull(code) ? 'DISK_FULL' : 'LAKE_FAILED', `${what}: ${messageOf(cause)}.`, { hint, cause });
}

function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}
