import { messageOf, reasonOf, SprouteError } from '../errors.ts';

/** An error of the object store by its kind: gone for now, refused for good, full, or something else. */
export function s3Error(what: string, place: string, cause: unknown): SprouteError {
  if (cause instanceof SprouteError) return cause;
  const { name, status, code } = factsOf(cause);
  const reason = `${what}: ${saidBy(cause, name, status)}.`;
  if (cause instanceof Error && cause.message === 'Region is missing') {
    return new SprouteError('LAKE_REFUSED', reason, { hint: 'Set LAKE_S3_REGION, such as eu-central-1.', cause });
  }
  const remedy = Object.entries(remedies).find(([names]) => names.split(' ').includes(name))?.[1];
  if (remedy !== undefined || status === 401 || status === 403 || status === 301) {
    return new SprouteError('LAKE_REFUSED', reason, { hint: remedy ?? accessHint, cause });
  }
  if (status === 507 || name === 'XMinioStorageFull' || name === 'QuotaExceeded') {
    return new SprouteError('DISK_FULL', reason, { hint: 'Make room in the bucket. The job waits for it.', cause });
  }
  if (isGone(name, status, code)) {
    const hint = `${place} is away or asks to slow down: jobs wait for it. Check LAKE_S3_ENDPOINT and the network.`;
    return new SprouteError('LAKE_UNAVAILABLE', reason, { hint, cause });
  }
  return new SprouteError('LAKE_FAILED', reason, { hint: `The lake is ${place}.`, cause });
}

/** Whether the error says that there is no such file; no such bucket is another matter. */
export function isNoSuchFile(error: unknown): boolean {
  const { name, status } = factsOf(error);
  return name === 'NoSuchKey' || (status === 404 && name !== 'NoSuchBucket');
}

const accessHint =
  'Check the credentials (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile) and their rights: s3:GetObject, s3:PutObject, s3:DeleteObject, s3:ListBucket.';

/** What a person can do about what will not pass by itself. */
const remedies: Record<string, string> = {
  'NoSuchBucket InvalidBucketName': 'Create the bucket, or name another one in LAKE_URI.',
  'InvalidAccessKeyId SignatureDoesNotMatch AccessDenied ExpiredToken InvalidToken AuthorizationHeaderMalformed':
    accessHint,
  'CredentialsProviderError TokenProviderError':
    'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or files: AWS_ACCESS_KEY_ID_FILE ...), or AWS_PROFILE.',
  'PermanentRedirect IllegalLocationConstraintException': 'The bucket is in another region: set LAKE_S3_REGION.',
  RequestTimeTooSkewed: 'The clock of this machine is wrong.',
};

const passingNames = new Set([
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'RequestTimeout',
  'ServiceUnavailable',
  'InternalError',
  'TimeoutError',
  // What was uploaded arrived torn.
  'BadDigest',
  'IncompleteBody',
]);
const passingCodes =
  /^(E(CONN(REFUSED|RESET|ABORTED)|PIPE|TIMEDOUT|AI_AGAIN|HOSTUNREACH|NETUNREACH|NOTFOUND|PROTO)|HPE_|UND_)/;

function isGone(name: string, status: number | undefined, code: string): boolean {
  if (passingNames.has(name) || passingCodes.test(code)) return true;
  return status !== undefined && (status >= 500 || status === 408 || status === 429);
}

function factsOf(error: unknown): { name: string; status: number | undefined; code: string } {
  const facts = new Map<string, unknown>(typeof error === 'object' && error !== null ? entriesOf(error) : []);
  const metadata = facts.get('$metadata');
  const status =
    typeof metadata === 'object' && metadata !== null ? new Map(entriesOf(metadata)).get('httpStatusCode') : 0;
  return {
    name: error instanceof Error ? error.name : '',
    status: typeof status === 'number' && status > 0 ? status : undefined,
    code: String(facts.get('code') ?? ''),
  };
}

function entriesOf(value: object): [string, unknown][] {
  return Object.getOwnPropertyNames(value).map((name) => [name, Reflect.get(value, name)]);
}

function saidBy(cause: unknown, name: string, status: number | undefined): string {
  const message = (reasonOf(cause) || messageOf(cause)).replace(/\.$/, '');
  const http = status === undefined ? '' : ` (HTTP ${status})`;
  return name === '' || name === 'Error' || message.startsWith(name)
    ? `${message}${http}`
    : `${name}${http}: ${message}`;
}
