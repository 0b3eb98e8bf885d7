import { readConfig } from '../config.ts';
import { connect, type Database } from '../db/connect.ts';
import type { EmbeddedUse } from '../db/embedded.ts';
import { findOrphans } from '../db/embedded-orphans.ts';
import { readQueueHealth, readServerHealth } from '../db/health-queries.ts';
import { migrationStatus } from '../db/migrate.ts';
import { redactUrl } from '../db/url.ts';
import { SprouteError } from '../errors.ts';
import { type Finding, look, type Seen } from './doctor-finding.ts';
import { freeSpace } from './free-space.ts';
import { programVersion, undeployed, withUrl } from './session.ts';

/** The major versions that sproute is meant for, and what a server says that may lose what was committed. */
const servers = {
  postgres: { name: 'PostgreSQL', oldest: 14, newest: 18, meant: 'PostgreSQL 14 to 18', unsafe: 'off' },
  mssql: {
    ...{ name: 'SQL Server', oldest: 15, newest: 17, unsafe: 'forced' },
    meant: 'SQL Server 2019 to 2025 (versions 15 to 17) and Azure SQL',
  },
};
const clockToleranceMs = 2_000;
const answerMs = 60_000;

/** Whether the database is there and deployed, what its server is like, and whether the queue wants a person. */
export async function lookAtDatabase(): Promise<Finding[]> {
  const more: Finding[] = [];
  const database = await look('database', () =>
    withUrl(readConfig(), async (url, embedded) => {
      const db = await connect({ url, application_name: 'sproute doctor', pool_max: 1, answer_ms: answerMs });
      try {
        more.push(await look('server', () => lookAtServer(db)));
        const seen = await lookAtSchema(url, embedded);
        if (seen.isDeployed) more.push(await look('queue', () => lookAtQueue(db)));
        return seen;
      } finally {
        await db.close();
      }
    }),
  );
  return [database, ...more];
}

async function lookAtSchema(url: string, embedded: EmbeddedUse | undefined): Promise<Seen & { isDeployed: boolean }> {
  const status = await migrationStatus({ url, program_version: programVersion });
  const isDeployed = status.pending.length + status.changed_objects.length === 0;
  const lacks = `${undeployed(status)} to deploy`;
  if (!embedded) {
    if (isDeployed) return { isDeployed, detail: `${redactUrl(url)}; nothing to deploy` };
    throw new SprouteError('DATABASE_OUTDATED', `${redactUrl(url)}; ${lacks}.`, { hint: 'Run `sproute db migrate`.' });
  }
  const { said, warnings } = freeSpace(embedded.place.root);
  const orphans = findOrphans();
  if (orphans.length > 0)
    warnings.push(
      `${orphans.length} databases of project folders that are gone are left in /var/tmp: sproute db prune`,
    );
  const deploys = isDeployed ? 'nothing to deploy' : `${lacks}, which the next command does`;
  return { isDeployed, detail: `embedded in ${embedded.place.root}, ${said}; ${deploys}`, warnings };
}

async function lookAtServer(db: Database): Promise<Seen> {
  const asked = Date.now();
  const { major, now, unsafe, blocking } = await readServerHealth(db);
  const answered = Date.now();
  const warnings: string[] = [];
  const { name, oldest, newest, meant, unsafe: how } = servers[db.engine];
  if (major < oldest || major > newest) warnings.push(`sproute is meant for ${meant}`);
  if (unsafe.length > 0)
    warnings.push(`${unsafe.join(', ')} ${how}: a crash of the machine may lose what was committed`);
  if (blocking.length > 0)
    warnings.push(
      `${blocking.join(', ')} OFF: all works, but readers and writers wait for each other (docs/sql-server.md)`,
    );
  const ahead = Math.max(asked - now.getTime(), now.getTime() - answered);
  if (ahead > clockToleranceMs)
    warnings.push(`its clock and this one are ${Math.round(ahead / 1000)} s apart: leases and retries go by its own`);
  return { detail: `${name} ${major}`, warnings };
}

async function lookAtQueue(db: Database): Promise<Seen> {
  const { violations, dead_letters, paused_jobs, silent_workers } = await readQueueHealth(db);
  if (violations > 0) {
    throw new SprouteError('DATABASE_ERROR', `${violations} rows in llm.vw_invariant_violations.`, {
      hint: 'There should be none: report them.',
    });
  }
  const warnings = [
    ...(dead_letters > 0 ? [`${dead_letters} dead letters: sproute job dead`] : []),
    ...(paused_jobs > 0 ? [`${paused_jobs} jobs wait for a paused type: sproute queue status`] : []),
    ...(silent_workers > 0 ? [`${silent_workers} runners fell silent: any other runner takes over their jobs`] : []),
  ];
  return { detail: 'no invariant is broken', warnings };
}
