import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isFull, messageOf, SprouteError } from '../errors.ts';

/** A lake in a folder of the file system. A file is there whole and durable, or not at all. */
export class FileLake {
  readonly root: string;

  constructor(root: string) {
    this.root = resolve(root);
  }

  /** Writes a file: temporary name, fsync, rename, fsync of the folder. Throws LAKE_FAILED, DISK_FULL; nothing half-written stays. */
  async put(path: string, bytes: Uint8Array): Promise<void> {
    const target = this.#locate(path);
    const folder = dirname(target);
    const temporary = join(folder, `.${randomUUID()}.tmp`);
    try {
      await mkdir(folder, { recursive: true });
      const file = await open(temporary, 'wx', 0o640);
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
      throw failed(`${path} could not be written to the lake`, this.root, error);
    }
  }

  /** Proves that files can be written. Throws LAKE_FAILED, DISK_FULL. */
  async probe(): Promise<void> {
    const path = `.probe-${randomUUID()}`;
    await this.put(path, Buffer.from('ok'));
    await this.delete(path);
  }

  /** The bytes of a file; undefined if there is none. Throws LAKE_FAILED. */
  async get(path: string): Promise<Buffer | undefined> {
    try {
      return await readFile(this.#locate(path));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw failed(`${path} could not be read from the lake`, this.root, error);
    }
  }

  async exists(path: string): Promise<boolean> {
    try {
      return (await stat(this.#locate(path))).isFile();
    } catch {
      return false;
    }
  }

  /** The names directly below a folder, sorted; folders end with a slash. Empty if there is no such folder. */
  async children(folder: string): Promise<string[]> {
    try {
      const entries = await readdir(this.#locate(folder), { withFileTypes: true });
      const visible = entries.filter((entry) => !entry.name.startsWith('.'));
      return visible.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort();
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return [];
      throw failed(`${folder} could not be listed`, this.root, error);
    }
  }

  /** Every file below a folder, in order of name. */
  async *list(folder: string): AsyncGenerator<string> {
    for (const name of await this.children(folder)) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (name.endsWith('/')) yield* this.list(path.slice(0, -1));
      else yield path;
    }
  }

  async delete(path: string): Promise<void> {
    await rm(this.#locate(path), { force: true });
  }

  /** A folder and all below it, also what a writer that was killed left half-written. */
  async deleteFolder(folder: string): Promise<void> {
    await rm(this.#locate(folder), { recursive: true, force: true });
  }

  uri(path: string): string {
    return pathToFileURL(this.#locate(path)).href;
  }

  /** The path below this lake that a URI names. Throws LAKE_FAILED for a URI of elsewhere. */
  pathOf(uri: string): string {
    const path = uri.startsWith('file:') ? relative(this.root, fileURLToPath(uri)) : '..';
    if (path.startsWith('..')) {
      throw new SprouteError('LAKE_FAILED', `${uri} is not in the lake ${this.root}.`, {
        hint: 'LAKE_URI must name the lake in which it was written.',
      });
    }
    return path.split(sep).join('/');
  }

  #locate(path: string): string {
    const target = resolve(this.root, path);
    if (path.includes('\0') || (target !== this.root && !target.startsWith(this.root + sep))) {
      throw new SprouteError('LAKE_FAILED', `${JSON.stringify(path)} leads out of the lake.`);
    }
    return target;
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
