import pg from 'pg';
import type { BenchServer } from '../support/server.ts';
import { type Contestant, inThousands } from './contestant.ts';

const batch = 500;
const claim = `UPDATE job SET status = 'RUNNING', run_id = gen_random_uuid(), started_at = now()
  WHERE job_id = ANY (ARRAY (
    SELECT job_id FROM job WHERE status = 'NEW' ORDER BY priority DESC, job_id LIMIT ${batch} FOR UPDATE SKIP LOCKED))
  RETURNING job_id, run_id, input`;
const complete = `UPDATE job SET status = 'SUCCEEDED', finished_at = now() WHERE job_id = ANY ($1)`;
const insert = `INSERT INTO job (dedupe_key, input)
  SELECT i.dedupe_key, i.input FROM jsonb_to_recordset($1) AS i (dedupe_key text, input jsonb)
  ON CONFLICT (dedupe_key) DO NOTHING`;

/** The ceiling: two statements on a narrow table, rows kept, no fence, no attempt row, no runner; two connections. */
export async function openRaw(server: BenchServer): Promise<Contestant> {
  const connectionString = await server.createDatabase('bench_raw');
  const clients = [new pg.Client({ connectionString }), new pg.Client({ connectionString })];
  for (const each of clients) await each.connect();
  const [client] = clients;
  if (client === undefined) throw new Error('no connection');
  await client.query(`
    CREATE TABLE job (
      job_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, status text NOT NULL DEFAULT 'NEW',
      priority integer NOT NULL DEFAULT 100, dedupe_key text COLLATE "C" NOT NULL UNIQUE, run_id uuid, input jsonb NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(), started_at timestamptz, finished_at timestamptz);
    CREATE INDEX ix_job_claim ON job (priority DESC, job_id) WHERE status = 'NEW';`);
  return {
    name: 'raw SQL',
    async enqueue(jobs) {
      await client.query('TRUNCATE job');
      const started = performance.now();
      for (const first of inThousands(jobs)) {
        const rows = Array.from({ length: Math.min(1000, jobs - first) }, (_, at) => ({
          dedupe_key: `k${first + at}`,
          input: { i: first + at },
        }));
        await client.query({ name: 'insert', text: insert, values: [JSON.stringify(rows)] });
      }
      return performance.now() - started;
    },
    async settle() {
      await client.query('VACUUM ANALYZE job');
      await client.query('CHECKPOINT');
    },
    async burnDown() {
      const started = performance.now();
      await Promise.all(
        clients.map(async (each) => {
          for (;;) {
            const { rows } = await each.query<{ job_id: string }>({ name: 'claim', text: claim });
            if (rows.length === 0) return;
            const ids = rows.map((row) => row.job_id);
            await each.query({ name: 'complete', text: complete, values: [ids] });
          }
        }),
      );
      return performance.now() - started;
    },
    async close() {
      for (const each of clients) await each.end();
    },
  };
}
