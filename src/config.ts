import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { messageOf, SprouteError } from './errors.ts';

/** What the environment says, validated. Unset variables have the defaults that README lists and no others. */
export interface Config {
  /** Unset = the embedded PostgreSQL of the project folder. */
  database_url: string | undefined;
  lake_uri: string;
  /** How a lake of S3 is reached. */
  s3: S3Settings;
  /** Unset = the built-in model. */
  llm_base_url: string | undefined;
  llm_model: string | undefined;
  llm_api_key: string | undefined;
  /** Model calls in flight per runner. */
  llm_concurrency: number;
  /** The name under which answers of this endpoint are cached, so that a moved URL keeps its cache. */
  llm_endpoint_name: string;
  log_level: (typeof logLevels)[number];
  /** What clients of `sproute mcp --http` have to show. */
  mcp_token: string | undefined;
}

/** How an object store is reached; what is unset is found as the AWS tools find it (environment, profile, instance). */
export interface S3Settings {
  endpoint?: string | undefined;
  region?: string | undefined;
  /** `https://host/bucket/key` instead of `https://bucket.host/key`. Unset: with an endpoint of one's own. */
  path_style?: boolean | undefined;
  /** Of one try of one request without a sign of life. Unset: 30 000. */
  timeout_ms?: number | undefined;
  access_key_id?: string | undefined;
  secret_access_key?: string | undefined;
  session_token?: string | undefined;
}

interface Variable {
  name: string;
  schema: z.ZodType<string | number | undefined>;
  shape: string;
  example: string;
  isSecret?: boolean;
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
const optionalText = z.string().min(1).optional();
const url = (protocol: RegExp) => z.url({ protocol }).optional();

function hasNoLogin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  return username === '' && password === '';
}

