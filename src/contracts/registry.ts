import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, SprouteError } from '../errors.ts';
import { packageRoot } from '../package-root.ts';
import { type ContractSchema, readSchema } from './dialect.ts';
import { expand } from './expand.ts';
import { type ContractItem, readItems } from './items.ts';
import { brokenRules } from './schema-rules.ts';
import { compareVersions } from './version.ts';

/** A versioned JSON Schema for one answer, or for the input of a job. */
export interface Contract {
  name: string;
  version: string;
  kind: 'input' | 'output';
  /** As in the file. */
  schema: ContractSchema;
  /** The same with every `$ref` replaced by what it refers to. */
  root: ContractSchema;
  /** Of the file's bytes with LF line ends. */
  sha256: string;
  prompt?: string;
  prompt_sha256?: string;
  items: ContractItem[];
}

/** Where the contracts of this package are; the sources ship with it, so this holds for dist/ too. */
export const contractsFolder = join(packageRoot, 'src', 'contracts');

/**
 * Every contract in a folder, by name and ascending version; each of the package's own is read once a process.
 * Throws CONTRACT_INVALID naming file and reason.
 */
export function loadContracts(folder = contractsFolder): Contract[] {
  const read = folder === contractsFolder ? ownContracts : (name: string) => readContractFolder(folder, name);
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name);
  return names.sort().flatMap(read);
}

const own = new Map<string, Contract[]>();

/** The package's own of a name. Most of what is started needs one or two of them. */
function ownContracts(name: string): Contract[] {
  const read = own.get(name) ?? readContractFolder(contractsFolder, name);
  own.set(name, read);
  return read;
}

/** The contract of this name, in this version or the latest. Throws CONTRACT_UNKNOWN listing the known ones. */
export function findContract(name: string, version = 'latest', among?: Contract[]): Contract {
  const named = among?.filter((contract) => contract.name === name) ?? (isOwn(name) ? ownContracts(name) : []);
  const found = version === 'latest' ? named.at(-1) : named.find((contract) => contract.version === version);
  if (found) return found;
  const known =
    named.length > 0
      ? `${name} has the versions ${named.map((contract) => contract.version).join(', ')}.`
      : `Known are ${[...new Set((among ?? loadContracts()).map((contract) => contract.name))].join(', ') || 'none'}.`;
  throw new SprouteError(
    'CONTRACT_UNKNOWN',
    `There is no contract ${name}${version === 'latest' ? '' : ` ${version}`}.`,
    {
      hint: `${known} A new one is a file src/contracts/<name>/<version>.schema.json.`,
    },
  );
}

/** A name that stands for a folder of the package, and for nothing beside or above it. */
function isOwn(name: string): boolean {
  return /^[a-z][a-z0-9_]{0,63}$/.test(name) && existsSync(join(contractsFolder, name));
}

function readContractFolder(folder: string, name: string): Contract[] {
  if (!/^[a-z][a-z0-9_]{0,63}$/.test(name)) throw invalid(name, 'a contract is named in lower snake_case');
  const files = readdirSync(join(folder, name)).filter((file) => file.endsWith('.json'));
  if (files.length === 0) throw invalid(name, 'the folder holds no <version>.schema.json');
  const prompt = readPrompt(join(folder, name, 'prompt.md'));
  const contracts = files.map((file) => readContract(join(folder, name, file), name, file, prompt));
  return contracts.sort((a, b) => compareVersions(a.version, b.version));
}

function readContract(path: string, name: string, file: string, prompt: string | undefined): Contract {
  const where = `${name}/${file}`;
  const version = /^((0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5}))\.schema\.json$/.exec(file)?.[1];
  if (!version) throw invalid(where, 'a contract file is named MAJOR.MINOR.PATCH.schema.json');
  const text = readText(path);
  const schema = orInvalid(where, () => parseSchema(text));
  const id = `urn:sproute:contract:${name}:${version}`;
  if (schema.$id !== id) throw invalid(where, `$id is ${schema.$id} and should be ${id}`);
  const root = orInvalid(where, () => expand(schema));
  const problems = brokenRules(root);
  const items = readItems(root, problems);
  const asksModel = root['x-model'] !== false;
  if (!asksModel && prompt) problems.push('a prompt is beside it, and no model is asked');
  if (root['x-kind'] === 'output' && asksModel && !prompt) problems.push('there is no prompt.md beside it');
  if (problems.length > 0) throw invalid(where, problems.slice(0, 10).join('; '));
  return {
    name,
    version,
    kind: root['x-kind'],
    schema,
    root,
    sha256: sha256(text),
    ...(prompt !== undefined && { prompt, prompt_sha256: sha256(prompt) }),
    items,
  };
}

function parseSchema(text: string): ContractSchema {
  const value: unknown = JSON.parse(text);
  return readSchema(value);
}

function orInvalid<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw invalid(where, messageOf(error), error);
  }
}

function readPrompt(path: string): string | undefined {
  return existsSync(path) ? readText(path) : undefined;
}

function readText(path: string): string {
  return readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

function invalid(where: string, reason: string, cause?: unknown): SprouteError {
  return new SprouteError('CONTRACT_INVALID', `The contract ${where} is malformed: ${reason}.`, {
    hint: 'Correct the file; src/contracts/dialect.ts says what a contract may contain, page_classification is an example.',
    cause,
  });
}
