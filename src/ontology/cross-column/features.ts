import { objectKey } from '../object-key.ts';
import type { CrossColumns } from './candidates.ts';

/** A document of the contract cross_column_analysis. */
export interface CrossColumnAnswer {
  monetary: MonetaryPair[];
  soft_deletes: { column: string; is_soft_delete: boolean; non_null_meaning: string; confidence: number }[];
}

interface MonetaryPair {
  amount_column: string;
  currency_column: string | null;
  unit: 'cents' | 'dollars' | 'basis_points' | 'other';
  description: string;
  confidence: number;
}

const typeOfUnit: Readonly<Record<MonetaryPair['unit'], string>> = {
  cents: 'currency_cents',
  dollars: 'currency_amount',
  basis_points: 'basis_points',
  other: 'amount',
};

/** What an answer makes of each column that it was asked about: of an amount that is none nothing of it stays. */
export function crossColumnFeatures(answer: CrossColumnAnswer, { numeric, timestamps }: CrossColumns): object[] {
  const amounts = numeric.map(({ column_key }) => {
    const found = answer.monetary.find(({ amount_column }) => objectKey([amount_column]) === column_key);
    if (!found) return { column_key, feature: { details: { monetary: null } } };
    const { currency_column, unit, description, confidence } = found;
    const monetary = {
      currency_column: currency_column === null ? null : objectKey([currency_column]),
      unit,
      description,
      confidence,
    };
    const feature = { purpose: 'measure', role: 'measure', semantic_type: typeOfUnit[unit], details: { monetary } };
    return { column_key, feature };
  });
  const rare = timestamps.flatMap(({ column_key, column_name, details }) => {
    const found = answer.soft_deletes.find(({ column }) => column === column_name);
    if (!found) return [];
    const { is_soft_delete, non_null_meaning, confidence } = found;
    const soft_delete = { is_soft_delete, non_null_meaning, confidence };
    const was = details.timestamp_purpose === 'soft_delete';
    const feature = {
      ...(is_soft_delete && { semantic_type: 'soft_delete_timestamp' }),
      // What was said of it by itself says that rows with a value are gone.
      ...(!is_soft_delete && was && { semantic_type: 'event_time', description: non_null_meaning }),
      details: {
        soft_delete,
        is_soft_delete,
        ...(is_soft_delete !== was && { timestamp_purpose: is_soft_delete ? 'soft_delete' : 'event_time' }),
      },
    };
    return [{ column_key, feature }];
  });
  return [...amounts, ...rare];
}
