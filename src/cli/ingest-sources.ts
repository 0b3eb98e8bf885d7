import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { connectDatasource } from '../datasource/connect.ts';
import { findDatasource } from '../datasource/datasource.ts';
import type { Database } from '../db/connect.ts';
import { SprouteError } from '../errors.ts';
import { findPage } from '../knowledge/ingest.ts';
import { typeNamed } from '../knowledge/sources/document-type.ts';
import { fileSource } from '../knowledge/sources/file-source.ts';
import type { HtmlMode } from '../knowledge/sources/html-mode.ts';
import type { HtmlReader } from '../knowledge/sources/html-reader.ts';
import { querySource } from '../knowledge/sources/query-source.ts';
import type { FieldMap, Reading, Source } from '../knowledge/sources/source-item.ts';
import { stdinSource } from '../knowledge/sources/stdin-source.ts';
import { isWebUrl, type ListedUrl, listedUrl, unreadableList, urlsIn } from '../knowledge/sources/url-list.ts';
import { urlSource } from '../knowledge/sources/url-source.ts';
import { programVersion } from './session.ts';

/** The options of `sproute ingest` that say what is read and how. */
export interface SourceOptions {
  source?: string;
  urls?: string;
  datasource?: string;
  query?: string;
  idColumn?: string;
  titleColumn?: string;
  contentColumn?: string[];
  idField?: string;
  titleField?: string;
  contentField?: string[];
  metadataField?: string[];
  id?: string;
  title?: string;
  type?: string;
  html: HtmlMode;
  maxBytes: number;
  concurrency: number;
  timeout: number;
  fresh?: boolean;
}

/** The sources that a command line names, and how to let go of them. */
export interface OpenSources {
  sources: Source[];
  close(): Promise<void>;
}

/** Opens what the arguments and options name. Throws USAGE, INPUT_INVALID, NOT_FOUND, DATASOURCE_UNREACHABLE. */
export async function openSources(
  db: Database,
  names: readonly string[],
  options: SourceOptions,
  html: HtmlReader,
): Promise<OpenSources> {
  checkUsage(names, options);
  const reading = readingOf(options, html);
  const files = names.filter((name) => name !== '-' && !isWebUrl(name));
  const sources: Source[] = [];
  if (files.length > 0) sources.push(await fileSource(files, options.source ?? 'files', reading));
  if (names.includes('-')) sources.push(stdinOf(options, reading));
  const urls = [
    ...names.filter(isWebUrl).map((name) => refuseBad(listedUrl(name, 'the URL'))),
    ...(options.urls === undefined ? [] : await urlsOf(options.urls)),
  ];
  if (urls.length > 0) sources.push(webOf(db, urls, options, reading));
  if (options.datasource === undefined) return { sources, close: async () => {} };
  const connection = await connectDatasource(await findDatasource(db, options.datasource));
  const rows = { ...reading, fields: columnsOf(options, reading.fields.type) };
  sources.push(querySource(connection, options.query ?? '', options.source ?? options.datasource, rows));
  return { sources, close: () => connection.close() };
}

function checkUsage(names: readonly string[], options: SourceOptions): void {
  const usage = (message: string, hint: string) => new SprouteError('USAGE', message, { hint });
  if (names.length === 0 && options.urls === undefined && options.datasource === undefined) {
    throw usage('What shall be ingested?', 'Name files, folders, globs or URLs, - for stdin, --urls or --datasource.');
  }
  if (names.includes('-') && options.urls === '-') {
    throw usage('stdin cannot be both a page and the list of URLs.', 'Put the list into a file and use --urls <file>.');
  }
  if ((options.datasource === undefined) !== (options.query === undefined)) {
    throw usage(
      '--datasource and --query go together.',
      'Such as --datasource crm --query "SELECT id, body FROM note".',
    );
  }
  for (const [option, needs] of unusedOptions(names, options)) {
    throw usage(`${option} goes with ${needs}, and there is none.`, 'Leave it out; `sproute ingest --help` says more.');
  }
  if (options.datasource !== undefined && (options.idColumn === undefined || options.contentColumn === undefined)) {
    throw usage(
      'Which columns of the query are id and content?',
      'Use --id-column and --content-column; --title-column if there is one.',
    );
  }
}

