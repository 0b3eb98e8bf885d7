import type { Decider, PairVerdict, Verdict } from '../db/review-decisions.ts';
import { isSprouteError } from '../errors.ts';
import { fieldNames, keyedChanges, parseField } from '../knowledge/review/fields.ts';
import type { PairItem, ReviewItem, RowItem } from '../knowledge/review/load-item.ts';
import { pairVerdict, refuseUndecidable } from '../knowledge/review/verdict.ts';
import { cleanText } from '../knowledge/text-hygiene.ts';
import type { Conversation } from './conversation.ts';
import { textOf } from './review-card.ts';
import { proposalText } from './review-pair-card.ts';

/** A key that decides; what else has to be said is asked for. undefined: no decision after all. */
type Ask<Item> = (item: Item, decider: Decider, to: Questions) => Promise<Verdict | PairVerdict | undefined>;

interface Questions extends Pick<Conversation, 'line'> {
  tell: (text: string) => void;
}

const rowKeys = {
  a: {
    name: '[a]pprove',
    help: 'approve: it is right; an answer without evidence counts then',
    ask: async (_, decider) => ({ ...decider, decision: 'approve' }),
  },
  r: {
    name: '[r]eject',
    help: 'reject: it is wrong, also when it is said again',
    ask: async (_, decider) => ({ ...decider, decision: 'reject' }),
  },
  o: { name: '[o]verride', help: 'override: set its values, one by one', ask: askFields },
} as const satisfies Record<string, Key<RowItem>>;

const { o: _, ...answerKeys } = rowKeys;

const pairKeys = {
  a: { name: '[a]s proposed', help: 'do what the model proposes', ask: approveProposal },
  m: { name: '[m]erge', help: 'merge: both are one; asks which stays', ask: askMerge },
  r: { name: '[r]elate', help: 'relate: they are two, and have to do with each other; asks what', ask: askRelate },
  d: {
    name: '[d]istinct',
    help: 'distinct: they are two, and are not asked about again',
    ask: async (pair, decider) => pairVerdict(pair, { ...decider, decision: 'reject' }),
  },
  x: { name: 'suppress [x]', help: 'suppress: one of them is none; asks which', ask: askSuppress },
} as const satisfies Record<string, Key<PairItem>>;

interface Key<Item> {
  name: string;
  help: string;
  ask: Ask<Item>;
}

const common = {
  s: { name: '[s]kip', help: 'skip it for now' },
  u: { name: '[u]ndo', help: 'undo the last decision of this session; again for the one before' },
  w: { name: '[w]hy', help: 'write down why: the reason of the next decision' },
  n: { name: '[n]ext', help: 'next pieces of evidence' },
  p: { name: '[p]revious', help: 'previous pieces of evidence' },
  '?': { name: '[?]', help: 'these lines' },
  q: { name: '[q]uit', help: 'leave; everything that was decided is kept' },
} as const;

/** The line that is shown while a key is waited for. */
export function promptFor(item: ReviewItem, hasMoreEvidence: boolean): string {
  const { n, p, ...rest } = common;
  const keys = [...Object.values(keysOf(item)), ...Object.values(rest), ...(hasMoreEvidence ? [n, p] : [])];
  return `${keys.map(({ name }) => name).join(' ')} > `;
}

export function helpFor(item: ReviewItem): string {
  return Object.entries({ ...keysOf(item), ...common })
    .map(([key, { help }]) => `  ${key}  ${help}`)
    .join('\n');
}

/** Whether a key decides about such an item, or would. */
export function isDecision(item: ReviewItem, key: string): boolean {
  return Object.hasOwn(keysOf(item), key);
}

/** What a key comes to, after its questions. Throws INVALID_STATE for what cannot be decided about. */
export async function verdictOf(
  item: ReviewItem,
  key: string,
  decider: Decider,
  to: Questions,
): Promise<Verdict | PairVerdict | undefined> {
  refuseUndecidable(item);
  if (item.kind === 'pair') return keyOf<PairItem>(pairKeys, key)?.ask(item, decider, to);
  return keyOf<RowItem>(rowKeys, key)?.ask(item, decider, to);
}

