import pg from 'pg';
import { test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { putPage, sha256, routePage } from '../support/routing.ts';
import { queryRows } from '../../src/db/query.ts';
const log = (name: string, x: unknown) => process.stdout.write(`@@ ${name}: ${JSON.stringify(x)}\n`);
const item = (kind: string, i: number, payload: any, keys: any) => ({ item_kind: kind, item_index: i, chunk_index: 0, item_sha256: sha256(JSON.stringify(payload)), merge_key: JSON.stringify(payload).slice(0, 300), payload, keys, char_start: i, char_end: i + 3, quote: 'abc', grounding: 'exact', is_weak: false, confidence: 0.95 });
const big = (page: number, E: number, R: number, v: number) => ({ contract: 'entity_extraction', version: '1.0.0', page: { source_page_id: page }, model: 'm', prompt_sha256: null, chunks: [], items: [
  ...Array.from({ length: E }, (_, i) => item('entity', i, { name: `E${i}`, type: 'person', aliases: [`A${i}`], description: `d${v}`, quote: 'abc' }, { name_key: `e${i}`, type_key: 'person', aliases_keys: [`a${i}`] })),
  ...Array.from({ length: R }, (_, i) => item('relationship', i, { from_entity: `E${i % E}`, to_entity: `E${(i * 7 + 1) % E}`, relation_type: `r${i % 9}`, v, quote: 'abc' }, { from_entity_key: `e${i % E}`, to_entity_key: `e${(i * 7 + 1) % E}`, relation_type_key: `r${i % 9}` })),
] });
test('D', async () => {
  const t = await createTestDatabase(2);
  const text = 'Ann met Bob.'; const rel = (start?: string) => ({ relationships: [{ from_entity: 'Ann', to_entity: 'Bob', relation_type: 'met', quote: text, ...(start !== undefined && { start }) }] });
  await routePage(t.db, 'p1', text, rel(' ')); await routePage(t.db, 'p2', text, rel()); await routePage(t.db, 'p1', `${text} v2`, {});
  log('E13 now', await queryRows(t.db, 'SELECT start_text, observation_count FROM kb.bridge_entity_relation'));
  await queryRows(t.db, 'DELETE FROM kb.governance_policy'); await routePage(t.db, 'p3', text, { entities: [{ name: 'Dee', type: 'person', quote: text }] });
  log('no policy', await queryRows(t.db, `SELECT name_key, observation_count, retracted_at IS NULL AS live FROM kb.dim_entity WHERE name_key = 'dee'`));
  await queryRows(t.db, `INSERT INTO kb.governance_policy VALUES ('*','*',0.9,0.7)`);
  const c = new pg.Client({ connectionString: t.url }); await c.connect();
  await c.query(`SET statement_timeout = 45000`);
  const page = await putPage(t.db, 'p', 'abc'.repeat(10000));
  let n = 0;
  const go = async (what: string, p: any) => {
    const e = (await c.query(`SELECT job_id FROM llm.usp_enqueue_job('entity_extraction', p_source_page_id => $1, p_rerun => $2)`, [page.source_page_id, ++n])).rows[0];
    const j = (await c.query(`UPDATE llm.job SET status='RUNNING', run_id=gen_random_uuid(), locked_by=gen_random_uuid(), started_at=now(), lease_expires_at=now()+interval '1 hour' WHERE job_id=$1 RETURNING run_id`, [e.job_id])).rows[0];
    const s = JSON.stringify(p); const T = Date.now();
    try { const r = await c.query('SELECT outcome FROM kb.usp_process_entity_extraction_output($1,$2,$3)', [e.job_id, j.run_id, s]); if (what) log(`${what}`, { ms: Date.now() - T, linked: r.rows[0].outcome.linked }); } catch (x: any) { log(`${what}`, { ms: Date.now() - T, err: x.message, where: String(x.where).slice(0, 260) }); }
  };
  for (let i = 0; i < 7; i++) await go('', big(page.source_page_id, 3, 3, 100 + i));
  await go(`1000/4000`, big(page.source_page_id, 1000, 4000, 1));
  await go(`1000/4000 same`, big(page.source_page_id, 1000, 4000, 1));
  await go(`1000/4000 changed`, big(page.source_page_id, 1000, 4000, 2));
  await go(`5000/20000`, big(page.source_page_id, 5000, 20000, 1));
  await c.end(); await t.close();
}, 600_000);
