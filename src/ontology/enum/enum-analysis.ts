import { columnMaterial, distributionContent, shareOf } from '../classify/column-material.ts';
import { distributionOf, timestampColumns, timestampContent } from '../classify/neighbours.ts';
import type { ItemInput, ItemKind } from '../items.ts';
import { type Material, wholePercent } from '../material.ts';
import type { OntologyContext } from '../ontology-context.ts';
import { type ColumnFacts, columnFacts } from '../table-facts.ts';
import { type StatePresence, statePresence, stateTimestamps } from './state-presence.ts';

interface EnumAnalysis {
  is_state_machine: boolean;
  state_description?: string;
  values: { value: string; label: string; category: string }[];
}

interface EnumMaterial extends Material {
  values: string[];
}

/** What each value of a column means, and whether the values are steps of a process. */
export const enumAnalysis: ItemKind = {
  job_type: 'enum_analysis',
  material: async (context, input) => {
    const facts = await find(context, input);
    if (!facts) return undefined;
    return enumMaterial(facts, await statePresence(context, facts, input));
  },
  stable: async (context, input) => {
    const facts = await find(context, input);
    return facts && enumMaterial(facts, undefined).stable;
  },
  check: ({ is_state_machine, state_description, values }: EnumAnalysis, { values: wanted }: EnumMaterial) => {
    const given = values.map(({ value }) => value);
    const missing = wanted.filter((value) => !given.includes(value));
    const strange = given.filter((value) => !wanted.includes(value));
    const twice = given.filter((value, at) => given.indexOf(value) !== at);
    if (missing.length + strange.length + twice.length > 0) {
      const told = [
        missing.length > 0 && `missing: ${listed(missing)}`,
        strange.length > 0 && `not in the material: ${listed(strange)}`,
        twice.length > 0 && `more than once: ${listed(twice)}`,
      ];
      return `$.values: expected each value of the material exactly once, spelled as there; ${told.filter(Boolean).join('; ')}`;
    }
    const placed = values.findIndex(({ category }) => category !== 'none');
    if (!is_state_machine && placed >= 0) {
      return `$.values[${placed}].category: expected "none", for is_state_machine is false`;
    }
    if (!is_state_machine && state_description !== undefined) {
      return '$.state_description: expected none, for is_state_machine is false';
    }
    return undefined;
  },
};

async function find(context: OntologyContext, { subject_key }: ItemInput): Promise<ColumnFacts | undefined> {
  const facts = await columnFacts(context, subject_key);
  return facts?.column.classification_path === 'enum' && valuesOf(facts).length > 0 ? facts : undefined;
}

/** More than 50 no contract admits. */
const mostValues = 50;

/** Those that occur, most frequent first, and the labels of its type that do not. */
function valuesOf({ column }: ColumnFacts): { value: string; count: number; percent: number | string }[] {
  const known = distributionContent(column);
  if (column.is_sensitive || distributionOf(column).length === 0) return [];
  const unused = (column.enum_labels ?? []).filter((label) => !known.some(({ value }) => value === label));
  return [...known, ...unused.map((value) => ({ value, count: 0, percent: 0 }))].slice(0, mostValues);
}

function enumMaterial(facts: ColumnFacts, presence: StatePresence | undefined): EnumMaterial {
  const values = valuesOf(facts);
  const telling = stateTimestamps(facts);
  const others = timestampColumns(facts).filter((column) => presence === undefined || !telling.includes(column));
  const nulls = telling.map(({ column_key, null_count, row_count }) => [
    column_key,
    wholePercent(null_count, row_count),
  ]);
  const material = columnMaterial(facts, {
    content: {
      distribution: values.map((each) => ({ ...each, ...hasOf(facts, presence, each.value) })),
      ...(presence && { timestamps: telling.map(timestampContent) }),
      ...(others.length > 0 && { other_timestamps: others.slice(0, 30).map(timestampContent) }),
    },
    stable: { labels: facts.column.enum_labels, timestamps: nulls },
  });
  return { ...material, values: values.map(({ value }) => value) };
}

/** In what share of a value's rows each timestamp has a value, by name. */
function hasOf({ columns }: ColumnFacts, presence: StatePresence | undefined, value: string): object {
  const own = presence?.values.get(value);
  if (!presence || !own) return {};
  const shares = presence.timestamps.map((column_key, at): [string, number | string] => {
    const name = columns.find((column) => column.column_key === column_key)?.column_name ?? column_key;
    return [name, shareOf(own.has[at] ?? 0, own.count)];
  });
  return { has: Object.fromEntries(shares) };
}

function listed(values: readonly string[]): string {
  const shown = values.slice(0, 10).map((value) => JSON.stringify(value));
  return shown.join(', ') + (values.length > 10 ? ` and ${values.length - 10} more` : '');
}
