/** One node of the dag of an extraction. */
export interface OntologyNode {
  name: string;
  /** What is going on while it runs, for people. */
  title: string;
  /** Leaving it out saves money. */
  asks_model: boolean;
  /** Whether a plan that fails ends the extraction: what comes later cannot do without it. Failed items never do. */
  blocking: boolean;
  /** Left out unless it is asked for. */
  optional?: true;
}

/** Every node, in order. */
export const ontologyNodes: readonly OntologyNode[] = [
  { name: 'SchemaProfile', title: 'Collecting column metadata', asks_model: false, blocking: true },
  { name: 'ColumnClassification', title: 'Classifying columns', asks_model: true, blocking: true },
  { name: 'EnumAnalysis', title: 'Analyzing enum values', asks_model: true, blocking: false },
  { name: 'FKResolution', title: 'Resolving FK candidates', asks_model: true, blocking: false },
  { name: 'CrossColumnAnalysis', title: 'Cross-column analysis', asks_model: true, blocking: false },
  { name: 'RelationshipDiscovery', title: 'Discovering relationships', asks_model: false, blocking: true },
  { name: 'RelationshipValidation', title: 'Validating relationships', asks_model: true, blocking: false },
  { name: 'RelationshipEnrichment', title: 'Describing relationships', asks_model: true, blocking: false },
  { name: 'EntityDiscovery', title: 'Discovering entities', asks_model: false, blocking: true },
  { name: 'EntityEnrichment', title: 'Describing entities', asks_model: true, blocking: false },
  { name: 'ColumnEnrichment', title: 'Describing columns', asks_model: true, blocking: false },
  { name: 'OntologyFinalization', title: 'Finalizing the ontology', asks_model: true, blocking: false },
  { name: 'GlossarySuggestion', title: 'Suggesting terms', asks_model: true, blocking: false, optional: true },
];

/** What is going on in a node, for people. */
export function titleOf(name: string): string {
  return ontologyNodes.find((node) => node.name === name)?.title ?? name;
}
