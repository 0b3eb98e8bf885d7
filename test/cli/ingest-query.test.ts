import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { queryRows } from '../../src/db/query.ts';
import { type CustomerDatabase, createCustomerDatabase } from '../support/datasource.ts';
import { IngestProject } from '../support/ingest-project.ts';

let project: IngestProject;
beforeAll(async () => {
  project = await IngestProject.open();
});
afterAll(() => project.t.close());
beforeEach(() => project.empty());

describe('a query on a datasource', () => {
  let customer: CustomerDatabase;
  beforeAll(async () => {
    customer = await createCustomerDatabase(`
      CREATE TABLE note (id integer PRIMARY KEY, subject text, body text, author text, written date, views bigint);
      INSERT INTO note VALUES (1, 'First', 'Ada met Mary.', 'Ada', '1833-06-05', 9007199254740993), (2, NULL, '<p>Second &amp; last</p>', NULL, NULL, 0),
        (3, 'Empty', '', 'x', NULL, 0)`);
    Object.assign(project.environment, { CRM_URL: customer.reader_url, CRM_ADMIN: customer.url, CRM_BAD: 'topsecret' });
  });
  afterAll(() => customer.close());
  const columns = ['--id-column', 'id', '--title-column', 'subject', '--content-column', 'body'];
  const query = 'SELECT * FROM note ORDER BY id';

  test('datasource add, ls, test and rm', async () => {
    const added = await project.sproute([
      'datasource',
      'add',
      'crm',
      '--url-env',
      'CRM_URL',
      '--statement-timeout',
      '60',
    ]);
    expect(added.stdout).toContain('The datasource crm is made: postgres, env:CRM_URL, time-out 60 s.');
    const more = ['datasource', 'add', 'crm', '--url-env', 'CRM_URL', '--sensitive-columns', 'ssn'];
    expect((await project.sproute(more)).stdout).toContain(
      'is changed: postgres, env:CRM_URL, time-out 60 s, sensitive ssn.',
    );
    expect((await project.sproute(['datasource', 'ls'])).stdout).toContain('env:CRM_URL');
    const reset = await project.sproute(['datasource', 'add', 'crm', '--url-env', 'CRM_URL', '--reset']);
    expect(reset.stdout).toContain('is changed: postgres, env:CRM_URL, time-out 300 s.');
    expect(JSON.parse((await project.sproute(['datasource', 'ls', '--json'])).stdout)).toMatchObject([
      {
        name: 'crm',
        engine: 'postgres',
        url_env: 'CRM_URL',
        url_file: null,
        options: { statement_timeout_ms: 300_000 },
      },
    ]);
    const tested = await project.sproute(['datasource', 'test', 'crm']);
    expect(tested.stdout).toContain('Session:   read-only\nRights:    the role cannot write');
    expect(tested.stderr).toBe('');
    await project.sproute(['datasource', 'add', 'admin', '--url-env', 'CRM_ADMIN']);
    const warned = await project.sproute(['datasource', 'test', 'admin']);
    expect(warned.code).toBe(0);
    expect(warned.stdout).toContain('the role may write everything: it is a superuser');
    expect(warned.stderr).toContain(
      'Warning: the session of admin is read-only, but a role that can only read is safer',
    );
    expect((await project.sproute(['datasource', 'rm', 'admin'])).stdout).toContain('is removed');
    expect(JSON.stringify(await queryRows(project.t.db, 'SELECT * FROM onto.datasource'))).not.toContain('secret');
  });

  test('a row is a page, other columns are metadata, unchanged rows are left alone', async () => {
    const summary = await project.ingest(['--datasource', 'crm', '--query', query, ...columns]);
    expect(summary).toMatchObject({
      created: 2,
      skipped: [{ place: 'row 3 of crm', reason: 'it has no text in body' }],
    });
    expect(await project.stored()).toEqual([
      {
        source_system: 'crm',
        external_id: '1',
        title: 'First',
        content: 'Ada met Mary.',
        metadata: { author: 'Ada', written: '1833-06-05', views: '9007199254740993' },
      },
      {
        source_system: 'crm',
        external_id: '2',
        title: '2',
        content: '<p>Second &amp; last</p>',
        metadata: { views: '0' },
      },
    ]);
    await customer.query("UPDATE note SET body = 'Ada met nobody.', views = 1 WHERE id = 1");
    expect(await project.ingest(['--datasource', 'crm', '--query', query, ...columns])).toMatchObject({
      changed: 1,
      unchanged: 1,
    });
    expect(
      await project.ingest([
        '--datasource',
        'crm',
        '--query',
        query,
        ...columns,
        '--type',
        'html',
        '--source',
        'web notes',
      ]),
    ).toMatchObject({ created: 2 });
    expect((await project.stored()).at(-1)).toMatchObject({ source_system: 'web notes', content: 'Second & last' });
  });

  test('nothing is stored of a query that lacks a column or fails, and the reason is a sentence', async () => {
    for (const [sql, said] of [
      ['SELECT id, body FROM note', 'The query on crm has no column subject.'],
      ['SELEC 1', 'The datasource crm refused the query: syntax error at or near "SELEC" (SQLSTATE 42601).'],
      ['DELETE FROM note', 'refused the query'],
      ["SELECT pg_read_file('/etc/passwd') AS body, 1 AS id, '' AS subject", 'permission denied'],
      ['SELECT id, subject, body, 1 / (id - 3) AS x FROM note ORDER BY id DESC', 'division by zero'],
    ] as const) {
      const ran = await project.sproute(['ingest', '--datasource', 'crm', '--query', sql, ...columns]);
      expect(ran.stderr).toContain(said);
      expect(ran.stderr).not.toContain('    at ');
      expect(ran.code).toBe(1);
    }
    expect(await project.stored()).toEqual([]);
  });
});

test('a datasource whose URL is not there yet is made, with a word about it, and refused when it is used', async () => {
  const added = await project.sproute(['datasource', 'add', 'later', '--url-env', 'NOT_THERE_YET']);
  expect(added.code).toBe(0);
  expect(added.stderr).toContain('the environment variable NOT_THERE_YET is not set');
  const tested = await project.sproute(['datasource', 'test', 'later']);
  expect(tested.stderr).toContain(
    'CONFIG_INVALID: The datasource later cannot be used: the environment variable NOT_THERE_YET is not set.',
  );
  await project.sproute(['datasource', 'add', 'bad', '--url-env', 'CRM_BAD']);
  const bad = await project.sproute(['datasource', 'test', 'bad']);
  expect(bad.stderr).toContain('CRM_BAD does not hold a postgres:// URL');
  expect(bad.stderr).not.toContain('topsecret');
  const other = await project.sproute(['datasource', 'add', 'bad', '--url-env', 'CRM_BAD', '--engine', 'mssql']);
  expect(other.stderr).toContain('CRM_BAD does not hold a mssql:// URL');
});
