import { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai';
import { type ErrorCode, messageOf, reasonOf, SprouteError } from '../errors.ts';
import { withoutSecrets } from '../secrets.ts';
import type { Endpoint } from './endpoint.ts';

/** Why a request to a model brought no answer. */
export class ModelError extends SprouteError {
  /** HTTP status; undefined if there was no answer at all. */
  readonly status: number | undefined;
  /** How long the endpoint asked to wait, ms. */
  readonly retry_after_ms: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { status?: number | undefined; retry_after_ms?: number | undefined; hint?: string; cause?: unknown } = {},
  ) {
    super(code, message, options);
    this.status = options.status;
    this.retry_after_ms = options.retry_after_ms;
  }
}

const permanent = new Set([400, 401, 402, 403, 404, 405, 413, 422]);
const overloaded =
  /overloaded|rate limit|too many requests|gpu|out of memory|capacity|temporarily|try again|timed? ?out|unavailable/i;

/** Classifies whatever the client threw: worth repeating, to be waited for, or refused for good. */
export function modelError(error: unknown, endpoint: Pick<Endpoint, 'base_url' | 'api_key'>): SprouteError {
  const secret = endpoint.api_key;
  if (error instanceof SprouteError) return error;
  if (error instanceof APIUserAbortError)
    return new SprouteError('CANCELLED', 'The request was stopped.', { cause: undefined });
  const message = withoutSecrets(messageOf(error), [secret ?? '']);
  if (error instanceof APIConnectionTimeoutError)
    return new ModelError('MODEL_UNAVAILABLE', `The model at ${shownUrl(endpoint)} did not answer in time.`);
  if (error instanceof APIConnectionError) {
    const reason = withoutSecrets(reasonOf(error), [secret ?? '']);
    return new ModelError(
      'MODEL_UNAVAILABLE',
      `The model endpoint ${shownUrl(endpoint)} cannot be reached: ${reason}.`,
      {
        hint: 'Check LLM_BASE_URL and that the endpoint runs.',
      },
    );
  }
  if (!(error instanceof APIError)) {
    return new ModelError('MODEL_UNAVAILABLE', `The model's answer could not be read: ${message}.`);
  }
  const status: number | undefined = error.status;
  const retry_after_ms = retryAfter(error.headers);
  if (status === 429 && /insufficient_quota|billing_hard_limit/.test(`${error.code} ${message}`)) {
    return new ModelError('MODEL_REJECTED', `The model endpoint refused the request: ${message}.`, {
      status,
      hint: 'The account has no credit left; top it up, then `sproute job retry`.',
    });
  }
  if (status === 429)
    return new ModelError('MODEL_RATE_LIMITED', `The model endpoint asks to wait: ${message}.`, {
      status,
      retry_after_ms,
    });
  if (status !== undefined && permanent.has(status) && !(status === 400 && overloaded.test(message))) {
    return new ModelError('MODEL_REJECTED', `The model endpoint refused the request: ${message}.`, {
      status,
      hint: hintFor(status),
    });
  }
  return new ModelError('MODEL_UNAVAILABLE', `The model endpoint failed: ${message}.`, { status, retry_after_ms });
}

/** Without what may be a secret in its query. */
function shownUrl({ base_url }: Pick<Endpoint, 'base_url'>): string {
  return base_url.replace(/[?#].*$/s, '');
}

/** An error in the body of an answer with status 200. */
export function errorInBody(text: string, secret: string | undefined): ModelError {
  const message = withoutSecrets(text.slice(0, 500), [secret ?? '']);
  return overloaded.test(message)
    ? new ModelError('MODEL_UNAVAILABLE', `The model endpoint failed: ${message}.`, { status: 200 })
    : new ModelError('MODEL_UNAVAILABLE', `The model endpoint answered without a choice: ${message}.`, { status: 200 });
}

/** Nobody is waited for longer than an hour at a time, whatever is asked. */
const longestRetryAfterMs = 3_600_000;

/** Retry-After in ms: seconds or an HTTP date, an hour at most; undefined if absent or unreadable. */
export function retryAfter(headers: Headers | undefined, now = Date.now()): number | undefined {
  const value = headers?.get('retry-after')?.trim();
  if (!value) return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Math.min(longestRetryAfterMs, Math.round(Number(value) * 1000));
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.min(longestRetryAfterMs, Math.max(0, date - now));
}

function hintFor(status: number): string {
  if (status === 401 || status === 403) return 'Check LLM_API_KEY (or LLM_API_KEY_FILE).';
  if (status === 404) return 'Check LLM_BASE_URL and LLM_MODEL.';
  return 'The job is a dead letter until the cause is mended: `sproute job retry`.';
}