function keysOf(item: ReviewItem): Record<string, { name: string; help: string }> {
  if (item.kind === 'assertion') return answerKeys;
  return item.kind === 'pair' ? pairKeys : rowKeys;
}

function keyOf<Item>(keys: Record<string, Key<Item>>, key: string): Key<Item> | undefined {
  return Object.hasOwn(keys, key) ? keys[key] : undefined;
}

async function askFields(item: RowItem, decider: Decider, to: Questions): Promise<Verdict | undefined> {
  const changes: Record<string, unknown> = {};
  to.tell('Empty keeps what is there.');
  for (const field of fieldNames(item.kind)) {
    const value = await askField(item, field, to);
    if (value === undefined) return undefined;
    if (value !== '') changes[field] = value;
  }
  if (Object.keys(changes).length > 0)
    return { ...decider, decision: 'override', changes: keyedChanges(item.kind, changes) };
  to.tell('Nothing was changed, so nothing was decided.');
  return undefined;
}

/** The value that was given; '' keeps the old one; undefined: nobody answers. Asks again while it cannot be. */
async function askField(item: RowItem, field: string, to: Questions): Promise<unknown> {
  for (;;) {
    const given = await to.line(`  ${field} [${textOf(item.values[field])}]: `);
    if (given === undefined || given === '') return given;
    try {
      return parseField(item.kind, field, given);
    } catch (error) {
      if (!isSprouteError(error, 'INPUT_INVALID')) throw error;
      to.tell(`${error.message} ${error.hint ?? ''}`);
    }
  }
}

async function approveProposal(pair: PairItem, decider: Decider, to: Questions): Promise<PairVerdict> {
  to.tell(proposalText(pair));
  return pairVerdict(pair, { ...decider, decision: 'approve' });
}

async function askMerge(pair: PairItem, decider: Decider, to: Questions): Promise<PairVerdict | undefined> {
  const stays = await askWhich('Which one stays?', to, proposedMaster(pair));
  return (
    stays && pairVerdict(pair, { ...decider, decision: 'override', changes: { decision: 'merge', master: stays } })
  );
}

async function askRelate(pair: PairItem, decider: Decider, to: Questions): Promise<PairVerdict | undefined> {
  const proposed = pair.proposal?.relation_type ?? '';
  const given = await to.line(`  Relation${proposed === '' ? '' : ` [${proposed}]`}: `);
  if (given === undefined) return undefined;
  const relation_type = cleanText(given === '' ? proposed : given);
  if (relation_type === '') {
    to.tell('A relation needs a name, so nothing was decided.');
    return undefined;
  }
  const from = await askWhich(`Which one ${relation_type} the other?`, to);
  const master = from === 'first' ? 'second' : 'first';
  const changes = { decision: 'relate', master, relation_type };
  return from && pairVerdict(pair, { ...decider, decision: 'override', changes });
}

async function askSuppress(pair: PairItem, decider: Decider, to: Questions): Promise<PairVerdict | undefined> {
  const gone = await askWhich('Which one is none?', to);
  const master = gone === 'first' ? 'second' : 'first';
  return gone && pairVerdict(pair, { ...decider, decision: 'override', changes: { decision: 'suppress', master } });
}

type Side = 'first' | 'second';

/** 1 or 2, or nothing for what is proposed; undefined: it was something else. */
async function askWhich(question: string, to: Questions, proposed?: Side): Promise<Side | undefined> {
  const given = await to.line(`  ${question} 1 or 2${proposed ? ` [${proposed === 'first' ? 1 : 2}]` : ''}: `);
  if (given === '1') return 'first';
  if (given === '2') return 'second';
  if (given === '' && proposed) return proposed;
  if (given !== undefined) to.tell('That is neither 1 nor 2, so nothing was decided.');
  return undefined;
}

function proposedMaster({ proposal, second_entity_id }: PairItem): Side | undefined {
  if (proposal === null || proposal.master_entity_id === null) return undefined;
  return proposal.master_entity_id === second_entity_id ? 'second' : 'first';
}