/** What is said about something that is not read: the pages would be others than somebody thinks. */
function* unusedOptions(names: readonly string[], options: SourceOptions): Generator<[option: string, needs: string]> {
  const { id, title, idColumn, titleColumn, contentColumn, idField, titleField, contentField, metadataField } = options;
  if (!names.includes('-')) {
    if (id !== undefined) yield ['--id', '- for stdin'];
    if (title !== undefined) yield ['--title', '- for stdin'];
  }
  if (options.datasource === undefined) {
    if (idColumn !== undefined) yield ['--id-column', '--datasource'];
    if (titleColumn !== undefined) yield ['--title-column', '--datasource'];
    if (contentColumn !== undefined) yield ['--content-column', '--datasource'];
  }
  if (names.length === 0 && options.urls === undefined) {
    const needs = 'files, URLs or stdin (a query has columns)';
    if (idField !== undefined) yield ['--id-field', needs];
    if (titleField !== undefined) yield ['--title-field', needs];
    if (contentField !== undefined) yield ['--content-field', needs];
    if (metadataField !== undefined) yield ['--metadata-field', needs];
  }
}

function readingOf(options: SourceOptions, html: HtmlReader): Reading {
  const fields: FieldMap = {
    id: options.idField ?? 'id',
    needs_id: options.idField !== undefined,
    title: options.titleField ?? 'title',
    content: options.contentField ?? ['content'],
    metadata: options.metadataField ?? [],
    type: contentType(options.type),
    has_own_ids: options.source !== undefined,
  };
  return { fields, html: options.html, largest_bytes: options.maxBytes, readHtml: (...args) => html.read(...args) };
}

/** What a record's content holds; the type of stdin counts only where it is one of text. */
function contentType(name: string | undefined): FieldMap['type'] {
  const type = name === undefined ? 'text/plain' : typeNamed(name);
  return type === 'text/html' || type === 'text/markdown' ? type : 'text/plain';
}

function columnsOf(options: SourceOptions, type: FieldMap['type']): FieldMap {
  return {
    id: options.idColumn ?? '',
    needs_id: true,
    title: options.titleColumn ?? options.idColumn ?? '',
    content: options.contentColumn ?? [],
    metadata: 'others',
    type,
    has_own_ids: true,
  };
}

function stdinOf(options: SourceOptions, reading: Reading): Source {
  const type = typeNamed(options.type ?? 'txt');
  const isRecords = type === 'application/json' || type === 'application/x-ndjson';
  if (options.id === undefined && !isRecords) {
    throw new SprouteError('USAGE', 'A page from stdin needs an id.', {
      hint: 'Use --id with what identifies it next time, and --title and --type (txt, md, html, json, jsonl) as you like.',
    });
  }
  const { title } = options;
  return stdinSource(process.stdin, options.source ?? 'stdin', { id: options.id ?? 'stdin', title, type }, reading);
}

function webOf(db: Database, urls: readonly ListedUrl[], options: SourceOptions, reading: Reading): Source {
  const source_system = options.source ?? 'web';
  return urlSource(
    urls,
    source_system,
    {
      timeout_ms: options.timeout * 1_000,
      largest_bytes: options.maxBytes,
      user_agent: `sproute/${programVersion}`,
      concurrency: options.concurrency,
      is_fresh: options.fresh === true,
      metadataOf: async (external_id) => (await findPage(db, source_system, external_id))?.metadata,
    },
    reading,
  );
}

async function urlsOf(name: string): Promise<ListedUrl[]> {
  let list: string;
  try {
    list = name === '-' ? await text(process.stdin) : await readFile(name, 'utf8');
  } catch (error) {
    throw unreadableList(name, error);
  }
  const urls = urlsIn(list, name === '-' ? 'stdin' : name);
  if (urls.length > 0) return urls;
  throw new SprouteError('INPUT_INVALID', `The list of URLs ${name === '-' ? 'on stdin' : name} is empty.`, {
    hint: 'It holds one URL a line; lines that begin with # do not count.',
  });
}

/** A URL that somebody typed is wrong as a whole; one of a list is passed over. */
function refuseBad(url: ListedUrl): ListedUrl {
  if ('url' in url) return url;
  throw new SprouteError('USAGE', `An argument cannot be read: ${url.reason}.`, {
    hint: 'URLs look like https://example.org/page.',
  });
}