const variables = {
  database_url: {
    name: 'DATABASE_URL',
    schema: z
      .string()
      .regex(/^(postgres|postgresql|mssql):\/\/\S+$/)
      .optional(),
    shape: 'a database URL, postgres:// or mssql://',
    example: 'postgres://user:password@localhost:5432/sproute',
    isSecret: true,
  },
  lake_uri: {
    name: 'LAKE_URI',
    schema: z
      .string()
      .regex(/^(file:(\/\/\/|(?!\/\/))\S+|s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[\w!.*'()/-]*)?)$/)
      .default('file:.sproute/lake'),
    shape: 'a file: URI of a folder or an s3: URI of a bucket and prefix',
    example: 'file:/var/lib/sproute/lake or s3://bucket/prefix',
  },
  lake_s3_endpoint: {
    name: 'LAKE_S3_ENDPOINT',
    schema: url(/^https?$/).refine((text) => text === undefined || hasNoLogin(text)),
    shape: 'the URL of an S3 endpoint, without user and password (use AWS_ACCESS_KEY_ID)',
    example: 'https://minio.example.com:9000',
    isSecret: true,
  },
  lake_s3_region: {
    name: 'LAKE_S3_REGION',
    schema: z
      .string()
      .regex(/^[\w-]{1,50}$/)
      .optional(),
    shape: 'the name of a region',
    example: 'eu-central-1',
  },
  lake_s3_path_style: {
    name: 'LAKE_S3_PATH_STYLE',
    schema: z.enum(['true', 'false']).optional(),
    shape: 'true or false',
    example: 'true',
  },
  lake_s3_timeout_ms: {
    name: 'LAKE_S3_TIMEOUT_MS',
    schema: z.coerce.number().int().min(100).max(600_000).default(30_000),
    shape: 'a whole number of milliseconds from 100 to 600000',
    example: '30000',
  },
  aws_access_key_id: {
    name: 'AWS_ACCESS_KEY_ID',
    schema: optionalText,
    shape: 'an access key id',
    example: 'AWS_ACCESS_KEY_ID_FILE=/run/secrets/s3_id',
    isSecret: true,
  },
  aws_secret_access_key: {
    name: 'AWS_SECRET_ACCESS_KEY',
    schema: optionalText,
    shape: 'a secret access key',
    example: 'AWS_SECRET_ACCESS_KEY_FILE=/run/secrets/s3_key',
    isSecret: true,
  },
  aws_session_token: {
    name: 'AWS_SESSION_TOKEN',
    schema: optionalText,
    shape: 'a session token',
    example: 'AWS_SESSION_TOKEN_FILE=/run/secrets/s3_token',
    isSecret: true,
  },
  llm_base_url: {
    name: 'LLM_BASE_URL',
    schema: url(/^https?$/).refine((text) => text === undefined || hasNoLogin(text)),
    shape: 'the base URL of an OpenAI-compatible API, without user and password (use LLM_API_KEY)',
    example: 'https://api.openai.com/v1',
    isSecret: true,
  },
  llm_model: { name: 'LLM_MODEL', schema: optionalText, shape: 'the name of a model', example: 'gpt-5-mini' },
  llm_api_key: {
    name: 'LLM_API_KEY',
    schema: optionalText,
    shape: 'an API key',
    example: 'LLM_API_KEY_FILE=/run/secrets/llm_key',
    isSecret: true,
  },
  mcp_token: {
    name: 'MCP_TOKEN',
    schema: z
      .string()
      .regex(/^[\x21-\x7e]{16,1000}$/)
      .optional(),
    shape: 'a token of 16 or more printable characters without spaces',
    example: 'MCP_TOKEN_FILE=/run/secrets/mcp_token (`openssl rand -hex 32` makes one)',
    isSecret: true,
  },
  llm_concurrency: {
    name: 'LLM_CONCURRENCY',
    schema: z.coerce.number().int().min(1).max(1000).default(8),
    shape: 'a whole number from 1 to 1000',
    example: '8',
  },
  llm_endpoint_name: {
    name: 'LLM_ENDPOINT_NAME',
    schema: z
      .string()
      .regex(/^[\w.-]{1,100}$/)
      .default('default'),
    shape: 'a short name',
    example: 'default',
  },
  log_level: {
    name: 'LOG_LEVEL',
    schema: z.enum(logLevels).default('info'),
    shape: 'one of trace, debug, info, warn, error, fatal, silent',
    example: 'info',
  },
} satisfies Record<string, Variable>;

/**
 * Reads and validates the configuration; a `.env` file in the current folder counts where the environment is silent.
 * A secret may be given as a file (`LLM_API_KEY_FILE`). Throws CONFIG_INVALID naming the variable.
 */
export function readConfig(environment: NodeJS.ProcessEnv = environmentWithFile()): Config {
  const read = <K extends keyof typeof variables>(key: K) => {
    const variable: Variable = variables[key];
    const parsed = variables[key].schema.safeParse(settingOf(variable, environment));
    if (parsed.success) return parsed.data;
    throw malformed(variable);
  };
  const config: Config = {
    database_url: text(read('database_url')),
    lake_uri: String(read('lake_uri')),
    s3: {
      endpoint: text(read('lake_s3_endpoint')) ?? (environment.AWS_ENDPOINT_URL_S3 || environment.AWS_ENDPOINT_URL),
      region: text(read('lake_s3_region')) ?? (environment.AWS_REGION || environment.AWS_DEFAULT_REGION),
      path_style: pathStyle(text(read('lake_s3_path_style'))),
      timeout_ms: Number(read('lake_s3_timeout_ms')),
      access_key_id: text(read('aws_access_key_id')),
      secret_access_key: text(read('aws_secret_access_key')),
      session_token: text(read('aws_session_token')),
    },
    llm_base_url: text(read('llm_base_url')),
    llm_model: text(read('llm_model')),
    llm_api_key: text(read('llm_api_key')),
    llm_concurrency: Number(read('llm_concurrency')),
    llm_endpoint_name: String(read('llm_endpoint_name')),
    log_level: level(read('log_level')),
    mcp_token: text(read('mcp_token')),
  };
  if (config.llm_base_url !== undefined && config.llm_model === undefined) {
    throw new SprouteError('CONFIG_INVALID', 'LLM_BASE_URL is set and LLM_MODEL is not.', {
      hint: 'Name the model that the endpoint shall use, such as LLM_MODEL=gpt-5-mini.',
    });
  }
  if (config.lake_uri.startsWith('s3:')) refuseHalfKey(config.s3);
  return config;
}

function refuseHalfKey({ access_key_id, secret_access_key }: S3Settings): void {
  if ((access_key_id === undefined) === (secret_access_key === undefined)) return;
  const names = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];
  const [given, lacking] = access_key_id === undefined ? names.reverse() : names;
  throw new SprouteError('CONFIG_INVALID', `${given} is set and ${lacking} is not.`, {
    hint: 'Set both (or the files that hold them), or neither to have them found as the AWS tools find them.',
  });
}

function environmentWithFile(): NodeJS.ProcessEnv {
  if (existsSync('.env')) {
    refuseMalformed(readEnvFile());
    process.loadEnvFile('.env');
  }
  return process.env;
}

function readEnvFile(): string {
  try {
    return readFileSync('.env', 'utf8');
  } catch (error) {
    throw new SprouteError('CONFIG_INVALID', `The file .env cannot be read: ${messageOf(error)}.`, {
      hint: 'Make it a file that you may read, with lines such as LLM_MODEL=gpt-5-mini, or move it away.',
      cause: error,
    });
  }
}

/** A line that is no setting would be passed over without a word. What it says may be a secret: only its number is told. */
function refuseMalformed(text: string): void {
  // A quoted value may go over several lines.
  const lines = text
    .replaceAll(/=[ \t]*(["'`])[\s\S]*?\1/g, (value) => `=${value.replaceAll(/[^\n]/g, '')}`)
    .split('\n');
  const bad = lines.findIndex((line) => !/^\s*(#.*|(export\s+)?[\w.-]+\s*=.*)?\s*$/.test(line));
  if (bad < 0) return;
  throw new SprouteError('CONFIG_INVALID', `Line ${bad + 1} of .env is no setting.`, {
    hint: 'Lines look like LLM_MODEL=gpt-5-mini; what begins with # is a comment.',
  });
}

function pathStyle(value: string | undefined): boolean | undefined {
  return value === undefined ? undefined : value === 'true';
}

function level(value: string | number | undefined): Config['log_level'] {
  return logLevels.find((each) => each === value) ?? 'info';
}

function text(value: string | number | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

function settingOf(variable: Variable, environment: NodeJS.ProcessEnv): string | undefined {
  const given = environment[variable.name];
  if (given !== undefined && given !== '') return given;
  const path = variable.isSecret ? environment[`${variable.name}_FILE`] : undefined;
  if (path === undefined || path === '') return undefined;
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new SprouteError('CONFIG_INVALID', `${variable.name}_FILE cannot be read: ${messageOf(error)}.`, {
      hint: `It names a file that holds ${variable.shape} and nothing else.`,
      cause: error,
    });
  }
}

function malformed(variable: Variable): SprouteError {
  return new SprouteError('CONFIG_INVALID', `${variable.name} is not ${variable.shape}.`, {
    hint: `It should look like ${variable.example}.`,
  });
}
