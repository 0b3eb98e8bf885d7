import { type Command, InvalidArgumentError, Option } from 'commander';
import { loadJobTypes } from '../contracts/job-types.ts';
import type { Database } from '../db/connect.ts';
import {
  type Dimension,
  findReviewEntities,
  type QueueFilter,
  type QueueOrder,
  queueOrders,
  type ReviewKind,
} from '../db/review-queries.ts';
import { SprouteError } from '../errors.ts';
import { nameKey } from '../knowledge/name-key.ts';
import { itemKinds } from '../knowledge/review/item-id.ts';
import { commaList } from './options.ts';
import { onePage } from './page-choice.ts';

export interface QueueOptions {
  kind?: (ReviewKind | Dimension)[];
  jobType?: string;
  page?: string;
  source?: string;
  entity?: string;
  confidenceBelow?: number;
  order: QueueOrder;
}

/** The options that say which part of the queue, and in which order. */
export function withQueueOptions(command: Command): Command {
  return command
    .option('--kind <kinds>', `only these, with commas: ${itemKinds.join(', ')}`, kindList)
    .option('--job-type <job_type>', 'only what an answer of this job type supports')
    .option('--page <page>', 'only what rests on this page: its source_page_id or external id')
    .option('--source <name>', 'the source of the external id, where it is in several or is a number')
    .option('--entity <entity>', 'only an entity, its relations, facts and pairs: its id, or its name as it is')
    .option('--confidence-below <x>', 'only what is less sure than this (0 to 1)', fraction)
    .addOption(
      new Option(
        '--order <order>',
        'confidence: least sure first; age: longest waiting first; page: page by page, as the text goes',
      )
        .choices(queueOrders)
        .default('confidence'),
    );
}

/** What the options ask for. Throws NOT_FOUND, UNKNOWN_JOB_TYPE, UNKNOWN_ENTITY, USAGE. */
export async function queueFilter(db: Database, options: QueueOptions, limit: number): Promise<QueueFilter> {
  const { kind, jobType, page, source, entity, confidenceBelow, order } = options;
  if (jobType !== undefined) refuseUnknownType(jobType);
  return {
    kinds: kind,
    job_type: jobType,
    page: page === undefined ? undefined : await onePage(db, page, source),
    entity_id: entity === undefined ? undefined : await oneEntity(db, entity),
    confidence_below: confidenceBelow,
    order,
    limit,
  };
}

/** Rows of job types that SQL loads have no answer. */
const loaded = 'loaded';

function refuseUnknownType(job_type: string): void {
  const known = [...loadJobTypes().map((type) => type.job_type), loaded];
  if (known.includes(job_type)) return;
  throw new SprouteError('UNKNOWN_JOB_TYPE', `No job type has the name ${JSON.stringify(job_type)}.`, {
    hint: `Known are ${known.join(', ')}.`,
  });
}

async function oneEntity(db: Database, name: string): Promise<number> {
  const digits = /^(?:entity:)?([1-9]\d{0,14})$/.exec(name)?.[1];
  const found = await findReviewEntities(db, digits === undefined ? null : Number(digits), nameKey(name));
  const [entity] = found;
  if (!entity) {
    throw new SprouteError('UNKNOWN_ENTITY', `No entity is ${JSON.stringify(name)}.`, {
      hint: 'Give its id, or its name or an alias in full: `sproute entity search <part of the name>` finds it.',
    });
  }
  if (found.length === 1) return entity.entity_id;
  const names = found.map((each) => `${each.entity_id} (${each.entity_name}, ${each.entity_type})`).join(', ');
  throw new SprouteError('USAGE', `${JSON.stringify(name)} may be one of several entities: ${names}.`, {
    hint: 'Give the id.',
  });
}

function kindList(text: string): (ReviewKind | Dimension)[] {
  return commaList(text).map((name) => {
    const kind = itemKinds.find((each) => each === name);
    if (kind !== undefined) return kind;
    throw new InvalidArgumentError(`Kinds are ${itemKinds.join(', ')}.`);
  });
}

function fraction(text: string): number {
  const value = Number(text);
  if (/^[\d.]+$/.test(text) && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('It should be a number from 0 to 1, such as 0.85.');
}
