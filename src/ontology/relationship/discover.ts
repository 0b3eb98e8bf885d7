import type { KeyReader } from '../../datasource/key-reader.ts';
import { compositeEvidence } from './composite.ts';
import { sourcesOf } from './eligibility.ts';
import { type Evidence, type EvidenceOptions, gatherEvidence } from './evidence.ts';
import type { Resolution } from './fk-resolution.ts';
import { type OwnRows, ownRows } from './own-rows.ts';
import { mostCandidates, ranked } from './rank.ts';
import type { Schema, TargetKey } from './schema.ts';
import { shortlist } from './shortlist.ts';

/** Columns and a key that they may refer to. */
export interface Candidate {
  evidence: Evidence;
  own: OwnRows | undefined;
  /** What a model said of the column, if it is this key. */
  resolution: Resolution | undefined;
  /** The data bears out what the model said, and no other key has all the values. */
  isClean: boolean;
}

export interface Discovery {
  /** Likeliest first within a source. */
  candidates: Candidate[];
  /** Keys that could not be looked at, and why. */
  skipped: string[];
}

/**
 * What the columns of a table may refer to: what is declared is left out. What a model said of a column goes first; it stands
 * alone where the data leaves no doubt.
 */
export async function discover(
  reader: KeyReader,
  schema: Schema,
  table_key: string,
  known: { settled: ReadonlySet<string>; resolutions: ReadonlyMap<string, Resolution> },
  options: EvidenceOptions,
): Promise<Discovery> {
  const candidates: Candidate[] = [];
  const skipped: string[] = [];
  const sources = sourcesOf(schema, table_key).filter(({ column_key }) => !known.settled.has(column_key));
  const own = await ownRows(reader, schema, table_key, sources, options);
  for (const source of sources) {
    options.signal?.throwIfAborted();
    const resolution = known.resolutions.get(source.column_key);
    const listed = shortlist(schema, source);
    const said = resolution && keyOf(schema, resolution);
    const targets = said && !listed.includes(said) ? [said, ...listed] : listed;
    const gathered = await gatherEvidence(reader, schema, [source], targets, options);
    candidates.push(...chosen(gathered.found, own.get(source.column_key), said, resolution));
    skipped.push(...gathered.skipped);
  }
  const composite = await compositeEvidence(reader, schema, table_key, options);
  const paired = composite.found.map((evidence) => asCandidate(evidence, undefined, undefined));
  return { candidates: [...candidates, ...paired], skipped: [...skipped, ...composite.skipped] };
}

/** The keys that a model is asked about, of those that were looked at. */
export function chosen(
  found: readonly Evidence[],
  own: OwnRows | undefined,
  said: TargetKey | undefined,
  resolution: Resolution | undefined,
): Candidate[] {
  const list = ranked(found).map((evidence) => asCandidate(evidence, own, undefined));
  const evidence = said && found.find(({ target }) => target === said);
  if (!evidence || evidence.matched === 0) return list;
  const first = asCandidate(evidence, own, resolution);
  if (first.isClean) return [first];
  return [first, ...list.filter((other) => other.evidence.target !== said)].slice(0, mostCandidates);
}

function asCandidate(evidence: Evidence, own: OwnRows | undefined, resolution: Resolution | undefined): Candidate {
  const { distinct, matched, is_exact, rivals, is_own_key } = evidence;
  const isBorneOut = distinct > 0 && matched === distinct && is_exact && rivals === 0;
  // Of two keys that agree the data alone does not say which refers to which.
  const isClean = resolution !== undefined && isBorneOut && !is_own_key;
  return { evidence, own, resolution, isClean };
}

function keyOf(schema: Schema, { to_table, to_columns }: Resolution): TargetKey | undefined {
  const name = to_columns.join(' ');
  return schema.keys.find(
    ({ table, columns }) =>
      table.table_key === to_table && columns.map(({ column_key }) => column_key).join(' ') === name,
  );
}
