import type { Command } from 'commander';
import { registerDelta } from './ontology-delta.ts';
import { registerEdit } from './ontology-edit.ts';
import { registerEnrich } from './ontology-enrich.ts';
import { registerExtract } from './ontology-extract.ts';
import { registerGlossary } from './ontology-glossary.ts';
import { registerKnowledge } from './ontology-knowledge.ts';
import { registerLog } from './ontology-log.ts';
import { registerPending } from './ontology-pending.ts';
import { registerRelationship } from './ontology-relationship.ts';
import { registerSearch } from './ontology-search.ts';
import { registerShow } from './ontology-show.ts';
import { registerStatus } from './ontology-status.ts';
import { registerSteer } from './ontology-steer.ts';
import { registerTransfer } from './ontology-transfer.ts';

/** `sproute ontology`: what databases hold and mean. */
export function registerOntology(program: Command): void {
  const ontology = program
    .command('ontology')
    .description('what databases hold and mean: tables, columns, relationships');
  registerExtract(ontology);
  registerStatus(ontology);
  registerShow(ontology);
  registerSearch(ontology);
  registerEnrich(ontology);
  registerSteer(ontology);
  registerEdit(ontology);
  registerRelationship(ontology);
  registerPending(ontology);
  registerLog(ontology);
  registerDelta(ontology);
  registerGlossary(ontology);
  registerKnowledge(ontology);
  registerTransfer(ontology);
}
