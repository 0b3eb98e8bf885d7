import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadJobTypes } from '../../src/contracts/job-types.ts';
import { loadContracts } from '../../src/contracts/registry.ts';
import { connect } from '../../src/db/connect.ts';
import { openEmbedded } from '../../src/db/embedded.ts';
import { migrate } from '../../src/db/migrate.ts';
import { referencePages } from './pages.ts';

/** `npm run docs`: writes the reference pages from the code; a test fails while they differ. */
const use = await openEmbedded(join(import.meta.dirname, '..', '..'));
const registry = { contracts: loadContracts(), job_types: loadJobTypes() };
await migrate({ url: use.url, program_version: 'docs', registry });
const db = await connect({ url: use.url, application_name: 'sproute docs', pool_max: 1 });
for (const [name, text] of Object.entries(await referencePages(db))) {
  writeFileSync(join(import.meta.dirname, name), text);
  process.stdout.write(`docs/reference/${name}\n`);
}
await db.close();
await use.release();
