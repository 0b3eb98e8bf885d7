import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IdentityEntity } from '../../src/knowledge/identity/entity.ts';
import { nameKey, typeKey } from '../../src/knowledge/name-key.ts';

/** One side of a pair, as examples/identity/pairs.jsonl has it. */
export interface LabelledName {
  name: string;
  type: string;
  aliases?: string[];
  attributes?: { key: string; value: string }[];
  neighbours?: string[];
}

export interface LabelledPair {
  first: LabelledName;
  second: LabelledName;
  same: boolean;
  kind: string;
  /** A third of the pairs, by hash: not looked at while rules are made. */
  is_held_out: boolean;
}

const folder = join(import.meta.dirname, '..', '..', 'examples', 'identity');

export function readPairs(): LabelledPair[] {
  return readLines<Omit<LabelledPair, 'is_held_out'>>('pairs.jsonl').map((pair) => ({
    ...pair,
    is_held_out: isHeldOut(pair.first.name, pair.second.name),
  }));
}

/** Names that none of the pairs has, to be told from them. */
export function readDistractors(): LabelledName[] {
  return readLines('distractors.jsonl');
}

export function entityOf(labelled: LabelledName, entity_id: number): IdentityEntity {
  return {
    entity_id,
    name: labelled.name,
    name_key: nameKey(labelled.name),
    type_family: typeKey(labelled.type),
    aliases: labelled.aliases ?? [],
    attributes: labelled.attributes ?? [],
    neighbours: labelled.neighbours ?? [],
    disambiguator: '',
  };
}

function isHeldOut(first: string, second: string): boolean {
  const [byte = 0] = createHash('sha256').update(`${first}\n${second}`).digest();
  return byte % 3 === 0;
}

function readLines<Row>(file: string): Row[] {
  const lines = readFileSync(join(folder, file), 'utf8').split('\n').filter(Boolean);
  return lines.map((line): Row => JSON.parse(line));
}
