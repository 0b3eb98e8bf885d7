import { globSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rolesThatCall } from '../../src/db/roles.ts';

/** Called by whoever deploys. */
const ofTheDeployer = ['llm.usp_register_contract', 'llm.usp_register_job_type'];

test.each(['postgres', 'mssql'])('whatever the program calls on %s, some role may', (engine) => {
  const made = readdirSync(`sql/procedures/${engine}`).map((file) => file.replace(/\.sql$/, ''));
  const called = globSync('src/**/*.ts')
    .filter((file) => !file.endsWith('roles.ts'))
    .flatMap(
      (file) =>
        readFileSync(file, 'utf8')
          .replaceAll(/\/\*.*?\*\/|^\s*\/\/.*$/gms, '')
          .match(/(?<![\w./])(?:llm|ingest|kb|onto)\.(?:usp|fn)_[a-z0-9_]+/g) ?? [],
    );
  const forNobody = [...new Set(called)].filter(
    (name) => made.includes(name) && rolesThatCall(name).length === 0 && !ofTheDeployer.includes(name),
  );
  expect(forNobody).toEqual([]);
});
