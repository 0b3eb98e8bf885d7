import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { queryRows } from '../../src/db/query.ts';
import { finish, projectFolder, type Ran, startCli } from './cli.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

/** An empty folder and a database without pages, to ingest from one into the other. */
export class IngestProject {
  readonly t: TestDatabase;
  folder = '';
  /** What commands find in their environment beside the database. */
  readonly environment: Record<string, string> = {};

  private constructor(t: TestDatabase) {
    this.t = t;
  }

  static async open(): Promise<IngestProject> {
    return new IngestProject(await createTestDatabase());
  }

  async empty(): Promise<void> {
    this.folder = projectFolder();
    await queryRows(this.t.db, 'TRUNCATE ingest.source_page CASCADE');
  }

  async sproute(args: string[], input?: string | Buffer): Promise<Ran> {
    const child = startCli(args, this.folder, { DATABASE_URL: this.t.url, ...this.environment });
    // A program that has seen enough stops reading.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input ?? '');
    return finish(child);
  }

  async ingest(args: string[], input?: string | Buffer): Promise<Record<string, unknown>> {
    const ran = await this.sproute(['ingest', ...args, '--json'], input);
    expect(ran.code, ran.stderr).toBe(0);
    return JSON.parse(ran.stdout);
  }

  stored() {
    return queryRows<{ source_system: string; external_id: string; title: string; content: string; metadata: object }>(
      this.t.db,
      'SELECT source_system, external_id, title, content, metadata FROM ingest.source_page WHERE superseded_at IS NULL ORDER BY source_page_id',
    );
  }

  file(name: string, content: string | Buffer): void {
    mkdirSync(join(this.folder, name, '..'), { recursive: true });
    writeFileSync(join(this.folder, name), content);
  }
}
