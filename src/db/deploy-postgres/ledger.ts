import type pg from 'pg';
import type { Deployed } from '../deployment.ts';

const ledger = `
CREATE SCHEMA IF NOT EXISTS llm;
CREATE TABLE IF NOT EXISTS llm.schema_migration (
    number          integer     NOT NULL,
    name            text        NOT NULL,
    checksum        text        NOT NULL,
    applied_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    applied_by      text        NOT NULL DEFAULT session_user,
    program_version text        NOT NULL,
    CONSTRAINT pk_schema_migration PRIMARY KEY (number)
);
CREATE TABLE IF NOT EXISTS llm.schema_object (
    name        text        COLLATE "C" NOT NULL,
    checksum    text        NOT NULL,
    applied_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_schema_object PRIMARY KEY (name)
);
CREATE TABLE IF NOT EXISTS llm.schema_release (
    program_version text        COLLATE "C" NOT NULL,
    deployed_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    deployed_by     text        NOT NULL DEFAULT session_user,
    CONSTRAINT pk_schema_release PRIMARY KEY (program_version)
);`;

export async function makeLedger(client: pg.Client): Promise<void> {
  await client.query(ledger);
}

export async function readLedger(client: pg.Client): Promise<Deployed> {
  const read = async <Row extends pg.QueryResultRow>(table: string, columns: string): Promise<Row[]> => {
    const exists = await client.query<{ found: string | null }>('SELECT to_regclass($1) AS found', [table]);
    if (exists.rows[0]?.found == null) return [];
    return (await client.query<Row>(`SELECT ${columns} FROM ${table} ORDER BY 1`)).rows;
  };
  const migrations = await read<Deployed['migrations'][number]>('llm.schema_migration', 'number, name, checksum');
  const objects = await read<{ name: string; checksum: string }>('llm.schema_object', 'name, checksum');
  const releases = await read<{ program_version: string }>('llm.schema_release', 'program_version');
  return {
    migrations,
    objects: new Map(objects.map((row) => [row.name, row.checksum])),
    releases: releases.map((row) => row.program_version),
  };
}

export async function recordRelease(client: pg.Client, program_version: string): Promise<void> {
  await client.query('INSERT INTO llm.schema_release (program_version) VALUES ($1) ON CONFLICT DO NOTHING', [
    program_version,
  ]);
}
