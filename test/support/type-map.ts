import type { Database } from '../../src/db/connect.ts';
import { queryRows } from '../../src/db/query.ts';

/** Gives a type of entities a family, as somebody does who edits kb.type_map. */
export async function mapType(db: Database, type: string, family: string): Promise<void> {
  await queryRows(db, "UPDATE kb.type_map SET family = ? WHERE kind = 'entity' AND type_key = ?", [family, type]);
  await queryRows(
    db,
    `INSERT INTO kb.type_map (kind, type_key, canonical, family) SELECT 'entity', ?, ?, ?
     WHERE NOT EXISTS (SELECT 1 FROM kb.type_map WHERE kind = 'entity' AND type_key = ?)`,
    [type, type, family, type],
  );
}
