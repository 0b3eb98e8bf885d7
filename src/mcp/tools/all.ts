import type { Tool } from '../tool.ts';
import { getEntityTool } from './get-entity.ts';
import { getGlossaryTool } from './get-glossary.ts';
import { getOntologyTool } from './get-ontology.ts';
import { getProgressTool } from './get-progress.ts';
import { listRelationshipsTool } from './list-relationships.ts';
import { searchEntitiesTool } from './search-entities.ts';
import { searchOntologyTool } from './search-ontology.ts';

/** Every tool, in the order in which clients list them. */
export const tools: readonly Tool[] = [
  getOntologyTool,
  searchOntologyTool,
  getGlossaryTool,
  listRelationshipsTool,
  getProgressTool,
  searchEntitiesTool,
  getEntityTool,
];
