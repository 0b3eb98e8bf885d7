import { canonicalJson } from '../../../src/contracts/canonical-json.ts';
import type { Database } from '../../../src/db/connect.ts';
import { queryRows } from '../../../src/db/query.ts';
import { columnsOf } from '../catalog.ts';

type Row = Record<string, unknown>;

/** The rows of every table that holds any beyond a transaction. */
export type Rows = Map<string, Row[]>;

/** One statement, for most tables have few rows. */
export async function readAllRows(db: Database): Promise<Rows> {
  const tables = [...(await columnsOf(db))].filter(([table]) => !ledgers.includes(table));
  const asJson = ([table, columns]: [string, string[]]) => {
    const list = columns.map((column) => `"${column}"`).join(', ');
    return db.engine === 'postgres'
      ? `SELECT '${table}' AS name, (SELECT jsonb_agg(t) FROM (SELECT ${list} FROM ${table}) AS t)::text AS found`
      : `SELECT '${table}' AS name, (SELECT ${list} FROM ${table} FOR JSON PATH, INCLUDE_NULL_VALUES) AS found`;
  };
  const statement = tables.map(asJson).join(' UNION ALL ');
  const all = await queryRows<{ name: string; found: string | null }>(db, statement);
  return new Map(all.map(({ name, found }) => [name, rowsIn(found ?? '[]')]));
}

