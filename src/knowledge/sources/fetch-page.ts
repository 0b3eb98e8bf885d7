import { setTimeout as wait } from 'node:timers/promises';
import { messageOf } from '../../errors.ts';
import { mayRedirect } from './redirect-guard.ts';

/** What a server said about a page when it was read last; it answers 304 if that still holds. */
export interface Validators {
  etag?: string | undefined;
  last_modified?: string | undefined;
}

export interface FetchOptions {
  /** For one try, the body included. */
  timeout_ms: number;
  largest_bytes: number;
  user_agent: string;
  validators: Validators;
  signal: AbortSignal;
}

export interface FetchedPage extends Validators {
  state: 'fetched';
  bytes: Buffer;
  /** As the server calls it; undefined if it does not. */
  content_type: string | undefined;
  final_url: string;
}

export type Fetched = FetchedPage | { state: 'unchanged' } | { state: 'skipped' | 'failed'; reason: string };

const mostRedirects = 10;
/** Passing failures are tried again after 0.5 s and 1 s, or when the server says. */
const retries = { tries: 3, first_ms: 500, longest_ms: 30_000 };

/** One page over HTTP. What goes wrong is a reason: `skipped` is for good, `failed` may work another time. */
export async function fetchPage(url: string, options: FetchOptions): Promise<Fetched> {
  for (let tries = 1; ; tries += 1) {
    const got = await attempt(url, options);
    if (got.state !== 'failed' || tries >= retries.tries || options.signal.aborted) return got;
    const pause = got.retry_after_ms ?? retries.first_ms * 2 ** (tries - 1);
    if (pause > retries.longest_ms) return got;
    await wait(pause, undefined, { signal: options.signal }).catch(() => {});
  }
}

type Attempt = Fetched & { retry_after_ms?: number | undefined };

async function attempt(url: string, options: FetchOptions): Promise<Attempt> {
  const timeout = AbortSignal.timeout(options.timeout_ms);
  const signal = AbortSignal.any([timeout, options.signal]);
  try {
    const followed = await follow(url, options, signal);
    if ('state' in followed) return followed;
    return await answerOf(followed.response, followed.url, options);
  } catch (error) {
    if (timeout.aborted) return { state: 'failed', reason: `it took longer than ${options.timeout_ms / 1000} s` };
    return { state: 'failed', reason: `it cannot be reached: ${causeOf(error)}` };
  }
}

async function follow(
  start: string,
  options: FetchOptions,
  signal: AbortSignal,
): Promise<{ response: Response; url: string } | Attempt> {
  let url = start;
  for (let hops = 0; hops <= mostRedirects; hops += 1) {
    const response = await fetch(url, { headers: headersFor(options), redirect: 'manual', signal });
    const location = response.headers.get('location');
    if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return { response, url };
    await response.body?.cancel();
    const next = URL.canParse(location, url) ? new URL(location, url) : undefined;
    if (!next || !/^https?:$/.test(next.protocol) || next.username !== '' || next.password !== '') {
      return { state: 'skipped', reason: 'it redirects to an address that cannot be read' };
    }
    if (!(await mayRedirect(new URL(url), next))) {
      return { state: 'skipped', reason: `it redirects into this network, to ${next.host}` };
    }
    url = next.href;
  }
  return { state: 'skipped', reason: `it redirects more than ${mostRedirects} times` };
}

function headersFor({ user_agent, validators }: FetchOptions): Record<string, string> {
  return {
    'user-agent': user_agent,
    accept: 'text/html, application/xhtml+xml, text/markdown, text/plain, application/json;q=0.8, */*;q=0.1',
    ...(validators.etag !== undefined && { 'if-none-match': validators.etag }),
    ...(validators.last_modified !== undefined && { 'if-modified-since': validators.last_modified }),
  };
}

async function answerOf(response: Response, final_url: string, options: FetchOptions): Promise<Attempt> {
  const { status } = response;
  if (status === 200 || status === 203) return bodyOf(response, final_url, options.largest_bytes);
  await response.body?.cancel();
  const said = `the server says ${status} ${response.statusText}`.trim();
  if (status === 304 && (options.validators.etag ?? options.validators.last_modified) !== undefined) {
    return { state: 'unchanged' };
  }
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    return { state: 'failed', reason: said, retry_after_ms: retryAfter(response.headers.get('retry-after')) };
  }
  return { state: 'skipped', reason: said };
}

async function bodyOf(response: Response, final_url: string, most: number): Promise<Attempt> {
  const tooLarge: Attempt = { state: 'skipped', reason: `it has more than ${most} bytes` };
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    // Leaving the loop cancels the download.
    if (size > most) return tooLarge;
    parts.push(part);
  }
  const { headers } = response;
  return {
    state: 'fetched',
    bytes: Buffer.concat(parts),
    content_type: headers.get('content-type') ?? undefined,
    final_url,
    etag: headers.get('etag') ?? undefined,
    last_modified: headers.get('last-modified') ?? undefined,
  };
}

/** Seconds or an HTTP date. */
function retryAfter(text: string | null): number | undefined {
  if (text === null) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

/** fetch says only that it failed; the cause says why. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return messageOf(cause) || code || 'the connection failed';
}
