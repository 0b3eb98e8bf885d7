import type { RelationshipRow, TableRow } from '../../db/ontology-queries.ts';

/** Tables that have more to do with each other than with others. */
export interface TableGroup {
  /** The one that most others of the group are connected with; no bridge where there is another. */
  main_table: string;
  /** By key. */
  tables: string[];
}

/**
 * The group of each table: the relationship graph is taken apart where it holds together least (greedy modularity:
 * Clauset, Newman, Moore 2004). The same graph always gives the same groups.
 */
export function tableGroups(
  tables: readonly Pick<TableRow, 'table_key' | 'row_count'>[],
  relationships: readonly Pick<RelationshipRow, 'from_table' | 'to_table'>[],
  bridges: ReadonlySet<string> = new Set(),
): Map<string, TableGroup> {
  const keys = tables.map(({ table_key }) => table_key).toSorted();
  const known = new Set(keys);
  const edges = edgesOf(
    relationships.filter(({ from_table, to_table }) => known.has(from_table) && known.has(to_table)),
  );
  const degree = new Map<string, number>();
  for (const [from, to] of edges) {
    degree.set(from, (degree.get(from) ?? 0) + 1);
    degree.set(to, (degree.get(to) ?? 0) + 1);
  }
  const members = merged(keys, edges, degree);
  const rows = new Map(tables.map(({ table_key, row_count }) => [table_key, row_count ?? 0]));
  const groups = new Map<string, TableGroup>();
  for (const all of members) {
    const inOrder = all.toSorted();
    const [main_table = ''] = all.toSorted(
      (a, b) =>
        Number(bridges.has(a)) - Number(bridges.has(b)) ||
        (degree.get(b) ?? 0) - (degree.get(a) ?? 0) ||
        (rows.get(b) ?? 0) - (rows.get(a) ?? 0) ||
        inOrder.indexOf(a) - inOrder.indexOf(b),
    );
    for (const key of all) groups.set(key, { main_table, tables: inOrder });
  }
  return groups;
}

type Edge = readonly [string, string];

/** Each pair of tables once, in order. */
function edgesOf(relationships: readonly Pick<RelationshipRow, 'from_table' | 'to_table'>[]): Edge[] {
  const pairs = new Map<string, Edge>();
  for (const { from_table, to_table } of relationships) {
    if (from_table === to_table) continue;
    const edge: Edge = from_table < to_table ? [from_table, to_table] : [to_table, from_table];
    pairs.set(edge.join('\n'), edge);
  }
  return [...pairs].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, edge]) => edge);
}

interface Community {
  members: string[];
  degree: number;
  /** Edges to other communities. */
  links: Map<number, number>;
}

function merged(keys: readonly string[], edges: readonly Edge[], degree: ReadonlyMap<string, number>): string[][] {
  const at = new Map(keys.map((key, index) => [key, index]));
  const communities = new Map(
    keys.map((key, index): [number, Community] => [
      index,
      { members: [key], degree: degree.get(key) ?? 0, links: new Map() },
    ]),
  );
  const link = (from: number, to: number, count: number) => {
    const links = communities.get(from)?.links;
    links?.set(to, (links.get(to) ?? 0) + count);
  };
  for (const [from, to] of edges) {
    const [one = 0, other = 0] = [at.get(from), at.get(to)];
    link(one, other, 1);
    link(other, one, 1);
  }
  for (;;) {
    const best = bestMerge(communities, edges.length);
    if (!best) return [...communities.values()].map(({ members }) => members);
    const [one, other] = best;
    const [kept, gone] = [communities.get(one), communities.get(other)];
    if (!kept || !gone) return [...communities.values()].map(({ members }) => members);
    kept.members.push(...gone.members);
    kept.degree += gone.degree;
    communities.delete(other);
    for (const [neighbour, count] of gone.links) {
      communities.get(neighbour)?.links.delete(other);
      if (neighbour === one) continue;
      link(one, neighbour, count);
      link(neighbour, one, count);
    }
    kept.links.delete(other);
  }
}

/** The two whose union gains most; none if no union gains. */
function bestMerge(communities: ReadonlyMap<number, Community>, edges: number): readonly [number, number] | undefined {
  let best: readonly [number, number] | undefined;
  let most = 1e-12;
  for (const [one, { degree, links }] of communities) {
    for (const [other, count] of links) {
      if (other <= one) continue;
      const gain = count / edges - (degree * (communities.get(other)?.degree ?? 0)) / (2 * edges * edges);
      if (gain > most + 1e-12) [best, most] = [[one, other], gain];
    }
  }
  return best;
}