/** JSON within it is text on one engine and not on the other. */
function rowsIn(json: string): Row[] {
  return JSON.parse(json, (_, value: unknown) => {
    if (typeof value !== 'string' || !/^[[{]/.test(value)) return value;
    try {
      return JSON.parse(value);
    } catch {
      return value;
    }
  });
}

const ledgers = ['llm.schema_migration', 'llm.schema_object', 'llm.schema_release'];

/** Tables whose rows come with migrations, beside those that people put there. */
const reference = ['kb.type_map', 'kb.type_family', 'kb.item_kind', 'kb.relation_inverse', 'kb.relation_end'];

/**
 * What there is to be of `before` after the migrations from one version to another: a line each row, with its former columns
 * and those of which it is known what they hold; and the same of `after`.
 */
export function keptRows(before: Rows, from: number, after: Rows, to: number): { expected: string[]; found: string[] } {
  const rows: Rows = new Map([...before].map(([table, each]) => [table, each.map((row) => ({ ...row }))]));
  for (const { version, change } of changes) if (version > from && version <= to) change(rows);
  const expected: string[] = [];
  const found: string[] = [];
  for (const [table, wanted] of rows) {
    const columns = [...new Set(wanted.flatMap((row) => Object.keys(row)))].sort();
    const line = (row: Row) =>
      `${table} (${columns.join(', ')}) ${canonicalJson(columns.map((column) => row[column] ?? null))}`;
    const lines = new Set(wanted.map(line));
    expected.push(...wanted.map(line));
    const now = (after.get(table) ?? []).map(line);
    found.push(...(reference.includes(table) ? now.filter((each) => lines.has(each)) : now));
  }
  return { expected: expected.sort(), found: found.sort() };
}

/** What the migrations make of rows that are there: the other ones only add to tables what is empty or a default. */
const changes: { version: number; change: (rows: Rows) => void }[] = [
  {
    version: 5,
    change: (rows) =>
      each(rows, 'kb.dim_entity', ({ type_family, confidence }) => ({
        type_confidence: type_family === 'unknown' ? null : confidence,
      })),
  },
  {
    version: 9,
    change: (rows) => {
      // Types of works became families of their own; what else was there is as it was.
      keep(rows, 'kb.type_map', ({ family, type_key }) => family === 'ours' && type_key !== 'novella');
      rows.get('kb.type_map')?.push({ kind: 'entity', type_key: 'novella', canonical: 'book', family: 'book' });
      rows.delete('kb.stage_relation');
      each(rows, 'kb.assertion', () => ({ subject_key: '' }));
      each(rows, 'kb.extraction', () => ({ subject_key: '' }));
    },
  },
  {
    version: 13,
    change: (rows) =>
      each(rows, 'kb.adjudication', ({ reason }) => ({ changes: ownChanges[String(reason).replace(/^v\d+ /, '')] })),
  },
  { version: 15, change: (rows) => each(rows, 'kb.extraction', () => ({ subject_group: [] })) },
  {
    version: 16,
    change: (rows) => {
      const decisions = rows.get('kb.identity_decision') ?? [];
      const related = new Set(
        decisions.filter(({ kind }) => kind === 'relate').map(({ assertion_id }) => assertion_id),
      );
      each(rows, 'kb.assertion', ({ assertion_id }) =>
        related.has(assertion_id) ? { item_kind: 'decided_relation' } : {},
      );
    },
  },
  {
    version: 17,
    change: (rows) => {
      rows.set('llm.budget_reservation', []);
      rows.get('llm.model_price')?.push({
        ...{ model: 'builtin-rules-1', input_usd_per_m: 0, output_usd_per_m: 0, cached_usd_per_m: 0 },
      });
      keep(rows, 'llm.model_price', () => true, ['updated_at']);
      each(rows, 'llm.rate_limit', () => ({ usd_used: 0, usd_day: null }));
      const isUnpriced = ({ model }: Row) => String(model).startsWith('unpriced');
      each(rows, 'llm.call', (row) =>
        isUnpriced(row) && !row.cache_hit && row.input_tokens !== 0 ? { cost_usd: null } : {},
      );
      each(rows, 'llm.run', (row) => (isUnpriced(row) && row.input_tokens !== 0 ? { cost_usd: null } : {}));
    },
  },
  {
    version: 18,
    change: (rows) => {
      each(rows, 'llm.schedule', () => ({ misfire_grace_seconds: 60 }));
      each(rows, 'llm.schedule_fire', ({ fired_at }) => ({ finished_at: fired_at, status: 'DONE', is_manual: false }));
    },
  },
  { version: 23, change: (rows) => each(rows, 'llm.job', () => ({ created_by: null })) },
  {
    version: 27,
    change: (rows) => {
      each(rows, 'llm.dag_node', () => ({ blocking_items: true, plan_message: null }));
      const datasources = rows.get('llm.datasource');
      if (datasources) rows.set('onto.datasource', datasources);
      rows.delete('llm.datasource');
    },
  },
  {
    version: 28,
    change: (rows) => {
      each(rows, 'onto.relationship', ({ relationship_key, dropped_at }) => ({
        dropped_because:
          dropped_at === null ? null : (reasons[String(relationship_key).replace(/_.*/s, '')] ?? 'schema'),
      }));
      const made = rows.get('onto.change_log')?.filter(({ target_key }) => target_key === 'k') ?? [];
      rows.set(
        'onto.ontology_dag',
        made
          .filter(({ dag_id }) => dag_id !== null)
          .map(({ ontology_id, dag_id, changed_at }) => ({ ontology_id, dag_id, changed_at })),
      );
    },
  },
];

/** By what a decision was made for: its own changes only, with the key that a name counts under. */
const ownChanges: Record<string, object> = {
  renamed: { confidence: 0.9, relation_type: 'Moved  To-the_x', relation_type_key: 'moved_to_the_x' },
  surer: { confidence: 0.8, start_text: null },
  approved: {},
  undone: { confidence: 0.9 },
  since: { confidence: 0.9 },
  'the same': { confidence: 0.9 },
  fact: { attribute: ' Birth-Date ', attribute_key: 'birth_date' },
};

const reasons: Record<string, string> = { id: 'evidence', declared: 'undeclared' };

function each(rows: Rows, table: string, change: (row: Row) => Row): void {
  for (const row of rows.get(table) ?? []) Object.assign(row, change(row));
}

/** Of a table only some of its rows and columns. */
function keep(rows: Rows, table: string, isKept: (row: Row) => boolean, without: string[] = []): void {
  const kept = (rows.get(table) ?? []).filter(isKept);
  for (const row of kept) for (const column of without) delete row[column];
  rows.set(table, kept);
}
