import { inject } from 'vitest';
import type { Capability } from './mssql-trials.ts';

/**
 * Whether the engine of this file lacks what not every server that speaks T-SQL can do: `test.skipIf(lacks('utf16'))`.
 * docs/sql-server.md lists what is skipped, and why.
 */
export function lacks(capability: Capability): boolean {
  return inject('engine') === 'mssql' && inject('mssql_lacks').includes(capability);
}
