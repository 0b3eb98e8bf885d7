import type pg from 'pg';
import { compareVersions } from '../contracts/version.ts';
import { SprouteError } from '../errors.ts';

/** Which versions of the program changed anything in this database; beside the ledger of migrations. */
export const releaseLedger = `
CREATE TABLE IF NOT EXISTS llm.schema_release (
    program_version text        COLLATE "C" NOT NULL,
    deployed_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    deployed_by     text        NOT NULL DEFAULT session_user,
    CONSTRAINT pk_schema_release PRIMARY KEY (program_version)
);`;

/**
 * Procedures carry no number, so an older program would take newer ones for changed ones and put its own in their
 * place. Throws DATABASE_NEWER if a newer version deployed here. What is no MAJOR.MINOR.PATCH is neither older nor newer.
 */
export async function refuseOlderProgram(client: pg.Client, program_version: string): Promise<void> {
  const exists = await client.query<{ found: string | null }>("SELECT to_regclass('llm.schema_release') AS found");
  if (exists.rows[0]?.found == null || !isVersion(program_version)) return;
  const { rows } = await client.query<{ program_version: string }>('SELECT program_version FROM llm.schema_release');
  const versions = rows.map((row) => row.program_version).filter(isVersion);
  const newest = versions.sort(compareVersions).at(-1);
  if (newest === undefined || compareVersions(newest, program_version) <= 0) return;
  throw new SprouteError(
    'DATABASE_NEWER',
    `The database was deployed by sproute ${newest}, and this is sproute ${program_version}.`,
    { hint: 'Update this program: an older one would put older procedures in place of newer ones.' },
  );
}

export async function recordRelease(client: pg.Client, program_version: string): Promise<void> {
  await client.query('INSERT INTO llm.schema_release (program_version) VALUES ($1) ON CONFLICT DO NOTHING', [
    program_version,
  ]);
}

function isVersion(text: string): boolean {
  return /^\d+\.\d+\.\d+$/.test(text);
}
