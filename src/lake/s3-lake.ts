import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import type { S3Settings } from '../config.ts';
import { isSprouteError, SprouteError } from '../errors.ts';
import { elsewhere, type Lake, type StoredFile } from './lake.ts';
import { isNoSuchFile, s3Error } from './s3-error.ts';

type Sdk = typeof import('@aws-sdk/client-s3');

const mostTries = 5;
const firstPauseMs = 100;
const longestPauseMs = 3_000;
const connectMs = 5_000;
const usualTimeoutMs = 30_000;
/** The last of Unicode: what is below a folder comes before it. */
const lastCharacter = '\u{10FFFF}';
/** Keys that others may have put beside ours and that are no path of a file: hidden ones, folders, `a//b`, `../a`. */
const noPath = /(^|\/)[./]|\/$|\0/;

/** A lake in a bucket of an S3-compatible object store. One PUT a file: it is there whole or not at all. */
export class S3Lake implements Lake {
  readonly place: string;
  readonly folder = undefined;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #settings: S3Settings;
  #opened: Promise<{ sdk: Sdk; client: S3Client }> | undefined;

  constructor(bucket: string, prefix: string, settings: S3Settings) {
    const parts = prefix.split('/').filter((part) => part !== '');
    this.#bucket = bucket;
    this.#prefix = parts.map((part) => `${part}/`).join('');
    this.#settings = settings;
    this.place = ['s3:/', bucket, ...parts].join('/');
  }

