import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { messageOf, SprouteError } from '../errors.ts';
import { isWebUrl } from '../knowledge/sources/url-list.ts';
import { packageRoot } from '../package-root.ts';
import type { StoredIngest } from './ingest.ts';

const text = z.string().min(1);
const texts = z.array(text).min(1);

/** What a pipeline ingests: the options of `sproute ingest` by the names of their columns. */
const ingest = z.strictObject({
  what: z.array(text).default([]),
  source: text.optional(),
  urls: text.optional(),
  datasource: text.optional(),
  query: text.optional(),
  id_column: text.optional(),
  title_column: text.optional(),
  content_column: texts.optional(),
  id_field: text.optional(),
  title_field: text.optional(),
  content_field: texts.optional(),
  metadata_field: texts.optional(),
  concurrency: z.int().min(1).max(64).optional(),
  timeout: z.int().min(1).max(3_600).optional(),
  max_bytes: z.int().min(1).optional(),
  fresh: z.boolean().optional(),
});

/** What a pipeline asks of the dedupe audit. */
const dedupeAudit = z.strictObject({
  limit: z.int().min(1).max(1_000_000).default(1_000),
  ask: z.boolean().default(true),
  type_family: text.optional(),
});

const payload = z.strictObject({
  jobs: z.array(z.record(z.string(), z.unknown())).min(1).optional(),
  procedure: text.optional(),
  older_than_days: z.int().min(0).max(36_500).optional(),
  max_steps: z.int().min(1).max(1_000_000).optional(),
  ingest: ingest.optional(),
  dedupe_audit: dedupeAudit.optional(),
  job_types: texts.optional(),
});

const definition = z.strictObject({
  name: text.max(200),
  cron: text,
  timezone: text.default('UTC'),
  action: z.enum(['enqueue', 'procedure', 'pipeline']),
  payload,
  misfire: z.enum(['coalesce', 'skip']).default('coalesce'),
  misfire_grace_seconds: z.int().min(0).max(31_536_000).default(60),
  enabled: z.boolean().default(true),
});

/** A schedule as a file describes it, with every default. */
export type ScheduleDefinition = z.infer<typeof definition>;

/** Checks a definition and makes paths whole, so that it does not matter where a scheduler runs. Throws INPUT_INVALID. */
export function checkedDefinition(value: unknown, where: string): ScheduleDefinition {
  const parsed = definition.safeParse(value);
  if (!parsed.success) throw invalid(where, faultsOf(parsed.error));
  const { ingest: stored } = parsed.data.payload;
  if (stored === undefined) return parsed.data;
  if (stored.what.includes('-') || stored.urls === '-') throw invalid(where, 'a schedule has no stdin to ingest');
  if (stored.what.length === 0 && stored.urls === undefined && stored.datasource === undefined) {
    throw invalid(where, 'ingest wants what, urls or datasource');
  }
  const whole = (path: string) => (isWebUrl(path) ? path : resolve(path));
  const payload = {
    ...parsed.data.payload,
    ingest: {
      ...stored,
      what: stored.what.map(whole),
      ...(stored.urls !== undefined && { urls: resolve(stored.urls) }),
    },
  };
  return { ...parsed.data, payload };
}

/** The stored ingest of a firing, as the command line's own options. Throws INPUT_INVALID. */
export function storedIngest(payload: Record<string, unknown>): StoredIngest {
  const parsed = ingest.safeParse(payload.ingest);
  if (!parsed.success) throw invalid('The payload of the schedule', faultsOf(parsed.error));
  const named = Object.entries(parsed.data).flatMap(([key, value]) =>
    value === undefined ? [] : [[key.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase()), value]],
  );
  return { ...Object.fromEntries(named), what: parsed.data.what };
}

/** The stored audit of a firing. Throws INPUT_INVALID. */
export function storedAudit(payload: Record<string, unknown>): z.infer<typeof dedupeAudit> {
  const parsed = dedupeAudit.safeParse(payload.dedupe_audit);
  if (parsed.success) return parsed.data;
  throw invalid('The payload of the schedule', faultsOf(parsed.error));
}

const examplesFolder = join(packageRoot, 'examples', 'schedules');

/** The names of the schedules that ship as examples; none where they were left out. */
export function exampleNames(): string[] {
  if (!existsSync(examplesFolder)) return [];
  return readdirSync(examplesFolder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
}

export function readExample(name: string): unknown {
  if (exampleNames().includes(name)) return readDefinition(join(examplesFolder, `${name}.json`));
  throw new SprouteError('USAGE', `No example is named ${name}.`, { hint: `There are ${exampleNames().join(', ')}.` });
}

/** A definition from a file, unchecked. Throws INPUT_INVALID. */
export function readDefinition(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new SprouteError('INPUT_INVALID', `${path} cannot be read as a schedule: ${messageOf(error)}.`, {
      hint: 'The files in examples/schedules show what one looks like.',
      cause: error,
    });
  }
}

/** On one line: where it is, and what is wrong there. */
function faultsOf({ issues }: z.ZodError): string {
  return issues
    .map(({ path, message }) => {
      const said = message.replace(/^(Invalid input|Invalid option): /, '');
      return path.length === 0 ? said : `${path.join('.')}: ${said}`;
    })
    .join('; ');
}

function invalid(where: string, reason: string): SprouteError {
  return new SprouteError('INPUT_INVALID', `${where} is no usable schedule: ${reason}.`, {
    hint: 'docs/schedules.md says what each action takes; examples/schedules holds some.',
  });
}
