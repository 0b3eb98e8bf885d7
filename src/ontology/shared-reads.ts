import type { Database } from '../db/connect.ts';
import { readStamp } from '../db/ontology-queries.ts';
import { steadyMs } from '../steady-clock.ts';

/** Reads under a name what was read under it before. */
export type Once = <T>(name: string, read: () => Promise<T>) => Promise<T>;

/** So long the jobs of a node share what one of them has read, at most. */
const longestMs = 60_000;
/** Ontologies, or nodes of one, of which as much is kept in a thread at a time. */
const mostKept = 2;

interface Kept {
  stamp: string;
  reads: Map<string, unknown>;
  until: number;
}

const kept = new WeakMap<Database, Kept[]>();

/**
 * What the jobs of a thread read alike: all that belong to one plan of a node see one state of the ontology, read once,
 * until somebody edits it or a minute is over.
 */
export async function sharedReads(
  db: Database,
  subject: { ontology_id: number; dag_node_id: number },
): Promise<Map<string, unknown>> {
  const stamp = `${subject.ontology_id} ${subject.dag_node_id} ${await readStamp(db, subject)}`;
  const list = (kept.get(db) ?? []).filter(({ until }) => steadyMs() < until);
  const found = list.find((each) => each.stamp === stamp);
  if (found) return found.reads;
  const fresh = { stamp, reads: new Map<string, unknown>(), until: steadyMs() + longestMs };
  kept.set(db, [fresh, ...list].slice(0, mostKept));
  setTimeout(() => forget(db, fresh), longestMs).unref();
  return fresh.reads;
}

/** Reading that failed is tried again by the next who asks. */
export function memory(reads: Map<string, unknown>): Once {
  return <T>(name: string, read: () => Promise<T>): Promise<T> => {
    const found = reads.get(name) as Promise<T> | undefined;
    if (found) return found;
    const reading = read();
    reads.set(name, reading);
    reading.catch(() => reads.delete(name));
    return reading;
  };
}

/** A thread without work holds nothing. */
function forget(db: Database, old: Kept): void {
  kept.set(
    db,
    (kept.get(db) ?? []).filter((each) => each !== old),
  );
}
