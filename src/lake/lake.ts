import { SprouteError } from '../errors.ts';

/** A file of a lake. */
export interface StoredFile {
  /** Below the lake, with slashes. */
  path: string;
  byte_count: number;
  modified_at: Date;
}

/**
 * Where artifacts lie. A file is there whole and durable, or not at all. All throw LAKE_FAILED; DISK_FULL on a full disk;
 * LAKE_UNAVAILABLE and LAKE_REFUSED of an object store, and of a folder that cannot be written.
 */
export interface Lake {
  /** What messages call it. */
  readonly place: string;
  /** The folder of this machine in which it lies, if it does. */
  readonly folder: string | undefined;
  /** Writes a file; again with the same content changes nothing. */
  put(path: string, bytes: Uint8Array): Promise<void>;
  /** The bytes of a file; undefined if there is none. */
  get(path: string): Promise<Buffer | undefined>;
  /** The names directly below a folder, sorted; folders end with a slash. Empty if there is no such folder. */
  children(folder: string): Promise<string[]>;
  /** Every file below a folder, in order of name. `temporary`: what a killed process left half-written too. */
  list(folder: string, options?: { temporary?: boolean }): AsyncGenerator<StoredFile>;
  /** Removes a file, and folders that are empty without it; one that is not there is no error. */
  delete(path: string): Promise<void>;
  /** Removes a folder and all below it, also what a writer that was killed left half-written. */
  deleteFolder(folder: string): Promise<void>;
  /** Proves that files can be written, read, listed and removed. */
  probe(): Promise<void>;
  uri(path: string): string;
  /** The path below this lake that a URI names. Throws LAKE_FAILED for a URI of elsewhere. */
  pathOf(uri: string): string;
}

/** A URI of another lake than this. */
export function elsewhere(uri: string, place: string): SprouteError {
  return new SprouteError('LAKE_FAILED', `${uri} is not in the lake ${place}.`, {
    hint: 'LAKE_URI must name the lake in which it was written.',
  });
}
