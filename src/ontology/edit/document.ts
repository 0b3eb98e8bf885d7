import { createHash } from 'node:crypto';
import { canonicalJson } from '../../contracts/canonical-json.ts';
import { isObject, type JsonObject } from '../../contracts/json.ts';
import { findContract } from '../../contracts/registry.ts';
import { validateAnswer } from '../../contracts/validate.ts';
import type { Database } from '../../db/connect.ts';
import { type EditRow, readEdits } from '../../db/ontology-edit-queries.ts';
import { type GlossaryRow, readGlossary } from '../../db/ontology-glossary-queries.ts';
import {
  type ColumnRow,
  type EntityRow,
  type OntologyRow,
  readColumns,
  readEntities,
  readKnowledge,
  readRelationships,
  readSkipped,
  readTables,
  type TableRow,
} from '../../db/ontology-queries.ts';
import { SprouteError } from '../../errors.ts';
import { known } from '../serve/known.ts';

export const documentFormat = 'sproute-ontology';
const contractName = 'ontology_document';

/**
 * An ontology as a document of the contract ontology_document: what was inferred, with edits over it, and what people said.
 * Keys and rows are in a fixed order and nothing in it is a time, an id or a statistic that every new row moves, so that it
 * can be compared and kept in git. `peopleOnly` leaves out what was inferred.
 */
export async function exportDocument(db: Database, ontology: OntologyRow, peopleOnly = false): Promise<JsonObject> {
  const { ontology_id } = ontology;
  const body = {
    ...(!peopleOnly && (await inferredParts(db, ontology))),
    edits: (await readEdits(db, ontology_id)).map(editPart).sort(byCanonicalKey),
    glossary: (await readGlossary(db, ontology_id)).map(termPart),
    knowledge: (await readKnowledge(db, ontology_id))
      .map(({ about, fact, created_by }) => ({ ...(about !== '' && { about }), fact, by: created_by }))
      .sort(byCanonicalKey),
  };
  const fingerprint = createHash('sha256').update(canonicalJson(body)).digest('hex');
  const { version } = findContract(contractName);
  return {
    format: documentFormat,
    version,
    datasource: ontology.datasource,
    engine: ontology.engine,
    fingerprint,
    ...body,
  };
}

/** A document as JSON, a field a line. */
export function documentText(document: JsonObject): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** The text of a file as a document. Throws INPUT_INVALID and says where it is none. */
export function parseDocument(text: string, name: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(`${name} is no JSON: ${error instanceof Error ? error.message : 'unreadable'}.`);
  }
  if (!isObject(value) || value.format !== documentFormat) throw invalid(`${name} is no exported ontology.`);
  const contract = findContract(contractName);
  const [major] = String(value.version).split('.');
  if (typeof value.version === 'string' && major !== contract.version.split('.')[0]) {
    throw invalid(`${name} has version ${value.version} of the format; this program reads ${contract.version}.`);
  }
  const { issues, value: valid } = validateAnswer(contract, value);
  if (issues.length > 0) {
    const said = issues.slice(0, 5).map(({ path, expected, got }) => `${path} should be ${expected}, not ${got}`);
    throw invalid(`${name} is not valid: ${said.join('; ')}.`);
  }
  if (isObject(valid)) return valid;
  throw invalid(`${name} is no exported ontology.`);
}

function invalid(message: string): SprouteError {
  return new SprouteError('INPUT_INVALID', message, {
    hint: '`sproute ontology export` writes such a document; docs/ontology-edits.md says what is in it.',
  });
}

async function inferredParts(db: Database, ontology: OntologyRow): Promise<object> {
  const { ontology_id, fingerprint, description, primary_domains, conventions } = ontology;
  const columns = Map.groupBy(await readColumns(db, ontology_id), ({ table_key }) => table_key);
  const entities = new Map((await readEntities(db, ontology_id)).map((row) => [row.table_key, row]));
  const relationships = await readRelationships(db, ontology_id, { status: 'accepted' });
  return {
    ...known({ schema_fingerprint: fingerprint, description, primary_domains, conventions: ordered(conventions) }),
    tables: (await readTables(db, ontology_id))
      .map((table) => tablePart(table, entities.get(table.table_key), columns.get(table.table_key) ?? []))
      .sort((a, b) => compare(String(a.table_key), String(b.table_key))),
    relationships: relationships
      .map((row) => ({
        relationship_key: row.relationship_key,
        provenance: row.provenance,
        ...known({
          cardinality: row.cardinality,
          confidence: row.confidence,
          description: row.description,
          from_role: row.from_role,
          to_role: row.to_role,
          reasoning: row.reasoning,
        }),
      }))
      .sort((a, b) => compare(a.relationship_key, b.relationship_key)),
    ...known({ skipped: (await readSkipped(db, ontology_id)).map(ordered) }),
  };
}

function tablePart(table: TableRow, entity: EntityRow | undefined, columns: readonly ColumnRow[]): JsonObject {
  const { table_key, kind, comment, primary_key, unique_keys, foreign_keys } = table;
  return {
    table_key,
    kind,
    ...known({ comment, primary_key, unique_keys: unique_keys.map(ordered), foreign_keys: foreign_keys.map(ordered) }),
    ...(entity && {
      entity: {
        name: entity.name,
        ...known({
          kind: entity.kind,
          subtype_of: entity.subtype_of,
          description: entity.description,
          domain: entity.domain,
          confidence: entity.confidence,
          aliases: entity.aliases,
          key_columns: entity.key_columns.map(ordered),
        }),
      },
    }),
    columns: columns.map(columnPart),
  };
}

function columnPart(column: ColumnRow): JsonObject {
  const { column_key, data_type, is_nullable, is_sensitive, enum_values, details } = column;
  return {
    column_key,
    data_type,
    is_nullable,
    ...(is_sensitive && { is_sensitive }),
    ...known({
      classification_path: column.classification_path,
      purpose: column.purpose,
      semantic_type: column.semantic_type,
      role: column.role,
      fk_role: column.fk_role,
      description: column.description,
      confidence: column.confidence,
      synonyms: column.synonyms,
      enum_values: enum_values.map(ordered),
      details: ordered(details),
    }),
  };
}

function editPart({ target_kind, target_key, field, source, value, based_on, updated_by }: EditRow): JsonObject {
  return {
    target_kind,
    target_key,
    field,
    source,
    value: ordered(value),
    ...(based_on !== null && { based_on: ordered(based_on) }),
    by: updated_by,
  };
}

function termPart(row: GlossaryRow): JsonObject {
  return {
    term: row.term,
    definition: row.definition,
    ...known({
      sql_pattern: row.sql_pattern,
      base_table: row.base_table,
      columns_used: row.columns_used,
      filters: row.filters.map(ordered),
      aggregation: row.aggregation,
      aliases: row.aliases,
    }),
    source: row.source,
    by: row.updated_by,
  };
}

/** JSON with the keys of objects in order, as both engines give them. */
function ordered<T>(value: T): unknown {
  return JSON.parse(canonicalJson(value)) as unknown;
}

function byCanonicalKey(a: object, b: object): number {
  return compare(canonicalJson(Object.values(a)), canonicalJson(Object.values(b)));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
