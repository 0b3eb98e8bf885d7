import type { RelationshipRow } from '../../db/ontology-queries.ts';

interface Settlement {
  relationship_key: string;
  status: 'accepted' | 'rejected';
}

/** What settling changes, and the relationships that count once it is done. */
export function settled(rows: readonly RelationshipRow[]): { changes: Settlement[]; accepted: RelationshipRow[] } {
  const changes = settle(rows);
  const after = new Map(changes.map(({ relationship_key, status }) => [relationship_key, status]));
  const accepted = rows.filter((row) => {
    return (isDecided(row) ? row.status : (after.get(row.relationship_key) ?? row.status)) === 'accepted';
  });
  return { changes, accepted };
}

/**
 * A column refers to one key: of the targets of a source that were all found valid the best is kept, by what the model was
 * surest of and then by the data. What is declared, or was accepted by a person, wins. Only what changes is told.
 */
function settle(rows: readonly RelationshipRow[]): Settlement[] {
  const open = rows.filter((row) => row.inferred_status === 'accepted' || row.rejected_because === 'better_target');
  const bySource = Map.groupBy(open, (row) => `${row.from_table} ${row.from_columns.toSorted().join(' ')}`);
  return [...bySource.values()].flatMap((all) => {
    const [best] = all
      .filter(({ status, rejected_because }) => status !== 'rejected' || rejected_because === 'better_target')
      .sort(better);
    return all.filter(isInferred).flatMap((row): Settlement[] => {
      const status = row === best ? 'accepted' : 'rejected';
      return row.inferred_status === status ? [] : [{ relationship_key: row.relationship_key, status }];
    });
  });
}

function isInferred({ provenance }: RelationshipRow): boolean {
  return provenance === 'inferred' || provenance === 'feature';
}

/** Composite keys beside single ones of their columns are other sources: both may hold. */
function better(one: RelationshipRow, other: RelationshipRow): number {
  return (
    Number(isInferred(one)) - Number(isInferred(other)) ||
    Number(edited(other)) - Number(edited(one)) ||
    (other.confidence ?? 0) - (one.confidence ?? 0) ||
    (one.candidate_rank ?? 0) - (other.candidate_rank ?? 0) ||
    (one.relationship_key < other.relationship_key ? -1 : 1)
  );
}

function edited(row: RelationshipRow): boolean {
  return row.status === 'accepted' && isDecided(row);
}

function isDecided({ edited }: RelationshipRow): boolean {
  return (edited ?? '').split(',').includes('status');
}
