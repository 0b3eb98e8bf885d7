/** How the found items of one family stand against its labels. */
export interface Verdict<G, F> {
  right: { label: G; item: F }[];
  wrong: F[];
  missed: G[];
  /** Items that no label asks for and that are not wrong either. */
  neutral: F[];
}

/**
 * Pairs labels with items, one to one and as many as possible; required labels come before optional ones. An item that
 * fits an optional label only, or is excused, is neutral; any other left over is wrong.
 */
export function judge<G extends { optional: boolean }, F>(
  labels: readonly G[],
  items: readonly F[],
  fits: (label: G, item: F) => boolean,
  isExcused: (item: F) => boolean,
): Verdict<G, F> {
  const required = labels.filter((label) => !label.optional);
  const paired = pair(required, items, fits);
  const taken = new Set(paired.values());
  const left = items.filter((item) => !taken.has(item));
  const tolerated = new Set(
    pair(
      labels.filter((label) => label.optional),
      left,
      fits,
    ).values(),
  );
  const neutral = left.filter((item) => tolerated.has(item) || isExcused(item));
  return {
    right: [...paired].map(([label, item]) => ({ label, item })),
    wrong: left.filter((item) => !neutral.includes(item)),
    missed: required.filter((label) => !paired.has(label)),
    neutral,
  };
}

/** A largest set of pairs, by augmenting paths. */
function pair<G, F>(labels: readonly G[], items: readonly F[], fits: (label: G, item: F) => boolean): Map<G, F> {
  const itemOf = new Map<G, F>();
  const labelOf = new Map<F, G>();
  const place = (label: G, seen: Set<F>): boolean => {
    for (const item of items) {
      if (seen.has(item) || !fits(label, item)) continue;
      seen.add(item);
      const holder = labelOf.get(item);
      if (holder !== undefined && !place(holder, seen)) continue;
      itemOf.set(label, item);
      labelOf.set(item, label);
      return true;
    }
    return false;
  };
  for (const label of labels) place(label, new Set());
  return itemOf;
}
