import { SprouteError } from '../../errors.ts';
import { planColumnClassification } from './column-classification.ts';
import { planColumnEnrichment } from './column-enrichment.ts';
import { planCrossColumnAnalysis } from './cross-column-analysis.ts';
import { planEntityDiscovery } from './entity-discovery.ts';
import { planEntityEnrichment } from './entity-enrichment.ts';
import { planEnumAnalysis } from './enum-analysis.ts';
import { planFkResolution } from './fk-resolution.ts';
import { planGlossarySuggestion } from './glossary-suggestion.ts';
import { planOntologyFinalization } from './ontology-finalization.ts';
import type { Planner } from './plan.ts';
import { planRelationshipDiscovery } from './relationship-discovery.ts';
import { planRelationshipEnrichment } from './relationship-enrichment.ts';
import { planRelationshipValidation } from './relationship-validation.ts';
import { planSchemaProfile } from './schema-profile.ts';

/** The plan of each node of the dag, by its name; a node a line. */
const planners: Readonly<Record<string, Planner>> = {
  SchemaProfile: planSchemaProfile,
  ColumnClassification: planColumnClassification,
  EnumAnalysis: planEnumAnalysis,
  CrossColumnAnalysis: planCrossColumnAnalysis,
  EntityDiscovery: planEntityDiscovery,
  EntityEnrichment: planEntityEnrichment,
  ColumnEnrichment: planColumnEnrichment,
  OntologyFinalization: planOntologyFinalization,
  FKResolution: planFkResolution,
  RelationshipDiscovery: planRelationshipDiscovery,
  RelationshipValidation: planRelationshipValidation,
  RelationshipEnrichment: planRelationshipEnrichment,
  GlossarySuggestion: planGlossarySuggestion,
};

/** Throws CONFIG_INVALID. */
export function plannerOf(node: string): Planner {
  const planner = Object.hasOwn(planners, node) ? planners[node] : undefined;
  if (planner) return planner;
  throw new SprouteError('CONFIG_INVALID', `Nothing in this program says what the node ${node} does.`, {
    hint: `Known are ${Object.keys(planners).join(', ')}. Runners of an older version may be at work: restart them.`,
  });
}
