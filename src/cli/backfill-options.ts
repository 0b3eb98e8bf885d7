import { type Command, InvalidArgumentError } from 'commander';
import type { BackfillSelection } from '../db/backfill-selection.ts';
import { SprouteError } from '../errors.ts';
import { typeKey } from '../knowledge/name-key.ts';
import { parseTimeRange } from '../knowledge/time-range.ts';
import { repeated } from './options.ts';

/** The options that select what a backfill is for, as commander gives them. */
export interface SelectionOptions {
  all?: boolean;
  entityType?: string;
  confidenceBelow?: number;
  page?: string[];
  ingested?: string;
  extracted?: string;
  contractBefore?: string;
  promptChanged?: boolean;
  model?: string;
  notModel?: string;
  neverExtracted?: boolean;
  failed?: boolean;
  source?: string;
}

export function withSelection(command: Command): Command {
  return command
    .option('--all', 'every current page (or every entity, for a job type that enriches entities)')
    .option('--entity-type <type>', 'pages that speak of an entity of this type or family, such as person')
    .option('--confidence-below <n>', 'pages with an item of this job type below this confidence, 0 to 1', share)
    .option('--page <id|pattern>', 'a source_page_id, or a SQL LIKE pattern on the external id; repeatable', repeated)
    .option('--ingested <from..to>', 'pages ingested then, UTC, such as 2024-01..2024-03 or 2024-05-01..')
    .option('--extracted <from..to>', 'whose last answer was routed then, UTC')
    .option('--contract-before <version>', 'whose last answer was given under an older contract version', version)
    .option('--prompt-changed', "whose last answer was given to another prompt than today's")
    .option('--model <name>', 'whose last answer is of this model')
    .option('--not-model <name>', 'whose last answer is of another model')
    .option('--never-extracted', 'without any routed answer of this job type')
    .option('--failed', 'whose job of this type is a dead letter, with no answer routed since')
    .option('--source <name>', 'pages of this source system');
}

/**
 * The conditions of the options, but for --prompt-changed, which the job type says more about; they must all hold.
 * Throws USAGE for none, or for what excludes the rest.
 */
export function selectionOf(options: SelectionOptions): BackfillSelection {
  const selection: BackfillSelection = {
    ...(options.entityType !== undefined && { entity_type: typeKey(options.entityType) }),
    ...(options.confidenceBelow !== undefined && { confidence_below: options.confidenceBelow }),
    ...pagesOf(options.page ?? []),
    ...(options.ingested !== undefined && { ingested: parseTimeRange(options.ingested) }),
    ...(options.extracted !== undefined && { extracted: parseTimeRange(options.extracted) }),
    ...(options.contractBefore !== undefined && { contract_before: options.contractBefore }),
    ...(options.model !== undefined && { model: options.model }),
    ...(options.notModel !== undefined && { model_other_than: options.notModel }),
    ...(options.neverExtracted && { never_extracted: true }),
    ...(options.failed && { failed: true }),
    ...(options.source !== undefined && { source: options.source }),
  };
  const isEmpty = Object.keys(selection).length === 0 && !options.promptChanged;
  if (isEmpty && options.all) return { all: true };
  if (isEmpty) {
    throw new SprouteError('USAGE', 'Which pages?', {
      hint: 'Give a condition such as --confidence-below 0.8 or --never-extracted (`--help` lists them), or --all.',
    });
  }
  if (options.all) {
    throw new SprouteError('USAGE', '--all stands for every page, so it goes with no other condition.', {
      hint: 'Leave --all out, or the others.',
    });
  }
  return selection;
}

/** Numbers are ids, everything else is a pattern. */
export function pagesOf(given: readonly string[]): Pick<BackfillSelection, 'page_ids' | 'page_patterns'> {
  const isId = (text: string) => /^\d{1,15}$/.test(text) && Number(text) > 0;
  const ids = [...new Set(given.filter(isId).map(Number))].sort((a, b) => a - b);
  const patterns = [...new Set(given.filter((text) => !isId(text)))].sort();
  return { ...(ids.length > 0 && { page_ids: ids }), ...(patterns.length > 0 && { page_patterns: patterns }) };
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value <= 1) return value;
  throw new InvalidArgumentError('It should be a number above 0 and up to 1, such as 0.8.');
}

function version(text: string): string {
  if (/^\d{1,6}\.\d{1,6}\.\d{1,6}$/.test(text)) return text;
  throw new InvalidArgumentError('It should be a version such as 1.1.0.');
}
