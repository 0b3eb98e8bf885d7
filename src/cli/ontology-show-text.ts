import type { OntologyAnswer } from '../ontology/serve/get-ontology.ts';
import { counted, grouped, styled } from './output.ts';
import { visibleLine } from './visible.ts';

type Table = NonNullable<OntologyAnswer['tables']>[number];
type Column = Table['columns'][number];

/** What a database is about, line by line. */
export function domainLines({ datasource, engine, domain, glossary, relationship_graph }: OntologyAnswer): string[] {
  if (domain === undefined) return [];
  const { description, primary_domains, conventions, counts } = domain;
  return [
    `${styled(datasource, 'bold')} (${engine})`,
    ...(description === undefined ? [] : [description]),
    ...(primary_domains.length === 0 ? [] : [`Domains: ${primary_domains.join(', ')}`]),
    `${grouped(counts.tables)} tables, ${grouped(counts.columns)} columns, ${grouped(counts.entities)} entities, ${counts.bridges > 0 ? `${counted(counts.bridges, 'bridging table')}, ` : ''}${grouped(counts.relationships)} relationships, ${grouped(counts.glossary_terms)} terms`,
    ...section(
      'Conventions',
      Object.entries(conventions).flatMap(([name, value]) => conventionLines(name, value)),
    ),
    ...section(
      'Glossary',
      (glossary ?? []).map(({ term, definition }) => `${term}: ${definition}`),
    ),
    ...section(
      'Relationships',
      (relationship_graph ?? []).map(({ from, to, label, cardinality }) =>
        [`${from} -> ${to}`, label && `(${label})`, cardinality].filter(Boolean).join(' '),
      ),
    ),
  ];
}

/** An entity. */
export function entityLines(entity: NonNullable<OntologyAnswer['entities']>[number]): string[] {
  const { name, table, kind, domain, description, aliases = [], key_columns = [], occurrences = [] } = entity;
  const more = (entity.occurrence_count ?? 0) - occurrences.length;
  return [
    `\n${styled(name, 'bold')} (${[table, kind === 'entity' ? '' : kind, domain].filter(Boolean).join(', ')})`,
    ...(description === undefined ? [] : [`  ${description}`]),
    ...list('also called', aliases),
    ...list(
      'known by',
      key_columns.map((key) => [key.name, ...(key.synonyms ?? [])].join(' / ')),
    ),
    ...list('referred to by', [
      ...occurrences.map((each) => `${each.table}(${each.columns.join(', ')})${each.role ? ` as ${each.role}` : ''}`),
      ...(more > 0 ? [`${more} more`] : []),
    ]),
  ];
}

/** A table without its columns. */
export function tableLines({
  table,
  business_name,
  domain,
  description,
  rows,
  relationships,
  ...rest
}: Table): string[] {
  const what = [business_name, domain, rows === undefined ? '' : `${grouped(rows)} rows`].filter(Boolean).join(', ');
  return [
    `\n${styled(visibleLine(table), 'bold')}${what === '' ? '' : ` (${what})`}`,
    ...(description === undefined ? [] : [`  ${description}`]),
    ...list('also called', rest.aliases ?? []),
    ...(rest.note === undefined ? [] : [`  ${rest.note}`]),
    ...(relationships?.references ?? []).map(
      (each) =>
        `  ${each.columns.join(', ')} -> ${each.to_table}(${each.to_columns.join(', ')}) ${each.cardinality ?? ''}`,
    ),
    ...list('referred to by', [
      ...(relationships?.referenced_by ?? []).map((each) => `${each.from_table}(${each.from_columns.join(', ')})`),
      ...(relationships?.referenced_by_left_out ? [`${relationships.referenced_by_left_out} more`] : []),
    ]),
    ...(rest.columns_left_out === undefined ? [] : [`  ${rest.columns_left_out} columns are on other pages`]),
  ];
}

/** A column on one line. */
export function columnLine(column: Column): string {
  const kind = 'semantic_type' in column ? column.semantic_type : undefined;
  const isKey = column.is_primary_key === true || (column.references ?? []).length > 0;
  const marks = [
    column.is_primary_key && 'primary key',
    ...(column.references ?? []).map((each) => `-> ${each.table}.${each.column}`),
    !(isKey && /^(primary|foreign)_key$/.test(kind ?? '')) && kind,
    'is_sensitive' in column && 'sensitive',
  ].filter((mark) => typeof mark === 'string');
  const line = `    ${visibleLine(column.name)} ${styled(column.type, 'dim')}${marks.length === 0 ? '' : ` [${marks.join(', ')}]`}`;
  const description = 'description' in column ? column.description : undefined;
  const values = 'enum_values' in column ? (column.enum_values ?? []) : [];
  const told = values.map(({ value, label }) =>
    visibleLine(label === undefined ? String(value) : `${String(value)} = ${label}`),
  );
  return [line, description, told.length === 0 ? undefined : `Values: ${told.join(', ')}`].filter(Boolean).join('  ');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`\n${styled(title, 'bold')}`, ...lines.map((line) => `  ${line}`)];
}

function list(title: string, parts: readonly string[]): string[] {
  return parts.length === 0 ? [] : [`  ${title} ${parts.join(', ')}`];
}

/** What holds for many tables: its own words in a line, then a line for each column. */
function conventionLines(name: string, value: unknown): string[] {
  const whole = factsOf(value);
  const list = Array.isArray(value) ? value : [whole.get('tables'), whole.get('columns')].find(Array.isArray);
  if (list === undefined) return [`${name}: ${JSON.stringify(value)}`];
  const own = [...whole].filter(([, each]) => typeof each === 'string' || typeof each === 'number');
  const lines = list.map((each) => {
    const facts = factsOf(each);
    const place = [facts.get('table'), facts.get('column')].filter((part) => part !== undefined).join('.');
    const rest = [...facts].filter(([key, part]) => key !== 'table' && key !== 'column' && part !== null);
    return `  ${place}: ${rest.map(([key, part]) => `${key.replaceAll('_', ' ')} ${String(part)}`).join(', ')}`;
  });
  return [`${name}:${own.map(([key, each]) => ` ${key.replaceAll('_', ' ')} ${String(each)}`).join(',')}`, ...lines];
}

function factsOf(value: unknown): Map<string, unknown> {
  return new Map(typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : []);
}
