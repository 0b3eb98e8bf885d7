import { z } from 'zod';
import { type GlossaryRow, readGlossary } from '../../db/ontology-glossary-queries.ts';
import { type EntityRow, type RelationshipRow, readEntities } from '../../db/ontology-queries.ts';
import { cutLists } from './cut-lists.ts';
import { known } from './known.ts';
import { Budget, isBehind, type Place } from './page.ts';
import type { Part, Served } from './served.ts';

const edgeSchema = z.strictObject({
  from: z.string().describe('the entity that refers'),
  to: z.string().describe('the entity that is referred to'),
  from_table: z.string(),
  to_table: z.string(),
  label: z.string().optional().describe('what the one that is referred to is to the other'),
  cardinality: z.enum(['1:1', 'N:1', '1:N', 'N:M']).optional(),
});

const termSchema = z.strictObject({
  term: z.string(),
  definition: z.string(),
  base_table: z.string().optional(),
});

export const domainPartsSchema = z.strictObject({
  domain: z
    .strictObject({
      description: z.string().optional().describe('what the database is about'),
      primary_domains: z.array(z.string()).describe('the parts of the business'),
      primary_domains_left_out: z.int().optional().describe('so many more parts there are'),
      conventions: z
        .record(z.string(), z.unknown())
        .describe(
          'how it marks soft deletes, currencies and audit columns: queries have to heed them; of what a list leaves out depth columns tells',
        ),
      counts: z.strictObject({
        tables: z.int(),
        columns: z.int(),
        entities: z.int(),
        bridges: z.int().describe('tables that only connect others'),
        relationships: z.int(),
        glossary_terms: z.int(),
        declared_foreign_keys: z.int().optional(),
        skipped_tables: z.int().describe('tables that could not be read'),
      }),
    })
    .optional()
    .describe('at depth domain'),
  glossary: z
    .array(termSchema)
    .optional()
    .describe('at depth domain: terms of the business; get_glossary has their SQL'),
  relationship_graph: z.array(edgeSchema).optional().describe('at depth domain: which entity refers to which'),
});
export type DomainParts = z.infer<typeof domainPartsSchema>;

const domainsSchema = z.object({ primary_domains: z.array(z.string()), primary_domains_left_out: z.int().optional() });

/** So much of an answer at most, so that there is room for the rest. */
const shares = { primary_domains: 0.1, conventions: 0.4 };
const longestReason = 160;

/** What the database is about: terms and relationships fill what room there is. */
export async function domainDepth(served: Served): Promise<Part<DomainParts>> {
  const { db, ontology, tables, isChosen, head, after } = served;
  const { ontology_id } = ontology;
  const entities = await readEntities(db, ontology_id);
  const terms = await readGlossary(db, ontology_id);
  const keys = new Set(tables.map(({ table_key }) => table_key));
  const accepted = served.accepted?.filter((row) => !isChosen || keys.has(row.from_table) || keys.has(row.to_table));
  const domain = {
    ...(ontology.description !== null && { description: ontology.description }),
    ...domainsSchema.parse(
      cutLists({ primary_domains: ontology.primary_domains }, served.max_tokens * shares.primary_domains),
    ),
    conventions: cutLists(ontology.conventions, served.max_tokens * shares.conventions),
    counts: {
      tables: tables.length,
      columns: tables.reduce((sum, { column_count }) => sum + column_count, 0),
      entities: entities.filter(({ kind }) => kind === 'entity' || kind === 'subtype').length,
      bridges: entities.filter(({ kind }) => kind === 'bridge').length,
      relationships: served.accepted?.length ?? 0,
      glossary_terms: terms.length,
      ...(ontology.declared_foreign_keys !== null && { declared_foreign_keys: ontology.declared_foreign_keys }),
      skipped_tables: skippedTables(served).length,
    },
  };
  const notes = notesOf(served, entities);
  const list = [...terms.map(termUnit), ...edgeUnits(accepted ?? [], entities)];
  const budget = new Budget(served.max_tokens, { ...head, domain, notes });
  const rest = list.filter(({ place }) => isBehind(place, after));
  const taken: Unit[] = [];
  for (const unit of rest) {
    if (!budget.takes(taken.length === 0 && after !== undefined, unit.term ?? unit.edge)) break;
    taken.push(unit);
  }
  const isWhole = taken.length === rest.length;
  return {
    body: {
      domain,
      glossary: taken.flatMap(({ term }) => term ?? []),
      ...(accepted && { relationship_graph: taken.flatMap(({ edge }) => edge ?? []) }),
    },
    notes,
    returned: taken.length,
    total: list.length,
    last: isWhole ? undefined : (taken.at(-1)?.place ?? [-1]),
    left_out: isWhole ? undefined : leftOut(rest.slice(taken.length)),
  };
}

interface Unit {
  place: Place;
  term?: z.infer<typeof termSchema>;
  edge?: z.infer<typeof edgeSchema>;
}

function termUnit({ term_key, term, definition, base_table }: GlossaryRow): Unit {
  return { place: [0, term_key], term: { term, definition, ...(base_table !== null && { base_table }) } };
}

function edgeUnits(accepted: readonly RelationshipRow[], entities: readonly EntityRow[]): Unit[] {
  const names = new Map(entities.map(({ table_key, name }) => [table_key, name]));
  return accepted
    .map((row) => ({
      place: [1, row.relationship_key],
      edge: edgeSchema.parse(
        known({
          from: names.get(row.from_table) ?? row.from_table,
          to: names.get(row.to_table) ?? row.to_table,
          from_table: row.from_table,
          to_table: row.to_table,
          label: row.to_role,
          cardinality: row.cardinality,
        }),
      ),
    }))
    .toSorted((a, b) => (String(a.place[1]) < String(b.place[1]) ? -1 : 1));
}

function leftOut(units: readonly Unit[]): string {
  const terms = units.filter(({ term }) => term).length;
  const edges = units.length - terms;
  const parts = [terms > 0 && `${terms} terms of the glossary`, edges > 0 && `${edges} relationships`];
  return parts.filter((part) => part !== false).join(' and ');
}

/** Tables that the login may not read, and those whose rows could not be looked at. */
function skippedTables({ ontology, tables }: Served): { table_key: string; reason: string }[] {
  const unread = tables.filter(({ profile_status }) => profile_status === 'FAILED' || profile_status === 'SKIPPED');
  const reason = 'no reason was given';
  return [
    ...ontology.skipped,
    ...unread.map(({ table_key, profile_message }) => ({ table_key, reason: profile_message ?? reason })),
  ];
}

/** What is missing and who brings it. */
function notesOf(served: Served, entities: readonly EntityRow[]): string[] {
  const { ontology, tables } = served;
  const { datasource } = ontology;
  const skipped = skippedTables(served);
  const most = Math.min(10, Math.ceil(served.max_tokens / 400));
  const names = skipped.slice(0, most).map(({ table_key, reason }) => `${table_key} (${clipped(reason)})`);
  return [
    tables.length === 0 && `No table is known yet: \`sproute ontology extract ${datasource}\` finds them.`,
    tables.length > 0 &&
      entities.length === 0 &&
      'No entity is known yet: get_progress says how far the extraction is.',
    ontology.description === null && entities.length > 0 && 'There is no description of the whole yet.',
    skipped.length > 0 &&
      `${skipped.length} tables could not be read: ${names.join('; ')}${skipped.length > most ? ' and others' : ''}.`,
  ].filter((note) => note !== false);
}

function clipped(reason: string): string {
  return reason.length > longestReason ? `${reason.slice(0, longestReason - 1)}…` : reason;
}
