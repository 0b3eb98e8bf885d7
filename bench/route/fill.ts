import type pg from 'pg';

export const hubName = 'Hub';

/**
 * Fills the knowledge tables as routing would have left them: `entities` persons with one assertion each, and a person
 * whom `hub` assertions name. Routing itself would take hours for a million.
 */
export async function prepareFill(client: pg.Client, entities: number, hub: number): Promise<void> {
  await client.query('SET synchronous_commit = off');
  await fill(client, `'filler ' || i`, `'Filler ' || i`, entities, 0, false);
  if (hub > 0) await fill(client, `'hub'`, `'${hubName}'`, hub, entities, true);
  await client.query('RESET synchronous_commit');
  await client.query('VACUUM ANALYZE');
}

async function fill(
  client: pg.Client,
  key: string,
  name: string,
  count: number,
  after: number,
  isOne: boolean,
): Promise<void> {
  const series = `generate_series(${after + 1}, ${after + count}) AS i`;
  const entity = isOne ? String(after + 1) : 'i';
  const entities = isOne ? `generate_series(${after + 1}, ${after + 1}) AS i` : series;
  const observed = isOne ? count : 1;
  await client.query(`INSERT INTO kb.name (name_key) SELECT ${key} FROM ${entities}`);
  await client.query(`
    INSERT INTO kb.dim_entity (entity_id, name_key, type_family, entity_name, entity_type, confidence, observation_count,
      mention_count, promotion_state, created_at, updated_at)
    OVERRIDING SYSTEM VALUE
    SELECT ${entity}, ${key}, 'person', ${name}, 'person', 0.95, ${observed}, ${observed}, 'promoted', now(), now()
    FROM ${entities}`);
  // Pages of their own, a hundred assertions each.
  await client.query(`
    INSERT INTO kb.assertion (assertion_id, source_page_id, job_type, item_kind, item_index, chunk_index, item_sha256, payload,
      keys, char_start, char_end, quote, grounding, is_weak, confidence, run_id, job_id, contract_name, contract_version, created_at)
    OVERRIDING SYSTEM VALUE
    SELECT i, 1000000000 + i / 100, 'entity_extraction', 'entity', i % 100, 0, md5(i::text) || md5(i::text),
      jsonb_build_object('name', ${name}, 'type', 'person', 'confidence', 0.95, 'quote', ${name}),
      jsonb_build_object('name_key', ${key}, 'type_key', 'person'), i % 100 * 20, i % 100 * 20 + 10, ${name}, 'exact', false, 0.95,
      '00000000-0000-4000-8000-000000000000', 0, 'entity_extraction', '1.0.0', now()
    FROM ${series}`);
  await client.query(`
    INSERT INTO kb.resolution (assertion_id, mention, source_page_id, name_key, type_family, entity_id, decided_by, decided_at)
    SELECT i, 'self', 1000000000 + i / 100, ${key}, 'person', ${entity}, 'routing', now() FROM ${series}`);
  await client.query(
    `INSERT INTO kb.assertion_link (target_table, target_id, assertion_id) SELECT 'dim_entity', ${entity}, i FROM ${series}`,
  );
  for (const [table, column] of [
    ['assertion', 'assertion_id'],
    ['dim_entity', 'entity_id'],
  ]) {
    await client.query(`SELECT setval(pg_get_serial_sequence('kb.${table}', '${column}'), ${after + count})`);
  }
}
