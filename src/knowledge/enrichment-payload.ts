import { hash } from 'node:crypto';
import { type ContractItem, type FoundItem, itemsOf } from '../contracts/items.ts';
import { type JsonObject, ownValue } from '../contracts/json.ts';
import { type Contract, findContract } from '../contracts/registry.ts';
import { keysOf, mergeKey } from './comparison-keys.ts';
import type { EvidenceItem } from './evidence-bundle.ts';
import { createGrounder } from './ground.ts';
import { itemSha256 } from './item-key.ts';
import { nameKey } from './name-key.ts';
import { groundedItem, type PayloadItem } from './page-payload.ts';
import { cleanJson } from './text-hygiene.ts';

/** The entity that is enriched, as kb.usp_get_entity_evidence gives it. */
export interface EnrichedEntity {
  entity_id: number;
  entity_name: string;
  name_key: string;
  entity_type: string;
  aliases: string[];
}

/** What `kb.usp_process_entity_enrichment_output` takes: like a page's payload, but every item names its own page. */
export interface EnrichmentPayload {
  contract: string;
  version: string;
  subject: { entity_id: number };
  prompt_sha256: string | null;
  model: string;
  /** The evidence items; `chunk_index` is their number less one. */
  chunks: {
    chunk_index: number;
    source_page_id: number;
    version: number;
    char_start: number;
    char_end: number;
    content_sha256: string;
  }[];
  items: (PayloadItem & { source_page_id: number })[];
}

/**
 * The payload of an entity's enrichment. A description, an alias or an attribute becomes an item of kind `entity` with
 * the entity's name and type and only that part; in a relationship the entity stands under its own name. An item that
 * rests on no evidence item is dropped; the others are grounded in the passage that they name.
 */
export function enrichmentPayload(
  contract: Contract,
  entity: EnrichedEntity,
  model: string,
  evidence: readonly EvidenceItem[],
  answers: readonly unknown[],
): EnrichmentPayload {
  const passages = evidence.map((item) => ({ ...item, grounder: createGrounder(item.text) }));
  const found = answers.flatMap((answer) => itemsOf(contract.items, cleanJson(answer)));
  const items = found.flatMap(({ item, payload }, index) => {
    const passage = passages[Number(ownValue(payload, 'evidence')) - 1];
    if (!passage) return [];
    const { grounder, evidence_no, source_page_id, char_start, text } = passage;
    const slice = { chunk_index: evidence_no - 1, char_start, content: text };
    const { evidence: _, ...said } = payload;
    const grounded = groundedItem({ item, index, payload: said }, grounder, slice);
    return [{ ...grounded, ...aboutEntity(entity, { item, index, payload: said }, source_page_id), source_page_id }];
  });
  return {
    contract: contract.name,
    version: contract.version,
    subject: { entity_id: entity.entity_id },
    prompt_sha256: contract.prompt_sha256 ?? null,
    model,
    chunks: evidence.map(({ evidence_no, source_page_id, version, char_start, char_end, text }) => ({
      chunk_index: evidence_no - 1,
      source_page_id,
      version,
      char_start,
      char_end,
      content_sha256: hash('sha256', text),
    })),
    items,
  };
}

type Converted = Pick<PayloadItem, 'payload' | 'keys' | 'item_sha256' | 'merge_key'>;

/** Offsets say nothing without their page, and parts of one entity differ by what they say: the merge key has both. */
function aboutEntity(entity: EnrichedEntity, { item, payload: said }: FoundItem, source_page_id: number): Converted {
  const isPart = item.kind === 'entity';
  const payload = isPart ? partOf(entity, item, said) : withOwnName(entity, said);
  const keys = isPart ? { ...keysOf(entityItem(), payload), name_key: entity.name_key } : keysOf(item, payload);
  return {
    payload,
    keys,
    item_sha256: itemSha256(payload),
    merge_key: [source_page_id, item.path, mergeKey(item, said)].join('\u001e'),
  };
}

function partOf(entity: EnrichedEntity, item: ContractItem, said: JsonObject): JsonObject {
  const { quote, confidence, alias, description, ...attribute } = said;
  const part = {
    ...(item.path === 'descriptions' && { description }),
    ...(item.path === 'aliases' && { aliases: [alias] }),
    ...(item.path === 'attributes' && { attributes: [attribute] }),
  };
  return { name: entity.entity_name, type: entity.entity_type, ...part, quote, confidence };
}

/** A side that is one of the entity's names is the entity, whatever else bears that name. */
function withOwnName(entity: EnrichedEntity, said: JsonObject): JsonObject {
  const names = new Set([entity.name_key, ...entity.aliases.map(nameKey)]);
  const side = (name: 'from_entity' | 'to_entity') => {
    const value = ownValue(said, name);
    return { [name]: typeof value === 'string' && names.has(nameKey(value)) ? entity.entity_name : value };
  };
  return { ...said, ...side('from_entity'), ...side('to_entity') };
}

/** What an item of kind `entity` is, wherever it comes from. */
function entityItem(): ContractItem {
  const item = findContract('entity_extraction').items.find(({ kind }) => kind === 'entity');
  if (!item) throw new Error('entity_extraction has no items of kind entity');
  return item;
}
