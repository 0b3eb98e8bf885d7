import { passwordsIn } from '../db/url.ts';
import { messageOf, SprouteError } from '../errors.ts';

const network = new Set(['ECONNRESET', 'EPIPE', 'ECONNREFUSED', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);

/** Connection failures, a server that starts, stops or is full, a database that is not there. */
const unreachable = /^(08|57P|53300|3D000)/;

/** A driver's error as one of ours, without the URL's password wherever it may stand. */
export function datasourceError(error: unknown, name: string, url: string): SprouteError {
  if (error instanceof SprouteError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const message = withoutValues(redacted(sentence(error, code), url), code);
  const cause = new Error(message);
  if (code.startsWith('28')) {
    return new SprouteError('DATASOURCE_UNREACHABLE', `The datasource ${name} refused the login: ${message}.`, {
      hint: 'Check user and password in the URL that it refers to.',
      cause,
    });
  }
  if (/^bind message supplies/.test(message)) {
    return new SprouteError('DATASOURCE_FAILED', `The datasource ${name} refused the query: it has parameters.`, {
      hint: 'Write the values in place of $1, $2 ...',
      cause,
    });
  }
  if (network.has(code) || unreachable.test(code) || isConnectionLoss(message)) {
    return new SprouteError('DATASOURCE_UNREACHABLE', `The datasource ${name} cannot be reached: ${message}.`, {
      hint: 'Check host, port and database in the URL that it refers to, and whether the server runs.',
      cause,
    });
  }
  const state = code === '' ? '' : ` (SQLSTATE ${code})`;
  return new SprouteError('DATASOURCE_FAILED', `The datasource ${name} refused the query: ${message}${state}.`, {
    hint: hints[code] ?? 'Try the query with psql under the same login.',
    cause,
  });
}

/** A URL that the driver cannot take apart, or that names a certificate that is not there. */
export function unusableUrl(error: unknown, name: string, url: string): SprouteError {
  const message = redacted(sentence(error, ''), url);
  return new SprouteError('CONFIG_INVALID', `The datasource ${name} cannot be used: ${message}.`, {
    hint: 'Check the parameters in the URL that it refers to, such as sslrootcert.',
    cause: new Error(message),
  });
}

const hints: Record<string, string> = {
  '25006': 'Sessions on a datasource are read-only; only a SELECT can be run.',
  '42601': 'The query is one SELECT, WITH, VALUES or TABLE statement.',
  '42501': 'Grant the role of the datasource the right to read it.',
  '57014':
    'It took longer than the statement time-out: narrow the query, or raise --statement-timeout with `sproute datasource add`.',
};

/**
 * What does not fit its type is repeated by the server, and so may be whatever a function raises: these are values of rows, and
 * messages are kept and shown.
 */
function withoutValues(message: string, code: string): string {
  if (code === 'P0001') return 'a function of the database raised an exception';
  return code.startsWith('22') ? message.replace(/".*"/s, '"…"').replace(/: .*$/s, ': …') : message;
}

/** Several addresses that all refuse come as one error without a message. */
function sentence(error: unknown, code: string): string {
  const text = messageOf(error);
  if (text !== '') return text.replace(/\.$/, '');
  return error instanceof AggregateError ? error.errors.map(messageOf).join('; ') : code;
}

function isConnectionLoss(message: string): boolean {
  return /connection terminated|connection ended|timeout expired|not queryable|server does not support SSL/i.test(
    message,
  );
}

function redacted(text: string, url: string): string {
  return passwordsIn(url)
    .filter((secret) => secret.length > 2)
    .reduce((kept, secret) => kept.replaceAll(secret, '***'), text);
}
