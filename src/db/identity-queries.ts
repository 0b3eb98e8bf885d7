import { callProcedure } from './call.ts';
import type { Database } from './connect.ts';

/** A live entity with what identity compares it by. */
export interface ComparedEntity {
  entity_id: number;
  name: string;
  name_key: string;
  type_family: string;
  disambiguator: string;
  observation_count: number;
  aliases: string[];
  attributes: { key: string; value: string }[];
  /** Name keys of the entities at the other ends of its relations. */
  neighbours: string[];
}

const page = 5_000;

/** Every live entity that is no tag, merged into nothing and not suppressed, in the order of ids, some thousands at a time. */
export async function* readComparedEntities(db: Database, type_family?: string): AsyncGenerator<ComparedEntity[]> {
  for (let after = 0; ; ) {
    const rows = await callProcedure<ComparedEntity>(db, 'kb.usp_list_compared_entities', {
      after,
      type_family,
      limit: page,
    });
    const last = rows.at(-1);
    if (!last) return;
    yield rows;
    after = last.entity_id;
  }
}

export interface DecidedPair {
  first_entity_id: number;
  second_entity_id: number;
  decision: 'merge' | 'relate' | 'distinct' | 'suppress';
}

/** Pairs that were decided about, as what they moved to if their family changed. A merge that somebody took back says that the two are not one. */
export function readDecidedPairs(db: Database): Promise<DecidedPair[]> {
  return callProcedure<DecidedPair>(db, 'kb.usp_list_decided_pairs');
}

/** Pairs that a model is asked about, or that wait for a person, as do questions whose job is a dead letter. */
export function readPendingPairs(db: Database): Promise<{ first_entity_id: number; second_entity_id: number }[]> {
  return callProcedure(db, 'kb.usp_list_pending_pairs');
}
