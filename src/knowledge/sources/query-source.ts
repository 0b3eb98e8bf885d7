import type { DatasourceConnection } from '../../datasource/connect.ts';
import { SprouteError } from '../../errors.ts';
import { recordPage } from './record-page.ts';
import type { Reading, Source } from './source-item.ts';

/** The rows of a query, a page each; only some of them are in memory at any time. */
export function querySource(
  connection: DatasourceConnection,
  sql: string,
  source_system: string,
  reading: Reading,
): Source {
  return {
    source_system,
    total: undefined,
    is_rereadable: false,
    async *items() {
      let row = 0;
      for await (const record of connection.stream(sql)) {
        row += 1;
        const place = `row ${row} of ${connection.name}`;
        if (row === 1) checkColumns(record, reading, connection.name);
        const made = await recordPage(record, { id: undefined, is_single: false }, reading);
        yield 'reason' in made ? { kind: 'skipped', place, reason: made.reason } : { kind: 'page', place, page: made };
      }
    },
  };
}

/** Throws INPUT_INVALID before the first row is stored. */
function checkColumns(row: Record<string, unknown>, { fields }: Reading, name: string): void {
  const columns = Object.keys(row);
  const missing = [fields.id, fields.title, ...fields.content].filter((column) => !columns.includes(column));
  if (missing.length === 0) return;
  throw new SprouteError('INPUT_INVALID', `The query on ${name} has no column ${missing.join(', ')}.`, {
    hint: `Its columns are ${columns.join(', ')}. Nothing was stored.`,
  });
}
