import { messageOf, SprouteError } from '../errors.ts';

/** A datasource as errors speak of it. */
export interface Place {
  name: string;
  /** What no message may repeat: passwords, as they stand in a URL and as they are. */
  secrets: readonly string[];
}

/** What a driver threw, in our words. */
export interface Fault {
  kind: 'login' | 'unreachable' | 'refused';
  /** The server's or the driver's, without a full stop. */
  message: string;
  hint: string;
}

/** The one wording of what goes wrong with a datasource, whatever its engine. */
export function faultError({ kind, message, hint }: Fault, place: Place): SprouteError {
  const text = redacted(message, place);
  const cause = new Error(text);
  const what = { login: 'refused the login', unreachable: 'cannot be reached', refused: 'refused the query' }[kind];
  const code = kind === 'refused' ? 'DATASOURCE_FAILED' : 'DATASOURCE_UNREACHABLE';
  return new SprouteError(code, `The datasource ${place.name} ${what}: ${text}.`, { hint, cause });
}

/** A URL that the driver cannot take apart, or that names a certificate that is not there. */
export function unusableUrl(error: unknown, place: Place): SprouteError {
  const message = redacted(sentence(error), place);
  return new SprouteError('CONFIG_INVALID', `The datasource ${place.name} cannot be used: ${message}.`, {
    hint: 'Check the parameters in the URL that it refers to, such as those of its certificate.',
    cause: new Error(message),
  });
}

/** What is to be done, whatever the engine. */
export const faultHints = {
  login: 'Check user and password in the URL that it refers to.',
  unreachable: 'Check host, port and database in the URL that it refers to, and whether the server runs.',
  tooSlow:
    'It took longer than the statement time-out: narrow the query, or raise --statement-timeout with `sproute datasource add`.',
  forbidden: 'Grant the role of the datasource the right to read it.',
};

const network = new Set(['ECONNRESET', 'EPIPE', 'ECONNREFUSED', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);

/** Whether a code is one of the network's. */
export function isNetworkCode(code: string): boolean {
  return network.has(code);
}

/** Several addresses that all refuse come as one error without a message. */
export function sentence(error: unknown, code = ''): string {
  const text = messageOf(error);
  if (text !== '') return text.replace(/\.$/, '');
  return error instanceof AggregateError ? error.errors.map(messageOf).join('; ') : code;
}

function redacted(text: string, { secrets }: Place): string {
  return secrets.filter((secret) => secret.length > 2).reduce((kept, secret) => kept.replaceAll(secret, '***'), text);
}
