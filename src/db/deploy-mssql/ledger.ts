import { messageOf } from '../../errors.ts';
import type { Deployed } from '../deployment.ts';
import { mssqlNumber } from '../mssql-error.ts';
import type { Connection } from './connection.ts';

const ledger = [
  "IF SCHEMA_ID(N'llm') IS NULL EXEC (N'CREATE SCHEMA llm AUTHORIZATION dbo;');",
  `IF OBJECT_ID(N'llm.schema_migration') IS NULL
CREATE TABLE llm.schema_migration (
    number          int           NOT NULL,
    name            nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    checksum        nvarchar(64)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    applied_at      datetime2(3)  NOT NULL CONSTRAINT df_schema_migration_applied_at DEFAULT SYSUTCDATETIME(),
    applied_by      nvarchar(256) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_schema_migration_applied_by DEFAULT ORIGINAL_LOGIN(),
    program_version nvarchar(50)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT pk_schema_migration PRIMARY KEY (number)
);
IF OBJECT_ID(N'llm.schema_object') IS NULL
CREATE TABLE llm.schema_object (
    name        nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    checksum    nvarchar(64)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    applied_at  datetime2(3)  NOT NULL CONSTRAINT df_schema_object_applied_at DEFAULT SYSUTCDATETIME(),
    CONSTRAINT pk_schema_object PRIMARY KEY (name)
);
IF OBJECT_ID(N'llm.schema_release') IS NULL
CREATE TABLE llm.schema_release (
    program_version nvarchar(50)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    deployed_at     datetime2(3)  NOT NULL CONSTRAINT df_schema_release_deployed_at DEFAULT SYSUTCDATETIME(),
    deployed_by     nvarchar(256) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_schema_release_deployed_by DEFAULT ORIGINAL_LOGIN(),
    CONSTRAINT pk_schema_release PRIMARY KEY (program_version)
);`,
];

export async function makeLedger(connection: Connection): Promise<void> {
  for (const batch of ledger) await connection.batch(batch);
}

/** Of an object that is there; servers that are not SQL Server say so in words alone. */
const denied = 229;

export async function readLedger(connection: Connection): Promise<Deployed> {
  const read = async <Row extends object>(table: string, columns: string): Promise<Row[]> => {
    const [found] = await connection.query<{ id: number | null }>(`SELECT OBJECT_ID(N'${table}') AS id`);
    try {
      return await connection.query<Row>(`SELECT ${columns} FROM ${table} ORDER BY 1`);
    } catch (error) {
      // To whoever may not read it OBJECT_ID says that it is not there either.
      const isDenied = mssqlNumber(error) === denied || /permission denied/i.test(messageOf(error));
      const isMissing = found?.id == null && mssqlNumber(error) !== undefined && !isDenied;
      if (isMissing) return [];
      throw error;
    }
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

/** Puts the checksums of what was made into the ledger, and takes out what was dropped. */
export async function recordObjects(
  connection: Connection,
  changed: readonly { name: string; checksum: string }[],
  dropped: readonly string[],
): Promise<void> {
  const names = JSON.stringify([...changed.map(({ name }) => name), ...dropped]);
  await connection.query(
    `DELETE FROM llm.schema_object
     WHERE name IN (SELECT n.name COLLATE Latin1_General_100_BIN2 FROM OPENJSON(@names) WITH (name nvarchar(200) '$') AS n);`,
    { names },
  );
  await connection.query(
    `INSERT INTO llm.schema_object (name, checksum)
     SELECT o.name, o.checksum
     FROM OPENJSON(@objects) WITH (name nvarchar(200) '$.name', checksum nvarchar(64) '$.checksum') AS o;`,
    { objects: JSON.stringify(changed.map(({ name, checksum }) => ({ name, checksum }))) },
  );
}

export async function recordRelease(connection: Connection, program_version: string): Promise<void> {
  await connection.query(
    `INSERT INTO llm.schema_release (program_version)
     SELECT @program_version
     WHERE NOT EXISTS (SELECT 1 FROM llm.schema_release AS r WHERE r.program_version = @program_version);`,
    { program_version },
  );
}