  async put(path: string, bytes: Uint8Array): Promise<void> {
    const Key = this.#keyOf(path);
    // Every store checks it, older ones included: what arrives torn is refused.
    const ContentMD5 = createHash('md5').update(bytes).digest('base64');
    await this.#tried(`${path} could not be written to the lake`, ({ sdk, client }) =>
      client.send(
        new sdk.PutObjectCommand({
          Bucket: this.#bucket,
          Key,
          Body: bytes,
          ContentLength: bytes.length,
          ContentMD5,
          ContentType: 'application/json',
        }),
      ),
    );
  }

  async get(path: string): Promise<Buffer | undefined> {
    const Key = this.#keyOf(path);
    return this.#tried(`${path} could not be read from the lake`, async ({ sdk, client }) => {
      try {
        const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket: this.#bucket, Key }));
        return Body && Buffer.from(await Body.transformToByteArray());
      } catch (error) {
        if (isNoSuchFile(error)) return undefined;
        throw error;
      }
    });
  }

  /** From child to child: each listing begins behind the one before, however much is below it. */
  async children(folder: string): Promise<string[]> {
    const prefix = this.#folderKey(folder);
    const found = new Set<string>();
    for (let after = prefix; ; ) {
      const [first] = (await this.#listing(folder, after, 1)).Contents ?? [];
      if (first?.Key === undefined) return [...found].filter((name) => !/^[./]/.test(name)).sort();
      const [name = '', ...below] = first.Key.slice(prefix.length).split('/');
      const child = below.length > 0 ? `${name}/` : name;
      // A store that orders characters in another way shows the same child again: then from key to key.
      after = below.length > 0 && !found.has(child) ? `${prefix}${child}${lastCharacter}` : first.Key;
      found.add(child);
    }
  }

  async *list(folder: string): AsyncGenerator<StoredFile> {
    for (let after = this.#folderKey(folder); ; ) {
      const { Contents = [], IsTruncated } = await this.#listing(folder, after);
      for (const { Key = '', Size = 0, LastModified = new Date(0) } of Contents) {
        const path = Key.slice(this.#prefix.length);
        if (!noPath.test(path)) yield { path, byte_count: Size, modified_at: LastModified };
        after = Key;
      }
      if (IsTruncated !== true || Contents.length === 0) return;
    }
  }

  async delete(path: string): Promise<void> {
    const Key = this.#keyOf(path);
    await this.#tried(`${path} could not be removed from the lake`, ({ sdk, client }) =>
      client.send(new sdk.DeleteObjectCommand({ Bucket: this.#bucket, Key })),
    );
  }

  async deleteFolder(folder: string): Promise<void> {
    for await (const { path } of this.list(folder)) await this.delete(path);
  }

  async probe(): Promise<void> {
    const path = `.probe-${randomUUID()}`;
    await this.put(path, Buffer.from('ok'));
    const read = await this.get(path);
    await this.children('');
    await this.delete(path);
    if (read?.toString() === 'ok') return;
    throw new SprouteError('LAKE_FAILED', `${this.place} does not give back what was written to it.`, {
      hint: 'An object store with read-after-write consistency is needed.',
    });
  }

  uri(path: string): string {
    return `s3://${this.#bucket}/${this.#keyOf(path)}`;
  }

  pathOf(uri: string): string {
    const start = `s3://${this.#bucket}/${this.#prefix}`;
    if (!uri.startsWith(start)) throw elsewhere(uri, this.place);
    const path = uri.slice(start.length);
    this.#keyOf(path);
    return path;
  }

  /** A page of what is below a folder, behind a key. The first version of the protocol's listing is the one that all have. */
  #listing(folder: string, Marker: string, MaxKeys = 1_000) {
    const Prefix = this.#folderKey(folder);
    return this.#tried(`${folder === '' ? this.place : folder} could not be listed`, ({ sdk, client }) =>
      client.send(new sdk.ListObjectsCommand({ Bucket: this.#bucket, Prefix, Marker, MaxKeys })),
    );
  }

  /** A step, repeated while the store is away for a moment. */
  async #tried<T>(what: string, step: (opened: { sdk: Sdk; client: S3Client }) => Promise<T>): Promise<T> {
    const opened = await this.#open();
    for (let tries = 1; ; tries += 1) {
      try {
        return await step(opened);
      } catch (thrown) {
        const error = s3Error(what, this.place, thrown);
        if (!isSprouteError(error, 'LAKE_UNAVAILABLE') || tries >= mostTries) throw error;
        await wait(Math.random() * Math.min(longestPauseMs, firstPauseMs * 2 ** tries));
      }
    }
  }

  #open(): Promise<{ sdk: Sdk; client: S3Client }> {
    this.#opened ??= this.#connect();
    return this.#opened;
  }

  /** The SDK is loaded when it is first needed: most commands need no lake. */
  async #connect(): Promise<{ sdk: Sdk; client: S3Client }> {
    const sdk = await import('@aws-sdk/client-s3');
    const { endpoint, region, path_style, timeout_ms, access_key_id, secret_access_key, session_token } =
      this.#settings;
    const place = region ?? (endpoint === undefined ? undefined : 'us-east-1');
    const client = new sdk.S3Client({
      ...(place !== undefined && { region: place }),
      ...(endpoint !== undefined && { endpoint }),
      ...(access_key_id !== undefined &&
        secret_access_key !== undefined && {
          credentials: {
            accessKeyId: access_key_id,
            secretAccessKey: secret_access_key,
            ...(session_token !== undefined && { sessionToken: session_token }),
          },
        }),
      forcePathStyle: path_style ?? endpoint !== undefined,
      maxAttempts: 1,
      // Not every store knows the newer checksums; Content-MD5 is sent instead.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: {
        connectionTimeout: Math.min(connectMs, timeout_ms ?? usualTimeoutMs),
        requestTimeout: timeout_ms ?? usualTimeoutMs,
        socketTimeout: timeout_ms ?? usualTimeoutMs,
        throwOnRequestTimeout: true,
      },
    });
    return { sdk, client };
  }

  #folderKey(folder: string): string {
    return folder === '' ? this.#prefix : `${this.#keyOf(folder)}/`;
  }

  #keyOf(path: string): string {
    const parts = path.split('/');
    if (path.includes('\0') || parts.includes('..') || parts.includes('')) {
      throw new SprouteError('LAKE_FAILED', `${JSON.stringify(path)} leads out of the lake.`);
    }
    return `${this.#prefix}${path}`;
  }
}
