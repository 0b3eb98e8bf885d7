import { callProcedure } from './call.ts';
import type { Database } from './connect.ts';
import { queryRows } from './query.ts';

export interface PriceRow {
  model: string;
  input_usd_per_m: number;
  output_usd_per_m: number;
  cached_usd_per_m: number;
  updated_at: Date;
}

export function readPrices(db: Database): Promise<PriceRow[]> {
  return queryRows<PriceRow>(
    db,
    'SELECT model, input_usd_per_m, output_usd_per_m, cached_usd_per_m, updated_at FROM llm.vw_model_price ORDER BY model',
  );
}

/** The limits of one model, or of one dag. */
export interface ShownLimit {
  model: string | null;
  dag_id: number | null;
  requests_per_minute: number | null;
  tokens_per_minute: number | null;
  /** A day of a model, in all of a dag. */
  usd: number | null;
  /** Spent and reserved, today (UTC) or in all. */
  usd_used: number | null;
  is_spent: boolean;
  /** Jobs that wait for it. */
  waiting_jobs: number;
}

interface ModelLimit {
  model: string;
  is_limited: boolean;
  requests_per_minute: number | null;
  tokens_per_minute: number | null;
  usd_per_day: number | null;
  usd_used: number | null;
  is_spent: boolean;
}

interface DagLimit {
  dag_id: number;
  usd_limit: number;
  usd_used: number;
  is_spent: boolean;
}

/** Limits of models, then those of dags. */
export async function readLimits(db: Database): Promise<ShownLimit[]> {
  const models = await callProcedure<ModelLimit>(db, 'llm.usp_list_limits');
  const dags = await callProcedure<DagLimit>(db, 'llm.usp_list_dag_limits');
  const waiting = await queryRows<{ model: string | null; dag_id: number | null; jobs: number }>(
    db,
    'SELECT model, dag_id, jobs FROM llm.vw_limit_waiting',
  );
  const count = (isMeant: (row: { model: string | null; dag_id: number | null }) => boolean) =>
    waiting.filter(isMeant).reduce((sum, { jobs }) => sum + jobs, 0);
  return [
    ...models
      .filter(({ is_limited }) => is_limited)
      .map(({ model, requests_per_minute, tokens_per_minute, usd_per_day, usd_used, is_spent }) => ({
        model,
        dag_id: null,
        requests_per_minute,
        tokens_per_minute,
        usd: usd_per_day,
        usd_used,
        is_spent,
        waiting_jobs: count((row) => row.model === model),
      })),
    ...dags.map(({ dag_id, usd_limit, usd_used, is_spent }) => ({
      model: null,
      dag_id,
      requests_per_minute: null,
      tokens_per_minute: null,
      usd: usd_limit,
      usd_used,
      is_spent,
      waiting_jobs: count((row) => row.dag_id === dag_id),
    })),
  ];
}
