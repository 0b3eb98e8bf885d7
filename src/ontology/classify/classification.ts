import type { ItemKind } from '../items.ts';
import type { ClassificationPath } from '../profile/table-profile.ts';
import { type ColumnFacts, columnFacts } from '../table-facts.ts';
import { type ColumnMaterial, columnMaterial, type PathMaterial } from './column-material.ts';

/** What every answer about a column has. */
export interface ColumnAnswer {
  semantic_type: string;
  description: string;
  confidence: number;
}

/** What an answer makes of a column beside what it says itself; the steps after it follow from this and the data. */
export interface ColumnFeature {
  purpose: string;
  role: 'identifier' | 'attribute' | 'measure' | 'foreign_key';
  /** What else the path says, by name. */
  details: object;
  needs_enum_analysis?: boolean;
  needs_fk_resolution?: boolean;
  needs_cross_column_check?: boolean;
}

interface Path<Answer extends ColumnAnswer> {
  /** What the path shows beside statistics. */
  content(facts: ColumnFacts): PathMaterial;
  /** Why the data rule an answer out, worded for the model. */
  check?(answer: Answer, facts: ColumnFacts): string | undefined;
  feature(answer: Answer, facts: ColumnFacts): ColumnFeature;
}

/** The question about columns of one path. */
export function classification<Answer extends ColumnAnswer>(path: ClassificationPath, own: Path<Answer>): ItemKind {
  return {
    job_type: `${path}_classification`,
    material: async (context, { subject_key }) => {
      const facts = await columnFacts(context, subject_key);
      // Another profile meanwhile may have led it to another path.
      if (facts?.column.classification_path !== path) return undefined;
      return columnMaterial(facts, own.content(facts));
    },
    check: (answer: Answer, { facts }: ColumnMaterial) => own.check?.(answer, facts),
    payload: (answer: Answer, { facts }: ColumnMaterial) => ({ feature: featureOf(path, answer, facts, own) }),
  };
}

function featureOf<Answer extends ColumnAnswer>(
  path: ClassificationPath,
  answer: Answer,
  facts: ColumnFacts,
  own: Path<Answer>,
): object {
  const feature = own.feature(answer, facts);
  return {
    classification_path: path,
    needs_enum_analysis: false,
    needs_fk_resolution: false,
    needs_cross_column_check: false,
    ...feature,
    role: roleByKeys(facts) ?? feature.role,
    semantic_type: answer.semantic_type,
    description: answer.description,
    confidence: answer.confidence,
  };
}

/** What the schema declares needs no opinion. */
function roleByKeys({ table, column }: ColumnFacts): string | undefined {
  if (table.primary_key.length === 1 && table.primary_key[0] === column.column_key) return 'primary_key';
  return table.foreign_keys.some(({ columns }) => columns.includes(column.column_key)) ? 'foreign_key' : undefined;
}
