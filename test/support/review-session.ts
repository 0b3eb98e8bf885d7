import type { ChildProcess } from 'node:child_process';
import { expect } from 'vitest';
import { queryRows } from '../../src/db/query.ts';
import { finish, projectFolder, type Ran, startCli } from './cli.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { beginTransaction } from './engine.ts';
import { routeKnowledge } from './knowledge.ts';
import { around } from './review.ts';

export const quote = 'Ada Brook, born in 1815, met Bob Hill';
export const text = around(`${quote} 😀 in Paris.`);

/** A database for somebody called Eve to review, a session at a time. */
export class ReviewSession {
  readonly t: TestDatabase;
  readonly folder = projectFolder();

  private constructor(t: TestDatabase) {
    this.t = t;
  }

  static async open(): Promise<ReviewSession> {
    return new ReviewSession(await createTestDatabase());
  }

  async empty(): Promise<void> {
    await queryRows(
      this.t.db,
      `TRUNCATE llm.job, llm.run, kb.assertion, kb.dim_entity, kb.name, kb.extraction, kb.adjudication, ingest.source_page CASCADE`,
    );
  }

  /** Three items, the least sure first: a fact, an entity, a relation. */
  routeThree() {
    return routeKnowledge(this.t.db, 'letters', text, {
      facts: [{ subject: 'Ada Brook', attribute: 'born', value: '1815', confidence: 0.75, quote }],
      entities: [{ name: 'Ada Brook', type: 'person', confidence: 0.8, quote }],
      relationships: [
        { from_entity: 'Ada Brook', to_entity: 'Bob Hill', relation_type: 'met', confidence: 0.85, quote },
      ],
    });
  }

  start(...args: string[]): ChildProcess {
    return startCli(['review', '--by', 'Eve', ...args], this.folder, { DATABASE_URL: this.t.url });
  }

  /** A session whose answers come through a pipe, a line each. */
  async walk(lines: readonly string[], ...args: string[]): Promise<Ran> {
    const child = this.start(...args);
    child.stdin?.end(lines.map((line) => `${line}\n`).join(''));
    return finish(child);
  }

  /** Waits until a running session has shown something. */
  shows(child: ChildProcess, wanted: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    let shown = '';
    const look = (part: unknown) => {
      shown += String(part);
      if (shown.includes(wanted)) resolve();
    };
    child.stdout?.on('data', look);
    child.stderr?.on('data', look);
    return promise;
  }

  /** Has a decision made, and cuts its connection in the middle. */
  async cutDecision(decide: () => void): Promise<void> {
    const routing = await beginTransaction(this.t);
    try {
      await queryRows(routing.db, 'SELECT pg_advisory_xact_lock(7365526003)');
      decide();
      await expect
        .poll(
          () =>
            queryRows(
              this.t.db,
              `SELECT pg_terminate_backend(pid) AS cut FROM pg_stat_activity
               WHERE application_name = 'sproute cli' AND datname = current_database() AND wait_event = 'advisory'`,
            ),
          { timeout: 120_000 },
        )
        .toEqual([{ cut: true }]);
    } finally {
      await routing.rollback();
    }
  }

  decisions() {
    return queryRows(
      this.t.db,
      `SELECT kind, decision, decided_by, decided_as, reason, changes, before ->> 'promotion_state' AS before,
          after ->> 'promotion_state' AS after, undone_by FROM kb.adjudication ORDER BY adjudication_id`,
    );
  }
}
