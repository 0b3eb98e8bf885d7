import type { EntityRow } from '../../db/ontology-queries.ts';

/** The parts of the business that its entities belong to, each once, sorted; those spelled alike are one. */
export function primaryDomains(entities: readonly Pick<EntityRow, 'domain' | 'kind'>[]): string[] {
  const domains = new Map<string, string>();
  for (const { domain, kind } of entities) {
    const name = domain?.trim().replaceAll(/\s+/g, ' ');
    if (name && kind !== 'staging' && !domains.has(name.toLowerCase())) domains.set(name.toLowerCase(), name);
  }
  return [...domains].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, name]) => name);
}
